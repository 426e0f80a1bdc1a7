internal import StrictJSON

/// What can be stored in a results file.
public protocol ResultPayload: Codable, Sendable {
  /// The name of the schema, written into every file.
  static var schema: String { get }
  /// The version of the schema that this code reads and writes.
  static var schemaVersion: Int { get }
  /// Tells cases apart: a case that has a result need not run again.
  var key: String { get }
  /// Whether nothing speaks against the result; one that is not steady may be measured again.
  var isSteady: Bool { get }
}

/// One line of a results file: a run begins, or a result of a run.
enum ResultLine<Payload: ResultPayload>: Codable, Sendable {
  case run(RunHeader)
  case result(Payload, run: String)

  private enum Kind: String, CaseIterable {
    case run, result
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case schema, version, kind, run, result
  }

  init(from decoder: any Decoder) throws {
    // What the line is comes first: another schema has other keys.
    let head = try decoder.container(keyedBy: CodingKeys.self)
    let schema = try head.decode(String.self, forKey: .schema)
    let version = try head.decode(Int.self, forKey: .version)
    guard schema == Payload.schema else {
      throw DecodingError.dataCorruptedError(
        forKey: .schema, in: head,
        debugDescription: "is '\(schema)'; these results are of the schema '\(Payload.schema)'")
    }
    guard version == Payload.schemaVersion else {
      throw DecodingError.dataCorruptedError(
        forKey: .version, in: head,
        debugDescription: "is \(version); this version of ridgeline reads"
          + " \(Payload.schemaVersion), so measure again or use the version that wrote the file")
    }
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    switch try fields.decodeChoice(Kind.self, forKey: .kind) {
    case .run: self = .run(try fields.decode(RunHeader.self, forKey: .run))
    case .result:
      self = .result(
        try fields.decode(Payload.self, forKey: .result),
        run: try fields.decode(String.self, forKey: .run))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(Payload.schema, forKey: .schema)
    try fields.encode(Payload.schemaVersion, forKey: .version)
    switch self {
    case .run(let header):
      try fields.encode(Kind.run.rawValue, forKey: .kind)
      try fields.encode(header, forKey: .run)
    case .result(let payload, let run):
      try fields.encode(Kind.result.rawValue, forKey: .kind)
      try fields.encode(run, forKey: .run)
      try fields.encode(payload, forKey: .result)
    }
  }
}
