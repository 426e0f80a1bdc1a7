// C[m,n] = A[m,k] * B[k,n] with VPDPBUSD on 256 bits: 8 rows x 4 k in one instruction.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../tables.h"
#include "../tiles.h"
#include "superblocks.h"

#define CK_TILE 4

#pragma clang attribute push(__attribute__((target("avxvnni,avx2,fma,f16c"))), apply_to = function)

/// The start of a segment's integer sums: what takes the offset of the codes off.
CK_INLINE __m256i first_sum(struct ck_shape shape, const struct tile *tile, size_t part) {
  return shape.minimum ? _mm256_setzero_si256() : _mm256_set1_epi32(tile->corrections[part]);
}

CK_INLINE int groups_in_step(struct ck_shape shape) {
  (void)shape;
  return 1;
}

CK_INLINE __m256i dot_step(struct ck_shape shape, __m256i sum, const __m256i *codes,
                           const __m256i *a) {
  (void)shape;
  return _mm256_dpbusd_avx_epi32(sum, codes[0], a[0]);
}

#include "avx256.h"

#define CK_ISA_NAME "avxvnni"
#define CK_ISA_BITS (CK_ISA_AVX2 | CK_ISA_AVXVNNI)
const struct ck_kernel ck_kernels_avxvnni[CK_KERNELS_PER_ISA] = {CK_BLOCK_FORMATS(CK_TABLE_ROW)};

#pragma clang attribute pop
#endif
