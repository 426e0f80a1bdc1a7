internal import CMeasurement
internal import StrictJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How the measuring program was built.
public struct BuildRecord: Hashable, Sendable {
  /// Whether this program was built without optimization.
  public static var isDebug: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  /// "release" or "debug".
  public var mode: String
  /// The Swift version, as far as a program can know it.
  public var swift: String
  /// The C compiler.
  public var c: String
  /// The commit of the checkout that holds the program, or what `RIDGELINE_COMMIT` says; `nil`
  /// where neither is known.
  public var commit: String?

  /// How this program was built.
  static func read() -> BuildRecord {
    let compiler = unsafe cm_compiler().map { unsafe String(cString: $0) } ?? "unknown"
    return BuildRecord(
      mode: isDebug ? "debug" : "release", swift: swiftVersion, c: compiler, commit: commit())
  }

  private static var swiftVersion: String {
    #if compiler(>=6.5)
      "6.5 or newer"
    #elseif compiler(>=6.4)
      "6.4"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }

  private static func commit() -> String? {
    if let text = unsafe getenv("RIDGELINE_COMMIT") { return unsafe String(cString: text) }
    guard var folder = programFolder() else { return nil }
    while let slash = folder.lastIndex(of: "/") {
      if let commit = GitCheckout.head(of: folder) { return commit }
      folder = String(folder[..<slash])
    }
    return nil
  }

  private static func programFolder() -> String? {
    var path = [CChar](repeating: 0, count: 4096)
    #if os(Linux)
      let count = unsafe readlink("/proc/self/exe", &path, path.count - 1)
      guard count > 0 else { return nil }
    #elseif canImport(Darwin)
      guard unsafe proc_pidpath(getpid(), &path, UInt32(path.count)) > 0 else { return nil }
    #endif
    let bytes = path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.lastIndex(of: "/").map { String(text[..<$0]) }
  }
}

/// What a git checkout has checked out, read without git.
enum GitCheckout {
  /// The commit of the checkout at `folder`; `nil` if it is none.
  static func head(of folder: String) -> String? {
    var directory = folder + "/.git"
    var common = directory
    // A worktree has a file that names its directory, which names the common one.
    if let line = SystemFile.line(directory), line.hasPrefix("gitdir: ") {
      directory = String(line.dropFirst(8))
      common = directory
      if let parent = SystemFile.line(directory + "/commondir") {
        common = parent.hasPrefix("/") ? parent : directory + "/" + parent
      }
    }
    guard let head = SystemFile.line(directory + "/HEAD") else { return nil }
    guard head.hasPrefix("ref: ") else { return head }
    let reference = String(head.dropFirst(5))
    if let commit = SystemFile.line("\(common)/\(reference)") { return commit }
    let packed = SystemFile.text(common + "/packed-refs", limit: 16 << 20) ?? ""
    let row = packed.split(separator: "\n").first { $0.hasSuffix(" \(reference)") }
    return row?.split(separator: " ").first.map(String.init)
  }
}

extension BuildRecord: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case mode, swift, c, commit
  }

  /// Decodes a record.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    mode = try fields.decode(String.self, forKey: .mode)
    swift = try fields.decode(String.self, forKey: .swift)
    c = try fields.decode(String.self, forKey: .c)
    commit = try fields.decodeIfPresent(String.self, forKey: .commit)
  }
}
