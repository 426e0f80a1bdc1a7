/// How many terminal columns `text` takes: 2 for East Asian wide characters and emoji, 0 for
/// combining marks and control characters, 1 for the rest.
///
/// Counts what a reader sees as one character once, so a family emoji joined from four is 2.
public func displayWidth(_ text: String) -> Int {
  let bytes = text.utf8
  if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return bytes.count }
  return text.reduce(0) { $0 + displayWidth($1) }
}

func displayWidth(_ character: Character) -> Int {
  var width = 0
  for scalar in character.unicodeScalars {
    // Variation selector 16 asks for the emoji form of the scalar before it.
    if scalar == "\u{fe0f}" { return 2 }
    width = max(width, displayWidth(scalar))
  }
  return width
}

private func displayWidth(_ scalar: Unicode.Scalar) -> Int {
  if scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) { return 0 }
  if scalar.value < 0x300 { return 1 }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .control, .format: return 0
  default: break
  }
  if scalar.properties.isEmojiPresentation { return 2 }
  return wideRanges.contains { $0.contains(scalar.value) } ? 2 : 1
}

/// Unicode's East Asian Width "W" and "F", in blocks; emoji are found by their own property.
private let wideRanges: [ClosedRange<UInt32>] = [
  0x1100...0x115f,  // Hangul leading consonants
  0x2329...0x232a,  // angle brackets
  0x2e80...0x303e,  // radicals, CJK punctuation
  0x3041...0x4dbf,  // kana, compatibility, extension A
  0x4e00...0xa4cf,  // unified ideographs, Yi
  0xa960...0xa97f,  // Hangul extension A
  0xac00...0xd7a3,  // Hangul syllables
  0xf900...0xfaff,  // compatibility ideographs
  0xfe10...0xfe19,  // vertical forms
  0xfe30...0xfe6f,  // compatibility and small forms
  0xff01...0xff60,  // fullwidth forms
  0xffe0...0xffe6,  // fullwidth signs
  0x16fe0...0x18cff,  // Tangut, Khitan
  0x1aff0...0x1b2ff,  // kana extensions, Nushu
  0x1f1e6...0x1f1ff,  // regional indicators, in pairs a flag
  0x1f200...0x1f265,  // enclosed ideographs
  0x20000...0x2fffd,  // extensions B to F
  0x30000...0x3fffd,  // extension G and later
]
