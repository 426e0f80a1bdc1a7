import BenchmarkSuites
import CommandLineKit
import Measurement
import QuantizationFormats
import QuantizationSystems
import TransformerModels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The error of every quantization system on a layer of a real model, as results of a bench run.
///
/// The layer is the first matrix of a middle block whose rows suit every format: a multiple of 256. Its
/// first outputs are quantized; activations are the correlated ones of `SyntheticLayer`.
struct LayerErrors {
  /// Outputs that are quantized.
  private static let outputs = 32
  /// Tokens to calibrate with, and as many to judge.
  private static let tokens = 320

  /// The file.
  let path: String

  /// Computes what the results file lacks.
  ///
  /// - Throws: `ModelError` for a file that cannot be read, `CommandFailure` for one without such a layer.
  func run(
    appendingTo results: String, environment: EnvironmentRecord, policy: SamplingPolicy,
    on console: Console
  ) throws -> Results<KernelResult> {
    let contents = try GGUFContents.read(path: path)
    let tensor = try Self.middle(of: contents.file.tensors, path)
    let layer = SyntheticLayer(
      weights: try Self.weights(of: tensor), tokens: Self.tokens, kind: .correlated)
    let header = RunHeader(
      id: RunHeader.newID(), startedUnixSeconds: Date().timeIntervalSince1970.rounded(),
      suite: "\(contents.text("general.name") ?? contents.architecture) \(tensor.name)",
      sampling: policy, environment: environment)
    let systems = QuantizationSystem.all
    let writer = try ResultsWriter<KernelResult>(
      path: results, header: header, expectedCases: systems.count)
    for (index, system) in systems.enumerated() {
      let item = KernelCase.layer(
        of: system.id, rows: layer.weights.rows, columns: layer.weights.columns,
        tokens: Self.tokens)
      try writer.refresh()
      guard !writer.finishedKeys.contains(item.key) else { continue }
      console.progress("[\(index + 1)/\(systems.count)] \(system.name) on \(tensor.name)")
      try writer.append(KernelResult(item, relativeError: try system.error(on: layer)))
    }
    console.clearProgress()
    try writer.refresh()
    return writer.results
  }

  private static func middle(of tensors: [StoredTensor], _ path: String) throws -> StoredTensor {
    let layers = tensors.compactMap(\.layer).max() ?? 0
    let suitable = tensors.filter { tensor in
      tensor.layer == layers / 2 && tensor.shape.count == 2 && tensor.shape[0] >= outputs
        && tensor.shape[1].isMultiple(of: 256) && tensor.place != nil
        && tensor.format.codec != nil && !tensor.isBias
    }
    guard let first = suitable.first else {
      throw CommandFailure(
        "\(path): block \(layers / 2) has no matrix with rows of a multiple of 256 weights in a format"
          + " that can be read; name another model")
    }
    return first
  }

  /// The first outputs, as the file's format stands for them.
  private static func weights(of tensor: StoredTensor) throws -> Matrix {
    let columns = tensor.shape[1]
    let rowBytes = tensor.bytes / tensor.shape[0]
    guard let place = tensor.place else {
      throw CommandFailure("\(tensor.name): the file does not say where it is")
    }
    let file = try PositionedFile(path: place.path)
    let bytes = try file.read(at: place.offset, count: outputs * rowBytes)
    guard let values = tensor.format.unpackRows(bytes, columns: columns),
      values.count == outputs * columns
    else { throw CommandFailure("\(tensor.name): cannot be read as \(tensor.format.id)") }
    return Matrix(rows: outputs, columns: columns, values: values)
  }
}
