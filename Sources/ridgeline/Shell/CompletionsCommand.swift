import CommandLineKit

/// `ridgeline completions`: what a shell needs to complete command lines.
struct CompletionsCommand: Command {
  static let name = "completions"
  static let summary = "Writes a script that completes command lines in bash, zsh or fish."
  static let discussion = """
    Models, devices, precisions, engines and suites are asked of the program itself, so that they \
    are those of the version that is installed.
    """
  static var examples: [Example] {
    [
      Example("ridgeline completions bash", "for ~/.bashrc: source <(ridgeline completions bash)"),
      Example("ridgeline completions zsh", "for a file called _ridgeline in a directory of $fpath"),
      Example("ridgeline completions fish", "for ~/.config/fish/completions/ridgeline.fish"),
    ]
  }

  /// The subject of `ridgeline list` that has the names an option takes.
  private static let listedNames = [
    "--model": "models", "--precision": "precisions", "--device": "devices",
    "--engine": "engines",
  ]

  var shell = Shell.bash

  static var arguments: [Argument<Self>] { [.one("shell", \.shell, "The shell.")] }

  static var options: [Option<Self>] { [] }

  func run(on console: Console) throws {
    let program = RidgelineProgram.program
    let completion = Completion(
      program: program.name, commands: program.commands, listedNames: Self.listedNames)
    console.print(completion.script(for: shell), terminator: "")
  }
}
