import Engines
import HardwareProfiles
import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// A prediction as the JSON that other tools read; unknown values are absent, never null or 0.
struct PredictionJSON {
  static let schemaVersion = 1

  private let prediction: Prediction
  private let withOperations: Bool

  init(_ prediction: Prediction, operations: Bool) {
    self.prediction = prediction
    withOperations = operations
  }

  var value: JSONValue {
    [
      "schema_version": .integer(Self.schemaVersion),
      "model": model,
      "precision": precision,
      "device": device,
      "engine": .string(prediction.expectation?.engine.id ?? EngineSelection.roofline),
      "workload": workload,
      "memory": memory(prediction.estimate.memory),
      "prefill": prediction.estimate.prefill.map(prefill),
      "decode": prediction.estimate.decode.map(decode),
      "generation": prediction.generation.map(generation),
      "offload": prediction.offload.map { offload($0.host.id, $0.result) },
      "fine_tuning": prediction.fineTuning.map { fineTuning($0.step) },
      "advisories": .array(Advisories(prediction).all.map(JSONValue.string)),
      "operations": withOperations ? operations : nil,
    ]
  }

  private var model: JSONValue {
    [
      "id": .string(prediction.plan.model.id),
      "parameters": .integer(prediction.plan.parameters),
      "active_parameters": .integer(prediction.plan.activeParameters),
    ]
  }

  private var precision: JSONValue {
    let precision = prediction.precision
    return [
      "id": .string(precision.id),
      "weights": .string(prediction.plan.isExact ? "\(precision.id) (as stored)" : precision.id),
      "activations": .string(precision.activations.label),
      "kv_cache": .string(precision.kvCache.label),
      "weight_bits_per_parameter": .number(prediction.plan.weightBitsPerParameter),
      "multiplied_as": prediction.device.linear.map { .string($0.unit.rawValue) },
    ]
  }

  private var device: JSONValue {
    let count = prediction.estimator.parallelism.devices
    var parallelism: JSONValue?
    switch prediction.estimator.parallelism {
    case .single: break
    case .tensor: parallelism = "tensor"
    case .pipeline: parallelism = "pipeline"
    }
    return [
      "id": .string(prediction.profile.id),
      "name": .string(prediction.profile.name),
      "bandwidth_bytes_per_s": .number(prediction.device.bandwidth.value),
      "peak_ops_per_s": prediction.device.linear.map { .number($0.fastest.value) },
      "count": count > 1 ? .integer(count) : nil,
      "parallelism": parallelism,
    ]
  }

  private var workload: JSONValue {
    let workload = prediction.estimate.workload
    return [
      "batch": .integer(workload.batch), "prompt": .integer(workload.prompt),
      "generate": .integer(workload.generate), "context": workload.context.map(JSONValue.integer),
    ]
  }

  private func memory(_ memory: MemoryFootprint) -> JSONValue {
    [
      "weights_bytes": bytes(memory.weights), "kv_cache_bytes": bytes(memory.cache),
      "activations_bytes": bytes(memory.activations),
      "overhead_bytes": memory.overhead > .zero ? bytes(memory.overhead) : nil,
      "total_bytes": bytes(memory.total),
      "capacity_bytes": memory.capacity.map(bytes), "fits": memory.fits.map(JSONValue.boolean),
    ]
  }

  private func prefill(_ phase: PhaseEstimate) -> JSONValue {
    [
      "tokens": .number(phase.pass.newTokens),
      "flop": .number(phase.cost.matrixOperations.count),
      "bytes": bytes(phase.cost.compulsoryTraffic),
      "memory_seconds": .number(phase.memoryTime.value),
      "compute_seconds": phase.computeTime.map { .number($0.value) },
      "link_seconds": phase.linkTime > .zero ? .number(phase.linkTime.value) : nil,
      "bound": speed(phase.bound), "roofline": speed(phase.roofline),
      "expected": expected(
        prediction.expectation?.prefill, basis: prediction.expectation?.prefillBasis),
    ]
  }

  private func decode(_ phase: PhaseEstimate) -> JSONValue {
    let sequences = phase.pass.sequences
    return [
      "context": .number(phase.pass.context),
      "flop_per_token": .number(phase.cost.matrixOperations.count / sequences),
      "bytes_per_token": .number(phase.cost.compulsoryTraffic.count / sequences),
      "memory_seconds": .number(phase.memoryTime.value),
      "compute_seconds": phase.computeTime.map { .number($0.value) },
      "link_seconds": phase.linkTime > .zero ? .number(phase.linkTime.value) : nil,
      "bound": speed(phase.bound), "roofline": speed(phase.roofline),
      "expected": expected(
        prediction.expectation?.decode, basis: prediction.expectation?.decodeBasis),
      "critical_batch": prediction.estimate.criticalBatch.map(JSONValue.number),
    ]
  }

  private func expected(_ speed: ExpectedSpeed?, basis: ExpectedBasis?) -> JSONValue? {
    guard let speed, let basis else { return nil }
    if prediction.expectation?.isCalibrated == true {
      return [
        "seconds": .number(speed.seconds), "tokens_per_second": .number(speed.tokensPerSecond),
        "low": .number(speed.low), "high": .number(speed.high), "calibrated": .boolean(true),
      ]
    }
    return [
      "seconds": .number(speed.seconds), "tokens_per_second": .number(speed.tokensPerSecond),
      "low": .number(speed.low), "high": .number(speed.high),
      "fitted_on": [
        "constants": .string(basis.family.rawValue), "rows": .integer(basis.rows),
        "devices": .integer(basis.devices), "class": .string(basis.errorClass),
        "class_rows": basis.ownError.map { .integer($0.rows) },
        "class_median_error": basis.ownError.map { .number($0.median) },
        "knows_engine": .boolean(basis.knowsEngine),
        "knows_architecture": .boolean(basis.knowsArchitecture),
      ],
    ]
  }

  private func speed(_ speed: Speed) -> JSONValue {
    [
      "seconds": .number(speed.seconds.value),
      "tokens_per_second": speed.tokensPerSecond.finite.map(JSONValue.number),
      "limited_by": .string(speed.limit.rawValue),
    ]
  }

  private func generation(_ generation: Generation) -> JSONValue {
    [
      "seconds": .number(generation.seconds.value),
      "seconds_without_kv_cache": .number(generation.secondsWithoutCache.value),
      "tokens_per_second": generation.tokensPerSecond.finite.map(JSONValue.number),
    ]
  }

  private func offload(_ host: String, _ offload: Offload) -> JSONValue {
    [
      "host": .string(host), "layers_on_device": .integer(offload.layersOnDevice),
      "prefill": offload.prefill.map(speed), "decode": offload.decode.map(speed),
      "device_memory": memory(offload.deviceMemory), "host_memory": memory(offload.hostMemory),
    ]
  }

  private func fineTuning(_ step: FineTuningStep) -> JSONValue {
    [
      "adapter_parameters": .integer(step.adapterParameters),
      "base_weights_bytes": bytes(step.baseWeights),
      "adapter_state_bytes": bytes(step.adapterState),
      "activations_bytes": bytes(step.activations), "total_bytes": bytes(step.total),
      "fits": step.fits.map(JSONValue.boolean),
      "forward_flop": .number(step.forward.count), "backward_flop": .number(step.backward.count),
      "seconds": .number(step.seconds.value), "limited_by": .string(step.limit.rawValue),
    ]
  }

  private var operations: JSONValue {
    let phases = [("prefill", prediction.estimate.prefill), ("decode", prediction.estimate.decode)]
    return .array(
      phases.flatMap { name, phase in
        phase.map { phase in
          prediction.estimator.operations(of: phase.pass).map { operation($0, phase: name) }
        } ?? []
      })
  }

  private func operation(_ cost: OperationCost, phase: String) -> JSONValue {
    [
      "phase": .string(phase), "operation": .string(cost.kind.name),
      "layers": .number(cost.repeats), "flop": .number(cost.operations.count),
      "unit": cost.unit.map(JSONValue.string), "weights_bytes": bytes(cost.weights),
      "kv_cache_bytes": bytes(cost.cache), "activations_bytes": bytes(cost.activations),
      "flop_per_byte": .number(cost.intensity), "seconds": .number(cost.seconds.value),
      "limited_by": .string(cost.limit.rawValue),
    ]
  }

  private func bytes(_ bytes: Bytes) -> JSONValue { .number(bytes.count) }
}
