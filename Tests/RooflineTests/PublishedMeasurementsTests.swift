import PublishedMeasurements
import Testing
import Units

/// Whether measured speeds stay below the speed of light, over everything that was published.
///
/// The table marks none of its 1,860 rows as anomalous, and none is left out here.
@Suite("Published measurements of single devices")
struct PublishedMeasurementsTests {
  private let comparison: PublishedComparison

  init() throws { comparison = try PublishedComparison.shared.get() }

  @Test("Every row has a profile, a model and a precision")
  func everyRow() {
    #expect(comparison.problems.isEmpty, "\(comparison.problems.joined(separator: "\n"))")
    #expect(comparison.cases.count == 1860)
  }

  @Test("Every bound counts operations as well as bytes")
  func everyBoundIsWhole() {
    for published in comparison.cases where !published.isComputeBounded {
      Issue.record("no rate: \(published.row.label)")
    }
    #expect(comparison.cases.allSatisfy { $0.bound.isFinite && $0.bound > 0 })
  }

  @Test("No measurement beats its bound by more than 2 %")
  func bounds() {
    for published in comparison.cases where published.share > 1.02 {
      Issue.record(
        """
        \(published.row.label): \(published.row.tokensPerSecond) tok/s is \(published.share) of \
        the bound \(published.bound); \(published.row.source)
        """)
    }
    printShares()
  }

  @Test("Files of llama.cpp have the size that its rules give, within 1 %")
  func fileSizes() {
    var exceptions: Set<String> = []
    for published in comparison.cases {
      let row = published.row
      guard row.engine.contains("llama.cpp"), row.isSizeStated, let size = row.fileBytes else {
        continue
      }
      let key = "\(row.model), \(row.precision)"
      let weights =
        Self.filesWithOwnHead.contains(key)
        ? published.weights + published.embedding : published.weights
      if Self.otherFiles[key] != nil {
        exceptions.insert(key)
      } else {
        let ratio = weights.count / size
        #expect(abs(ratio - 1) < 0.01, "\(row.label): \(weights.count) B for \(size) B")
      }
    }
    #expect(exceptions == Set(Self.otherFiles.keys), "an exception is no longer needed")
  }

  /// Models with tied embeddings that llama.cpp counted, or the file stored, twice.
  private static let filesWithOwnHead: Set = [
    "Llama-3.2-1B, Q4_0", "Llama-3.2-3B, Q4_0", "Qwen3-0.6B, Q8_0",
  ]

  /// Files made by other rules than the precision they are compared at, and how they differ.
  private static let otherFiles = [
    "gemma3 4B Q4_0, Q4_0": "as large as with an embedding, also the head, at Q8_0 instead of Q6_K",
    "Kimi-Dev-72B (Qwen2.5-72B arch), IQ3_KT": "a format of ik_llama.cpp, compared as 3 bits",
    "Kimi-Dev-72B (Qwen2.5-72B arch), smol-IQ3_K": "a mix of ik_llama.cpp, compared as 3 bits",
  ]

  /// Prints how much of the bound was reached, for a reader who wonders whether it is plausible.
  private func printShares() {
    print("Share of the bound that was measured: rows, median, maximum")
    let groups = Dictionary(grouping: comparison.cases) { published in
      "\(published.row.kind.rawValue), \(published.row.subset)"
    }
    for (name, cases) in groups.sorted(by: { $0.key < $1.key }) {
      let shares = cases.map(\.share).sorted()
      let median = Self.rounded(shares[shares.count / 2])
      let maximum = Self.rounded(shares[shares.count - 1])
      print("  \(name): \(shares.count), \(median), \(maximum)")
    }
  }

  private static func rounded(_ share: Double) -> Double { (share * 1000).rounded() / 1000 }
}
