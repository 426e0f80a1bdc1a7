import TransformerModels

extension FeedForward {
  /// The mixture, if it is one.
  var mixture: Mixture? {
    if case .mixture(let mixture) = self { mixture } else { nil }
  }

  /// Hidden activations of one token over all networks that it passes, and whether they are gated.
  var hiddenElementsPerToken: (elements: Double, isGated: Bool) {
    switch self {
    case .dense(let dense): (Double(dense.width), dense.isGated)
    case .mixture(let mixture):
      (
        Double(mixture.expertsPerToken * mixture.expertWidth + mixture.sharedWidth),
        mixture.isGated
      )
    }
  }

  /// Hidden widths that tensor parallelism divides.
  var dividedWidths: [Int] {
    switch self {
    case .dense(let dense): [dense.width]
    case .mixture(let mixture):
      mixture.sharedWidth > 0 ? [mixture.expertWidth, mixture.sharedWidth] : [mixture.expertWidth]
    }
  }
}
