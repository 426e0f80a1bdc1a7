import BenchmarkSuites
import CommandLineKit
import HardwareProfiles
import Measurement
import Reports

/// `ridgeline bench`: measures the kernels of this machine beside its ceilings, or whole models.
struct BenchCommand: Command {
  static let name = "bench"
  static let summary = "Measures kernels, or a whole model, on this machine."
  static let discussion = """
    Results are appended to a file case by case, with raw samples and the state of the machine. \
    Stopped at any moment, the same command goes on where it was. Kernel and ceilings are sampled \
    in turn until the median is known well enough; what disturbed a measurement is said beside it. \
    With --model, a whole model is run instead: a \
    GGUF file, or a catalog model with random weights.
    """
  static var examples: [Example] {
    [
      Example("ridgeline bench kernels --list", "the cases, without measuring"),
      Example(
        "ridgeline bench kernels --results kernels.jsonl --format q4_0,q8_0",
        "two formats; run it again to go on after an interruption"),
      Example(
        "ridgeline bench batch --results node-2.jsonl --shard 2/8", "the second of eight shares"),
      Example(
        "ridgeline bench kernels --results kernels.jsonl --device my-machine.json",
        "with predictions of a calibrated profile"),
      Example(
        "ridgeline bench quantization-systems --results systems.jsonl --layer-of model.gguf",
        "the error of every quantization system on a layer of a model"),
      Example(
        "ridgeline bench --model SmolLM2-135M-Instruct.Q4_1.gguf --threads 1,2",
        "tokens per second of a file, with one thread and with two"),
      Example(
        "ridgeline bench --model llama-2-7b --precision q4_0 --prompt 512 --generate 32"
          + " --device my-machine.json --operations",
        "random weights, each operation beside its prediction"),
    ]
  }

  var suites = ["kernels"]
  var results: String?
  var cases = CaseOptions()
  var relativePrecision = 0.01
  var model = ModelBenchOptions()
  var budget = 1.0
  var retries = 1
  var machineName: String?
  var device: String?
  var layerOf: String?
  var noPinning = false
  var noCeilings = false
  var allowDebugBuild = false
  var list = false
  var output = OutputFormat.text

  static var arguments: [Argument<Self>] {
    [.rest("suite", \.suites, "Suites by id or path.", required: false)]
  }

  static var options: [Option<Self>] {
    [
      .value(
        "--results", \.results,
        "File that results are appended to; finished cases are skipped. bench-results.jsonl by default"
          + " for kernels, none for whole models.",
        placeholder: "path"),
      .value(
        "--layer-of", \.layerOf,
        "GGUF file: instead of kernels, the error of every quantization system on a layer of it.",
        placeholder: "path"),
      .flag("--list", \.list, "Print the cases and measure nothing."),
      .value(
        "--device", \.device, "Calibrated profile to predict from, for two more columns.",
        placeholder: "id|path"),
    ] + Option.embed(\.cases, CaseOptions.options)
      + Option.embed(\.model, ModelBenchOptions.options)
      + Option.group("Sampling", samplingOptions)
      + Option.group("Output", [.value("--output", \.output, "Format of the table.")])
  }

  private static var samplingOptions: [Option<Self>] {
    [
      .value(
        "--relative-precision", \.relativePrecision,
        "Half-width of the median's 95 % interval, as a share of it, that is good enough.",
        placeholder: "share", limit: .between(0.0001, 1)),
      .value(
        "--budget", \.budget, "Seconds for a case, at least nine rounds.", placeholder: "seconds",
        limit: .between(0.001, 3600)),
      .value(
        "--retries", \.retries,
        "How often cases that were disturbed are measured again once the others are done.",
        placeholder: "count", limit: .between(0, 100)),
      .value(
        "--machine-name", \.machineName,
        "Name of this machine in the results, to tell alike machines apart.", placeholder: "text"),
      .flag(
        "--no-ceilings", \.noCeilings,
        "Time the products alone, as calibration does; for 'validate', and three times as fast."),
      .flag("--no-pinning", \.noPinning, "Let the system move threads between processors."),
      .flag(
        "--allow-debug-build", \.allowDebugBuild,
        "Measure with a debug build; every result is marked as not steady."),
    ]
  }

  func run(on console: Console) throws {
    if !model.names.isEmpty { return try runModels(on: console) }
    if let precision = model.precisions.first {
      throw UsageError(
        "--precision \(precision): belongs to --model, which is missing; how well medians must be"
          + " known is --relative-precision")
    }
    let environment = EnvironmentRecord.current(machineName: machineName)
    if let layerOf {
      guard self.suites == ["quantization-systems"] else {
        throw UsageError("--layer-of: belongs to the suite quantization-systems")
      }
      let policy = SamplingPolicy(relativePrecision: relativePrecision, budgetSeconds: budget)
      _ = try LayerErrors(path: layerOf).run(
        appendingTo: resultsPath, environment: environment, policy: policy, on: console)
      return
    }
    let suites = try SuiteSelection.suites(self.suites)
    let chosen = try cases.cases(of: suites, processors: environment.usableProcessors)
    guard !list else {
      console.print(try CaseTable.table(chosen).text(as: output), terminator: "")
      return
    }
    guard !chosen.isEmpty else {
      throw UsageError("no case is left; 'ridgeline bench \(suites[0].id) --list' shows all")
    }
    try refuseDebugBuild()
    let predictor = try device.map { try KernelPredictions(try DeviceSelection.profile($0)) }
    let policy = SamplingPolicy(relativePrecision: relativePrecision, budgetSeconds: budget)
    let run = BenchRun(
      suite: suites.map(\.id).joined(separator: "+"), cases: chosen, policy: policy,
      environment: environment, isPinning: !noPinning, probesCeilings: !noCeilings,
      retries: retries, console: console)
    let (results, isComplete) = try run.run(appendingTo: resultsPath)
    try print(results, of: chosen, predictor, on: console)
    guard isComplete else {
      throw CommandFailure(
        "interrupted; the same command goes on with the cases that are left", exitCode: 130)
    }
  }

  /// Where results of kernels go.
  private var resultsPath: String { results ?? "bench-results.jsonl" }

  private func runModels(on console: Console) throws {
    try refuseDebugBuild()
    try ModelBench(
      options: model, threads: cases.threads, results: results, retries: retries,
      machineName: machineName, device: device, output: output, console: console
    ).run()
  }

  private func refuseDebugBuild() throws {
    guard !BuildRecord.isDebug || allowDebugBuild else {
      throw CommandFailure(
        "a debug build measures nothing of use; run 'swift run -c release ridgeline bench'")
    }
  }

  private func print(
    _ results: Results<KernelResult>, of cases: [KernelCase], _ predictor: KernelPredictions?,
    on console: Console
  ) throws {
    let wanted = Set(cases.map(\.key))
    let entries = results.entries.filter { wanted.contains($0.payload.key) }
    let rows = entries.map(\.payload)
    for text in try BenchTable.texts(entries, predictor, as: output) {
      console.print(text, terminator: "")
    }
    let unsteady = rows.filter { !$0.isSteady }.count
    if unsteady > 0 {
      console.warn(
        "\(unsteady) of \(rows.count) results are not steady; the table says why. Close what else"
          + " runs, delete them from the file or write to another one, and measure again")
    }
  }
}
