extension CommandDescription {
  /// The help of the command as `program` shows it, wrapped to `width` columns.
  public func help(program: String, width: Int) -> String {
    let width = max(40, min(width, 100))
    let terms = arguments.map(\.term) + options.map(\.term)
    let column = helpColumn(terms + ["--help"], width: width)
    var sections = [
      wrapped(summary, to: width).joined(separator: "\n") + "\n",
      usage(program: program, width: width),
    ]
    sections += paragraphs(discussion, width: width)
    if !arguments.isEmpty {
      let entries = arguments.map { helpEntry($0.term, $0.fullHelp, column: column, width: width) }
      sections.append("Arguments:\n" + entries.joined())
    }
    for (title, members) in groupedOptions {
      let entries = members.map { helpEntry($0.term, $0.fullHelp, column: column, width: width) }
      sections.append(title + ":\n" + entries.joined())
    }
    let help = helpEntry("--help", "Shows this help.", column: column, width: width)
    if groupedOptions.last?.title == "Options" {
      sections[sections.count - 1] += help
    } else {
      sections.append((groupedOptions.isEmpty ? "Options:\n" : "Other:\n") + help)
    }
    if !examples.isEmpty { sections.append(exampleSection(width: width)) }
    return sections.joined(separator: "\n")
  }

  private func usage(program: String, width: Int) -> String {
    let words = (options.isEmpty ? [] : ["[options]"]) + arguments.map(\.usage)
    let start = "Usage: \(program) \(name)"
    let line = ([start] + words).joined(separator: " ")
    return wrapped(line, to: width).joined(separator: "\n    ") + "\n"
  }

  /// The groups in order of first appearance, the options without a group first.
  private var groupedOptions: [(title: String, members: [OptionDescription])] {
    var groups: [(title: String, members: [OptionDescription])] = []
    for option in options.filter({ $0.group == nil }) + options.filter({ $0.group != nil }) {
      let title = option.group ?? "Options"
      if let index = groups.firstIndex(where: { $0.title == title }) {
        groups[index].members.append(option)
      } else {
        groups.append((title, [option]))
      }
    }
    return groups
  }

  private func exampleSection(width: Int) -> String {
    var text = "Examples:\n"
    for example in examples {
      // Never wrapped: a line that breaks cannot be pasted.
      text += "  " + example.commandLine + "\n"
      for line in wrapped(example.explanation, to: width - 6) { text += "      " + line + "\n" }
    }
    return text
  }
}

func paragraphs(_ text: String, width: Int) -> [String] {
  var result: [String] = []
  var current: [Substring] = []
  let lines: [Substring] = text.split(separator: "\n", omittingEmptySubsequences: false)
  for line in lines + [""] {
    if line.contains(where: { !$0.isWhitespace }) {
      current.append(line)
    } else if !current.isEmpty {
      let paragraph = wrapped(current.joined(separator: " "), to: width)
      result.append(paragraph.joined(separator: "\n") + "\n")
      current = []
    }
  }
  return result
}

extension OptionDescription {
  /// "--batch <count>,...": long lists of choices move to the explanation.
  fileprivate var term: String {
    kind == .flag ? name : name + " " + kind.notation(isLong ? "choice" : placeholder)
  }

  fileprivate var fullHelp: String {
    var text = help
    if !choices.isEmpty, isLong || !placeholder.contains("|") {
      text += " One of " + choices.joined(separator: ", ") + "."
    }
    return defaultText.map { text + " (default: \($0))" } ?? text
  }

  private var isLong: Bool { placeholder.count > 32 }
}

extension ArgumentDescription {
  fileprivate var term: String { isRest ? "<\(name)>..." : "<\(name)>" }

  fileprivate var usage: String { isRequired ? term : "[\(term)]" }

  fileprivate var fullHelp: String {
    let listed = choices.isEmpty ? help : help + " One of " + choices.joined(separator: ", ") + "."
    return defaultText.map { listed + " (default: \($0))" } ?? listed
  }
}
