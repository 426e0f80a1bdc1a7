/// How one option reads and prints its values; the meeting point of scalars and enumerations.
struct ValueReader<Value> {
  enum Problem: Error {
    case notAChoice
    case invalid(String)
  }

  let placeholder: String
  let choices: [String]
  let parse: (String) throws(Problem) -> Value
  let describe: (Value) -> String

  /// Reads `text` for the option or argument `owner`, whose name goes into the message.
  func read(_ text: String, for owner: String) throws(UsageError) -> Value {
    do throws(Problem) {
      return try parse(text)
    } catch {
      throw UsageError(message(error, text, owner))
    }
  }

  private func message(_ problem: Problem, _ text: String, _ owner: String) -> String {
    switch problem {
    case .notAChoice:
      "'\(text)' is not a valid value for '\(owner)' (\(choices.joined(separator: "|")))"
        + didYouMean(text, in: choices, limit: 1)
    case .invalid(let reason):
      "\(owner) \(text): \(reason)"
    }
  }
}

extension ValueReader where Value: OptionValue {
  static func scalar(placeholder: String?, limit: Limit<Value>?) -> Self {
    ValueReader(
      placeholder: placeholder ?? Value.placeholder, choices: [],
      parse: { text throws(Problem) in
        let value: Value
        do throws(InvalidValue) {
          value = try Value.parse(text)
        } catch {
          throw .invalid(error.reason)
        }
        if let limit, !limit.accepts(value) { throw .invalid(limit.message) }
        return value
      },
      describe: { $0.optionText })
  }
}

extension ValueReader where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
  static func choice(placeholder: String?) -> Self {
    let choices = Value.allCases.map(\.rawValue)
    return ValueReader(
      placeholder: placeholder ?? choices.joined(separator: "|"), choices: choices,
      parse: { text throws(Problem) in
        guard let value = Value(rawValue: text) else { throw .notAChoice }
        return value
      },
      describe: { $0.rawValue })
  }
}
