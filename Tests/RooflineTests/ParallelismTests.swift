import HardwareProfiles
import QuantizationFormats
import Roofline
import Testing
import TransformerModels
import Units

@Suite("Several devices: tensor parallelism")
struct TensorParallelismTests {
  private let step = Pass(decodingAt: 100, sequences: 4)

  private func estimator(_ model: String, _ devices: Int) throws -> Estimator {
    try Fixture.estimator(model, "w16a16", on: "nvidia-h100-80gb-sxm", .tensor(devices))
  }

  @Test("Eight devices share the matrices of Llama-3-70B; each has all norms")
  func weights() throws {
    // Blocks: 80 * (8192 (2 * 8192 + 2 * 1024) + 3 * 8192 * 28672), head and embedding 128256 rows
    let blocks = 80 * (8192 * (2 * 8192 + 2 * 1024) + 3 * 8192 * 28672)
    let table = 128_256 * 8192
    let norms = 161 * 8192
    let memory = try estimator("llama-3-70b", 8).estimate(try Workload()).memory
    #expect(memory.weights == Bytes(2 * ((blocks + 2 * table) / 8 + norms)))
  }

  @Test("Heads that do not divide are refused with the numbers that do")
  func heads() throws {
    let problem = """
      --devices 3: does not divide the 64 attention heads of llama-3-70b; \
      these do: 1, 2, 4, 8, 16, 32, 64
      """
    let error = #expect(throws: ParallelismError.self) { try estimator("llama-3-70b", 3) }
    #expect(error?.description == problem)
    #expect(throws: ParallelismError.self) { try estimator("falcon-7b", 2) }
    #expect(throws: Never.self) { try estimator("falcon-7b", 71) }
  }

  @Test("Hidden features that do not divide are refused", arguments: [32, 16])
  func hiddenFeatures(devices: Int) throws {
    // gpt-oss: 64 heads, 8 key and value heads, experts of 2880 = 2^6 * 45
    #expect(throws: Never.self) { try estimator("gpt-oss-20b", devices) }
    var model = try Fixture.model("llama-2-7b")
    model.layers[0].layer.feedForward = .dense(.init(width: 11_000, isGated: true))
    let plan = try Fixture.plan(model, "w16a16")
    let error = #expect(throws: ParallelismError.self) {
      try Parallelism.tensor(devices).check(plan)
    }
    #expect(error?.problem.contains("11000 hidden features") == true)
    #expect(
      error?.problem.hasSuffix("these do: 1, 2, 4, 5, 8, 10, 11, 20, 22, 25, 40, 44, 50, 55")
        == true)
  }

  @Test("No devices, or absurdly many, are refused", arguments: [0, -1, 65537, Int.max, Int.min])
  func counts(devices: Int) throws {
    let plan = try Fixture.plan("llama-2-7b", "w16a16")
    for parallelism in [Parallelism.tensor(devices), .pipeline(devices)] {
      let error = #expect(throws: ParallelismError.self) { try parallelism.check(plan) }
      #expect(error?.problem.hasPrefix("--devices \(devices)") == true)
    }
  }

  @Test("More devices than key and value heads keep copies of them")
  func replicatedHeads() throws {
    let workload = try Workload(prompt: 0, generate: 0, context: 1000)
    let whole = try estimator("llama-3-70b", 1).estimate(workload).memory.cache
    // 8 heads: 1/8 on each of 8 devices, and still 1/8 on each of 16 and 32
    for (devices, parts) in [(2, 2.0), (8, 8), (16, 8), (32, 8)] {
      let cache = try estimator("llama-3-70b", devices).estimate(workload).memory.cache
      #expect(cache == whole / parts, "\(devices)")
    }
  }

  @Test("Two sums a layer move 2 (N - 1) / N of the activations, one in a parallel block")
  func sums() throws {
    for (id, layers, width, sums) in [
      ("llama-3-70b", 80, 8192, 2), ("gpt-j-6b", 28, 4096, 1), ("llama-2-7b", 32, 4096, 2),
    ] {
      for devices in [2, 4, 8] {
        let time = try estimator(id, devices).estimate(step).linkTime.value
        let bytes = Double(4 * width * 2) * 2 * Double(devices - 1) / Double(devices)
        #expect(Number.agree(time, Double(layers * sums) * bytes / 450e9), "\(id) \(devices)")
      }
    }
  }

  @Test("Each step of a ring adds the latency of the link")
  func latency() throws {
    var made = MadeUpDevice()
    made.linkBandwidth = 1e11
    made.linkLatency = 1e-6
    let plan = try Fixture.plan("llama-2-7b", "w16a16")
    let estimator = try Fixture.estimator(plan, on: made.profile(), .tensor(4))
    // 32 * 2 sums of 2 * 3 / 4 * 4 * 4096 * 2 bytes, and of 2 * 3 steps
    let moved = 1.5 * 32_768 / 1e11
    let time = estimator.estimate(step).linkTime.value
    #expect(Number.agree(time, 64 * (moved + 6 * 1e-6)))
    let rows = estimator.operations(of: step)
    #expect(rows.last?.kind == .allReduce)
    #expect(rows.last?.seconds.value == time)
  }

  @Test("N devices do the products of one, each a part")
  func operations() throws {
    let single = try estimator("llama-3-70b", 1).estimate(step)
    let eight = try estimator("llama-3-70b", 8).estimate(step)
    #expect(eight.cost.linear == single.cost.linear)
    #expect(eight.cost.attention == single.cost.attention)
    let time = try #require(eight.computeTime)
    #expect(Number.agree(time.value * 8, try #require(single.computeTime).value))
  }
}

@Suite("Several devices: a pipeline")
struct PipelineTests {
  private func estimator(_ model: String, _ parallelism: Parallelism) throws -> Estimator {
    try Fixture.estimator(model, "w16a16", on: "nvidia-a100-80gb-sxm", parallelism)
  }

  @Test("Stages take the time of one device together, and hand over on the link")
  func serialSum() throws {
    let step = Pass(decodingAt: 1000, sequences: 2)
    for id in ["llama-2-7b", "mixtral-8x7b", "llama-3-70b"] {
      let single = try estimator(id, .single).estimate(step)
      let four = try estimator(id, .pipeline(4)).estimate(step)
      #expect(Number.agree(four.memoryTime.value, single.memoryTime.value))
      #expect(Number.agree(four.bound.seconds.value, single.bound.seconds.value))
      let width = Double(try Fixture.model(id).width)
      // Three hand-overs of 2 sequences at 2 bytes over NVLink 3
      let link = 3 * 2 * 2 * width / 3e11
      #expect(Number.agree(four.linkTime.value, link))
      #expect(Number.agree(four.roofline.seconds.value, single.roofline.seconds.value + link))
    }
  }

  @Test("The last of three stages of Llama-2-7B is the fullest: 11 layers, norm and head")
  func fullestStage() throws {
    let memory = try estimator("llama-2-7b", .pipeline(3)).estimate(try Workload()).memory
    // A layer: 4 * 4096^2 + 3 * 4096 * 11008 weights and two gains; stages of 10, 11 and 11
    let layer = 4 * 4096 * 4096 + 3 * 4096 * 11008 + 2 * 4096
    #expect(memory.weights == Bytes(2 * (11 * layer + 4096 + 32000 * 4096)))
    // 640 tokens of 2 * 4096 numbers at 2 bytes
    #expect(memory.cache == Bytes(11 * 640 * 2 * 4096 * 2))
  }

  @Test("A pipeline of one stage is one device, for every model", arguments: ModelCatalog.ids)
  func oneStage(id: String) throws {
    let workload = try Workload(batch: 3, prompt: 100, generate: 20)
    let single = try estimator(id, .single).estimate(workload)
    let pipeline = try estimator(id, .pipeline(1)).estimate(workload)
    #expect(pipeline.memory == single.memory)
    #expect(pipeline.decode?.bound == single.decode?.bound)
    #expect(pipeline.prefill?.roofline == single.prefill?.roofline)
  }

  @Test("More stages than layers are refused")
  func tooManyStages() throws {
    let problem = "--devices 33: llama-2-7b has only 32 layers"
    let error = #expect(throws: ParallelismError.self) {
      try estimator("llama-2-7b", .pipeline(33))
    }
    #expect(error?.description == problem)
    #expect(throws: Never.self) { try estimator("llama-2-7b", .pipeline(32)) }
  }
}
