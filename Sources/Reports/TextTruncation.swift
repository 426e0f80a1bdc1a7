/// `text` on one line in at most `width` terminal columns, an ellipsis for what is cut off.
public func truncated(_ text: String, width: Int) -> String {
  let line = PlainText.line(text)
  guard displayWidth(line) > width else { return line }
  var result = ""
  var used = 0
  for character in line {
    let size = displayWidth(character)
    if used + size > width - 1 { break }
    result.append(character)
    used += size
  }
  return width > 0 ? result + "\u{2026}" : ""
}
