/// One positional argument of a command: its name, its help and the property it sets.
public struct Argument<Root> {
  let name: String
  let help: String
  let isRequired: Bool
  let isRest: Bool
  let choices: [String]
  let defaultText: (Root) -> String?
  let store: (inout Root, String, _ isFirst: Bool) throws(UsageError) -> Void

  func described(for root: Root) -> ArgumentDescription {
    ArgumentDescription(
      name: name, isRequired: isRequired, isRest: isRest, choices: choices, help: help,
      defaultText: isRequired ? nil : defaultText(root))
  }
}

extension Argument {
  /// Declares an argument that sets a property; if it is not required, the initial value stays.
  public static func one<Value: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Root, Value>, _ help: String,
    required: Bool = true, limit: Limit<Value>? = nil
  ) -> Argument {
    .single(
      name, .scalar(placeholder: name, limit: limit), help, required,
      get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  /// Declares an argument that sets a property which is nil until then.
  public static func one<Value: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Root, Value?>, _ help: String,
    required: Bool = true, limit: Limit<Value>? = nil
  ) -> Argument {
    .single(
      name, .scalar(placeholder: name, limit: limit), help, required,
      get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  /// Declares an argument whose values are the cases of an enumeration.
  public static func one<Value: CaseIterable & RawRepresentable<String>>(
    _ name: String, _ path: WritableKeyPath<Root, Value>, _ help: String, required: Bool = true
  ) -> Argument {
    .single(
      name, .choice(placeholder: name), help, required,
      get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  /// Declares an argument whose values are the cases of an enumeration, nil until then.
  public static func one<Value: CaseIterable & RawRepresentable<String>>(
    _ name: String, _ path: WritableKeyPath<Root, Value?>, _ help: String, required: Bool = true
  ) -> Argument {
    .single(
      name, .choice(placeholder: name), help, required,
      get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  /// Declares the last argument, which takes everything that follows and replaces the default.
  public static func rest<Value: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Root, [Value]>, _ help: String,
    required: Bool = true, limit: Limit<Value>? = nil
  ) -> Argument {
    let reader = ValueReader<Value>.scalar(placeholder: name, limit: limit)
    return Argument(
      name: name, help: help, isRequired: required, isRest: true, choices: [],
      defaultText: { root in
        let values = root[keyPath: path]
        return values.isEmpty ? nil : values.map(reader.describe).joined(separator: " ")
      },
      store: { root, text, isFirst throws(UsageError) in
        let value = try reader.read(text, for: "<\(name)>")
        root[keyPath: path] = (isFirst ? [] : root[keyPath: path]) + [value]
      })
  }

  private static func single<Value>(
    _ name: String, _ reader: ValueReader<Value>, _ help: String, _ isRequired: Bool,
    get: @escaping (Root) -> Value?, set: @escaping (inout Root, Value) -> Void
  ) -> Argument {
    Argument(
      name: name, help: help, isRequired: isRequired, isRest: false, choices: reader.choices,
      defaultText: { root in get(root).map(reader.describe).flatMap { $0.isEmpty ? nil : $0 } },
      store: { root, text, _ throws(UsageError) in
        set(&root, try reader.read(text, for: "<\(name)>"))
      })
  }
}
