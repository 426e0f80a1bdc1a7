"""Times whole models with llama.cpp and ridgeline in turn, by llama-bench's conventions.

    .venv/bin/python model_speed.py --ridgeline ../../.build/release/ridgeline \
        --model SmolLM2-135M-Instruct.Q4_1.gguf --requantize q4_0,q8_0 --out results/models.json

llama.cpp comes twice: from the PyPI package llama-cpp-python, which `pip install --no-binary` builds
for the machine, and from the wheel of xllamacpp, which is built for many. The output is an array in
the fields of `llama-bench -o json`; `ridgeline report engines` puts the engines side by side.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np

from llama_library import LlamaLibrary, Model, silent
from record import write_atomically

FILE_TYPES = {
    "f16": llama_cpp.LLAMA_FTYPE_MOSTLY_F16,
    "q4_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0,
    "q4_1": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_1,
    "q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0,
}


def engines(names: list[str]) -> dict[str, LlamaLibrary]:
    """The libraries by the name that stands in the results."""
    found = {}
    for name in names:
        if name == "llama-cpp-python":
            path = Path(llama_cpp.llama_cpp._lib._name)
        else:
            specification = find_spec(f"{name}.{name}")
            if specification is None or specification.origin is None:
                raise SystemExit(f"{name} is not installed")
            path = Path(specification.origin)
        found[name] = LlamaLibrary(path)
    return found


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
    parser.add_argument("--engines", default="llama-cpp-python,xllamacpp")
    parser.add_argument("--requantize", default="", help=f"of {', '.join(FILE_TYPES)}")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--tests", default="512:0:0,0:64:0,0:16:2040",
                        help="prompt:generate:depth, separated by commas")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3, help="how often all take turns")
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()

    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
    libraries = engines(options.engines.split(","))
    records: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        names = [name for name in options.requantize.split(",") if name]
        for path in [options.model, *requantized(options.model, names, Path(folder))]:
            models = {name: Model(library, path) for name, library in libraries.items()}
            for threads in map(int, options.threads.split(",")):
                for test in options.tests.split(","):
                    prompt, generate, depth = map(int, test.split(":"))
                    records += compare(options, models, prompt, generate, depth, threads)
                    write_atomically(options.out, records)
            for model in models.values():
                model.close()


def deviation(values: list[float]) -> float:
    """The standard deviation of a sample; zero of a single value."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def timed(record: dict[str, Any], nanoseconds: list[int]) -> dict[str, Any]:
    """The record with the times of all rounds."""
    tokens = record["n_prompt"] + record["n_gen"]
    rates = [tokens / value * 1e9 for value in nanoseconds]
    return {
        **record,
        "avg_ns": int(np.mean(nanoseconds)),
        "stddev_ns": int(deviation(list(map(float, nanoseconds)))),
        "avg_ts": float(np.mean(rates)),
        "stddev_ts": deviation(rates),
        "samples_ns": nanoseconds,
        "samples_ts": rates,
    }


def compare(
    options: argparse.Namespace, models: dict[str, Model], prompt: int, generate: int,
    depth: int, threads: int,
) -> list[dict[str, Any]]:
    """One test by all engines, in turn."""
    path = next(iter(models.values())).path
    ours: dict[str, Any] = {}
    own: list[int] = []
    theirs: dict[str, list[int]] = {name: [] for name in models}
    for _ in range(options.rounds):
        for name, model in models.items():
            theirs[name] += model.samples(prompt, generate, depth, threads, options.repetitions)
        ours = ridgeline(
            options.ridgeline, path, prompt, generate, depth, threads, options.repetitions)
        own += ours["samples_ns"]
    # A test that ridgeline counts from another depth would not be the same.
    assert ours["n_depth"] == depth, (ours["n_depth"], depth)
    ours["model_filename"] = path.name
    peers = [
        timed({
            **ours,
            "backends": f"llama.cpp ({name} {version(name)})",
            "build_commit": version(name),
            "model_size": model.bytes,
        }, theirs[name])
        for name, model in models.items()
    ]
    return [timed(ours, own), *peers]


if __name__ == "__main__":
    main()
