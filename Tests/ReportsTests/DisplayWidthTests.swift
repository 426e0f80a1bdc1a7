import Testing

@testable import Reports

@Suite("Width on a terminal")
struct DisplayWidthTests {
  @Test(
    "Characters take the columns a terminal gives them",
    arguments: [
      ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("\u{301}", 0), ("日本語", 6), ("ｱ", 1),
      ("Ａ", 2),
      ("한글", 4), ("\u{1112}\u{1161}\u{11ab}", 2), ("👍", 2), ("👍🏽", 2), ("👨‍👩‍👧‍👦", 2), ("🇩🇪", 2),
      ("❤\u{fe0f}", 2), ("❤", 1), ("–", 1), ("µ", 1), ("\u{200b}", 0), ("\u{7f}", 0), ("𠀀", 2),
      ("a日b", 4), ("\u{85}", 0),
    ])
  func widths(text: String, expected: Int) {
    #expect(displayWidth(text) == expected)
  }

  @Test("Wrapping fills lines up to the width and counts wide characters double")
  func wrapping() {
    #expect(wrapped("one two three", width: 7) == ["one two", "three"])
    #expect(wrapped("one two three", width: 8) == ["one two", "three"])
    #expect(wrapped("日本 日本 x", width: 9) == ["日本 日本", "x"])
    #expect(wrapped("日本 日本 x", width: 8) == ["日本", "日本 x"])
  }

  @Test("A long word stands alone, and white space of any kind separates")
  func longWords() {
    #expect(wrapped("a incomprehensible b", width: 5) == ["a", "incomprehensible", "b"])
    #expect(wrapped("  a\n\tb  ", width: 5) == ["a b"])
    #expect(wrapped("", width: 5) == [])
    #expect(wrapped(" \n ", width: 5) == [])
    #expect(wrapped("a b", width: 0) == ["a", "b"])
  }

  @Test("Line ends count once and nothing invisible passes")
  func plainText() {
    #expect(PlainText.line("a\r\nb\u{2028}c\td") == "a b c d")
    #expect(PlainText.line("\u{1b}[0m\u{202e}") == "\u{fffd}[0m\u{fffd}")
    #expect(PlainText.lines("a\r\nb\n\nc") == ["a", "b", "", "c"])
  }
}
