extension Completion {
  var zshScript: String {
    """
    #compdef \(program)
    # zsh completion for \(program); write it to a file called _\(program) in a directory of $fpath.

    \(function("_names"))() {
      local -a names
      names=(${(f)"$(\(listing))"})
      shift
      compadd "$@" -a names
    }

    \(function("_commands"))() {
      local -a commands
      commands=(
    \(zshCommands)
      )
      _describe command commands
    }

    \(function())() {
      local curcontext="$curcontext" state line
      typeset -A opt_args
      _arguments -C '1: :\(function("_commands"))' '*::argument:->arguments'
      [[ $state = arguments ]] || return 0
      case $words[1] in
    \(commands.map(zshCase).joined(separator: "\n"))
        help) _arguments '1: :\(function("_commands"))' ;;
      esac
    }

    if [[ $funcstack[1] = _\(program) ]]; then
      \(function()) "$@"
    else
      compdef \(function()) \(program)
    fi

    """
  }

  private var zshCommands: String {
    commands.map { "    '\($0.name):\(Self.zshText($0.summary.firstSentence))'" }
      .joined(separator: "\n")
  }

  private func zshCase(_ command: CommandDescription) -> String {
    var specifications = command.options.map { option -> String in
      let repeats = option.kind == .list ? "*" : ""
      let text =
        "\(repeats)\(option.name)\(option.kind == .flag ? "" : "=")"
        + "[\(Self.zshText(option.help.firstSentence))]"
      guard option.kind != .flag else { return text }
      return text + ":\(Self.zshText(option.placeholder)):"
        + zshAction(values(of: option), isList: option.kind == .list)
    }
    specifications.append("--help[Shows the help]")
    for argument in command.arguments {
      specifications.append(
        (argument.isRest ? "*" : "") + ":\(Self.zshText(argument.name)):"
          + zshAction(values(of: argument), isList: false))
    }
    let lines = specifications.map { "        '\($0)'" }.joined(separator: " \\\n")
    return "    \(command.name)) _arguments \\\n\(lines) ;;"
  }

  /// A leading blank keeps zsh from inserting words of its own.
  private func zshAction(_ values: Values?, isList: Bool) -> String {
    switch values {
    case .choices(let words) where isList: " _sequence compadd - \(words.joined(separator: " "))"
    case .choices(let words): "(\(words.joined(separator: " ")))"
    case .listed(let subject) where isList: " _sequence \(function("_names")) \(subject)"
    case .listed(let subject): " \(function("_names")) \(subject)"
    case .files: "_files"
    case nil: " "
    }
  }

  /// Text inside a specification inside single quotes.
  private static func zshText(_ text: String) -> String {
    var escaped = text.replacing("\\", with: "\\\\")
    for character in ["[", "]", ":"] as [Character] {
      escaped = escaped.replacing(character, with: "\\\(character)")
    }
    return escaped.replacing("'", with: "'\\''")
  }
}
