// Weights in clusters with AVX2.
//
// VPMADDUBSW gives pairs of products of codes up to 15 and activations down to -128: 2 * 15 * 128 = 3840 at
// most, so that it never saturates; an int16 lane holds the sum of the eight pairs of a span, 30720, which
// VPMADDWD takes to int32 at once.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../clustered/clustered.h"
#include "../clustered/tables.h"

#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

CK_INLINE __m256i dot_step(__m256i sum, __m256i codes, __m256i a) {
  return _mm256_add_epi16(sum, _mm256_maddubs_epi16(codes, a));
}

CK_INLINE __m256i close_span(__m256i total, __m256i sum) {
  return _mm256_add_epi32(total, _mm256_madd_epi16(sum, _mm256_set1_epi16(1)));
}

#include "clustered_avx256.h"

#include "../clustered/cluster_loops.h"
#include "../clustered/quantize_loops.h"

// Two panels of two registers each leave room for three tokens.
#define CK_FLOAT_TILE 3
#define CK_FLOAT_WIDTHS(X) X(1) X(2) X(3)
#define CK_MULTIPLY_ADD __builtin_elementwise_fma
#include "../clustered/float_loops.h"

const struct ck_cluster_kernel ck_clusters_avx2 = {
    "avx2", CK_ISA_AVX2, CK_TILE,
    quantize_clustered, multiply_clustered, CK_FLOAT_TILE, multiply_clustered_floats};

#pragma clang attribute pop
#endif
