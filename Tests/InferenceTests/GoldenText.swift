import Foundation

/// What another implementation made of the prompts of `Benchmarks/peers/greedy_text.py`.
struct GoldenText: Decodable {
  struct Text: Decodable {
    let text: String
    let tokens: [Int]
  }

  struct Prompt: Decodable {
    let text: String
    let tokens: [Int]
    let generated: [Int]
    let content: String
    /// For each generated token the five likeliest, as (token, natural logarithm of the share).
    let top: [[[Double]]]
  }

  let model: String
  let source: String
  let texts: [Text]
  let prompts: [Prompt]

  /// The recording of a resource.
  static func named(_ name: String) throws -> GoldenText {
    // A bundle that has a folder `Resources` is its own resource folder on Linux.
    let folders = [Bundle.module.bundleURL, Bundle.module.resourceURL].compactMap { $0 }
    let files = folders.map { $0.appending(path: "Resources").appending(path: name + ".json") }
    let file = files.first { FileManager.default.fileExists(atPath: $0.path) } ?? files[0]
    return try JSONDecoder().decode(GoldenText.self, from: try Data(contentsOf: file))
  }
}
