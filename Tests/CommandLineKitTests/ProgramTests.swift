import CommandLineKit
import Testing

@Suite("Running a program")
struct ProgramTests {
  struct Outcome: Equatable {
    var code: Int32
    var output: String
    var errors: String
  }

  static let program = Program(
    name: "ridgeline", summary: "Predicts.", version: "1.2.3",
    commands: [SampleCommand.self, ListCommand.self])

  func run(_ words: String...) -> Outcome {
    let console = Console.captured()
    let code = Self.program.run(words, on: console)
    return Outcome(
      code: code, output: console.standardOutput.captured, errors: console.standardError.captured)
  }

  static let overview = """
    Predicts.

    Usage: ridgeline <command> [options]

    Commands:
      predict  Predicts the speed of a model on a device.
      list     Lists what is known.

    'ridgeline <command> --help' explains a command, 'ridgeline --version' tells the version.

    """

  @Test("A command runs and prints its result")
  func success() {
    #expect(
      run("predict", "--batch", "2")
        == Outcome(code: 0, output: "llama-3-8b text [2]\n", errors: ""))
  }

  @Test("The overview lists the commands", arguments: [["--help"], ["-h"], ["help"], []])
  func overview(words: [String]) {
    let console = Console.captured()
    #expect(Self.program.run(words, on: console) == 0)
    #expect(console.standardOutput.captured == Self.overview)
  }

  @Test("The version follows the name")
  func version() {
    #expect(run("--version") == Outcome(code: 0, output: "ridgeline 1.2.3\n", errors: ""))
  }

  @Test("Help wins over mistakes and does not run the command")
  func commandHelp() {
    let help = run("predict", "--nonsense", "--help")
    #expect(help.code == 0)
    #expect(help.output.hasPrefix("Predicts the speed"))
    #expect(run("predict", "-h") == help)
    #expect(run("help", "predict") == help)
  }

  @Test("After two hyphens --help is an argument")
  func helpAsArgument() {
    #expect(run("predict", "--", "--help").output == "llama-3-8b text [1]\n")
  }

  @Test("A misuse ends with 2 and says where the help is")
  func usage() {
    #expect(
      run("predict", "--outptu", "csv")
        == Outcome(
          code: 2, output: "",
          errors: """
            error: unknown option '--outptu'; did you mean '--output'?
            see 'ridgeline predict --help'

            """))
    #expect(
      run("predcit")
        == Outcome(
          code: 2, output: "",
          errors: """
            error: unknown command 'predcit'; did you mean 'predict'?
            see 'ridgeline --help'

            """))
    #expect(
      run("--verison").errors
        == """
        error: '--verison' stands before the command; did you mean '--version'?
        see 'ridgeline --help'

        """)
    #expect(run("help", "lst").code == 2)
  }

  @Test("A command may refuse a combination of options itself")
  func lateUsage() {
    let outcome = run("list", "devices")
    #expect(outcome.code == 2)
    #expect(
      outcome.errors.hasSuffix("error: 'devices' needs a map\nsee 'ridgeline list --help'\n"))
  }

  @Test("A failure ends with its own code")
  func failure() {
    let outcome = run("list", "models")
    #expect(outcome.code == 1)
    #expect(
      outcome.errors == "warning: models may be old\u{fffd}[31m\nerror: no models\n")
  }

  @Test("An error without a code ends with 1")
  func surprise() {
    struct Broken: Command {
      static let name = "broken"
      static let summary = "Fails."
      static var options: [Option<Self>] { [] }
      func run(on console: Console) throws { throw SurpriseError() }
    }
    let console = Console.captured()
    let program = Program(name: "p", summary: "", version: "", commands: [Broken.self])
    #expect(program.run(["broken"], on: console) == 1)
    #expect(console.standardError.captured == "error: surprise\n")
  }

  @Test("The commands are available as data in order")
  func data() {
    #expect(Self.program.commands.map(\.name) == ["predict", "list"])
  }
}
