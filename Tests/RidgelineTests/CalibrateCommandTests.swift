import BenchmarkSuites
import Measurement
import Testing

@Suite struct CalibrateCommandTests {
  @Test func `calibration shares no shape with a suite`() throws {
    let environment = EnvironmentRecord.current()
    let processors = environment.usableProcessors
    let plan = CalibrationPlan(for: environment, memoryBytes: 512 << 20, isQuick: false)
    let products = plan.cases.filter { $0.subject == .matmul }
    let calibrated = Set(products.map { "\($0.rows)x\($0.columns)" })
    for suite in try SuiteCatalog.all() {
      for item in try suite.cases(for: ExpansionTarget(processors: processors)) {
        #expect(!calibrated.contains("\(item.rows)x\(item.columns)"), "\(suite.id) \(item.key)")
      }
    }
  }

  @Test func `a quick calibration is a small part of a whole one`() {
    let environment = EnvironmentRecord.current()
    let quick = CalibrationPlan(for: environment, memoryBytes: 512 << 20, isQuick: true)
    let full = CalibrationPlan(for: environment, memoryBytes: 512 << 20, isQuick: false)
    #expect(quick.cases.count * 2 < full.cases.count)
    #expect(Set(quick.cases.map(\.key)).count == quick.cases.count)
    #expect(Set(full.cases.map(\.key)).count == full.cases.count)
  }

  @Test func `the list shows what would be measured`() {
    let run = CommandRun("calibrate --list --output csv")
    #expect(run.exitCode == 0 && run.output.contains("ceilings,bytes"))
  }

  @Test func `a path that --device would not find is refused`() {
    let run = CommandRun("calibrate mine --allow-debug-build")
    #expect(run.exitCode == 2 && run.errors.contains("must end in .json"))
  }
}
