@testable import TransformerModels

/// Bytes in memory that stand for a file; tensor data is claimed, not present.
struct MemoryBytes: PositionedBytes {
  var name = "sample.gguf"
  let bytes: [UInt8]
  let size: Int

  init(_ bytes: [UInt8], dataBytes: Int = 0) {
    self.bytes = bytes
    size = bytes.count + dataBytes
  }

  func read(at offset: Int, count: Int) throws(ModelError) -> [UInt8] {
    Array(bytes.dropFirst(offset).prefix(count))
  }
}

extension [UInt8] {
  mutating func append(little value: some FixedWidthInteger) {
    for shift in stride(from: 0, to: value.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  mutating func append(text: String) {
    append(little: UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }
}

/// A small GGUF file, written as the specification says.
struct GGUFSample {
  enum Value {
    case u32(Int), u64(UInt64), bool(Bool), text(String), u32s([Int]), bools([Bool])
    case texts(Int, String)
    /// A type id and the bytes that follow it.
    case raw(UInt32, [UInt8])
  }

  struct Tensor {
    var name: String
    /// Innermost first.
    var dimensions: [Int]
    var type: UInt32 = 0
    /// `nil` for the next free place.
    var offset: Int?
  }

  var version: UInt32 = 3
  var alignment = 32
  var keys: [(name: String, value: Value)] = []
  var tensors: [Tensor] = []

  /// Header and padding.
  func header() -> [UInt8] {
    var bytes = Array("GGUF".utf8)
    bytes.append(little: version)
    bytes.append(little: UInt64(tensors.count))
    bytes.append(little: UInt64(keys.count))
    for key in keys {
      bytes.append(text: key.name)
      Self.write(key.value, to: &bytes)
    }
    for (tensor, offset) in zip(tensors, offsets) {
      bytes.append(text: tensor.name)
      bytes.append(little: UInt32(tensor.dimensions.count))
      for dimension in tensor.dimensions { bytes.append(little: UInt64(dimension)) }
      bytes.append(little: tensor.type)
      bytes.append(little: UInt64(offset))
    }
    while !bytes.count.isMultiple(of: alignment) { bytes.append(0) }
    return bytes
  }

  /// The bytes of the tensor data, with padding between tensors.
  var dataBytes: Int { zip(offsets, tensors).map { $0 + Self.size($1) }.max() ?? 0 }

  var source: MemoryBytes { MemoryBytes(header(), dataBytes: dataBytes) }

  /// The file as the reader shows it.
  func read() throws -> ModelFile {
    try ModelFile.gguf([GGUFPart(source)], paths: ["sample.gguf"])
  }

  private var offsets: [Int] {
    var next = 0
    return tensors.map { tensor in
      let offset = tensor.offset ?? next
      next = (offset + Self.size(tensor) + alignment - 1) / alignment * alignment
      return offset
    }
  }

  /// Sizes of the few types that the samples use, from ggml's structs.
  private static func size(_ tensor: Tensor) -> Int {
    let elements = tensor.dimensions.reduce(1) { $0.multipliedReportingOverflow(by: $1).0 }
    switch tensor.type {
    case 1: return elements * 2
    case 2: return elements / 32 * 18
    case 14: return elements / 256 * 210
    default: return elements.multipliedReportingOverflow(by: 4).0
    }
  }

  private static func write(_ value: Value, to bytes: inout [UInt8]) {
    switch value {
    case .u32(let value):
      bytes.append(little: UInt32(4))
      bytes.append(little: UInt32(value))
    case .u64(let value):
      bytes.append(little: UInt32(10))
      bytes.append(little: value)
    case .bool(let value):
      bytes.append(little: UInt32(7))
      bytes.append(value ? 1 : 0)
    case .text(let text):
      bytes.append(little: UInt32(8))
      bytes.append(text: text)
    case .u32s(let values):
      startList(of: 4, count: values.count, in: &bytes)
      for value in values { bytes.append(little: UInt32(value)) }
    case .bools(let values):
      startList(of: 7, count: values.count, in: &bytes)
      for value in values { bytes.append(value ? 1 : 0) }
    case .texts(let count, let text):
      startList(of: 8, count: count, in: &bytes)
      for _ in 0..<count { bytes.append(text: text) }
    case .raw(let type, let content):
      bytes.append(little: type)
      bytes.append(contentsOf: content)
    }
  }

  private static func startList(of type: UInt32, count: Int, in bytes: inout [UInt8]) {
    bytes.append(little: UInt32(9))
    bytes.append(little: type)
    bytes.append(little: UInt64(count))
  }
}

extension GGUFSample {
  /// A model of `architecture` with d = 64, 4 heads of 16 and 2 KV heads; blocks are added by hand.
  init(_ architecture: String, layers: Int, keys: [(String, Value)] = []) {
    self.keys = [
      ("general.architecture", .text(architecture)), ("general.name", .text("Sample Model")),
      ("\(architecture).block_count", .u32(layers)),
      ("\(architecture).attention.head_count", .u32(4)),
      ("\(architecture).attention.head_count_kv", .u32(2)),
      ("\(architecture).context_length", .u32(2048)),
      ("tokenizer.ggml.tokens", .texts(3, "token")),
    ]
    self.keys += keys.map { ("\(architecture).\($0.0)", $0.1) }
    add("token_embd.weight", 64, 100)
    add("output_norm.weight", 64)
  }

  /// Adds an f32 tensor, innermost dimension first.
  mutating func add(_ name: String, _ dimensions: Int...) {
    tensors.append(Tensor(name: name, dimensions: dimensions))
  }

  /// Adds norms and separate query, key, value and output matrices.
  mutating func addAttention(_ layer: Int, norms: [String] = ["attn_norm", "ffn_norm"]) {
    for norm in norms { add("blk.\(layer).\(norm).weight", 64) }
    add("blk.\(layer).attn_q.weight", 64, 64)
    add("blk.\(layer).attn_k.weight", 64, 32)
    add("blk.\(layer).attn_v.weight", 64, 32)
    add("blk.\(layer).attn_output.weight", 64, 64)
  }

  /// Adds a gated network of width 96.
  mutating func addFeedForward(_ layer: Int) {
    add("blk.\(layer).ffn_gate.weight", 64, 96)
    add("blk.\(layer).ffn_up.weight", 64, 96)
    add("blk.\(layer).ffn_down.weight", 96, 64)
  }

  static func llama(layers: Int = 2, keys: [(String, Value)] = []) -> GGUFSample {
    var sample = GGUFSample("llama", layers: layers, keys: keys)
    for layer in 0..<layers {
      sample.addAttention(layer)
      sample.addFeedForward(layer)
    }
    return sample
  }
}

/// Reproducible random numbers.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
