public import HardwareProfiles
public import QuantizationFormats
public import TransformerModels

/// What the names in the table of published measurements mean here.
///
/// Where a format has no exact counterpart, the one named here never takes more bytes than the real
/// one: a bound computed from it stays a bound.
public struct PublishedNames: Sendable {
  /// Names that are neither ids nor aliases of the catalog.
  private static let models = [
    "Kimi-Dev-72B (Qwen2.5-72B arch)": "qwen2.5-72b",
    "gemma3 4B Q4_0": "gemma-3-4b",
    // llama.cpp prints the architecture; Qwen2-7B and Qwen2.5-7B have the same shapes.
    "qwen2 7B Q8_0": "qwen2.5-7b",
  ]

  /// Names of devices that no profile lists as an alias.
  private static let devices = ["i5-6500 (20.02 measured)": "i5-6500"]

  private let profiles: [HardwareProfile]
  private let looseNames: DeviceNames

  /// Knows all profiles that the binary carries.
  public init() throws {
    profiles = try ProfileCatalog.all()
    looseNames = DeviceNames(profiles)
  }

  /// The part of a profile that the row used: one die of the MI250X is a device by itself.
  public static func share(of row: PublishedRow) -> Double { row.device == "MI250X GCD" ? 0.5 : 1 }

  /// The model that a table calls `name`.
  public static func model(_ name: String) throws(ModelError) -> TransformerModel {
    try ModelCatalog.entry(named: models[name] ?? name).model
  }

  /// The model with exactly this many parameters: the shapes of its like are the same.
  public static func model(parameters: Int) throws -> TransformerModel? {
    try ModelCatalog.entries().first { $0.model.parameters == parameters }?.model
  }

  /// The profile with this name or alias, or the only one with words like these.
  public func profile(_ device: String) -> HardwareProfile? {
    let name = Self.devices[device] ?? device
    return profiles.first { $0.id == name || $0.name == name || $0.aliases.contains(name) }
      ?? looseNames.profile(name)
  }

  /// The precision that comes closest from below, with the KV cache that the engine used.
  public static func precision(of row: PublishedRow) throws(PrecisionError) -> Precision {
    let precision = try precision(named: row.precision, engine: row.engine)
    guard row.engine.contains("q8_0 KV") else { return precision }
    return precision.replacingKVCache(with: try .named("q8_0"))
  }

  /// The precision that a source calls `name`, run by `engine`: "Q4_K_M", "fp16" or, as llama-bench
  /// writes it, "Q4_K - Medium".
  public static func precision(
    named name: String, engine: String
  ) throws(PrecisionError) -> Precision {
    var id = name.lowercased()
    for (suffix, letter) in [(" - medium", "_m"), (" - small", "_s"), (" - large", "_l")]
    where id.hasSuffix(suffix) {
      id = id.dropLast(suffix.count) + letter
    }
    // llama.cpp multiplies 4-bit weights with int8 activations; the others use half floats.
    let notation =
      id == "w4 weight-only" && engine.hasPrefix("llama.cpp") ? "q4_0" : notations[id] ?? id
    return try PrecisionCatalog.precision(notation)
  }

  /// Notations by names in lower case.
  private static let notations: [String: String] = {
    var notations = ["fp16": "f16", "fp32": "f32", "all f32": "f32"]
    func add(_ names: [String], _ notation: String) {
      for name in names { notations[name.lowercased()] = notation }
    }
    add(["float8dq (PerTensor)", "float8dq (Per Row)"], "fp8")
    add(awq, "awq-4bit-g128")
    add(gptq, "gptq-4bit-g128")
    add(["GPTQ 4-bit g32 act-order=yes"], "gptq-4bit-g32")
    add(["GPTQ 4-bit no-group act-order=yes"], "gptq-4bit-channel")
    add(["GPTQ-Int8"], "gptq-8bit-g128")
    for (notation, names) in nominal { add(names, notation) }
    return notations
  }()

  /// Groups of 128, embedding and output head in fp16, as AutoAWQ and TinyChat have it.
  private static let awq = [
    "AWQ", "AWQ-INT4", "AWQ W4A16 g128", "AWQ int4 g128 (GEMM)", "AWQ int4 g128 (GEMV)",
    "AWQ int4 g128 (new GEMV_FAST kernel)",
  ]

  /// Groups of 128, embedding and output head in fp16, as AutoGPTQ has it.
  private static let gptq = [
    "GPTQ-Int4", "GPTQ int4", "GPTQ 4-bit g128 act-order=no", "GPTQ 4-bit g128 act-order=yes",
    "GPTQ 4-bit g128 act=no", "GPTQ 4-bit g128 act=yes",
  ]

  /// Every parameter at its nominal bits: formats that also shrink the output head (torchao,
  /// gpt-fast, MLC, EXL2), that have fractions of bits, or that the source leaves open.
  private static let nominal = [
    // 2:4 sparse int4 keeps two of four codes and two bits for the place of each: 3 bits.
    "w3a16": ["EXL2 3.0 bpw", "int4wo-64-sparse-marlin"],
    "w2a16": ["EXL2 2.5 bpw", "uintx-2-8-hqq"],
    "w5a16": ["EXL2 5.0 bpw"],
    "w6a16": ["fp6"],
    "w8a16": ["int8wo", "int8 weight-only", "float8wo"],
    "w8a8": ["int8dq"],
    "w4a16": [
      "4-bit (type not stated)", "EXL2 4.0 bpw", "GPTQ/EXL2 4-bit", "W4 weight-only", "W4A16 g128",
      "W4A16g128", "autoquant-int4hqq", "awq-hqq-int4", "awq-uint4", "int4 weight-only g32",
      "int4wo-64", "int4wo-64-GPTQ", "int4wo-hqq", "q4f16_1 (4.5 bpw)", "q4f16_ft",
      "uintx-4-64-hqq",
    ],
    // CPU kernels that multiply int8 activations, and torchao's own W4A8.
    "w4a8": [
      "T-MAC 4-bit", "Q40 weights / Q80 buffers", "q4 (4-bit ggml)", "w4a8", "w4a8-g128",
      "int8_dynamic_activation_intx_weight-4-256-false",
    ],
    "w3a8": ["IQ3_KT", "smol-IQ3_K", "int8_dynamic_activation_intx_weight-3-256-false"],
    // Unsloth's mixes; the smallest file type of the same base.
    "q4_k_s": ["Q4_K_XL", "UD-Q4_K_XL", "Q4_K_S"],
    "q4_0": ["Q4_0 repacked"],
    "q2_k": ["W2 / Q2_K"],
    "q4_k_m": ["Q4_K_M (per repo instructions) 4-bit"],
  ]
}
