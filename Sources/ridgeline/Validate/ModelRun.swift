import Engines
import HardwareProfiles
import PublishedMeasurements
import QuantizationFormats
import Roofline
import TransformerModels

/// A run of a whole model that somebody measured.
struct ModelRun {
  /// What ran: as the source names it.
  let label: String
  let model: TransformerModel
  let precision: Precision
  let profile: HardwareProfile
  /// The part of the device that ran it.
  var share = 1.0
  /// CPU threads, where the source says.
  let threads: Int?
  /// What was timed.
  let pass: Pass
  /// The engine, to group by.
  let engine: String
  /// How the engine ran; `nil` for one that no constants are kept for.
  let setting: EngineSetting?
  let tokensPerSecond: Double

  /// Seconds of the pass.
  var seconds: Double { pass.tokens / tokensPerSecond }
}

/// A measurement that cannot be predicted, and why.
struct UnpredictableRun: Error {
  let label: String
  let obstacle: String
}

extension ModelRun {
  /// The runs in a table of published measurements; rows that are no speeds are left out.
  static func published(
    in records: CSVRecords, file: String
  ) throws -> [Result<ModelRun, UnpredictableRun>] {
    let names = try PublishedNames()
    return records.records.filter(PublishedRow.isSpeed).map { record in
      let row: PublishedRow
      do throws(TableProblem) {
        row = try PublishedRow(record, file: file)
      } catch {
        let words = ["device", "model", "precision_format"].compactMap { record.fields[$0] }
        return .failure(
          UnpredictableRun(
            label: "line \(record.line): \(words.joined(separator: ", "))",
            obstacle: error.problem))
      }
      do throws(UnpredictableRun) {
        return .success(try ModelRun(row, names))
      } catch {
        return .failure(error)
      }
    }
  }

  private init(_ row: PublishedRow, _ names: PublishedNames) throws(UnpredictableRun) {
    func obstacle(_ reason: String) -> UnpredictableRun {
      UnpredictableRun(label: row.label, obstacle: reason)
    }
    guard row.deviceCount == 1 else {
      throw obstacle("measured on several devices, whose split is not stated")
    }
    guard let profile = names.profile(row.device) else {
      throw obstacle("no profile is called '\(row.device)'")
    }
    guard let model = try? PublishedNames.model(row.model) else {
      throw obstacle("no model is called '\(row.model)'")
    }
    guard let precision = try? PublishedNames.precision(of: row) else {
      throw obstacle("no precision is called '\(row.precision)'")
    }
    self.init(
      label: row.label, model: model, precision: precision, profile: profile,
      share: PublishedNames.share(of: row), threads: row.threads, pass: row.pass,
      engine: row.engineName, setting: PublishedEngines.setting(of: row, on: profile),
      tokensPerSecond: row.tokensPerSecond)
  }
}
