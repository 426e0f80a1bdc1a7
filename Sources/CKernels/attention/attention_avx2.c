// Attention and its companions with AVX2, FMA and F16C.
#if defined(__x86_64__)
#include <math.h>
#include <string.h>

#include "tables.h"

#define CK_QUERIES 4
#define CK_VECTORS 1
#define CK_FMA(A, B, C) __builtin_elementwise_fma(A, B, C)

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "wide.h"
#include "native_half.h"
#include "wide_functions.h"
#include "attention_loops.h"
#include "cache_loops.h"
#include "row_functions.h"

#define CK_ISA_NAME "avx2"
#define CK_ISA_BITS CK_ISA_AVX2
CK_TRANSFORMER_ROW(avx2)

#pragma clang attribute pop
#endif
