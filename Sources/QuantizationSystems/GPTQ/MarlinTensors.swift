import QuantizationFormats

/// A symmetric 4-bit layer in the order in which Marlin's threads read it (IST-DASLab/marlin).
///
/// Tiles of 16 inputs x 16 outputs follow each other along the outputs; 64 x 16 weights are permuted
/// so that each thread finds its fragments of four matrix products in consecutive words.
public struct MarlinTensors: Hashable, Sendable {
  /// The number of inputs, K; a multiple of 128.
  public let inputs: Int
  /// The number of outputs, M; a multiple of 256.
  public let outputs: Int
  /// int32 [K / 16, 2 M].
  public let words: [UInt32]
  /// f16 [groups, M] in Marlin's order, as bits.
  public let scales: [UInt16]

  private static let tile = 16
  private static let nibbles = [0, 2, 4, 6, 1, 3, 5, 7]

  /// Where each of 1024 consecutive weights of a row of tiles comes from.
  static let permutation: [Int] = {
    let threads = (0..<32).flatMap { thread in
      (0..<4).flatMap { product in
        [0, 1].flatMap { block in
          [0, 1, 8, 9].map { row in
            16 * (2 * (thread % 4) + row) + thread / 4 + 8 * block + 256 * product
          }
        }
      }
    }
    return stride(from: 0, to: threads.count, by: 8).flatMap { start in
      nibbles.map { threads[start + $0] }
    }
  }()

  /// Where each of some consecutive scales comes from: of 64 with groups, of 32 without.
  static func scalePermutation(isGrouped: Bool) -> [Int] {
    isGrouped
      ? (0..<8).flatMap { first in (0..<8).map { first + 8 * $0 } }
      : (0..<4).flatMap { first in [0, 1, 8, 9, 16, 17, 24, 25].map { 2 * first + $0 } }
  }

  /// Repacks symmetric 4-bit codes in groups of 128, or with one group in a row.
  ///
  /// - Throws: ``PackingError`` for anything else.
  public init(repacking codes: GroupedCodes) throws(PackingError) {
    let isGrouped = codes.groups > 1
    let size = isGrouped ? 128 : codes.columns
    guard codes.bits == 4, codes.grids.allSatisfy({ $0.zero == 8 }),
      codes.group == (0..<codes.columns).map({ $0 / size })
    else { throw .shape("Marlin takes symmetric 4-bit codes in groups of 128 or a whole row") }
    guard codes.columns.isMultiple(of: 128), codes.rows.isMultiple(of: 256) else {
      throw .shape(
        "Marlin takes inputs in 128s and outputs in 256s, not \(codes.columns) and \(codes.rows)")
    }
    inputs = codes.columns
    outputs = codes.rows
    words = (0..<codes.columns / Self.tile).flatMap { Self.words(ofTiles: $0, codes) }
    let order = Self.scalePermutation(isGrouped: isGrouped)
    let plain = (0..<codes.groups).flatMap { group in
      (0..<codes.rows).map { Binary16.encode(codes.grid($0, group).scale) }
    }
    scales = plain.indices.map { index in
      plain[index / order.count * order.count + order[index % order.count]]
    }
  }

  /// The words of 16 inputs and all outputs.
  private static func words(ofTiles first: Int, _ codes: GroupedCodes) -> [UInt32] {
    let tiled = (0..<codes.rows / tile).flatMap { column in
      (0..<tile * tile).map { index in
        codes.code(column * tile + index % tile, first * tile + index / tile)
      }
    }
    return stride(from: 0, to: tiled.count, by: permutation.count).flatMap { start in
      BitStream.pack(permutation.map { tiled[start + $0] }, bits: 4)
    }
  }

  /// The code of a weight.
  public func code(_ output: Int, _ input: Int) -> Int {
    let (row, column) = (input % Self.tile, output % Self.tile)
    let source = output / Self.tile * 256 + row * Self.tile + column
    let start = source / 1024 * 1024
    let place = start + Self.inverse[source - start]
    return BitStream.code(place, bits: 4) { words[input / Self.tile * (2 * outputs) + $0] }
  }

  private static let inverse: [Int] = {
    var inverse = permutation
    for (place, source) in permutation.enumerated() { inverse[source] = place }
    return inverse
  }()
}
