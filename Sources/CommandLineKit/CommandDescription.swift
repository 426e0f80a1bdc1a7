/// A command as data: what the help prints, and what completions or manual pages need.
public struct CommandDescription: Equatable, Sendable {
  /// The word that selects the command.
  public let name: String

  /// One sentence.
  public let summary: String

  /// Paragraphs separated by blank lines, or empty.
  public let discussion: String

  /// Command lines that work as they stand.
  public let examples: [Example]

  /// The options as declared, without `--help`, which every command has.
  public let options: [OptionDescription]

  /// The positional arguments as declared.
  public let arguments: [ArgumentDescription]

  /// Describes a command with its defaults.
  public init<C: Command>(_ type: C.Type) {
    let defaults = C()
    name = C.name
    summary = C.summary
    discussion = C.discussion
    examples = C.examples
    options = C.options.map { $0.described(for: defaults) }
    arguments = C.arguments.map { $0.described(for: defaults) }
  }
}

/// An option as data.
public struct OptionDescription: Equatable, Sendable {
  /// The name with its hyphens: "--batch".
  public let name: String

  /// How often the option takes a value.
  public let kind: OptionKind

  /// What stands for a value, without brackets; empty for a flag.
  public let placeholder: String

  /// The only values accepted, or empty if any value may be.
  public let choices: [String]

  /// What the option does.
  public let help: String

  /// The heading it stands under in the help, if not "Options".
  public let group: String?

  /// The default as a user would type it; nil if there is none.
  public let defaultText: String?
}

/// A positional argument as data.
public struct ArgumentDescription: Equatable, Sendable {
  /// The name without brackets.
  public let name: String

  /// Whether the command line is wrong without it.
  public let isRequired: Bool

  /// Whether it takes every word that remains.
  public let isRest: Bool

  /// The only values accepted, or empty if any value may be.
  public let choices: [String]

  /// What the argument is for.
  public let help: String

  /// The default as a user would type it; nil if there is none.
  public let defaultText: String?
}
