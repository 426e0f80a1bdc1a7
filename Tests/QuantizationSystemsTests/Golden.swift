import Foundation

/// What the original packages made of fixed numbers: see `Benchmarks/peers/quantization_golden.py`.
struct Golden: Decodable {
  struct FourBit: Decodable {
    let codes: String
    let absmax: [Float]?
    let dequantizedSum: Double?
    let absmaxCodes: String?
    let nestedAbsmax: [Float]?
    let offset: Float?
  }

  struct LLMInt8: Decodable {
    let weightCodes: String
    let weightMaxima: [Float]
    let activationCodes: String
    let activationMaxima: [Float]
    let outlierColumns: [Int]
  }

  let dynamicMap: [Float]
  let nf4: FourBit
  let fp4: FourBit
  let nf4Dq: FourBit
  let llmInt8: LLMInt8
  let marlinWords: String

  static func load() throws -> Golden {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Golden.self, from: try data("golden.json"))
  }

  /// The contents of a recorded file.
  static func data(_ name: String) throws -> Data {
    let folders = [Bundle.module.bundleURL, Bundle.module.resourceURL].compactMap { $0 }
    let files = folders.map { $0.appending(path: "Resources").appending(path: name) }
    let file = files.first { FileManager.default.fileExists(atPath: $0.path) }
    return try Data(contentsOf: file ?? files[0])
  }

  /// The fractions that the script starts from.
  static func numbers(
    _ count: Int, _ multiplier: Int, _ offset: Int, _ modulus: Int, _ divisor: Float
  ) -> [Float] {
    (0..<count).map { Float((multiplier * $0 + offset) % modulus - modulus / 2) / divisor }
  }
}

/// What AutoGPTQ's packer made of fixed codes: see `Benchmarks/peers/gptq_golden.py`.
struct GPTQGolden {
  let qweight: [UInt32]
  let qzeros: [UInt32]
  let scales: [UInt16]
  let groupIndex: [Int]

  private struct Recorded: Decodable {
    let qweight: String
    let qzeros: String
    let scales: String
    let gIdx: [Int]
  }

  private struct File: Decodable {
    let int2: Recorded
    let int3: Recorded
    let int4: Recorded
    let int8: Recorded
    let int4ActOrder: Recorded
  }

  private init(_ recorded: Recorded) {
    qweight = littleEndian(recorded.qweight)
    qzeros = littleEndian(recorded.qzeros)
    scales = littleEndian(recorded.scales)
    groupIndex = recorded.gIdx
  }

  /// All records by their names.
  static func load() throws -> [String: GPTQGolden] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let file = try decoder.decode(File.self, from: try Golden.data("gptq.json"))
    return [
      "int2": file.int2, "int3": file.int3, "int4": file.int4, "int8": file.int8,
      "int4_act_order": file.int4ActOrder,
    ].mapValues(GPTQGolden.init)
  }
}

/// The numbers whose bytes hexadecimal digits stand for, the lowest first.
func littleEndian<Number: FixedWidthInteger>(_ text: String) -> [Number] {
  let bytes = bytes(text)
  let size = Number.bitWidth / 8
  return stride(from: 0, to: bytes.count, by: size).map { first in
    (0..<size).reversed().reduce(0) { $0 << 8 | Number(bytes[first + $1]) }
  }
}

/// The bytes that hexadecimal digits, spaces between them or not, stand for.
func bytes(_ text: String) -> [UInt8] {
  let digits = text.filter { $0 != " " }.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// The 32 numbers of the worked examples: `x[i] = (((37 i + 11) mod 101) - 50) / 16`.
let example = (0..<32).map { Float((37 * $0 + 11) % 101 - 50) / 16 }
/// The activations of the worked examples: `a[i] = (((53 i + 7) mod 89) - 44) / 8`.
let exampleActivations = (0..<32).map { Float((53 * $0 + 7) % 89 - 44) / 8 }
