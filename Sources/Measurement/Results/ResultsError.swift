#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why results cannot be written or merged: which file, what is wrong, the remedy.
public struct ResultsError: Error, Hashable, CustomStringConvertible {
  /// The file.
  public let file: String
  /// What is wrong and the remedy.
  public let problem: String

  /// Describes a problem.
  public init(file: String, problem: String) {
    self.file = file
    self.problem = problem
  }

  /// Where, what and the remedy.
  public var description: String { "\(file): \(problem)" }

  init(file: String, _ what: String, code: Int32) {
    let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    let remedy =
      switch code {
      case ENOSPC, EDQUOT: "free some space or write elsewhere"
      case EACCES, EPERM, EROFS: "write to a folder that is yours"
      case ENOENT: "create the folder first"
      default: "check the path"
      }
    self.init(file: file, problem: "\(what): \(reason); \(remedy)")
  }
}
