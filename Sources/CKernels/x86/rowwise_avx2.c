// C[m,n] = A[m,k] * B[k,n] of f32, f16, bf16 and int8 rows with AVX2, FMA and F16C.
//
// int8: a pair of unsigned codes would saturate VPMADDUBSW, so codes are made signed and their sign
// moves to the activation: 2 * 128 * 127 = 32512 fits an int16. Activations of INC and IPEX reach -128,
// which has no opposite: they are multiplied as int16.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../rowwise/tables.h"

// 8 chains hide the latency of a fused multiply-add: 4 cycles, 2 a cycle.
#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)
#define HAS_OFFSET false

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

/// Adds products of words of any int8: those of even bytes, and those of odd ones.
CK_INLINE __m256i dot_any(__m256i sum, __m256i codes, __m256i a) {
  const __m256i even = _mm256_madd_epi16(_mm256_srai_epi16(_mm256_slli_epi16(codes, 8), 8),
                                         _mm256_srai_epi16(_mm256_slli_epi16(a, 8), 8));
  const __m256i odd =
      _mm256_madd_epi16(_mm256_srai_epi16(codes, 8), _mm256_srai_epi16(a, 8));
  return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}

/// Adds the products of one word of 8 rows and a token.
CK_INLINE __m256i dot_words(enum row_kind kind, __m256i sum, __m256i weights, __m256i a) {
  if (is_integer(kind) && !is_signed(kind)) {
    // Codes below 64: 2 * 63 * 127 fits as well.
    const __m256i pairs = _mm256_maddubs_epi16(weights, a);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  if (is_integer(kind)) {
    const __m256i codes = _mm256_xor_si256(weights, _mm256_set1_epi8(-128));
    if (kind == ROW_CHANNEL8) return dot_any(sum, codes, a);
    const __m256i pairs =
        _mm256_maddubs_epi16(_mm256_abs_epi8(codes), _mm256_sign_epi8(a, codes));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  return _mm256_castps_si256(_mm256_fmadd_ps(
      _mm256_castsi256_ps(weights), _mm256_castsi256_ps(a), _mm256_castsi256_ps(sum)));
}

#include "rowwise_avx256.h"

#include "../rowwise/activation_loops.h"
#include "../rowwise/row_loops.h"

#define CK_ISA_NAME "avx2"
#define CK_ISA_BITS CK_ISA_AVX2
#define FORMATS(X) ROW_FLOATS(X) ROW_INTEGERS(X)
ROW_TABLE(avx2, FORMATS)

#pragma clang attribute pop
#endif
