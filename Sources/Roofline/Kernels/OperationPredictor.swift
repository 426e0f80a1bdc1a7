public import HardwareProfiles

/// Queries that meet a cache of keys and values, as calibration measures it.
public struct AttentionWork: Hashable, Sendable {
  /// The identifier of the format of the cache.
  public var cache: String
  /// Whether each sequence has one new token, whose keys and values come from memory.
  public var isDecode: Bool
  /// Tokens that a query sees in decode, pairs of a query and a key that it sees otherwise; of one
  /// head of queries.
  public var size: Double
  /// Heads of keys of all sequences.
  public var heads: Int
  /// Heads of queries that share a head of keys.
  public var queriesPerKey: Int
  /// Numbers of a key.
  public var width: Int
  /// Threads that share the work.
  public var threads: Int

  /// Describes some attention.
  public init(
    cache: String, isDecode: Bool, size: Double, heads: Int, queriesPerKey: Int, width: Int,
    threads: Int
  ) {
    self.cache = cache
    self.isDecode = isDecode
    self.size = size
    self.heads = heads
    self.queriesPerKey = queriesPerKey
    self.width = width
    self.threads = threads
  }
}

/// Predicts what a transformer computes beside products of weights, from what calibration measured.
public struct OperationPredictor: Sendable {
  private let operations: [HardwareProfile.KernelCeilings.Operation]

  /// A predictor for the machine of `profile`; `nil` if its operations were not calibrated.
  public init?(_ profile: HardwareProfile) {
    guard let operations = profile.kernels?.operations, !operations.isEmpty else { return nil }
    self.operations = operations
  }

  /// The time in seconds of the operation called `name`, between and beyond the measured sizes; `nil`
  /// if it was not calibrated with so many threads.
  public func seconds(_ name: String, size: Double, threads: Int) -> Double? {
    let points = operations.filter { $0.name == name && $0.threads == threads }
    return Self.along(points.map { (x: $0.size, y: $0.seconds) }, at: size)
  }

  /// The time in seconds of one layer's attention; `nil` if no cache of the format was calibrated.
  ///
  /// From the calibrated width of heads that is nearest, in proportion; along the calibrated numbers of
  /// queries that share a key.
  public func attention(_ work: AttentionWork) -> Double? {
    let phase = work.isDecode ? "attention_decode" : "attention_prefill"
    let names = Set(operations.map(\.name)).filter { $0.hasPrefix("\(phase)/\(work.cache)/") }
    let measured = names.compactMap { name -> (name: String, width: Int, group: Int)? in
      let parts = name.split(separator: "/").suffix(2).compactMap { Int($0) }
      return parts.count == 2 ? (name, parts[0], parts[1]) : nil
    }
    guard
      let width = measured.map(\.width).min(by: { abs($0 - work.width) < abs($1 - work.width) })
    else { return nil }
    let points = measured.filter { $0.width == width }.compactMap { item in
      seconds(item.name, size: work.size, threads: work.threads).map {
        (x: Double(item.group), y: $0)
      }
    }
    guard let perHead = Self.along(points, at: Double(work.queriesPerKey)) else { return nil }
    return perHead * Double(work.width) / Double(width) * Double(work.heads)
  }

  /// Linear between neighbours, constant below the first, along the last slope beyond the last; `nil`
  /// without points.
  private static func along(_ points: [(x: Double, y: Double)], at x: Double) -> Double? {
    let sorted = points.sorted { $0.x < $1.x }
    guard let first = sorted.first, let last = sorted.last else { return nil }
    if x <= first.x || sorted.count == 1 { return first.y }
    let right = sorted.firstIndex { $0.x >= x } ?? sorted.count - 1
    let (low, high) = (sorted[right - 1], sorted[right])
    let value = low.y + (high.y - low.y) * (x - low.x) / (high.x - low.x)
    return x > last.x ? max(value, last.y) : value
  }
}
