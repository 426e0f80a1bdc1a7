/// All block codecs.
public enum BlockCodecs {
  /// Formats of weights.
  public static let weights: [any BlockCodec] = [
    Binary32Codec(), Binary16Codec(), BrainFloat16Codec(), Q8_0Codec(), SymmetricCodec.q4,
    AffineCodec.q4, SymmetricCodec.q5, AffineCodec.q5, SignCodec(), TernaryCodec.q2, IQ4NLCodec(),
    MXFP4Codec(), NVFP4Codec(), AffineSuperblockCodec.q2, SymmetricSuperblockCodec.q3,
    AffineSuperblockCodec.q4, AffineSuperblockCodec.q5, SymmetricSuperblockCodec.q6, IQ4XSCodec(),
    TritCodec(), TernaryCodec.tq2,
  ]

  /// Formats that activations alone use; Q8_0 serves weights too.
  public static let activations: [any ActivationCodec] = [Q8_1Codec(), Q8KCodec()]

  /// All of them.
  public static let all: [any BlockCodec] = weights + activations
}

extension StorageFormat {
  /// What packs and unpacks blocks of this format; `nil` if there is nothing yet.
  public var codec: (any BlockCodec)? { BlockCodecs.all.first { $0.format == self } }

  /// The format into which ggml packs activations that meet weights of this one.
  ///
  /// It is `nil` for formats that are not ggml's, and for those that it multiplies as
  /// floating-point numbers.
  public var activationPartner: StorageFormat? {
    guard GGMLType.all.contains(where: { $0.format == self }) else { return nil }
    return switch self {
    case .q8_1, .q8_k: nil
    case .q4_1, .q5_1: .q8_1
    default:
      switch layout.weightsPerBlock {
      case 1: nil
      case 256: .q8_k
      default: .q8_0
      }
    }
  }
}
