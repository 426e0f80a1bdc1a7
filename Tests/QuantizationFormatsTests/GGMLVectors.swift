import QuantizationFormats
import Testing

/// What ggml's own C code made of a known row: `Resources/ggml_test_vectors.txt`.
struct GGMLVector: Sendable, CustomTestStringConvertible {
  let format: StorageFormat
  /// The first block of `weights`.
  let block: [UInt8]
  /// The first weights of the unpacked block, to six digits.
  let dequantized: [Float]
  /// The root mean square error of the block, to six decimals.
  let error: Double
  /// How many elements the dot product has.
  let count: Int
  /// The dot product of the packed `weights` with the packed `activations`.
  let dot: Double

  var testDescription: String { format.id }

  /// The weights of all vectors.
  static let weights = (0..<256).map { Float(($0 * 37 + 11) % 101 - 50) / 16 }
  /// The activations of all vectors.
  static let activations = (0..<256).map { Float(($0 * 53 + 7) % 89 - 44) / 8 }

  /// The vectors of weight formats.
  static let all: [GGMLVector] = lines.indices.dropLast().compactMap { index in
    GGMLVector(lines[index], facts: lines[index + 1])
  }

  /// The first packed blocks of `activations`, by format.
  static let activationBlocks: [(id: String, block: [UInt8])] = lines.compactMap { line in
    guard line.hasPrefix("a Q8"), let colon = line.firstIndex(of: ":") else { return nil }
    return (line.dropFirst(2).prefix(4).lowercased(), bytes(line[colon...].dropFirst()))
  }

  private static let lines =
    (try? TestResource.text("ggml_test_vectors.txt"))?.split(separator: "\n").map(String.init) ?? []

  private init?(_ line: String, facts: String) {
    guard facts.hasPrefix("  size="), let colon = line.firstIndex(of: ":"),
      let type = GGMLType(name: line[..<colon].lowercased())
    else { return nil }
    self.format = type.format
    self.block = Self.bytes(line[colon...].dropFirst())
    let words = facts.split { " =()".contains($0) }.map(String.init)
    guard let values = words.firstIndex(of: "dq[0..7]"), let error = words.firstIndex(of: "rmse"),
      let dot = words.firstIndex(of: "dot"), let rmse = Double(words[error + 1]),
      let count = Int(words[dot + 1]), let product = Double(words[dot + 2])
    else { return nil }
    self.dequantized = words[values + 1..<error].compactMap(Float.init)
    (self.error, self.count, self.dot) = (rmse, count, product)
  }

  private static func bytes(_ text: Substring) -> [UInt8] {
    text.split(separator: " ").compactMap { UInt8($0, radix: 16) }
  }
}
