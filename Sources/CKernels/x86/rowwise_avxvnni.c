// C[m,n] = A[m,k] * B[k,n] of int8 rows with VPDPBUSD on 256 bits: 8 rows x 4 k in one instruction.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../rowwise/tables.h"

// 12 chains hide the latency of VPDPBUSD: 5 cycles, 2 a cycle.
#define CK_TILE 6
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define HAS_OFFSET true

#pragma clang attribute push(__attribute__((target("avxvnni,avx2,fma,f16c"))), apply_to = function)

/// Adds the products of one word of 8 rows and a token.
CK_INLINE __m256i dot_words(enum row_kind kind, __m256i sum, __m256i weights, __m256i a) {
  (void)kind;
  return _mm256_dpbusd_avx_epi32(sum, weights, a);
}

#include "rowwise_avx256.h"

#include "../rowwise/activation_loops.h"
#include "../rowwise/row_loops.h"

#define CK_ISA_NAME "avxvnni"
#define CK_ISA_BITS (CK_ISA_AVX2 | CK_ISA_AVXVNNI)
ROW_TABLE(avxvnni, ROW_INTEGERS)

#pragma clang attribute pop
#endif
