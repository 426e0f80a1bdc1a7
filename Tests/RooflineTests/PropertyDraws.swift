import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

/// A model, a precision, a device and a workload, drawn at random with a fixed seed.
struct Draw: CustomTestStringConvertible, Sendable {
  let model: String
  let precision: String
  let device: String
  let batch: Int
  let prompt: Int
  let generate: Int

  var testDescription: String {
    "\(model) \(precision) on \(device), \(batch) x (\(prompt) + \(generate))"
  }

  static let precisions =
    PrecisionCatalog.all.map(\.id) + [
      "w2a16", "w3a8kv4", "w6a6", "w5a16-g64", "gptq-2bit-g32", "omniquant-w3a3", "rptq-w4a8",
    ]

  /// `count` draws; sizes are spread evenly over their orders of magnitude.
  static func draws(_ count: Int, seed: UInt64) -> [Draw] {
    var random = SplitMix64(seed: seed)
    func pick(_ names: [String]) -> String {
      names[Int.random(in: names.indices, using: &random)]
    }
    func size(upTo bits: Int) -> Int {
      Int.random(in: 1...(1 << Int.random(in: 0...bits, using: &random)), using: &random)
    }
    return (0..<count).map { _ in
      Draw(
        model: pick(ModelCatalog.ids), precision: pick(precisions),
        device: pick(ProfileCatalog.ids),
        batch: size(upTo: 10), prompt: size(upTo: 16), generate: size(upTo: 12))
    }
  }

  func plan() throws -> OperationPlan { try Fixture.plan(model, precision) }

  func estimator() throws -> Estimator {
    try Fixture.estimator(plan(), on: Fixture.profile(device))
  }

  func workload() throws -> Workload {
    try Workload(batch: batch, prompt: prompt, generate: generate)
  }

  /// The prefill and a decode step.
  func passes() throws -> [Pass] {
    let workload = try workload()
    return try [#require(workload.prefill), #require(workload.decode)]
  }
}

extension PhaseEstimate {
  /// Every number of the estimate.
  var numbers: [Double] {
    [
      memoryTime.value, computeTime?.value ?? 0, linkTime.value, bound.seconds.value,
      bound.tokensPerSecond, roofline.seconds.value, roofline.tokensPerSecond,
    ] + cost.numbers
  }
}

extension PassCost {
  /// Every count.
  var numbers: [Double] {
    [linear, attention, vector].map(\.count)
      + [weights, embeddingRows, cacheRead, compulsoryCacheRead, cacheWritten, activations]
      .map(\.count)
  }
}
