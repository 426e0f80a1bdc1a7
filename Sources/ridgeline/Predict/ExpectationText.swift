import Engines

/// What an expected speed rests on, in one line.
struct ExpectationText {
  let text: String

  init(_ basis: ExpectedBasis) {
    let fit = "\(basis.rows) published rows of \(basis.devices) devices"
    guard let error = basis.ownError, error.rows > 0 else {
      text = "\(fit), none of the class \(basis.errorClass)"
      return
    }
    text =
      "\(fit); \(error.name) (\(error.rows) rows): off by \(Self.percent(error.median)) in the"
      + " median, 90 % below \(Self.percent(error.percentile90)), for devices left out"
  }

  private static func percent(_ share: Double) -> String {
    "\(Figures.number(share * 100, digits: 2)) %"
  }
}
