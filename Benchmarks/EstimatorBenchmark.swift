import HardwareProfiles
import QuantizationFormats
import Roofline
import TransformerModels
import Units

/// Times full predictions on one core.
struct EstimatorBenchmark {
  private static let models = ["llama-2-7b", "llama-3-8b", "mixtral-8x7b", "gemma-2-9b", "opt-66b"]
  private static let precisions = ["f16", "q4_0", "q4_k_m", "gptq-4bit-g128", "smoothquant-o3"]
  private static let devices = [
    "nvidia-a100-80gb-pcie", "apple-m2-max-38-core-gpu", "raspberry-pi-5",
    "intel-xeon-platinum-8480plus",
  ]
  private static let repetitions = 15
  private static let predictionsPerRepetition = 100_000

  func run() throws {
    #if DEBUG
      print("debug build: figures mean nothing; use 'swift run -c release'")
    #endif
    let clock = ContinuousClock()
    let start = clock.now
    let plans = try Self.plans()
    let planned = clock.now - start
    let estimators = try Self.estimators(plans)
    let workloads = try (1...64).map {
      try Workload(batch: $0, prompt: 128 * $0, generate: 64 + $0)
    }
    var checksum = 0.0
    var rates: [Double] = []
    for _ in 0..<Self.repetitions {
      let begin = clock.now
      for index in 0..<Self.predictionsPerRepetition {
        let estimate = estimators[index % estimators.count].estimate(
          workloads[index % workloads.count])
        checksum += estimate.decode?.bound.tokensPerSecond ?? 0
        checksum += estimate.prefill?.roofline.seconds.value ?? 0
        checksum += estimate.memory.total.count
      }
      rates.append(Double(Self.predictionsPerRepetition) / Self.seconds(clock.now - begin))
    }
    report(rates, plans: plans.count, planned: Self.seconds(planned), checksum: checksum)
  }

  private func report(_ rates: [Double], plans: Int, planned: Double, checksum: Double) {
    let sorted = rates.sorted()
    print("full predictions per second on one core, \(rates.count) repetitions of")
    print("\(Self.predictionsPerRepetition) over \(plans) plans x \(Self.devices.count) devices:")
    print("  median \(Int(sorted[sorted.count / 2]))")
    print("  lowest \(Int(sorted[0])), highest \(Int(sorted[sorted.count - 1]))")
    print("  samples \(rates.map { Int($0) })")
    print("preparing one plan: \(Int(planned / Double(plans) * 1e6)) us, catalog lookup included")
    print("checksum \(checksum)")
  }

  private static func plans() throws -> [OperationPlan] {
    try models.flatMap { model in
      let entry = try ModelCatalog.entry(named: model)
      return try precisions.map {
        OperationPlan(model: entry.model, precision: try PrecisionCatalog.precision($0))
      }
    }
  }

  private static func estimators(_ plans: [OperationPlan]) throws -> [Estimator] {
    try devices.flatMap { id in
      guard let profile = try ProfileCatalog.profile(id) else { return [Estimator]() }
      return try plans.map {
        try Estimator(plan: $0, device: try Device(profile, precision: $0.precision))
      }
    }
  }

  private static func seconds(_ duration: Duration) -> Double {
    let parts = duration.components
    return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
  }
}
