/// Breaks `text` at white space into lines of at most `width` terminal columns.
///
/// A word longer than a line stands alone and sticks out, so that it can still be copied.
public func wrapped(_ text: String, width: Int) -> [String] {
  var lines: [String] = []
  var line = ""
  var used = 0
  for word in text.split(whereSeparator: \.isWhitespace) {
    let word = PlainText.line(String(word))
    let size = displayWidth(word)
    if used > 0, used + 1 + size > width {
      lines.append(line)
      line = ""
      used = 0
    }
    line += used > 0 ? " " + word : word
    used += used > 0 ? size + 1 : size
  }
  return line.isEmpty ? lines : lines + [line]
}
