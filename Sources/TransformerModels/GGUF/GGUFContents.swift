/// A GGUF file with all of its metadata, as whoever runs the model needs it.
public struct GGUFContents: Sendable {
  /// Shapes and tensors.
  public let file: ModelFile
  /// The architecture that the file names, such as `llama`.
  public let architecture: String
  private let values: [String: GGUFValue]

  /// Reads the header of the file at `path`, and of the other parts where it is one of several.
  ///
  /// - Throws: `ModelError` for a file that is damaged or not GGUF.
  public static func read(path: String) throws(ModelError) -> GGUFContents {
    let (parts, paths) = try GGUFPart.read(path: path, keepsAll: true)
    let file = try ModelFile.gguf(parts, paths: paths)
    guard let first = parts.first else { throw ModelError(file: path, problem: "has no parts") }
    return GGUFContents(file: file, header: first.header)
  }

  init(file: ModelFile, header: GGUFHeader) {
    self.file = file
    architecture = GGUFMetadata(header).architecture
    values = header.values
  }

  /// The key with the architecture in front: `rope.freq_base` is `llama.rope.freq_base`.
  public func architectureKey(_ key: String) -> String { "\(architecture).\(key)" }

  /// A number, `nil` where the key is missing or no number.
  public func number(_ key: String) -> Double? {
    switch values[key] {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// A whole number, `nil` where the key is missing or no whole number.
  public func integer(_ key: String) -> Int? { values[key]?.integer }

  /// Yes or no, `nil` where the key is missing.
  public func bool(_ key: String) -> Bool? { values[key]?.integer.map { $0 != 0 } }

  /// A text, `nil` where the key is missing or no text.
  public func text(_ key: String) -> String? {
    if case .string(let text) = values[key] { text } else { nil }
  }

  /// A list of texts, `nil` where the key is missing or holds something else.
  public func texts(_ key: String) -> [String]? {
    list(key) { if case .string(let text) = $0 { text } else { nil } }
  }

  /// A list of numbers, `nil` where the key is missing or holds something else.
  public func numbers(_ key: String) -> [Double]? {
    list(key) { value in
      switch value {
      case .integer(let number): Double(number)
      case .number(let number): number
      default: nil
      }
    }
  }

  private func list<Element>(_ key: String, _ read: (GGUFValue) -> Element?) -> [Element]? {
    guard case .list(let values) = values[key] else { return nil }
    let elements = values.compactMap(read)
    return elements.count == values.count ? elements : nil
  }
}
