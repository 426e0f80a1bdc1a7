/// Breaks `text` at spaces into lines of at most `width` characters; longer words stand alone.
func wrapped(_ text: String, to width: Int) -> [String] {
  var lines: [String] = []
  var line = ""
  for word in text.split(whereSeparator: \.isWhitespace) {
    if line.isEmpty {
      line = String(word)
    } else if line.count + 1 + word.count <= width {
      line += " " + word
    } else {
      lines.append(line)
      line = String(word)
    }
  }
  return line.isEmpty ? lines : lines + [line]
}

/// One entry of a help list: a term, and its explanation to the right or below.
func helpEntry(_ term: String, _ explanation: String, column: Int, width: Int) -> String {
  let lines = wrapped(explanation, to: max(20, width - column))
  let margin = String(repeating: " ", count: column)
  let head = "  " + term
  guard let first = lines.first else { return head + "\n" }
  var text = ""
  if head.count + 2 <= column {
    text = head + String(repeating: " ", count: column - head.count) + first + "\n"
  } else {
    text = head + "\n" + margin + first + "\n"
  }
  for line in lines.dropFirst() { text += margin + line + "\n" }
  return text
}

/// The column where explanations start: behind the longest term, but not past the middle.
func helpColumn(_ terms: [String], width: Int) -> Int {
  let longest = terms.map(\.count).max() ?? 0
  return min(longest + 4, max(12, min(32, width / 2)))
}
