import TransformerModels

/// How a model is spread over devices of one kind.
public enum Parallelism: Hashable, Sendable {
  /// One device.
  case single
  /// Every matrix and head is divided among the devices; two sums per layer cross the link.
  case tensor(Int)
  /// Each device does a run of layers; activations cross the link between them.
  case pipeline(Int)

  /// The number of devices.
  public var devices: Int {
    switch self {
    case .single: 1
    case .tensor(let count), .pipeline(let count): count
    }
  }
}

/// A way to spread a model that does not work: which number, why.
public struct ParallelismError: Error, Hashable, CustomStringConvertible {
  /// What is wrong and the remedy.
  public let problem: String

  /// Where, what and the remedy.
  public var description: String { problem }
}

extension Parallelism {
  /// Checks that the heads and hidden layers of `plan` can be divided, or its layers dealt out.
  public func check(_ plan: OperationPlan) throws(ParallelismError) {
    guard devices >= 1, devices <= 1 << 16 else {
      throw ParallelismError(problem: "--devices \(devices): must be 1 to 65536")
    }
    switch self {
    case .single: return
    case .pipeline(let count):
      guard count <= plan.model.layerCount else {
        throw ParallelismError(
          problem: "--devices \(count): \(plan.model.id) has only \(plan.model.layerCount) layers")
      }
    case .tensor(let count):
      for group in plan.layerGroups {
        let attention = group.layer.attention
        try Self.check(count, divides: attention.heads, "attention heads", of: plan)
        // Fewer key and value heads than devices are copied, each to equally many devices.
        let keyValueHeads = attention.keyValueHeads
        guard keyValueHeads % count == 0 || count % keyValueHeads == 0 else {
          throw ParallelismError(
            problem: "--devices \(count): neither divides nor is divided by the \(keyValueHeads)"
              + " key-value heads of \(plan.model.id)")
        }
        for width in group.layer.feedForward.dividedWidths {
          try Self.check(count, divides: width, "hidden features", of: plan)
        }
      }
    }
  }

  private static func check(
    _ count: Int, divides number: Int, _ what: String, of plan: OperationPlan
  ) throws(ParallelismError) {
    guard number.isMultiple(of: count) else {
      let choices = (1...min(number, 64)).filter { number.isMultiple(of: $0) }
      throw ParallelismError(
        problem: "--devices \(count): does not divide the \(number) \(what) of \(plan.model.id);"
          + " these do: \(choices.map(String.init).joined(separator: ", "))")
    }
  }
}
