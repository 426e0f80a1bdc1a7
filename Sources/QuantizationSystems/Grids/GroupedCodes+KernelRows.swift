public import QuantizationFormats

extension GroupedCodes {
  /// The rows that kernels multiply, of the format `int4-g128` and its kin.
  ///
  /// Inputs are first sorted by group, as exllama does with `g_idx`; the activations must be gathered
  /// in the same order, ``inputOrder``.
  ///
  /// - Throws: ``PackingError`` unless groups have 128 inputs, codes 2 to 4 bits, and zeros are from
  ///   0 to 15.
  public func kernelRows() throws(PackingError) -> (format: StorageFormat, bytes: [UInt8]) {
    let format = StorageFormat.integer(bits: bits, group: CodeGroup.size)
    let order = inputOrder
    guard format.integerGroupBits != nil,
      order.enumerated().allSatisfy({ group[$1] == $0 / CodeGroup.size }),
      columns.isMultiple(of: CodeGroup.size)
    else { throw .shape("kernels take 2 to 4 bits in groups of 128 inputs") }
    var bytes: [UInt8] = []
    for output in 0..<rows {
      for part in 0..<groups {
        let grid = self.grid(output, part)
        guard let zero = UInt8(exactly: grid.zero), zero < 16 else {
          throw .value(
            tensor: "zeros", index: output * groups + part, value: grid.zero, limit: 15)
        }
        let inputs = order[part * CodeGroup.size..<(part + 1) * CodeGroup.size]
        CodeGroup(
          codes: inputs.map { codes[output * columns + $0] }, scale: grid.scale, zero: zero
        ).append(to: &bytes, bits: bits)
      }
    }
    return (format, bytes)
  }

  /// The rows that kernels multiply with integer activations, of the format `int4-channel` or
  /// `int6-channel`.
  ///
  /// - Throws: ``PackingError`` unless there is one grid per output, codes have 4 or 6 bits, inputs
  ///   are a multiple of 16, and zeros are an int16.
  public func kernelChannels() throws(PackingError) -> (format: StorageFormat, bytes: [UInt8]) {
    let format = StorageFormat.integerPerChannel(bits: bits, zeroBits: 16)
    guard format.integerChannelBits != nil, groups == 1,
      columns.isMultiple(of: ChannelRow.unit)
    else { throw .shape("kernels take 4 or 6 bits, one grid per output, 16 inputs at a time") }
    var bytes: [UInt8] = []
    for output in 0..<rows {
      let grid = self.grid(output, 0)
      guard let zero = Int16(exactly: grid.zero) else {
        throw .value(tensor: "zeros", index: output, value: grid.zero, limit: Int(Int16.max))
      }
      let row = Array(codes[output * columns..<(output + 1) * columns])
      ChannelRow(codes: row, scale: grid.scale, zero: zero).append(to: &bytes, bits: bits)
    }
    return (format, bytes)
  }

  /// The inputs by group, each group's in their order.
  public var inputOrder: [Int] {
    group.indices.sorted { (group[$0], $0) < (group[$1], $1) }
  }
}
