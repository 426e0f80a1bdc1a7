/// An error that chooses the exit code of the program; all others end it with 1.
public protocol ExitCoded: Error {
  /// The code the process ends with; by convention 2 for a misuse of the command line.
  var exitCode: Int32 { get }
}

/// A mistake in the command line, told so that the user can mend it.
///
/// Throw it from `Command.run` too, when options that are valid alone contradict each other; the
/// program adds where to find the help.
public struct UsageError: ExitCoded, Equatable, CustomStringConvertible {
  /// The message without "error:" and without a final period.
  public let description: String

  /// Always 2.
  public var exitCode: Int32 { 2 }

  /// An error with this message.
  public init(_ message: String) {
    description = message
  }
}

/// A failure that is not the command line's fault, such as a validation that did not hold.
public struct CommandFailure: ExitCoded, Equatable, CustomStringConvertible {
  /// The message without "error:" and without a final period.
  public let description: String

  /// The code the process ends with.
  public let exitCode: Int32

  /// An error with this message.
  public init(_ message: String, exitCode: Int32 = 1) {
    description = message
    self.exitCode = exitCode
  }
}
