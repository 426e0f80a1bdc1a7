import StrictJSON

// The format of the files in `Catalog/`. Unknown keys are errors.

extension CatalogEntry: Decodable {
  private enum Keys: String, CodingKey, CaseIterable {
    case schemaVersion = "schema_version"
    case id, name, family, aliases, width
    case vocabularyRows = "vocabulary_rows"
    case tiedEmbeddings = "tied_embeddings"
    case headBias = "head_bias"
    case positionRows = "position_rows"
    case usesALiBi = "alibi"
    case embeddingNorm = "embedding_norm"
    case embeddingWidth = "embedding_width"
    case norm
    case finalNorm = "final_norm"
    case maximumPositions = "maximum_positions"
    case layers, parameters, source, notes
  }

  /// Decodes a file of the catalog.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(strictlyKeyedBy: Keys.self)
    let version = try container.decode(Int.self, forKey: .schemaVersion)
    guard version == 1 else {
      throw DecodingError.dataCorruptedError(
        forKey: .schemaVersion, in: container, debugDescription: "is \(version), expected 1")
    }
    let embedding = Embedding(
      vocabularyRows: try container.decode(Int.self, forKey: .vocabularyRows),
      isTied: try container.decode(Bool.self, forKey: .tiedEmbeddings),
      positionRows: try container.decodeIfPresent(Int.self, forKey: .positionRows) ?? 0,
      rotatesQueriesAndKeys: try !container.flag(.usesALiBi),
      hasNorm: try container.flag(.embeddingNorm),
      hasHeadBias: try container.flag(.headBias),
      projectedFrom: try container.decodeIfPresent(Int.self, forKey: .embeddingWidth))
    self.init(
      model: TransformerModel(
        id: try container.decode(String.self, forKey: .id),
        name: try container.decode(String.self, forKey: .name),
        family: try container.decode(String.self, forKey: .family),
        width: try container.decode(Int.self, forKey: .width),
        embedding: embedding,
        norm: try container.choice(.norm),
        hasFinalNorm: try container.flag(.finalNorm, default: true),
        maximumPositions: try container.decodeIfPresent(Int.self, forKey: .maximumPositions),
        layers: try container.decode([CatalogLayers].self, forKey: .layers).flatMap(\.runs)),
      aliases: try container.decodeIfPresent([String].self, forKey: .aliases) ?? [],
      parameters: try container.decode(StatedParameters.self, forKey: .parameters),
      source: try container.decode(String.self, forKey: .source),
      notes: try container.decodeIfPresent([String].self, forKey: .notes) ?? [])
  }
}

extension CatalogEntry.StatedParameters: Decodable {
  private enum Keys: String, CodingKey, CaseIterable {
    case total, active
    case decodeStreamed = "decode_streamed"
    case publishedTotal = "published_total"
    case publishedBy = "published_by"
    case verified
  }

  /// Decodes the stated counts; `active` may be left out where every parameter is.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(strictlyKeyedBy: Keys.self)
    let total = try container.decode(Int.self, forKey: .total)
    self.init(
      total: total,
      active: try container.decodeIfPresent(Int.self, forKey: .active) ?? total,
      decodeStreamed: try container.decode(Int.self, forKey: .decodeStreamed),
      publishedTotal: try container.decodeIfPresent(Int.self, forKey: .publishedTotal),
      publishedBy: try container.decodeIfPresent(String.self, forKey: .publishedBy),
      verification: try container.choice(.verified))
  }
}

extension KeyedDecodingContainer {
  /// A flag that is `fallback` where the key is absent.
  func flag(_ key: Key, default fallback: Bool = false) throws -> Bool {
    try decodeIfPresent(Bool.self, forKey: key) ?? fallback
  }

  /// One of the raw values of `Choice`; an absent key is an error unless there is a fallback.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: Key, default fallback: Choice? = nil
  ) throws -> Choice where Choice.RawValue == String {
    if let fallback, !contains(key) { return fallback }
    return try self.choice(try decode(String.self, forKey: key), of: Choice.self, forKey: key)
  }

  /// A list of raw values of `Choice`; `fallback` where the key is absent.
  func choices<Choice: RawRepresentable & CaseIterable>(
    _ key: Key, default fallback: [Choice]
  ) throws -> [Choice] where Choice.RawValue == String {
    guard contains(key) else { return fallback }
    return try decode([String].self, forKey: key).map {
      try choice($0, of: Choice.self, forKey: key)
    }
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ text: String, of type: Choice.Type, forKey key: Key
  ) throws -> Choice where Choice.RawValue == String {
    if let choice = Choice(rawValue: text) { return choice }
    let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    throw DecodingError.dataCorruptedError(
      forKey: key, in: self, debugDescription: "'\(text)' is not one of \(known)")
  }
}
