#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Decodes JSON so that a mistake is named by file, field and remedy.
public enum StrictJSON {
  /// Decodes `data`, which came from `file`.
  ///
  /// - Throws: `JSONProblem` for malformed text, a wrong type, a missing or unknown key, a number
  ///   that no `Double` or `Int` can hold, or nesting deeper than the decoder allows.
  public static func decode<Value: Decodable>(
    _ type: Value.Type, from data: Data, file: String
  ) throws(JSONProblem) -> Value {
    // Foundation's decoder traps where a text ends with the bracket that is one too deep.
    let bytes = [UInt8](data)
    if JSONSyntax.isTooDeep(bytes) {
      let syntax = JSONSyntax.firstProblem(in: bytes)
      throw JSONProblem(file: file, field: syntax?.path, problem: syntax?.text ?? "nested too deep")
    }
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
      if case .dataCorrupted(let context) = error, context.codingPath.isEmpty,
        let syntax = JSONSyntax.firstProblem(in: bytes)
      {
        throw JSONProblem(file: file, field: syntax.path, problem: syntax.text)
      }
      throw JSONProblem(file: file, error)
    } catch let problem as JSONProblem {
      throw problem
    } catch {
      throw JSONProblem(file: file, field: nil, problem: "\(error)")
    }
  }
}

/// What is wrong with a JSON file: which file, which field, and why.
public struct JSONProblem: Error, Hashable, CustomStringConvertible {
  /// The file.
  public let file: String
  /// The path to the field, such as `compute[0].peak_ops_per_s`; `nil` for the whole file.
  public let field: String?
  /// What is wrong.
  public let problem: String

  /// Describes a problem.
  public init(file: String, field: String?, problem: String) {
    self.file = file
    self.field = field
    self.problem = problem
  }

  /// Where, what and the remedy.
  public var description: String {
    if let field { "\(file): \(field): \(problem)" } else { "\(file): \(problem)" }
  }

  init(file: String, _ error: DecodingError) {
    switch error {
    case .keyNotFound(let key, let context):
      self.init(file: file, field: Self.path(context.codingPath + [key]), problem: "missing")
    case .typeMismatch(let type, let context):
      self.init(
        file: file, field: Self.path(context.codingPath), problem: "expected \(Self.name(type))")
    case .valueNotFound(let type, let context):
      self.init(
        file: file, field: Self.path(context.codingPath),
        problem: "is null, expected \(Self.name(type))")
    case .dataCorrupted(let context):
      self.init(
        file: file, field: Self.path(context.codingPath),
        problem: context.debugDescription)
    @unknown default:
      self.init(file: file, field: nil, problem: "cannot be decoded")
    }
  }

  private static func name(_ type: any Any.Type) -> String {
    switch type {
    case is Int.Type: "a whole number"
    case is Double.Type: "a number"
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    default: "\(type)".hasPrefix("Array") ? "a list" : "an object"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String? {
    guard !keys.isEmpty else { return nil }
    return keys.reduce("") { path, key in
      if let index = key.intValue { return "\(path)[\(index)]" }
      return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
    }
  }
}
