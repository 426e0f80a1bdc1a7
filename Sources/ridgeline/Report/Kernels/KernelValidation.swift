import BenchmarkSuites
import HardwareProfiles
import Measurement
import Reports

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `ridgeline report validation`: kernels predicted from a calibrated profile against measured ones, run
/// by run, and how far the runs agree.
struct KernelValidation {
  /// The results of each file, in the order given.
  let runs: [Results<KernelResult>]
  let profile: HardwareProfile

  /// The change from run to run that does not matter.
  private static let tolerance = 0.05

  /// The report.
  var document: Document {
    get throws {
      var blocks: [Document.Block] = [
        .heading("Kernels: predicted against measured time", level: 1)
      ]
      blocks += method
      for (index, results) in runs.enumerated() {
        blocks += try validation(of: results, number: index + 1)
      }
      for (index, results) in runs.enumerated().dropFirst() {
        blocks += agreement(of: results, number: index + 1)
      }
      return Document(blocks)
    }
  }

  // MARK: How it was made

  private var method: [Document.Block] {
    let headers = runs.flatMap(\.runs)
    guard let environment = headers.first?.environment else { return [.paragraph("No results.")] }
    let machines = runs.flatMap(\.machines).map { "\($0)" }
    let commits = Set(headers.compactMap(\.environment.build.commit)).sorted()
    return [
      .facts([
        .init("machine", Set(machines).sorted().joined(separator: "; ")),
        .init("system", environment.operatingSystem),
        .init("virtualised by", environment.hypervisor),
        .init("predicted from", profile.kernels.map { "\(profile.name): \($0.source)" }),
        .init("commit", commits.isEmpty ? "not recorded" : commits.joined(separator: ", ")),
        .init("compilers", "Swift \(environment.build.swift), \(environment.build.c)"),
      ]),
      .paragraph(
        "Calibration measured other shapes: bandwidths, starts of threads, and for every format what a"
          + " weight, a row and a column cost. Nothing is fitted to the results below, and nothing of"
          + " a case is used to predict it but what plain reads of memory reached in the same rounds:"
          + " a host that moves the processors of a virtual machine changes that by up to two times."
          + " What comes of predicting without that is said too. An error is predicted over measured"
          + " time, less one."),
    ]
  }

  // MARK: One run

  private func validation(of results: Results<KernelResult>, number: Int) throws
    -> [Document.Block]
  {
    let probed = try report(of: results, memory: .probed)
    let calibrated = try report(of: results, memory: .calibrated)
    let disturbed = results.entries.count { !$0.payload.isSteady }
    let began = results.runs.map(\.startedUnixSeconds).min().map {
      Date(timeIntervalSince1970: $0).ISO8601Format()
    }
    return [
      .heading("Run \(number)", level: 2),
      .paragraph(
        "Began at \(began ?? "an unknown time"). \(probed.summary) \(disturbed) cases were disturbed,"
          + " and count. With the bandwidth of memory of the calibration: \(calibrated.summary)"),
      .table(probed.statisticsGrid),
    ]
  }

  private func report(
    of results: Results<KernelResult>, memory: MemoryState
  ) throws -> ValidationReport {
    let predictions = try KernelPredictions(profile, memory: memory)
    return ValidationReport(
      results.entries.compactMap { $0.payload.validated(by: predictions) })
  }

  // MARK: Two runs

  private func agreement(of results: Results<KernelResult>, number: Int) -> [Document.Block] {
    let changes = MeasuredChanges(
      from: runs[0], to: results, by: .time, tolerance: Self.tolerance, steadyOnly: true)
    let apart = changes.rows.filter { [.faster, .slower].contains($0.change.verdict) }
    let fromMemory = apart.count { $0.result.kernelCase.tokens <= 4 }
    return [
      .heading("Run \(number) against run 1", level: 2),
      .paragraph(
        "Medians of undisturbed cases, by the 95 % interval of their ratio, within"
          + " \(QuantityStyle.percent.text(Self.tolerance)): \(changes.summary) Of the faster and"
          + " slower ones \(fromMemory) have at most 4 tokens, whose time is that of memory."),
    ]
  }
}
