/// Reads processors as Linux describes them.
struct LinuxProcessor {
  /// What stands before `/proc` and `/sys`: nothing, or a folder with a copy of another machine's.
  let root: String

  /// The instruction sets worth recording, as `/proc/cpuinfo` spells them.
  private static let relevant: Set<String> = [
    "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512_vnni",
    "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16", "amx_tile", "asimd", "asimdhp",
    "asimddp", "i8mm", "bf16", "sve", "sve2", "svei8mm", "sme",
  ]

  func record(architecture: String) -> ProcessorRecord {
    let text = SystemFile.text(root + "/proc/cpuinfo") ?? ""
    let processors = Self.blocks(of: text)
    let first = processors.first ?? [:]
    let flags = (first["flags"] ?? first["Features"] ?? "").split(separator: " ").map(String.init)
    var record = ProcessorRecord(
      name: first["model name"] ?? SystemFile.line(root + "/proc/device-tree/model"),
      vendor: first["vendor_id"] ?? first["CPU implementer"], architecture: architecture,
      revision: Self.revision(first), logicalProcessors: max(1, processors.count),
      cores: Self.cores(processors), sockets: Self.sockets(processors), caches: caches(),
      instructionSets: flags.filter(Self.relevant.contains))
    let clock = root + "/sys/devices/system/cpu/cpu0/cpufreq/"
    record.governor = SystemFile.line(clock + "scaling_governor")
    record.minimumClock = SystemFile.integer(clock + "cpuinfo_min_freq").map { Double($0) * 1e3 }
    record.maximumClock = SystemFile.integer(clock + "cpuinfo_max_freq").map { Double($0) * 1e3 }
    return record
  }

  /// One dictionary for each processor; fields outside of processors are left out.
  static func blocks(of text: String) -> [[String: String]] {
    text.split(separator: "\n\n").compactMap { block in
      var fields: [String: String] = [:]
      for line in block.split(separator: "\n") {
        guard let colon = line.firstIndex(of: ":") else { continue }
        let name = line[..<colon].split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let value = line[line.index(after: colon)...].split(separator: " ").joined(separator: " ")
        fields[name] = value
      }
      return fields["processor"] == nil ? nil : fields
    }
  }

  private static func revision(_ fields: [String: String]) -> String? {
    let x86 = ["cpu family", "model", "stepping"].compactMap { fields[$0] }
    if x86.count == 3 { return "family \(x86[0]) model \(x86[1]) stepping \(x86[2])" }
    let arm = ["CPU implementer", "CPU part", "CPU variant", "CPU revision"]
      .compactMap { fields[$0] }
    return arm.count == 4
      ? "implementer \(arm[0]) part \(arm[1]) variant \(arm[2]) revision \(arm[3])" : nil
  }

  private static func sockets(_ processors: [[String: String]]) -> Int? {
    let ids = Set(processors.compactMap { $0["physical id"] })
    return ids.isEmpty ? nil : ids.count
  }

  private static func cores(_ processors: [[String: String]]) -> Int? {
    let ids = Set(
      processors.compactMap { fields in
        fields["core id"].map { "\(fields["physical id"] ?? "0"):\($0)" }
      })
    return ids.isEmpty ? nil : ids.count
  }

  private func caches() -> [CacheRecord] {
    let folder = root + "/sys/devices/system/cpu/cpu0/cache/index"
    return (0..<8).compactMap { index in
      guard let level = SystemFile.line("\(folder)\(index)/level"),
        let type = SystemFile.line("\(folder)\(index)/type"), type != "Instruction",
        let size = SystemFile.line("\(folder)\(index)/size"), let bytes = Self.bytes(size)
      else { return nil }
      let sharing = SystemFile.line("\(folder)\(index)/shared_cpu_list")
      return CacheRecord(
        level: "L\(level)" + (type == "Data" ? "d" : ""), bytes: bytes,
        sharedBy: sharing.map(Self.countOfList))
    }
  }

  /// "32K" or "4M" in bytes.
  static func bytes(_ text: String) -> Int? {
    let factors: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    guard let last = text.last else { return nil }
    guard let factor = factors[last] else { return Int(text) }
    return Int(text.dropLast()).map { $0 * factor }
  }

  /// How many numbers a list such as "0-3,8,10-11" has.
  static func countOfList(_ text: String) -> Int {
    text.split(separator: ",").reduce(0) { count, part in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      return count + (ends.count == 2 && ends[1] >= ends[0] ? ends[1] - ends[0] + 1 : 1)
    }
  }
}
