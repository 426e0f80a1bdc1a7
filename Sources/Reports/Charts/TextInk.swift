/// Colours for a terminal, or none.
struct TextInk: Sendable {
  let isColored: Bool

  /// The palette in the 256 colours of terminals, readable on light and dark.
  private static let codes = [32, 166, 36, 169, 136, 244]

  /// `text` in the colour of a series; neutral for negative ones.
  func paint(_ text: String, series: Int?) -> String {
    guard isColored, let series, series >= 0, !text.isEmpty else { return text }
    return "\u{1b}[38;5;\(Self.codes[series % Self.codes.count])m\(text)\u{1b}[0m"
  }

  /// Marks of the series, which tell them apart without colours.
  static let markers: [Character] = ["●", "◆", "■", "▲", "▼", "○"]

  /// Fills of the parts of a bar.
  static let fills: [Character] = ["█", "▓", "▒", "░", "▚", "▞"]
}
