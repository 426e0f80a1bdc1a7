extension Completion {
  /// Works in bash 3.2, which has no `mapfile` and splits words at `=`.
  var bashScript: String {
    """
    # bash completion for \(program); load it with: source <(\(program) completions bash)

    \(function("_names"))() {
      \(listing)
    }

    # Completes $1 to the words of $2; in a list ($3), what follows the last comma.
    \(function("_words"))() {
      local word=$1 prefix=
      if [ "$3" = list ]; then
        prefix=${word%"${word##*,}"}
        word=${word##*,}
      fi
      COMPREPLY=($(compgen -P "$prefix" -W "$2" -- "$word"))
    }

    \(function())() {
      local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
      local command=${COMP_WORDS[1]}
      COMPREPLY=()
      if [ "$word" = = ]; then
        word=
      elif [ "$before" = = ]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
      fi
      if [ "$COMP_CWORD" -eq 1 ]; then
        \(function("_words")) "$word" '\(topWords)' word
        return
      fi
      case "$command $before" in
    \(bashValues)
      esac
      case "$command" in
    \(bashWords)
      esac
    }

    complete -o default -F \(function()) \(program)

    """
  }

  private var topWords: String {
    (commands.map(\.name) + ["help", "--help", "--version"]).joined(separator: " ")
  }

  private var bashValues: String {
    commands.flatMap { command in
      command.options.filter { $0.kind != .flag }.map { option in
        "    '\(command.name) \(option.name)') "
          + bashAction(values(of: option), isList: option.kind == .list) + " ;;"
      }
    }.joined(separator: "\n")
  }

  private func bashAction(_ values: Values?, isList: Bool) -> String {
    let kind = isList ? "list" : "word"
    switch values {
    case .choices(let words):
      return "\(function("_words")) \"$word\" '\(words.joined(separator: " "))' \(kind); return"
    case .listed(let subject):
      return
        "\(function("_words")) \"$word\" \"$(\(function("_names")) \(subject))\" \(kind); return"
    // Without words, bash completes file names.
    case .files, nil: return "return"
    }
  }

  private var bashWords: String {
    let help = "    help) \(function("_words")) \"$word\" '\(topWords)' word ;;"
    let lines = commands.map { command -> String in
      var words = command.options.map(\.name) + ["--help"]
      for argument in command.arguments {
        if case .choices(let choices) = values(of: argument) { words += choices }
      }
      return "    \(command.name)) \(function("_words")) \"$word\""
        + " '\(words.joined(separator: " "))' word ;;"
    }
    return (lines + [help]).joined(separator: "\n")
  }
}
