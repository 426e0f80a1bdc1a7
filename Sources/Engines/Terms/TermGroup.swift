/// What a pass does, as the counts that times are proportional to.
enum Quantity: Int, Sendable, CaseIterable {
  /// Weight bytes read.
  case weightBytes
  /// Multiply-adds of linear layers for one token: each weight is unpacked once.
  case weightsUnpacked
  /// Operations of linear layers beyond those of the first token.
  case batchOperations
  /// Operations of linear layers, all tokens.
  case linearOperations
  /// Operations of attention.
  case attentionOperations
  /// Cached keys and values read, in bytes.
  case cacheBytes
  /// Layers.
  case layers
  /// Layers times visible tokens: what an attention without parallelism over tokens walks.
  case layerTokens
  /// Bytes of a 32-bit score for each query-key pair of each head.
  case scoreBytes
  /// Bytes of activations between operations.
  case activationBytes
  /// Weight bytes, read again for each micro-batch of a prompt.
  case batchedWeightBytes
  /// Bytes moved to expand weights to fp16 for each micro-batch: read, written, read again.
  case expandedBytes
  /// Multiply-adds of linear layers for the tokens two to eight, which vector kernels take in turn.
  case extraColumns
}

/// Time proportional to one quantity: `quantity x unit x (floor + exp(sum of effects))`.
///
/// With a floor of 1 the unit is the time at the datasheet peak and the effects are the excess over
/// it, so that no constants can make the term beat the hardware.
struct TermComponent: Sendable {
  let quantity: Quantity
  /// Seconds for each unit of the quantity.
  let unit: Double
  var floor = 0.0
  /// Names of the effects that add up to the logarithm of the factor.
  let effects: [String]
}

/// Parts whose times overlap: `(sum of t^p)^(1/p)`, a sum for p = 1, the largest for p large.
struct TermGroup: Sendable {
  /// How far they overlap, p >= 1.
  let overlap: Double
  /// What overlaps; the components of a part follow one another, so that their times add.
  let parts: [[TermComponent]]

  init(overlap: Double, parts: [[TermComponent]]) {
    self.overlap = overlap
    self.parts = parts
  }

  /// Parts of one component each.
  init(overlap: Double = 1, components: [TermComponent]) {
    self.init(overlap: overlap, parts: components.map { [$0] })
  }

  /// One component without a floor.
  static func single(_ quantity: Quantity, _ unit: Double, _ effects: [String]) -> TermGroup {
    TermGroup(components: [TermComponent(quantity: quantity, unit: unit, effects: effects)])
  }
}
