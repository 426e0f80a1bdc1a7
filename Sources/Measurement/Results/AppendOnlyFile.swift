internal import CMeasurement

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file of lines that several processes append to, and that survives the death of any of them.
///
/// A line is one write under an advisory lock, which the system releases when its owner dies. A line
/// without an end can therefore only be the last word of a dead writer; the next writer removes it.
final class AppendOnlyFile {
  let path: String

  private let descriptor: Int32
  private let isRegular: Bool

  /// Opens the file for appending; creates it if it is missing.
  init(path: String) throws(ResultsError) {
    self.path = path
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw ResultsError(file: path, "cannot be written", code: errno)
    }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw ResultsError(file: path, "cannot be examined", code: code)
    }
    isRegular = status.st_mode & S_IFMT == S_IFREG
  }

  deinit { close(descriptor) }

  /// Makes sure that `bytes` more will fit the disk, where the system can tell.
  func reserve(bytes: Int) throws(ResultsError) {
    guard isRegular else { return }
    let code = cm_reserve(descriptor, UInt64(bytes))
    guard code == 0 else { throw ResultsError(file: path, "has no room for results", code: code) }
  }

  /// Does `body` while no other process appends, with everything from `offset` on that has an end.
  ///
  /// Lines that `body` returns are appended. A line without an end is cut off before.
  ///
  /// - Returns: The offset behind the lines that `body` was shown.
  func append(
    after offset: Int, _ body: ([UInt8]) throws(ResultsError) -> [[UInt8]]
  ) throws(ResultsError) -> Int {
    guard isRegular else {
      for line in try body([]) { try write(line, at: nil) }
      return 0
    }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw ResultsError(file: path, "cannot be locked", code: errno) }
    }
    defer { _ = flock(descriptor, LOCK_UN) }
    var tail = try read(from: offset)
    let whole = tail.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    if whole < tail.count {
      guard ftruncate(descriptor, off_t(offset + whole)) == 0 else {
        throw ResultsError(file: path, "has a torn line that cannot be removed", code: errno)
      }
      tail.removeLast(tail.count - whole)
    }
    let shown = offset + whole
    var end = shown
    for line in try body(tail) {
      try write(line, at: end)
      end += line.count
    }
    return shown
  }

  /// Writes a line with one call; what was written of it is taken back if not all of it was.
  private func write(_ line: [UInt8], at offset: Int?) throws(ResultsError) {
    var written = -1
    repeat {
      written = unsafe line.withUnsafeBytes { unsafe systemWrite(descriptor, $0) }
    } while written < 0 && errno == EINTR
    let code = written < 0 ? errno : ENOSPC
    if written != line.count {
      if let offset { _ = ftruncate(descriptor, off_t(offset)) }
      throw ResultsError(file: path, "cannot be written", code: code)
    }
  }

  private func read(from offset: Int) throws(ResultsError) -> [UInt8] {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe block.withUnsafeMutableBytes {
        unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(offset + bytes.count))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw ResultsError(file: path, "cannot be read", code: errno) }
      if count == 0 { return bytes }
      bytes += block[..<count]
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  unsafe write(descriptor, bytes.baseAddress, bytes.count)
}
