/// One metadata value; what no prediction needs is passed over and only counted.
enum GGUFValue: Equatable {
  case integer(Int)
  case number(Double)
  case bool(Bool)
  case string(String)
  /// A short list of numbers, such as one per layer.
  case list([GGUFValue])
  /// A long text or list, such as a chat template or the tokens.
  case skipped(count: Int)

  /// More bytes of text, or list entries, than this are passed over.
  static let longestKept = 1024

  var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }
}

extension GGUFValue: CustomStringConvertible {
  var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .bool(let value): "\(value)"
    case .string(let value): value
    case .list(let values): Self.describe(values)
    case .skipped(let count): "(\(count) entries)"
    }
  }

  private static func describe(_ values: [GGUFValue]) -> String {
    guard let first = values.first, values.count > 1, values.allSatisfy({ $0 == first }) else {
      return values.map(\.description).joined(separator: ", ")
    }
    return "\(values.count) times \(first)"
  }
}

/// The type ids of metadata values.
enum GGUFValueType: UInt32 {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array
  case uint64, int64, float64

  /// The bytes of one value; `nil` where they vary.
  var size: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }

  /// The fewest bytes that one value can take.
  var smallestSize: Int { size ?? (self == .string ? 8 : 12) }
}

extension GGUFCursor {
  private static let deepestNesting = 8

  /// Reads a value and its type.
  mutating func value() throws(ModelError) -> GGUFValue {
    let type = try valueType()
    return try value(of: type)
  }

  private mutating func valueType() throws(ModelError) -> GGUFValueType {
    let id = try integer(UInt32.self)
    guard let type = GGUFValueType(rawValue: id) else {
      throw problem("has value type \(id), but only 0 to 12 exist; \(Self.remedy)")
    }
    return type
  }

  private mutating func value(of type: GGUFValueType) throws(ModelError) -> GGUFValue {
    switch type {
    case .uint8: .integer(Int(try integer(UInt8.self)))
    case .int8: .integer(Int(try integer(Int8.self)))
    case .uint16: .integer(Int(try integer(UInt16.self)))
    case .int16: .integer(Int(try integer(Int16.self)))
    case .uint32: .integer(Int(try integer(UInt32.self)))
    case .int32: .integer(Int(try integer(Int32.self)))
    case .int64: .integer(Int(try integer(Int64.self)))
    case .uint64: Self.whole(try integer(UInt64.self))
    case .float32: Self.shortest(Float(bitPattern: try integer(UInt32.self)))
    case .float64: .number(Double(bitPattern: try integer(UInt64.self)))
    case .bool: .bool(try integer(UInt8.self) != 0)
    case .string: try text()
    case .array: try list(depth: 1)
    }
  }

  /// The number as its author wrote it: 1e-05, not 9.999999747378752e-06.
  private static func shortest(_ value: Float) -> GGUFValue {
    .number(Double("\(value)") ?? Double(value))
  }

  private static func whole(_ value: UInt64) -> GGUFValue {
    Int(exactly: value).map { .integer($0) } ?? .number(Double(value))
  }

  private mutating func text() throws(ModelError) -> GGUFValue {
    let length = try count(of: "bytes of text", atMost: max(0, remaining - 8))
    guard length > GGUFValue.longestKept, !keepsAll else {
      return .string(try string(length: length))
    }
    try skip(length)
    return .skipped(count: length)
  }

  private mutating func list(depth: Int) throws(ModelError) -> GGUFValue {
    guard depth <= Self.deepestNesting else {
      throw problem("nests lists more than \(Self.deepestNesting) deep; \(Self.remedy)")
    }
    let type = try valueType()
    let count = try count(
      of: "list entries", atMost: max(0, remaining - 8) / type.smallestSize)
    if let size = type.size {
      guard count <= GGUFValue.longestKept || keepsAll else {
        try skip(count * size)
        return .skipped(count: count)
      }
      var values: [GGUFValue] = []
      for _ in 0..<count { values.append(try value(of: type)) }
      return .list(values)
    }
    if type == .string, keepsAll {
      var values: [GGUFValue] = []
      for _ in 0..<count { values.append(.string(try string(atMost: Self.largestHeader))) }
      return .list(values)
    }
    for _ in 0..<count {
      if type == .string { try skipString() } else { _ = try list(depth: depth + 1) }
    }
    return .skipped(count: count)
  }
}
