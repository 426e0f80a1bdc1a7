public import Kernels
import QuantizationFormats
import TransformerModels

/// What the cases of a suite depend on beside the suite.
public struct ExpansionTarget: Sendable {
  /// Processors that threads can run on at the same time.
  public let processors: Int
  /// The instruction sets whose best kernel is measured, one level for each.
  public let levels: [ISA]

  /// A target; by default the best kernels that may run here.
  public init(processors: Int, levels: [ISA] = [.allowed]) {
    self.processors = max(1, processors)
    self.levels = levels
  }
}

/// A suite that asks for what there is not.
public struct SuiteError: Error, Hashable, CustomStringConvertible {
  /// What is wrong and the remedy.
  public let description: String
}

extension Suite {
  /// The cases for `target`, in the order of the file and each once.
  ///
  /// Formats without a kernel on a level, and shapes that are not whole blocks of a format, have no
  /// case.
  ///
  /// - Throws: ``SuiteError`` for an unknown model or format.
  public func cases(for target: ExpansionTarget) throws(SuiteError) -> [KernelCase] {
    var cases: [KernelCase] = []
    var keys: Set<String> = []
    for group in groups {
      for found in try group.cases(for: target, suite: id) where keys.insert(found.key).inserted {
        cases.append(found)
      }
    }
    return cases
  }
}

extension CaseGroup {
  func cases(for target: ExpansionTarget, suite: String) throws(SuiteError) -> [KernelCase] {
    if subject == .attention { return try attentionCases(for: target, suite: suite) }
    let shapes = try self.shapes + modelShapes(suite)
    var cases: [KernelCase] = []
    for measured in try measuredFormats(suite) {
      for shape in shapes {
        guard shape.columns.isMultiple(of: measured.format.weightsPerRowUnit) else { continue }
        for level in target.levels {
          guard let way = measured.best(on: level) else { continue }
          cases += self.cases(measured, way, shape, target)
        }
      }
    }
    return cases
  }

  private func cases(
    _ measured: MeasuredFormat, _ way: MeasuredWay, _ shape: Shape, _ target: ExpansionTarget
  ) -> [KernelCase] {
    var cases: [KernelCase] = []
    let distributions: [KernelCase.Distribution?] =
      self.distributions.isEmpty ? [nil] : self.distributions
    for placement in placements {
      for threads in threadCounts(target.processors) {
        for tokens in tokens {
          for distribution in distributions {
            cases.append(
              KernelCase(
                subject: subject, format: measured.id, rows: shape.rows,
                columns: shape.columns, tokens: tokens, threads: threads, isa: way.isa,
                placement: placement, distribution: distribution))
          }
        }
      }
    }
    return cases
  }

  private func measuredFormats(_ suite: String) throws(SuiteError) -> [MeasuredFormat] {
    guard case .named(let names) = formats else {
      return KernelRegistry.formats.map { MeasuredFormat($0) }
    }
    var found: [MeasuredFormat] = []
    for name in names {
      guard let format = MeasuredFormat(id: name) else {
        throw SuiteError(description: "suite \(suite): formats: there is no format '\(name)'")
      }
      found.append(format)
    }
    return found
  }

  /// The models that the group names.
  func catalogModels(_ suite: String) throws(SuiteError) -> [TransformerModel] {
    var found: [TransformerModel] = []
    for name in models {
      guard let model = try? ModelCatalog.entry(named: name).model else {
        throw SuiteError(description: "suite \(suite): models: there is no model '\(name)'")
      }
      found.append(model)
    }
    return found
  }

  /// The matrices of the models' blocks and heads, each shape once.
  private func modelShapes(_ suite: String) throws(SuiteError) -> [Shape] {
    var shapes: [Shape] = []
    for model in try catalogModels(suite) {
      let blocks = model.layers.flatMap {
        $0.layer.tensors(width: model.width, norm: model.norm)
      }
      let matrices = (blocks + model.outerTensors).filter {
        $0.role.isBlockLinear || $0.role == .outputHead
      }
      for matrix in matrices {
        let shape = Shape(rows: matrix.rows, columns: matrix.columns)
        if !shapes.contains(shape) { shapes.append(shape) }
      }
    }
    return shapes
  }

  func threadCounts(_ processors: Int) -> [Int] {
    var counts: [Int] = []
    for item in threads {
      switch item {
      case .count(let count): counts.append(count)
      case .all: counts.append(processors)
      case .powersOfTwo:
        var count = 1
        while count < processors {
          counts.append(count)
          count *= 2
        }
        counts.append(processors)
      }
    }
    return counts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
