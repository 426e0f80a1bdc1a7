extension Command {
  /// Reads the words after the command's name; throws `UsageError` on the first mistake.
  ///
  /// `--name value` and `--name=value` mean the same; after `--` every word is positional. A word
  /// that starts with a hyphen is a value only if it is a negative number or stands after `=`.
  public static func parse(_ words: [String]) throws(UsageError) -> Self {
    var parser = CommandParser<Self>()
    try parser.read(words)
    return try parser.finished()
  }
}

/// The state of reading one command line.
private struct CommandParser<C: Command> {
  private var command = C()
  private let options: [String: Option<C>]
  private let arguments = C.arguments
  private var seen: Set<String> = []
  private var positionals: [String] = []

  init() {
    options = Dictionary(C.options.map { ($0.name, $0) }) { first, _ in
      preconditionFailure("command '\(C.name)' declares option '\(first.name)' twice")
    }
  }

  mutating func read(_ words: [String]) throws(UsageError) {
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        positionals += rest
        return
      }
      if looksLikeOption(word) {
        try readOption(word, &rest)
      } else {
        positionals.append(word)
      }
    }
  }

  private mutating func readOption(
    _ word: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    let equals = word.firstIndex(of: "=")
    let name = equals.map { String(word[..<$0]) } ?? word
    let attached = equals.map { String(word[word.index(after: $0)...]) }
    guard let option = options[name] else {
      let known = C.options.map(\.name) + ["--help"]
      throw UsageError("unknown option '\(name)'" + didYouMean(name, in: known, limit: 1))
    }
    let isFirst = seen.insert(name).inserted
    if option.kind == .flag {
      guard attached == nil else { throw UsageError("'\(name)' takes no value") }
      return try option.store(&command, "", isFirst)
    }
    let value = attached ?? (rest.first.map(looksLikeOption) == false ? rest.popFirst() : nil)
    guard let value, !value.isEmpty else {
      throw UsageError("'\(name)' needs a value \(option.valueNotation)")
    }
    try option.store(&command, value, isFirst)
  }

  mutating func finished() throws(UsageError) -> C {
    var rest = positionals[...]
    for argument in arguments {
      guard !rest.isEmpty else {
        guard argument.isRequired else { continue }
        let choices = argument.choices.isEmpty ? "" : argument.choices.joined(separator: "|")
        throw UsageError(
          "missing argument <\(argument.name)>" + (choices.isEmpty ? "" : " (\(choices))"))
      }
      var isFirst = true
      repeat {
        guard let word = rest.popFirst() else { break }
        try argument.store(&command, word, isFirst)
        isFirst = false
      } while argument.isRest && !rest.isEmpty
    }
    if let surplus = rest.first {
      let asOption = options.keys.contains("--" + surplus) ? ["--" + surplus] : []
      throw UsageError("unexpected argument '\(surplus)'" + didYouMean(exactly: asOption))
    }
    return command
  }
}

/// Whether a word is meant as an option: it starts with a hyphen and is neither "-" nor negative.
private func looksLikeOption(_ word: String) -> Bool {
  guard word.utf8.first == UInt8(ascii: "-") else { return false }
  guard let second = word.utf8.dropFirst().first else { return false }
  return !(0x30...0x39).contains(second) && second != UInt8(ascii: ".")
}
