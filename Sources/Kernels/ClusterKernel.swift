internal import CKernels

/// One compiled product of weights in clusters, as ``ClusterMultiplier`` chooses them.
public struct ClusterKernel: Sendable, Identifiable {
  /// Bits of a weight's code, 3 or 4; any number of clusters is multiplied by the same code.
  public let weightBits: Int
  /// Whether activations are rounded to the grids of their clusters, and sums are int32.
  public let isInteger: Bool
  /// The name of the instruction set.
  public let isa: String
  /// The instruction sets without which the kernel cannot run.
  public let requires: ISA
  /// The most tokens that read a weight once from a register, of many; `nil` where that is not stated.
  public let tile: Int?

  /// How activations are stored on the fly.
  public var activationFormatID: String { isInteger ? "q8_cluster" : "f32" }

  /// The identifier of the weights' format: ``Kernel/weightFormatID`` but for the number of clusters.
  public var weightFormatID: String { "int\(weightBits)-c" }

  /// The name of the kernel, made as ``Kernel/id``.
  public var id: String { "matmul_\(weightFormatID)_\(activationFormatID)__\(isa)" }

  /// Every compiled one, in order of preference: the last that can run is the best of its bits and
  /// activations.
  public static let all: [ClusterKernel] = {
    var kernels: [ClusterKernel] = []
    var index = 0
    while let row = ck_cluster_kernel_at(index)?.pointee {
      for bits in [4, 3] {
        for isInteger in [true, false] {
          guard isInteger ? row.matmul != nil : row.matmul_floats != nil else { continue }
          kernels.append(
            ClusterKernel(
              weightBits: bits, isInteger: isInteger, isa: String(cString: row.isa),
              requires: ISA(rawValue: row.required), tile: isInteger ? row.tile : nil))
        }
      }
      index += 1
    }
    return kernels
  }()
}
