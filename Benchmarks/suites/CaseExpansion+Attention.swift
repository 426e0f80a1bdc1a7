import Kernels
import TransformerModels

extension CaseGroup {
  /// Cases of queries that meet a cache; none where the context has fewer tokens than are new, or where
  /// a format does not hold heads of that width.
  func attentionCases(
    for target: ExpansionTarget, suite: String
  ) throws(SuiteError) -> [KernelCase] {
    let heads = try self.heads + modelHeads(suite)
    var cases: [KernelCase] = []
    for format in try cacheFormats(suite) {
      for shape in heads where shape.width.isMultiple(of: format.granularity) {
        for isa in target.levels.map(TransformerISA.best) {
          cases += self.cases(format, shape, isa, target)
        }
      }
    }
    return cases
  }

  private func cases(
    _ format: CacheFormat, _ shape: Heads, _ isa: String, _ target: ExpansionTarget
  ) -> [KernelCase] {
    var cases: [KernelCase] = []
    for placement in placements {
      for threads in threadCounts(target.processors) {
        for context in contexts {
          for tokens in tokens where tokens <= context {
            cases.append(
              KernelCase(
                subject: .attention, format: format.rawValue, rows: context,
                columns: shape.keyValueHeads * shape.width, tokens: tokens, threads: threads,
                isa: isa, placement: placement,
                heads: .init(queriesPerKey: shape.queriesPerKey, width: shape.width)))
          }
        }
      }
    }
    return cases
  }

  private func cacheFormats(_ suite: String) throws(SuiteError) -> [CacheFormat] {
    guard case .named(let names) = formats else { return CacheFormat.allCases }
    var found: [CacheFormat] = []
    for name in names {
      guard let format = CacheFormat(rawValue: name) else {
        throw SuiteError(
          description: "suite \(suite): formats: there is no cache in the format '\(name)'; write"
            + " some of \(CacheFormat.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      found.append(format)
    }
    return found
  }

  /// The heads of the models' layers, each kind once.
  private func modelHeads(_ suite: String) throws(SuiteError) -> [Heads] {
    var heads: [Heads] = []
    for model in try catalogModels(suite) {
      for run in model.layers {
        let attention = run.layer.attention
        let found = Heads(
          keyValueHeads: attention.keyValueHeads,
          queriesPerKey: attention.heads / attention.keyValueHeads, width: attention.headDim)
        if !heads.contains(found) { heads.append(found) }
      }
    }
    return heads
  }
}
