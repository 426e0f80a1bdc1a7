import HardwareProfiles
import Roofline
import Units

/// A rule of thumb that an existing estimator ships, on the same row.
public struct PeerRule: Sendable {
  /// What the rule says, and whose it is.
  public let name: String
  /// Tokens per second; `nil` where the rule has nothing to say.
  public let tokensPerSecond: @Sendable (PublishedCase) -> Double?

  /// Rules for decode at batch 1, the constants as their sources have them.
  public static let decode: [PeerRule] = [
    PeerRule(name: "ideal roofline") { $0.bound },
    PeerRule(name: "0.70 of bandwidth") { 0.70 * rate($0, withCache: true) },
    PeerRule(name: "0.61 of bandwidth (ridgepoint)") { 0.61 * rate($0, withCache: true) },
    PeerRule(name: "0.50 of bandwidth over weights (llm-cal)") {
      0.50 * rate($0, withCache: false)
    },
    PeerRule(name: "0.80 on GPUs, 0.85 on CPUs (ggufit)") {
      ($0.profile.kind == .cpu ? 0.85 : 0.80) * rate($0, withCache: false)
    },
    PeerRule(name: "0.55 of bandwidth over nominal bits (llmfit)") { published in
      let bits = published.plan.weightBitsPerParameter
      let nominal = bits < 6 ? 0.5 : bits < 12 ? 1.0 : 2.0
      return 0.55 * bandwidth(published) / (Double(published.plan.parameters) * nominal)
    },
  ]

  /// Rules for prefill.
  public static let prefill: [PeerRule] = [
    PeerRule(name: "ideal roofline") { $0.bound },
    PeerRule(name: "0.40 of the peak (llm-cal)") { 0.40 * $0.bound },
  ]

  private static func bandwidth(_ published: PublishedCase) -> Double {
    (published.profile.bandwidth?.value ?? 0) * PublishedNames.share(of: published.row)
  }

  private static func rate(_ published: PublishedCase, withCache: Bool) -> Double {
    let cost = published.phase.cost
    let cache = withCache ? cost.cacheRead.count : 0
    return bandwidth(published) / (cost.weights.count + cache)
  }
}
