/// A speed that someone measured and published: a row of `Data/published-single-device.csv`, which is
/// the project's table of single-device measurements, or of a table with the same first columns.
public struct PublishedRow: Sendable {
  /// What was timed.
  public enum Kind: String, Sendable {
    case decode, prefill
  }

  /// The line of the file, the header being line 1.
  public let line: Int
  /// Where it was published.
  public let source: String
  /// The name under which the table knows the device.
  public let device: String
  /// The name that the source gives the device.
  public let deviceAtSource: String
  /// The model as the table names it.
  public let model: String
  /// The precision as the source names it.
  public let precision: String
  /// The engine and its back end.
  public let engine: String
  /// Threads of a CPU.
  public let threads: Int?
  /// Devices together.
  public let deviceCount: Int
  /// Sequences together.
  public let batch: Int
  /// Prompt tokens.
  public let prompt: Int?
  /// Tokens generated, or for prefill of llama-bench the tokens that were cached before.
  public let generatedOrContext: Int?
  /// What was timed.
  public let kind: Kind
  /// Tokens per second.
  public let tokensPerSecond: Double
  /// Size of the weights, and whether the source states it.
  public let fileBytes: Double?
  /// Whether the source states the size.
  public let isSizeStated: Bool
  /// Tokens in the cache during decode, on average.
  public let meanContext: Double
  /// The subset that the table sorts it into.
  public let subset: String
  /// How the row was read: at the source, in copies, in one or two transcriptions.
  public let provenance: String
  /// The date or version that the source gives.
  public let version: String
  /// The family of devices that the table sorts it into.
  public let deviceFamily: String

  /// The engine without version and back end: "llama.cpp" of "llama.cpp CUDA 12.1".
  public var engineName: String { String(engine.prefix { $0 != " " && $0 != "," }) }

  /// Whether the source says that the weights lay on few of the server's memory nodes.
  public var isNUMAImpaired: Bool { deviceFamily.contains("NUMA") }

  /// What rows of one source share: the start of the version, or the pull request that was timed.
  var build: String { hasSeveralTokens ? version : String(version.prefix(8)) }

  /// Whether few tokens of one sequence were computed at a time, as for a draft that is verified.
  public var hasSeveralTokens: Bool { subset == "several-tokens" }

  /// What the row is about, for a message.
  public var label: String {
    "line \(line): \(deviceAtSource), \(model), \(precision), \(engine)"
      + (threads.map { ", \($0) threads" } ?? "") + ", \(kind.rawValue)"
      + (prompt.map { " \($0)" } ?? "") + (batch > 1 ? " x \(batch)" : "")
  }
}
