import CommandLineKit
import Engines
import Reports
import Roofline
import Units

/// Predictions for the tables of the collection: a prompt of 512 tokens, 128 generated.
enum ComparisonRows {
  /// Every combination, in the order of models, precisions, devices.
  static func all(
    models: [String], precisions: [String], devices: [String], prompt: Int = 512
  ) throws -> [ComparisonRow] {
    var command = CompareCommand()
    command.model = models
    command.precision = precisions
    command.device = devices
    command.prompt = prompt
    var rows: [ComparisonRow] = []
    try ComparisonGrid(command).forEachRow(console: .captured()) { rows.append($0) }
    return rows
  }
}

extension ComparisonRow {
  /// The expected decode speed of what fits.
  var fittingSpeed: Double? {
    estimate.memory.fits == true ? expectation?.decode?.tokensPerSecond : nil
  }
}
