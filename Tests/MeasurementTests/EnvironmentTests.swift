import Foundation
import Testing

@testable import Measurement

/// A copy of the parts of `/proc` and `/sys` that are read, of some machine.
private struct MachineCopy {
  let root: URL

  init(_ files: [String: String]) throws {
    root = FileManager.default.temporaryDirectory.appending(path: "machine-\(UUID())")
    for (path, text) in files {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
  }

  func remove() { try? FileManager.default.removeItem(at: root) }
}

@Suite struct EnvironmentTests {
  private static let cache = "sys/devices/system/cpu/cpu0/cache/"

  @Test func `a server with two threads a core is read`() throws {
    let processors = (0..<4).map { index in
      """
      processor\t: \(index)
      vendor_id\t: AuthenticAMD
      cpu family\t: 25
      model\t\t: 17
      model name\t: AMD EPYC 9354 32-Core Processor
      stepping\t: 1
      physical id\t: \(index / 2 % 2 == 0 ? 0 : 0)
      core id\t\t: \(index / 2)
      flags\t\t: fpu sse2 avx2 fma f16c avx512f avx512_vnni hypervisor

      """
    }.joined(separator: "\n")
    let copy = try MachineCopy([
      "proc/cpuinfo": processors,
      Self.cache + "index0/level": "1\n", Self.cache + "index0/type": "Data\n",
      Self.cache + "index0/size": "32K\n", Self.cache + "index0/shared_cpu_list": "0-1\n",
      Self.cache + "index1/level": "1\n", Self.cache + "index1/type": "Instruction\n",
      Self.cache + "index1/size": "32K\n",
      Self.cache + "index2/level": "3\n", Self.cache + "index2/type": "Unified\n",
      Self.cache + "index2/size": "256M\n", Self.cache + "index2/shared_cpu_list": "0-3\n",
      "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
      "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq": "3799072\n",
    ])
    defer { copy.remove() }
    let record = LinuxProcessor(root: copy.root.path).record(architecture: "x86_64")
    #expect(record.name == "AMD EPYC 9354 32-Core Processor")
    #expect(record.revision == "family 25 model 17 stepping 1")
    #expect(record.logicalProcessors == 4 && record.cores == 2 && record.sockets == 1)
    #expect(record.instructionSets == ["avx2", "fma", "f16c", "avx512f", "avx512_vnni"])
    #expect(
      record.caches == [
        CacheRecord(level: "L1d", bytes: 32_768, sharedBy: 2),
        CacheRecord(level: "L3", bytes: 268_435_456, sharedBy: 4),
      ])
    #expect(record.lastLevelCacheBytes == 268_435_456)
    #expect(record.governor == "performance" && record.maximumClock == 3.799072e9)
    #expect(record.minimumClock == nil)
  }

  @Test func `a Raspberry Pi is read`() throws {
    let processors = (0..<4).map { index in
      """
      processor\t: \(index)
      BogoMIPS\t: 108.00
      Features\t: fp asimd evtstrm crc32 cpuid asimdhp asimddp
      CPU implementer\t: 0x41
      CPU architecture: 8
      CPU variant\t: 0x4
      CPU part\t: 0xd0b
      CPU revision\t: 1

      """
    }.joined(separator: "\n")
    let copy = try MachineCopy([
      "proc/cpuinfo": processors + "\nRevision\t: c04170\nModel\t\t: Raspberry Pi 5 Model B\n",
      "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
      "proc/meminfo": "MemTotal:        8245280 kB\nMemAvailable:    7000000 kB\n",
    ])
    defer { copy.remove() }
    let record = LinuxProcessor(root: copy.root.path).record(architecture: "arm64")
    #expect(record.name == "Raspberry Pi 5 Model B Rev 1.0")
    #expect(record.revision == "implementer 0x41 part 0xd0b variant 0x4 revision 1")
    #expect(record.logicalProcessors == 4 && record.cores == nil)
    #expect(record.instructionSets == ["asimd", "asimdhp", "asimddp"])
    #expect(record.caches.isEmpty && record.lastLevelCacheBytes == nil)
    let memory = MemoryRecord.read(root: copy.root.path)
    #if os(Linux)
      #expect(memory.totalBytes == 8_245_280 * 1024 && memory.availableBytes == 7_168_000_000)
      #expect(memory.hugePages == nil)
    #endif
  }

  @Test func `lists, sizes and choices of the system are read`() {
    #expect(LinuxProcessor.countOfList("0-3,8,10-11") == 7)
    #expect(LinuxProcessor.countOfList("5") == 1)
    #expect(LinuxProcessor.bytes("2M") == 2_097_152 && LinuxProcessor.bytes("512") == 512)
    #expect(MemoryRecord.chosen("always [madvise] never") == "madvise")
    #expect(MemoryRecord.chosen("always") == nil)
  }

  @Test func `this machine is described and reads back`() throws {
    let here = EnvironmentRecord.current(machineName: "mine")
    #expect(here.processor.logicalProcessors >= 1)
    #expect(here.usableProcessors >= 1)
    #expect(here.build.c.contains("Clang") || here.build.c.contains("clang"))
    let data = try JSONEncoder().encode(here)
    #expect(try JSONDecoder().decode(EnvironmentRecord.self, from: data) == here)
  }

  @Test func `a machine stays the same under load and differs by its name`() {
    var here = EnvironmentRecord.current()
    let identity = MachineIdentity(here)
    here.loadAverages = [9, 9, 9]
    here.processor.measuredClock = 1
    #expect(MachineIdentity(here) == identity)
    here.machineName = "node-7"
    #expect(MachineIdentity(here) != identity)
    #expect(MachineIdentity(here).difference(from: identity).contains("node-7"))
  }

  @Test func `the commit is read from a checkout, a worktree and packed references`() throws {
    let commit = String(repeating: "ab12", count: 10)
    let copy = try MachineCopy([
      "a/.git/HEAD": "ref: refs/heads/main\n", "a/.git/refs/heads/main": commit + "\n",
      "b/.git/HEAD": "ref: refs/heads/main\n",
      "b/.git/packed-refs": "# pack-refs\n\(commit) refs/heads/main\n",
      "c/.git/HEAD": commit + "\n", "e/empty": "",
    ])
    defer { copy.remove() }
    let root = copy.root.path
    for name in ["a", "b", "c"] { #expect(GitCheckout.head(of: "\(root)/\(name)") == commit) }
    #expect(GitCheckout.head(of: "\(root)/e") == nil)
  }
}
