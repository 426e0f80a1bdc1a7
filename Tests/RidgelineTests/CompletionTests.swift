import CommandLineKit
import Foundation
import Testing

@testable import ridgeline

/// Completions, in the shells themselves.
@Suite struct CompletionTests {
  private static func has(_ shell: String) -> Bool { ShellRun.path(of: shell) != nil }

  /// Lines that end where somebody presses Tab, and what must be among the completions.
  static let lines: [(line: String, expected: [String], unexpected: String)] = [
    ("ridgeline pre", ["predict"], "compare"),
    ("ridgeline predict --outp", ["--output"], "--model"),
    ("ridgeline predict --output ", ["text", "markdown", "csv", "json"], "--model"),
    ("ridgeline list dev", ["devices"], "models"),
    ("ridgeline predict --model llama-2-", ["llama-2-7b", "llama-2-13b"], "llama-3-8b"),
    ("ridgeline predict --device raspberry-pi-", ["raspberry-pi-5"], "nvidia-t4"),
    ("ridgeline completions ", ["bash", "zsh", "fish"], "--output"),
  ]

  /// What bash would offer: the words of the line are those that readline hands to the function.
  private static func bash(_ line: String, in directory: ScratchDirectory) throws -> [String] {
    try ShellRun(
      """
      source <(ridgeline completions bash)
      read -ra COMP_WORDS <<< '\(line)'
      [[ '\(line)' = *' ' ]] && COMP_WORDS+=('')
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _ridgeline
      printf '%s\\n' "${COMPREPLY[@]}"
      """, shell: "bash", options: ["--norc", "-c"], in: directory
    ).output.split(separator: "\n").map(String.init)
  }

  @Test(.enabled(if: has("bash"), "bash is not installed"))
  func `bash completes commands, options and names`() throws {
    let directory = try ScratchDirectory()
    for (line, expected, unexpected) in Self.lines {
      let words = try Self.bash(line, in: directory)
      #expect(Set(expected).isSubset(of: words), "'\(line)': \(words)")
      #expect(!words.contains(unexpected), "'\(line)'")
    }
    let list = try Self.bash("ridgeline compare --device nvidia-t4,raspberry-pi-", in: directory)
    #expect(list.contains("nvidia-t4,raspberry-pi-5"), "\(list)")
    let equals = try Self.bash("ridgeline predict --output = js", in: directory)
    #expect(equals == ["json"])
  }

  @Test(.enabled(if: has("fish"), "fish is not installed"))
  func `fish completes commands, options and names`() throws {
    let directory = try ScratchDirectory()
    for (line, expected, unexpected) in Self.lines {
      let run = try ShellRun(
        "ridgeline completions fish | source; complete -C'\(line)'", shell: "fish",
        options: ["--no-config", "-c"], environment: ["HOME": directory.url.path], in: directory)
      let words = run.output.split(separator: "\n").compactMap {
        $0.split(separator: "\t").first.map(String.init)
      }
      #expect(Set(expected).isSubset(of: words), "'\(line)': \(words) \(run.errors)")
      #expect(!words.contains(unexpected), "'\(line)'")
    }
  }

  /// zsh completes only for people, so one is played through a pseudo-terminal.
  @Test(.enabled(if: has("zsh"), "zsh is not installed"))
  func `zsh completes commands, options and names`() throws {
    let directory = try ScratchDirectory()
    let script = """
      zmodload zsh/zpty
      zpty z zsh -f -i
      say() { zpty -w z "$1"; }
      say 'PS1=; PS2=; unsetopt beep; autoload -U compinit; compinit -u -D; LISTMAX=10000'
      say 'source <(ridgeline completions zsh); bindkey "^I" complete-word'
      say 'show() { print -r -- "<<$BUFFER>>"; BUFFER=; }; zle -N show; bindkey "^X" show'
      say 'echo rea''dy'
      zpty -r z text '*ready*'
      for line in "$@"; do
        zpty -n -w z "$line"$'\\t'
        sleep 1
        zpty -n -w z $'\\x18'
        zpty -r z text '*>>*'
        print -r -- "${${text##*<<}%%>>*}"
      done
      """
    let path = try directory.file("complete.zsh", script)
    let lines = [
      "ridgeline predi": "ridgeline predict",
      "ridgeline predict --outp": "ridgeline predict --output=",
      "ridgeline list dev": "ridgeline list devices",
      "ridgeline predict --device raspberry-pi-400": "ridgeline predict --device raspberry-pi-400",
      "ridgeline predict --model llama-2-13": "ridgeline predict --model llama-2-13b",
      "ridgeline compare --output mark": "ridgeline compare --output markdown",
      "ridgeline compare --device nvidia-t4,raspberry-pi-40":
        "ridgeline compare --device nvidia-t4,raspberry-pi-400,",
    ].sorted { $0.key < $1.key }
    let arguments = lines.map { "'\($0.key)'" }.joined(separator: " ")
    let run = try ShellRun(
      "timeout 100 zsh -f \(path) \(arguments)", environment: ["TERM": "xterm"], in: directory)
    let completed = run.output.split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    #expect(completed == lines.map(\.value), "\(run.errors)")
  }

  @Test func `every option of every command is in every script`() {
    for shell in Shell.allCases {
      let script = CommandRun("completions \(shell.rawValue)").output
      for command in RidgelineProgram.program.commands {
        for option in command.options {
          let name = shell == .fish ? "-l \(option.name.dropFirst(2))" : option.name
          #expect(script.contains(name), "\(shell), \(command.name) \(option.name)")
        }
      }
    }
  }

  @Test func `the manual page has every command and option`() {
    let page = CommandRun("manual").output.replacingOccurrences(of: "\\-", with: "-")
    for command in RidgelineProgram.program.commands {
      #expect(page.contains(".SS \(command.name)\n"))
      for option in command.options { #expect(page.contains("\\fB\(option.name)\\fR")) }
    }
  }

  @Test(.enabled(if: has("groff"), "groff is not installed"))
  func `the manual page is formatted without a complaint`() throws {
    let directory = try ScratchDirectory()
    let run = try ShellRun("ridgeline manual | groff -man -Tascii -P-cbou -ww", in: directory)
    #expect(run.exitCode == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(run.output.contains("EXIT STATUS"))
  }
}
