import StrictJSON

extension Suite: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case schemaVersion = "schema_version"
    case id, summary, groups
  }

  /// Decodes a suite; unknown keys and another schema version are errors.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    try fields.checkSchemaVersion(Self.schemaVersion, forKey: .schemaVersion)
    id = try fields.decode(String.self, forKey: .id)
    summary = try fields.decode(String.self, forKey: .summary)
    groups = try fields.decode([CaseGroup].self, forKey: .groups)
  }
}

extension CaseGroup: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case subject, formats, shapes, heads, contexts, models, tokens, threads, placements
    case distributions
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    subject = try fields.decodeChoice(KernelCase.Subject.self, forKey: .subject)
    formats = try fields.decode(Formats.self, forKey: .formats)
    shapes = try fields.decodeIfPresent([Shape].self, forKey: .shapes) ?? []
    heads = try fields.decodeIfPresent([Heads].self, forKey: .heads) ?? []
    contexts = try fields.decodeIfPresent([Int].self, forKey: .contexts) ?? []
    models = try fields.decodeIfPresent([String].self, forKey: .models) ?? []
    tokens = try fields.decode([Int].self, forKey: .tokens)
    threads = try fields.decodeIfPresent([Threads].self, forKey: .threads) ?? [.count(1)]
    placements = try fields.choices(.placements) ?? [.memory]
    distributions = try fields.choices(.distributions) ?? []
    try Self.check(subject, shapes, heads, contexts, models, in: fields)
    guard tokens.allSatisfy({ $0 > 0 }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .tokens, in: fields, debugDescription: "must all be at least 1")
    }
    guard subject != .ceilings else {
      throw DecodingError.dataCorruptedError(
        forKey: .subject, in: fields,
        debugDescription: "is 'ceilings', which calibration alone measures")
    }
    guard !distributions.contains(.layer) else {
      throw DecodingError.dataCorruptedError(
        forKey: .distributions, in: fields,
        debugDescription: "has 'layer', which 'bench --layer-of' alone measures")
    }
    guard (subject == .error) == !distributions.isEmpty else {
      throw DecodingError.dataCorruptedError(
        forKey: .distributions, in: fields, debugDescription: "belong to the subject 'error' only")
    }
  }

  /// Attention is of heads and contexts, everything else of shapes; models have both.
  private static func check(
    _ subject: KernelCase.Subject, _ shapes: [Shape], _ heads: [Heads], _ contexts: [Int],
    _ models: [String], in fields: KeyedDecodingContainer<CodingKeys>
  ) throws {
    func fail(_ key: CodingKeys, _ problem: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: fields, debugDescription: problem)
    }
    let isAttention = subject == .attention
    guard isAttention || heads.isEmpty else {
      throw fail(.heads, "belong to the subject 'attention' only")
    }
    guard isAttention == !contexts.isEmpty else {
      throw fail(.contexts, "belong to the subject 'attention', which needs some")
    }
    guard contexts.allSatisfy({ $0 > 0 }) else { throw fail(.contexts, "must all be at least 1") }
    guard !isAttention || shapes.isEmpty else {
      throw fail(.shapes, "belong to products; name heads or models")
    }
    guard !models.isEmpty || !(isAttention ? heads.isEmpty : shapes.isEmpty) else {
      let key = isAttention ? CodingKeys.heads : .shapes
      throw fail(key, "is missing; name \(key.rawValue) or models")
    }
  }
}

extension CaseGroup.Heads: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case keyValueHeads = "key_value_heads"
    case queriesPerKey = "queries_per_key"
    case width
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    keyValueHeads = try fields.decode(Int.self, forKey: .keyValueHeads)
    queriesPerKey = try fields.decode(Int.self, forKey: .queriesPerKey)
    width = try fields.decode(Int.self, forKey: .width)
    let most = 1_000_000
    guard [keyValueHeads, queriesPerKey, width].allSatisfy({ (1...most).contains($0) }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .width, in: fields,
        debugDescription: "and the numbers of heads and queries must be from 1 to \(most)")
    }
  }
}

extension KeyedDecodingContainer {
  fileprivate func choices<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: Key
  ) throws -> [Choice]? {
    guard let texts = try decodeIfPresent([String].self, forKey: key) else { return nil }
    return try texts.map { text in
      guard let choice = Choice(rawValue: text) else {
        let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw DecodingError.dataCorruptedError(
          forKey: key, in: self, debugDescription: "has '\(text)'; write some of \(known)")
      }
      return choice
    }
  }
}

extension CaseGroup.Formats: Decodable {
  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let names = try? value.decode([String].self) {
      self = .named(names)
    } else if (try? value.decode(String.self)) == "all" {
      self = .all
    } else {
      throw DecodingError.dataCorruptedError(
        in: value, debugDescription: "must be a list of formats or \"all\"")
    }
  }
}

extension CaseGroup.Threads: Decodable {
  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let count = try? value.decode(Int.self), count > 0 {
      self = .count(count)
      return
    }
    switch try? value.decode(String.self) {
    case "all": self = .all
    case "powers-of-two": self = .powersOfTwo
    default:
      throw DecodingError.dataCorruptedError(
        in: value, debugDescription: "must be a count, \"all\" or \"powers-of-two\"")
    }
  }
}

extension CaseGroup.Shape: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case rows, columns
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    rows = try fields.decode(Int.self, forKey: .rows)
    columns = try fields.decode(Int.self, forKey: .columns)
    guard rows > 0, columns > 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .rows, in: fields, debugDescription: "rows and columns must be at least 1")
    }
  }
}
