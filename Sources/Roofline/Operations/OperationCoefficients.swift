/// The cost of one operation as the numbers that the counts of a pass are multiplied by.
///
/// For readers that compute elsewhere, such as a page in a browser. With B sequences, T new tokens
/// each, t = B T tokens (B for `isLast`), r repeats, and p query-key pairs, c keys read and n keys
/// written for each sequence:
///
///     operations  = r (operationsPerToken t + operationsPerPair B p)
///     weights     = r weightBytes d,  d = E (1 - (1 - k / E)^t) for E experts, else 1
///     rows        = r rowBytesPerToken t
///     activations = r activationBytesPerToken t
///     cache read  = r cacheBytesPerToken B c,  cache written = r cacheBytesPerToken B n
public struct OperationCoefficients: Hashable, Sendable {
  /// Which rate does the multiplications.
  public enum Arithmetic: Int, Sendable {
    case linear, attention, vector
  }

  /// What it does.
  public let kind: OperationKind
  /// The layer group; nil outside the blocks.
  public let group: Int?
  /// Which rate does the multiplications.
  public let arithmetic: Arithmetic
  /// Whether it runs on the last token of each sequence only.
  public let isLast: Bool
  /// Operations for each token, apart from those for pairs.
  public let operationsPerToken: Double
  /// Weight bytes; of one expert where experts are routed.
  public let weightBytes: Double
  /// Bytes of an embedding's row.
  public let rowBytesPerToken: Double
  /// Activation bytes read and written for each token.
  public let activationBytesPerToken: Double
  /// Routed experts, E; 0 for anything else.
  public let experts: Double
  /// Experts of one token, k.
  public let expertsPerToken: Double
  /// Operations for each query-key pair in prefill.
  public let operationsPerPairInPrefill: Double
  /// Operations for each query-key pair in decode.
  public let operationsPerPairInDecode: Double
  /// Bytes of keys and values of one token in one layer.
  public let cacheBytesPerToken: Double
  /// Whether it reads the cache.
  public let readsCache: Bool
  /// Whether it writes the cache.
  public let writesCache: Bool
  /// Visible tokens at most; nil without a window.
  public let window: Double?
}

extension OperationPlan {
  /// All operations on one device in order of execution, layers that are alike once.
  public var coefficients: [OperationCoefficients] {
    templates.map { template in
      OperationCoefficients(
        kind: template.kind, group: template.group,
        arithmetic: .init(rawValue: Int(template.arithmetic.rawValue)) ?? .vector,
        isLast: template.tokens == .last, operationsPerToken: template.operationsPerToken,
        weightBytes: template.weightBytes, rowBytesPerToken: template.rowBytesPerToken,
        activationBytesPerToken: template.activationBytesPerToken, experts: template.experts,
        expertsPerToken: template.expertsPerToken,
        operationsPerPairInPrefill: template.operationsPerPairInPrefill,
        operationsPerPairInDecode: template.operationsPerPairInDecode,
        cacheBytesPerToken: template.cacheBytesPerToken, readsCache: template.readsCache,
        writesCache: template.writesCache,
        window: template.window.isFinite ? template.window : nil)
    }
  }

  /// Sets of activations alive together, in bytes for each token and each sequence of a pass; the
  /// peak is the largest.
  public var activationCoefficients: [(perToken: Double, perSequence: Double)] {
    activationPeaks.map { ($0.bytesPerToken, $0.bytesPerSequence) }
  }
}
