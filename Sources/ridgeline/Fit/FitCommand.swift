import CommandLineKit
import Engines
import PublishedMeasurements
import Reports

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `ridgeline fit`: the constants of engines from the table of published measurements.
struct FitCommand: Command {
  static let name = "fit"
  static let summary = "Fits the constants of engines to the published measurements."
  static let discussion = """
    The table is inside the binary, and the fit draws no random numbers: equal tables give equal \
    files. Each family is fitted once on all rows and once without each device; the errors of \
    devices left out set the intervals.
    """
  static var examples: [Example] {
    [
      Example("ridgeline fit --family cpu-decode", "prints one file")
    ]
  }

  var family: String?
  var outputDirectory: String?

  static var options: [Option<Self>] {
    [
      .value(
        "--family", \.family,
        "One of \(EngineFamily.allCases.map(\.rawValue).joined(separator: ", ")); all if left out.",
        placeholder: "id"),
      .value(
        "--output-directory", \.outputDirectory,
        "Write fitted-FAMILY.json files there (the project keeps them in Sources/Engines/Fitted)"
          + " instead of printing.", placeholder: "path"),
    ]
  }

  func run(on console: Console) throws {
    let observations = PublishedObservations(try PublishedComparison.shared.get().cases)
    for family in try families() {
      let fit = FamilyFit(family, observations.observations(family))
      let text = try FittedConstantsJSON(fit.constants).value.text()
      guard let outputDirectory else {
        console.print(text, terminator: "")
        continue
      }
      let path = "\(outputDirectory)/fitted-\(family.rawValue).json"
      do {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
      } catch {
        throw CommandFailure("\(path): cannot be written: \(error)")
      }
      console.print("\(path): \(fit.constants.rows) rows, \(fit.constants.devices) devices")
    }
  }

  private func families() throws -> [EngineFamily] {
    guard let family else { return EngineFamily.allCases }
    guard let known = EngineFamily(rawValue: family) else {
      let names = EngineFamily.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("--family \(family): unknown; choose one of \(names)")
    }
    return [known]
  }
}

/// Fitted constants as the file that the project keeps.
struct FittedConstantsJSON {
  private let constants: FittedConstants

  init(_ constants: FittedConstants) { self.constants = constants }

  var value: JSONValue {
    [
      "schema_version": 1, "family": .string(constants.family.rawValue),
      "rows": .integer(constants.rows), "devices": .integer(constants.devices),
      "device_share": .number(constants.deviceShare),
      "new_architecture_reach": .number(constants.newArchitectureReach),
      "effects": .array(
        constants.effects.map {
          [
            "name": .string($0.name), "value": .number($0.value), "spread": .number($0.spread),
            "rows": .integer($0.rows),
          ]
        }),
      "errors": .array(
        constants.errors.map {
          [
            "name": .string($0.name), "rows": .integer($0.rows), "devices": .integer($0.devices),
            "median": .number($0.median), "percentile_90": .number($0.percentile90),
            "reach": .number($0.reach),
          ]
        }),
    ]
  }
}
