/// Reads fields of a `config.json`, names those that are wrong, and notes what it assumes.
final class ConfigReader {
  let file: String
  /// What stands before a field's name in messages: empty, or `text_config.`.
  private let prefix: String
  private let object: ConfigObject
  private(set) var assumptions: [String] = []

  init(file: String, prefix: String = "", object: ConfigObject) {
    self.file = file
    self.prefix = prefix
    self.object = object
  }

  func assume(_ assumption: String) { assumptions.append(assumption) }

  func error(_ key: String, _ problem: String) -> ModelError {
    ModelError(file: file, field: prefix + key, problem: problem)
  }

  /// Whether the key is there, be it with `null`.
  func contains(_ key: String) -> Bool { object.values[key] != nil }

  /// The reader of a nested object, if there is one.
  func nested(_ key: String) -> ConfigReader? {
    object.objects[key].map { ConfigReader(file: file, prefix: "\(prefix)\(key).", object: $0) }
  }

  // MARK: Positive whole numbers

  /// The first of `keys` that is there; otherwise `fallback`, which is then noted as assumed.
  func dimension(
    _ keys: String..., limit: Int = ModelLimits.dimension, default fallback: Int? = nil
  ) throws(ModelError) -> Int {
    if let value = try optionalDimension(in: keys, limit: limit) { return value }
    guard let fallback else {
      throw error(keys[0], keys.contains(where: contains) ? "is null" : "missing")
    }
    assume("\(prefix)\(keys[0]) is absent; \(fallback) is the default of transformers")
    return fallback
  }

  /// The first of `keys` that is there; `nil` where they are absent or null.
  func optionalDimension(
    _ keys: String..., limit: Int = ModelLimits.dimension
  ) throws(ModelError) -> Int? {
    try optionalDimension(in: keys, limit: limit)
  }

  private func optionalDimension(in keys: [String], limit: Int) throws(ModelError) -> Int? {
    for key in keys {
      switch object.values[key] {
      case nil, .null: continue
      case .integer(let value) where (1...limit).contains(value): return value
      case .integer(let value): throw error(key, "is \(value), expected 1 to \(limit)")
      default: throw error(key, "expected a whole number")
      }
    }
    return nil
  }

  /// A count that may be 0; `nil` where the key is absent or null.
  func optionalCount(_ key: String) throws(ModelError) -> Int? {
    if case .integer(0) = object.values[key] { return 0 }
    return try optionalDimension(key)
  }

  /// Whether the value is -1, which some fields use for none.
  func isMinusOne(_ key: String) -> Bool { object.values[key] == .integer(-1) }

  // MARK: Other values

  func flag(_ key: String, default fallback: Bool) throws(ModelError) -> Bool {
    switch object.values[key] {
    case nil, .null: return fallback
    case .flag(let flag): return flag
    default: throw error(key, "expected true or false")
    }
  }

  func text(_ keys: String...) throws(ModelError) -> String? {
    for key in keys {
      switch object.values[key] {
      case nil, .null: continue
      case .text(let text): return text
      default: throw error(key, "expected a string")
      }
    }
    return nil
  }

  func texts(_ key: String) throws(ModelError) -> [String]? {
    switch object.values[key] {
    case nil, .null: return nil
    case .texts(let texts): return texts
    default: throw error(key, "expected a list of strings")
    }
  }

  func integers(_ key: String) throws(ModelError) -> [Int]? {
    switch object.values[key] {
    case nil, .null, .texts([]): return nil
    case .integers(let integers): return integers
    default: throw error(key, "expected a list of whole numbers")
    }
  }
}
