import QuantizationFormats

extension GGUFHeader {
  /// The tensors, checked against each other and against a file of `fileSize` bytes.
  func tensors(fileSize: Int) throws(ModelError) -> [StoredTensor] {
    var tensors: [StoredTensor] = []
    tensors.reserveCapacity(entries.count)
    for entry in entries {
      let tensor = try tensor(entry)
      try checkPlace(of: tensor, at: entry.offset, fileSize: fileSize)
      tensors.append(tensor)
    }
    try checkOverlaps(tensors)
    return tensors
  }

  private func tensor(_ entry: Entry) throws(ModelError) -> StoredTensor {
    guard let format = GGMLType(id: Int(entry.type))?.format else {
      throw problem(
        entry, "has ggml type \(entry.type), which is unknown; requantize it to a current type")
    }
    guard let columns = entry.dimensions.first, !entry.dimensions.contains(0) else {
      throw problem(entry, "has a dimension of 0; \(GGUFCursor.remedy)")
    }
    guard format.divides(columns: columns) else {
      throw problem(
        entry,
        "has rows of \(columns), but \(format.id) needs a multiple of "
          + "\(format.layout.weightsPerBlock); \(GGUFCursor.remedy)")
    }
    guard let elements = product(entry.dimensions), let blockBytes = format.layout.bytesPerBlock,
      let bytes = product([elements / format.layout.weightsPerBlock, blockBytes])
    else {
      throw problem(
        entry, "has more elements (\(entry.dimensions)) than can be counted; \(GGUFCursor.remedy)")
    }
    let name = GGUFTensorName(entry.name)
    return StoredTensor(
      name: entry.name, roles: name.roles, isBias: name.part == .bias, layer: name.layer,
      shape: entry.dimensions.reversed(), format: format, elements: elements, bytes: bytes,
      place: StoredTensor.Place(path: file, offset: dataStart &+ entry.offset))
  }

  private func checkPlace(
    of tensor: StoredTensor, at offset: Int, fileSize: Int
  ) throws(ModelError) {
    guard offset.isMultiple(of: alignment) else {
      throw ModelError(
        file: file, field: tensor.name,
        problem: "is at offset \(offset), which is no multiple of the alignment \(alignment); "
          + GGUFCursor.remedy)
    }
    let (start, overflow) = dataStart.addingReportingOverflow(offset)
    let (end, moreOverflow) = start.addingReportingOverflow(tensor.bytes)
    guard !overflow, !moreOverflow, end <= fileSize else {
      let needed = overflow || moreOverflow ? "more than can be addressed" : "\(end)"
      throw ModelError(
        file: file, field: tensor.name,
        problem: "needs a file of \(needed) bytes, this one has \(fileSize); the download is "
          + "incomplete, repeat it")
    }
  }

  private func checkOverlaps(_ tensors: [StoredTensor]) throws(ModelError) {
    let places = zip(entries, tensors).map { (start: $0.offset, tensor: $1) }
      .sorted { $0.start < $1.start }
    for (left, right) in zip(places, places.dropFirst())
    where left.start + left.tensor.bytes > right.start {
      throw ModelError(
        file: file, field: right.tensor.name,
        problem: "overlaps \(left.tensor.name); \(GGUFCursor.remedy)")
    }
  }

  private func problem(_ entry: Entry, _ text: String) -> ModelError {
    ModelError(file: file, field: entry.name, problem: text)
  }
}

/// The product of non-negative factors, unless it exceeds `Int.max`.
func product(_ factors: [Int]) -> Int? {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    if overflow { return nil }
    product = next
  }
  return product
}

extension ModelError {
  /// Refuses a name that two tensors of `files` share.
  static func checkNames(_ tensors: [StoredTensor], file: String) throws(ModelError) {
    var seen: Set<String> = []
    for tensor in tensors where !seen.insert(tensor.name).inserted {
      throw ModelError(
        file: file, field: tensor.name,
        problem: "is there twice; the file is damaged, download or convert it again")
    }
  }
}
