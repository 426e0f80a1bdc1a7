/// One command of a program: what it is called, what it accepts, what it does.
///
/// A command is a struct. Its initial property values are the defaults; `options` lists the
/// properties that the command line may set. Parsing, help and introspection all read that list.
///
///     struct PredictCommand: Command {
///       static let name = "predict"
///       static let summary = "Predicts the speed of a model on a device."
///       var model = "llama-3-8b"
///       var batch = [1]
///       static var options: [Option<Self>] {
///         [
///           .value("--model", \.model, "Model id, or a path to a model file.", placeholder: "id"),
///           .list("--batch", \.batch, "Sequences decoded together.", limit: .atLeast(1)),
///         ]
///       }
///       func run(on console: Console) throws { ... }
///     }
///
/// `options` and `arguments` are computed properties: key paths are not `Sendable`, so a stored
/// static would not compile.
public protocol Command: SendableMetatype {
  /// Creates the command with every property at its default.
  init()

  /// The word that selects the command: lower case, no spaces.
  static var name: String { get }

  /// One sentence for the list of commands and the head of the help.
  static var summary: String { get }

  /// Paragraphs for the help, separated by blank lines; empty by default.
  static var discussion: String { get }

  /// Command lines that work as they stand; none by default.
  static var examples: [Example] { get }

  /// The options in the order of the help.
  static var options: [Option<Self>] { get }

  /// The positional arguments in their order on the command line; none by default.
  static var arguments: [Argument<Self>] { get }

  /// Does the work: results to `console.standardOutput`, everything else to `standardError`.
  ///
  /// A thrown `UsageError` ends the program with exit code 2, an `ExitCoded` error with its own
  /// code, any other error with 1.
  func run(on console: Console) throws
}

extension Command {
  /// No discussion.
  public static var discussion: String { "" }

  /// No examples.
  public static var examples: [Example] { [] }

  /// No positional arguments.
  public static var arguments: [Argument<Self>] { [] }
}

/// A command line worth copying, with the reason to run it.
public struct Example: Equatable, Sendable {
  /// The whole line as typed, program name included.
  public let commandLine: String

  /// What the line shows, in one line.
  public let explanation: String

  /// Pairs a command line with its explanation.
  public init(_ commandLine: String, _ explanation: String) {
    self.commandLine = commandLine
    self.explanation = explanation
  }
}
