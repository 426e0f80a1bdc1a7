import BenchmarkSuites
import CommandLineKit
import Inference
import Measurement
import PublishedMeasurements
import StrictJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A file of measurements in one of the forms that `validate` reads.
enum MeasurementFile {
  case kernels(Results<KernelResult>)
  case models(Results<ModelResult>)
  case llamaBench([LlamaBenchTest])
  case published([Result<ModelRun, UnpredictableRun>])

  /// Reads the file at `path` with these contents; the form follows from how they begin.
  ///
  /// - Throws: an error that names the place of a mistake, or the forms that are known.
  init(_ path: String, _ data: Data) throws {
    let space: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
    let start = data.drop { space.contains($0) }.prefix(4096)
    let line = String(decoding: start.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    switch start.first {
    case UInt8(ascii: "["):
      self = .llamaBench(try LlamaBench.tests(json: data, file: path))
    case UInt8(ascii: "{") where line.contains("\"avg_ts\"") || line.contains("\"build_commit\""):
      self = .llamaBench(try LlamaBench.tests(jsonLines: data, file: path))
    case UInt8(ascii: "{") where line.contains("\"\(ModelResult.schema)\""):
      self = .models(try Results([UInt8](data), file: path))
    case UInt8(ascii: "{"):
      self = .kernels(try Results([UInt8](data), file: path))
    default:
      let records = try CSVRecords(String(decoding: data, as: UTF8.self), file: path)
      if LlamaBenchTest.columns.allSatisfy(records.columns.contains) {
        self = .llamaBench(try LlamaBench.tests(csv: records, file: path))
      } else if PublishedRow.requiredColumns.allSatisfy(records.columns.contains) {
        self = .published(try ModelRun.published(in: records, file: path))
      } else {
        throw CommandFailure(
          "\(path): is none of the known forms: results of 'ridgeline bench' (JSON Lines), output"
            + " of 'llama-bench -o json|jsonl|csv', or a table with the columns"
            + " \(PublishedRow.requiredColumns.joined(separator: ", "))")
      }
    }
  }
}
