/// Why a matrix or a product cannot be made.
public enum MatrixError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No kernel multiplies weights of this format.
  case noKernel(format: String)
  /// A matrix or a product has no elements.
  case empty(rows: Int, columns: Int, tokens: Int)
  /// A row is not a whole number of blocks.
  case partialBlock(columns: Int, weightsPerBlock: Int)
  /// A row has more weights than the sums of the format's kernels can hold.
  case rowTooLong(columns: Int, most: Int)
  /// A buffer does not have the size that the shape demands.
  case wrongCount(of: String, expected: Int, actual: Int)
  /// The kernel multiplies weights of another format.
  case wrongKernel(String, format: String)
  /// The shape needs more bytes than can be addressed.
  case tooLarge(rows: Int, columns: Int)

  /// The problem in one line.
  public var description: String {
    switch self {
    case .noKernel(let format): "no kernel multiplies weights of the format \(format)"
    case .empty(let rows, let columns, let tokens):
      "sizes must be positive: \(rows) rows, \(columns) columns, \(tokens) tokens"
    case .partialBlock(let columns, let weightsPerBlock):
      "\(columns) columns are not a multiple of the block of \(weightsPerBlock)"
    case .rowTooLong(let columns, let most):
      "\(columns) columns are more than the \(most) whose products an integer sum can hold"
    case .wrongCount(let what, let expected, let actual):
      "\(what): expected \(expected), got \(actual)"
    case .wrongKernel(let kernel, let format): "\(kernel) does not multiply \(format)"
    case .tooLarge(let rows, let columns): "\(rows) x \(columns) weights do not fit in memory"
    }
  }
}
