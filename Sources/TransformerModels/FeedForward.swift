/// The shape of the feed-forward network of one layer.
public enum FeedForward: Hashable, Sendable {
  case dense(Dense)
  case mixture(Mixture)

  /// One network that every token passes.
  public struct Dense: Hashable, Sendable {
    /// Width of the hidden layer, f.
    public var width: Int
    /// Whether a gate multiplies the hidden layer (SwiGLU, GeGLU): three matrices, not two.
    public var isGated: Bool
    /// Whether the matrices have biases.
    public var hasBias: Bool

    /// Describes a dense network.
    public init(width: Int, isGated: Bool, hasBias: Bool = false) {
      self.width = width
      self.isGated = isGated
      self.hasBias = hasBias
    }
  }

  /// A mixture of experts: a router picks some experts for each token; shared ones always run.
  public struct Mixture: Hashable, Sendable {
    /// Routed experts, E.
    public var experts: Int
    /// Routed experts that a token passes, k.
    public var expertsPerToken: Int
    /// Hidden width of one routed expert.
    public var expertWidth: Int
    /// Whether experts are gated.
    public var isGated: Bool
    /// Whether the experts' matrices have biases (gpt-oss).
    public var hasExpertBias: Bool
    /// Whether the router has a bias.
    public var hasRouterBias: Bool
    /// Hidden width of all shared experts together; 0 without.
    public var sharedWidth: Int
    /// Whether a learned gate weighs the shared experts (Qwen2-MoE).
    public var hasSharedRouter: Bool

    /// Describes a mixture of experts.
    public init(
      experts: Int, expertsPerToken: Int, expertWidth: Int, isGated: Bool = true,
      hasExpertBias: Bool = false, hasRouterBias: Bool = false, sharedWidth: Int = 0,
      hasSharedRouter: Bool = false
    ) {
      self.experts = experts
      self.expertsPerToken = expertsPerToken
      self.expertWidth = expertWidth
      self.isGated = isGated
      self.hasExpertBias = hasExpertBias
      self.hasRouterBias = hasRouterBias
      self.sharedWidth = sharedWidth
      self.hasSharedRouter = hasSharedRouter
    }
  }

  /// The tensors of the network in a model of width `width`.
  public func tensors(width: Int) -> [TensorSpec] {
    switch self {
    case .dense(let dense): dense.tensors(width: width)
    case .mixture(let mixture): mixture.tensors(width: width)
    }
  }
}

extension FeedForward.Dense {
  func tensors(width modelWidth: Int) -> [TensorSpec] {
    var tensors: [TensorSpec] = []
    if isGated {
      tensors.append(TensorSpec(.gate, rows: width, columns: modelWidth, hasBias: hasBias))
    }
    tensors.append(TensorSpec(.up, rows: width, columns: modelWidth, hasBias: hasBias))
    tensors.append(TensorSpec(.down, rows: modelWidth, columns: width, hasBias: hasBias))
    return tensors
  }
}

extension FeedForward.Mixture {
  func tensors(width modelWidth: Int) -> [TensorSpec] {
    func expert(_ role: TensorRole, rows: Int, columns: Int) -> TensorSpec {
      TensorSpec(role, rows: rows, columns: columns, copies: experts, hasBias: hasExpertBias)
    }
    var tensors = [
      TensorSpec(.router, rows: experts, columns: modelWidth, hasBias: hasRouterBias)
    ]
    if isGated { tensors.append(expert(.expertGate, rows: expertWidth, columns: modelWidth)) }
    tensors.append(expert(.expertUp, rows: expertWidth, columns: modelWidth))
    tensors.append(expert(.expertDown, rows: modelWidth, columns: expertWidth))
    guard sharedWidth > 0 else { return tensors }
    if hasSharedRouter {
      tensors.append(TensorSpec(.sharedExpertRouter, rows: 1, columns: modelWidth))
    }
    if isGated {
      tensors.append(TensorSpec(.sharedExpertGate, rows: sharedWidth, columns: modelWidth))
    }
    tensors.append(TensorSpec(.sharedExpertUp, rows: sharedWidth, columns: modelWidth))
    tensors.append(TensorSpec(.sharedExpertDown, rows: modelWidth, columns: sharedWidth))
    return tensors
  }
}
