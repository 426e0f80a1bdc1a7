import Testing

@testable import CommandLineKit

@Suite("Suggesting names")
struct SuggestionTests {
  static let devices = [
    "nvidia-a10", "nvidia-a100-40gb-pcie", "nvidia-a100-80gb-pcie", "nvidia-a100-80gb-sxm",
    "nvidia-rtx-4090", "nvidia-rtx-3090", "apple-m1-max-32-core-gpu", "apple-m2-8-core-gpu",
    "raspberry-pi-4", "raspberry-pi-5", "intel-xeon-platinum-8480plus", "amd-epyc-9654",
  ]
  static let models = ["llama-2-7b", "llama-3-8b", "llama-65b", "opt-66b", "mixtral-8x7b"]

  @Test(
    "The name meant comes first",
    arguments: [
      ("rtx4090", "nvidia-rtx-4090"), ("4090", "nvidia-rtx-4090"), ("RTX 4090", "nvidia-rtx-4090"),
      ("nvidia-rtx-4900", "nvidia-rtx-4090"), ("a10", "nvidia-a10"),
      ("a100-sxm", "nvidia-a100-80gb-sxm"), ("rasberry-pi-5", "raspberry-pi-5"),
      ("m1-max", "apple-m1-max-32-core-gpu"), ("epyc 9654", "amd-epyc-9654"),
      ("8480+", "intel-xeon-platinum-8480plus"), ("llama3-8b", "llama-3-8b"),
      ("LLAMA_3_8B", "llama-3-8b"), ("lama-3-8b", "llama-3-8b"), ("mixtral", "mixtral-8x7b"),
      ("llama-3-8b-instruct", "llama-3-8b"), ("opt66", "opt-66b"),
    ])
  func best(query: String, expected: String) {
    #expect(nearest(to: query, in: Self.devices + Self.models).first == expected)
  }

  @Test("A part of a family's name finds the family")
  func family() {
    let found = nearest(to: "a100", in: Self.devices)
    #expect(
      Set(found) == ["nvidia-a100-40gb-pcie", "nvidia-a100-80gb-pcie", "nvidia-a100-80gb-sxm"])
  }

  @Test("Unrelated and empty names find nothing", arguments: ["", "-", "zzz", "tpu-v5e", "日本"])
  func nothing(query: String) {
    #expect(nearest(to: query, in: Self.devices + Self.models).isEmpty)
  }

  @Test("The limit holds, zero and less included")
  func limit() {
    #expect(nearest(to: "nvidia", in: Self.devices, limit: 2).count == 2)
    #expect(nearest(to: "nvidia", in: Self.devices, limit: 0).isEmpty)
    #expect(nearest(to: "nvidia", in: Self.devices, limit: -1).isEmpty)
  }

  @Test("The question lists its names as English does")
  func question() {
    #expect(didYouMean(exactly: []) == "")
    #expect(didYouMean(exactly: ["a"]) == "; did you mean 'a'?")
    #expect(didYouMean(exactly: ["a", "b"]) == "; did you mean 'a' or 'b'?")
    #expect(didYouMean(exactly: ["a", "b", "c"]) == "; did you mean 'a', 'b' or 'c'?")
    #expect(didYouMean("opt66b", in: Self.models) == "; did you mean 'opt-66b'?")
  }

  @Test(
    "Distances count edits and swaps of neighbours",
    arguments: [
      ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("abc", "acb", 1),
      ("kitten", "sitting", 3), ("ca", "abc", 3), ("outptu", "output", 1), ("ab", "ba", 1),
    ])
  func distances(a: String, b: String, expected: Int) {
    #expect(editDistance(Array(a.utf8), Array(b.utf8)) == expected)
    #expect(editDistance(Array(b.utf8), Array(a.utf8)) == expected)
  }
}
