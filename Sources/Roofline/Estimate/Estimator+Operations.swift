import HardwareProfiles
import Units

extension Estimator {
  /// The operations of `pass` in order of execution, each with its time on the device.
  ///
  /// Counts are those of one device of a tensor-parallel group. The sum of the times is the
  /// `roofline` figure of the same pass.
  public func operations(of pass: Pass) -> [OperationCost] {
    var costs: [OperationCost] = []
    for share in shares {
      for template in plan.templates {
        let repeats = plan.repeats(of: template, in: share)
        guard repeats > 0 else { continue }
        let counts = plan.counts(of: template, repeats: repeats, in: pass, share: share)
        let (seconds, limit) = rooflineTime(counts, arithmetic: template.arithmetic)
        costs.append(
          OperationCost(
            kind: template.kind, repeats: repeats,
            layers: template.group.map { plan.layerGroups[$0].indices } ?? [],
            operations: OperationCount(counts.operations),
            unit: counts.operations > 0 ? unit(for: template.arithmetic)?.unit.rawValue : nil,
            weights: Bytes(counts.weights + counts.rows),
            cache: Bytes(counts.cacheRead + counts.cacheWritten),
            activations: Bytes(counts.activations), seconds: Seconds(seconds), limit: limit))
      }
    }
    let link = linkSeconds(pass)
    guard link > 0 else { return costs }
    var kind = OperationKind.transfer
    if case .tensor = parallelism { kind = .allReduce }
    costs.append(
      OperationCost(
        kind: kind, repeats: 1, layers: [], operations: .zero, unit: nil, weights: .zero,
        cache: .zero,
        activations: .zero, seconds: Seconds(link), limit: .overhead))
    return costs
  }
}
