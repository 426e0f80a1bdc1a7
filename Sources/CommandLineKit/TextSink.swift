/// A text stream with bounded memory: text leaves in blocks of 64 KiB.
///
/// `write` never fails by itself, as `TextOutputStream` demands. The first failure is kept, what
/// follows is dropped, and `flush` or `check` throws it. A loop that writes much calls `check`
/// now and then to stop early.
public final class TextSink: TextOutputStream {
  private enum Destination {
    case descriptor(Int32, name: String)
    case memory
  }

  private static let blockSize = 65_536

  private let destination: Destination
  private let isBuffered: Bool
  private var buffer: [UInt8] = []
  private var failure: (any Error)?

  /// Whether a person is likely to be watching.
  public let isTerminal: Bool

  /// A sink for an open file descriptor, which stays open; `name` stands in error messages.
  public init(fileDescriptor: Int32, name: String, isBuffered: Bool = true) {
    destination = .descriptor(fileDescriptor, name: name)
    isTerminal = CommandLineKit.isTerminal(fileDescriptor)
    self.isBuffered = isBuffered
  }

  init(capturingAsTerminal isTerminal: Bool) {
    destination = .memory
    self.isTerminal = isTerminal
    isBuffered = true
  }

  /// What was written to a captured sink; empty for any other.
  public var captured: String {
    if case .memory = destination { String(decoding: buffer, as: UTF8.self) } else { "" }
  }

  /// Appends text; on a terminal, whole lines appear at once.
  public func write(_ text: String) {
    guard failure == nil else { return }
    buffer.append(contentsOf: text.utf8)
    let isDue = !isBuffered || (isTerminal && text.utf8.last == UInt8(ascii: "\n"))
    if isDue || buffer.count >= Self.blockSize { try? flush() }
  }

  /// Hands on what is buffered.
  ///
  /// Throws `OutputClosed` if nobody reads any more, `OutputFailure` if writing failed.
  public func flush() throws {
    try check()
    guard case .descriptor(let descriptor, let name) = destination else { return }
    defer { buffer.removeAll(keepingCapacity: true) }
    do throws(WriteError) {
      try writeAll(buffer, to: descriptor)
    } catch {
      failure =
        error.isClosedPipe ? OutputClosed() : OutputFailure(name: name, reason: error.reason)
      try check()
    }
  }

  /// Throws the failure of an earlier write, if there was one.
  public func check() throws {
    if let failure { throw failure }
  }
}

/// The reader of standard output has gone; the program ends quietly with exit code 0.
public struct OutputClosed: ExitCoded, Equatable, CustomStringConvertible {
  /// Always 0: `ridgeline compare | head` is not a failure.
  public var exitCode: Int32 { 0 }

  /// Never shown by `Program`.
  public var description: String { "output closed" }
}

/// Text could not be written, because a disk is full for instance.
public struct OutputFailure: Error, Equatable, CustomStringConvertible {
  /// The stream's name and the system's reason: "standard output: No space left on device".
  public let description: String

  init(name: String, reason: String) {
    description = "\(name): \(reason)"
  }
}
