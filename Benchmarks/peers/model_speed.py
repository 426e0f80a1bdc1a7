"""Times whole models with llama.cpp and ridgeline in turn, by llama-bench's conventions.

    .venv/bin/python model_speed.py --ridgeline ../../.build/release/ridgeline \
        --model SmolLM2-135M-Instruct.Q4_1.gguf --requantize q4_0,q8_0 --out results/models.json

llama.cpp comes from the PyPI package llama-cpp-python, which `pip install --no-binary` builds for the
machine. The output is an array in the fields of `llama-bench -o json`; `ridgeline report models --peers`
puts both engines side by side.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import subprocess
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np

from record import write_atomically

FILE_TYPES = {
    "f16": llama_cpp.LLAMA_FTYPE_MOSTLY_F16,
    "q4_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0,
    "q4_1": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_1,
    "q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0,
}


@llama_cpp.llama_log_callback
def _silent(level: int, text: bytes, data: Any) -> None:
    """llama.cpp tells a lot about every model and context."""


class Model:
    """A GGUF file in llama.cpp, on the CPU."""

    def __init__(self, path: Path) -> None:
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = 0
        self.path = path
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
        if not self._model:
            raise SystemExit(f"{path}: llama.cpp cannot load it")
        vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self._tokens = llama_cpp.llama_vocab_n_tokens(vocabulary)
        self._random = np.random.default_rng(7)

    @property
    def parameters(self) -> int:
        return int(llama_cpp.llama_model_n_params(self._model))

    @property
    def bytes(self) -> int:
        return int(llama_cpp.llama_model_size(self._model))

    def samples(
        self, prompt: int, generate: int, depth: int, threads: int, repetitions: int
    ) -> list[float]:
        """Seconds of each repetition, after one that does not count."""
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = depth + prompt + generate + 32
        params.n_batch = params.n_ubatch = 512
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        context = llama_cpp.llama_init_from_model(self._model, params)
        if not context:
            raise SystemExit(f"{self.path}: llama.cpp has no memory for a context")
        try:
            return [
                self._once(context, prompt, generate, depth) for _ in range(repetitions + 1)
            ][1:]
        finally:
            llama_cpp.llama_free(context)

    def _once(self, context: Any, prompt: int, generate: int, depth: int) -> float:
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        self._decode(context, depth)
        llama_cpp.llama_synchronize(context)
        start = time.perf_counter()
        self._decode(context, prompt)
        for _ in range(generate):
            self._decode(context, 1)
            llama_cpp.llama_synchronize(context)
        llama_cpp.llama_synchronize(context)
        return time.perf_counter() - start

    def _decode(self, context: Any, count: int) -> None:
        for first in range(0, count, 512):
            size = min(512, count - first)
            tokens = self._random.integers(0, self._tokens, size).astype(np.int32)
            pointer = tokens.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token))
            status = llama_cpp.llama_decode(
                context, llama_cpp.llama_batch_get_one(pointer, size)
            )
            if status != 0:
                raise SystemExit(f"{self.path}: llama_decode says {status}")

    def close(self) -> None:
        llama_cpp.llama_model_free(self._model)


def requantized(source: Path, names: list[str], folder: Path) -> list[Path]:
    """The model in other formats, by llama.cpp's own quantizer."""
    paths = []
    for name in names:
        path = folder / f"{source.name.split('.')[0]}.{name}.gguf"
        params = llama_cpp.llama_model_quantize_default_params()
        params.ftype = FILE_TYPES[name]
        params.allow_requantize = True
        params.pure = True
        status = llama_cpp.llama_model_quantize(
            str(source).encode(), str(path).encode(), ctypes.byref(params)
        )
        if status != 0:
            raise SystemExit(f"{source}: cannot be requantized to {name}")
        paths.append(path)
    return paths


def ridgeline(
    program: Path, model: Path, prompt: int, generate: int, depth: int, threads: int,
    repetitions: int,
) -> dict[str, Any]:
    """The test as ridgeline's own llama-bench record."""
    context = ["--context", str(depth + (generate + 1) // 2)] if depth else []
    words = [
        str(program), "bench", "--model", str(model), "--prompt", str(prompt), "--generate",
        str(generate), "--threads", str(threads), "--repetitions", str(repetitions),
        "--output", "json", "--retries", "0", *context,
    ]
    output = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return json.loads(output)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ridgeline", required=True, type=Path)
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--requantize", default="", help=f"of {', '.join(FILE_TYPES)}")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--tests", default="512:0:0,0:64:0,0:16:2040",
                        help="prompt:generate:depth, separated by commas")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3, help="how often both take turns")
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()

    llama_cpp.llama_log_set(_silent, ctypes.c_void_p(0))
    records: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        names = [name for name in options.requantize.split(",") if name]
        for path in [options.model, *requantized(options.model, names, Path(folder))]:
            model = Model(path)
            for threads in map(int, options.threads.split(",")):
                for test in options.tests.split(","):
                    prompt, generate, depth = map(int, test.split(":"))
                    records += compare(options, model, prompt, generate, depth, threads)
                    write_atomically(options.out, records)
            model.close()


def deviation(values: list[float]) -> float:
    """The standard deviation of a sample; zero of a single value."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def compare(
    options: argparse.Namespace, model: Model, prompt: int, generate: int, depth: int,
    threads: int,
) -> list[dict[str, Any]]:
    """One test by both engines, in turn."""
    ours: dict[str, Any] = {}
    seconds: list[float] = []
    for _ in range(options.rounds):
        seconds += model.samples(prompt, generate, depth, threads, options.repetitions)
        record = ridgeline(
            options.ridgeline, model.path, prompt, generate, depth, threads, options.repetitions)
        if ours:
            ours["samples_ns"] += record["samples_ns"]
            ours["samples_ts"] += record["samples_ts"]
        else:
            ours = record
    tokens = prompt + generate
    ours["avg_ts"] = float(np.mean(ours["samples_ts"]))
    ours["stddev_ts"] = deviation(ours["samples_ts"])
    ours["avg_ns"] = int(np.mean(ours["samples_ns"]))
    ours["model_filename"] = model.path.name
    rates = [tokens / value for value in seconds]
    theirs = {
        **ours,
        "backends": f"llama.cpp (llama-cpp-python {version('llama-cpp-python')})",
        "build_commit": version("llama-cpp-python"),
        "model_size": model.bytes,
        "avg_ns": int(np.mean(seconds) * 1e9),
        "stddev_ns": int(deviation(seconds) * 1e9),
        "avg_ts": float(np.mean(rates)),
        "stddev_ts": deviation(rates),
        "samples_ns": [int(value * 1e9) for value in seconds],
        "samples_ts": rates,
    }
    # A test that ridgeline counts from another depth would not be the same.
    assert ours["n_depth"] == depth, (ours["n_depth"], depth)
    return [ours, theirs]


if __name__ == "__main__":
    main()
