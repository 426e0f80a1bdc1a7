"""How a case is timed: rotating weights, a bandwidth probe beside every sample, a check."""

from __future__ import annotations

import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from case import Peer, Prepared

ROTATION_BYTES = 640_000_000
"""Weights touched before a copy is touched again. More than any last-level cache measured on."""

THIN_LIMIT = 64
"""Above this many tokens arithmetic dominates and two copies are enough."""

SAMPLE_SECONDS = 0.02
"""A sample repeats a run until it lasts this long, so that the clock does not matter."""

CHECKED_ROWS = 64


def copies_for(peer: Peer, format: str, m: int, k: int, n: int) -> int:
    """Copies of the weights a case rotates over."""
    if n > THIN_LIMIT:
        return 2
    return max(2, math.ceil(ROTATION_BYTES / peer.weight_bytes(format, m, k)))


class ReadProbe:
    """Read bandwidth of DRAM with the threads of a case, through numpy's largest element."""

    WINDOW_BYTES = 256_000_000
    BUFFER_BYTES = 1_024_000_000

    def __init__(self) -> None:
        self._buffer = np.ones(self.BUFFER_BYTES // 4, dtype=np.int32)
        self._position = 0
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1)
        self._dot_is_faster = False

    def choose_fastest(self) -> None:
        """Keeps the faster of two ways to read: the integer maximum, or a float dot product."""
        rates = []
        for use_dot in (False, True):
            self._dot_is_faster = use_dot
            rates.append(max(self.sample(1) for _ in range(3)))
        self._dot_is_faster = rates[1] > rates[0]

    def sample(self, threads: int) -> float:
        """Bytes per second of one read of the next window, split evenly over `threads`."""
        count = self.WINDOW_BYTES // 4
        window = self._buffer[self._position : self._position + count]
        self._position = (self._position + count) % (self._buffer.size // count * count)
        parts = np.array_split(window, threads)
        start = time.perf_counter()
        if threads == 1:
            self._read(parts[0])
        else:
            list(self._pool.map(self._read, parts))
        return window.nbytes / (time.perf_counter() - start)

    def _read(self, part: np.ndarray) -> None:
        if self._dot_is_faster:
            floats = part.view(np.float32)
            half = floats.size // 2
            np.dot(floats[:half], floats[half : 2 * half])
        else:
            part.max()


@dataclass(frozen=True)
class Samples:
    """Raw measurements of a case, in the order they were taken."""

    seconds: list[float]
    """Time of one product."""
    read_bytes_per_second: list[float]
    """The probe right before the sample with the same index."""
    other_load: float
    """CPUs that other processes kept busy meanwhile."""


def measure(prepared: Prepared, probe: ReadProbe, threads: int, repetitions: int) -> Samples:
    """Times `prepared`, each sample preceded by a read of the probe's next window."""
    loops = _loops_per_sample(prepared)
    seconds: list[float] = []
    rates: list[float] = []
    busy, wall = _other_busy_seconds(), time.perf_counter()
    position = 0
    for _ in range(repetitions):
        rates.append(probe.sample(threads))
        start = time.perf_counter()
        for _ in range(loops):
            prepared.runs[position]()
            position = (position + 1) % len(prepared.runs)
        elapsed = time.perf_counter() - start
        seconds.append(elapsed / (loops * prepared.multiplies))
    wall = time.perf_counter() - wall
    other = max(0.0, (_other_busy_seconds() - busy) / wall)
    return Samples(seconds, rates, other)


def _loops_per_sample(prepared: Prepared) -> int:
    prepared.runs[0]()
    start = time.perf_counter()
    prepared.runs[-1]()
    elapsed = time.perf_counter() - start
    return max(1, math.ceil(SAMPLE_SECONDS / max(elapsed, 1e-9)))


def _other_busy_seconds() -> float:
    """CPU seconds the machine spent so far outside this process; 0 where the OS does not say."""
    try:
        with open("/proc/stat") as file:
            fields = [int(value) for value in file.readline().split()[1:]]
    except OSError:
        return 0.0
    idle_columns = (3, 4)  # idle and waiting for input or output
    busy = sum(value for column, value in enumerate(fields[:8]) if column not in idle_columns)
    return busy / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])


def check_error(prepared: Prepared) -> float:
    """Relative RMS difference of 64 rows of the output from the product in float64.

    The reference multiplies the weights as the peer stores them with the activations before any
    rounding, so weight quantization is not in this number and activation quantization is.
    """
    prepared.runs[-1]()
    output = np.asarray(prepared.output(), dtype=np.float64)
    m = output.shape[1]
    rows = np.unique(np.linspace(0, m - 1, CHECKED_ROWS).astype(np.int64))
    expected = prepared.activations.astype(np.float64) @ prepared.weight_rows(rows).T
    difference = output[:, rows] - expected
    return float(np.sqrt(np.mean(difference**2) / np.mean(expected**2)))
