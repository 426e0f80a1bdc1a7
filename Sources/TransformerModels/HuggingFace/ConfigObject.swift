/// The values of a `config.json` that may matter, decoded without knowing the architecture.
///
/// Only known keys are followed into lists and objects, so that a hostile file costs little.
struct ConfigObject: Decodable {
  enum Value: Hashable {
    case null
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case integers([Int])
    case texts([String])
    /// A list, object or number that is not read.
    case other
  }

  private(set) var values: [String: Value] = [:]
  private(set) var objects: [String: ConfigObject] = [:]

  private static let objectKeys: Set = [
    "text_config", "attn_config", "quantization_config", "config_groups", "group_0", "weights",
    "input_activations",
  ]
  private static let listKeys: Set = [
    "layer_types", "mlp_only_layers", "moe_layers", "architectures",
  ]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for key in container.allKeys {
      if Self.objectKeys.contains(key.stringValue),
        let object = try? container.decode(ConfigObject.self, forKey: key)
      {
        objects[key.stringValue] = object
      }
      values[key.stringValue] = Self.value(key, in: container)
    }
  }

  private static func value(
    _ key: Key, in container: KeyedDecodingContainer<Key>
  ) -> Value {
    if let isNull = try? container.decodeNil(forKey: key), isNull { return .null }
    if let text = try? container.decode(String.self, forKey: key) { return .text(text) }
    if let integer = try? container.decode(Int.self, forKey: key) { return .integer(integer) }
    if let flag = try? container.decode(Bool.self, forKey: key) { return .flag(flag) }
    if let number = try? container.decode(Double.self, forKey: key) { return .number(number) }
    guard listKeys.contains(key.stringValue) else { return .other }
    if let texts = try? container.decode([String].self, forKey: key) { return .texts(texts) }
    if let list = try? container.decode([Int].self, forKey: key) { return .integers(list) }
    return .other
  }
}
