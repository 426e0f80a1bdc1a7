extension ModelFile {
  /// Reads the header of a GGUF file, and of the other parts where it is one of several.
  static func readGGUF(path: String) throws(ModelError) -> ModelFile {
    let (parts, paths) = try GGUFPart.read(path: path)
    return try gguf(parts, paths: paths)
  }

  /// Assembles what the parts of one model say, first part first.
  static func gguf(_ parts: [GGUFPart], paths: [String]) throws(ModelError) -> ModelFile {
    guard let first = parts.first, let path = paths.first else {
      preconditionFailure("a model of no parts")
    }
    let stored = GGUFRoles.resolve(parts.flatMap(\.tensors))
    try ModelError.checkNames(stored, file: path)
    if let expected = first.header.values["split.tensors.count"]?.integer,
      expected != stored.count
    {
      throw ModelError(
        file: path, field: "split.tensors.count",
        problem: "is \(expected), but the parts hold \(stored.count) tensors; download them again")
    }
    let metadata = GGUFMetadata(first.header)
    var facts = metadata.facts
    var model: TransformerModel?
    var obstacle: String?
    do throws(Obstacle) {
      let shapes = try GGUFModel(tensors: stored, metadata: metadata)
      let derived = try shapes.model(id: identifier(metadata, path: path))
      facts += notes(on: derived, stored: stored, unmodelled: shapes.unmodelled)
      model = derived
    } catch { obstacle = error.sentence }
    return ModelFile(
      container: "GGUF v\(first.header.version)", paths: paths, tensors: stored, model: model,
      obstacle: obstacle, facts: facts)
  }

  private static func notes(
    on model: TransformerModel, stored: [StoredTensor], unmodelled: [StoredTensor]
  ) -> [(name: String, value: String)] {
    var notes: [(name: String, value: String)] = []
    let extra = unmodelled.reduce(0) { $0 + $1.elements }
    if let first = unmodelled.first {
      notes.append(
        ("not modelled", "\(unmodelled.count) tensors, \(first.name) first, \(extra) elements"))
    }
    let difference = stored.reduce(0) { $0 + $1.elements } - extra - model.parameters
    if difference != 0 {
      notes.append(("stored but not in the shapes", "\(difference) elements"))
    }
    return notes
  }

  private static func identifier(_ metadata: GGUFMetadata, path: String) -> String {
    var stem = PathParts(path).name
    if let part = PartName(stem, suffix: ".gguf") { stem = part.prefix }
    if stem.hasSuffix(".gguf") { stem.removeLast(5) }
    if case .string(let name) = metadata.values["general.name"], !name.isEmpty { stem = name }
    return stem.lowercased().split { $0 == " " || $0 == "_" || $0 == "/" }.joined(separator: "-")
  }
}

/// One file of a model: its header and its checked tensor table.
struct GGUFPart {
  let header: GGUFHeader
  let tensors: [StoredTensor]

  init(_ source: any PositionedBytes, keepsAll: Bool = false) throws(ModelError) {
    header = try GGUFHeader(source, keepsAll: keepsAll)
    tensors = try header.tensors(fileSize: source.size)
  }

  /// Reads all parts of the model that the file at `path` belongs to.
  static func read(
    path: String, keepsAll: Bool = false
  ) throws(ModelError) -> (parts: [GGUFPart], paths: [String]) {
    let given = try GGUFPart(PositionedFile(path: path), keepsAll: keepsAll)
    let paths = try given.siblingPaths(path)
    var parts: [GGUFPart] = []
    for (index, sibling) in paths.enumerated() {
      let part =
        sibling == path ? given : try GGUFPart(PositionedFile(path: sibling), keepsAll: keepsAll)
      try part.check(index: index, of: paths.count)
      parts.append(part)
    }
    return (parts, paths)
  }

  private var count: Int { max(1, header.values["split.count"]?.integer ?? 1) }

  /// The paths of all parts of the model that the file at `path` belongs to.
  func siblingPaths(_ path: String) throws(ModelError) -> [String] {
    guard count > 1 else { return [path] }
    let parts = PathParts(path)
    guard let name = PartName(parts.name, suffix: ".gguf"), name.count == count else {
      throw ModelError(
        file: path, field: "split.count",
        problem: "is \(count), so the name must end in -<part>-of-<count>.gguf with five digits "
          + "each; give the parts back the names they had")
    }
    var paths: [String] = []
    for number in 1...count {
      let sibling = parts.directory + name.name(of: number)
      guard PathKind(sibling) == .file else {
        throw ModelError(
          file: sibling, problem: "part \(number) of \(count) is missing; download it too")
      }
      paths.append(sibling)
    }
    return paths
  }

  /// Refuses a part that is not the one its name says.
  func check(index: Int, of total: Int) throws(ModelError) {
    guard total > 1 else { return }
    let number = header.values["split.no"]?.integer
    guard number == index, count == total else {
      let claim = number.map { "\($0 &+ 1)" } ?? "no number"
      throw ModelError(
        file: header.file, field: "split.no",
        problem: "says part \(claim) of \(count), the name part \(index + 1) of \(total); "
          + "give the parts back the names they had")
    }
  }
}
