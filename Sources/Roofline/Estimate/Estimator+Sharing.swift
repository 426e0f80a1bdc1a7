import HardwareProfiles
import QuantizationFormats
import TransformerModels
import Units

extension Parallelism {
  /// Devices that do the same share at the same time.
  var tensorDevices: Double {
    if case .tensor(let count) = self { Double(count) } else { 1 }
  }
}

extension Share {
  /// What each stage of a pipeline does; one share for one device or a tensor-parallel group.
  static func shares(of plan: OperationPlan, parallelism: Parallelism) -> [Share] {
    switch parallelism {
    case .single: [.whole]
    case .tensor(let count): [Share(tensorParallel: Double(count))]
    case .pipeline(let count):
      (0..<count).map { stage in
        let layers = plan.model.layerCount
        return Share(
          layers: (stage * layers / count)..<((stage + 1) * layers / count), of: plan,
          hasEmbedding: stage == 0, hasHead: stage == count - 1)
      }
    }
  }

  /// The share that does the layers in `range`.
  init(layers range: Range<Int>, of plan: OperationPlan, hasEmbedding: Bool, hasHead: Bool) {
    layersInGroup = plan.layerGroups.map { group in
      Double(group.indices.count { range.contains($0) })
    }
    self.hasEmbedding = hasEmbedding
    self.hasHead = hasHead
  }
}

extension Estimator {
  /// The time in seconds on the links in a pass: two sums per layer for tensor parallelism (one
  /// for parallel blocks), one hand-over between the stages of a pipeline.
  ///
  /// A ring all-reduce moves 2 (N - 1) / N of the data over each link. The latency counts where
  /// the profile knows it.
  func linkSeconds(_ pass: Pass) -> Double {
    let count = Double(parallelism.devices)
    guard count > 1, let link = device.profile.links.first else { return 0 }
    let bytes =
      pass.tokens * Double(plan.model.width) * Double(plan.precision.activations.storedBits) / 8
    let latency = link.latency?.value ?? 0
    switch parallelism {
    case .single: return 0
    case .pipeline:
      return (count - 1) * (bytes / link.bandwidth.value + latency)
    case .tensor:
      let sums = plan.layerGroups.reduce(0.0) { sum, group in
        sum + Double(group.indices.count) * (group.layer.isParallel ? 1 : 2)
      }
      let moved = 2 * (count - 1) / count * bytes / link.bandwidth.value
      return sums * (moved + 2 * (count - 1) * latency)
    }
  }

  /// What occupies memory on the fullest device at the end of `workload`.
  func memory(of workload: Workload) -> MemoryFootprint {
    let passes = [workload.prefill, workload.decode].compactMap { $0 }
    let activations = passes.reduce(Bytes.zero) { peak, pass in
      max(peak, plan.peakActivations(tokens: pass.tokens, sequences: pass.sequences))
    }
    let stages = shares.map { share in
      let cache = plan.cache(tokens: workload.cachedTokens, in: share)
      return MemoryFootprint(
        weights: plan.weights(in: share), cache: cache * Double(workload.batch),
        activations: activations, capacity: device.capacity)
    }
    return stages.max { $0.total < $1.total }
      ?? MemoryFootprint(
        weights: .zero, cache: .zero, activations: activations, capacity: device.capacity)
  }
}

extension OperationPlan {
  /// Weights that a device with `share` keeps: its part of each matrix, and the whole of norms.
  func weights(in share: Share) -> Bytes {
    if share.tensorParallel == 1, share.layersInGroup == nil { return weights }
    var bytes = 0.0
    for template in templates {
      let repeats = repeats(of: template, in: share)
      let copies = template.experts > 0 ? template.experts : 1
      bytes += template.weightBytes * copies * repeats * share.fraction(of: template)
    }
    guard share.hasEmbedding else { return Bytes(bytes) }
    // A tied embedding beside the head is the head's matrix, counted already.
    let isHead = model.embedding.isTied && share.hasHead
    let rows: [TensorRole] = isHead ? [.positionEmbedding] : [.tokenEmbedding, .positionEmbedding]
    return rows.reduce(Bytes(bytes)) {
      $0 + (weightsByRole[$1] ?? .zero) / share.tensorParallel
    }
  }

  func cache(tokens: Int, in share: Share) -> Bytes {
    var bytes = 0.0
    for template in templates where template.writesCache {
      bytes +=
        repeats(of: template, in: share) * template.cacheBytesPerToken
        * min(Double(tokens), template.window) * share.cacheFraction(of: template)
    }
    return Bytes(bytes)
  }
}
