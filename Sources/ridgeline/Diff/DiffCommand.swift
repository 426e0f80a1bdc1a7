import BenchmarkSuites
import CommandLineKit
import Measurement
import Reports

/// `ridgeline diff`: whether kernels became faster or slower between two results files.
struct DiffCommand: Command {
  static let name = "diff"
  static let summary = "Says which kernels became faster or slower between two results files."
  static let discussion = """
    Compares the median times of the cases that both files have. A case is called slower or faster \
    if the 95 % interval of the ratio, drawn from the raw samples, lies beyond the tolerance; the \
    same if it lies within; unclear if noise covers both. With --by share, what is compared is the \
    time as a multiple of what the machine's ceilings, probed in the same rounds, would allow: a \
    machine whose memory became slower then does not count as a slower kernel. Fails with exit \
    code 1 if a case is slower.
    """
  static var examples: [Example] {
    [
      Example("ridgeline diff before.jsonl after.jsonl", "fails where a kernel is over 3 % slower"),
      Example(
        "ridgeline diff before.jsonl after.jsonl --by share --tolerance 0.05",
        "beside what memory and arithmetic allowed at the time"),
    ]
  }

  var before = ""
  var after = ""
  var quantity = ComparedQuantity.time
  var tolerance = 0.03
  var steadyOnly = false
  var machines = ReportCommand.Machines.one
  var output = OutputFormat.text

  static var arguments: [Argument<Self>] {
    [
      .one("before file", \.before, "Results of 'ridgeline bench' before the change."),
      .one("after file", \.after, "Results after it."),
    ]
  }

  static var options: [Option<Self>] {
    [
      .value("--by", \.quantity, "What is compared."),
      .value(
        "--tolerance", \.tolerance, "The change that does not matter.", placeholder: "share",
        limit: .between(0, 0.99)),
      .flag("--steady-only", \.steadyOnly, "Leave out cases whose measurement was disturbed."),
      .value("--machines", \.machines, "Whether the files may be of two machines."),
      .value("--output", \.output, "Format of the result."),
    ]
  }

  func run(on console: Console) throws {
    let (old, new) = (try results(before, on: console), try results(after, on: console))
    if machines == .one {
      var both = old
      try both.merge(new)
    }
    let changes = MeasuredChanges(
      from: old, to: new, by: quantity, tolerance: tolerance, steadyOnly: steadyOnly)
    guard !changes.rows.isEmpty else {
      throw CommandFailure("\(before) and \(after) have no case with times in common")
    }
    console.print(try changes.table.text(as: output), terminator: "")
    if !output.isForMachines { console.print("\n" + changes.summary) }
    let slower = changes.rows.filter { $0.change.verdict == .slower }
    guard slower.isEmpty else {
      throw CommandFailure("\(slower.count) of \(changes.rows.count) cases are slower")
    }
  }

  private func results(
    _ path: String, on console: Console
  ) throws -> Results<KernelResult> {
    let data = try InputPath.read(path, limit: 1 << 30, what: "results file")
    let results = try Results<KernelResult>([UInt8](data), file: path)
    for torn in results.tornFiles {
      console.warn("\(torn.file): the last line is cut off; \(torn.bytes) bytes were ignored")
    }
    return results
  }
}
