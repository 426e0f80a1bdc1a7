import Foundation
import Testing

/// What is shown on a terminal, and what is left of it when the program is interrupted.
@Suite(.enabled(if: ShellRun.path(of: "script") != nil, "script(1) is not installed"))
struct TerminalTests {
  private let directory: ScratchDirectory

  init() throws { directory = try ScratchDirectory() }

  /// Runs a script on a terminal of its own.
  private func run(_ script: String, environment: [String: String]) throws -> ShellRun {
    let path = try directory.file("script.sh", script)
    return try ShellRun(
      "script -qec 'sh \(path)' /dev/null", environment: environment, in: directory)
  }

  @Test func `progress is shown where a line can be erased, and not on a dumb terminal`() throws {
    let devices = "nvidia-t4,nvidia-rtx-4090,raspberry-pi-5,raspberry-pi-4,apple-m2-8-core-gpu"
    let line = "ridgeline compare --model all --precision q4_0,f16,q8_0 --device \(devices)"
    for (terminal, isShown) in [("xterm", true), ("dumb", false)] {
      let run = try ShellRun(
        "script -qec '\(line) > /dev/null' /dev/null", environment: ["TERM": terminal],
        in: directory)
      #expect(run.exitCode == 0 && run.output.contains("predictions") == isShown, "\(run.output)")
    }
  }

  @Test func `colours are those of terminals that have them and of people who want them`() throws {
    let chart = "ridgeline predict --model llama-2-7b --device nvidia-t4 --charts"
    let environments = [
      ["TERM": "xterm", "NO_COLOR": ""], ["TERM": "dumb", "NO_COLOR": ""],
      ["TERM": "xterm", "NO_COLOR": "1"],
    ]
    for (environment, isColoured) in zip(environments, [true, false, false]) {
      let run = try run(chart, environment: environment)
      #expect(run.exitCode == 0 && run.output.contains("\u{1b}[") == isColoured, "\(environment)")
    }
  }

  @Test(arguments: ["INT", "TERM", "HUP"])
  func `an interrupted terminal keeps its settings, its cursor and a clean line`(
    signal: String
  ) throws {
    let run = try run(
      """
      stty -a > before
      ridgeline bench smoke --allow-debug-build --budget 1 --results r.jsonl &
      while ! grep -q '"result"' r.jsonl; do sleep 0.02; done 2> /dev/null
      kill -\(signal) $!; wait $!; echo "code $?"
      stty -a > after; cmp before after && echo the same
      """, environment: ["TERM": "xterm"])
    #expect(run.output.contains("code 130") && run.output.contains("the same"), "\(run.output)")
    #expect(run.output.contains("the same command goes on"))
    // The progress line was there and is erased, and no cursor was hidden.
    let end = run.output.range(of: "\u{1b}[K", options: .backwards)?.upperBound
    let rest = try #require(end.map { run.output[$0...] })
    #expect(!rest.contains("[1/") && run.output.contains("[1/"))
    #expect(!run.output.contains("\u{1b}[?25l"))
  }

  @Test(.enabled(if: ShellRun.path(of: "nohup") != nil, "nohup(1) is not installed"))
  func `a run under nohup outlives its terminal`() throws {
    let run = try ShellRun(
      """
      nohup ridgeline bench smoke --allow-debug-build --budget 0.01 --results r.jsonl > table &
      while ! grep -q '"result"' r.jsonl; do sleep 0.02; done 2> /dev/null
      kill -HUP $!; wait $!; echo "code $?"
      """, in: directory)
    #expect(run.output == "code 0\n", "\(run.output) \(run.errors)")
  }
}
