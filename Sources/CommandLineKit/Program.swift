/// A set of commands under one name: finds the command, runs it, reports what it throws.
public struct Program: Sendable {
  /// The name as typed.
  public let name: String

  /// One sentence for the head of the help.
  public let summary: String

  /// What `--version` prints after the name.
  public let version: String

  private let types: [any Command.Type]

  /// A program whose help lists the commands in this order.
  public init(name: String, summary: String, version: String, commands: [any Command.Type]) {
    self.name = name
    self.summary = summary
    self.version = version
    types = commands
  }

  /// The commands as data, for completions and manual pages.
  public var commands: [CommandDescription] {
    types.map { type in CommandDescription(type) }
  }

  /// Runs the command that `words` (the command line without the program's name) asks for.
  ///
  /// Returns the exit code: 0, 1 for a failure, 2 for a misuse, or what an `ExitCoded` error says.
  /// A reader that closes standard output early, as `head` does, is not a failure.
  public func run(_ words: [String], on console: Console = .process()) -> Int32 {
    var code = execute(words, console)
    console.clearProgress()
    do {
      try console.standardOutput.flush()
    } catch is OutputClosed {
      // The reader has what it wanted.
    } catch {
      // Said already if the command itself noticed.
      if code == 0 { code = report(error, console) }
    }
    return code
  }

  private func execute(_ words: [String], _ console: Console) -> Int32 {
    var help = "\(name) --help"
    do {
      guard let type = try selectedCommand(words, console) else { return 0 }
      help = "\(name) \(type.name) --help"
      let rest = Array(words.dropFirst())
      if asksForHelp(rest) {
        showHelp(type, console)
      } else {
        try start(type, rest, console)
      }
      return 0
    } catch is OutputClosed {
      return 0
    } catch let error as UsageError {
      let code = report(error, console)
      console.note("see '\(help)'")
      return code
    } catch {
      return report(error, console)
    }
  }

  /// The command to run, or nil if the words asked for help or the version and have it now.
  private func selectedCommand(
    _ words: [String], _ console: Console
  ) throws(UsageError) -> (any Command.Type)? {
    switch words.first {
    case nil, "--help", "-h":
      console.print(overview(width: console.width), terminator: "")
      return nil
    case "help":
      if words.count > 1 {
        showHelp(try command(named: words[1]), console)
      } else {
        console.print(overview(width: console.width), terminator: "")
      }
      return nil
    case "--version":
      console.print("\(name) \(version)")
      return nil
    case .some(let word) where word.utf8.first == UInt8(ascii: "-"):
      let hint = didYouMean(word, in: ["--help", "--version"], limit: 1)
      throw UsageError("'\(word)' stands before the command" + hint)
    case .some(let word):
      return try command(named: word)
    }
  }

  private func command(named word: String) throws(UsageError) -> any Command.Type {
    if let type = types.first(where: { $0.name == word }) { return type }
    let known = types.map { type in type.name }
    throw UsageError("unknown command '\(word)'" + didYouMean(word, in: known, limit: 1))
  }

  private func showHelp<C: Command>(_ type: C.Type, _ console: Console) {
    let help = CommandDescription(type).help(program: name, width: console.width)
    console.print(help, terminator: "")
  }

  private func start<C: Command>(_ type: C.Type, _ words: [String], _ console: Console) throws {
    try C.parse(words).run(on: console)
  }

  private func asksForHelp(_ words: [String]) -> Bool {
    words.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
  }

  private func report(_ error: any Error, _ console: Console) -> Int32 {
    // Results printed before the failure come first when both streams go to one place.
    try? console.standardOutput.flush()
    console.note("error: \(error)")
    return (error as? any ExitCoded)?.exitCode ?? 1
  }

  private func overview(width: Int) -> String {
    let width = max(40, min(width, 100))
    let column = helpColumn(types.map { type in type.name }, width: width)
    var text = wrapped(summary, to: width).joined(separator: "\n") + "\n\n"
    text += "Usage: \(name) <command> [options]\n\nCommands:\n"
    for type in types {
      text += helpEntry(type.name, type.summary, column: column, width: width)
    }
    text += "\n'\(name) <command> --help' explains a command, "
    return text + "'\(name) --version' tells the version.\n"
  }
}
