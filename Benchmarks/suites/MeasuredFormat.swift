import Kernels
public import QuantizationFormats

/// What a case multiplies with: weights of a format, and perhaps a way of meeting activations that is not
/// the format's usual one, written behind a plus: `llm-int8+outliers`.
struct MeasuredFormat {
  /// How weights meet activations.
  enum Variant: String, CaseIterable {
    /// LLM.int8() of bitsandbytes: outlying columns meet dequantized int8 weights.
    case outliers
    /// LLM.int8() of the paper: outlying columns meet f16 weights.
    case halfOutliers = "f16-outliers"
    /// SmoothQuant-O2: one scale for all tokens, found in each product.
    case perTensor = "per-tensor"
    /// SmoothQuant-O3, and INC and IPEX where there are zero points: a scale known beforehand.
    case fixed = "static"
    /// RPTQ: activations of so many bits, each cluster of channels with a grid of its own; 16 are
    /// multiplied as f32.
    case sixteenBits = "a16"
    case eightBits = "a8"
    case fourBits = "a4"
    case threeBits = "a3"

    /// The bits of activations in clusters; `nil` of other variants.
    var clusteredBits: Int? {
      switch self {
      case .sixteenBits: 16
      case .eightBits: 8
      case .fourBits: 4
      case .threeBits: 3
      case .outliers, .halfOutliers, .perTensor, .fixed: nil
      }
    }
  }

  /// Clusters of RPTQ's formats.
  static let clusters = 32

  /// The formats of weights in clusters, which have products of their own.
  private static let clustered = [4, 3].map {
    StorageFormat.integerPerCluster(bits: $0, clusters: clusters)
  }

  /// How weights are stored.
  let format: StorageFormat
  /// How they meet activations; `nil` as usual.
  let variant: Variant?

  /// A format that has a kernel, as it is.
  init(_ format: StorageFormat) {
    self.format = format
    variant = nil
  }

  /// What `id` names; `nil` if there is no kernel for it.
  init?(id: String) {
    let parts = id.split(separator: "+", maxSplits: 1).map(String.init)
    guard let name = parts.first,
      let format = (KernelRegistry.formats + Self.clustered).first(where: { $0.id == name })
    else { return nil }
    self.format = format
    guard parts.count > 1 else {
      guard !Self.clustered.contains(format) else { return nil }
      variant = nil
      return
    }
    guard let variant = Variant(rawValue: parts[1]), variant.suits(format) else { return nil }
    self.variant = variant
  }

  /// Every id: the formats that have kernels, and their variants.
  static var ids: [String] {
    (KernelRegistry.formats + clustered).flatMap { format in
      (clustered.contains(format) ? [] : [format.id])
        + Variant.allCases.filter { $0.suits(format) }.map { "\(format.id)+\($0.rawValue)" }
    }
  }

  /// The name in cases and results.
  var id: String { format.id + (variant.map { "+" + $0.rawValue } ?? "") }

  /// The largest magnitude that the activations of time measurements reach beside outliers.
  static let activationMaximum: Float = 50.0 / 16

  /// Whether column `column` of the activations holds outliers: one in 512, some 0.2 %, of those
  /// variants that take them apart.
  func hasOutliers(_ column: Int) -> Bool {
    (variant == .outliers || variant == .halfOutliers) && column % 512 == 5
  }

  /// Weights that are packed, ready to multiply.
  ///
  /// - Throws: `MatrixError` if rows, columns and bytes do not fit together.
  func matrix(rows: Int, columns: Int, bytes: [UInt8]) throws -> MeasuredMatrix {
    var matrix = try QuantizedMatrix(rows: rows, columns: columns, format: format, bytes: bytes)
    switch variant {
    case .outliers: return .apart(try OutlierMatrix(matrix))
    case .perTensor: matrix.activationRange = .perTensor
    case .fixed:
      matrix.activationRange =
        format.integerChannelBits == nil
        ? .fixed(maximum: Self.activationMaximum)
        : .grid(scale: 2 * Self.activationMaximum / 255, zero: 128)
    case .sixteenBits, .eightBits, .fourBits, .threeBits: break
    case .halfOutliers:
      guard let weights = format.unpackRows(bytes, columns: columns) else {
        throw MatrixError.noKernel(format: id)
      }
      return .apart(try OutlierMatrix(matrix, halfWeights: weights))
    case nil: break
    }
    return .plain(matrix)
  }
}

/// The formats that suites can name.
public enum MeasuredFormats {
  /// The formats that have kernels, and behind a plus their variants; then those of caches alone.
  public static var ids: [String] {
    let weights = MeasuredFormat.ids
    return weights + CacheFormat.allCases.map(\.rawValue).filter { !weights.contains($0) }
  }

  /// How the weights of a format in a suite are stored; `nil` for an unknown one.
  public static func storage(_ id: String) -> StorageFormat? { MeasuredFormat(id: id)?.format }
}

extension MeasuredFormat.Variant {
  /// Whether weights of `format` can meet activations so.
  func suits(_ format: StorageFormat) -> Bool {
    switch self {
    case .outliers, .halfOutliers, .perTensor: format == .int8RowMaximum
    case .fixed: format == .int8RowMaximum || format == .int8RowSum
    case .sixteenBits, .eightBits, .fourBits:
      format == .integerPerCluster(bits: 4, clusters: MeasuredFormat.clusters)
    case .threeBits: format == .integerPerCluster(bits: 3, clusters: MeasuredFormat.clusters)
    }
  }
}
