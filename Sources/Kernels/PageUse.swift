#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which pages hold a matrix: results say so, because small pages cost up to a third in decode.
public enum PageUse: Equatable, Sendable, CustomStringConvertible {
  /// The system's ordinary pages.
  case small
  /// 2 MiB pages were requested; the system does not say how many it gave.
  case requested
  /// The share of the bytes in 2 MiB pages, as the kernel reports it: 0 to 1.
  case huge(share: Double)

  /// One or two words for a report.
  public var description: String {
    switch self {
    case .small: "4 KiB pages"
    case .requested: "2 MiB pages requested"
    case .huge(let share): "\(Int((share * 100).rounded())) % in 2 MiB pages"
    }
  }

  /// Reads how much of the mappings within first..<end is in huge pages.
  ///
  /// Mappings with equal properties merge, so one line can describe more than was asked for; the
  /// share is then that of the merged mapping.
  static func read(first: UInt, end: UInt, of count: Int) -> PageUse {
    guard let file = fopen("/proc/self/smaps", "r") else { return .requested }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    var mapped = 0.0
    var huge = 0.0
    var inside = false
    while fgets(&line, Int32(line.count), file) != nil {
      let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      let text = String(decoding: bytes, as: UTF8.self)
      if let range = addresses(in: text) {
        inside = range.lowerBound < end && first < range.upperBound
      } else if inside, text.hasPrefix("Rss:") {
        mapped += kibibytes(in: text)
      } else if inside, text.hasPrefix("AnonHugePages:") {
        huge += kibibytes(in: text)
      }
    }
    return mapped > 0 ? .huge(share: min(1, huge / mapped)) : .requested
  }

  private static func addresses(in line: String) -> Range<UInt>? {
    let ends = line.prefix { $0 != " " }.split(separator: "-")
    guard ends.count == 2, let first = UInt(ends[0], radix: 16), let end = UInt(ends[1], radix: 16)
    else { return nil }
    return first < end ? first..<end : nil
  }

  private static func kibibytes(in line: String) -> Double {
    line.split(separator: " ").compactMap { Double($0) }.first ?? 0
  }
}
