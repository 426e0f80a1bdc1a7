"""The part of ggml's C API that a matmul needs, through ctypes.

Only functions are called and no structure but the three fields of `ggml_init_params` is laid out
here, so that any version of ggml whose library exports these functions works.
"""

from __future__ import annotations

import ctypes
from ctypes import c_bool, c_char_p, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path

TYPE_IDS = {
    "f32": 0, "f16": 1, "q4_0": 2, "q4_1": 3, "q5_0": 6, "q5_1": 7, "q8_0": 8, "q2_k": 10,
    "q3_k": 11, "q4_k": 12, "q5_k": 13, "q6_k": 14, "iq4_nl": 20, "iq4_xs": 23, "i32": 26,
    "bf16": 30, "tq1_0": 34, "tq2_0": 35, "mxfp4": 39, "nvfp4": 40, "q1_0": 41, "q2_0": 42,
}
"""Numbers of the GGUF file format, which never change meaning."""

INTERLEAVED_TYPES_MARKER = "iqk_mul_mat"
"""A library that exports this has the row-interleaved types below."""

INTERLEAVED_TYPE_IDS = {
    "q4_0_r8": 202, "q5_0_r4": 206, "q8_0_r8": 208, "q2_k_r4": 210, "q3_k_r4": 211,
    "q4_k_r4": 212, "q5_k_r4": 213, "q6_k_r4": 214, "iq4_nl_r4": 220, "iq4_xs_r8": 223,
    "bf16_r16": 230, "mxfp4_r8": 353,
}

THREADPOOL_PARAMETER_BYTES = 4096  # generous: the structure holds a 512-entry mask


class InitParameters(ctypes.Structure):
    """`ggml_init_params`."""

    _fields_ = [("mem_size", c_size_t), ("mem_buffer", c_void_p), ("no_alloc", c_bool)]


SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "ggml_init": (c_void_p, [InitParameters]),
    "ggml_free": (None, [c_void_p]),
    "ggml_type_name": (c_char_p, [c_int]),
    "ggml_row_size": (c_size_t, [c_int, c_int64]),
    "ggml_nbytes": (c_size_t, [c_void_p]),
    "ggml_tensor_overhead": (c_size_t, []),
    "ggml_graph_overhead": (c_size_t, []),
    "ggml_new_tensor_2d": (c_void_p, [c_void_p, c_int, c_int64, c_int64]),
    "ggml_new_tensor_1d": (c_void_p, [c_void_p, c_int, c_int64]),
    "ggml_mul_mat": (c_void_p, [c_void_p, c_void_p, c_void_p]),
    "ggml_get_rows": (c_void_p, [c_void_p, c_void_p, c_void_p]),
    "ggml_new_graph": (c_void_p, [c_void_p]),
    "ggml_build_forward_expand": (None, [c_void_p, c_void_p]),
    # Some versions take one argument more, a pointer that may be null.
    "ggml_quantize_chunk": (
        c_size_t,
        [c_int, c_void_p, c_void_p, c_int64, c_int64, c_int64, c_void_p, c_void_p],
    ),
    "ggml_backend_cpu_init": (c_void_p, []),
    "ggml_backend_free": (None, [c_void_p]),
    "ggml_backend_cpu_set_n_threads": (None, [c_void_p, c_int]),
    "ggml_backend_graph_compute": (c_int, [c_void_p, c_void_p]),
    "ggml_backend_cpu_buffer_type": (c_void_p, []),
    "ggml_backend_buft_alloc_buffer": (c_void_p, [c_void_p, c_size_t]),
    "ggml_backend_buft_get_alloc_size": (c_size_t, [c_void_p, c_void_p]),
    "ggml_backend_buffer_get_base": (c_void_p, [c_void_p]),
    "ggml_backend_buffer_free": (None, [c_void_p]),
    "ggml_backend_tensor_alloc": (c_int, [c_void_p, c_void_p, c_void_p]),
    "ggml_backend_tensor_set": (None, [c_void_p, c_void_p, c_size_t, c_size_t]),
    "ggml_backend_tensor_get": (None, [c_void_p, c_void_p, c_size_t, c_size_t]),
}

OPTIONAL_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "ggml_version": (c_char_p, []),
    "ggml_log_set": (None, [c_void_p, c_void_p]),
    "ggml_threadpool_params_init": (None, [c_void_p, c_int]),
    "ggml_threadpool_new": (c_void_p, [c_void_p]),
    "ggml_backend_cpu_set_threadpool": (None, [c_void_p, c_void_p]),
    "ggml_backend_get_device": (c_void_p, [c_void_p]),
    "ggml_backend_dev_backend_reg": (c_void_p, [c_void_p]),
    "ggml_backend_dev_supports_op": (c_bool, [c_void_p, c_void_p]),
    "ggml_backend_reg_get_proc_address": (c_void_p, [c_void_p, c_char_p]),
    "ggml_backend_buft_name": (c_char_p, [c_void_p]),
}


LogCallback = ctypes.CFUNCTYPE(None, c_int, c_char_p, c_void_p)
SILENT = LogCallback(lambda level, text, data: None)


def load(path: Path) -> ctypes.CDLL:
    """Opens a library and declares the functions above; the optional ones where it has them."""
    library = ctypes.CDLL(str(path.resolve()), mode=ctypes.RTLD_GLOBAL)
    for name, (result, arguments) in SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    for name, (result, arguments) in OPTIONAL_SIGNATURES.items():
        if hasattr(library, name):
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    if hasattr(library, "ggml_log_set"):
        library.ggml_log_set(SILENT, None)
    return library


def type_ids(library: ctypes.CDLL) -> dict[str, int]:
    """The tensor types the library has, by name. No function says how many there are."""
    candidates = dict(TYPE_IDS)
    if hasattr(library, INTERLEAVED_TYPES_MARKER):
        candidates |= INTERLEAVED_TYPE_IDS
    found: dict[str, int] = {}
    for name, identifier in candidates.items():
        reported = library.ggml_type_name(identifier)
        if reported and reported.lower() == name.encode():
            found[name] = identifier
    return found


def repacking_buffer_type(library: ctypes.CDLL, backend: int) -> int | None:
    """The buffer type that interleaves rows of weights as they are set; None without one."""
    if not hasattr(library, "ggml_backend_reg_get_proc_address"):
        return None
    device = library.ggml_backend_get_device(backend)
    registry = library.ggml_backend_dev_backend_reg(device)
    address = library.ggml_backend_reg_get_proc_address(
        registry, b"ggml_backend_dev_get_extra_bufts"
    )
    if not address:
        return None
    list_types = ctypes.CFUNCTYPE(ctypes.POINTER(c_void_p), c_void_p)(address)
    found = list_types(device)
    index = 0
    while found and found[index]:
        if library.ggml_backend_buft_name(found[index]) == b"CPU_REPACK":
            return found[index]
        index += 1
    return None
