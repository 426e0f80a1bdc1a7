extension PublishedSystem.Source {
  /// What explains gaps of more than 25 %.
  var reasons: [String] {
    switch self {
    case .smoothQuant:
      [
        "smoothquant-o3: no row of the fit multiplies int8 on tensor cores, so its constants grant int8"
          + " a few percent over f16. The published gain is 1.2 to 1.5: 24 to 47 % of the int8 peak,"
          + " less of it for long prompts because attention's f16 softmax and the norms stay.",
        "llm-int8: finding outliers, quantizing tokens, gathering columns and the thin f16 product cost"
          + " some 3 ms a layer whatever the prompt (151 against 43 ms at 128 tokens and 32 layers)."
          + " Predictions count all products as int8 and have no such term: too fast for short prompts"
          + " of small models, right where that cost is lost in the products.",
        "Memory at 1024 tokens is up to 14 % below: PyTorch's allocator keeps buffers of several layers,"
          + " and int8 layers hold f16 copies of inputs, which liveness does not count.",
      ]
    case .omniQuant:
      [
        "Weights agree to 0.11 GiB: linear layers at 4.25, 3.45 and 2.25 bits, both embeddings f16, in"
          + " GiB.",
        "w4: the kernels that MLC-LLM generated in 2023 ran at 27 to 42 % of the bandwidth; the engine's"
          + " constants come from later builds.",
        "w3 and w2: slower than w4 although they are smaller, so time goes into unpacking: ten 3-bit"
          + " codes in a word, and 2-bit kernels that the authors call immature. The engine unpacks by"
          + " bits per weight and knows no such kernels. At 7B, w2 is slower than at 13B, an anomaly of"
          + " the table.",
        "f16 at 7B: 45 % of the bandwidth where 30B has 76 %; what is left is time per kernel, of which"
          + " the older builds had more.",
      ]
    case .huggingFace:
      [
        "Decode: transformers 4.32 spends 37 ms on the 13 ms that memory needs, 0.6 ms of a host's time"
          + " for each of 40 layers. The constants of eager PyTorch come from newer versions and faster"
          + " hosts, and from few rows at batch 1; for batches of 4 to 16 in f16 they hold.",
        "gptq: one kernel more for each matrix, and from 8 rows on exllama writes the weights out as f16"
          + " for cuBLAS: some 4.5 bytes moved per weight instead of 0.5.",
        "nf4: bitsandbytes 0.41 does so from 2 rows on, and its kernel for one row ran at a tenth of the"
          + " bandwidth. Neither is a constant of the engine.",
        "Prefill of gptq and nf4: unpacking once per pass, which the constants do not count, is lost in"
          + " it from batch 4 on.",
      ]
    case .itrex:
      [
        "gpt-neox-20b, w4a8: its large matrices reach 57 % of the socket's bandwidth, LLaMA's 42 %. One"
          + " share of bandwidth serves all models on a CPU, and there is no term for how long threads"
          + " wait for each other, which costs small matrices more."
      ]
    }
  }
}
