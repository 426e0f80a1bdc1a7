/// The dot product of packed weights with packed activations: what integer kernels compute.
///
///     y = sum over segments  scale_w scale_a (sum of code_w code_a)  +  offset_w (sum of a)
///
/// Sums of codes are exact integers; ggml rounds scales times sums to binary32, in an order of its
/// own, and this is done in `Double`. The sum of activations is the one that their block stores.
public struct BlockDot: Sendable {
  /// How the weights are packed.
  public let weights: any IntegerBlockCodec
  /// How the activations are packed.
  public let activations: any ActivationCodec

  /// The product of weights in this format with activations in ggml's partner of it; `nil` for
  /// weights that have no partner or no codec.
  public init?(weights format: StorageFormat) {
    guard let weights = format.codec as? any IntegerBlockCodec,
      let activations = format.activationPartner?.codec as? any ActivationCodec
    else { return nil }
    self.weights = weights
    self.activations = activations
  }

  /// The dot product of two rows of equal length.
  public func callAsFunction(
    _ weightRow: [UInt8], _ activationRow: [UInt8]
  ) throws(CodecError) -> Double {
    let count = weightRow.count / weights.bytesPerBlock * weights.weightsPerBlock
    _ = try weights.blocks(weights: count, bytes: weightRow.count)
    _ = try activations.blocks(weights: count, bytes: activationRow.count)
    let run = min(weights.weightsPerSegment, activations.weightsPerSegment)
    return stride(from: 0, to: count, by: run).reduce(0) { total, start in
      total
        + Self.product(
          of: start..<start + run, weights, weightRow.span, activations, activationRow.span)
    }
  }

  /// The part of the product that a run inside one segment of both rows contributes.
  private static func product<Weights: IntegerBlockCodec, Activations: ActivationCodec>(
    of run: Range<Int>, _ weights: Weights, _ weightRow: Span<UInt8>, _ activations: Activations,
    _ activationRow: Span<UInt8>
  ) -> Double {
    let weightBlock = weightRow.extracting(weights.bytes(of: run))
    let activationBlock = activationRow.extracting(activations.bytes(of: run))
    let weight = run.lowerBound % weights.weightsPerBlock
    let activation = run.lowerBound % activations.weightsPerBlock
    let sum = (0..<run.count).reduce(0) {
      $0 + weights.code(weight + $1, of: weightBlock)
        * activations.code(activation + $1, of: activationBlock)
    }
    let segment = weight / weights.weightsPerSegment
    let scale = activations.scale(activation / activations.weightsPerSegment, of: activationBlock)
    let product = Double(weights.scale(segment, of: weightBlock)) * Double(scale) * Double(sum)
    let offset = weights.offset(segment, of: weightBlock)
    guard offset != 0 else { return product }
    let activationSum = activations.sum(activation..<activation + run.count, of: activationBlock)
    return product + Double(offset) * activationSum
  }
}

extension BlockCodec {
  /// The bytes of the block in which a run of weights lies.
  fileprivate func bytes(of run: Range<Int>) -> Range<Int> {
    let start = run.lowerBound / weightsPerBlock * bytesPerBlock
    return start..<start + bytesPerBlock
  }
}
