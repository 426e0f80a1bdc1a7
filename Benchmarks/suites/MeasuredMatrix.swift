import Kernels
import QuantizationFormats

/// Packed weights of a case.
enum MeasuredMatrix {
  case plain(QuantizedMatrix)
  case apart(OutlierMatrix)
  case clustered(ClusteredMatrix)

  /// What one product reads.
  var packedBytes: Int {
    switch self {
    case .plain(let matrix): matrix.packedBytes
    case .apart(let matrix): matrix.packedBytes
    case .clustered(let matrix): matrix.packedBytes
    }
  }

  /// Which pages the weights are in.
  var pages: PageUse {
    switch self {
    case .plain(let matrix): matrix.pages
    case .apart(let matrix): matrix.matrix.pages
    case .clustered(let matrix): matrix.pages
    }
  }
}

/// What multiplies a case: a kernel of the table, or the product of clusters.
struct MeasuredWay {
  let isa: String
  let unit: ArithmeticUnit
  /// `nil` for clusters.
  let kernel: Kernel?
}

extension MeasuredFormat {
  /// The best that needs nothing beyond `isa`; `nil` if there is none.
  func best(on isa: ISA) -> MeasuredWay? {
    if let bits = variant?.clusteredBits {
      return MeasuredWay(
        isa: ClusterMultiplier(isa: isa).isa(activationBits: bits),
        unit: bits == 16 ? .fp32MultiplyAdd : .int8DotProduct, kernel: nil)
    }
    return KernelRegistry.best(for: format, on: isa).map {
      MeasuredWay(isa: $0.isa, unit: $0.unit, kernel: $0)
    }
  }

  /// The one for the instruction set called `name`, if `isa` has it.
  func way(named name: String, on isa: ISA) -> MeasuredWay? {
    guard variant?.clusteredBits == nil else {
      let levels = ISA.levels.map(\.isa).filter { isa.isSuperset(of: $0) } + [isa]
      return levels.compactMap { best(on: $0) }.last { $0.isa == name }
    }
    return KernelRegistry.runnable(on: isa).last {
      $0.weightFormatID == format.id && $0.isa == name
    }.map { MeasuredWay(isa: $0.isa, unit: $0.unit, kernel: $0) }
  }

  /// Weights in clusters of 1 to 32 parts of the channels, which are spread over the row.
  func clusteredMatrix(rows: Int, columns: Int, bits: Int) throws -> ClusteredMatrix {
    let weightBits = format.layout.bitsPerBlock
    let parts = Self.clusters * (Self.clusters + 1) / 2
    let order = (0..<columns).sorted { ($0 * 1597 % columns, $0) < ($1 * 1597 % columns, $1) }
    let clusters = (0..<Self.clusters).map { index in
      let first = columns * (index * (index + 1) / 2) / parts
      let end = columns * ((index + 1) * (index + 2) / 2) / parts
      return ClusteredMatrix.Cluster(
        channels: Array(order[first..<end]),
        scale: 2 * Self.activationMaximum / Float((1 << bits) - 1), zero: index % 3 - 1)
    }
    let grid = ClusteredMatrix.WeightGrid(scale: 0.01, zero: UInt8(1 << (weightBits - 1)))
    let row = (0..<columns).map { UInt8(($0 * 53 + 7) % 89 % (1 << weightBits)) }
    return try ClusteredMatrix(
      codes: (0..<rows).flatMap { _ in row },
      grids: [ClusteredMatrix.WeightGrid](repeating: grid, count: rows * clusters.count),
      clusters: clusters, weightBits: weightBits, activationBits: bits)
  }
}

/// Multiplies either kind of matrix.
struct MeasuredMultiplier {
  private let plain: Multiplier
  private let clustered: ClusterMultiplier

  init(pool: ThreadPool, isa: ISA) {
    plain = Multiplier(pool: pool, isa: isa)
    clustered = ClusterMultiplier(pool: pool, isa: isa)
  }

  /// C[m,n] = A[m,k] * B[k,n].
  func multiply(
    _ matrix: MeasuredMatrix, _ input: [Float], tokens: Int, into result: inout [Float],
    using way: MeasuredWay
  ) throws(MatrixError) {
    switch matrix {
    case .plain(let matrix):
      try plain.multiply(matrix, input, tokens: tokens, into: &result, using: way.kernel)
    case .apart(let matrix):
      try plain.multiply(matrix, input, tokens: tokens, into: &result, using: way.kernel)
    case .clustered(let matrix):
      try clustered.multiply(matrix, input, tokens: tokens, into: &result)
    }
  }
}
