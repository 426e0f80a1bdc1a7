/// One option of a command: its name, its help and the property it sets.
public struct Option<Root> {
  let name: String
  let help: String
  let kind: OptionKind
  let placeholder: String
  let choices: [String]
  var group: String?
  let defaultText: (Root) -> String?
  let store: (inout Root, String, _ isFirst: Bool) throws(UsageError) -> Void

  /// Puts options under a heading of their own in the help.
  public static func group(_ title: String, _ options: [Option]) -> [Option] {
    options.map { option in
      var option = option
      option.group = title
      return option
    }
  }

  /// Reuses the options of a part of the command, such as a workload shared by two commands.
  public static func embed<Part>(
    _ path: WritableKeyPath<Root, Part>, _ options: [Option<Part>]
  ) -> [Option] {
    options.map { option in
      Option(
        name: option.name, help: option.help, kind: option.kind,
        placeholder: option.placeholder, choices: option.choices, group: option.group,
        defaultText: { option.defaultText($0[keyPath: path]) },
        store: { root, text, isFirst throws(UsageError) in
          try option.store(&root[keyPath: path], text, isFirst)
        })
    }
  }

  func described(for root: Root) -> OptionDescription {
    OptionDescription(
      name: name, kind: kind, placeholder: placeholder, choices: choices, help: help,
      group: group, defaultText: defaultText(root))
  }

  /// "<count>,..." or nothing for a flag.
  var valueNotation: String { kind.notation(placeholder) }
}

/// How often an option takes a value.
public enum OptionKind: String, Sendable {
  /// Takes none; being present means true.
  case flag

  /// Takes one, once.
  case value

  /// Takes several, separated by commas or by repeating the option.
  case list

  func notation(_ placeholder: String) -> String {
    switch self {
    case .flag: ""
    case .value: "<\(placeholder)>"
    case .list: "<\(placeholder)>,..."
    }
  }
}

extension Option {
  static func single<Value>(
    _ name: String, _ reader: ValueReader<Value>, _ help: String,
    get: @escaping (Root) -> Value?, set: @escaping (inout Root, Value) -> Void
  ) -> Option {
    Option(
      name: name, help: help, kind: .value, placeholder: reader.placeholder,
      choices: reader.choices, group: nil,
      defaultText: { root in get(root).map(reader.describe).flatMap { $0.isEmpty ? nil : $0 } },
      store: { root, text, isFirst throws(UsageError) in
        guard isFirst else { throw UsageError("'\(name)' is given more than once") }
        set(&root, try reader.read(text, for: name))
      })
  }

  static func many<Value>(
    _ name: String, _ path: WritableKeyPath<Root, [Value]>, _ reader: ValueReader<Value>,
    _ help: String
  ) -> Option {
    Option(
      name: name, help: help, kind: .list, placeholder: reader.placeholder,
      choices: reader.choices, group: nil,
      defaultText: { root in
        let values = root[keyPath: path]
        return values.isEmpty ? nil : values.map(reader.describe).joined(separator: ",")
      },
      store: { root, text, isFirst throws(UsageError) in
        var values = isFirst ? [] : root[keyPath: path]
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
          guard !item.isEmpty else { throw UsageError("\(name) \(text): empty item in the list") }
          values.append(try reader.read(String(item), for: name))
        }
        root[keyPath: path] = values
      })
  }
}
