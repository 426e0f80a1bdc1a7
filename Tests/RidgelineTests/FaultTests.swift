import Foundation
import Testing

/// What the world does to a program: pipes that close, files that change, other languages.
@Suite struct FaultTests {
  private static let question = "predict --model llama-2-7b --precision q4_0 --device nvidia-t4"
  private let directory: ScratchDirectory

  init() throws { directory = try ScratchDirectory() }

  @Test func `a reader that goes away is no failure`() throws {
    let run = try ShellRun(
      """
      { ridgeline compare --model all --precision q4_0,f16 --device all --output csv; echo $? >&2; } \
        | head -n 2
      """, in: directory)
    #expect(run.output.split(separator: "\n").count == 2)
    #expect(run.errors == "0\n", "\(run.errors)")
  }

  @Test func `closed streams do no harm`() throws {
    let run = try ShellRun("ridgeline list engines >&- 2>&-; echo $?", in: directory)
    #expect(["0\n", "1\n"].contains(run.output))
  }

  @Test(arguments: ["/dev/zero", "/dev/null", "/dev/tty"])
  func `devices are not read for ever`(device: String) {
    for command in [
      "validate \(device)", "diff \(device) \(device)", "inspect \(device)",
      "predict --model llama-2-7b --device \(device)", "report \(device)",
    ] {
      let run = CommandRun(command)
      #expect(run.exitCode == 1 && run.errors.contains(device), "\(command): \(run.errors)")
    }
  }

  @Test func `a file that shrinks while it is read is refused`() async throws {
    let path = try directory.file("m.gguf", Data("GGUF".utf8) + Data(count: 1 << 20))
    let shrinking = Task.detached {
      for size in stride(from: 1 << 20, to: 0, by: -4096) { _ = unsafe truncate(path, off_t(size)) }
    }
    for _ in 0..<20 { #expect(CommandRun("inspect \(path)").exitCode == 1) }
    await shrinking.value
  }

  @Test func `a directory of 10,000 files is read as fast as any`() throws {
    for index in 0..<10_000 {
      #expect(
        FileManager.default.createFile(
          atPath: "\(directory.url.path)/\(index).txt", contents: nil))
    }
    let none = CommandRun("inspect \(directory.url.path)")
    #expect(none.exitCode == 1 && none.errors.contains("holds no GGUF or safetensors file"))
    let config = try Checkout.text(
      "Tests/TransformerModelsTests/Resources/configs/llama-2-7b.json")
    _ = try directory.file("config.json", config)
    #expect(CommandRun("inspect \(directory.url.path)").exitCode == 0)
  }

  @Test func `a name that is not UTF-8 is refused, and nothing else is read`() throws {
    let run = try ShellRun(
      "printf '{}' > \"$(printf 'a\\377.json')\"; ridgeline inspect \"$(printf 'a\\377.json')\"",
      in: directory)
    #expect(run.exitCode == 1 && run.errors.hasPrefix("error: a\u{fffd}.json: does not exist"))
  }

  @Test func `escape sequences in names do not reach the terminal`() throws {
    let run = try ShellRun(
      "ridgeline inspect \"$(printf 'x\\033]0;owned\\007.gguf')\"", in: directory)
    #expect(run.exitCode == 1 && !run.errors.contains("\u{1b}"))
  }

  @Test(arguments: [
    ["LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"], ["LC_ALL": "tr_TR.UTF-8"],
    ["TZ": "Asia/Kathmandu"], ["LC_ALL": "C"], ["NO_COLOR": "1"], ["TERM": "dumb"], ["HOME": "/"],
  ])
  func `locale, time zone and terminal change nothing`(environment: [String: String]) throws {
    let commands = "ridgeline \(Self.question); ridgeline list devices --match a100 --output json"
    let plain = try ShellRun(commands, in: directory)
    let other = try ShellRun(commands, environment: environment, in: directory)
    #expect(other.output == plain.output && !plain.output.isEmpty)
    #expect(!plain.output.contains("\u{1b}"))
  }
}
