#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What is believed of an effect before any row is seen: a normal distribution of the logarithm.
///
/// The first effect of a term carries the typical factor; the classes below it are centred on 1 and
/// spread as far as devices or engines of one kind are thought to differ. An effect that no row has
/// touched keeps its spread, which widens the interval.
struct EffectPrior: Hashable, Sendable {
  let mean: Double
  let spread: Double

  /// The prior of `effect`, a term as in "unpack" or a class as in "unpack.format:q4_0".
  static func of(_ effect: String, in family: EngineFamily) -> EffectPrior {
    let name = effect.prefix { $0 != ":" }
    if effect.contains(":"), name == "unpack" {
      return bases["unpack:" + effect.dropFirst(name.count + 1)] ?? base(6, 0.7)
    }
    if !name.contains("."), let base = familyBases[family]?[String(name)] ?? bases[String(name)] {
      return base
    }
    let spread = spreads[family]?[String(name)] ?? defaultSpread
    return EffectPrior(mean: 0, spread: spread)
  }

  private static func base(_ factor: Double, _ spread: Double) -> EffectPrior {
    EffectPrior(mean: log(factor), spread: spread)
  }

  static let defaultSpread = 0.3

  private static let bases: [String: EffectPrior] = [
    "bandwidth": base(0.1, 0.5), "unpack:float": base(8, 0.7), "unpack:simple": base(5, 0.7),
    "unpack:superblock": base(7, 0.7), "unpack:int4": base(6, 0.7), "unpack:awq": base(6, 0.7),
    "unpack:int8": base(6, 0.7), "unpack:fp8": base(6, 0.7), "launch": base(60, 0.7),
    "width": base(0.2, 0.7), "cache": base(0.3, 0.7), "attention": base(10, 1),
    "walk": base(5, 1), "batch": base(1, 0.5), "host": base(600, 0.7),
  ]

  private static let familyBases: [EngineFamily: [String: EffectPrior]] = [
    .llamaCppDecode: [
      "blocks": base(1.2, 0.5), "products": base(1.5, 0.5), "columns": base(2.5, 0.7),
    ],
    .cpuDecode: [
      "bandwidth": base(1, 0.3), "bandwidth.measured": base(1, 0.1), "core": base(1, 0.3),
      "unpack": base(1, 1), "launch": base(2, 1), "barrier": base(1, 1), "cache": base(0.5, 1),
      "attention": base(3, 1), "batch": base(0.5, 0.7),
    ],
    .prefill: [
      "matrix": base(1.5, 0.5), "power": base(3, 0.5), "scores": base(3, 1),
      "weights": base(1, 0.7), "attention": base(6, 1), "launch": base(5, 0.7),
      "activations": base(3, 0.7), "blocks": base(1.2, 0.5), "expand": base(0.2, 0.7),
      "library": base(1, 0.2),
    ],
    .cpuPrefill: [
      "matrix": base(2, 0.7), "weights": base(1, 0.5), "attention": base(4, 1),
      "barrier": base(5, 1),
    ],
    .eagerDecode: ["cache": base(5, 1)],
    .fusedDecode: ["bandwidth": base(0.12, 0.5)],
  ]

  private static let spreads: [EngineFamily: [String: Double]] = [
    .llamaCppDecode: [
      "bandwidth.memory": 0.6, "bandwidth.chip": 0.4, "bandwidth.architecture": 0.4,
      "unpack.format": 0.1, "unpack.engine": 0.4, "unpack.architecture": 0.05,
      "unpack.kernel-architecture": 0.05, "launch.engine": 0.25, "launch.era": 0.25,
      "launch.architecture": 0.25, "width.engine": 0.3, "cache.engine": 0.4,
      "attention.engine": 0.8, "attention.architecture": 0.4, "walk.engine": 0.4,
      "cache.flash": 0.3, "walk.flash": 0.3, "attention.flash": 0.3,
      "blocks.kernel": 0.2, "blocks.architecture": 0.2, "products.kernel": 0.4,
      "products.architecture": 0.3, "columns.kernel": 0.4, "columns.architecture": 0.3,
    ],
    .fusedDecode: [
      "bandwidth.memory": 0.2, "bandwidth.engine": 0.05, "bandwidth.architecture": 0.2,
      "unpack.format": 0.1, "unpack.engine": 0.7, "unpack.architecture": 0.2,
      "launch.engine": 0.1, "launch.architecture": 0.05, "launch.memory": 0.1,
      "cache.engine": 0.3, "walk.engine": 0.1,
    ],
    .eagerDecode: [
      "bandwidth.memory": 0.3, "bandwidth.architecture": 0.2, "unpack.format": 0.1,
      "unpack.engine": 0.4, "host.kernel": 0.4, "host.variant": 0.4,
      "cache.engine": 0.3, "walk.engine": 0.3,
    ],
    .cpuDecode: [
      "bandwidth.share": 0.15, "bandwidth.architecture": 0.15, "bandwidth.numa": 0.8,
      "core.kind": 0.3, "unpack.format": 0.3, "unpack.simd": 0.7, "unpack.engine": 0.3,
      "unpack.layout": 0.5, "unpack.format-engine": 0.1, "unpack.architecture": 0.05,
      "launch.kind": 0.3, "barrier.kind": 1, "cache.engine": 0.5, "attention.engine": 0.5,
    ],
    .cpuPrefill: [
      "matrix.product": 0.7, "matrix.simd": 0.2, "matrix.product-simd": 0.1,
      "matrix.format": 0.4, "matrix.format-product": 0.3, "matrix.engine": 0.2,
      "matrix.architecture": 0.1, "matrix.numa": 1, "weights.numa": 1, "barrier.numa": 1,
      "barrier.kind": 0.5, "attention.engine": 0.5,
    ],
    .prefill: [
      "matrix.engine": 0.16, "matrix.kernel": 0.6, "matrix.architecture": 0.3,
      "matrix.kernel-architecture": 0.06, "matrix.vendor": 0.08, "matrix.driver": 0.5,
      "matrix.variant": 0.7, "matrix.unpack": 0.1, "power.architecture": 0.1, "power.kernel": 0.25,
      "scores.engine": 0.5, "scores.vendor": 0.4, "scores.flash": 0.5, "weights.engine": 0.16,
      "attention.engine": 0.4,
      "attention.architecture": 0.15, "attention.vendor": 0.4, "attention.flash": 0.5,
      "launch.engine": 0.4, "activations.engine": 0.4, "blocks.architecture": 0.1,
      "library.chip": 0.7,
    ],
  ]
}
