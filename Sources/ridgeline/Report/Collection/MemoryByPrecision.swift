import Reports
import Roofline
import TransformerModels
import Units

/// What models take in memory at each precision.
enum MemoryByPrecision {
  private static let device = "nvidia-rtx-4090"
  private static let models = [
    "smollm2-135m", "llama-3.2-1b", "phi-2", "llama-2-7b", "llama-3-8b", "gemma-2-9b",
    "llama-2-13b", "gpt-oss-20b", "qwen2.5-32b", "mixtral-8x7b", "llama-65b", "opt-66b",
    "llama-3-70b", "deepseek-v3",
  ]
  private static let precisions = [
    "f32", "f16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0", "q3_k_m", "q2_k", "llm-int8", "nf4",
    "gptq-4bit-g128", "w4a8kv4",
  ]
  private static let pictured = "llama-3-8b"
  private static let pictureName = "memory-\(pictured).svg"

  static var files: [ReportCollection.File] {
    [
      ReportCollection.File(
        name: "memory.md", summary: "weights, KV cache and all memory by precision",
        contents: { try document.markdown() }),
      ReportCollection.File(
        name: pictureName, summary: nil, contents: { try picture.svg() }),
    ]
  }

  private struct Row {
    let model: String
    let rows: [String: ComparisonRow]
  }

  private static var document: Document {
    get throws {
      let all = Dictionary(
        grouping: try ComparisonRows.all(
          models: models, precisions: precisions, devices: [device], prompt: 3968), by: \.model)
      let rows = models.map { model in
        Row(
          model: model,
          rows: Dictionary(
            (all[model] ?? []).map { ($0.precision, $0) }, uniquingKeysWith: { a, _ in a }))
      }
      func table(_ value: @escaping (ComparisonRow) -> Double) -> TableGrid {
        Table<Row>(
          columns: [.text("model", key: "model") { $0.model }]
            + precisions.map { precision in
              .number(precision, key: precision, style: .fixed("", per: 1e9)) { row in
                row.rows[precision].map(value)
              }
            }, rows: rows
        ).grid
      }
      return Document([
        .heading("Memory by precision", level: 1),
        .paragraph("In GB of 10^9 bytes; one sequence of 4,096 tokens."),
        .figure(try picture, file: pictureName),
        .heading("Everything: weights, KV cache, activations, engine", level: 2),
        .table(table { $0.estimate.memory.total.count }),
        .heading("Weights alone", level: 2),
        .table(table { $0.estimate.memory.weights.count }),
        .heading("KV cache alone", level: 2),
        .table(table { $0.estimate.memory.cache.count }),
        .paragraph(
          "Activations are those of a prefill in one pass, which engines split into smaller ones;"
            + " the engine's own memory is that of the usual engine on an RTX 4090, whose capacity"
            + " the picture marks."),
      ])
    }
  }

  private static var picture: Chart {
    get throws {
      let rows = try ComparisonRows.all(
        models: [pictured], precisions: precisions, devices: [device], prompt: 3968)
      return Chart.memory(
        title: "Llama-3-8B with 4,096 tokens on an RTX 4090",
        description: "Memory by part for \(precisions.count) precisions; the line is the capacity.",
        parts: ["weights", "KV cache", "activations", "engine"],
        stacks: rows.map { row in
          let memory = row.estimate.memory
          return Chart.Stack(
            row.precision,
            bytes: [
              memory.weights.count, memory.cache.count, memory.activations.count,
              memory.overhead.count,
            ], capacity: memory.capacity?.count)
        })
    }
  }
}
