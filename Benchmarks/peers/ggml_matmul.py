"""ggml: `ggml_mul_mat` of every tensor type, with and without its repacking of weights."""

from __future__ import annotations

import ctypes
import importlib.metadata
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

import ggml_library
from case import Case, DISTINCT_ROWS, Prepared, Unsupported, random_activations, random_weights

FORMATS = (
    "f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q2_k", "q3_k", "q4_k", "q5_k",
    "q6_k", "iq4_nl", "iq4_xs", "mxfp4", "nvfp4", "tq1_0", "tq2_0", "q1_0", "q2_0",
)
REPACK = "+repack"
REPACKED = ("q4_0", "q8_0", "q2_k", "q3_k", "q4_k", "q5_k", "q6_k", "iq4_nl", "mxfp4")
INTERLEAVED = re.compile(r"_r\d+$")
MULTIPLIES_PER_GRAPH = 8
MADVISE_HUGE, MADVISE_SMALL = 14, 15
PAGE_BYTES = 4096


def open_peer(library: Path | None, label: str | None, huge_pages: bool) -> GGML:
    """The ggml inside the xllamacpp wheel, or the one in `library`."""
    if library is None:
        folder = Path(importlib.util.find_spec("xllamacpp").origin).parent  # type: ignore
        library = next(folder.glob("xllamacpp*.so"))
        version = importlib.metadata.version("xllamacpp")
        return GGML(library, label or "xllamacpp", version, huge_pages)
    return GGML(library, label or library.stem, "", huge_pages)


class GGML:
    """One loaded ggml with a CPU backend and a pool for every thread count."""

    def __init__(self, library: Path, name: str, version: str, huge_pages: bool) -> None:
        self._lib = ggml_library.load(library)
        self._huge_pages = huge_pages
        self._types = ggml_library.type_ids(self._lib)
        self._backends: dict[int, int] = {}
        self._quantized: dict[tuple[str, int], np.ndarray] = {}
        # The first context initializes the library's tables.
        self._lib.ggml_free(self._context(1))
        self._repacking = ggml_library.repacking_buffer_type(self._lib, self._backend(1))
        ggml = self._lib.ggml_version().decode() if hasattr(self._lib, "ggml_version") else ""
        self.name = name
        self.version = " ".join(part for part in (version, ggml and f"ggml {ggml}") if part)

    def formats(self) -> list[str]:
        known = [name for name in FORMATS if name in self._types]
        interleaved = [
            name for name in self._types
            if INTERLEAVED.search(name) and INTERLEAVED.sub("", name) in FORMATS
        ]
        repacked = [name + REPACK for name in REPACKED if name in self._types]
        return known + interleaved + (repacked if self._repacking else [])

    def weight_bytes(self, format: str, m: int, k: int) -> int:
        return m * self._lib.ggml_row_size(self._types[format.removesuffix(REPACK)], k)

    def prepare(self, case: Case) -> Prepared:
        return _Session(self, case).prepared()

    def _context(self, tensors: int, graphs: int = 0) -> int:
        size = (tensors + 8) * (self._lib.ggml_tensor_overhead() + 64)
        size += graphs * (self._lib.ggml_graph_overhead() + 64)
        return self._lib.ggml_init(ggml_library.InitParameters(size, None, True))

    def _backend(self, threads: int) -> int:
        if threads not in self._backends:
            backend = self._lib.ggml_backend_cpu_init()
            self._lib.ggml_backend_cpu_set_n_threads(backend, threads)
            if hasattr(self._lib, "ggml_backend_cpu_set_threadpool"):
                parameters = ctypes.create_string_buffer(ggml_library.THREADPOOL_PARAMETER_BYTES)
                self._lib.ggml_threadpool_params_init(parameters, threads)
                pool = self._lib.ggml_threadpool_new(parameters)
                self._lib.ggml_backend_cpu_set_threadpool(backend, pool)
            self._backends[threads] = backend
        return self._backends[threads]

    def _quantized_rows(self, type_name: str, k: int) -> np.ndarray:
        """The distinct rows of a matrix of `k` columns in the bytes of a type."""
        key = (type_name, k)
        if key not in self._quantized:
            weights = random_weights(k)
            identifier = self._types[type_name]
            row_bytes = self._lib.ggml_row_size(identifier, k)
            result = np.zeros(DISTINCT_ROWS * row_bytes, dtype=np.uint8)
            self._lib.ggml_quantize_chunk(
                identifier, weights.ctypes.data, result.ctypes.data, 0, DISTINCT_ROWS, k, None, None
            )
            self._quantized = {key: result}
        return self._quantized[key]


class _Session:
    """The tensors, buffers and graphs of one case."""

    def __init__(self, peer: GGML, case: Case) -> None:
        self._peer, self._lib, self._case = peer, peer._lib, case
        self._type_name = case.format.removesuffix(REPACK)
        self._type = peer._types[self._type_name]
        self._backend = peer._backend(case.threads)
        self._buffers: list[int] = []
        self._ctx = peer._context(4 * case.copies + 64, case.copies + 1)

    def prepared(self) -> Prepared:
        case = self._case
        weights = self._make_weights()
        activations = random_activations(case.n, case.k)
        inputs = self._make_inputs(activations)
        graphs, output = self._make_graphs(weights, inputs)
        compute, backend = self._lib.ggml_backend_graph_compute, self._backend

        def run(graph: int) -> Callable[[], object]:
            return lambda: compute(backend, graph)

        return Prepared(
            runs=[run(graph) for graph in graphs],
            multiplies=case.copies // len(graphs),
            kernel="ggml_mul_mat" + (" repacked" if case.format.endswith(REPACK) else ""),
            weight_bytes=self._peer.weight_bytes(case.format, case.m, case.k),
            activations=activations,
            output=lambda: self._read(output, (case.n, case.m)),
            weight_rows=self._dequantized,
            close=self._close,
        )

    def _make_weights(self) -> list[int]:
        case, lib = self._case, self._lib
        repacked = case.format.endswith(REPACK)
        buffer_type = self._peer._repacking if repacked else lib.ggml_backend_cpu_buffer_type()
        tensors = [
            lib.ggml_new_tensor_2d(self._ctx, self._type, case.k, case.m)
            for _ in range(case.copies)
        ]
        self._place(tensors, buffer_type)
        self._check_supported(tensors[0])
        rows = self._peer._quantized_rows(self._type_name, case.k)
        data = np.tile(rows, -(-case.m // DISTINCT_ROWS))
        for tensor in tensors:
            lib.ggml_backend_tensor_set(tensor, data.ctypes.data, 0, lib.ggml_nbytes(tensor))
        return tensors

    def _make_inputs(self, activations: np.ndarray) -> list[int]:
        """Two equal inputs: graphs alternate, so no library reuses the last one quantized."""
        lib, case = self._lib, self._case
        f32 = self._peer._types["f32"]
        inputs = [lib.ggml_new_tensor_2d(self._ctx, f32, case.k, case.n) for _ in range(2)]
        self._place(inputs, lib.ggml_backend_cpu_buffer_type())
        for tensor in inputs:
            lib.ggml_backend_tensor_set(tensor, activations.ctypes.data, 0, activations.nbytes)
        return inputs

    def _make_graphs(self, weights: list[int], inputs: list[int]) -> tuple[list[int], int]:
        lib = self._lib
        products = [
            lib.ggml_mul_mat(self._ctx, weight, inputs[index % 2])
            for index, weight in enumerate(weights)
        ]
        self._place(products, lib.ggml_backend_cpu_buffer_type())
        count = 1 if self._case.n > 64 else MULTIPLIES_PER_GRAPH
        count = next(c for c in range(min(count, len(products)), 0, -1) if len(products) % c == 0)
        graphs = []
        for start in range(0, len(products), count):
            graph = lib.ggml_new_graph(self._ctx)
            for product in products[start : start + count]:
                lib.ggml_build_forward_expand(graph, product)
            graphs.append(graph)
        return graphs, products[-1]

    def _check_supported(self, weight: int) -> None:
        """A repacking buffer crashes on setting a type that it cannot repack: ask before."""
        if not self._case.format.endswith(REPACK):
            return
        lib, case = self._lib, self._case
        device = lib.ggml_backend_get_device(self._backend)
        sample = lib.ggml_new_tensor_2d(self._ctx, self._peer._types["f32"], case.k, case.n)
        self._place([sample], lib.ggml_backend_cpu_buffer_type())
        product = lib.ggml_mul_mat(self._ctx, weight, sample)
        if not lib.ggml_backend_dev_supports_op(device, product):
            self._close()
            raise Unsupported(f"this CPU has no repacking for {self._type_name}")

    def _place(self, tensors: list[int], buffer_type: int) -> None:
        """Puts tensors one after the other into a buffer of their own, in the pages asked for."""
        lib = self._lib
        sizes = [
            -(-lib.ggml_backend_buft_get_alloc_size(buffer_type, tensor) // PAGE_BYTES) * PAGE_BYTES
            for tensor in tensors
        ]
        total = sum(sizes) + PAGE_BYTES
        buffer = lib.ggml_backend_buft_alloc_buffer(buffer_type, total)
        if not buffer:
            raise Unsupported(f"no memory for {total} bytes")
        self._buffers.append(buffer)
        base = lib.ggml_backend_buffer_get_base(buffer)
        address = -(-base // PAGE_BYTES) * PAGE_BYTES
        advice = MADVISE_HUGE if self._peer._huge_pages else MADVISE_SMALL
        ctypes.CDLL(None).madvise(
            ctypes.c_void_p(address), ctypes.c_size_t(total - PAGE_BYTES), ctypes.c_int(advice)
        )
        for tensor, size in zip(tensors, sizes):
            lib.ggml_backend_tensor_alloc(buffer, tensor, address)
            address += size

    def _dequantized(self, rows: np.ndarray) -> np.ndarray:
        """Rows of the weights as ggml reads them; interleaving moves no value."""
        lib, case = self._lib, self._case
        base = INTERLEAVED.sub("", self._type_name)
        data = self._peer._quantized_rows(base, case.k)
        wanted = np.ascontiguousarray(rows % DISTINCT_ROWS, dtype=np.int32)
        types = self._peer._types
        table = lib.ggml_new_tensor_2d(self._ctx, types[base], case.k, DISTINCT_ROWS)
        indices = lib.ggml_new_tensor_1d(self._ctx, types["i32"], len(wanted))
        self._place([table, indices], lib.ggml_backend_cpu_buffer_type())
        lib.ggml_backend_tensor_set(table, data.ctypes.data, 0, data.nbytes)
        lib.ggml_backend_tensor_set(indices, wanted.ctypes.data, 0, wanted.nbytes)
        result = lib.ggml_get_rows(self._ctx, table, indices)
        self._place([result], lib.ggml_backend_cpu_buffer_type())
        graph = lib.ggml_new_graph(self._ctx)
        lib.ggml_build_forward_expand(graph, result)
        lib.ggml_backend_graph_compute(self._backend, graph)
        return self._read(result, (len(wanted), case.k)).astype(np.float64)

    def _read(self, tensor: int, shape: tuple[int, int]) -> np.ndarray:
        result = np.empty(shape, dtype=np.float32)
        self._lib.ggml_backend_tensor_get(tensor, result.ctypes.data, 0, result.nbytes)
        return result

    def _close(self) -> None:
        for buffer in self._buffers:
            self._lib.ggml_backend_buffer_free(buffer)
        self._buffers = []
        self._lib.ggml_free(self._ctx)
