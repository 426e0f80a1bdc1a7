import Foundation
import Testing

/// Disks that are full or read-only, and files that may not be read.
@Suite struct DiskFaultTests {
  private static let question = "predict --model llama-2-7b --precision q4_0 --device nvidia-t4"
  private static let page =
    "compare --model llama-2-7b --precision q4_0 --device nvidia-t4 --html"
  private static let isRoot = geteuid() == 0
  private let directory: ScratchDirectory

  init() throws { directory = try ScratchDirectory() }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"))
  func `a full disk is a clear failure`() throws {
    for command in [Self.question, "list devices", "completions bash", "manual", "--help"] {
      let run = try ShellRun("ridgeline \(command) > /dev/full", in: directory)
      #expect(run.exitCode == 1, "\(command)")
      #expect(run.errors == "error: standard output: No space left on device\n", "\(command)")
    }
  }

  /// Root reads and writes everything, unless it gives that up.
  private static let asOwner =
    isRoot ? "setpriv --bounding-set=-dac_override,-dac_read_search " : ""

  @Test(
    .enabled(
      if: !isRoot || ShellRun.path(of: "setpriv") != nil,
      "root may read and write everything, and setpriv(1) is not installed"))
  func `unreadable files and read-only directories are named`() throws {
    let run = try ShellRun(
      """
      echo '{}' > secret.json; chmod 000 secret.json; mkdir fixed; chmod 555 fixed
      \(Self.asOwner)ridgeline predict --model llama-2-7b --device secret.json; echo $?
      \(Self.asOwner)ridgeline inspect secret.json; echo $?
      \(Self.asOwner)ridgeline bench smoke --allow-debug-build --results fixed/r.jsonl; echo $?
      \(Self.asOwner)ridgeline \(Self.page) fixed/page.html > page; echo $?
      chmod 755 fixed
      """, in: directory)
    #expect(run.output == "1\n1\n1\n1\n", "\(run.errors)")
    let errors = run.errors.split(separator: "\n").filter { $0.hasPrefix("error: ") }
    #expect(errors.count == 4, "\(run.errors)")
    #expect(errors.prefix(2).allSatisfy { $0.contains("secret.json: cannot be opened") })
    #expect(errors[2].contains("fixed/r.jsonl: cannot be written: Permission denied"))
    #expect(errors[3].contains("--html fixed/page.html: cannot be written"))
  }

  private static let mounts: Bool = {
    guard let directory = try? ScratchDirectory() else { return false }
    let run = try? ShellRun("unshare -m mount -t tmpfs tmpfs .", in: directory)
    return run?.exitCode == 0
  }()

  /// Runs a script where `disk` is a file system of `size` bytes, which only it sees.
  private func run(_ script: String, size: Int) throws -> ShellRun {
    let path = try directory.file(
      "script.sh", "mkdir disk; mount -t tmpfs -o size=\(size) tmpfs disk\n\(script)")
    return try ShellRun("unshare -m sh \(path)", in: directory)
  }

  @Test(.enabled(if: mounts, "file systems may not be mounted here"))
  func `a disk without room for results is told before measuring`() throws {
    let bench = "ridgeline bench smoke --allow-debug-build --budget 0.01 --results disk/r.jsonl"
    let run = try run(
      """
      \(bench); echo $?
      mount -o remount,size=64m disk; \(bench) > table; echo $?
      """, size: 8192)
    #expect(run.output == "1\n0\n", "\(run.errors)")
    #expect(run.errors.contains("has no room for results: No space left on device; free some"))
  }

  @Test(.enabled(if: mounts, "file systems may not be mounted here"))
  func `a page that does not fit leaves the old one as it was`() throws {
    let run = try run(
      """
      echo old > disk/page.html
      ridgeline \(Self.page) disk/page.html > table; echo $?
      cat disk/page.html; ls disk | wc -l
      """, size: 8192)
    #expect(run.output.split(separator: "\n") == ["1", "old", "1"], "\(run.output)")
    #expect(run.errors.contains("--html disk/page.html: cannot be written"), "\(run.errors)")
  }

  @Test(.enabled(if: mounts, "file systems may not be mounted here"))
  func `a read-only disk is named`() throws {
    let run = try run(
      """
      mount -o remount,ro disk
      ridgeline bench smoke --allow-debug-build --results disk/r.jsonl; echo $?
      ridgeline calibrate disk/mine.json --quick --allow-debug-build; echo $?
      ridgeline \(Self.page) disk/page.html > table; echo $?
      """, size: 65_536)
    #expect(run.output == "1\n1\n1\n", "\(run.errors)")
    #expect(run.errors.contains("disk/r.jsonl: cannot be written: Read-only file system"))
    #expect(run.errors.contains("disk/mine.samples.jsonl: cannot be written: Read-only file"))
  }
}
