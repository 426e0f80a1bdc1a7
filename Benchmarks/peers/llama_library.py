"""The part of llama.cpp's C API that a speed test needs, through ctypes.

Structures that differ between versions of llama.cpp stay closed: they are kept as the library makes
them, in more room than any version takes, and only fields that every version begins with are set. So
any shared library that exports these functions works.
"""

from __future__ import annotations

import ctypes
import time
from ctypes import POINTER, c_bool, c_char_p, c_int, c_int32, c_uint32, c_uint64, c_void_p
from pathlib import Path
from typing import Any

import numpy as np

CHUNK_TOKENS = 512
"""Tokens of a prompt that are read at once: `-ub` of llama-bench, by its default."""


class ModelParameters(ctypes.Structure):
    """`llama_model_params`, whose defaults suit a library built for processors."""

    _fields_ = [("closed", ctypes.c_char * 1024)]


class ContextParameters(ctypes.Structure):
    """`llama_context_params`; `leading` are `n_ctx`, `n_batch`, `n_ubatch`, `n_seq_max`."""

    _fields_ = [("leading", c_uint32 * 4), ("closed", ctypes.c_char * 1024)]


class Batch(ctypes.Structure):
    """`llama_batch`."""

    _fields_ = [("closed", ctypes.c_char * 256)]


SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "llama_model_default_params": (ModelParameters, []),
    "llama_context_default_params": (ContextParameters, []),
    "llama_model_load_from_file": (c_void_p, [c_char_p, ModelParameters]),
    "llama_model_free": (None, [c_void_p]),
    "llama_model_get_vocab": (c_void_p, [c_void_p]),
    "llama_model_size": (c_uint64, [c_void_p]),
    "llama_vocab_n_tokens": (c_int32, [c_void_p]),
    "llama_init_from_model": (c_void_p, [c_void_p, ContextParameters]),
    "llama_free": (None, [c_void_p]),
    "llama_set_n_threads": (None, [c_void_p, c_int32, c_int32]),
    "llama_get_memory": (c_void_p, [c_void_p]),
    "llama_memory_clear": (None, [c_void_p, c_bool]),
    "llama_batch_get_one": (Batch, [POINTER(c_int32), c_int32]),
    "llama_decode": (c_int32, [c_void_p, Batch]),
    "llama_synchronize": (None, [c_void_p]),
    "llama_log_set": (None, [c_void_p, c_void_p]),
}


@ctypes.CFUNCTYPE(None, c_int, c_char_p, c_void_p)
def silent(level: int, text: bytes, data: Any) -> None:
    """llama.cpp tells a lot about every model and context."""


class LlamaLibrary:
    """A shared library with llama.cpp's C API."""

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        for name, (result, arguments) in SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)
        leading = list(self.llama_context_default_params().leading)  # type: ignore[attr-defined]
        if leading != [512, 2048, CHUNK_TOKENS, 1]:
            raise SystemExit(f"{path}: llama_context_params begins with {leading}; another layout")
        self.llama_log_set(silent, None)  # type: ignore[attr-defined]



class Model:
    """A GGUF file in llama.cpp, on the CPU."""

    def __init__(self, library: LlamaLibrary, path: Path) -> None:
        self.path = path
        self._library = library
        self._model = library.llama_model_load_from_file(
            str(path).encode(), library.llama_model_default_params())
        if not self._model:
            raise SystemExit(f"{path}: llama.cpp cannot load it")
        vocabulary = library.llama_model_get_vocab(self._model)
        self._tokens = library.llama_vocab_n_tokens(vocabulary)
        self._random = np.random.default_rng(7)

    @property
    def bytes(self) -> int:
        return int(self._library.llama_model_size(self._model))

    def samples(
        self, prompt: int, generate: int, depth: int, threads: int, repetitions: int
    ) -> list[int]:
        """Nanoseconds of each repetition, after one that does not count."""
        params = self._library.llama_context_default_params()
        params.leading[0] = depth + prompt + generate + 32
        context = self._library.llama_init_from_model(self._model, params)
        if not context:
            raise SystemExit(f"{self.path}: llama.cpp has no memory for a context")
        self._library.llama_set_n_threads(context, threads, threads)
        try:
            return [
                self._once(context, prompt, generate, depth) for _ in range(repetitions + 1)
            ][1:]
        finally:
            self._library.llama_free(context)

    def _once(self, context: int, prompt: int, generate: int, depth: int) -> int:
        library = self._library
        library.llama_memory_clear(library.llama_get_memory(context), True)
        self._decode(context, depth)
        library.llama_synchronize(context)
        start = time.perf_counter_ns()
        self._decode(context, prompt)
        for _ in range(generate):
            self._decode(context, 1)
            library.llama_synchronize(context)
        library.llama_synchronize(context)
        return time.perf_counter_ns() - start

    def _decode(self, context: int, count: int) -> None:
        for first in range(0, count, CHUNK_TOKENS):
            size = min(CHUNK_TOKENS, count - first)
            tokens = self._random.integers(0, self._tokens, size).astype(np.int32)
            pointer = tokens.ctypes.data_as(POINTER(c_int32))
            status = self._library.llama_decode(
                context, self._library.llama_batch_get_one(pointer, size))
            if status != 0:
                raise SystemExit(f"{self.path}: llama_decode says {status}")

    def close(self) -> None:
        self._library.llama_model_free(self._model)
