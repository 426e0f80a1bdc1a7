import CommandLineKit
import Testing

@Suite("Reading a command line")
struct CommandParserTests {
  func message(_ words: [String]) -> String? {
    do throws(UsageError) {
      _ = try SampleCommand.parse(words)
      return nil
    } catch {
      return error.description
    }
  }

  @Test("Without words the defaults stand")
  func defaults() throws {
    let command = try SampleCommand.parse([])
    #expect(command.model == "llama-3-8b")
    #expect(command.batch == [1])
    #expect(command.output == .text)
    #expect(!command.operations)
    #expect(command.workload == Workload())
  }

  @Test("Every kind of option sets its property")
  func everyKind() throws {
    let command = try SampleCommand.parse([
      "--model", "opt-66b", "--device=a=b", "--batch", "1,8", "--output", "csv", "--formats",
      "json,text", "--style", "json", "--operations", "--prompt", "0", "--rate", "2.5e1", "file",
      "b", "c",
    ])
    #expect(command.model == "opt-66b")
    #expect(command.device == "a=b")
    #expect(command.batch == [1, 8])
    #expect(command.output == .csv)
    #expect(command.formats == [.json, .text])
    #expect(command.style == .json)
    #expect(command.operations)
    #expect(command.workload == Workload(prompt: 0, rate: 25))
    #expect(command.path == "file")
    #expect(command.others == ["b", "c"])
  }

  @Test("A repeated list appends, its first use replaces the default")
  func repeatedList() throws {
    #expect(try SampleCommand.parse(["--batch", "2", "--batch=4,8"]).batch == [2, 4, 8])
  }

  @Test("After two hyphens every word is an argument")
  func separator() throws {
    let command = try SampleCommand.parse(["--model=-x", "--", "--output", "--"])
    #expect(command.model == "-x")
    #expect(command.path == "--output")
    #expect(command.others == ["--"])
  }

  @Test("A single hyphen and negative numbers are values")
  func hyphens() throws {
    #expect(try SampleCommand.parse(["--model", "-", "-"]).model == "-")
    #expect(try SampleCommand.parse(["--model", "-5"]).model == "-5")
    #expect(try SampleCommand.parse(["-.5"]).path == "-.5")
  }

  @Test(
    "A mistake is told with its place and its remedy",
    arguments: [
      (["--outptu", "csv"], "unknown option '--outptu'; did you mean '--output'?"),
      (["--kv_precision=x"], "unknown option '--kv_precision'"),
      (["--hlep"], "unknown option '--hlep'; did you mean '--help'?"),
      (["-x"], "unknown option '-x'"),
      (
        ["--output", "csb"],
        "'csb' is not a valid value for '--output' (text|markdown|csv|json); did you mean 'csv'?"
      ),
      (
        ["--formats", "csv,"], "--formats csv,: empty item in the list"
      ),
      (["--batch"], "'--batch' needs a value <count>,..."),
      (["--batch", "--model"], "'--batch' needs a value <count>,..."),
      (["--model", "-x"], "'--model' needs a value <id>"),
      (["--model="], "'--model' needs a value <id>"),
      (["--model", ""], "'--model' needs a value <id>"),
      (["--output"], "'--output' needs a value <text|markdown|csv|json>"),
      (["--batch", "0"], "--batch 0: must be at least 1"),
      (["--batch", "8,-1"], "--batch -1: must be at least 1"),
      (["--batch", "1,,8"], "--batch 1,,8: empty item in the list"),
      (["--batch", "1e3"], "--batch 1e3: not a whole number"),
      (["--batch", "1.0"], "--batch 1.0: not a whole number"),
      (["--batch", "0x10"], "--batch 0x10: not a whole number"),
      (["--batch", " 1"], "--batch  1: not a whole number"),
      (["--batch", "99999999999999999999"], "--batch 99999999999999999999: out of range"),
      (["--prompt", "-99999999999999999999"], "--prompt -99999999999999999999: out of range"),
      (["--prompt", "-1"], "--prompt -1: must be at least 0"),
      (["--rate", "nan"], "--rate nan: not a number"),
      (["--rate", "inf"], "--rate inf: not a number"),
      (["--rate", "0x1p3"], "--rate 0x1p3: not a number"),
      (["--rate", "1e999"], "--rate 1e999: out of range"),
      (["--rate", "0"], "--rate 0: must be greater than 0.0"),
      (["--model", "a", "--model=b"], "'--model' is given more than once"),
      (["--operations=yes"], "'--operations' takes no value"),
    ] as [([String], String)])
  func mistakes(words: [String], expected: String) {
    #expect(message(words) == expected)
  }

  @Test("An argument that is missing, wrong or too many is told so")
  func argumentMistakes() {
    func message(_ words: [String]) -> String? {
      do throws(UsageError) {
        _ = try ListCommand.parse(words)
        return nil
      } catch {
        return error.description
      }
    }
    #expect(message([]) == "missing argument <what> (models|devices)")
    #expect(
      message(["model"])
        == "'model' is not a valid value for '<what>' (models|devices); did you mean 'models'?")
    #expect(message(["models", "x"]) == "unexpected argument 'x'")
    #expect(message(["models"]) == nil)
  }

  @Test("An option without its hyphens is recognised")
  func forgottenHyphens() {
    struct Bare: Command {
      static let name = "bare"
      static let summary = "Takes no argument."
      var count = 1
      static var options: [Option<Self>] { [.value("--count", \.count, "A count.")] }
      func run(on console: Console) {}
    }
    #expect(throws: UsageError("unexpected argument 'count'; did you mean '--count'?")) {
      try Bare.parse(["count", "3"])
    }
  }

  @Test("Limits name their bounds")
  func limits() {
    #expect(Limit.atMost(4).message == "must be at most 4")
    #expect(Limit.between(1, 4).message == "must be from 1 to 4")
    #expect(Limit.between(1, 4).message == Limit<Int>.between(1, 4).message)
  }

  @Test("Declaring one option twice stops the program")
  func declaredTwice() async {
    await #expect(processExitsWith: .failure) {
      struct Twice: Command {
        static let name = "twice"
        static let summary = "Wrong."
        var count = 1
        static var options: [Option<Self>] {
          [.value("--count", \.count, "A."), .value("--count", \.count, "B.")]
        }
        func run(on console: Console) {}
      }
      _ = try? Twice.parse([])
    }
  }
}
