/// Which cases of a suite to run: filters, then a share of what is left.
public struct CaseSelection: Sendable {
  /// Formats; none means all.
  public var formats: [String]
  /// Shapes, rows and columns; none means all.
  public var shapes: [(rows: Int, columns: Int)]
  /// Token counts; none means all.
  public var tokens: [Int]
  /// Thread counts; none means all.
  public var threads: [Int]
  /// The share of this machine.
  public var shard: Shard

  /// Every case by default.
  public init(
    formats: [String] = [], shapes: [(rows: Int, columns: Int)] = [], tokens: [Int] = [],
    threads: [Int] = [], shard: Shard = .whole
  ) {
    self.formats = formats
    self.shapes = shapes
    self.tokens = tokens
    self.threads = threads
    self.shard = shard
  }

  /// The cases that are wanted, in their order.
  public func selected(from cases: [KernelCase]) -> [KernelCase] {
    let wanted = cases.filter { item in
      (formats.isEmpty || formats.contains(item.format))
        && (shapes.isEmpty || shapes.contains { $0 == (item.rows, item.columns) })
        && (tokens.isEmpty || tokens.contains(item.tokens))
        && (threads.isEmpty || threads.contains(item.threads))
    }
    return shard.part(of: wanted)
  }
}

/// One of several shares of a suite: every case is in exactly one.
public struct Shard: Hashable, Sendable {
  /// Which share, from 1.
  public let index: Int
  /// How many shares there are.
  public let count: Int

  /// Everything.
  public static let whole = Shard(uncheckedIndex: 1, count: 1)

  private init(uncheckedIndex index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// Share `index` of `count`; `nil` unless 1 <= index <= count.
  public init?(index: Int, of count: Int) {
    guard count >= 1, (1...count).contains(index) else { return nil }
    self.init(uncheckedIndex: index, count: count)
  }

  /// The share of `items`: every `count`-th, so that dear and cheap cases mix.
  public func part<Item>(of items: [Item]) -> [Item] {
    items.enumerated().filter { $0.offset % count == index - 1 }.map(\.element)
  }
}
