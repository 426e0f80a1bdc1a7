import CommandLineKit
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// `ridgeline inspect`: what a model file holds.
struct InspectCommand: Command {
  static let name = "inspect"
  static let summary = "Shows what a model holds: shapes, parameters, bytes by part and format."
  static let discussion = """
    Reads the header and the tensor table of a GGUF (v2, v3, split or not) or safetensors file, a \
    Hugging Face config.json, or a catalog id. Tensor data is never read.
    """
  static var examples: [Example] {
    [
      Example("ridgeline inspect llama-3-8b", "the shapes of a catalog model"),
      Example("ridgeline inspect models/model-00001-of-00003.gguf --tensors", "all split parts"),
    ]
  }

  var path = ""
  var tensors = false
  var output = OutputFormat.text

  static var arguments: [Argument<Self>] {
    [.one("model", \.path, "Path of a model file, or a catalog id.")]
  }

  static var options: [Option<Self>] {
    [
      .flag("--tensors", \.tensors, "Also every tensor."),
      .value("--output", \.output, "Format of the result; csv lists the tensors."),
    ]
  }

  func run(on console: Console) throws {
    let inspection = try Inspection(path)
    switch output {
    case .text:
      console.print(
        inspection.document(withTensors: tensors).text(width: console.width), terminator: "")
    case .markdown:
      console.print(inspection.document(withTensors: tensors).markdown(), terminator: "")
    case .json:
      console.print(try inspection.json(withTensors: tensors).text())
    case .csv:
      console.print(try inspection.tensorTable.text(as: .csv), terminator: "")
    }
  }
}
