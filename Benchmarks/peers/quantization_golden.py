"""Records what bitsandbytes and Marlin's packer make of fixed numbers, for tests of our own packers.

Usage: quantization_golden.py > Tests/QuantizationSystemsTests/Resources/golden.json

bitsandbytes runs on the CPU. Marlin's package needs CUDA to be imported, so its permutation is
written out here as its paper and its documentation describe it: thread by thread.
"""

import json
import platform

import bitsandbytes
import bitsandbytes.functional as functional
import numpy
import torch


def numbers(count, multiplier, offset, modulus, divisor):
    """Fractions that every language computes alike."""
    half = modulus // 2
    return [((multiplier * i + offset) % modulus - half) / divisor for i in range(count)]


def hexadecimal(tensor):
    return tensor.contiguous().numpy().tobytes().hex()


def four_bit(kind, double):
    """Codes and maxima of 19,264 numbers: 301 blocks of 64, so that nested blocks are ragged."""
    values = torch.tensor(numbers(301 * 64, 7919, 13, 1009, 128), dtype=torch.float32)
    # Blocks of different size, so that their maxima differ.
    sizes = torch.tensor([1 + (b * 29 % 31) / 32 for b in range(301)], dtype=torch.float32)
    values = (values.reshape(301, 64) * sizes[:, None]).reshape(-1)
    packed, state = functional.quantize_4bit(
        values, blocksize=64, quant_type=kind, compress_statistics=double
    )
    result = {"codes": hexadecimal(packed)}
    if double:
        result["absmax_codes"] = hexadecimal(state.absmax)
        result["nested_absmax"] = [float(x) for x in state.state2.absmax]
        result["offset"] = float(state.offset)
    else:
        result["absmax"] = [float(x) for x in state.absmax]
        restored = functional.dequantize_4bit(packed, state)
        result["dequantized_sum"] = float(restored.double().sum())
    return result


def llm_int8():
    weights = torch.tensor(numbers(24 * 96, 577, 5, 997, 512)).reshape(24, 96).half()
    codes, maxima, _ = functional.int8_vectorwise_quant(weights)
    activations = torch.tensor(numbers(5 * 96, 331, 3, 499, 64)).reshape(5, 96)
    activations[:, 17] *= 4
    activations = activations.half()
    inputs, input_maxima, columns = functional.int8_vectorwise_quant(activations, threshold=6.0)
    return {
        "weight_codes": hexadecimal(codes),
        "weight_maxima": [float(x) for x in maxima],
        "activation_codes": hexadecimal(inputs),
        "activation_maxima": [float(x) for x in input_maxima],
        "outlier_columns": [int(x) for x in columns],
    }


def marlin_words():
    """Codes of 128 inputs x 256 outputs, one group, in the order of Marlin's threads."""
    k, n = 128, 256
    codes = numpy.array([(i * 7 + i // 13) % 16 for i in range(k * n)], dtype=numpy.uint32)
    tiles = codes.reshape(k // 16, 16, n // 16, 16).transpose(0, 2, 1, 3).reshape(k // 16, n * 16)
    order = []
    for thread in range(32):
        fragment = []
        for block in (0, 1):
            for row in (0, 1, 8, 9):
                fragment.append(16 * (2 * (thread % 4) + row) + thread // 4 + 8 * block)
        for product in range(4):
            order += [place + 256 * product for place in fragment]
    order = numpy.array(order).reshape(-1, 8)[:, [0, 2, 4, 6, 1, 3, 5, 7]].ravel()
    permuted = tiles.reshape(-1, 1024)[:, order].reshape(tiles.shape)
    words = numpy.zeros((tiles.shape[0], tiles.shape[1] // 8), dtype=numpy.uint32)
    for nibble in range(8):
        words |= permuted[:, nibble::8] << numpy.uint32(4 * nibble)
    return words.tobytes().hex()


def main():
    golden = {
        "made_by": f"bitsandbytes {bitsandbytes.__version__}, torch {torch.__version__},"
        f" {platform.machine()}",
        "dynamic_map": [float(x) for x in functional.create_dynamic_map(signed=True)],
        "nf4": four_bit("nf4", False),
        "fp4": four_bit("fp4", False),
        "nf4_dq": four_bit("nf4", True),
        "llm_int8": llm_int8(),
        "marlin_words": marlin_words(),
    }
    print(json.dumps(golden))


if __name__ == "__main__":
    main()
