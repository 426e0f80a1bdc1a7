/// Where a command writes: results to one stream, warnings and progress to the other.
///
/// A class, because both streams have a position that all holders share. It is not `Sendable`:
/// commands compute on any thread and write from one.
public final class Console {
  /// Results; buffered, and flushed by the program at the end.
  public var standardOutput: TextSink

  /// Warnings, errors and progress; written at once.
  public var standardError: TextSink

  /// Columns to wrap text to: `COLUMNS`, else the terminal's width, else 80.
  public let width: Int

  /// Whether results may be coloured: on a terminal, unless `NO_COLOR` or a dumb one forbids it.
  public let showsColors: Bool

  private let allowsProgress: Bool
  private var showsProgress = false

  init(
    standardOutput: TextSink, standardError: TextSink, width: Int, allowsProgress: Bool = true,
    allowsColors: Bool = true
  ) {
    self.standardOutput = standardOutput
    self.standardError = standardError
    self.width = width
    self.allowsProgress = allowsProgress && standardError.isTerminal
    showsColors = standardOutput.isTerminal && allowsColors
  }

  /// The streams of this process.
  ///
  /// Ignores SIGPIPE from then on, so that a closed pipe is an error code and not the end.
  public static func process() -> Console {
    ignoreBrokenPipes()
    return Console(
      standardOutput: TextSink(fileDescriptor: 1, name: "standard output"),
      standardError: TextSink(fileDescriptor: 2, name: "standard error", isBuffered: false),
      width: terminalWidth() ?? 80, allowsProgress: !isDumbTerminal(),
      allowsColors: !isDumbTerminal() && !forbidsColors())
  }

  /// Streams that keep what they are given, for tests; read it with `TextSink.captured`.
  public static func captured(width: Int = 80, isTerminal: Bool = false) -> Console {
    Console(
      standardOutput: TextSink(capturingAsTerminal: isTerminal),
      standardError: TextSink(capturingAsTerminal: isTerminal), width: width)
  }

  /// Writes a result and a line end; text meant to be streamed goes to `standardOutput` directly.
  public func print(_ text: String, terminator: String = "\n") {
    clearProgress()
    standardOutput.write(text)
    standardOutput.write(terminator)
  }

  /// Writes one line to standard error, control characters made harmless.
  public func note(_ text: String) {
    clearProgress()
    standardError.write(withoutControlCharacters(text) + "\n")
  }

  /// Writes one line to standard error, marked as a warning.
  public func warn(_ text: String) {
    note("warning: " + text)
  }

  /// Shows what is going on in a line that the next one replaces; silent unless on a terminal that
  /// can erase a line.
  public func progress(_ text: String) {
    guard allowsProgress else { return }
    let line = withoutControlCharacters(text).prefix(max(1, width - 1))
    standardError.write("\r\(line)\u{1b}[K")
    showsProgress = true
  }

  /// Removes the progress line, if there is one.
  public func clearProgress() {
    guard showsProgress else { return }
    standardError.write("\r\u{1b}[K")
    showsProgress = false
  }
}

/// Names read from files may hold terminal escapes; only line ends and tabs pass.
private func withoutControlCharacters(_ text: String) -> String {
  var clean = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    let isControl = scalar.properties.generalCategory == .control
    clean.append(isControl && scalar != "\n" && scalar != "\t" ? "\u{fffd}" : scalar)
  }
  return String(clean)
}
