#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads and writes small files whose size the system does not know, as those under `/proc` and `/sys`.
enum SystemFile {
  /// The text of a file, at most `limit` bytes of it; `nil` if it cannot be read.
  static func text(_ path: String, limit: Int = 1 << 20) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: min(limit, 65_536))
    while bytes.count < limit {
      let count = unsafe block.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress, min($0.count, limit - bytes.count))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += block[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The first line of a file without white space around it; `nil` if there is none.
  static func line(_ path: String) -> String? {
    guard let text = text(path, limit: 4096) else { return nil }
    let line = text.prefix { $0 != "\n" && $0 != "\0" }.split(separator: " ").joined(separator: " ")
    return line.isEmpty ? nil : line
  }

  /// Writes `text` in one call; returns whether the system took it.
  static func write(_ text: String, to path: String) -> Bool {
    let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    return unsafe bytes.withUnsafeBytes {
      #if canImport(Glibc)
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      #elseif canImport(Musl)
        unsafe Musl.write(descriptor, $0.baseAddress, $0.count)
      #else
        unsafe Darwin.write(descriptor, $0.baseAddress, $0.count)
      #endif
    } == bytes.count
  }

  /// The whole number in the first line of a file.
  static func integer(_ path: String) -> Int? { line(path).flatMap { Int($0) } }
}
