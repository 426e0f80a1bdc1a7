import Inference
import Measurement
import QuantizationFormats
import Reports
import TransformerModels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One test in the fields of `llama-bench -o json`.
struct LlamaBenchRecord {
  let json: JSONValue

  init(_ row: ModelBenchRow, _ environment: EnvironmentRecord) {
    let result = row.result
    let what = result.modelCase
    let test = what.test
    let rates = result.seconds.map { Double(result.tokens) / $0 }
    let model = row.choice.selection.model
    json = [
      "build_commit": .string(String((environment.build.commit ?? "unknown").prefix(12))),
      "build_number": 0, "cpu_info": .string(environment.processor.name ?? "unknown"),
      "gpu_info": "", "backends": "ridgeline",
      "model_filename": .string(row.choice.name),
      "model_type": .string("\(model.name) \(what.precision)"),
      "model_size": .integer(result.memory.weights),
      "model_n_params": .integer(model.parameters),
      "n_batch": .integer(what.chunk), "n_ubatch": .integer(what.chunk),
      "n_threads": .integer(what.threads),
      "type_k": .string(what.cache), "type_v": .string(what.cache), "n_gpu_layers": 0,
      "n_prompt": .integer(test.phase == .prefill ? test.tokens : 0),
      "n_gen": .integer(test.phase == .decode ? test.tokens : 0),
      "n_depth": .integer(test.depth), "n_sequences": .integer(what.sequences),
      "test_time": .string(Date().formatted(.iso8601)),
      "avg_ns": .integer(Int(Self.mean(result.seconds) * 1e9)),
      "stddev_ns": .integer(Int(Self.deviation(result.seconds) * 1e9)),
      "avg_ts": .number(Self.mean(rates)), "stddev_ts": .number(Self.deviation(rates)),
      "samples_ns": .array(result.seconds.map { .integer(Int($0 * 1e9)) }),
      "samples_ts": .array(rates.map { .number($0) }),
    ]
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(1, values.count))
  }

  private static func deviation(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let middle = mean(values)
    let squares = values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
    return (squares / Double(values.count - 1)).squareRoot()
  }
}
