import QuantizationFormats
import TransformerModels

extension GGMLMixChoice {
  var down: StorageFormat {
    let isEarly = layer < layers / 8
    switch mix {
    case .q2_k: return .q3_k
    case .q2_k_s: return isEarly ? .q4_k : mix.base
    case .q3_k_m:
      if layer < layers / 16 { return .q5_k }
      return !isFalcon || deservesMoreBits ? .q4_k : .q3_k
    case .q3_k_l: return isFalcon ? .q4_k : .q5_k
    case .q4_k_m: return downOfMediumFourBits
    case .q5_k_m: return deservesMoreBits ? .q6_k : mix.base
    case .q4_k_s: return isEarly && !isFalcon ? .q5_k : mix.base
    case .iq3_m: return isEarly || (experts == 8 && deservesMoreBits) ? .q4_k : mix.base
    case .iq4_nl, .iq4_xs: return isEarly ? .q5_k : mix.base
    default: return mix.base
    }
  }

  private var downOfMediumFourBits: StorageFormat {
    guard isFalcon else { return deservesMoreBits ? .q6_k : .q4_k }
    if layer < layers / 16 { return .q6_k }
    return deservesMoreBits ? .q5_k : .q4_k
  }

  var gateOrUp: StorageFormat {
    let isInner = layer >= layers / 8 && layer < 7 * layers / 8
    return mix == .iq3_xs && isInner ? .iq3_xxs : mix.base
  }
}

extension GGMLMix {
  /// IQ1 and IQ2 files have rules of their own.
  var isBelowThreeBits: Bool {
    switch self {
    case .iq1_s, .iq1_m, .iq2_xxs, .iq2_xs, .iq2_s, .iq2_m: true
    default: false
    }
  }
}

extension GGMLMixChoice {
  /// The format of a block's matrix in an IQ1 or IQ2 file; `nil` outside the blocks.
  func belowThreeBits(_ role: TensorRole) -> StorageFormat? {
    let isUpperTwo = mix == .iq2_s || mix == .iq2_m
    let raised: StorageFormat = isUpperTwo ? .iq3_s : .q2_k
    switch role {
    case .value where !fusesQueryKeyValue: return sharing >= 4 || experts >= 4 ? .q4_k : raised
    case .key where !fusesQueryKeyValue: return experts == 8 ? .q4_k : mix.base
    case .down, .expertDown, .sharedExpertDown:
      return downMatricesBefore(role) < layers / 8 ? raised : mix.base
    case .attentionOutput:
      if experts == 8 { return .q5_k }
      if isUpperTwo { return .iq3_s }
      return mix == .iq1_s || mix == .iq1_m ? .iq2_xxs : mix.base
    default: return role.isBlockLinear ? mix.base : nil
    }
  }

  /// Down-projections in file order before this one: here llama.cpp counts matrices, not layers,
  /// and a layer with a shared expert has two.
  private func downMatricesBefore(_ role: TensorRole) -> Int {
    var count = role == .sharedExpertDown ? 1 : 0
    for index in 0..<layer {
      guard case .mixture(let mixture) = model.layer(at: index).feedForward else {
        count += 1
        continue
      }
      count += mixture.sharedWidth > 0 ? 2 : 1
    }
    return count
  }
}
