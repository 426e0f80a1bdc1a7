import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("What holds for every estimate")
struct PropertyTests {
  @Test(
    "The bound is at least each of its times, and the roofline no faster than the bound",
    arguments: Draw.draws(300, seed: 1))
  func ordering(draw: Draw) throws {
    let estimator = try draw.estimator()
    for pass in try draw.passes() {
      let phase = estimator.estimate(pass)
      #expect(phase.memoryTime <= phase.bound.seconds)
      #expect(phase.computeTime ?? Seconds(0) <= phase.bound.seconds)
      #expect(Number.isAtMost(phase.roofline.tokensPerSecond, phase.bound.tokensPerSecond))
      let isCompute = phase.bound.limit == .compute
      #expect(isCompute == ((phase.computeTime ?? Seconds(0)) > phase.memoryTime))
      #expect(phase.cost.compulsoryTraffic <= phase.cost.traffic)
    }
  }

  @Test("Every number is finite and at least 0", arguments: Draw.draws(300, seed: 2))
  func counts(draw: Draw) throws {
    let estimator = try draw.estimator()
    for pass in try draw.passes() {
      let phase = estimator.estimate(pass)
      // A speed may be unlimited where no time is known: see KnownProblemTests.
      for number in phase.numbers where phase.bound.seconds.value > 0 {
        #expect(Number.isCount(number))
      }
      for row in estimator.operations(of: pass) {
        #expect(Number.isCount(row.seconds.value))
        #expect(Number.isCount(row.intensity))
        #expect(row.repeats >= 1)
      }
    }
    let memory = estimator.estimate(try draw.workload()).memory
    for part in [memory.weights, memory.cache, memory.activations] {
      #expect(Number.isCount(part.count))
      #expect(part.count > 0)
    }
  }

  @Test(
    "Operations add up to the counts and to the roofline's time",
    arguments: Draw.draws(200, seed: 3))
  func sums(draw: Draw) throws {
    let estimator = try draw.estimator()
    for pass in try draw.passes() {
      let phase = estimator.estimate(pass)
      let rows = estimator.operations(of: pass)
      func sum(_ value: (OperationCost) -> Double) -> Double { rows.reduce(0) { $0 + value($1) } }
      let cost = phase.cost
      let operations = cost.matrixOperations.count + cost.vector.count
      #expect(Number.agree(sum(\.seconds.value), phase.roofline.seconds.value))
      #expect(Number.agree(sum(\.operations.count), operations))
      #expect(Number.agree(sum(\.weights.count), (cost.weights + cost.embeddingRows).count))
      #expect(Number.agree(sum(\.cache.count), (cost.cacheRead + cost.cacheWritten).count))
      #expect(Number.agree(sum(\.activations.count), cost.activations.count))
      #expect(Number.agree(sum(\.traffic.count), cost.traffic.count))
    }
  }

  @Test("Twice every rate is half of every time, to the bit", arguments: Draw.draws(150, seed: 4))
  func scaling(draw: Draw) throws {
    let profile = try Fixture.profile(draw.device)
    let plan = try draw.plan()
    let base = try Fixture.estimator(
      plan, on: MadeUpDevice(copying: profile, factor: 1).profile())
    let doubled = try Fixture.estimator(
      plan, on: MadeUpDevice(copying: profile, factor: 2).profile())
    for pass in try draw.passes() {
      let (slow, fast) = (base.estimate(pass), doubled.estimate(pass))
      #expect(slow.memoryTime == fast.memoryTime * 2)
      #expect(slow.computeTime == fast.computeTime.map { $0 * 2 })
      #expect(slow.bound.seconds == fast.bound.seconds * 2)
      #expect(slow.roofline.seconds == fast.roofline.seconds * 2)
      #expect(slow.bound.limit == fast.bound.limit)
      #expect(slow.cost == fast.cost)
    }
  }

  @Test("Links scale too", arguments: [Parallelism.tensor(2), .tensor(8), .pipeline(4)])
  func scalingOfLinks(parallelism: Parallelism) throws {
    var made = MadeUpDevice(copying: try Fixture.profile("nvidia-h100-80gb-sxm"), factor: 1)
    made.linkLatency = 1e-5
    made.cacheBandwidth = 5e12
    let twice = MadeUpDevice(copying: try made.profile(), factor: 2)
    let plan = try Fixture.plan("llama-3-70b", "q4_k_m")
    let pass = Pass(decodingAt: 1000, sequences: 32)
    let slow = try Fixture.estimator(plan, on: made.profile(), parallelism).estimate(pass)
    let fast = try Fixture.estimator(plan, on: twice.profile(), parallelism).estimate(pass)
    #expect(slow.linkTime == fast.linkTime * 2)
    #expect(slow.bound.seconds == fast.bound.seconds * 2)
    #expect(slow.roofline.seconds == fast.roofline.seconds * 2)
    #expect(slow.linkTime.value > 0)
  }

  @Test("Equal inputs give equal bits", arguments: Draw.draws(60, seed: 5))
  func determinism(draw: Draw) throws {
    let (first, second) = (try draw.estimator(), try draw.estimator())
    #expect(first.plan.weights == second.plan.weights)
    #expect(first.plan.weightsByRole == second.plan.weightsByRole)
    for pass in try draw.passes() {
      let (left, right) = (first.estimate(pass), second.estimate(pass))
      #expect(left.numbers.map(\.bitPattern) == right.numbers.map(\.bitPattern))
      let rows = zip(first.operations(of: pass), second.operations(of: pass))
      #expect(rows.allSatisfy { $0.kind == $1.kind && $0.seconds == $1.seconds })
    }
  }

  @Test(
    "A faster memory is never slower, a faster unit neither", arguments: Draw.draws(150, seed: 6))
  func fasterParts(draw: Draw) throws {
    let profile = try Fixture.profile(draw.device)
    let plan = try draw.plan()
    let base = MadeUpDevice(copying: profile, factor: 1)
    var memory = base
    memory.bandwidth = base.bandwidth.map { $0 * 1.5 }
    var units = base
    for index in units.rates.indices { units.rates[index].peak *= 1.5 }
    let slow = try Fixture.estimator(plan, on: base.profile())
    for faster in [memory, units] {
      let fast = try Fixture.estimator(plan, on: faster.profile())
      for pass in try draw.passes() {
        let (before, after) = (slow.estimate(pass), fast.estimate(pass))
        #expect(after.bound.seconds <= before.bound.seconds)
        #expect(Number.isAtMost(after.roofline.seconds.value, before.roofline.seconds.value))
      }
    }
  }
}
