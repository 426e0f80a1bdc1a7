import BenchmarkSuites
import CommandLineKit
import Kernels
import QuantizationFormats

/// A matrix shape on the command line: `4096x11008`, rows by columns.
struct ShapeOption: OptionValue, Equatable {
  let rows: Int
  let columns: Int

  static var placeholder: String { "rowsxcolumns" }

  static func parse(_ text: String) throws(InvalidValue) -> ShapeOption {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard parts.count == 2, parts.allSatisfy({ $0 > 0 }) else {
      throw InvalidValue("must be rows x columns: 4096x11008")
    }
    return ShapeOption(rows: parts[0], columns: parts[1])
  }

  var optionText: String { "\(rows)x\(columns)" }
}

/// A share of a suite on the command line: `2/8`, the second of eight.
struct ShardOption: OptionValue, Equatable {
  let shard: Shard

  static var placeholder: String { "i/n" }

  static func parse(_ text: String) throws(InvalidValue) -> ShardOption {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard parts.count == 2, let shard = Shard(index: parts[0], of: parts[1]) else {
      throw InvalidValue("must be i/n with i from 1 to n: 2/8 is the second of eight")
    }
    return ShardOption(shard: shard)
  }

  var optionText: String { shard == .whole ? "" : "\(shard.index)/\(shard.count)" }
}

/// The options that choose cases of a suite.
struct CaseOptions {
  var formats: [String] = []
  var isa: [String] = []
  var shapes: [ShapeOption] = []
  var tokens: [Int] = []
  var threads: [Int] = []
  var shard = ShardOption(shard: .whole)

  static var options: [Option<Self>] {
    Option.group(
      "Cases",
      [
        .list(
          "--format", \.formats, "Only these formats of weights, or of caches.", placeholder: "id"),
        .list(
          "--isa", \.isa,
          "Kernels of these instruction sets instead of the best; 'all' for every level that runs"
            + " here.", placeholder: "name"),
        .list(
          "--shape", \.shapes,
          "Only these matrices; of attention, tokens in the cache by numbers of a token's keys."),
        .list("--tokens", \.tokens, "Only these token counts.", limit: .atLeast(1)),
        .list("--threads", \.threads, "Only these thread counts.", limit: .atLeast(1)),
        .value("--shard", \.shard, "Only share i of n; all n shares together are the suite."),
      ])
  }

  /// The levels that kernels are taken from.
  func levels() throws -> [ISA] {
    if isa.isEmpty { return [.allowed] }
    let runnable = ISA.levels.filter { level in
      ISA.allowed.isSuperset(of: level.isa)
        && KernelRegistry.all.contains { $0.isa == level.name }
    }
    if isa == ["all"] { return runnable.map(\.isa) }
    return try isa.map { name in
      guard let level = runnable.first(where: { $0.name == name }) else {
        let names = runnable.map(\.name)
        throw UsageError(
          "--isa \(name): does not run here\(didYouMean(name, in: names)); these do:"
            + " \(names.joined(separator: ", "))")
      }
      return level.isa
    }
  }

  /// The chosen cases of `suites`, each once.
  func cases(of suites: [Suite], processors: Int) throws -> [KernelCase] {
    let known = MeasuredFormats.ids
    for format in formats where !known.contains(format) {
      throw UsageError(
        "--format \(format): no kernel knows it\(didYouMean(format, in: known));"
          + " 'ridgeline list kernels' shows all")
    }
    let target = ExpansionTarget(processors: processors, levels: try levels())
    var keys: Set<String> = []
    var cases: [KernelCase] = []
    for suite in suites {
      cases += try suite.cases(for: target).filter { keys.insert($0.key).inserted }
    }
    return CaseSelection(
      formats: formats, shapes: shapes.map { ($0.rows, $0.columns) }, tokens: tokens,
      threads: threads, shard: shard.shard
    ).selected(from: cases)
  }
}

/// Finds suites by identifier or path.
enum SuiteSelection {
  static func suites(_ names: [String]) throws -> [Suite] {
    try names.map { name in
      if InputPath.looksLikePath(name) {
        return try SuiteCatalog.decode(
          try InputPath.read(name, limit: 1 << 20, what: "suite"), file: name)
      }
      guard let suite = try SuiteCatalog.suite(name) else {
        throw UsageError(
          "unknown suite '\(name)'\(didYouMean(name, in: SuiteCatalog.ids));"
            + " 'ridgeline list suites' shows all, and a path to a suite JSON works too")
      }
      return suite
    }
  }
}
