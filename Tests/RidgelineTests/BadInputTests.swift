import Foundation
import Testing

/// Every mistake: exit code 2 for usage and 1 otherwise, a message that names what and the remedy,
/// nothing on standard output.
@Suite struct BadInputTests {
  private static let predict = "predict --model llama-2-7b --device nvidia-a100-80gb-pcie"

  @Test(arguments: [
    ("predict --device nvidia-t4", "--model is missing"),
    ("predict --model llama-2-7b", "--device is missing"),
    ("predict --model llama2-7b-x --device nvidia-t4", "did you mean 'llama2-7b', 'llama-2-7b'"),
    ("predict --model llama-2-7b --device a100", "did you mean 'nvidia-a100-"),
    ("\(predict) --precision q4_9", "did you mean 'q4_"),
    ("\(predict) --precision w4", "precision 'w4': the activation bits are missing"),
    ("\(predict) --precision gptq-4bit-g0", "gptq-4bit-g0"),
    ("\(predict) --kv-precision q9_9", "unknown KV cache format 'q9_9'"),
    ("\(predict) --batch 0", "--batch"),
    ("\(predict) --batch -3", "--batch"),
    ("\(predict) --batch 1e3", "--batch"),
    ("\(predict) --batch 99999999999999999999", "--batch"),
    ("\(predict) --prompt -1", "--prompt"),
    ("\(predict) --context 0", "--context"),
    ("\(predict) --prompt 0 --generate 0", "at least one token"),
    ("\(predict) --devices 0", "--devices"),
    ("\(predict) --devices 3", "does not divide the 32 attention heads"),
    ("\(predict) --devices 64 --parallel pipeline", "only 32 layers"),
    ("\(predict) --threads 0", "--threads"),
    ("\(predict) --memory 16", "16GiB"),
    ("\(predict) --gpu-layers 4", "--offload-to"),
    ("\(predict) --recompute", "--lora-rank"),
    ("\(predict) --lora-rank 0", "--lora-rank"),
    ("\(predict) --engine llama", "'llama.cpp'"),
    ("\(predict) --output yaml", "json"),
    ("\(predict) --modle x", "did you mean '--model'"),
    ("compare --model llama-2-7b", "--device is missing"),
    ("compare --device all", "--model is missing"),
    ("plan", "--model, --device or both"),
    ("plan --model llama-2-7b --target-tokens-per-second 0", "--target-tokens-per-second"),
    ("list planets", "devices"),
    ("inspect", "model"),
    ("predicct", "did you mean 'predict'"),
    ("bench nothing", "'ridgeline list suites'"),
    ("bench kernel --list", "did you mean 'kernels'"),
    ("bench --shard 3/2", "2/8"),
    ("bench --shard 0/2", "--shard"),
    ("bench --shape 4096", "4096x11008"),
    ("bench --format q4_9 --list", "did you mean 'q4_"),
    ("bench --isa mmx --list", "these do:"),
    ("bench --precision 0", "--precision"),
    ("bench --relative-precision 0", "--relative-precision"),
    ("bench --model no-such-model --allow-debug-build", "no-such-model"),
    ("run --tokens 3", "--model"),
    ("run --model llama-2-7b --prompt-text x --tokens 0", "--tokens"),
    ("bench smoke --tokens 7", "no case is left"),
    ("validate", "file"),
    ("validate x.jsonl --max-median-error -1", "--max-median-error"),
  ])
  func `a misuse ends with code 2 and a remedy`(line: String, remedy: String) {
    let run = CommandRun(line)
    #expect(run.exitCode == 2, "\(line): \(run.errors)")
    #expect(run.errors.hasPrefix("error: "), "\(run.errors)")
    #expect(run.errors.contains(remedy), "\(run.errors)")
    #expect(run.output.isEmpty, "\(run.output)")
  }

  @Test(arguments: [
    ("model.gguf", "GGUF", "model.gguf"),
    ("model.gguf", "", "model.gguf"),
    ("model.safetensors", "12345678{", "model.safetensors"),
    ("config.json", "{", "config.json"),
    ("config.json", "{\"model_type\": 7}", "model_type"),
    ("config.json", "{\"model_type\": \"llama\", \"hidden_size\": -4096}", "hidden_size"),
    ("config.json", String(repeating: "[", count: 50_000), "config.json"),
  ])
  func `a damaged model file ends with code 1 and names the file`(
    name: String, text: String, blamed: String
  ) throws {
    let directory = try ScratchDirectory()
    let path = try directory.file(name, text)
    for command in [
      "inspect \(path)", "predict --model \(path) --device nvidia-t4",
      "run --model \(path) --prompt-text x",
    ] {
      let run = CommandRun(command)
      #expect(run.exitCode == 1, "\(run.errors)")
      #expect(run.errors.contains(directory.url.path) && run.errors.contains(blamed))
      #expect(run.output.isEmpty)
    }
  }

  @Test func `a damaged profile ends with code 1 and names file and field`() throws {
    let directory = try ScratchDirectory()
    let path = try directory.file("mine.json", #"{"schema_version": 1, "id": "mine"}"#)
    let run = CommandRun("predict --model llama-2-7b --device \(path)")
    #expect(run.exitCode == 1)
    #expect(run.errors == "error: \(path): name: missing\n")
  }

  @Test func `missing files and directories are named`() throws {
    let directory = try ScratchDirectory()
    let missing = "\(directory.url.path)/none.json"
    let device = CommandRun("predict --model llama-2-7b --device \(missing)")
    #expect(device.exitCode == 1 && device.errors.contains("none.json: no such file"))
    let model = CommandRun("predict --model \(missing) --device nvidia-t4")
    #expect(model.exitCode == 1 && model.errors.contains("none.json"))
    let folder = CommandRun("predict --model llama-2-7b --device \(directory.url.path)/")
    #expect(folder.exitCode == 1 && folder.errors.contains("is a directory"))
  }
}
