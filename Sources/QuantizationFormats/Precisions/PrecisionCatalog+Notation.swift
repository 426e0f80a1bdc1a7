extension PrecisionCatalog {
  /// The precision that a name or notation means; upper and lower case are alike.
  public static func precision(_ notation: String) throws(PrecisionError) -> Precision {
    guard notation.utf8.allSatisfy({ $0 < 0x80 }) else { throw .unknown(notation: notation) }
    let id = notation.lowercased()
    if let known = all.first(where: { $0.id == id }) { return known }
    if let mix = GGMLMix(name: id) { return .ggml(mix) }
    var reader = NotationReader(id)
    if reader.read("gptq-") { return try gptq(&reader) }
    if reader.read("awq-") { return try awq(&reader) }
    if reader.read("omniquant-w") { return try omniquant(&reader) }
    if reader.read("rptq-w") { return try rptq(&reader) }
    if reader.isNextBeforeDigit("w") { return try general(&reader) }
    throw .unknown(notation: notation)
  }

  /// `4bit-g128`, `4bit-channel`; AutoGPTQ writes -1 for a group as long as the row.
  private static func gptq(_ reader: inout NotationReader) throws(PrecisionError) -> Precision {
    let bits = try checkpointBits(&reader)
    guard !reader.read("-channel"), !reader.read("-g-1") else {
      try reader.end(expecting: "gptq-4bit-channel")
      return .gptq(bits: bits, group: nil)
    }
    return .gptq(bits: bits, group: try requiredGroup(&reader, example: "gptq-4bit-g128"))
  }

  private static func awq(_ reader: inout NotationReader) throws(PrecisionError) -> Precision {
    let bits = try checkpointBits(&reader)
    return .awq(bits: bits, group: try requiredGroup(&reader, example: "awq-4bit-g128"))
  }

  /// `w4a16`, `w4a16-g128`, `w6a6`.
  private static func omniquant(
    _ reader: inout NotationReader
  ) throws(PrecisionError) -> Precision {
    let weights = try codeBits(&reader, "weight bits")
    let activations = try bitsAfterA(&reader)
    if activations == 16 {
      let group = try optionalGroup(&reader)
      try reader.end(expecting: "omniquant-w4a16-g128")
      return .omniquantWeightOnly(bits: weights, group: group)
    }
    guard activations == weights else {
      throw reader.problem(
        "weights and activations differ; write a16 for weights alone, or the same bits for both")
    }
    try reader.end(expecting: "omniquant-w4a4")
    return .omniquant(bits: weights)
  }

  /// `w4a8`, `w4a3kv`.
  private static func rptq(_ reader: inout NotationReader) throws(PrecisionError) -> Precision {
    let weights = try codeBits(&reader, "weight bits")
    let activations = try bitsAfterA(&reader)
    let quantizesOnlyCache = reader.read("kv")
    try reader.end(expecting: "rptq-w4a8 or rptq-w4a4kv")
    return .rptq(
      weights: weights, activations: activations, quantizesOnlyCache: quantizesOnlyCache)
  }

  /// `w4a16`, `w4a16-g128`, `w4a8kv4`.
  private static func general(_ reader: inout NotationReader) throws(PrecisionError) -> Precision {
    _ = reader.read("w")
    let weights = try reader.weightBits()
    guard reader.read("a") else {
      throw reader.problem("the activation bits are missing; write it as in w4a16")
    }
    let activations = try reader.activationBits()
    let cache: Int? =
      reader.read("kv")
      ? try reader.number("KV cache bits", "1 to 32") { (1...32).contains($0) } : nil
    let group = try optionalGroup(&reader)
    try reader.end(expecting: "w4a8kv4 or w4a16-g128")
    if group != nil && weights >= 16 {
      throw reader.problem("weights of \(weights) bits are floating point and have no groups")
    }
    return .general(weights: weights, activations: activations, cache: cache, group: group)
  }
}

extension PrecisionCatalog {
  /// `4bit`, in the widths that packed checkpoints come in.
  private static func checkpointBits(_ reader: inout NotationReader) throws(PrecisionError) -> Int {
    let bits = try reader.number("weight bits", "2, 3, 4 or 8") { [2, 3, 4, 8].contains($0) }
    guard reader.read("bit") else {
      throw reader.problem("'bit' is missing after \(bits); write it as in 4bit-g128")
    }
    return bits
  }

  private static func codeBits(
    _ reader: inout NotationReader, _ what: String
  ) throws(PrecisionError) -> Int {
    try reader.number(what, "2 to 8") { (2...8).contains($0) }
  }

  private static func bitsAfterA(_ reader: inout NotationReader) throws(PrecisionError) -> Int {
    guard reader.read("a") else {
      throw reader.problem("the activation bits are missing; write it as in w4a16")
    }
    return try reader.number("activation bits", "2 to 8, or 16") {
      (2...8).contains($0) || $0 == 16
    }
  }

  private static func optionalGroup(_ reader: inout NotationReader) throws(PrecisionError) -> Int? {
    reader.read("-g") ? try reader.groupSize() : nil
  }

  private static func requiredGroup(
    _ reader: inout NotationReader, example: String
  ) throws(PrecisionError) -> Int {
    guard reader.read("-g") else {
      throw reader.problem("the group is missing; write it as in \(example)")
    }
    let group = try reader.groupSize()
    try reader.end(expecting: example)
    return group
  }
}
