/// A model description that cannot be used: which file, which field, what is wrong, what to do.
public struct ModelError: Error, Hashable, CustomStringConvertible {
  /// The file or catalog entry.
  public let file: String
  /// The field, key or tensor, if one is to blame.
  public let field: String?
  /// What is wrong and the remedy.
  public let problem: String

  /// Describes a problem.
  public init(file: String, field: String? = nil, problem: String) {
    self.file = file
    self.field = field
    self.problem = problem
  }

  /// File, field and problem, as they are printed after `error:`.
  public var description: String {
    if let field { "\(file): \(field): \(problem)" } else { "\(file): \(problem)" }
  }
}
