internal import StrictJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The memory of the machine; what the system does not tell is absent.
public struct MemoryRecord: Hashable, Sendable {
  /// Bytes installed.
  public var totalBytes: Int?
  /// Bytes that programs could still get.
  public var availableBytes: Int?
  /// Bytes of an ordinary page.
  public var pageBytes: Int
  /// When 2 MiB pages are given: "always", "madvise" or "never".
  public var hugePages: String?

  /// Reads the state of this machine; `root` stands before `/proc` and `/sys`.
  static func read(root: String) -> MemoryRecord {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    #if canImport(Darwin)
      return MemoryRecord(totalBytes: DarwinProcessor.integer("hw.memsize"), pageBytes: page)
    #else
      let text = SystemFile.text(root + "/proc/meminfo") ?? ""
      let policy = SystemFile.line(root + "/sys/kernel/mm/transparent_hugepage/enabled")
      return MemoryRecord(
        totalBytes: bytes("MemTotal", in: text), availableBytes: bytes("MemAvailable", in: text),
        pageBytes: page, hugePages: policy.flatMap(chosen))
    #endif
  }

  /// A field of `/proc/meminfo`, which counts in KiB.
  static func bytes(_ field: String, in text: String) -> Int? {
    for line in text.split(separator: "\n") where line.hasPrefix(field + ":") {
      return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
    return nil
  }

  /// The word in brackets of "always [madvise] never".
  static func chosen(_ policy: String) -> String? {
    guard let start = policy.firstIndex(of: "["), let end = policy.firstIndex(of: "]"),
      start < end
    else { return nil }
    return String(policy[policy.index(after: start)..<end])
  }
}

extension MemoryRecord: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case totalBytes = "total_bytes"
    case availableBytes = "available_bytes"
    case pageBytes = "page_bytes"
    case hugePages = "huge_pages"
  }

  /// Decodes a record.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    totalBytes = try fields.decodeIfPresent(Int.self, forKey: .totalBytes)
    availableBytes = try fields.decodeIfPresent(Int.self, forKey: .availableBytes)
    pageBytes = try fields.decode(Int.self, forKey: .pageBytes)
    hugePages = try fields.decodeIfPresent(String.self, forKey: .hugePages)
  }
}
