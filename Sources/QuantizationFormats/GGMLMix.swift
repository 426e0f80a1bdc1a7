// The cases have llama.cpp's names in lower case.
// swift-format-ignore: AlwaysUseLowerCamelCase
/// One of llama.cpp's file types: a base format, and rules that give some matrices another.
///
/// The rules look at a model's layers, so they live with the estimator (`Roofline`).
public enum GGMLMix: String, Hashable, Sendable, CaseIterable, Identifiable {
  case f32, f16, bf16
  case q4_0, q4_1, q5_0, q5_1, q8_0
  case q2_k, q2_k_s, q3_k_s, q3_k_m, q3_k_l, q4_k_s, q4_k_m, q5_k_s, q5_k_m, q6_k
  case iq1_s, iq1_m, iq2_xxs, iq2_xs, iq2_s, iq2_m, iq3_xxs, iq3_xs, iq3_s, iq3_m, iq4_nl, iq4_xs
  case tq1_0, tq2_0
  case mxfp4, nvfp4
  case q1_0, q2_0

  /// The name in lower case, such as `q4_k_m`.
  public var id: String { rawValue }

  /// The file type with this name or alias: `q4_k` means `q4_k_m`, as for llama-quantize.
  public init?(name: String) {
    switch name {
    case "q3_k": self = .q3_k_m
    case "q4_k": self = .q4_k_m
    case "q5_k": self = .q5_k_m
    case "mxfp4_moe": self = .mxfp4
    default: self.init(rawValue: name)
    }
  }

  /// The format of a matrix that no rule singles out.
  public var base: StorageFormat {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    case .q4_0: .q4_0
    case .q4_1: .q4_1
    case .q5_0: .q5_0
    case .q5_1: .q5_1
    case .q8_0: .q8_0
    case .q2_k, .q2_k_s: .q2_k
    case .q3_k_s, .q3_k_m, .q3_k_l: .q3_k
    case .q4_k_s, .q4_k_m: .q4_k
    case .q5_k_s, .q5_k_m: .q5_k
    case .q6_k: .q6_k
    case .iq1_s: .iq1_s
    case .iq1_m: .iq1_m
    case .iq2_xxs: .iq2_xxs
    case .iq2_xs, .iq2_s: .iq2_xs
    case .iq2_m: .iq2_s
    case .iq3_xxs: .iq3_xxs
    case .iq3_xs, .iq3_s, .iq3_m: .iq3_s
    case .iq4_nl: .iq4_nl
    case .iq4_xs: .iq4_xs
    case .tq1_0: .tq1_0
    case .tq2_0: .tq2_0
    case .mxfp4: .mxfp4
    case .nvfp4: .nvfp4
    case .q1_0: .q1_0
    case .q2_0: .q2_0
    }
  }

  /// Whether the base format is a block format rather than plain floating point.
  public var isQuantized: Bool { base.layout.weightsPerBlock > 1 }
}
