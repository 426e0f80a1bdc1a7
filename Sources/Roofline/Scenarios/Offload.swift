import HardwareProfiles
import QuantizationFormats
import TransformerModels
import Units

/// A model whose first layers are on one device and the rest on another.
///
/// The devices work one after the other: times add, they never overlap.
public struct Offload: Sendable {
  /// Layers on the first device, the fast one.
  public let layersOnDevice: Int
  /// Prefill, both devices and the transfers.
  public let prefill: Speed?
  /// A decode step, both devices and the transfers.
  public let decode: Speed?
  /// Memory taken on the first device.
  public let deviceMemory: MemoryFootprint
  /// Memory taken on the second.
  public let hostMemory: MemoryFootprint
}

extension Offload {
  /// Splits `plan`: `layers` on `device`, the rest on `host`.
  ///
  /// The embedding is read on the host; the head is on the device only when all layers are and
  /// one more is asked for, as in llama.cpp, where `-ngl` counts it as a layer.
  /// Speeds are bounds.
  public init(
    plan: OperationPlan, layers: Int, device: Device, host: Device, workload: Workload
  ) throws(ParallelismError) {
    guard layers >= 0 else {
      throw ParallelismError(problem: "--gpu-layers \(layers): must be at least 0")
    }
    let count = plan.model.layerCount
    let onDevice = min(layers, count)
    let headOnDevice = layers > count
    // llama.cpp puts the last layers on the GPU.
    let deviceShare = Share(
      layers: (count - onDevice)..<count, of: plan, hasEmbedding: false, hasHead: headOnDevice)
    let hostShare = Share(
      layers: 0..<(count - onDevice), of: plan, hasEmbedding: true, hasHead: !headOnDevice)
    let parts = [
      Estimator(plan: plan, device: device, share: deviceShare),
      Estimator(plan: plan, device: host, share: hostShare),
    ]
    layersOnDevice = onDevice
    let link = device.profile.kind == .gpu ? device.profile.links.last : nil
    let transferBytesPerToken =
      Double(plan.model.width) * Double(plan.precision.activations.storedBits) / 8
    func speed(_ pass: Pass) -> Speed {
      let phases = parts.map { $0.estimate(pass) }
      let isSplit = onDevice > 0 && (onDevice < count || !headOnDevice)
      let bytes = isSplit ? transferBytesPerToken * pass.tokens * 2 : 0
      let transfer = link.map { bytes / $0.bandwidth.value } ?? 0
      let seconds = phases.reduce(transfer) { $0 + $1.bound.seconds.value }
      let slowest = phases.max { $0.bound.seconds < $1.bound.seconds }
      return Speed(seconds: seconds, tokens: pass.tokens, limit: slowest?.bound.limit ?? .memory)
    }
    prefill = workload.prefill.map(speed)
    decode = workload.decode.map(speed)
    deviceMemory = parts[0].memory(of: workload)
    hostMemory = parts[1].memory(of: workload)
  }
}
