// Weights in clusters with VPDPBUSD on 256 bits.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../clustered/clustered.h"
#include "../clustered/tables.h"

// 12 chains hide the latency of VPDPBUSD: 5 cycles, 2 a cycle.
#define CK_TILE 6
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4) X(5) X(6)

#pragma clang attribute push(__attribute__((target("avxvnni,avx2,fma,f16c"))), apply_to = function)

CK_INLINE __m256i dot_step(__m256i sum, __m256i codes, __m256i a) {
  return _mm256_dpbusd_avx_epi32(sum, codes, a);
}

CK_INLINE __m256i close_span(__m256i total, __m256i sum) { return _mm256_add_epi32(total, sum); }

#include "clustered_avx256.h"

#include "../clustered/cluster_loops.h"
#include "../clustered/quantize_loops.h"

const struct ck_cluster_kernel ck_clusters_avxvnni = {
    "avxvnni", CK_ISA_AVX2 | CK_ISA_AVXVNNI, CK_TILE,
    quantize_clustered, multiply_clustered, 0, NULL};

#pragma clang attribute pop
#endif
