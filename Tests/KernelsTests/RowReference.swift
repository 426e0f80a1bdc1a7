import CKernels
import QuantizationFormats

/// C[m,n] = A[m,k] * B[k,n] in double precision, of rows that have at most one scale, with what
/// rounding may cost each element.
///
/// B is what the kernel's activation format makes of the activations: exact, so that a kernel
/// differs only by its own roundings.
struct RowReference {
  /// Token after token.
  private(set) var values: [Double] = []
  /// The largest difference that rounding explains.
  private(set) var bounds: [Double] = []

  init(
    _ format: StorageFormat, _ bytes: [UInt8], rows: Int, activations: String, _ input: [Float],
    tokens: Int
  ) throws {
    let columns = input.count / tokens
    let weights = try Self.unpack(format, bytes, columns: columns)
    for token in 0..<tokens {
      let x = Self.stored(input[token * columns..<(token + 1) * columns], as: activations)
      for row in 0..<rows {
        var (sum, magnitude, weightMagnitude) = (0.0, 0.0, 0.0)
        for column in 0..<columns {
          let weight = weights[row * columns + column]
          sum += weight * x[column]
          magnitude += abs(weight * x[column])
          weightMagnitude += abs(weight) + abs(x[column])
        }
        values.append(sum)
        bounds.append(
          Self.bound(activations, columns: columns, magnitude: magnitude, sum: sum)
            + Self.lost(activations, columns: columns, magnitudes: weightMagnitude))
      }
    }
  }

  /// What roundings cost.
  ///
  /// f32 rounds the product and the sum of each column; sums of bf16 likewise.
  /// int8 sums are exact: rounded are the conversion, two products and the scales themselves.
  private static func bound(
    _ activations: String, columns: Int, magnitude: Double, sum: Double
  ) -> Double {
    // The reference itself rounds in double precision.
    let own = Double(2 * columns) * 0x1p-53 * magnitude
    return own + (activations == "q8_token" ? gamma(4) * abs(sum) : gamma(2 * columns) * magnitude)
  }

  /// What numbers below the normal range cost: half a smallest number for each operation.
  ///
  /// VDPBF16PS
  /// takes every subnormal number for zero, operands and results, and rounding to bf16 does too.
  private static func lost(_ activations: String, columns: Int, magnitudes: Double) -> Double {
    switch activations {
    case "bf16": 0x1p-126 * (magnitudes + 2 * Double(columns))
    case "q8_token": 0x1p-148 * 0x1p31
    default: 0x1p-149 * Double(2 * columns)
    }
  }

  /// What the bytes of a format mean; exact.
  private static func unpack(
    _ format: StorageFormat, _ bytes: [UInt8], columns: Int
  ) throws -> [Double] {
    guard format == .int8RowMaximum else {
      return (format.unpackRows(bytes, columns: columns) ?? []).map(Double.init)
    }
    return stride(from: 0, to: bytes.count, by: columns + 4).flatMap { first in
      let maximum = (0..<4).reduce(UInt32(0)) {
        $0 | UInt32(bytes[first + columns + $1]) << UInt32(8 * $1)
      }
      let scale = Double(Float(bitPattern: maximum) / 127)
      return bytes[first..<first + columns].map { scale * Double(Int8(bitPattern: $0)) }
    }
  }

  /// What a kernel reads in place of a token's activations.
  private static func stored(_ x: ArraySlice<Float>, as activations: String) -> [Double] {
    switch activations {
    case "bf16": x.map { Double(BrainFloat16.decode(BrainFloat16.encode($0))) }
    case "q8_token": quantized(x)
    default: x.map(Double.init)
    }
  }

  /// 8-bit codes with one scale, the definition.
  private static func quantized(_ x: ArraySlice<Float>) -> [Double] {
    let largest = x.map(\.magnitude).max() ?? 0
    guard largest >= 0x1p-119 else { return x.map { _ in 0 } }
    let (inverse, scale) = (127 / largest, largest / 127)
    return x.map { Double(($0 * inverse).rounded(.toNearestOrEven)) * Double(scale) }
  }
}
