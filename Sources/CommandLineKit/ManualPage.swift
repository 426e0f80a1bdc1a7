/// The manual of a program in the language of man(7).
public struct ManualPage: Sendable {
  /// An environment variable that the program reads.
  public struct Variable: Sendable {
    /// The name.
    public let name: String
    /// What it does.
    public let meaning: String

    /// Describes a variable.
    public init(_ name: String, _ meaning: String) {
      self.name = name
      self.meaning = meaning
    }
  }

  private let program: Program
  private let variables: [Variable]

  /// A manual of `program`, which reads `variables`.
  public init(_ program: Program, variables: [Variable]) {
    self.program = program
    self.variables = variables
  }

  /// The page, as `man` reads it.
  public var text: String {
    var lines = [
      ".TH \(program.name.uppercased()) 1 \"\" \"\(program.name) \(program.version)\"",
      ".SH NAME", "\(program.name) \\- \(Self.text(program.summary))",
      ".SH SYNOPSIS", ".B \(program.name)", ".I command", "[\\fIoptions\\fR]",
      ".SH COMMANDS",
    ]
    for command in program.commands { lines += section(command) }
    lines += [".SH ENVIRONMENT"]
    for variable in variables {
      lines += [".TP", ".B \(variable.name)", Self.text(variable.meaning)]
    }
    lines += [
      ".SH EXIT STATUS", ".TP", ".B 0", "Success, also where the reader of the output went away.",
      ".TP", ".B 1", "Something failed: a file, a limit, a measurement.",
      ".TP", ".B 2", "The command line is wrong.",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private func section(_ command: CommandDescription) -> [String] {
    var lines = [".SS \(command.name)", Self.text(command.summary)]
    for paragraph in paragraphs(command.discussion, width: .max) {
      lines += [".PP", Self.text(String(paragraph.dropLast()))]
    }
    for argument in command.arguments {
      lines += [".TP", ".I \(Self.text(argument.name))", Self.text(argument.help)]
    }
    for option in command.options {
      let value = option.kind == .flag ? "" : " \\fI\(Self.text(option.placeholder))\\fR"
      let list = option.kind == .list ? ",..." : ""
      let initial = option.defaultText.map { " (default: \($0))" } ?? ""
      lines += [
        ".TP", "\\fB\(Self.text(option.name))\\fR\(value)\(list)", Self.text(option.help + initial),
      ]
    }
    for example in command.examples {
      lines += [
        ".PP", Self.text(example.explanation) + ":", ".PP", ".nf", ".RS 4",
        Self.text(example.commandLine), ".RE", ".fi",
      ]
    }
    return lines
  }

  /// Text without meaning to the formatter: hyphens stay hyphens, a leading dot is no request.
  private static func text(_ text: String) -> String {
    var escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    if let first = escaped.first, first == "." || first == "'" { escaped = "\\&" + escaped }
    return escaped
  }
}
