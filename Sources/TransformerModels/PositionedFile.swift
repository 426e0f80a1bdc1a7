// The system calls behind the readers of model files; the only unsafe code of the module.
//
// Headers and weights are read, not mapped: a mapped file that another process truncates ends this one.

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Bytes at known positions: a file, or memory in tests.
package protocol PositionedBytes {
  /// The path for messages.
  var name: String { get }
  /// All bytes there are.
  var size: Int { get }
  /// Reads `count` bytes at `offset`, fewer only at the end.
  func read(at offset: Int, count: Int) throws(ModelError) -> [UInt8]
}

/// A regular file, open for positioned reads.
package final class PositionedFile: PositionedBytes {
  package let name: String
  package let size: Int
  private let descriptor: Int32

  package init(path: String) throws(ModelError) {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer.
    descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path, "cannot be opened", code: errno) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw .system(path, "cannot be examined", code: code)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ModelError(file: path, problem: "is not a regular file; name a model file or directory")
    }
    name = path
    size = Int(status.st_size)
    // No model is that large, and sums of sizes stay far from overflow.
    guard size < 1 << 50 else {
      throw ModelError(file: path, problem: "has \(size) bytes; name a model file")
    }
  }

  deinit { close(descriptor) }

  package func read(at offset: Int, count: Int) throws(ModelError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(0, min(count, size - offset)))
    var done = 0
    while done < bytes.count {
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
        return unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      }
      if got > 0 {
        done += got
      } else if got == 0 {
        throw ModelError(file: name, problem: "shrank while it was read; try again")
      } else if errno != EINTR {
        throw .system(name, "cannot be read", code: errno)
      }
    }
    return bytes
  }
}

/// What a path leads to.
enum PathKind {
  case missing, directory, file

  init(_ path: String) {
    var status = stat()
    if unsafe stat(path, &status) != 0 {
      self = .missing
    } else {
      self = status.st_mode & S_IFMT == S_IFDIR ? .directory : .file
    }
  }
}

extension ModelError {
  fileprivate static func system(_ path: String, _ what: String, code: Int32) -> ModelError {
    let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    return ModelError(file: path, problem: "\(what): \(reason); check the path and its permissions")
  }
}

/// A path split into its directory, with the final slash, and its last component.
struct PathParts {
  let directory: String
  let name: String

  init(_ path: String) {
    let end = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    directory = String(path[..<end])
    name = String(path[end...])
  }
}

/// `prefix-00002-of-00003.suffix`: the name under which one part of a split model is stored.
struct PartName {
  let prefix: String
  /// Counted from 1.
  let part: Int
  let count: Int
  let suffix: String

  init?(_ name: String, suffix: String) {
    guard name.hasSuffix(suffix) else { return nil }
    let fields = name.dropLast(suffix.count).split(separator: "-", omittingEmptySubsequences: false)
    guard fields.count >= 4, fields[fields.count - 2] == "of",
      fields[fields.count - 3].utf8.count == 5, let part = Int(fields[fields.count - 3]),
      fields[fields.count - 1].utf8.count == 5, let count = Int(fields[fields.count - 1]),
      (1...99_999).contains(count), (1...count).contains(part)
    else { return nil }
    self.prefix = fields.dropLast(3).joined(separator: "-")
    self.part = part
    self.count = count
    self.suffix = suffix
  }

  /// The name of another part.
  func name(of part: Int) -> String { "\(prefix)-\(padded(part))-of-\(padded(count))\(suffix)" }

  private func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }
}
