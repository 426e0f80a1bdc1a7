"""What is measured: one product of a weight matrix, and what a peer hands over to have it timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

DISTINCT_ROWS = 256
"""Weights repeat after this many rows: time does not depend on values, quantizing does."""


@dataclass(frozen=True)
class Case:
    """`C[m,n] = A[m,k] * B[k,n]` with `A` in `format`, over `copies` distinct copies of `A`."""

    format: str
    m: int
    k: int
    n: int
    threads: int
    copies: int


@dataclass
class Prepared:
    """A case ready to run.

    Every entry of `runs` multiplies by `multiplies` distinct copies of the weights; going through
    all of `runs` touches every copy once.
    """

    runs: list[Callable[[], object]]
    multiplies: int
    kernel: str
    weight_bytes: int
    activations: np.ndarray
    """`B` transposed: [n, k], float32."""
    output: Callable[[], np.ndarray]
    """`C` transposed after any run: [n, m]."""
    weight_rows: Callable[[np.ndarray], np.ndarray]
    """The given rows of `A` as the peer stores them, dequantized: [rows, k], float64."""
    close: Callable[[], None] = field(default=lambda: None)


class Unsupported(Exception):
    """The peer has no kernel for a case."""


class Peer(Protocol):
    """A library whose matmul is measured."""

    name: str
    version: str

    def formats(self) -> list[str]:
        """Every format this build of the peer can multiply."""

    def weight_bytes(self, format: str, m: int, k: int) -> int:
        """Bytes of one copy of the weights with their scales."""

    def prepare(self, case: Case) -> Prepared:
        """Quantizes and packs the weights. Raises `Unsupported` where there is no kernel."""


def random_weights(k: int, rows: int = DISTINCT_ROWS) -> np.ndarray:
    """The distinct rows of every weight matrix of `k` columns: [rows, k], float32, normal."""
    generator = np.random.default_rng(k)
    return generator.standard_normal((rows, k), dtype=np.float32)


def random_activations(n: int, k: int) -> np.ndarray:
    """The activations of a case: [n, k], float32, normal."""
    generator = np.random.default_rng(1_000_003 * n + k)
    return generator.standard_normal((n, k), dtype=np.float32)


def repeated_rows(rows: np.ndarray, m: int) -> np.ndarray:
    """`rows` repeated to `m` rows."""
    repeats = -(-m // len(rows))
    return np.ascontiguousarray(np.tile(rows, (repeats,) + (1,) * (rows.ndim - 1))[:m])
