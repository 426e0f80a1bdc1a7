extension ModelFile {
  /// Reads the header of a safetensors file, and of its siblings where an index lists it.
  static func readSafetensors(path: String) throws(ModelError) -> ModelFile {
    let place = PathParts(path)
    if let part = PartName(place.name, suffix: ".safetensors") {
      let index = place.directory + part.prefix + SafetensorsIndex.suffix
      if PathKind(index) == .file { return try readSafetensorsIndex(path: index) }
    }
    let header = try SafetensorsHeader(PositionedFile(path: path))
    return try safetensors(
      headers: [header], paths: [path], directory: place.directory, notes: [])
  }

  /// Reads an index and the headers of the files that it lists.
  static func readSafetensorsIndex(path: String) throws(ModelError) -> ModelFile {
    let directory = PathParts(path).directory
    let index = try SafetensorsIndex(PositionedFile(path: path))
    var headers: [SafetensorsHeader] = []
    var names: [String: Set<String>] = [:]
    for file in index.files {
      guard PathKind(directory + file) == .file else {
        throw ModelError(
          file: directory + file,
          problem: "is listed in \(path), but is missing; download it too")
      }
      let header = try SafetensorsHeader(PositionedFile(path: directory + file))
      names[file] = Set(header.tensors.map(\.name))
      headers.append(header)
    }
    try index.check(names, index: path)
    var notes: [(name: String, value: String)] = []
    let unlisted = headers.flatMap(\.tensors).count { index.fileOfTensor[$0.name] == nil }
    if unlisted > 0 { notes.append(("not in the index", "\(unlisted) tensors")) }
    return try safetensors(
      headers: headers, paths: index.files.map { directory + $0 }, directory: directory,
      notes: notes)
  }

  static func safetensors(
    headers: [SafetensorsHeader], paths: [String], directory: String,
    notes: [(name: String, value: String)]
  ) throws(ModelError) -> ModelFile {
    let tensors = SafetensorsName.resolve(headers.flatMap(\.tensors))
    try ModelError.checkNames(tensors, file: paths.first ?? directory)
    var facts = notes
    for (name, value) in (headers.first?.metadata ?? [:]).sorted(by: { $0.key < $1.key })
    where value.utf8.count <= 200 {
      facts.append((name, value))
    }
    let unused = headers.reduce(0) { $0 + $1.unusedBytes }
    if unused > 0 { facts.append(("unused bytes", "\(unused)")) }
    let config = directory + "config.json"
    guard PathKind(config) == .file else {
      return ModelFile(
        container: "safetensors", paths: paths, tensors: tensors, model: nil,
        obstacle: "there is no config.json beside \(paths.first ?? directory), which alone says "
          + "how the tensors are used; download it into the same directory", facts: facts)
    }
    do throws(ModelError) {
      let configuration = try readConfiguration(path: config)
      facts += configuration.facts + differences(between: tensors, and: configuration.model)
      return ModelFile(
        container: "safetensors", paths: paths, tensors: tensors, model: configuration.model,
        obstacle: nil, facts: facts, suggestedPrecision: configuration.suggestedPrecision,
        assumptions: configuration.assumptions)
    } catch {
      return ModelFile(
        container: "safetensors", paths: paths, tensors: tensors, model: nil,
        obstacle: error.description, facts: facts)
    }
  }

  /// What the file stores beyond the shapes, where it is not quantized and numbers are parameters.
  private static func differences(
    between tensors: [StoredTensor], and model: TransformerModel
  ) -> [(name: String, value: String)] {
    let isQuantized = tensors.contains {
      SafetensorsName($0.name).isAuxiliary || $0.name.hasSuffix("_blocks")
    }
    let difference = tensors.reduce(0) { $0 + $1.elements } - model.parameters
    guard !isQuantized, difference != 0 else { return [] }
    return [("stored less config.json", "\(difference) elements")]
  }
}
