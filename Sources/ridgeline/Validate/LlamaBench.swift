import Engines
import HardwareProfiles
import PublishedMeasurements
import QuantizationFormats
import Roofline
import StrictJSON
import TransformerModels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One test of `llama-bench -o json`, of which fields differ between versions: what is needed is
/// read, the rest is not looked at.
struct LlamaBenchTest {
  let modelType: String
  let parameters: Int
  let threads: Int?
  let promptTokens: Int
  let generatedTokens: Int
  let depth: Int?
  let keyType: String?
  let valueType: String?
  let gpuLayers: Int?
  let flashAttention: Bool?
  let microBatch: Int?
  let tokensPerSecond: Double

  /// The columns by which a CSV file is recognised.
  static let columns = ["model_type", "model_n_params", "n_prompt", "n_gen", "avg_ts"]
}

extension LlamaBenchTest: Decodable {
  private enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case parameters = "model_n_params"
    case threads = "n_threads"
    case promptTokens = "n_prompt"
    case generatedTokens = "n_gen"
    case depth = "n_depth"
    case keyType = "type_k"
    case valueType = "type_v"
    case gpuLayers = "n_gpu_layers"
    case flashAttention = "flash_attn"
    case microBatch = "n_ubatch"
    case tokensPerSecond = "avg_ts"
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    modelType = try fields.decode(String.self, forKey: .modelType)
    parameters = try fields.decode(Int.self, forKey: .parameters)
    threads = try fields.decodeIfPresent(Int.self, forKey: .threads)
    promptTokens = try fields.decode(Int.self, forKey: .promptTokens)
    generatedTokens = try fields.decode(Int.self, forKey: .generatedTokens)
    depth = try fields.decodeIfPresent(Int.self, forKey: .depth)
    keyType = try fields.decodeIfPresent(String.self, forKey: .keyType)
    valueType = try fields.decodeIfPresent(String.self, forKey: .valueType)
    gpuLayers = try fields.decodeIfPresent(Int.self, forKey: .gpuLayers)
    microBatch = try fields.decodeIfPresent(Int.self, forKey: .microBatch)
    // Versions write true, 1 or "auto".
    flashAttention =
      (try? fields.decode(Bool.self, forKey: .flashAttention))
      ?? (try? fields.decode(Int.self, forKey: .flashAttention)).map { $0 > 0 }
    tokensPerSecond = try fields.decode(Double.self, forKey: .tokensPerSecond)
  }
}

/// The output of llama-bench in one of its formats.
enum LlamaBench {
  /// The tests in a JSON array.
  static func tests(json data: Data, file: String) throws(JSONProblem) -> [LlamaBenchTest] {
    try StrictJSON.decode([LlamaBenchTest].self, from: data, file: file)
  }

  /// The tests in lines of JSON.
  static func tests(jsonLines data: Data, file: String) throws(JSONProblem) -> [LlamaBenchTest] {
    var tests: [LlamaBenchTest] = []
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) {
      tests.append(
        try StrictJSON.decode(
          LlamaBenchTest.self, from: Data(line), file: "\(file), line \(index + 1)"))
    }
    return tests
  }

  /// The tests in a CSV file.
  static func tests(csv records: CSVRecords, file: String) throws(TableProblem) -> [LlamaBenchTest]
  {
    var tests: [LlamaBenchTest] = []
    for record in records.records { tests.append(try test(record, file: file)) }
    return tests
  }

  private static func test(
    _ record: CSVRecords.Record, file: String
  ) throws(TableProblem) -> LlamaBenchTest {
    func number(_ column: String) throws(TableProblem) -> Double {
      guard let value = record.fields[column].flatMap(Double.init), value.magnitude < 1e15 else {
        throw TableProblem(
          file: file, line: record.line,
          problem: "\(column) is '\(record.fields[column] ?? "")', not a number")
      }
      return value
    }
    func optional(_ column: String) -> Int? { record.fields[column].flatMap { Int($0) } }
    return LlamaBenchTest(
      modelType: record.fields["model_type"] ?? "",
      parameters: Int(try number("model_n_params")), threads: optional("n_threads"),
      promptTokens: Int(try number("n_prompt")), generatedTokens: Int(try number("n_gen")),
      depth: optional("n_depth"), keyType: record.fields["type_k"],
      valueType: record.fields["type_v"], gpuLayers: optional("n_gpu_layers"),
      flashAttention: ["1": true, "true": true, "0": false, "false": false][
        record.fields["flash_attn"] ?? ""],
      microBatch: optional("n_ubatch"),
      tokensPerSecond: try number("avg_ts"))
  }

  /// The runs that the tests stand for, on the device `profile`.
  ///
  /// Without a `model`, it is the one of the catalog with as many parameters.
  static func runs(
    _ tests: [LlamaBenchTest], on profile: HardwareProfile, model: TransformerModel?
  ) throws -> [Result<ModelRun, UnpredictableRun>] {
    var models: [Int: TransformerModel] = [:]
    for count in Set(tests.map(\.parameters)) where model == nil {
      models[count] = try PublishedNames.model(parameters: count)
    }
    return tests.map { run($0, profile, model ?? models[$0.parameters]) }
  }

  private static func run(
    _ test: LlamaBenchTest, _ profile: HardwareProfile, _ model: TransformerModel?
  ) -> Result<ModelRun, UnpredictableRun> {
    let kind = test.generatedTokens > 0 ? "tg\(test.generatedTokens)" : "pp\(test.promptTokens)"
    let depth = (test.depth ?? 0) > 0 ? " at depth \(test.depth ?? 0)" : ""
    let label = "\(test.modelType), \(kind)\(depth), \(test.threads ?? 0) threads"
    func obstacle(_ reason: String) -> Result<ModelRun, UnpredictableRun> {
      .failure(UnpredictableRun(label: label, obstacle: reason))
    }
    guard test.tokensPerSecond > 0 else { return obstacle("a speed of zero") }
    guard test.promptTokens == 0 || test.generatedTokens == 0 else {
      return obstacle("prompt and generation in one test (-pg) give one mixed speed")
    }
    guard let model else {
      return obstacle("no known model has \(test.parameters) parameters; name one with --model")
    }
    // "llama 7B Q4_K - Medium": architecture, size, then the precision.
    let words = test.modelType.split(separator: " ").map(String.init)
    let starts = words.indices.reversed()
    guard
      let precision = starts.lazy.compactMap({
        try? PublishedNames.precision(
          named: words[$0...].joined(separator: " "), engine: "llama.cpp")
      }).first
    else { return obstacle("no precision is called as in '\(test.modelType)'") }
    let cache = "\(test.keyType ?? "f16")/\(test.valueType ?? "f16")"
    guard let format = try? KVCacheFormat.named(cache) else {
      return obstacle("no KV cache format is called '\(cache)'")
    }
    guard
      let pass = pass(test)
    else { return obstacle("the lengths of prompt and answer are impossible") }
    return .success(
      ModelRun(
        label: label, model: model, precision: precision.replacingKVCache(with: format),
        profile: profile, threads: profile.kind == .cpu ? test.threads : nil, pass: pass,
        engine: "llama.cpp",
        setting: setting(test, profile),
        tokensPerSecond: test.tokensPerSecond))
  }

  private static func setting(
    _ test: LlamaBenchTest, _ profile: HardwareProfile
  ) -> EngineSetting? {
    var setting = PublishedEngines.llamaCpp(on: profile, flashAttention: test.flashAttention)
    if let microBatch = test.microBatch, microBatch > 0 { setting?.microBatch = microBatch }
    return setting
  }

  private static func pass(_ test: LlamaBenchTest) -> Pass? {
    let depth = test.depth ?? 0
    let lengths = 0...Workload.limit
    guard [depth, test.promptTokens, test.generatedTokens].allSatisfy(lengths.contains) else {
      return nil
    }
    if test.generatedTokens > 0 {
      return Pass(sequences: 1, decodeSteps: test.generatedTokens, cachedBefore: depth)
    }
    guard test.promptTokens > 0 else { return nil }
    return Pass(sequences: 1, newTokens: test.promptTokens, cachedBefore: depth)
  }
}
