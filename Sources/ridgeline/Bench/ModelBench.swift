import CommandLineKit
import HardwareProfiles
import Inference
import Measurement
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// Runs a model and shows its speed by llama-bench's conventions: `pp512` reads 512 tokens from an
/// empty cache, `tg128` generates 128 tokens, `@ d2048` after 2048 cached ones.
struct ModelBench {
  let options: ModelBenchOptions
  let threads: [Int]
  let device: String?
  let allowDebugBuild: Bool
  let output: OutputFormat

  init(
    _ options: ModelBenchOptions, threads: [Int], device: String?, allowDebugBuild: Bool,
    output: OutputFormat
  ) {
    self.options = options
    self.threads = threads
    self.device = device
    self.allowDebugBuild = allowDebugBuild
    self.output = output
  }

  func run(on console: Console) throws {
    guard !BuildRecord.isDebug || allowDebugBuild else {
      throw CommandFailure(
        "a debug build measures nothing of use; run 'swift run -c release ridgeline bench'")
    }
    let workload = try options.workload.workload()
    let environment = EnvironmentRecord.current()
    let model = try RunnableModel(
      options.name ?? "", precision: options.precision, kvPrecision: options.kvPrecision,
      on: console)
    let predictor = try device.map {
      try ModelPredictor(model, profile: try DeviceSelection.profile($0))
    }
    var rows: [ModelBenchRow] = []
    let counts = threads.isEmpty ? [environment.usableProcessors] : threads
    for count in counts {
      for test in tests(workload) {
        rows.append(try measure(test, model, workload, threads: count, predictor))
      }
    }
    try show(rows, model, workload, environment, on: console)
  }

  /// A prompt from an empty cache; tokens after the prompt, or at exactly the context.
  private func tests(_ workload: Workload) -> [SpeedTest] {
    var tests: [SpeedTest] = []
    if workload.prompt > 0 { tests.append(.prefill(tokens: workload.prompt)) }
    if let context = workload.context {
      let steps = max(1, min(workload.generate, 16))
      tests.append(.decode(tokens: steps, depth: max(0, context - (steps + 1) / 2)))
    } else if workload.generate > 0 {
      tests.append(.decode(tokens: workload.generate))
    }
    return tests
  }

  private func measure(
    _ test: SpeedTest, _ model: RunnableModel, _ workload: Workload, threads: Int,
    _ predictor: ModelPredictor?
  ) throws -> ModelBenchRow {
    do {
      let transformer = try Transformer(
        model.weights, threads: threads, capacity: test.capacity, sequences: workload.batch,
        cache: try model.cacheFormat())
      let result = try transformer.measure(
        test, repetitions: options.repetitions, chunk: options.chunk)
      let prediction = predictor?.operations(
        test, sequences: workload.batch, threads: threads, chunk: options.chunk)
      return ModelBenchRow(
        result: result, threads: threads, cacheBytes: transformer.cacheBytes,
        prediction: prediction)
    } catch let error as InferenceError { throw CommandFailure("\(error)") }
  }

  private func show(
    _ rows: [ModelBenchRow], _ model: RunnableModel, _ workload: Workload,
    _ environment: EnvironmentRecord, on console: Console
  ) throws {
    if output == .json {
      let tests = rows.map { LlamaBenchRecord($0, model, environment, chunk: options.chunk).json }
      console.print(try JSONValue.array(tests).text())
      return
    }
    console.print(try ModelBenchRow.table(rows).text(as: output), terminator: "")
    guard output != .csv else { return }
    for row in rows where options.operations {
      console.print("\n\(row.name), \(row.threads) threads\n")
      console.print(try row.operationTable.text(as: output), terminator: "")
    }
    let memory = ModelMemory(model, rows: rows, workload: workload)
    console.print("\nMemory\n")
    console.print(try memory.table.text(as: output), terminator: "")
  }
}
