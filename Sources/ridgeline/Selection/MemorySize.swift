import CommandLineKit
import Units

/// A size of memory on the command line: `16GiB`, `24GB`.
struct MemorySize: OptionValue, Equatable {
  let bytes: Bytes

  static var placeholder: String { "size" }

  static func parse(_ text: String) throws(InvalidValue) -> MemorySize {
    let units: [(String, Double)] = [
      ("GiB", 1_073_741_824), ("MiB", 1_048_576), ("TiB", 1_099_511_627_776),
      ("GB", 1e9), ("MB", 1e6), ("TB", 1e12),
    ]
    for (unit, factor) in units where text.hasSuffix(unit) {
      guard let value = Double(text.dropLast(unit.count)), value > 0, value < 1e9 else { break }
      return MemorySize(bytes: Bytes(value * factor))
    }
    throw InvalidValue("must be a number with a unit: 16GiB (2^30 bytes each) or 16GB (10^9)")
  }

  var optionText: String { "\(bytes.gibibytes)GiB" }
}
