// C[m,n] = A[m,k] * B[k,n] of weights in groups with VPDPBUSD on 256 bits.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../grouped/tables.h"

#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)
#define HAS_OFFSET false

#pragma clang attribute push(__attribute__((target("avxvnni,avx2,fma,f16c"))), apply_to = function)

/// Products of rows are those of rowwise_avxvnni.c; here only activations are shared.
CK_INLINE __m256i dot_words(enum row_kind kind, __m256i sum, __m256i weights, __m256i a) {
  (void)kind, (void)weights, (void)a;
  return sum;
}

#include "rowwise_avx256.h"

#include "../rowwise/activation_loops.h"

/// Adds UNROLLED_STEPS steps of integers.
CK_INLINE void add_codes(int width, const __m256i weights[UNROLLED_STEPS][HALVES],
                         const uint8_t *activations, __m256i sums[CK_TILE][HALVES]) {
#pragma clang loop unroll(full)
  for (int step = 0; step < UNROLLED_STEPS; step++) {
    const uint8_t *word =
        activations + (size_t)(step / 4) * GROUP_BYTES * (size_t)width + 4 * (step % 4);
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const __m256i a = _mm256_set1_epi32(ck_load32(word + GROUP_BYTES * t));
      for (int h = 0; h < HALVES; h++) {
        sums[t][h] = _mm256_dpbusd_avx_epi32(sums[t][h], weights[step][h], a);
      }
    }
  }
}

#include "grouped_avx256.h"

#include "../grouped/group_loops.h"

#define CK_ISA_NAME "avxvnni"
#define CK_ISA_BITS (CK_ISA_AVX2 | CK_ISA_AVXVNNI)
GROUPED_TABLE(avxvnni)

#pragma clang attribute pop
#endif
