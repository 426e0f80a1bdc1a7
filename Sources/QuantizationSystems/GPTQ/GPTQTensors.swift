import QuantizationFormats

/// A linear layer as AutoGPTQ writes it to a checkpoint.
///
/// Codes are packed along the inputs, zeros along the outputs; a zero is stored as `zero - 1` modulo
/// 2^bits, so that readers add 1. (AutoGPTQ's own packer corrupts a word when a zero is 0; this one
/// stores 2^bits - 1, which reads back as 0.)
public struct GPTQTensors: Hashable, Sendable {
  /// The number of inputs, K.
  public let inputs: Int
  /// The number of outputs, M.
  public let outputs: Int
  /// The width of a code: 2, 3, 4 or 8.
  public let bits: Int
  /// int32 [K bits / 32, M].
  public let qweight: [UInt32]
  /// int32 [groups, M bits / 32].
  public let qzeros: [UInt32]
  /// f16 [groups, M], as bits.
  public let scales: [UInt16]
  /// int32 [K]: the group of each input, ascending unless columns were processed in another order.
  public let groupIndex: [Int32]

  /// Takes the tensors of a checkpoint; without a `g_idx`, groups follow each other.
  ///
  /// - Throws: ``PackingError`` if sizes do not fit or an index names a group that is not there.
  public init(
    inputs: Int, outputs: Int, bits: Int, group: Int, qweight: [UInt32], qzeros: [UInt32],
    scales: [UInt16], groupIndex: [Int32]? = nil
  ) throws(PackingError) {
    let groups = try Self.groups(inputs: inputs, outputs: outputs, bits: bits, group: group)
    let index = groupIndex ?? (0..<inputs).map { Int32($0 / group) }
    for (name, expected, actual) in [
      ("qweight", inputs * bits / 32 * outputs, qweight.count),
      ("qzeros", groups * (outputs * bits / 32), qzeros.count),
      ("scales", groups * outputs, scales.count), ("g_idx", inputs, index.count),
    ] where expected != actual {
      throw .wrongCount(tensor: name, expected: expected, actual: actual)
    }
    if let bad = index.firstIndex(where: { !(0..<Int32(groups)).contains($0) }) {
      throw .value(tensor: "g_idx", index: bad, value: Int(index[bad]), limit: groups - 1)
    }
    self.inputs = inputs
    self.outputs = outputs
    self.bits = bits
    self.qweight = qweight
    self.qzeros = qzeros
    self.scales = scales
    self.groupIndex = index
  }

  /// Packs codes; scales are rounded to binary16.
  ///
  /// - Throws: ``PackingError`` if inputs or outputs do not fill whole words.
  public init(packing codes: GroupedCodes) throws(PackingError) {
    let (bits, groups) = (codes.bits, codes.groups)
    _ = try Self.groups(
      inputs: codes.columns, outputs: codes.rows, bits: bits, group: max(1, codes.columns))
    inputs = codes.columns
    outputs = codes.rows
    self.bits = bits
    let perOutput = (0..<codes.rows).map { output in
      BitStream.pack((0..<codes.columns).map { codes.code(output, $0) }, bits: bits)
    }
    let words = codes.columns * bits / 32
    qweight = (0..<words).flatMap { word in perOutput.map { $0[word] } }
    qzeros = (0..<groups).flatMap { group in
      BitStream.pack(
        (0..<codes.rows).map { (codes.grid($0, group).zero - 1) & (1 << bits - 1) }, bits: bits)
    }
    scales = (0..<groups).flatMap { group in
      (0..<codes.rows).map { Binary16.encode(codes.grid($0, group).scale) }
    }
    groupIndex = codes.group.map(Int32.init)
  }

  private static func groups(
    inputs: Int, outputs: Int, bits: Int, group: Int
  ) throws(PackingError) -> Int {
    guard [2, 3, 4, 8].contains(bits) else {
      throw .shape("GPTQ packs 2, 3, 4 or 8 bits, not \(bits)")
    }
    guard inputs > 0, outputs > 0, group > 0 else {
      throw .shape("\(inputs) inputs, \(outputs) outputs, groups of \(group): must be positive")
    }
    guard (inputs * bits).isMultiple(of: 32), (outputs * bits).isMultiple(of: 32) else {
      throw .shape(
        "\(inputs) inputs or \(outputs) outputs of \(bits) bits do not fill 32-bit words")
    }
    return (inputs + group - 1) / group
  }

  /// The codes and grids that the tensors hold.
  public var codes: GroupedCodes {
    let groups = scales.count / outputs
    var codes: [UInt8] = []
    var grids: [AffineGrid] = []
    codes.reserveCapacity(inputs * outputs)
    for output in 0..<outputs {
      for input in 0..<inputs {
        let code = BitStream.code(input, bits: bits) { qweight[$0 * outputs + output] }
        codes.append(UInt8(code))
      }
      for group in 0..<groups { grids.append(grid(output, group)) }
    }
    return GroupedCodes(
      rows: outputs, columns: inputs, bits: bits, group: groupIndex.map(Int.init), codes: codes,
      grids: grids)
  }

  private func grid(_ output: Int, _ group: Int) -> AffineGrid {
    let words = outputs * bits / 32
    let stored = BitStream.code(output, bits: bits) { qzeros[group * words + $0] }
    return AffineGrid(
      bits: bits, scale: Binary16.decode(scales[group * outputs + output]),
      zero: (stored + 1) & (1 << bits - 1))
  }
}
