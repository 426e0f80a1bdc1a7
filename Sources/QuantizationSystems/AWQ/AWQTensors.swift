import QuantizationFormats

/// A linear layer as AutoAWQ's GEMM version writes it: 4-bit codes and zeros, eight outputs to a word.
///
/// Nibble `i` of a word, from the lowest bit, belongs to output `8 word + order[i]`. Zeros are stored
/// as they are.
public struct AWQTensors: Hashable, Sendable {
  /// Which of eight outputs each nibble holds, from the lowest bit.
  public static let order = [0, 2, 4, 6, 1, 3, 5, 7]

  /// The number of inputs, K.
  public let inputs: Int
  /// The number of outputs, M; a multiple of 8.
  public let outputs: Int
  /// Inputs in a group.
  public let group: Int
  /// int32 [K, M / 8].
  public let qweight: [UInt32]
  /// int32 [groups, M / 8].
  public let qzeros: [UInt32]
  /// f16 [groups, M], as bits.
  public let scales: [UInt16]

  /// Takes the tensors of a checkpoint.
  ///
  /// - Throws: ``PackingError`` if sizes do not fit.
  public init(
    inputs: Int, outputs: Int, group: Int, qweight: [UInt32], qzeros: [UInt32], scales: [UInt16]
  ) throws(PackingError) {
    let groups = try Self.groups(inputs: inputs, outputs: outputs, group: group)
    for (name, expected, actual) in [
      ("qweight", inputs * outputs / 8, qweight.count),
      ("qzeros", groups * outputs / 8, qzeros.count), ("scales", groups * outputs, scales.count),
    ] where expected != actual {
      throw .wrongCount(tensor: name, expected: expected, actual: actual)
    }
    self.inputs = inputs
    self.outputs = outputs
    self.group = group
    self.qweight = qweight
    self.qzeros = qzeros
    self.scales = scales
  }

  /// Packs 4-bit codes whose groups follow each other; scales are rounded to binary16.
  ///
  /// - Throws: ``PackingError`` for other widths, groups and shapes.
  public init(packing codes: GroupedCodes, group: Int) throws(PackingError) {
    guard codes.bits == 4, codes.group == (0..<codes.columns).map({ $0 / group }) else {
      throw .shape("AWQ packs 4-bit codes in groups that follow each other")
    }
    let groups = try Self.groups(inputs: codes.columns, outputs: codes.rows, group: group)
    let words = codes.rows / 8
    qweight = (0..<codes.columns).flatMap { input in
      (0..<words).map { word in Self.word { codes.code(8 * word + $0, input) } }
    }
    qzeros = (0..<groups).flatMap { group in
      (0..<words).map { word in Self.word { codes.grid(8 * word + $0, group).zero } }
    }
    scales = (0..<groups).flatMap { group in
      (0..<codes.rows).map { Binary16.encode(codes.grid($0, group).scale) }
    }
    inputs = codes.columns
    outputs = codes.rows
    self.group = group
  }

  private static func groups(
    inputs: Int, outputs: Int, group: Int
  ) throws(PackingError) -> Int {
    guard inputs > 0, outputs > 0, group > 0, outputs.isMultiple(of: 8) else {
      throw .shape("AWQ needs a positive shape with outputs in eights, not \(outputs) x \(inputs)")
    }
    return (inputs + group - 1) / group
  }

  /// The word of eight nibbles.
  static func word(_ nibble: (Int) -> Int) -> UInt32 {
    order.enumerated().reduce(0) { $0 | UInt32(nibble($1.element)) << UInt32(4 * $1.offset) }
  }

  /// The nibble of one of eight outputs.
  static func nibble(_ output: Int, of word: UInt32) -> Int {
    let place = output / 2 + (output.isMultiple(of: 2) ? 0 : 4)
    return Int(word >> UInt32(4 * place)) & 15
  }

  /// The codes and grids that the tensors hold.
  public var codes: GroupedCodes {
    let words = outputs / 8
    var codes: [UInt8] = []
    var grids: [AffineGrid] = []
    codes.reserveCapacity(inputs * outputs)
    for output in 0..<outputs {
      for input in 0..<inputs {
        codes.append(UInt8(Self.nibble(output % 8, of: qweight[input * words + output / 8])))
      }
      for group in 0..<scales.count / outputs {
        grids.append(
          AffineGrid(
            bits: 4, scale: Binary16.decode(scales[group * outputs + output]),
            zero: Self.nibble(output % 8, of: qzeros[group * words + output / 8])))
      }
    }
    return GroupedCodes(
      rows: outputs, columns: inputs, bits: 4, group: (0..<inputs).map { $0 / group },
      codes: codes, grids: grids)
  }
}
