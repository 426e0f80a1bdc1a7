/// A format whose weights are integers, with a scale and maybe an offset per segment of a block.
///
///     weight[i] = scale[i / weightsPerSegment] * code[i] + offset[i / weightsPerSegment]
///
/// Every ggml block is of this kind. Codes are what a kernel multiplies: zero points are taken off
/// and tables looked up. Scales are the product of all scales of a block, exact in a `Float`.
public protocol IntegerBlockCodec: BlockCodec {
  /// How many consecutive weights share a scale and an offset.
  var weightsPerSegment: Int { get }
  /// The integer that stands for a weight, from -128 to 127.
  func code(_ index: Int, of block: Span<UInt8>) -> Int
  /// The scale of a segment.
  func scale(_ segment: Int, of block: Span<UInt8>) -> Float
  /// The offset of a segment; -0, which adds nothing to any number, where a format has none.
  func offset(_ segment: Int, of block: Span<UInt8>) -> Float
}

extension IntegerBlockCodec {
  /// No offset.
  public func offset(_ segment: Int, of block: Span<UInt8>) -> Float { -0.0 }

  /// Unpacks one block.
  public func dequantize(_ block: Span<UInt8>, into weights: inout MutableSpan<Float>) {
    for segment in 0..<weights.count / weightsPerSegment {
      let (scale, offset) = (scale(segment, of: block), offset(segment, of: block))
      for index in segment * weightsPerSegment..<(segment + 1) * weightsPerSegment {
        weights[index] = scale * Float(code(index, of: block)) + offset
      }
    }
  }
}

/// A format for activations that a kernel multiplies with blocks of weights.
public protocol ActivationCodec: IntegerBlockCodec {
  /// The sum of the activations in `range`, which lies inside one segment, as the block stores it.
  ///
  /// It meets the offsets of weights.
  func sum(_ range: Range<Int>, of block: Span<UInt8>) -> Double
}
