/// A key that may have any name; it is how unknown keys are seen.
private struct AnyKey: CodingKey {
  let stringValue: String
  let intValue: Int? = nil
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  /// A keyed container that refuses keys which `keys` does not list.
  ///
  /// Without this, a misspelt optional key would be lost in silence.
  public func container<Key: CodingKey & CaseIterable>(
    strictlyKeyedBy keys: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    let known = Key.allCases.map(\.stringValue)
    for key in try container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: codingPath + [key],
          debugDescription: "unknown key; known keys: \(known.joined(separator: ", "))"))
    }
    return try container(keyedBy: keys)
  }
}

extension KeyedDecodingContainer {
  /// Decodes one of the cases of an enumeration.
  ///
  /// - Throws: a `DecodingError` that lists the cases if the string is none of them.
  public func decodeChoice<Choice: CaseIterable & RawRepresentable<String>>(
    _ type: Choice.Type, forKey key: Key
  ) throws -> Choice {
    let text = try decode(String.self, forKey: key)
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "is '\(text)'; write one of \(known)")
    }
    return choice
  }

  /// Checks that a file is of the only version that this code reads.
  ///
  /// - Throws: a `DecodingError` that names both versions.
  public func checkSchemaVersion(_ known: Int, forKey key: Key) throws {
    let version = try decode(Int.self, forKey: key)
    guard version == known else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self,
        debugDescription: "is \(version); this version of ridgeline reads \(known)")
    }
  }
}
