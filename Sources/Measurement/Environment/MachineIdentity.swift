/// What must be equal for two runs to count as runs on one machine.
///
/// Clock, load, free memory, kernel release and build may differ between runs.
public struct MachineIdentity: Hashable, Sendable, CustomStringConvertible {
  /// The parts that must be equal, each readable.
  public let parts: [String]

  /// The machine of `environment`.
  public init(_ environment: EnvironmentRecord) {
    let processor = environment.processor
    var parts = [
      processor.name ?? processor.vendor ?? "unknown processor", processor.architecture,
      "\(processor.logicalProcessors) processors",
    ]
    if let revision = processor.revision { parts.append(revision) }
    for cache in processor.caches { parts.append("\(cache.level) \(cache.bytes) bytes") }
    // Reserved regions change a little with the kernel.
    if let bytes = environment.memory.totalBytes {
      parts.append("\(Int((Double(bytes) / 1_073_741_824).rounded())) GiB")
    }
    if let name = environment.machineName { parts.append("named '\(name)'") }
    self.parts = parts
  }

  /// The parts in one line.
  public var description: String { parts.joined(separator: ", ") }

  /// What differs from `other`, for a message.
  public func difference(from other: MachineIdentity) -> String {
    let mine = parts.filter { !other.parts.contains($0) }
    let theirs = other.parts.filter { !parts.contains($0) }
    return "\(mine.joined(separator: ", ")) instead of \(theirs.joined(separator: ", "))"
  }
}
