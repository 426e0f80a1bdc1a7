// C[m,n] = A[m,k] * B[k,n] of weights in groups with AVX-512 and VNNI.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../grouped/tables.h"

#pragma clang attribute push(                                                        \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), \
    apply_to = function)

#include "rowwise_avx512_words.h"

#include "rowwise_avx512.h"

#include "../rowwise/activation_loops.h"

#include "grouped_avx512.h"

#include "../grouped/group_loops.h"

#define CK_ISA_NAME "avx512vnni"
#define CK_ISA_BITS CK_ISA_AVX512VNNI
GROUPED_TABLE(avx512vnni)

#pragma clang attribute pop
#endif
