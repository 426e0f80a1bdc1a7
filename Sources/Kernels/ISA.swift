internal import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Sets of instructions that kernels are written for.
public struct ISA: OptionSet, Hashable, Sendable {
  /// One bit for each instruction set.
  public let rawValue: UInt32

  /// The set with these bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// AVX2 with FMA and F16C.
  public static let avx2 = ISA(rawValue: UInt32(CK_ISA_AVX2))
  /// `VPDPBUSD` on 256 bits, for processors without AVX-512.
  public static let avxvnni = ISA(rawValue: UInt32(CK_ISA_AVXVNNI))
  /// `VPDPBUSD` on 512 bits, with AVX-512 F, BW, DQ and VL.
  public static let avx512vnni = ISA(rawValue: UInt32(CK_ISA_AVX512VNNI))
  /// `VDPBF16PS` on 512 bits.
  public static let avx512bf16 = ISA(rawValue: UInt32(CK_ISA_AVX512BF16))
  /// NEON, which every AArch64 processor has.
  public static let neon = ISA(rawValue: UInt32(CK_ISA_NEON))
  /// `SDOT`: 8-bit dot products of 4.
  public static let neonDotProduct = ISA(rawValue: UInt32(CK_ISA_DOTPROD))
  /// `USDOT` and `SMMLA`: mixed signs, and 2 x 2 tiles of dot products of 8.
  public static let neonInt8MatrixMultiply = ISA(rawValue: UInt32(CK_ISA_I8MM))

  /// What this processor and its operating system offer.
  public static let host = ISA(rawValue: ck_host_isa())

  /// What kernels may use: the host's instruction sets, up to the level that the environment
  /// variable `RIDGELINE_ISA` names.
  ///
  /// An unknown name allows the portable kernels alone.
  public static let allowed: ISA = {
    guard let name = getenv("RIDGELINE_ISA") else { return host }
    return host.intersection(level(named: String(cString: name)) ?? [])
  }()

  /// The levels of each processor family from the plainest to the best, by the names that kernels
  /// carry.
  public static let levels: [(name: String, isa: ISA)] = [
    ("portable", []), ("avx2", [.avx2]), ("avxvnni", [.avx2, .avxvnni]),
    ("avx512vnni", [.avx2, .avxvnni, .avx512vnni]),
    ("avx512bf16", [.avx2, .avxvnni, .avx512vnni, .avx512bf16]),
    ("neon", [.neon]), ("neon_dotprod", [.neon, .neonDotProduct]),
    ("neon_i8mm", [.neon, .neonDotProduct, .neonInt8MatrixMultiply]),
  ]

  /// Everything up to the level with this name; `nil` for an unknown one.
  public static func level(named name: String) -> ISA? {
    levels.first { $0.name == name }?.isa
  }
}

extension ISA {
  /// The row of a table in C that is the best here: rows go from the plainest on, each says what it
  /// requires, and the first requires nothing and has everything.
  func best<Row>(
    in row: (Int) -> UnsafePointer<Row>?, requires: KeyPath<Row, UInt32>,
    where has: (Row) -> Bool = { _ in true }
  ) -> Row {
    var best: Row?
    var index = 0
    while let next = row(index)?.pointee {
      if isSuperset(of: ISA(rawValue: next[keyPath: requires])), has(next) { best = next }
      index += 1
    }
    guard let best else { preconditionFailure("the portable row of a table runs everywhere") }
    return best
  }
}
