/// One published figure of a quantization system, with what to ask the estimator for.
struct PublishedSystem {
  /// What a figure says.
  enum Quantity: String {
    /// Reading the prompts of the batch, in milliseconds.
    case prefillMilliseconds = "prefill (ms)"
    /// One token of every sequence, in milliseconds.
    case stepMilliseconds = "decode step (ms)"
    /// Tokens per second of all sequences.
    case tokensPerSecond = "tokens/s"
    /// Weights in GiB.
    case weightsGiB = "weights (GiB)"
    /// Everything in GiB.
    case memoryGiB = "memory (GiB)"
  }

  /// A published table.
  enum Source: String, CaseIterable {
    case smoothQuant = "SmoothQuant, PyTorch on an A100 80GB, batch 4"
    case omniQuant = "OmniQuant's table 3: MLC-LLM on an A100 80GB, 512 tokens generated"
    case huggingFace = "Hugging Face's overview: Llama-2-13B on an A100 80GB, prompt 512"
    case itrex = "Intel Extension for Transformers on a Xeon Platinum 8480+, one socket"
  }

  let source: Source
  let model: String
  let precision: String
  var device: String
  var engine: String?
  var threads: Int?
  var batch = 1
  var prompt = 0
  var generate = 0
  let quantity: Quantity
  let published: Double
}

extension PublishedSystem {
  private static let a100 = "nvidia-a100-80gb-sxm"

  /// All rows of all tables.
  static let all = smoothQuant + omniQuant + huggingFace + itrex

  /// Figures of the SmoothQuant paper: f16 / LLM.int8 / O3 at 128, 256, 512 and 1024 tokens.
  private static let smoothQuant: [PublishedSystem] = [
    (
      "opt-6.7b", "43/151/45 82/177/74 168/247/138 373/449/328",
      "12.7/6.8/6.6 13.0/7.1/6.8 13.7/7.8/7.2 15.6/9.6/8.7"
    ),
    (
      "opt-13b", "84/190/63 153/237/112 296/371/223 643/708/545",
      "24.4/12.8/12.6 24.9/13.3/12.9 25.9/14.3/13.6 28.5/16.9/15.5"
    ),
    (
      "opt-30b", "190/276/136 343/388/228 660/655/458 1403/1288/1064",
      "56.6/29.1/28.9 57.3/30.0/29.3 59.0/31.6/30.4 63.1/35.7/33.3"
    ),
  ].flatMap { model, times, sizes in
    cells(times).flatMap { smoothQuantRow(model, .prefillMilliseconds, $0) }
      + cells(sizes).flatMap { smoothQuantRow(model, .memoryGiB, $0) }
  }

  private static func smoothQuantRow(
    _ model: String, _ quantity: Quantity, _ cell: (column: Int, values: [Double])
  ) -> [PublishedSystem] {
    zip(["f16", "llm-int8", "smoothquant-o3"], cell.values).map { precision, value in
      PublishedSystem(
        source: .smoothQuant, model: model, precision: precision, device: a100,
        engine: "transformers", batch: 4, prompt: 128 << cell.column, quantity: quantity,
        published: value)
    }
  }

  /// Weights and speed of f16, W4, W3 and W2, all at groups of 128.
  private static let omniQuant: [PublishedSystem] = [
    ("llama-7b", "12.6/69.2 3.8/134.2 3.2/83.4 2.2/83.9"),
    ("llama-13b", "24.3/52.5 7.0/91.3 5.8/57.6 4.0/92.6"),
    ("llama-30b", "60.6/23.9 16.7/43.6 13.7/29.0 9.2/36.7"),
    ("llama-65b", "- 33.0/24.3 27.0/15.2 18.0/24.8"),
  ].flatMap { model, text in
    cells(text).flatMap { column, values -> [PublishedSystem] in
      guard values.count == 2 else { return [] }
      let precision = ["f16", "4", "3", "2"][column]
      func row(_ quantity: Quantity, _ value: Double) -> PublishedSystem {
        PublishedSystem(
          source: .omniQuant, model: model,
          precision: column == 0 ? precision : "omniquant-w\(precision)a16-g128", device: a100,
          engine: "mlc", generate: 512, quantity: quantity, published: value)
      }
      return [row(.weightsGiB, values[0]), row(.tokensPerSecond, values[1])]
    }
  }

  /// Decode, then prefill, of f16, GPTQ with exllama and bitsandbytes' NF4 at batch 1 to 16.
  private static let huggingFace: [PublishedSystem] = [
    (
      Quantity.stepMilliseconds,
      "36.958/33.711/52.00 37.35/37.25/74.62 37.89/54.14/80.24 47.37/73.57/91.29"
        + " 69.94/95.41/113.98"
    ),
    (
      .prefillMilliseconds,
      "96.38/112.54/139.17 169.95/190.44/212.76 305.99/345.54/349.18 600.47/659.61/643.42"
        + " 1209.07/1280.25/1256.88"
    ),
  ].flatMap { quantity, text in
    cells(text).flatMap { column, values in
      zip(["f16", "gptq-4bit-g128", "nf4"], values).map { precision, value in
        PublishedSystem(
          source: .huggingFace, model: "llama-2-13b", precision: precision, device: a100,
          engine: "transformers", batch: 1 << column, prompt: 512, generate: 512,
          quantity: quantity, published: value)
      }
    }
  }

  /// Next-token latencies of 4-bit weights with int8 activations after 32 or 1024 tokens, and of
  /// ggml's q4_0.
  private static let itrex: [PublishedSystem] = [
    ("llama-7b", "w4a8-g128", 32, 32, 27.2), ("llama-7b", "w4a8-g128", 1024, 32, 30.39),
    ("llama-7b", "w4a8-g128", 32, 48, 24.41), ("llama-7b", "w4a8-g128", 32, 56, 24.84),
    ("llama-7b", "w4a8-g32", 32, 32, 28.95), ("llama-7b", "q4_0", 32, 32, 29.78),
    ("llama-7b", "q4_0", 1024, 32, 34.07), ("llama-7b", "q4_0", 32, 56, 27.2),
    ("llama-2-7b", "w4a8-g128", 32, 32, 26.2), ("gpt-j-6b", "w4a8-g128", 32, 32, 23.59),
    ("gpt-j-6b", "q4_0", 32, 32, 33.69), ("gpt-neox-20b", "w4a8-g128", 32, 32, 68.77),
    ("gpt-neox-20b", "w4a8-g128", 32, 48, 60.35), ("gpt-neox-20b", "q4_0", 32, 32, 98.23),
  ].map { model, precision, prompt, threads, milliseconds in
    PublishedSystem(
      source: .itrex, model: model, precision: precision, device: "intel-xeon-platinum-8480plus",
      engine: precision == "q4_0" ? "llama.cpp" : "ipex", threads: threads, prompt: prompt,
      generate: 32, quantity: .stepMilliseconds, published: milliseconds)
  }

  /// Numbers between strokes, cells between spaces; a dash is an empty cell.
  private static func cells(_ text: String) -> [(column: Int, values: [Double])] {
    text.split(separator: " ").enumerated().map { column, cell in
      (column, cell.split(separator: "/").compactMap { Double($0) })
    }
  }
}
