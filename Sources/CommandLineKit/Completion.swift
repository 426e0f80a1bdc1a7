/// A shell that completion scripts are written for.
public enum Shell: String, CaseIterable, Sendable {
  /// The Bourne-again shell, from version 3.2.
  case bash
  /// The Z shell with its completion system.
  case zsh
  /// The friendly interactive shell.
  case fish
}

/// What a shell needs to complete the command lines of a program.
///
/// Everything follows from the declarations of commands. Names that only the running program knows,
/// such as devices, come from `<program> list <subject> --output csv`, whose first column they are.
public struct Completion: Sendable {
  /// Values that may follow an option or stand as an argument.
  enum Values: Equatable {
    case choices([String])
    /// Names of a subject of the command `list`.
    case listed(String)
    case files
  }

  let program: String
  let commands: [CommandDescription]
  private let listedNames: [String: String]

  /// Completes `commands` of `program`; `listedNames` says which subject of the command `list` has
  /// the names that an option takes: `["--device": "devices"]`.
  public init(program: String, commands: [CommandDescription], listedNames: [String: String]) {
    self.program = program
    self.commands = commands
    self.listedNames = listedNames
  }

  /// The script for `shell`, which the shell reads as it stands.
  public func script(for shell: Shell) -> String {
    switch shell {
    case .bash: bashScript
    case .zsh: zshScript
    case .fish: fishScript
    }
  }

  /// The command that prints the names of a subject, one a line.
  var listing: String { "\(program) list \"$1\" --output csv 2>/dev/null | sed -e 1d -e 's/,.*//'" }

  /// The name of a function of the script.
  func function(_ suffix: String = "") -> String {
    "_" + program.map { $0.isLetter || $0.isNumber ? $0 : "_" } + suffix
  }

  func values(of option: OptionDescription) -> Values? {
    if !option.choices.isEmpty { return .choices(option.choices) }
    if let subject = listedNames[option.name] { return .listed(subject) }
    return Self.isPath(option.placeholder) ? .files : nil
  }

  func values(of argument: ArgumentDescription) -> Values? {
    if !argument.choices.isEmpty { return .choices(argument.choices) }
    return Self.isPath(argument.name) ? .files : nil
  }

  private static func isPath(_ placeholder: String) -> Bool {
    placeholder.contains("path") || placeholder.contains("file")
  }
}

extension String {
  /// The text up to the end of its first sentence, without the full stop.
  var firstSentence: String {
    var end = startIndex
    while let stop = self[end...].firstIndex(of: ".") {
      let next = index(after: stop)
      if next == endIndex || self[next].isWhitespace { return String(self[..<stop]) }
      end = next
    }
    return self
  }

  /// The text with `character` replaced.
  func replacing(_ character: Character, with text: String) -> String {
    reduce(into: "") { $0 += $1 == character ? text : String($1) }
  }
}
