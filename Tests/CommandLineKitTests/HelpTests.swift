import CommandLineKit
import Testing

@Suite("Help")
struct HelpTests {
  @Test("Help shows usage, groups, defaults, choices and examples")
  func complete() {
    let help = CommandDescription(SampleCommand.self).help(program: "ridgeline", width: 80)
    #expect(
      help == """
        Predicts the speed of a model on a device.

        Usage: ridgeline predict [options] [<path>] [<other>...]

        The first paragraph explains what happens.

        The second says what does not.

        Arguments:
          <path>                        A model file.
          <other>...                    More of them.

        Options:
          --model <id>                  Model id, or a path to a model file. (default:
                                        llama-3-8b)
          --device <id>                 Device id.
          --output <text|markdown|csv|json>
                                        Form of the result. (default: text)
          --formats <text|markdown|csv|json>,...
                                        Several forms.
          --style <form>                One form or none. One of text, markdown, csv,
                                        json.
          --operations                  Also prints every operation.

        Workload:
          --batch <count>,...           Sequences decoded together. (default: 1)
          --prompt <count>              Prompt tokens of each sequence. (default: 512)
          --rate <number>               Tokens per second to reach.

        Other:
          --help                        Shows this help.

        Examples:
          ridgeline predict --model opt-66b
              One model on the default device.

        """)
  }

  @Test("Without groups, --help joins the options")
  func ungrouped() {
    struct Plain: Command {
      static let name = "plain"
      static let summary = "Does little."
      var fast = false
      static var options: [Option<Self>] { [.flag("--fast", \.fast, "Hurries.")] }
      func run(on console: Console) {}
    }
    #expect(
      CommandDescription(Plain.self).help(program: "ridgeline", width: 80) == """
        Does little.

        Usage: ridgeline plain [options]

        Options:
          --fast  Hurries.
          --help  Shows this help.

        """)
  }

  @Test("Lines keep to the width but for what cannot break", arguments: [40, 60, 100, 300])
  func width(width: Int) {
    let help = CommandDescription(SampleCommand.self).help(program: "ridgeline", width: width)
    for line in help.split(separator: "\n") where !line.contains("|") {
      #expect(line.count <= min(width, 100), "\(line)")
    }
  }

  @Test("Commands are available as data")
  func data() {
    let command = CommandDescription(SampleCommand.self)
    #expect(command.name == "predict")
    #expect(command.options.count == 9)
    let batch = command.options.first { $0.name == "--batch" }
    #expect(batch?.kind == .list)
    #expect(batch?.group == "Workload")
    #expect(batch?.defaultText == "1")
    let output = command.options.first { $0.name == "--output" }
    #expect(output?.choices == ["text", "markdown", "csv", "json"])
    #expect(command.arguments.map(\.isRest) == [false, true])
    #expect(command.arguments.map(\.isRequired) == [false, false])
  }

  @Test("Defaults are printed as they would be typed")
  func defaults() {
    #expect(1.0.optionText == "1")
    #expect(0.25.optionText == "0.25")
    #expect((-3).optionText == "-3")
  }
}
