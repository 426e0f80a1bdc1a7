/// An identifier, name and family made from a `config.json` and where it lies.
struct ModelIdentity {
  let id: String
  let name: String
  let family: String

  /// The name in the file, or that of the folder, or that of the file.
  init(file: String, nameOrPath: String?, family: String) {
    let path = file.split(separator: "/").map(String.init)
    let folder = path.last == "config.json" ? path.dropLast().last : nil
    let stem = path.last.map { $0.hasSuffix(".json") ? String($0.dropLast(5)) : $0 }
    let stated = nameOrPath?.split(separator: "/").last.map(String.init)
    name = stated ?? folder.flatMap { $0 == "." || $0 == ".." ? nil : $0 } ?? stem ?? file
    id = ModelCatalog.spellings(of: name).first ?? name
    self.family = family
  }
}
