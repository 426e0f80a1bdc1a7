public import QuantizationFormats
public import TransformerModels

extension ModelWeights {
  /// Packs the weights of a GGUF file.
  ///
  /// - Parameters:
  ///   - contents: The header.
  ///   - splitsMinimums: As for ``GGUFWeights``.
  ///   - progress: Called before each layer with its number and their count.
  /// - Throws: `ModelError` for a file that is damaged or cannot be run.
  public convenience init(
    _ contents: GGUFContents, splitsMinimums: Bool = false,
    progress: (_ layer: Int, _ count: Int) -> Void = { _, _ in }
  ) throws(ModelError) {
    let path = contents.file.paths.first ?? ""
    guard let shapes = contents.file.model else {
      throw ModelError(
        file: path,
        problem: "cannot be run: \(contents.file.obstacle ?? "its shapes are unknown")")
    }
    var rules = try NumericRules(contents, shapes: shapes)
    let source = try GGUFWeights(contents, shapes: shapes, splitsMinimums: splitsMinimums)
    if let factors = try source.rotaryFactors(), let rotation = rules.rotation {
      let pairs = (rotation.dimensions ?? shapes.layers[0].layer.attention.headDim) / 2
      guard factors.count == pairs else {
        throw ModelError(
          file: path, field: "rope_freqs.weight",
          problem: "has \(factors.count) factors for \(pairs) angles; convert the model again")
      }
      rules.rotation?.scaling = .factors(factors)
    }
    try self.init(shapes, rules: rules, source: source, progress: progress)
  }

  /// Makes random weights for `shapes` in the formats of `scheme`.
  ///
  /// - Throws: `ModelError` for shapes and formats that cannot be run.
  public convenience init(
    random shapes: TransformerModel, scheme: WeightScheme, seed: UInt64 = 1,
    progress: (_ layer: Int, _ count: Int) -> Void = { _, _ in }
  ) throws(ModelError) {
    try self.init(
      shapes, rules: NumericRules(family: shapes),
      source: RandomWeights(shapes, scheme: scheme, seed: seed), progress: progress)
  }
}
