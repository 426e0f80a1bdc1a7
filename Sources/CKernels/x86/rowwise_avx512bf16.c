// C[m,n] = A[m,k] * B[k,n] of bf16 rows with VDPBF16PS on 512 bits: 16 rows x 2 k in one
// instruction. Activations are rounded to bf16 on the way in.
//
// The instruction rounds each product and addition to nearest even and takes subnormal numbers for
// zero, both operands and results.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../rowwise/tables.h"

#define CK_TILE 12
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)

#pragma clang attribute push(                                                                    \
    __attribute__((                                                                              \
        target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16,avx2,fma,f16c"))),      \
    apply_to = function)

/// Adds the products of one word of 16 rows and a token.
CK_INLINE __m512i dot_words(enum row_kind kind, __m512i sum, __m512i weights, __m512i a) {
  (void)kind;
  return _mm512_castps_si512(
      _mm512_dpbf16_ps(_mm512_castsi512_ps(sum), (__m512bh)weights, (__m512bh)a));
}

/// The nearest bf16 of 8 numbers, ties to even; subnormal numbers become zero.
CK_INLINE __m128i round_to_bf16(__m256 x) { return (__m128i)_mm256_cvtneps_pbh(x); }

#include "rowwise_avx512.h"

#include "../rowwise/activation_loops.h"
#include "../rowwise/row_loops.h"

#define CK_ISA_NAME "avx512bf16"
#define CK_ISA_BITS (CK_ISA_AVX512VNNI | CK_ISA_AVX512BF16)
#define FORMATS(X) X(bf16, ROW_BF16_PAIRS, bf16)
ROW_TABLE(avx512bf16, FORMATS)

#pragma clang attribute pop
#endif
