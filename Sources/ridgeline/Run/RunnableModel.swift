import CommandLineKit
import Inference
import Kernels
import QuantizationFormats
import Roofline
import TransformerModels

/// A model to run, at a precision; its weights are not in memory yet.
struct ModelChoice {
  /// What the user named: a catalog model or a file.
  let name: String
  let selection: ModelSelection
  let precision: ChosenPrecision

  /// What was selected already.
  init(_ selection: ModelSelection, _ precision: ChosenPrecision) {
    name = selection.model.id
    self.selection = selection
    self.precision = precision
  }

  /// What the user named, to run it.
  ///
  /// - Throws: `UsageError` for what is unknown, `CommandFailure` for what cannot be run.
  init(_ name: String, precision: String?, kvPrecision: String?) throws {
    self.name = name
    selection = try ModelSelection(name)
    self.precision = try PrecisionSelection.precision(
      precision, kvCache: kvPrecision, for: selection)
    guard let file = selection.file else { return }
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
  }

  /// The catalog's identifier, or the name of the file without its folder.
  var id: String {
    selection.file?.paths.first.map { String($0.split(separator: "/").last ?? "") }
      ?? selection.model.id
  }

  /// How the runner stores keys and values at the precision.
  func cacheFormat() throws -> CacheFormat {
    let cache = precision.precision.kvCache
    guard cache.key == cache.value, let format = CacheFormat(rawValue: cache.key.id) else {
      let known = CacheFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError(
        "--kv-precision \(cache.label): cannot be run; these can: \(known)")
    }
    return format
  }

  /// How a tensor of a layer is run: as the file has it, or as the precision says where that can be.
  var format: @Sendable (TensorSpec, _ layer: Int?) -> StorageFormat {
    let model = selection.model
    let scheme = precision.precision.weights
    var stored: [String: StorageFormat] = [:]
    if precision.isStored {
      for tensor in selection.file?.tensors ?? [] where !tensor.isBias {
        for role in tensor.roles { stored["\(role) \(tensor.layer ?? -1)"] = tensor.format }
      }
    }
    let formats = stored
    return { spec, layer in
      formats["\(spec.role) \(layer ?? -1)"]
        ?? RandomWeights.runnable(scheme.format(for: spec, layer: layer, in: model))
    }
  }
}

/// A model with its weights in memory.
struct RunnableModel {
  let choice: ModelChoice
  let weights: ModelWeights
  /// The header, where the weights are those of a file.
  let contents: GGUFContents?

  /// Reads the weights of a GGUF file, or makes random ones for a catalog model.
  ///
  /// - Throws: `ModelError` for a file that is damaged or a model that cannot be run.
  init(_ choice: ModelChoice, splitsMinimums: Bool = false, on console: Console) throws {
    self.choice = choice
    let progress = { (layer: Int, count: Int) in
      console.progress("packing layer \(layer + 1) of \(count)")
    }
    defer { console.clearProgress() }
    if choice.selection.file != nil {
      let contents = try GGUFContents.read(path: choice.name)
      self.contents = contents
      weights = try ModelWeights(contents, splitsMinimums: splitsMinimums, progress: progress)
    } else {
      contents = nil
      weights = try ModelWeights(
        random: choice.selection.model, scheme: choice.precision.precision.weights,
        progress: progress)
    }
  }
}
