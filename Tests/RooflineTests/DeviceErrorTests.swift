import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("Devices: what lacks, threads, memory")
struct DeviceErrorTests {
  private func device(
    _ profile: HardwareProfile, _ precision: String = "w16a16", threads: Int? = nil,
    memory: Bytes? = nil
  ) throws -> Device {
    try Device(
      profile, precision: try PrecisionCatalog.precision(precision), threads: threads,
      memory: memory)
  }

  @Test("A device without memory bandwidth is refused by name")
  func noBandwidth() throws {
    var made = MadeUpDevice()
    made.bandwidth = nil
    let profile = try made.profile()
    let error = #expect(throws: DeviceError.self) { try device(profile) }
    #expect(
      error?.description == "device made-up: has no memory bandwidth; add it to the profile")
  }

  @Test("Fewer than one thread is refused", arguments: [0, -4, Int.min])
  func threadsBelowOne(threads: Int) throws {
    let profile = try Fixture.profile("intel-core-i9-14900k")
    let error = #expect(throws: DeviceError.self) { try device(profile, threads: threads) }
    #expect(error?.device == "intel-core-i9-14900k")
    #expect(error?.problem == "--threads \(threads): must be at least 1")
  }

  @Test("Threads scale the compute of a CPU down, never up, and not its bandwidth")
  func threads() throws {
    let profile = try Fixture.profile("intel-core-i9-14900k")
    let whole = try #require(try device(profile, "q4_0").linear).fastest
    // 24 cores
    for (threads, share) in [(1, 1.0 / 24), (6, 0.25), (12, 0.5), (24, 1), (1000, 1)] {
      let part = try device(profile, "q4_0", threads: threads)
      #expect(try #require(part.linear).fastest == whole * share)
      #expect(try #require(part.vector).fastest.value <= 2.6624e12)
      #expect(part.bandwidth == BytesPerSecond(89.6e9))
    }
  }

  @Test("Threads leave a GPU alone")
  func threadsOfGPU() throws {
    let profile = try Fixture.profile("nvidia-rtx-4090")
    let whole = try #require(try device(profile).linear).fastest
    #expect(try #require(try device(profile, threads: 1).linear).fastest == whole)
  }

  @Test("Fewer threads slow a prompt down but not a step that waits for memory")
  func threadsAndLimits() throws {
    let profile = try Fixture.profile("intel-core-i9-14900k")
    let plan = try Fixture.plan("llama-2-7b", "q8_0")
    func estimate(_ threads: Int) throws -> Estimate {
      let device = try device(profile, "q8_0", threads: threads)
      return try Estimator(plan: plan, device: device).estimate(try Workload())
    }
    let (all, half) = (try estimate(24), try estimate(12))
    #expect(half.decode?.bound == all.decode?.bound)
    let (slow, fast) = (try #require(half.prefill), try #require(all.prefill))
    #expect(slow.bound.seconds.value == fast.bound.seconds.value * 2)
  }

  @Test(
    "Apple's GPU may use 2/3 of up to 32 GiB and 3/4 of more",
    arguments: [(32.0, 2.0 / 3.0), (64.0, 0.75), (96.0, 0.75), (16.0, 2.0 / 3.0)])
  func appleMemory(gibibytes: Double, share: Double) throws {
    let profile = try Fixture.profile("apple-m2-max-38-core-gpu")
    let capacity = try device(profile, memory: .gibibytes(gibibytes)).capacity
    #expect(capacity == .gibibytes(gibibytes) * share)
  }

  @Test("The memory option replaces the profile's capacity")
  func memory() throws {
    let profile = try Fixture.profile("nvidia-a100-80gb-pcie")
    #expect(try device(profile).capacity == .gibibytes(80))
    #expect(try device(profile, memory: .gibibytes(40)).capacity == .gibibytes(40))
    var made = MadeUpDevice()
    made.capacity = nil
    #expect(try device(made.profile()).capacity?.count == nil)
    #expect(try device(made.profile(), memory: .gigabytes(3)).capacity == .gigabytes(3))
  }

  @Test("Without a unit for the precision compute is unavailable; the memory bound stands")
  func noUnit() throws {
    let made = try MadeUpDevice().profile()  // fp16 only
    let plan = try Fixture.plan("llama-2-7b", "w8a8")
    let estimator = try Fixture.estimator(plan, on: made)
    #expect(estimator.device.linear?.mechanism == nil)
    #expect(estimator.device.wantedUnits == [.int8])
    let estimate = estimator.estimate(try Workload())
    #expect(estimate.criticalBatch == nil)
    for phase in [estimate.prefill, estimate.decode] {
      let phase = try #require(phase)
      #expect(phase.computeTime == nil)
      #expect(phase.bound.limit == .memory)
      #expect(phase.bound.seconds == phase.memoryTime)
      // Every parameter but the embedding's is one byte, at 1e12 bytes/s.
      #expect(phase.bound.seconds.value > 6.6e-3)
    }
    let rows = estimator.operations(of: Pass(decodingAt: 1, sequences: 1))
    #expect(rows.filter { $0.kind == .linear(.query) }.map(\.unit) == [nil])
  }

  @Test(
    "Real devices without int8 say so", arguments: ["apple-m1-8-core-gpu", "apple-m4-10-core-gpu"])
  func realDevices(id: String) throws {
    let estimate = try Fixture.estimator("llama-2-7b", "w8a8", on: id).estimate(try Workload())
    #expect(try #require(estimate.decode).computeTime == nil)
    #expect(try #require(estimate.decode).bound.limit == .memory)
  }

  @Test("Unknown capacity leaves open whether a model fits")
  func unknownCapacity() throws {
    var made = MadeUpDevice()
    made.capacity = nil
    let estimator = try Fixture.estimator(Fixture.plan("llama-2-7b", "w16a16"), on: made.profile())
    let memory = estimator.estimate(try Workload()).memory
    #expect(memory.fits == nil)
    #expect(memory.spare?.count == nil)
  }
}
