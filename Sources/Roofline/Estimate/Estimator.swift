import HardwareProfiles
import Units

/// Prices a model at a precision on a device.
///
/// A pure function of its inputs: no clock, no file, no state. Everything that Ridgeline says about
/// speed comes from here.
public struct Estimator: Sendable {
  /// The model at a precision.
  public let plan: OperationPlan
  /// The device, or each of several alike.
  public let device: Device
  /// How the model is spread over devices.
  public let parallelism: Parallelism

  let shares: [Share]

  /// Prepares to price `plan` on `device`.
  ///
  /// - Throws: `ParallelismError` if the model cannot be spread as asked.
  public init(
    plan: OperationPlan, device: Device, parallelism: Parallelism = .single
  ) throws(ParallelismError) {
    try parallelism.check(plan)
    self.plan = plan
    self.device = device
    self.parallelism = parallelism
    shares = Share.shares(of: plan, parallelism: parallelism)
  }

  /// Prepares to price a part of `plan` on `device`.
  init(plan: OperationPlan, device: Device, share: Share) {
    self.plan = plan
    self.device = device
    parallelism = .single
    shares = [share]
  }

  /// Prices `workload`.
  public func estimate(_ workload: Workload) -> Estimate {
    Estimate(
      workload: workload,
      memory: memory(of: workload),
      prefill: workload.prefill.map(estimate(_:)),
      decode: workload.decode.map(estimate(_:)),
      criticalBatch: criticalBatch)
  }

  /// Prices one pass.
  public func estimate(_ pass: Pass) -> PhaseEstimate {
    var cost = PassCost()
    var memory = 0.0
    var compute = 0.0
    var bound = 0.0
    var roofline = RooflineSum()
    for share in shares {
      let stage = price(pass, share: share, roofline: &roofline)
      let stageMemory = device.memorySeconds(stage.compulsoryTraffic.count)
      let stageCompute = computeSeconds(stage) ?? 0
      memory += stageMemory
      compute += stageCompute
      bound += max(stageMemory, stageCompute)
      cost.add(stage, times: parallelism.tensorDevices)
    }
    let link = linkSeconds(pass)
    let tokens = pass.sequences * pass.newTokens
    let limit: Limit =
      link > max(memory, compute) ? .overhead : (compute > memory ? .compute : .memory)
    roofline.overhead += link
    return PhaseEstimate(
      pass: pass, cost: cost, memoryTime: Seconds(memory),
      computeTime: computeSeconds(cost) == nil ? nil : Seconds(compute), linkTime: Seconds(link),
      bound: Speed(seconds: max(bound, link), tokens: tokens, limit: limit),
      roofline: Speed(seconds: roofline.total, tokens: tokens, limit: roofline.limit))
  }

  private func price(
    _ pass: Pass, share: Share, roofline: inout RooflineSum
  ) -> PassCost {
    var cost = PassCost()
    for template in plan.templates {
      let repeats = plan.repeats(of: template, in: share)
      guard repeats > 0 else { continue }
      let counts = plan.counts(of: template, repeats: repeats, in: pass, share: share)
      cost.add(counts, arithmetic: template.arithmetic)
      let (seconds, limit) = rooflineTime(counts, arithmetic: template.arithmetic)
      roofline.add(seconds, limit)
    }
    return cost
  }

  /// The time of one operation: the larger of operations over rate and bytes over bandwidth.
  @inline(__always)
  func rooflineTime(
    _ counts: OperationCounts, arithmetic: OperationTemplate.Arithmetic
  ) -> (seconds: Double, limit: Limit) {
    let unit = unit(for: arithmetic)
    let compute = unit.map { counts.operations / $0.wideAccumulator.value } ?? 0
    let memory = counts.traffic / device.bandwidth.value
    return compute > memory ? (compute, .compute) : (memory, .memory)
  }

  @inline(__always)
  func unit(for arithmetic: OperationTemplate.Arithmetic) -> Device.Unit? {
    switch arithmetic {
    case .linear: device.linear
    case .attention: device.attention
    case .vector: device.vector
    }
  }

  /// Matrix operations at the fastest rates; `nil` where the device lacks one that is needed.
  private func computeSeconds(_ cost: PassCost) -> Double? {
    guard let linear = device.linear else { return nil }
    let attention =
      cost.attention.count == 0
      ? 0 : device.attention.map { (cost.attention / $0.fastest).value }
    guard let attention else { return nil }
    return (cost.linear / linear.fastest).value + attention
  }

  /// B* = rate x bytes per weight / (2 x bandwidth).
  ///
  /// The bytes that a mixture of experts reads grow with the batch, so B* is then the fixed point
  /// of that equation.
  private var criticalBatch: Double? {
    guard let unit = device.linear else { return nil }
    let ridge = unit.fastest / device.bandwidth
    guard var batch = bytesPerMultipliedWeight(batch: 1).map({ $0 * ridge / 2 }) else { return nil }
    guard plan.hasRoutedExperts else { return batch }
    for _ in 0..<64 {
      let next = (bytesPerMultipliedWeight(batch: batch) ?? 0) * ridge / 2
      if abs(next - batch) < 1e-6 * batch { break }
      batch = next
    }
    return batch
  }

  /// Bytes read in a decode step of `batch` sequences for each weight that one token is multiplied
  /// with, in linear layers and the head.
  public func bytesPerMultipliedWeight(batch: Double) -> Double? {
    let sequences = max(1, min(batch, Double(Workload.limit)))
    let step = Pass(decodingAt: 1, sequences: Int(sequences))
    var operations = 0.0
    var bytes = 0.0
    for template in plan.templates where template.arithmetic == .linear {
      let counts = plan.counts(
        of: template, repeats: plan.repeats(of: template), in: step, share: .whole)
      operations += counts.operations / step.sequences
      bytes += counts.weights
    }
    return operations > 0 ? bytes / (operations / 2) : nil
  }
}

/// Times of operations, sorted by what limits them.
struct RooflineSum {
  private var memory = 0.0
  private var compute = 0.0
  var overhead = 0.0

  mutating func add(_ seconds: Double, _ limit: Limit) {
    switch limit {
    case .memory: memory += seconds
    case .compute: compute += seconds
    case .overhead: overhead += seconds
    }
  }

  var total: Double { memory + compute + overhead }

  var limit: Limit {
    overhead > max(memory, compute) ? .overhead : (compute > memory ? .compute : .memory)
  }
}

extension PassCost {
  @inline(__always)
  mutating func add(_ counts: OperationCounts, arithmetic: OperationTemplate.Arithmetic) {
    let operations = OperationCount(counts.operations)
    switch arithmetic {
    case .linear: linear += operations
    case .attention: attention += operations
    case .vector: vector += operations
    }
    weights += Bytes(counts.weights)
    embeddingRows += Bytes(counts.rows)
    cacheRead += Bytes(counts.cacheRead)
    compulsoryCacheRead += Bytes(counts.compulsoryCacheRead)
    cacheWritten += Bytes(counts.cacheWritten)
    activations += Bytes(counts.activations)
  }

  mutating func add(_ other: PassCost, times count: Double) {
    linear += other.linear * count
    attention += other.attention * count
    vector += other.vector * count
    weights += other.weights * count
    embeddingRows += other.embeddingRows * count
    cacheRead += other.cacheRead * count
    compulsoryCacheRead += other.compulsoryCacheRead * count
    cacheWritten += other.cacheWritten * count
    activations += other.activations * count
  }
}
