import HardwareProfiles
import QuantizationFormats
import Roofline
import StrictJSON
import Testing
import TransformerModels
import Units

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Models, precisions and devices by name.
enum Fixture {
  static func model(_ id: String) throws -> TransformerModel {
    try ModelCatalog.entry(named: id).model
  }

  static func profile(_ id: String) throws -> HardwareProfile {
    try #require(try ProfileCatalog.profile(id), "no profile \(id)")
  }

  static func plan(_ model: String, _ precision: String) throws -> OperationPlan {
    try plan(Self.model(model), precision)
  }

  static func plan(_ model: TransformerModel, _ precision: String) throws -> OperationPlan {
    OperationPlan(model: model, precision: try PrecisionCatalog.precision(precision))
  }

  static func estimator(
    _ model: String, _ precision: String, on device: String, _ parallelism: Parallelism = .single
  ) throws -> Estimator {
    try estimator(plan(model, precision), on: profile(device), parallelism)
  }

  static func estimator(
    _ plan: OperationPlan, on profile: HardwareProfile, _ parallelism: Parallelism = .single
  ) throws -> Estimator {
    try Estimator(
      plan: plan, device: try Device(profile, precision: plan.precision), parallelism: parallelism)
  }
}

/// Comparisons of computed numbers, each written so that NaN fails it.
enum Number {
  /// The relative error that `roundings` rounded operations can pile up: n u / (1 - n u).
  static func error(after roundings: Int) -> Double {
    let error = Double(roundings) * 0x1p-53
    return error / (1 - error)
  }

  /// No estimate adds more numbers than this one after the other.
  static let roundings = 4096

  /// Whether both are finite and the same but for rounding.
  static func agree(_ left: Double, _ right: Double) -> Bool {
    let largest = max(abs(left), abs(right))
    return largest.isFinite && abs(left - right) <= error(after: roundings) * largest
  }

  /// Whether both are finite and `left` is at most `right`, but for rounding.
  static func isAtMost(_ left: Double, _ right: Double) -> Bool {
    let largest = max(abs(left), abs(right))
    return largest.isFinite && left <= right + error(after: roundings) * largest
  }

  /// Whether `value`, printed with so many decimals, is `printed`.
  static func rounds(_ value: Double, to printed: Double, decimals: Int = 1) -> Bool {
    let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
    return (value * scale).rounded() == (printed * scale).rounded()
  }

  /// A whole number, so that its arithmetic is done in integers.
  static func whole(_ value: Int) -> Double { Double(value) }

  /// Whether `value` is a finite number of at least 0.
  static func isCount(_ value: Double) -> Bool { value >= 0 && value.isFinite }
}

/// The generator SplitMix64, for draws that are the same in every run.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A device made of round numbers, decoded from the text of a profile.
struct MadeUpDevice {
  struct Rate {
    var unit: String
    var accumulator: String
    var peak: Double
  }

  var kind = "gpu"
  var vendor = "Nobody"
  var bandwidth: Double? = 1e12
  var capacity: Double? = 1e12
  var usableFraction: Double?
  var rates = [Rate(unit: "fp16", accumulator: "fp32", peak: 100e12)]
  var cacheCapacity: Double?
  var cacheBandwidth: Double?
  var linkBandwidth: Double?
  var linkLatency: Double?
  var cores = 10

  /// A copy of a real profile whose rates are all multiplied by `factor`.
  init(copying profile: HardwareProfile, factor: Double) {
    kind = profile.kind.rawValue
    vendor = profile.vendor
    bandwidth = profile.bandwidth.map { $0.value * factor }
    capacity = profile.memory.capacity?.value
    usableFraction = profile.memory.usableFraction?.value
    rates = profile.compute.map {
      Rate(unit: $0.unit.rawValue, accumulator: $0.accumulator, peak: $0.peak.value * factor)
    }
    cacheCapacity = profile.lastLevelCache?.capacity.value
    cacheBandwidth = profile.lastLevelCache?.bandwidth.map { $0.value * factor }
    linkBandwidth = profile.links.first.map { $0.bandwidth.value * factor }
    linkLatency = profile.links.first?.latency.map { $0.value / factor }
    cores = profile.cores ?? 10
  }

  init() {}

  func profile() throws -> HardwareProfile {
    try StrictJSON.decode(HardwareProfile.self, from: Data(json.utf8), file: "made-up.json")
  }

  private var json: String {
    var memory: [String] = []
    if let capacity { memory.append("\"capacity_bytes\": \(Self.figure(capacity))") }
    if let usableFraction { memory.append("\"usable_fraction\": \(Self.figure(usableFraction))") }
    if let bandwidth {
      memory.append("\"bandwidth_theoretical_bytes_per_s\": \(Self.figure(bandwidth))")
    }
    let compute = rates.map {
      "{ \"unit\": \"\($0.unit)\", \"via\": \"vector\", \"accumulate\": \"\($0.accumulator)\", "
        + "\"peak_ops_per_s\": \(Self.figure($0.peak)) }"
    }
    return """
      { "schema_version": 1, "id": "made-up", "name": "Made up", "vendor": "\(vendor)",
        "kind": "\(kind)", "architecture": "none", "cores": \(cores),
        "memory": { \(memory.joined(separator: ", ")) },
        "compute": [\(compute.joined(separator: ", "))], "caches": [\(cache)], "links": [\(link)] }
      """
  }

  private var cache: String {
    guard let cacheCapacity else { return "" }
    let speed = cacheBandwidth.map { ", \"bandwidth_bytes_per_s\": \(Self.figure($0))" } ?? ""
    return "{ \"level\": \"L2\", \"capacity_bytes\": \(Self.figure(cacheCapacity))\(speed) }"
  }

  private var link: String {
    guard let linkBandwidth else { return "" }
    let delay = linkLatency.map { ", \"latency_s\": \(Self.figure($0))" } ?? ""
    return
      "{ \"name\": \"link\", \"bandwidth_bytes_per_s\": \(Self.figure(linkBandwidth))\(delay) }"
  }

  private static func figure(_ value: Double) -> String {
    "{ \"value\": \(value), \"basis\": \"datasheet\", \"source\": \"a test\" }"
  }
}
