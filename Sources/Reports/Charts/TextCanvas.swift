/// A grid of characters with four pixels in each, drawn with quadrant blocks.
struct TextCanvas {
  let columns: Int
  let rows: Int
  /// Bits of a cell: upper left 1, upper right 2, lower left 4, lower right 8.
  private var pixels: [UInt8]
  private var characters: [Character?]
  private var series: [Int?]

  private static let quadrants: [Character] = [
    " ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█",
  ]

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    pixels = Array(repeating: 0, count: columns * rows)
    characters = Array(repeating: nil, count: columns * rows)
    series = Array(repeating: nil, count: columns * rows)
  }

  /// Sets the pixel at shares of width and height, counted from the lower left.
  mutating func fill(_ x: Double, _ y: Double, series owner: Int) {
    guard (0...1).contains(x), (0...1).contains(y) else { return }
    let column = min(Int(x * Double(2 * columns)), 2 * columns - 1)
    let row = min(Int((1 - y) * Double(2 * rows)), 2 * rows - 1)
    let cell = row / 2 * columns + column / 2
    pixels[cell] |= 1 << UInt8(row % 2 * 2 + column % 2)
    series[cell] = owner
  }

  /// A straight line; a dashed one leaves out every third stretch.
  mutating func line(
    from start: (x: Double, y: Double), to end: (x: Double, y: Double), series owner: Int,
    isDashed: Bool
  ) {
    let length = max(
      abs(end.x - start.x) * Double(2 * columns), abs(end.y - start.y) * Double(2 * rows))
    let steps = min(max(1, Int(length.rounded(.up))), 4096)
    for step in 0...steps where !isDashed || step % 6 < 3 {
      let share = Double(step) / Double(steps)
      fill(
        start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share, series: owner)
    }
  }

  /// The cell at shares of width and height.
  func cell(_ x: Double, _ y: Double) -> (column: Int, row: Int)? {
    guard (0...1).contains(x), (0...1).contains(y) else { return nil }
    return (
      min(Int(x * Double(columns)), columns - 1), min(Int((1 - y) * Double(rows)), rows - 1)
    )
  }

  /// Puts a character of one column over whatever is there.
  mutating func put(_ character: Character, column: Int, row: Int, series owner: Int?) {
    guard (0..<columns).contains(column), (0..<rows).contains(row) else { return }
    characters[row * columns + column] = character
    series[row * columns + column] = owner
  }

  /// Writes a label where no other label or mark is; false if there is no room.
  ///
  /// Only labels of single-column characters are placed: a wide one would shift its row.
  mutating func write(_ text: String, column: Int, row: Int, series owner: Int?) -> Bool {
    let text = Array(text)
    guard text.allSatisfy({ displayWidth($0) == 1 }), (0..<rows).contains(row), column >= 0,
      column + text.count <= columns
    else { return false }
    let cells = (row * columns + column)..<(row * columns + column + text.count)
    guard cells.allSatisfy({ characters[$0] == nil }) else { return false }
    for (cell, character) in zip(cells, text) {
      characters[cell] = character
      series[cell] = owner
    }
    return true
  }

  /// The lines from top to bottom, without spaces at their ends.
  func lines(_ ink: TextInk) -> [String] {
    (0..<rows).map { row in
      var line = ""
      var run = ""
      var owner: Int?
      var owed = 0
      for column in 0..<columns {
        let cell = row * columns + column
        let character = characters[cell] ?? Self.quadrants[Int(pixels[cell])]
        if character == " " {
          owed += 1
          continue
        }
        if owed > 0 || series[cell] != owner {
          line += ink.paint(run, series: owner) + String(repeating: " ", count: owed)
          run = ""
          owed = 0
        }
        owner = series[cell]
        run.append(character)
      }
      return line + ink.paint(run, series: owner)
    }
  }
}
