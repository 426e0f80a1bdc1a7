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
    let folders = [Bundle.module.bundleURL, Bundle.module.resourceURL].compactMap { $0 }
    let files = folders.map { $0.appending(path: "Resources").appending(path: "golden.json") }
    let file = files.first { FileManager.default.fileExists(atPath: $0.path) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Golden.self, from: try Data(contentsOf: file ?? files[0]))
  }

  /// The fractions that the script starts from.
  static func numbers(
    _ count: Int, _ multiplier: Int, _ offset: Int, _ modulus: Int, _ divisor: Float
  ) -> [Float] {
    (0..<count).map { Float((multiplier * $0 + offset) % modulus - modulus / 2) / divisor }
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
