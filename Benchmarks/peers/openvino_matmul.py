"""OpenVINO: MatMul with float weights and with compressed int8 and int4 weights.

All copies of a case are nodes of one model with an input each, so that nothing is shared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import openvino
from openvino import Type, opset13

from case import Case, DISTINCT_ROWS, Prepared, random_activations, random_weights, repeated_rows

ROW = 0
"""Group size that stands for one scale per row."""


@dataclass(frozen=True)
class Format:
    weights: Type
    group: int
    precision: str
    """What arithmetic the plugin may round to."""

    @property
    def bits(self) -> int:
        return {Type.f32: 32, Type.bf16: 16, Type.i8: 8, Type.i4: 4}[self.weights]


FORMATS = {
    "f32": Format(Type.f32, ROW, "f32"),
    "bf16": Format(Type.bf16, ROW, "bf16"),
    "int8": Format(Type.i8, ROW, "f32"),
    "int8 g32": Format(Type.i8, 32, "f32"),
    "int8 g128": Format(Type.i8, 128, "f32"),
    "int4 g32": Format(Type.i4, 32, "f32"),
    "int4 g128": Format(Type.i4, 128, "f32"),
}
SCALE_BYTES = 2


def open_peer() -> OpenVINO:
    return OpenVINO()


class OpenVINO:
    """OpenVINO's CPU plugin."""

    name = "openvino"
    version = openvino.__version__

    def __init__(self) -> None:
        self._core = openvino.Core()

    def formats(self) -> list[str]:
        return list(FORMATS)

    def weight_bytes(self, format: str, m: int, k: int) -> int:
        kind = FORMATS[format]
        scales = 0 if kind.bits > 8 else m * (k // kind.group if kind.group else 1) * SCALE_BYTES
        return m * k * kind.bits // 8 + scales

    def prepare(self, case: Case) -> Prepared:
        kind = FORMATS[case.format]
        group = kind.group or case.k
        codes, scales, exact = _distinct_rows(kind, case.k, group)
        model = _model(case, kind, codes, scales)
        options = {
            "INFERENCE_NUM_THREADS": case.threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": kind.precision,
        }
        if kind.bits <= 8:
            options["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = kind.group or 128
        request = self._core.compile_model(model, "CPU", options).create_infer_request()
        activations = random_activations(case.n, case.k)
        x = openvino.Tensor(activations, shared_memory=True)
        for index in range(case.copies):
            request.set_input_tensor(index, x)
        return Prepared(
            runs=[request.infer],
            multiplies=case.copies,
            kernel="MatMul",
            weight_bytes=self.weight_bytes(case.format, case.m, case.k),
            activations=activations,
            output=lambda: request.get_output_tensor(0).data.astype(np.float32),
            weight_rows=lambda rows: exact[rows % DISTINCT_ROWS],
        )


def _distinct_rows(
    kind: Format, k: int, group: int
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Codes [rows, groups, group], scales [rows, groups, 1] and values [rows, k]."""
    weights = random_weights(k)
    if kind.weights == Type.f32:
        return weights, None, weights.astype(np.float64)
    if kind.weights == Type.bf16:
        bits = weights.view(np.uint32)
        rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
        exact = (rounded << 16).astype(np.uint32).view(np.float32).astype(np.float64)
        return rounded.astype(np.uint16), None, exact
    limit = 2 ** (kind.bits - 1) - 1
    blocks = weights.reshape(len(weights), -1, group)
    scales = (np.abs(blocks).max(axis=2, keepdims=True) / limit).astype(np.float16)
    codes = np.clip(np.rint(blocks / scales), -limit - 1, limit).astype(np.int8)
    exact = (codes * scales.astype(np.float64)).reshape(weights.shape)
    return codes, scales, exact


def _model(
    case: Case, kind: Format, codes: np.ndarray, scales: np.ndarray | None
) -> openvino.Model:
    stored = repeated_rows(codes, case.m)
    if kind.weights == Type.i4:
        nibbles = stored.reshape(-1).view(np.uint8) & 15
        stored = nibbles[0::2] | nibbles[1::2] << 4
    shape = [case.m, *codes.shape[1:]]
    factor = None if scales is None else repeated_rows(scales, case.m)
    inputs, outputs = [], []
    for index in range(case.copies):
        x = opset13.parameter([case.n, case.k], Type.f32, name=f"x{index}")
        # The first byte differs: equal constants might share memory.
        tensor = openvino.Tensor(kind.weights, openvino.Shape(shape))
        raw = tensor.data.reshape(-1).view(np.uint8)
        raw[:] = stored.reshape(-1).view(np.uint8)
        raw[0] = raw[0] if index == 0 else index % 100
        weights = opset13.constant(tensor)
        if factor is not None:
            half = opset13.convert(weights, "f16")
            scaled = opset13.multiply(half, opset13.constant(factor))
            flat = opset13.constant(np.array([case.m, case.k], dtype=np.int64))
            weights = opset13.reshape(scaled, flat, special_zero=False)
        if kind.weights != Type.f32:
            weights = opset13.convert(weights, "f32")
        inputs.append(x)
        outputs.append(opset13.matmul(x, weights, False, True))
    return openvino.Model(outputs, inputs)
