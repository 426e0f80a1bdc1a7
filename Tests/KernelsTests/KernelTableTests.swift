import Kernels
import QuantizationFormats
import Testing

@Suite("The table of kernels")
struct KernelTableTests {
  @Test("Every kernel has its own name")
  func names() {
    #expect(Set(KernelRegistry.all.map(\.id)).count == KernelRegistry.all.count)
  }

  @Test("Every format has a portable kernel, which runs on any machine")
  func portable() {
    for format in KernelRegistry.formats {
      #expect(KernelRegistry.best(for: format, on: [])?.isa == "portable")
    }
    #expect(KernelRegistry.runnable(on: []).count == KernelRegistry.formats.count)
  }

  @Test("Every instruction set of this architecture has a kernel for every format")
  func complete() {
    let isas = Set(KernelRegistry.all.map(\.isa))
    let formats = Set(KernelRegistry.blockFormats.map(\.id))
    let blocks = KernelRegistry.all.filter { formats.contains($0.weightFormatID) }
    #expect(
      blocks.count == Set(blocks.map(\.isa)).count * KernelRegistry.blockFormats.count)
    #expect(isas.isSubset(of: ISA.levels.map(\.name)))
  }

  @Test("A lower level chooses that level's kernel", arguments: ISA.levels.map(\.name))
  func forced(_ level: String) throws {
    let isa = try #require(ISA.level(named: level))
    for format in KernelRegistry.formats {
      let kernels = KernelRegistry.all.filter { $0.weightFormatID == format.id }
      guard let kernel = kernels.last(where: { $0.isa == level }) else { continue }
      let best = try #require(KernelRegistry.best(for: format, on: isa))
      #expect(isa.isSuperset(of: best.requires))
      // Dot products of bf16 are the best of their level where they are faster than f32's.
      #expect(best.isa == level || kernel.activationFormatID == "bf16")
    }
  }

  @Test("An unknown level is nil, and an unknown format has no kernel")
  func unknown() {
    #expect(ISA.level(named: "avx9") == nil)
    #expect(KernelRegistry.best(for: .q8_k, on: ISA.allowed) == nil)
  }

  @Test("Which kernels run on this machine and which are skipped")
  func coverage() {
    for level in ISA.levels {
      let kernels = KernelRegistry.all.filter { $0.isa == level.name }
      let runs = kernels.filter { ISA.allowed.isSuperset(of: $0.requires) }
      print("\(level.name): \(runs.count) kernels ran, \(kernels.count - runs.count) skipped")
    }
    #expect(!KernelRegistry.runnable().isEmpty)
  }
}

@Suite("Kernels of an instruction set")
struct RequiredISATests {
  static let host = ISA.allowed

  @Test(
    "AVX2", .enabled(if: host.contains(.avx2), "the host lacks avx2, or RIDGELINE_ISA forbids it"))
  func avx2() { #expect(KernelRegistry.runnable().contains { $0.isa == "avx2" }) }

  @Test(
    "AVX-VNNI",
    .enabled(if: host.contains(.avxvnni), "the host lacks avxvnni, or RIDGELINE_ISA forbids it"))
  func avxvnni() { #expect(KernelRegistry.runnable().contains { $0.isa == "avxvnni" }) }

  @Test(
    "AVX-512 VNNI",
    .enabled(
      if: host.contains(.avx512vnni), "the host lacks avx512vnni, or RIDGELINE_ISA forbids it"))
  func avx512vnni() { #expect(KernelRegistry.runnable().contains { $0.isa == "avx512vnni" }) }

  @Test(
    "AVX-512 BF16",
    .enabled(
      if: host.contains(.avx512bf16), "the host lacks avx512bf16, or RIDGELINE_ISA forbids it"))
  func avx512bf16() { #expect(KernelRegistry.runnable().contains { $0.isa == "avx512bf16" }) }
}
