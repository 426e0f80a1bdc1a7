"""zentorch: the ZenDNN linear layers it adds to torch."""

from __future__ import annotations

import importlib.metadata

import torch
import zentorch  # noqa: F401  registers torch.ops.zentorch

from case import Case, Prepared
from torch_linear import Format, Packed, _float_rows, _full, prepare_linear


def _pack_zen(rows: torch.Tensor, m: int) -> Packed:
    weight = torch.ops.zentorch.zentorch_weight_prepack_for_linear(_full(rows, m))
    linear = torch.ops.zentorch.zentorch_linear_unary
    return Packed(lambda x: linear(x, weight, None, is_weight_prepacked=True), weight)


FORMATS = {
    "f32": Format(
        "zentorch_linear", 32, 0, torch.float32, _float_rows(torch.float32), _pack_zen),
    "bf16": Format(
        "zentorch_linear", 16, 0, torch.bfloat16, _float_rows(torch.bfloat16), _pack_zen),
}


def open_peer() -> ZenTorch:
    return ZenTorch()


class ZenTorch:
    """zentorch on the CPU."""

    name = "zentorch"
    version = importlib.metadata.version("zentorch")

    def formats(self) -> list[str]:
        return list(FORMATS)

    def weight_bytes(self, format: str, m: int, k: int) -> int:
        return int(m * k * FORMATS[format].bits / 8)

    def prepare(self, case: Case) -> Prepared:
        return prepare_linear(FORMATS[case.format], self.weight_bytes, case)
