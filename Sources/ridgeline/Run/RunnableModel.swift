import CommandLineKit
import Inference
import Kernels
import QuantizationFormats
import Roofline
import TransformerModels

/// A model that can be run, as the user named it.
struct RunnableModel {
  let weights: ModelWeights
  let selection: ModelSelection
  let precision: ChosenPrecision
  /// The header, where the weights are those of a file.
  let contents: GGUFContents?

  /// Reads the GGUF file `name`, or makes random weights for the catalog model `name`.
  ///
  /// - Throws: `UsageError` for what is unknown, `CommandFailure` for what cannot be run.
  init(
    _ name: String, precision: String?, kvPrecision: String?, splitsMinimums: Bool = false,
    on console: Console
  ) throws {
    selection = try ModelSelection(name)
    self.precision = try PrecisionSelection.precision(
      precision, kvCache: kvPrecision, for: selection)
    let progress = { (layer: Int, count: Int) in
      console.progress("packing layer \(layer + 1) of \(count)")
    }
    defer { console.clearProgress() }
    if let file = selection.file {
      guard file.container.hasPrefix("GGUF") else {
        throw CommandFailure(
          "\(name): is \(file.container), and only GGUF files can be run; convert it with"
            + " llama.cpp's convert_hf_to_gguf.py")
      }
      guard precision == nil else {
        throw UsageError(
          "--precision \(precision ?? ""): the weights of a file are run as they are stored; leave"
            + " it out, or name a catalog model for random weights")
      }
      let contents = try GGUFContents.read(path: name)
      self.contents = contents
      weights = try ModelWeights(contents, splitsMinimums: splitsMinimums, progress: progress)
    } else {
      contents = nil
      weights = try ModelWeights(
        random: selection.model, scheme: self.precision.precision.weights, progress: progress)
    }
  }

  /// How the runner stores keys and values at the precision.
  func cacheFormat() throws -> CacheFormat {
    let cache = precision.precision.kvCache
    let name = cache.key.id == "int8" ? "int8" : cache.key.id
    guard cache.key == cache.value, let format = CacheFormat(rawValue: name) else {
      let known = CacheFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError(
        "--kv-precision \(cache.label): cannot be run; these can: \(known)")
    }
    return format
  }
}
