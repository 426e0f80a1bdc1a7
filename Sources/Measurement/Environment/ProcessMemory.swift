#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The memory of this process; what the system does not tell is absent.
public struct ProcessMemory: Hashable, Sendable {
  /// Bytes in memory now.
  public let residentBytes: Int?
  /// Bytes of `residentBytes` that no file backs: a mapped file's pages can be dropped at any time.
  public let anonymousBytes: Int?
  /// The most bytes that were ever in memory.
  public let peakBytes: Int?

  /// Lets the peak begin anew with what is in memory now; returns whether the system can.
  @discardableResult
  public static func resetPeak() -> Bool {
    #if os(Linux)
      // What Linux's proc(5) says of clear_refs.
      SystemFile.write("5", to: "/proc/self/clear_refs")
    #else
      false
    #endif
  }

  /// Reads the state of this process.
  public static func current() -> ProcessMemory {
    #if canImport(Darwin)
      var usage = rusage()
      let status = unsafe getrusage(RUSAGE_SELF, &usage)
      return ProcessMemory(
        residentBytes: nil, anonymousBytes: nil,
        peakBytes: status == 0 ? Int(usage.ru_maxrss) : nil)
    #else
      let text = SystemFile.text("/proc/self/status") ?? ""
      func bytes(_ field: String) -> Int? {
        for line in text.split(separator: "\n") where line.hasPrefix(field + ":") {
          let words = line.split { $0 == " " || $0 == "\t" }
          return words.dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
        }
        return nil
      }
      return ProcessMemory(
        residentBytes: bytes("VmRSS"), anonymousBytes: bytes("RssAnon"),
        peakBytes: bytes("VmHWM"))
    #endif
  }
}
