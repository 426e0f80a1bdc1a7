import CommandLineKit
import Engines

/// A decode speed of the user's own device: `PRECISION:CONTEXT:TOKENS_PER_SECOND`.
struct MeasuredSpeed: Equatable, OptionValue {
  static var placeholder: String { "precision:context:tok/s" }

  /// The precision, for the model of the run.
  let precision: String
  /// Cached tokens, the new one included.
  let context: Int
  /// Tokens per second of one sequence.
  let tokensPerSecond: Double

  static func parse(_ text: String) throws(InvalidValue) -> MeasuredSpeed {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, !parts[0].isEmpty else {
      throw InvalidValue("write precision, context and tokens per second as in q4_0:512:61.2")
    }
    guard let context = Int(parts[1]), (1...(1 << 30)).contains(context) else {
      throw InvalidValue("'\(parts[1])' is not a context of 1 token or more")
    }
    guard let speed = Double(parts[2]), speed.isFinite, speed > 0 else {
      throw InvalidValue("'\(parts[2])' is not a speed in tokens per second")
    }
    return MeasuredSpeed(precision: parts[0], context: context, tokensPerSecond: speed)
  }

  var optionText: String { "\(precision):\(context):\(tokensPerSecond)" }
}
