import PublishedMeasurements
import Testing

@testable import Engines

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The fit against problems whose answers are known.
@Suite struct FitTests {
  @Test func `Cholesky solves a system worked by hand`() {
    // 4x + 2y = 10, 2x + 3y = 11: x = 1, y = 3; only the lower triangle is read.
    let solution = Cholesky.solve([[4, 0], [2, 3]], [10, 11], damping: 0)
    #expect(abs(solution[0] - 1) < 1e-12)
    #expect(abs(solution[1] - 3) < 1e-12)
  }

  @Test func `slopes are derivatives of the logarithm of the time`() {
    let groups = [
      TermGroup(
        overlap: 2,
        components: [
          TermComponent(quantity: .weightBytes, unit: 1, floor: 1, effects: ["a"]),
          TermComponent(quantity: .layers, unit: 2, effects: ["b", "c"]),
        ]),
      TermGroup(components: [TermComponent(quantity: .layers, unit: 3, effects: ["c"])]),
      TermGroup(
        overlap: 3,
        parts: [
          [
            TermComponent(quantity: .layers, unit: 1, effects: ["a"]),
            TermComponent(quantity: .weightBytes, unit: 0.5, floor: 1, effects: ["b"]),
          ],
          [TermComponent(quantity: .layers, unit: 2, effects: ["c"])],
        ]),
    ]
    let names = ["a", "b", "c"]
    let row = DesignRow(groups, work: Self.work(weights: 5, layers: 2), missing: { _ in 0 }) {
      names.firstIndex(of: $0)
    }
    let values = [0.3, -0.2, 0.1]
    var slopes: [(effect: Int, slope: Double)] = []
    let time = row.seconds(values, slopes: &slopes)
    #expect(abs(time - row.seconds(values)) < 1e-12)
    for effect in names.indices {
      var moved = values
      moved[effect] += 1e-6
      let numeric = (log(row.seconds(moved)) - log(time)) / 1e-6
      let analytic = slopes.filter { $0.effect == effect }.reduce(0) { $0 + $1.slope }
      #expect(abs(numeric - analytic) < 1e-5)
    }
  }

  @Test func `a fit finds the factor behind exact rows and shrugs off an odd one`() {
    // Times are 3 times the unit; one row in ten is ten times off.
    let term = TermGroup(components: [
      TermComponent(quantity: .layers, unit: 1, effects: ["factor"])
    ])
    let rows = (1...20).map { layers in
      EffectFit.Row(
        design: DesignRow(
          [term], work: Self.work(weights: 0, layers: Double(layers)), missing: { _ in 0 },
          index: { _ in 0 }),
        logSeconds: log(Double(layers) * (layers.isMultiple(of: 10) ? 30 : 3)), weight: 1)
    }
    let fit = EffectFit(priors: [EffectPrior(mean: 0, spread: 3)], rows: rows)
    let value = fit.effects { _ in true }[0]
    #expect(abs(exp(value) - 3) < 0.05)
  }

  @Test func `classes with few rows stay near their parent`() {
    // One row says 2, the prior of the class says 1 within 10 %: the answer lies between, nearer 1.
    let term = TermGroup(components: [
      TermComponent(quantity: .layers, unit: 1, effects: ["class"])
    ])
    let row = EffectFit.Row(
      design: DesignRow(
        [term], work: Self.work(weights: 0, layers: 1), missing: { _ in 0 }, index: { _ in 0 }),
      logSeconds: log(1.2), weight: 1)
    let fit = EffectFit(priors: [EffectPrior(mean: 0, spread: 0.1)], rows: [row])
    let value = fit.effects { _ in true }[0]
    #expect(value > 0.01 && value < log(1.2) - 0.01)
  }

  @Test func `what rows hardly touch stays open, and what fills their time does not`() {
    // The second term is a thousandth of the time of each of ten rows, the third in none.
    let groups = zip(["a", "b", "c"], [1, 1e-3, 0]).map { name, unit in
      TermGroup(components: [TermComponent(quantity: .layers, unit: unit, effects: [name])])
    }
    let row = EffectFit.Row(
      design: DesignRow(
        groups, work: Self.work(weights: 0, layers: 1), missing: { _ in 0 },
        index: { ["a", "b", "c"].firstIndex(of: $0) }),
      logSeconds: log(1.001), weight: 1)
    let prior = EffectPrior(mean: 0, spread: 0.5)
    let fit = EffectFit(
      priors: [prior, prior, prior], rows: [EffectFit.Row](repeating: row, count: 10))
    let open = fit.openSpreads([0, 0, 0]) { _ in true }
    // A row weighs 5/4 / 0.08^2 = 195; ten of them against 1 / 0.5^2 = 4: 0.5 (4 / 1957)^2.
    #expect(open[0] < 1e-5)
    #expect(open[1] > 0.499 && open[1] < 0.5)
    #expect(open[2] == 0.5)
    #expect(fit.openSpreads([0, 0, 0]) { _ in false } == [0.5, 0.5, 0.5])
  }

  @Test func `quantiles interpolate`() {
    #expect(Quantiles.value(0.5, of: [3, 1, 2]) == 2)
    #expect(Quantiles.value(0.25, of: [0, 1]) == 0.25)
    #expect(Quantiles.value(0.9, of: []) == 0)
  }

  @Test func `equal rows give equal bits`() throws {
    let first = try Self.fit(.eagerDecode), second = try Self.fit(.eagerDecode)
    #expect(first.effects == second.effects)
    #expect(first.errors == second.errors)
  }

  @Test func `intervals of architectures that are new hold what others' do not`() throws {
    let fit = try Self.llamaCpp.get()
    let single = fit.observations.indices.filter { !fit.observations[$0].hasSeveralTokens }
    let owners = Dictionary(grouping: single) { index in
      fit.observations[index].architecture
    }.filter { Set($1.map { fit.observations[$0].device }).count == 1 }
    // An Apple M5, two Intel Arcs, an MI210, a Strix Halo and a V100.
    #expect(owners.count == 6)
    let width = fit.constants.newArchitectureReach
    #expect(width > 0.2 && width < 0.6)
    var isInside: [Bool] = []
    for rows in owners.values {
      let row = rows[0]
      // Without the device itself the width is another, but in the range of the others' errors.
      #expect(fit.newcomer[row] > 0.15, "\(fit.observations[row].device)")
      let reach = try #require(fit.constants.error(of: fit.observations[row].errorClass)).reach
      isInside.append(
        Quantiles.value(0.5, of: rows.map { abs(fit.rows[$0].residual) })
          <= IntervalReach.halfWidth(
            reach, unknown: fit.rows[row].unknown, newcomer: fit.newcomer[row]))
    }
    // Of an A770 and a V100 the speeds are half and two thirds of what is expected.
    #expect(isInside.count { $0 } >= 4)
    let known = single.filter { owners[fit.observations[$0].architecture] == nil }
    #expect(known.allSatisfy { fit.newcomer[$0] == 0 })
  }

  @Test func `the committed constants are those of the table`() throws {
    let family = EngineFamily.llamaCppDecode
    let fitted = try Self.llamaCpp.get().constants
    let committed = try #require(try EngineCatalog.constants(family))
    #expect(committed.rows == fitted.rows)
    #expect(committed.effects.map(\.name) == fitted.effects.map(\.name))
    for (own, other) in zip(fitted.effects, committed.effects) {
      #expect(abs(own.value - other.value) < 2e-3, "\(own.name): run 'ridgeline fit'")
    }
    #expect(abs(committed.newArchitectureReach - fitted.newArchitectureReach) < 2e-3)
    #expect(committed.errors.map(\.name) == fitted.errors.map(\.name))
    for (own, other) in zip(fitted.errors, committed.errors) {
      #expect(abs(own.median - other.median) < 2e-3, "\(own.name): run 'ridgeline fit'")
    }
  }

  private static func fit(_ family: EngineFamily) throws -> FittedConstants {
    try familyFit(family).constants
  }

  private static func familyFit(_ family: EngineFamily) throws -> FamilyFit {
    let observations = PublishedObservations(try PublishedComparison.shared.get().cases)
    return FamilyFit(family, observations.observations(family))
  }

  private static let llamaCpp = Result { try familyFit(.llamaCppDecode) }

  static func work(weights: Double, layers: Double) -> PassWork {
    PassWork(counts: [.weightBytes: weights, .layers: layers])
  }
}
