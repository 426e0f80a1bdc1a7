"""onnxruntime: MatMul, MatMulNBits with integer activations, DynamicQuantizeMatMul.

All copies of a case are nodes of one graph with an input each, so that nothing is shared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnxruntime
from onnx import NodeProto, TensorProto, helper, numpy_helper

from case import Case, DISTINCT_ROWS, Prepared, random_activations, random_weights, repeated_rows

INTEGER_ACTIVATIONS = 4
"""`accuracy_level` at which activations may be rounded to int8."""


@dataclass(frozen=True)
class Weights:
    """Initializers of one copy, the node that reads them, and the distinct rows dequantized."""

    initializers: dict[str, np.ndarray]
    node: Callable[[str, list[str], str], NodeProto]
    exact: np.ndarray


@dataclass(frozen=True)
class Format:
    kernel: str
    bits: float
    row_bytes: int
    build: Callable[[int, int], Weights]


def _float_weights(m: int, k: int) -> Weights:
    rows = random_weights(k)
    columns = np.ascontiguousarray(repeated_rows(rows, m).T)

    def node(x: str, weights: list[str], y: str) -> NodeProto:
        return helper.make_node("MatMul", [x, *weights], [y])

    return Weights({"B": columns}, node, rows.astype(np.float64))


def _int8_weights(m: int, k: int) -> Weights:
    rows = random_weights(k)
    scales = np.abs(rows).max(axis=1) / 127
    values = np.rint(rows / scales[:, None]).astype(np.int8)
    columns = np.ascontiguousarray(repeated_rows(values, m).T)

    def node(x: str, weights: list[str], y: str) -> NodeProto:
        return helper.make_node(
            "DynamicQuantizeMatMul", [x, *weights], [y], domain="com.microsoft"
        )

    exact = values.astype(np.float64) * scales[:, None].astype(np.float64)
    return Weights({"B": columns, "scale": repeated_rows(scales, m)}, node, exact)


def _block_weights(bits: int, block: int) -> Callable[[int, int], Weights]:
    def build(m: int, k: int) -> Weights:
        blocks = random_weights(k).reshape(DISTINCT_ROWS, k // block, block)
        limit = 2 ** (bits - 1)
        scales = np.abs(blocks).max(axis=2) / (limit - 1)
        values = np.clip(np.rint(blocks / scales[..., None]) + limit, 0, 2 * limit - 1)
        codes = values.astype(np.uint8)
        stored = codes if bits == 8 else codes[..., 0::2] | codes[..., 1::2] << 4
        exact = (values - limit) * scales[..., None].astype(np.float64)

        def node(x: str, weights: list[str], y: str) -> NodeProto:
            return helper.make_node(
                "MatMulNBits", [x, *weights], [y], domain="com.microsoft", K=k, N=m, bits=bits,
                block_size=block, accuracy_level=INTEGER_ACTIVATIONS,
            )

        initializers = {
            "B": repeated_rows(stored, m),
            "scales": repeated_rows(scales, m).reshape(-1),
        }
        return Weights(initializers, node, exact.reshape(DISTINCT_ROWS, k))

    return build


FORMATS = {
    "f32": Format("MatMul", 32, 0, _float_weights),
    "int8": Format("DynamicQuantizeMatMul", 8, 4, _int8_weights),
    "int4 g32": Format("MatMulNBits", 4 + 32 / 32, 0, _block_weights(4, 32)),
    "int4 g128": Format("MatMulNBits", 4 + 32 / 128, 0, _block_weights(4, 128)),
    "int8 g32": Format("MatMulNBits", 8 + 32 / 32, 0, _block_weights(8, 32)),
    "int8 g128": Format("MatMulNBits", 8 + 32 / 128, 0, _block_weights(8, 128)),
}


def open_peer() -> OnnxRuntime:
    return OnnxRuntime()


class OnnxRuntime:
    """onnxruntime's CPU provider."""

    name = "onnxruntime"
    version = onnxruntime.__version__

    def formats(self) -> list[str]:
        return list(FORMATS)

    def weight_bytes(self, format: str, m: int, k: int) -> int:
        return int(m * k * FORMATS[format].bits / 8) + m * FORMATS[format].row_bytes

    def prepare(self, case: Case) -> Prepared:
        weights = FORMATS[case.format].build(case.m, case.k)
        session = _session(case, weights)
        activations = random_activations(case.n, case.k)
        x = onnxruntime.OrtValue.ortvalue_from_numpy(activations)
        zeros = np.zeros((case.n, case.m), np.float32)
        # Only the first copy has the unchanged weights, so its output is the one to check.
        first, others = (onnxruntime.OrtValue.ortvalue_from_numpy(zeros.copy()) for _ in range(2))
        binding = session.io_binding()
        for index in range(case.copies):
            binding.bind_ortvalue_input(f"x{index}", x)
            binding.bind_ortvalue_output(f"y{index}", others if index else first)
        return Prepared(
            runs=[lambda: session.run_with_iobinding(binding)],
            multiplies=case.copies,
            kernel=FORMATS[case.format].kernel,
            weight_bytes=self.weight_bytes(case.format, case.m, case.k),
            activations=activations,
            output=first.numpy,
            weight_rows=lambda rows: weights.exact[rows % DISTINCT_ROWS],
        )


def _distinct(values: np.ndarray, index: int) -> np.ndarray:
    """`values` with a first element of its own: equal initializers might share memory."""
    if index == 0:
        return values
    copy = values.copy()
    copy.reshape(-1)[0] = index % 100
    return copy


def _session(case: Case, weights: Weights) -> onnxruntime.InferenceSession:
    graph = helper.make_graph([], "matmul", [], [])
    for index in range(case.copies):
        names = [f"{name}{index}" for name in weights.initializers]
        for name, values in zip(names, weights.initializers.values()):
            graph.initializer.append(numpy_helper.from_array(_distinct(values, index), name))
        x = helper.make_tensor_value_info(f"x{index}", TensorProto.FLOAT, [case.n, case.k])
        y = helper.make_tensor_value_info(f"y{index}", TensorProto.FLOAT, [case.n, case.m])
        graph.input.append(x)
        graph.output.append(y)
        graph.node.append(weights.node(x.name, names, y.name))
    versions = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = case.threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
