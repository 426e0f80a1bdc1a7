public import Measurement

extension Results<KernelResult> {
  /// The cases that were measured with processors further apart than in others with as many threads.
  ///
  /// A runner knows only what it has seen until then: what it measured before the processors first came
  /// near shows when all is there.
  public var movedApart: Set<String> {
    var nearest: [Int: Double] = [:]
    let starts = entries.compactMap { entry in
      entry.payload.timing?.startSeconds.map { (entry.payload.kernelCase, seconds: $0) }
    }
    for (item, seconds) in starts {
      nearest[item.threads] = min(nearest[item.threads] ?? seconds, seconds)
    }
    return Set(
      starts.filter { $0.seconds > CoreShare.farther * (nearest[$0.0.threads] ?? $0.seconds) }
        .map(\.0.key))
  }
}
