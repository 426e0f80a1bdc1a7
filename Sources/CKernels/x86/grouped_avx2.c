// C[m,n] = A[m,k] * B[k,n] of weights in groups with AVX2, FMA and F16C.
//
// VPMADDUBSW gives pairs of products below 2 * 15 * 127; int16 lanes hold the sums of eight of them,
// which VPMADDWD takes to int32 at once.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../grouped/tables.h"

#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)
#define HAS_OFFSET false

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

/// Products of rows are those of rowwise_avx2.c; here only activations are shared.
CK_INLINE __m256i dot_words(enum row_kind kind, __m256i sum, __m256i weights, __m256i a) {
  (void)kind, (void)weights, (void)a;
  return sum;
}

#include "rowwise_avx256.h"

#include "../rowwise/activation_loops.h"

/// Adds UNROLLED_STEPS steps of integers below 16.
CK_INLINE void add_codes(int width, const __m256i weights[UNROLLED_STEPS][HALVES],
                         const uint8_t *activations, __m256i sums[CK_TILE][HALVES]) {
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    __m256i pairs[HALVES] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
#pragma clang loop unroll(full)
    for (int step = 0; step < UNROLLED_STEPS; step++) {
      const uint8_t *word = activations + (size_t)(step / 4) * GROUP_BYTES * (size_t)width +
                            GROUP_BYTES * (size_t)t + 4 * (step % 4);
      const __m256i a = _mm256_set1_epi32(ck_load32(word));
      for (int h = 0; h < HALVES; h++) {
        pairs[h] = _mm256_add_epi16(pairs[h], _mm256_maddubs_epi16(weights[step][h], a));
      }
    }
    for (int h = 0; h < HALVES; h++) {
      const __m256i words = _mm256_madd_epi16(pairs[h], _mm256_set1_epi16(1));
      sums[t][h] = _mm256_add_epi32(sums[t][h], words);
    }
  }
}

#include "grouped_avx256.h"

#include "../grouped/group_loops.h"

#define CK_ISA_NAME "avx2"
#define CK_ISA_BITS CK_ISA_AVX2
GROUPED_TABLE(avx2)

#pragma clang attribute pop
#endif
