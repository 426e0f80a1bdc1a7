// The vocabulary in which commands declare their options.

extension Option {
  /// Declares an option without a value that sets a property to true.
  public static func flag(
    _ name: String, _ path: WritableKeyPath<Root, Bool>, _ help: String
  ) -> Option {
    Option(
      name: name, help: help, kind: .flag, placeholder: "", choices: [], group: nil,
      defaultText: { _ in nil }, store: { root, _, _ in root[keyPath: path] = true })
  }

  /// Declares an option with one value; the property's initial value is the default.
  public static func value<Value: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Root, Value>, _ help: String,
    placeholder: String? = nil, limit: Limit<Value>? = nil
  ) -> Option {
    .single(
      name, .scalar(placeholder: placeholder, limit: limit), help,
      get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  /// Declares an option with one value that may be left out.
  public static func value<Value: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Root, Value?>, _ help: String,
    placeholder: String? = nil, limit: Limit<Value>? = nil
  ) -> Option {
    .single(
      name, .scalar(placeholder: placeholder, limit: limit), help,
      get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  /// Declares an option whose values are the cases of an enumeration.
  public static func value<Value: CaseIterable & RawRepresentable<String>>(
    _ name: String, _ path: WritableKeyPath<Root, Value>, _ help: String,
    placeholder: String? = nil
  ) -> Option {
    .single(
      name, .choice(placeholder: placeholder), help,
      get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  /// Declares an option whose values are the cases of an enumeration and that may be left out.
  public static func value<Value: CaseIterable & RawRepresentable<String>>(
    _ name: String, _ path: WritableKeyPath<Root, Value?>, _ help: String,
    placeholder: String? = nil
  ) -> Option {
    .single(
      name, .choice(placeholder: placeholder), help,
      get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  /// Declares an option with values separated by commas; the first use replaces the default.
  ///
  /// Repeating the option appends.
  public static func list<Value: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Root, [Value]>, _ help: String,
    placeholder: String? = nil, limit: Limit<Value>? = nil
  ) -> Option {
    .many(name, path, .scalar(placeholder: placeholder, limit: limit), help)
  }

  /// Declares an option with several cases of an enumeration; the first use replaces the default.
  ///
  /// Repeating the option appends.
  public static func list<Value: CaseIterable & RawRepresentable<String>>(
    _ name: String, _ path: WritableKeyPath<Root, [Value]>, _ help: String,
    placeholder: String? = nil
  ) -> Option {
    .many(name, path, .choice(placeholder: placeholder), help)
  }
}
