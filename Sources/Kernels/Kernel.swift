internal import CKernels
public import QuantizationFormats

/// One compiled kernel: a weight format multiplied with an activation format on an instruction set.
public struct Kernel: Sendable, Identifiable {
  /// What the kernel computes.
  public enum Operation: String, Sendable {
    /// `C[m,n] = A[m,k] * B[k,n]` with quantized weights A.
    case matmul
  }

  /// What the kernel computes.
  public let operation: Operation
  /// The identifier of the weights' format, such as `q4_0`.
  public let weightFormatID: String
  /// How activations are stored on the fly: `q8_32` has one scale per 32, `q8_256` one per 256,
  /// `q8_token` one per token, `q8_token_128` also sums per 128; `u8_token`, `u6_token` and `u4_token` have
  /// a zero point per token too; `bf16` rounds, `f32` leaves them as they are.
  public let activationFormatID: String
  /// The name of the instruction set.
  public let isa: String
  /// The instruction sets without which the kernel cannot run.
  public let requires: ISA
  /// The most tokens that read a weight once from a register, of many.
  public let tile: Int

  let row: KernelRow

  /// What most of the kernel's operations are done with.
  public var unit: ArithmeticUnit {
    switch activationFormatID {
    case "f32": .fp32MultiplyAdd
    case "bf16": .bf16DotProduct
    default: .int8DotProduct
    }
  }

  /// The name of the kernel: operation, weights, activations, two underscores, instruction set.
  public var id: String { "\(operation)_\(weightFormatID)_\(activationFormatID)__\(isa)" }

  init(row: KernelRow) {
    let kernel = row.kernel
    operation = .matmul
    weightFormatID = String(cString: kernel.format.pointee.id)
    activationFormatID = String(cString: kernel.activation.pointee.id)
    isa = String(cString: kernel.isa)
    requires = ISA(rawValue: kernel.required)
    tile = kernel.tile
    self.row = row
  }
}

/// A row of the C table, which is constant.
struct KernelRow: @unchecked Sendable {
  let pointer: UnsafePointer<ck_kernel>

  var kernel: ck_kernel { pointer.pointee }
  var format: UnsafePointer<ck_format> { pointer.pointee.format }
}

extension Kernel: CustomStringConvertible {
  /// The name of the kernel.
  public var description: String { id }
}

/// The table of compiled kernels, in order of preference: the last that can run is the best.
public enum KernelRegistry {
  /// Every compiled kernel.
  public static let all: [Kernel] = {
    var kernels: [Kernel] = []
    while let row = ck_kernel_at(kernels.count) {
      kernels.append(Kernel(row: KernelRow(pointer: row)))
    }
    return kernels
  }()

  /// The kernels that need nothing beyond `isa`.
  public static func runnable(on isa: ISA = .allowed) -> [Kernel] {
    all.filter { isa.isSuperset(of: $0.requires) }
  }

  /// The preferred kernel for weights of `format`; `nil` if there is none for the format.
  public static func best(for format: StorageFormat, on isa: ISA = .allowed) -> Kernel? {
    all.last { $0.weightFormatID == format.id && isa.isSuperset(of: $0.requires) }
  }

  /// The formats that have kernels.
  public static var formats: [StorageFormat] {
    (GGMLType.all.map(\.format) + [.int8RowMaximum] + StorageFormat.integerChannels
      + StorageFormat.integerGroups + [.nf4, .fp4])
      .filter { format in all.contains { $0.weightFormatID == format.id } }
  }
}
