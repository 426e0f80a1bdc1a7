/// A JSON document whose objects keep the order in which their members were added.
///
/// Literals build it: `["id": "opt-66b", "layers": 64, "active": .boolean(true)]`.
public enum JSONValue: Equatable, Sendable {
  /// `null`; prefer leaving a member out.
  case null

  /// `true` or `false`.
  case boolean(Bool)

  /// A whole number, printed in full.
  case integer(Int)

  /// A number, printed in the shortest form that reads back as the same `Double`.
  case number(Double)

  /// A string of any characters.
  case string(String)

  /// Values in order.
  case array([JSONValue])

  /// Named values in order.
  case object(JSONObject)
}

/// The members of a JSON object in the order of their first addition; names are unique.
public struct JSONObject: Equatable, Sendable {
  /// One name with its value.
  public struct Member: Equatable, Sendable {
    /// The name.
    public let name: String

    /// The value.
    public let value: JSONValue
  }

  /// The members in order.
  public private(set) var members: [Member] = []

  /// An object without members.
  public init() {}

  /// The value of a member.
  ///
  /// Setting replaces in place or appends; setting nil removes, so that what is unknown is absent.
  public subscript(name: String) -> JSONValue? {
    get { members.first { $0.name == name }?.value }
    set {
      let index = members.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let value?): members[index] = Member(name: name, value: value)
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  init(literal elements: [(String, JSONValue?)]) {
    for (name, value) in elements {
      precondition(self[name] == nil, "JSON object literal names '\(name)' twice")
      self[name] = value
    }
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// Members in the order written; those that are nil are left out.
  public init(dictionaryLiteral elements: (String, JSONValue?)...) {
    self.init(literal: elements)
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
  /// An object with members in the order written; those that are nil are left out.
  public init(dictionaryLiteral elements: (String, JSONValue?)...) {
    self = .object(JSONObject(literal: elements))
  }

  /// An array.
  public init(arrayLiteral elements: JSONValue...) {
    self = .array(elements)
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  /// A string.
  public init(stringLiteral value: String) {
    self = .string(value)
  }
}

extension JSONValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  /// A whole number.
  public init(integerLiteral value: Int) {
    self = .integer(value)
  }

  /// A number.
  public init(floatLiteral value: Double) {
    self = .number(value)
  }

  /// A truth value.
  public init(booleanLiteral value: Bool) {
    self = .boolean(value)
  }
}
