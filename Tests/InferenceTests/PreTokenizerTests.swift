import Testing

@testable import Inference

@Suite("Splitting text into words")
struct PreTokenizerTests {
  private static func words(_ text: String, _ kind: PreTokenizer) -> [String] {
    kind.words(Array(text.unicodeScalars)).map { word in
      var string = ""
      string.unicodeScalars.append(contentsOf: word)
      return string
    }
  }

  @Test("GPT-2: a space belongs to the next word, the last of several too")
  func gpt2() {
    #expect(
      Self.words("It's  done, 42 times!\n\n  x", .gpt2)
        == ["It", "'s", " ", " done", ",", " 42", " times", "!", "\n\n ", " x"])
    #expect(Self.words("I'LL we'll  ", .gpt2) == ["I", "'", "LL", " we", "'ll", "  "])
  }

  @Test("SmolLM: each digit is a word, without the space in front")
  func smollm() {
    #expect(Self.words("in 1969, ½", .smollm) == ["in", " ", "1", "9", "6", "9", ",", " ", "½"])
  }

  @Test("Llama 3: up to three digits, line ends, contractions in any case")
  func llama3() {
    #expect(
      Self.words("I'LL pay 12345$ \n\n now(ok)\r\n", .llama3)
        == ["I", "'LL", " pay", " ", "123", "45", "$", " \n\n", " now", "(ok", ")\r\n"])
    #expect(Self.words("a   b", .llama3) == ["a", "  ", " b"])
    #expect(Self.words("12", .qwen2) == ["1", "2"])
  }

  @Test("Words are the text again", arguments: PreTokenizer.allCases)
  func isComplete(_ kind: PreTokenizer) {
    for text in ["", " ", "\n", "a\tb \u{a0} c", "日本語 12 ½ 'd'", "😀👍🏽 e\u{301}", "''' 's's"] {
      #expect(Self.words(text, kind).joined() == text)
    }
  }
}
