extension Completion {
  var fishScript: String {
    let names = "_" + function("_names")
    var lines = [
      "# fish completion for \(program); write it to ~/.config/fish/completions/\(program).fish",
      "", "function \(names)",
      "    \(program) list $argv[1] --output csv 2>/dev/null | sed -e 1d -e 's/,.*//'", "end", "",
      "complete -c \(program) -f",
      "complete -c \(program) -n __fish_use_subcommand -l help -d 'Shows the help'",
      "complete -c \(program) -n __fish_use_subcommand -l version -d 'Tells the version'",
    ]
    for command in commands {
      lines += [
        "",
        "complete -c \(program) -n __fish_use_subcommand -a \(command.name)"
          + " -d \(Self.quoted(command.summary.firstSentence))",
      ]
      let start =
        "complete -c \(program) -n '__fish_seen_subcommand_from \(command.name)'"
      lines.append("\(start) -l help -d 'Shows the help'")
      for option in command.options {
        lines.append(
          "\(start) -l \(option.name.drop { $0 == "-" })"
            + fishValue(option, names: names)
            + " -d \(Self.quoted(option.help.firstSentence))")
      }
      for argument in command.arguments {
        switch values(of: argument) {
        case .choices(let words): lines.append("\(start) -a '\(words.joined(separator: " "))'")
        case .files: lines.append("\(start) -F")
        case .listed, nil: break
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func fishValue(_ option: OptionDescription, names: String) -> String {
    guard option.kind != .flag else { return "" }
    let isList = option.kind == .list
    switch values(of: option) {
    case .choices(let words) where isList:
      return " -x -a '(__fish_append , \(words.joined(separator: " ")))'"
    case .choices(let words): return " -x -a '\(words.joined(separator: " "))'"
    case .listed(let subject):
      let values = isList ? "__fish_append , (\(names) \(subject))" : "\(names) \(subject)"
      return (Self.takesFiles(option) ? " -r -F" : " -x") + " -a '(\(values))'"
    case .files: return " -r -F"
    case nil: return " -x"
    }
  }

  private static func takesFiles(_ option: OptionDescription) -> Bool {
    option.placeholder.contains("path")
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }
}
