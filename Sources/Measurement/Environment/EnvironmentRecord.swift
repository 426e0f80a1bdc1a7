internal import CMeasurement
internal import StrictJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where measurements were taken: every results file carries it.
public struct EnvironmentRecord: Hashable, Sendable {
  /// A name that the user gave the machine, to tell machines of one kind apart.
  public var machineName: String?
  /// The processors.
  public var processor: ProcessorRecord
  /// The memory.
  public var memory: MemoryRecord
  /// "Linux 6.8.0-45-generic", "Darwin 24.1.0".
  public var operatingSystem: String
  /// The signature of the hypervisor; `nil` outside a virtual machine or where it hides.
  public var hypervisor: String?
  /// The share of CPU time since the start that the hypervisor gave to others.
  public var stolenShare: Double?
  /// Load averages over 1, 5 and 15 minutes when measuring began.
  public var loadAverages: [Double]
  /// How the program was built.
  public var build: BuildRecord

  /// The environment of this process.
  ///
  /// `machineName` is a name for the machine, `root` what stands before `/proc` and `/sys`.
  public static func current(machineName: String? = nil, root: String = "") -> EnvironmentRecord {
    #if canImport(Darwin)
      var processor = DarwinProcessor.record(architecture: architecture)
    #else
      var processor = LinuxProcessor(root: root).record(architecture: architecture)
    #endif
    processor.allowedProcessors = Affinity.allowedProcessors
    processor.measuredClock = CoreClock.estimateHertz()
    return EnvironmentRecord(
      machineName: machineName, processor: processor, memory: MemoryRecord.read(root: root),
      operatingSystem: operatingSystemName(), hypervisor: hypervisorName(),
      stolenShare: stolenShare(root: root), loadAverages: averages(), build: BuildRecord.read())
  }

  /// Processors that threads can run on at the same time.
  public var usableProcessors: Int {
    min(processor.allowedProcessors ?? processor.logicalProcessors, processor.logicalProcessors)
  }

  private static var architecture: String {
    #if arch(x86_64)
      "x86_64"
    #elseif arch(arm64)
      "arm64"
    #else
      "other"
    #endif
  }

  private static func operatingSystemName() -> String {
    var names = utsname()
    guard unsafe uname(&names) == 0 else { return "unknown" }
    return "\(text(of: names.sysname)) \(text(of: names.release))"
  }

  /// A C array of characters, which Swift imports as a tuple.
  private static func text<Tuple>(of tuple: Tuple) -> String {
    unsafe withUnsafeBytes(of: tuple) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private static func hypervisorName() -> String? {
    #if canImport(Darwin)
      return DarwinProcessor.integer("kern.hv_vmm_present") == 1 ? "present" : nil
    #else
      let bytes = (0..<3).flatMap { part in
        withLittleEndianBytes(cm_hypervisor_signature(Int32(part)))
      }
      let name = String(decoding: bytes.filter { (0x21...0x7e).contains($0) }, as: UTF8.self)
      return name.isEmpty ? SystemFile.line("/sys/hypervisor/type") : name
    #endif
  }

  private static func withLittleEndianBytes(_ word: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
  }

  private static func stolenShare(root: String) -> Double? {
    guard let text = SystemFile.text(root + "/proc/stat", limit: 4096) else { return nil }
    let ticks = text.prefix { $0 != "\n" }.split(separator: " ").dropFirst()
      .compactMap { Double($0) }
    let total = ticks.prefix(8).reduce(0, +)
    return ticks.count > 7 && total > 0 ? ticks[7] / total : nil
  }

  private static func averages() -> [Double] {
    var averages = [0.0, 0.0, 0.0]
    let count = unsafe getloadavg(&averages, 3)
    return Array(averages.prefix(Int(max(0, count))))
  }
}

extension EnvironmentRecord: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case processor, memory, hypervisor, build
    case machineName = "machine_name"
    case operatingSystem = "operating_system"
    case stolenShare = "stolen_share"
    case loadAverages = "load_averages"
  }

  /// Decodes a record.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    machineName = try fields.decodeIfPresent(String.self, forKey: .machineName)
    processor = try fields.decode(ProcessorRecord.self, forKey: .processor)
    memory = try fields.decode(MemoryRecord.self, forKey: .memory)
    operatingSystem = try fields.decode(String.self, forKey: .operatingSystem)
    hypervisor = try fields.decodeIfPresent(String.self, forKey: .hypervisor)
    stolenShare = try fields.decodeIfPresent(Double.self, forKey: .stolenShare)
    loadAverages = try fields.decode([Double].self, forKey: .loadAverages)
    build = try fields.decode(BuildRecord.self, forKey: .build)
  }
}
