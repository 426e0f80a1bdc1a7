internal import CKernels

/// What the codes of one head of keys or values stand for: `value = scale (code - zero)`, codes from 0 on,
/// whatever the token.
public struct CacheGrid: Hashable, Sendable {
  /// The distance of two values of each number; positive.
  public var scales: [Float]
  /// What is taken off the code of each number.
  public var zeros: [Float]

  /// A grid from its parts.
  public init(scales: [Float], zeros: [Float]) {
    self.scales = scales
    self.zeros = zeros
  }
}

/// The grids of all heads as C reads them: for each head scales, then zeros.
struct CacheGridTable {
  private let width: Int
  private let memory: AlignedMemory

  /// - Throws: ``TransformerKernelError`` for wrong sizes.
  init(_ grids: [CacheGrid], heads: Int, width: Int) throws(TransformerKernelError) {
    guard grids.count == heads else {
      throw .wrongCount(of: "grids", expected: heads, actual: grids.count)
    }
    self.width = width
    memory = AlignedMemory(count: heads * 2 * width * MemoryLayout<Float>.size)
    let numbers = memory.pointer(as: Float.self)
    for (head, grid) in grids.enumerated() {
      for (part, values) in [grid.scales, grid.zeros].enumerated() {
        guard values.count == width else {
          throw .wrongCount(of: "a grid", expected: width, actual: values.count)
        }
        for (index, value) in values.enumerated() {
          numbers[(2 * head + part) * width + index] = value
        }
      }
    }
  }

  /// `format` with the grid of a head.
  func format(_ format: ck_cache_format, head: Int) -> ck_cache_format {
    var format = format
    let scales = memory.pointer(as: Float.self) + 2 * head * width
    (format.scales, format.zeros) = (UnsafePointer(scales), UnsafePointer(scales + width))
    return format
  }
}

extension KeyValueCache {
  /// Gives a cache of static grids one grid for all channels, from the least to the largest number of
  /// `range`; of no use for other formats, which it leaves alone.
  ///
  /// For measuring times, which do not depend on what codes stand for.
  public func setGrids(covering range: ClosedRange<Float>) throws(TransformerKernelError) {
    guard let bits = format.gridBits else { return }
    let steps = Float((1 << bits) - 1)
    let scale = max((range.upperBound - range.lowerBound) / steps, .leastNormalMagnitude)
    let zero = (-range.lowerBound / scale).rounded()
    func grids(_ width: Int) -> [CacheGrid] {
      let grid = CacheGrid(
        scales: [Float](repeating: scale, count: width),
        zeros: [Float](repeating: zero, count: width))
      return [CacheGrid](repeating: grid, count: heads)
    }
    try setGrids(keys: grids(keyWidth), values: grids(valueWidth))
  }
}
