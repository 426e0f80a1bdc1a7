// Attention and its companions with AVX-512.
#if defined(__x86_64__)
#include <math.h>
#include <string.h>

#include "tables.h"

#define CK_QUERIES 8
#define CK_VECTORS 2
#define CK_FMA(A, B, C) __builtin_elementwise_fma(A, B, C)

#pragma clang attribute push(                                                   \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), \
    apply_to = function)

#include "wide.h"
#include "native_half.h"
#include "wide_functions.h"
#include "attention_loops.h"
#include "cache_loops.h"
#include "row_functions.h"

#define CK_ISA_NAME "avx512"
#define CK_ISA_BITS CK_ISA_AVX512VNNI
CK_TRANSFORMER_ROW(avx512)

#pragma clang attribute pop
#endif
