/// Which layers of a GGUF model attend through a sliding window.
///
/// Files store the window's length; many leave the pattern to the architecture. Source of the
/// patterns: llama.cpp's model definitions.
struct GGUFWindow {
  private enum Pattern {
    case list([GGUFValue])
    /// One layer in `period` is global, the last one, or the first.
    case period(Int, globalFirst: Bool)
  }

  private let length: Int?
  private let pattern: Pattern

  init(_ metadata: GGUFMetadata) {
    length = metadata.count("attention.sliding_window").flatMap { $0 > 0 ? $0 : nil }
    let globalFirst = metadata.architecture == "smallthinker"
    switch metadata["attention.sliding_window_pattern"] {
    case .list(let layers) where !layers.isEmpty:
      pattern = .list(layers)
    case .some(let value):
      pattern = .period(value.integer ?? 0, globalFirst: globalFirst)
    case .none:
      pattern = .period(Self.periods[metadata.architecture] ?? 0, globalFirst: globalFirst)
    }
  }

  /// The window of a layer; `nil` where it sees every token.
  func length(layer: Int) -> Int? {
    guard let length else { return nil }
    switch pattern {
    case .list(let layers):
      return layers[layer % layers.count].integer != 0 ? length : nil
    case .period(let period, let globalFirst):
      guard period > 0 else { return length }
      let global = globalFirst ? 0 : period - 1
      return layer % period == global ? nil : length
    }
  }

  /// Every how many layers one is global; architectures not listed here have none.
  private static let periods = [
    "gemma2": 2, "gpt-oss": 2, "cohere2": 4, "exaone4": 4, "olmo2": 4, "smallthinker": 4,
    "afmoe": 4, "gemma3n": 5, "gemma3": 6, "gemma-embedding": 6, "plamo3": 8,
  ]
}
