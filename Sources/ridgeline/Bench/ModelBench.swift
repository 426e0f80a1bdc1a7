import BenchmarkSuites
import CommandLineKit
import HardwareProfiles
import Inference
import Kernels
import Measurement
import QuantizationFormats
import Reports
import Roofline

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Runs models and shows their speed by llama-bench's conventions: `pp512` reads 512 tokens from an
/// empty cache, `tg128` generates 128 tokens, `@ d2048` after 2048 cached ones.
struct ModelBench {
  let options: ModelBenchOptions
  let threads: [Int]
  /// The file that results are appended to; `nil` for none.
  let results: String?
  let retries: Int
  let machineName: String?
  let device: String?
  let output: OutputFormat
  let console: Console

  /// A model with its tests.
  private struct Plan {
    let choice: ModelChoice
    let cases: [ModelCase]
  }

  func run() throws {
    let environment = EnvironmentRecord.current(machineName: machineName)
    let profile = try device.map { try DeviceSelection.profile($0) }
    let plans = try plans(environment)
    let predictors = try profile.map { profile in
      try plans.map { try ModelPredictor($0.choice, profile: profile) }
    }
    let header = RunHeader(
      id: RunHeader.newID(), startedUnixSeconds: Date().timeIntervalSince1970.rounded(),
      suite: "models", sampling: Transformer.policy(repetitions: options.repetitions),
      environment: environment)
    var record = try ModelRecord(results, header, expected: plans.reduce(0) { $0 + $1.cases.count })
    Interruption.listen()
    for plan in plans { try measure(plan, into: &record) }
    console.clearProgress()
    var rows: [ModelBenchRow] = []
    for (index, plan) in plans.enumerated() {
      for item in plan.cases {
        guard let result = record.result(of: item) else { continue }
        rows.append(ModelBenchRow(result, plan.choice, predictors?[index]))
      }
    }
    try show(rows, environment)
    guard !Interruption.isRequested else {
      throw CommandFailure(
        "interrupted; with --results the same command goes on where it was", exitCode: 130)
    }
  }

  // MARK: Cases

  private func plans(_ environment: EnvironmentRecord) throws -> [Plan] {
    let precisions: [String?] = options.precisions.isEmpty ? [nil] : options.precisions
    let counts = threads.isEmpty ? [environment.usableProcessors] : threads
    return try options.names.flatMap { name in
      try precisions.map { precision in
        let choice = try ModelChoice(
          name, precision: precision, kvPrecision: options.kvPrecision)
        let cache = try choice.cacheFormat().rawValue
        let tests = try tests()
        return Plan(
          choice: choice,
          cases: counts.flatMap { count in
            tests.map { test in
              ModelCase(
                model: choice.id, precision: choice.precision.precision.id, cache: cache,
                test: test, sequences: options.workload.batch, chunk: options.chunk,
                threads: count)
            }
          })
      }
    }
  }

  /// A prompt from an empty cache; tokens after the prompt, or at exactly the context.
  private func tests() throws -> [SpeedTest] {
    let workload = try options.workload.workload()
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

  // MARK: Measuring

  /// Measures the cases of a model that have no result, then again those that were disturbed.
  private func measure(_ plan: Plan, into record: inout ModelRecord) throws {
    ProcessMemory.resetPeak()
    let before = ProcessMemory.current().residentBytes
    var loaded: RunnableModel?
    for attempt in 0...retries {
      for item in plan.cases where !Interruption.isRequested {
        let known = record.result(of: item)
        guard known == nil || attempt > 0 && known?.isSteady == false else { continue }
        let model = try loaded ?? RunnableModel(plan.choice, on: console)
        loaded = model
        console.progress(item.key + (attempt > 0 ? ", again" : ""))
        let result = try measure(item, model, memoryBefore: before)
        try record.add(result, isRepeated: known != nil)
      }
    }
  }

  private func measure(
    _ item: ModelCase, _ model: RunnableModel, memoryBefore before: Int?
  ) throws -> ModelResult {
    do {
      let readsBefore = memoryReads(threads: item.threads)
      let isPeakNew = ProcessMemory.resetPeak()
      let transformer = try Transformer(
        model.weights, threads: item.threads, capacity: item.test.capacity,
        sequences: item.sequences, cache: try model.choice.cacheFormat())
      let speed = try transformer.measure(
        item.test, repetitions: options.repetitions, chunk: item.chunk)
      let memory = ModelResult.Memory(
        weights: model.weights.packedBytes, cache: transformer.cacheBytes, before: before,
        peak: isPeakNew ? ProcessMemory.current().peakBytes : nil)
      let readsAfter = memoryReads(threads: item.threads)
      var result = ModelResult(
        item, speed: speed, memory: memory, memoryReads: readsBefore + readsAfter)
      if let advisory = NoiseJudge().advisory(
        readsBefore: Samples(readsBefore), after: Samples(readsAfter))
      {
        result.advisories.append(advisory)
      }
      return result
    } catch let error as InferenceError { throw CommandFailure("\(error)") }
  }

  /// Bytes per second of some plain reads of memory.
  private func memoryReads(threads: Int) -> [Double] {
    KernelRunner(SamplingPolicy(), on: .current()).memoryReads(threads: threads, count: 5)
  }

  // MARK: Showing

  private func show(_ rows: [ModelBenchRow], _ environment: EnvironmentRecord) throws {
    if output == .json {
      let tests = rows.map { LlamaBenchRecord($0, environment).json }
      console.print(try JSONValue.array(tests).text())
      return
    }
    console.print(try ModelBenchRow.table(rows).text(as: output), terminator: "")
    guard output != .csv else { return }
    for row in rows where options.operations {
      console.print("\n\(row.title), \(row.result.modelCase.threads) threads\n")
      console.print(try row.operationTable.text(as: output), terminator: "")
    }
    console.print("\nMemory\n")
    console.print(try ModelMemory.table(rows).text(as: output), terminator: "")
    let unsteady = rows.count { !$0.result.isSteady }
    if unsteady > 0 {
      console.warn(
        "\(unsteady) of \(rows.count) results are not steady; the table says why. Close what else"
          + " runs and measure again")
    }
  }
}

/// The results of one run, in memory and in the file that the user named.
private struct ModelRecord {
  private let writer: ResultsWriter<ModelResult>?
  private var found: [String: ModelResult] = [:]

  init(_ path: String?, _ header: RunHeader, expected: Int) throws {
    writer = try path.map {
      try ResultsWriter(path: $0, header: header, expectedCases: expected)
    }
    for entry in writer?.results.entries ?? [] { found[entry.payload.key] = entry.payload }
  }

  func result(of item: ModelCase) -> ModelResult? { found[item.key] }

  mutating func add(_ result: ModelResult, isRepeated: Bool) throws {
    try writer?.append(result, isRepeated: isRepeated)
    if !isRepeated || result.isSteady || found[result.key]?.isSteady != true {
      found[result.key] = result
    }
  }
}
