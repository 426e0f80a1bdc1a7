/// A product C[m,n] = A[m,k] * B[k,n] of quantized weights on a CPU, as a predictor sees it.
public struct KernelWork: Hashable, Sendable {
  /// The identifier of the weights' format.
  public var format: String
  /// The instruction set of the kernel.
  public var isa: String
  /// Outputs, m.
  public var rows: Int
  /// Inputs, k.
  public var columns: Int
  /// Tokens, n.
  public var tokens: Int
  /// Threads that share the work.
  public var threads: Int
  /// Bytes of weights as the kernel reads them.
  public var weightBytes: Double
  /// Whether the weights come from memory; otherwise from where they stay when read repeatedly.
  public var isFromMemory: Bool
  /// Bytes that are read in turn before these are read again; `nil` where it is the weights alone.
  public var workingSetBytes: Double?

  /// Describes a product.
  public init(
    format: String, isa: String, rows: Int, columns: Int, tokens: Int, threads: Int,
    weightBytes: Double, isFromMemory: Bool
  ) {
    self.format = format
    self.isa = isa
    self.rows = rows
    self.columns = columns
    self.tokens = tokens
    self.threads = threads
    self.weightBytes = weightBytes
    self.isFromMemory = isFromMemory
  }
}
