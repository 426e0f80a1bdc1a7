import Reports
import Units

/// How numbers are written for people, in one place.
enum Figures {
  static func bytes(_ value: Bytes) -> String { QuantityStyle.bytesDecimal.text(value.count) }
  static func exactBytes(_ value: Bytes) -> String {
    "\(bytes(value)) (\(NumberText.integer(Int(value.count.rounded()))) bytes)"
  }
  static func time(_ value: Seconds) -> String { QuantityStyle.seconds.text(value.value) }
  static func rate(_ value: BytesPerSecond) -> String {
    QuantityStyle.scaled("B/s").text(value.value, digits: 4)
  }
  static func rate(_ value: OperationsPerSecond, isInteger: Bool) -> String {
    QuantityStyle.scaled(isInteger ? "OP/s" : "FLOP/s").text(value.value, digits: 4)
  }
  static func operations(_ value: OperationCount) -> String {
    QuantityStyle.scaled("FLOP").text(value.count, digits: 4)
  }
  static func tokensPerSecond(_ value: Double) -> String {
    QuantityStyle.counted("tokens/s").text(value)
  }
  static func count(_ value: Int) -> String { NumberText.integer(value) }
  static func number(_ value: Double, digits: Int = 4) -> String {
    QuantityStyle.plain.text(value, digits: digits)
  }
}
