"""Records what AutoGPTQ's packer makes of fixed codes, for tests of our own packer.

Usage: gptq_golden.py SOURCE > Tests/QuantizationSystemsTests/Resources/gptq.json

SOURCE is the unpacked source of auto-gptq 0.7.1, whose packer is Python; with BUILD_CUDA_EXT=0,

    pip download --no-deps --no-build-isolation --no-binary auto-gptq auto-gptq==0.7.1

The layer is loaded from its own file, because importing the package needs more than the packer does.
Needs torch, and transformers before 5.
"""

import importlib.util
import json
import pathlib
import platform
import sys

import torch

INPUTS, OUTPUTS, GROUP = 64, 96, 32


def layer_class(source):
    """AutoGPTQ's QuantLinear without CUDA kernels."""
    path = pathlib.Path(source) / "auto_gptq/nn_modules/qlinear/qlinear_cuda.py"
    spec = importlib.util.spec_from_file_location("qlinear_cuda", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.QuantLinear


def hexadecimal(tensor):
    return tensor.contiguous().numpy().tobytes().hex()


def packed(quant_linear, bits, group_of):
    """What the packer stores; codes, zeros and scales are formulas that every language computes alike.

    Zeros are not 0, with which AutoGPTQ's packer corrupts words.
    """
    groups, top = INPUTS // GROUP, 2**bits
    codes = torch.tensor(
        [[(7 * m + 5 * k + m * k // 11) % top for k in range(INPUTS)] for m in range(OUTPUTS)]
    )
    zeros = torch.tensor(
        [[1 + (3 * m + 5 * g) % (top - 1) for g in range(groups)] for m in range(OUTPUTS)]
    )
    scales = torch.tensor([[2.0 ** -(5 + (m + g) % 4) for g in range(groups)] for m in range(OUTPUTS)])
    index = torch.tensor([group_of(k) for k in range(INPUTS)], dtype=torch.int32)
    linear = torch.nn.Linear(INPUTS, OUTPUTS, bias=False).half()
    columns = index.long()
    linear.weight.data = (scales[:, columns] * (codes - zeros[:, columns])).half()
    layer = quant_linear(bits, GROUP, INPUTS, OUTPUTS, False)
    layer.pack(linear, scales, zeros, index)
    return {
        "qweight": hexadecimal(layer.qweight),
        "qzeros": hexadecimal(layer.qzeros),
        "scales": hexadecimal(layer.scales),
        "g_idx": [int(g) for g in layer.g_idx],
    }


def main():
    quant_linear = layer_class(sys.argv[1])
    golden = {
        "made_by": f"auto-gptq 0.7.1, torch {torch.__version__}, {platform.machine()}",
        "int2": packed(quant_linear, 2, lambda k: k // GROUP),
        "int3": packed(quant_linear, 3, lambda k: k // GROUP),
        "int4": packed(quant_linear, 4, lambda k: k // GROUP),
        "int8": packed(quant_linear, 8, lambda k: k // GROUP),
        # As with desc_act: columns of a group lie apart.
        "int4_act_order": packed(quant_linear, 4, lambda k: k * 5 % 64 // GROUP),
    }
    print(json.dumps(golden))


if __name__ == "__main__":
    main()
