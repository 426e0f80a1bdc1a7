"""torch: float linear layers, dynamically quantized int8 and weight-only kernels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from case import Case, DISTINCT_ROWS, Prepared, Unsupported, random_activations, random_weights

Multiply = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Packed:
    """One packed weight: how it multiplies."""

    multiply: Multiply
    keep: object


@dataclass(frozen=True)
class Format:
    """A kernel of torch and the weights it reads."""

    kernel: str
    bits: float
    """Bits of a weight with its share of scales within a row."""
    row_bytes: int
    """Bytes of every row beside that."""
    activations: torch.dtype
    prepare: Callable[[np.ndarray], tuple[torch.Tensor, np.ndarray]]
    """The distinct rows as a tensor, and their values as float64."""
    pack: Callable[[torch.Tensor, int], Packed]
    """Packs `m` rows that repeat the distinct ones; called for every copy."""


def _full(rows: torch.Tensor, m: int) -> torch.Tensor:
    return rows.repeat((-(-m // len(rows)),) + (1,) * (rows.dim() - 1))[:m].contiguous()


def _float_rows(dtype: torch.dtype) -> Callable[[np.ndarray], tuple[torch.Tensor, np.ndarray]]:
    def prepare(weights: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
        rows = torch.from_numpy(weights).to(dtype)
        return rows, rows.double().numpy()

    return prepare


def _pack_plain(rows: torch.Tensor, m: int) -> Packed:
    weight = _full(rows, m)
    return Packed(lambda x: torch.nn.functional.linear(x, weight), weight)


def _pack_onednn(rows: torch.Tensor, m: int) -> Packed:
    weight = torch.ops.mkldnn._reorder_linear_weight(_full(rows, m), None)
    linear = torch.ops.mkldnn._linear_pointwise
    return Packed(lambda x: linear(x, weight, None, "none", [], ""), weight)


def _int8_rows(weights: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
    scales = torch.from_numpy(np.abs(weights).max(axis=1) / 127).double()
    zeros = torch.zeros(len(weights), dtype=torch.int64)
    rows = torch.quantize_per_channel(
        torch.from_numpy(weights), scales, zeros, axis=0, dtype=torch.qint8
    )
    return rows, rows.dequantize().double().numpy()


def _pack_int8(engine: str) -> Callable[[torch.Tensor, int], Packed]:
    def pack(rows: torch.Tensor, m: int) -> Packed:
        torch.backends.quantized.engine = engine
        scales = _full(rows.q_per_channel_scales(), m)
        values = _full(rows.int_repr(), m)
        zeros = torch.zeros(m, dtype=torch.int64)
        weight = torch._make_per_channel_quantized_tensor(values, scales, zeros, 0)
        packed = torch.ops.quantized.linear_prepack(weight, None)
        multiply = torch.ops.quantized.linear_dynamic
        return Packed(lambda x: multiply(x, packed, False), packed)

    return pack


def _int8_weight_only_rows(weights: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
    scales = np.abs(weights).max(axis=1, keepdims=True) / 127
    values = np.rint(weights / scales)
    scales = torch.from_numpy(scales).bfloat16().double().numpy()
    return torch.from_numpy(np.hstack([values, scales])), values * scales


def _pack_int8_weight_only(rows: torch.Tensor, m: int) -> Packed:
    all_rows = _full(rows, m)
    values = all_rows[:, :-1].to(torch.int8).contiguous()
    scales = all_rows[:, -1].bfloat16()
    multiply = torch.ops.aten._weight_int8pack_mm
    return Packed(lambda x: multiply(x, values, scales), (values, scales))


def _int4_rows(group: int) -> Callable[[np.ndarray], tuple[torch.Tensor, np.ndarray]]:
    def prepare(weights: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
        blocks = weights.reshape(len(weights), -1, group)
        scales = np.abs(blocks).max(axis=2, keepdims=True) / 7
        scales = torch.from_numpy(scales).bfloat16().double().numpy()
        values = np.clip(np.rint(blocks / scales), -8, 7)
        exact = (values * scales).reshape(weights.shape)
        flat = [values.reshape(len(weights), -1) + 8, scales.reshape(len(weights), -1)]
        return torch.from_numpy(np.hstack(flat)), exact

    return prepare


def _pack_int4(group: int) -> Callable[[torch.Tensor, int], Packed]:
    def pack(rows: torch.Tensor, m: int) -> Packed:
        k = rows.shape[1] * group // (group + 1)
        all_rows = _full(rows, m)
        values = all_rows[:, :k].to(torch.int32).contiguous()
        packed = torch.ops.aten._convert_weight_to_int4pack_for_cpu(values, 2)
        scales = all_rows[:, k:].bfloat16().t()
        # The kernel reads (value - 8) * scale + zero, [k / group, m, 2].
        affine = torch.stack([scales, torch.zeros_like(scales)], dim=2).contiguous()
        multiply = torch.ops.aten._weight_int4pack_mm_for_cpu
        return Packed(lambda x: multiply(x, packed, group, affine), (packed, affine))

    return pack


FORMATS: dict[str, Format] = {
    "f32": Format("linear", 32, 0, torch.float32, _float_rows(torch.float32), _pack_plain),
    "f32 packed": Format(
        "oneDNN linear", 32, 0, torch.float32, _float_rows(torch.float32), _pack_onednn),
    "bf16": Format("linear", 16, 0, torch.bfloat16, _float_rows(torch.bfloat16), _pack_plain),
    "bf16 packed": Format(
        "oneDNN linear", 16, 0, torch.bfloat16, _float_rows(torch.bfloat16), _pack_onednn),
    "f16 packed": Format(
        "oneDNN linear", 16, 0, torch.float16, _float_rows(torch.float16), _pack_onednn),
    "int8 fbgemm": Format(
        "quantized::linear_dynamic", 8, 4, torch.float32, _int8_rows, _pack_int8("fbgemm")),
    "int8 onednn": Format(
        "quantized::linear_dynamic", 8, 4, torch.float32, _int8_rows, _pack_int8("onednn")),
    "int8 weights": Format(
        "_weight_int8pack_mm", 8, 2, torch.bfloat16, _int8_weight_only_rows,
        _pack_int8_weight_only),
    "int4 g32": Format(
        "_weight_int4pack_mm", 4 + 32 / 32, 0, torch.bfloat16, _int4_rows(32), _pack_int4(32)),
    "int4 g128": Format(
        "_weight_int4pack_mm", 4 + 32 / 128, 0, torch.bfloat16, _int4_rows(128), _pack_int4(128)),
}


def open_peer() -> Torch:
    return Torch()


class Torch:
    """torch on the CPU."""

    name = "torch"
    version = torch.__version__

    def formats(self) -> list[str]:
        return list(FORMATS)

    def weight_bytes(self, format: str, m: int, k: int) -> int:
        return int(m * k * FORMATS[format].bits / 8) + m * FORMATS[format].row_bytes

    def prepare(self, case: Case) -> Prepared:
        return prepare_linear(FORMATS[case.format], self.weight_bytes, case)


def prepare_linear(
    format: Format, weight_bytes: Callable[[str, int, int], int], case: Case
) -> Prepared:
    """A case of any kernel that multiplies torch tensors."""
    torch.set_num_threads(case.threads)
    torch.set_grad_enabled(False)
    rows, exact = format.prepare(random_weights(case.k))
    activations = random_activations(case.n, case.k)
    x = torch.from_numpy(activations).to(format.activations)
    try:
        packed = [format.pack(rows, case.m) for _ in range(case.copies)]
        packed[0].multiply(x)
    except (RuntimeError, AttributeError) as error:
        raise Unsupported(str(error).splitlines()[0]) from error
    last: list[torch.Tensor] = []

    def run(weight: Packed) -> Callable[[], object]:
        return lambda: last.__setitem__(slice(None), [weight.multiply(x)])

    return Prepared(
        runs=[run(weight) for weight in packed],
        multiplies=1,
        kernel=format.kernel,
        weight_bytes=weight_bytes(case.format, case.m, case.k),
        activations=x.float().numpy(),
        output=lambda: last[0].float().numpy(),
        weight_rows=lambda wanted: exact[wanted % DISTINCT_ROWS],
    )
