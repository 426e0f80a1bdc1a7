"""bitsandbytes on the CPU: nf4 and fp4 blocks, and int8 with row scales."""

from __future__ import annotations

from collections.abc import Callable

import bitsandbytes as bnb
import bitsandbytes.functional as bnb_functional
import numpy as np
import torch

from case import Case, DISTINCT_ROWS, Prepared, Unsupported, random_activations, random_weights
from torch_linear import _full

BLOCK = 64


def open_peer() -> BitsAndBytes:
    return BitsAndBytes()


class BitsAndBytes:
    """bitsandbytes with 16-bit activations."""

    name = "bitsandbytes"
    version = bnb.__version__

    def formats(self) -> list[str]:
        return ["nf4", "fp4", "int8"]

    def weight_bytes(self, format: str, m: int, k: int) -> int:
        return m * (k + 4) if format == "int8" else m * k // 2 + m * k // BLOCK * 4

    def prepare(self, case: Case) -> Prepared:
        torch.set_num_threads(case.threads)
        torch.set_grad_enabled(False)
        # The int8 layers compute in float16 whatever they are given.
        dtype = torch.float16 if case.format == "int8" else torch.bfloat16
        x = torch.from_numpy(random_activations(case.n, case.k)).to(dtype)
        rows = torch.from_numpy(random_weights(case.k)).bfloat16()
        build = _int8_layers if case.format == "int8" else _four_bit_layers
        try:
            layers, exact = build(case, rows)
            layers[0](x)
        except (RuntimeError, NotImplementedError) as error:
            raise Unsupported(str(error).splitlines()[0]) from error
        last: list[torch.Tensor] = []

        def run(layer: torch.nn.Module) -> Callable[[], object]:
            return lambda: last.__setitem__(slice(None), [layer(x)])

        return Prepared(
            runs=[run(layer) for layer in layers],
            multiplies=1,
            kernel=type(layers[0]).__name__,
            weight_bytes=self.weight_bytes(case.format, case.m, case.k),
            activations=x.float().numpy(),
            output=lambda: last[0].float().numpy(),
            weight_rows=lambda wanted: exact[wanted % DISTINCT_ROWS],
        )


def _four_bit_layers(case: Case, rows: torch.Tensor) -> tuple[list[torch.nn.Module], np.ndarray]:
    packed, state = bnb_functional.quantize_4bit(rows, blocksize=BLOCK, quant_type=case.format)
    exact = bnb_functional.dequantize_4bit(packed, state).double().numpy()
    weight = _full(rows, case.m)
    layers: list[torch.nn.Module] = []
    for _ in range(case.copies):
        layer = bnb.nn.Linear4bit(
            case.k, case.m, bias=False, compute_dtype=torch.bfloat16, compress_statistics=False,
            quant_type=case.format,
        )
        layer.weight = bnb.nn.Params4bit(
            weight, requires_grad=False, quant_type=case.format, blocksize=BLOCK,
            compress_statistics=False, module=layer,
        )
        layers.append(layer.to("cpu").eval())
    return layers, exact


def _int8_layers(case: Case, rows: torch.Tensor) -> tuple[list[torch.nn.Module], np.ndarray]:
    values, scales, _ = bnb_functional.int8_vectorwise_quant(rows.half())
    exact = values.double().numpy() * scales.double().numpy()[:, None] / 127
    weight = _full(rows, case.m)
    layers: list[torch.nn.Module] = []
    for _ in range(case.copies):
        layer = bnb.nn.Linear8bitLt(case.k, case.m, bias=False, has_fp16_weights=False)
        layer.weight = bnb.nn.Int8Params(weight, requires_grad=False, has_fp16_weights=False)
        layers.append(layer.to("cpu").eval())
    return layers, exact
