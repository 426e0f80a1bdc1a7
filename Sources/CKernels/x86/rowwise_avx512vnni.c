// C[m,n] = A[m,k] * B[k,n] of f32, f16, bf16 and int8 rows with AVX-512 and VNNI.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../rowwise/tables.h"

#pragma clang attribute push(                                                        \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), \
    apply_to = function)

#include "rowwise_avx512_words.h"

#include "rowwise_avx512.h"

#include "../rowwise/activation_loops.h"
#include "../rowwise/row_loops.h"

#define CK_ISA_NAME "avx512vnni"
#define CK_ISA_BITS CK_ISA_AVX512VNNI
#define FORMATS(X) ROW_FLOATS(X) ROW_INTEGERS(X)
ROW_TABLE(avx512vnni, FORMATS)

#pragma clang attribute pop
#endif
