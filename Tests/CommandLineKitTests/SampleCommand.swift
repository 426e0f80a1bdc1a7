import CommandLineKit

enum Form: String, CaseIterable {
  case text, markdown, csv, json
}

struct Workload: Equatable {
  var prompt = 512
  var rate: Double?

  static var options: [Option<Self>] {
    [
      .value("--prompt", \.prompt, "Prompt tokens of each sequence.", limit: .atLeast(0)),
      .value("--rate", \.rate, "Tokens per second to reach.", limit: .above(0)),
    ]
  }
}

/// A command with every kind of option.
struct SampleCommand: Command {
  static let name = "predict"
  static let summary = "Predicts the speed of a model on a device."
  static let discussion = """
    The first paragraph explains
    what happens.

    The second says what does not.
    """
  static var examples: [Example] {
    [Example("ridgeline predict --model opt-66b", "One model on the default device.")]
  }

  var model = "llama-3-8b"
  var device: String?
  var batch = [1]
  var output = Form.text
  var formats: [Form] = []
  var style: Form?
  var operations = false
  var workload = Workload()
  var path: String?
  var others: [String] = []

  static var options: [Option<Self>] {
    [
      .value("--model", \.model, "Model id, or a path to a model file.", placeholder: "id"),
      .value("--device", \.device, "Device id.", placeholder: "id"),
      .value("--output", \.output, "Form of the result."),
      .list("--formats", \.formats, "Several forms."),
      .value("--style", \.style, "One form or none.", placeholder: "form"),
      .flag("--operations", \.operations, "Also prints every operation."),
    ]
      + Option.group(
        "Workload",
        [.list("--batch", \.batch, "Sequences decoded together.", limit: .atLeast(1))]
          + Option.embed(\.workload, Workload.options))
  }

  static var arguments: [Argument<Self>] {
    [
      .one("path", \.path, "A model file.", required: false),
      .rest("other", \.others, "More of them.", required: false),
    ]
  }

  func run(on console: Console) throws {
    console.print("\(model) \(output) \(batch)")
  }
}

/// A command whose one argument is a choice.
struct ListCommand: Command {
  enum What: String, CaseIterable {
    case models, devices
  }

  static let name = "list"
  static let summary = "Lists what is known."

  var what: What?

  static var options: [Option<Self>] { [] }
  static var arguments: [Argument<Self>] { [.one("what", \.what, "Which list.")] }

  func run(on console: Console) throws {
    console.warn("\(what.map(\.rawValue) ?? "nothing") may be old\u{1b}[31m")
    switch what {
    case .models: throw CommandFailure("no models", exitCode: 1)
    case .devices: throw UsageError("'devices' needs a map")
    case nil: throw SurpriseError()
    }
  }
}

struct SurpriseError: Error, CustomStringConvertible {
  let description = "surprise"
}
