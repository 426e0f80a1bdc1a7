import QuantizationFormats

extension GGMLMixChoice {
  /// Values deserve more bits than their share of the size costs.
  var value: StorageFormat {
    if experts == 8 { return .q8_0 }
    let format = valueOfManyExperts
    let isLarge = layers == 80 && sharing > 1  // llama.cpp's "70B"
    return isLarge && (format == .q3_k || format == .q4_k) ? .q5_k : format
  }

  private var valueOfManyExperts: StorageFormat {
    let isShared = sharing >= 4
    switch mix {
    case .q2_k: return isShared ? .q4_k : .q3_k
    case .q2_k_s, .iq3_xxs, .iq3_xs, .iq3_s: return isShared ? .q4_k : mix.base
    case .iq3_m: return .q4_k
    case .q3_k_m: return layer < 2 ? .q5_k : .q4_k
    case .q3_k_l: return .q5_k
    case .iq4_nl, .iq4_xs: return isShared ? .q5_k : mix.base
    case .q4_k_m, .q5_k_m: return deservesMoreBits ? .q6_k : mix.base
    case .q4_k_s: return layer < 4 ? .q5_k : mix.base
    default: return mix.base
    }
  }

  var key: StorageFormat { experts == 8 ? .q8_0 : query }

  var query: StorageFormat {
    switch mix {
    case .iq3_xs: .iq3_xxs
    case .iq3_xxs: .iq2_s
    default: mix.base
    }
  }

  var fusedQueryKeyValue: StorageFormat {
    switch mix {
    case .q3_k_m, .q3_k_l, .iq3_m: .q4_k
    case .q4_k_m: .q5_k
    case .q5_k_m: .q6_k
    default: mix.base
    }
  }

  var attentionOutput: StorageFormat {
    if isFalcon { return mix == .q3_k_l ? .q4_k : mix.base }
    if experts == 8 {
      switch mix {
      case .q2_k, .q3_k_s, .q3_k_m, .q4_k_s, .q4_k_m, .iq3_xxs, .iq3_xs, .iq3_s, .iq3_m, .iq4_nl,
        .iq4_xs:
        return .q5_k
      default: return mix.base
      }
    }
    switch mix {
    case .q2_k: return .q3_k
    case .iq3_xxs: return .iq3_s
    case .q3_k_m, .iq3_m: return .q4_k
    case .q3_k_l: return .q5_k
    default: return mix.base
    }
  }
}
