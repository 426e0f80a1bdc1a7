import Testing

@testable import TransformerModels

/// `Resources/models.csv` was counted without this code: by instantiating the transformers classes.
@Suite("Counts of published models")
struct PublishedCountTests {
  struct Row: CustomTestStringConvertible {
    let fields: [String: String]
    var id: String { fields["id"] ?? "" }
    var testDescription: String { id }

    func count(_ column: String) -> Int? { fields[column].flatMap(Int.init) }

    /// The table leaves out the router bias of DeepSeek-V3, 256 numbers in 58 layers, which its
    /// published total of 671,026,419,200 includes.
    func parameters(_ column: String) -> Int? {
      count(column).map { $0 + (id == "deepseek-v3" ? 58 * 256 : 0) }
    }
  }

  static let rows = ((try? TestResource.rows("models.csv")) ?? []).map(Row.init)

  @Test("All 78 models of the table are in the catalog")
  func isComplete() {
    #expect(Self.rows.count == 78)
    #expect(Set(Self.rows.map(\.id)).isSubset(of: ModelCatalog.ids))
  }

  @Test("Layers, parameters and cache equal the table", arguments: rows)
  func counts(row: Row) throws {
    let model = try ModelCatalog.entry(named: row.id).model
    #expect(model.layerCount == row.count("layers"))
    if let total = row.parameters("params_total") { #expect(model.parameters == total) }
    if let active = row.parameters("params_active") { #expect(model.activeParameters == active) }
    if let streamed = row.parameters("params_decode_streamed") {
      #expect(model.decodeStreamedParameters == streamed)
    }
    if let bytes = row.count("kv_bytes_per_token_fp16") {
      #expect(2 * model.keyValueElementsPerToken == bytes)
    }
    if let linear = row.count("params_block_linear") { #expect(blockLinear(model) == linear) }
  }

  @Test("Only MT-NLG and GLM-130B have no total in the table")
  func totals() {
    let without = Self.rows.filter { $0.count("params_total") == nil }.map(\.id)
    #expect(without == ["mt-nlg-530b", "glm-130b"])
  }

  /// Matrices inside the blocks but routed experts; with OPT-350M's projections, as in the table.
  private func blockLinear(_ model: TransformerModel) -> Int {
    let projections = model.outerTensors.filter {
      $0.role == .embeddingProjectionIn || $0.role == .embeddingProjectionOut
    }
    return model.layers.reduce(projections.reduce(0) { $0 + $1.elements }) { total, run in
      let linear = run.layer.tensors(width: model.width, norm: model.norm)
        .filter { $0.role.isBlockLinear && !$0.role.isRoutedExpert }
      return total + run.count * linear.reduce(0) { $0 + $1.elements }
    }
  }
}
