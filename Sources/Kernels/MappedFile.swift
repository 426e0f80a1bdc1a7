#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file in memory, as the operating system pages it in; read only.
///
/// Whoever truncates the file meanwhile ends this program.
public final class MappedFile: @unchecked Sendable {
  /// The bytes of the file.
  public let count: Int
  private let start: UnsafeRawPointer
  private let mappedCount: Int

  /// Maps the file at `path`.
  ///
  /// - Throws: ``MappedFileError`` if it cannot be opened or mapped.
  public init(path: String) throws(MappedFileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw MappedFileError(path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw MappedFileError(path: path, code: errno) }
    count = Int(status.st_size)
    mappedCount = max(1, count)
    guard let start = mmap(nil, mappedCount, PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else { throw MappedFileError(path: path, code: errno) }
    self.start = UnsafeRawPointer(start)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: start), mappedCount) }

  /// A copy of the bytes in `range`, which must be within the file.
  public func bytes(_ range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count) bytes")
    return [UInt8](UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count))
  }

  /// Gives the pages within `range` back: they are read again when they are needed again.
  public func forget(_ range: Range<Int>) {
    let page = 16_384
    let first = (range.lowerBound + page - 1) / page * page
    let end = min(range.upperBound, count) / page * page
    guard first < end else { return }
    madvise(UnsafeMutableRawPointer(mutating: start + first), end - first, MADV_DONTNEED)
  }
}

/// Why a file cannot be mapped.
public struct MappedFileError: Error, Equatable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What the operating system said.
  public let code: Int32

  /// Which file, why and the remedy.
  public var description: String {
    let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
    return "\(path): cannot be mapped: \(reason); check the path and its permissions"
  }
}
