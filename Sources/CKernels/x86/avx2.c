// C[m,n] = A[m,k] * B[k,n] with AVX2: VPMADDUBSW multiplies bytes and adds pairs to 16 bits, with
// saturation; VPMADDWD adds pairs to 32 bits.
//
// Saturation: a pair of 4- or 5-bit codes reaches 2 * 31 * 127 = 7874. A pair of unsigned 8-bit
// codes would reach 2 * 255 * 127 = 64770, beyond 32767; so 8-bit codes are made signed, and the
// sign of the weight moves to the activation: 2 * 128 * 127 = 32512 fits.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../tables.h"
#include "../tiles.h"
#include "superblocks.h"

#define CK_TILE 4

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

/// Whether stored codes exceed what VPMADDUBSW can take unsigned.
CK_INLINE bool is_wide(enum ck_codes codes) {
  return codes == CK_BYTES || codes == CK_TABLE_IQ4_NL || codes == CK_TABLE_MXFP4;
}

/// The start of a block's integer sums: wide codes are made signed and need no correction.
CK_INLINE __m256i first_sum(struct ck_shape shape, const struct tile *tile, size_t at) {
  if (shape.minimum || is_wide(shape.codes)) return _mm256_setzero_si256();
  return _mm256_set1_epi32(tile->corrections[at]);
}

CK_INLINE __m256i dot4(struct ck_shape shape, __m256i sum, __m256i codes, __m256i a) {
  if (is_wide(shape.codes)) {
    const __m256i weights = _mm256_xor_si256(codes, _mm256_set1_epi8(-128));
    a = _mm256_sign_epi8(a, weights);
    codes = _mm256_abs_epi8(weights);
  }
  const __m256i pairs = _mm256_maddubs_epi16(codes, a);
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#include "avx256.h"

#include "../panel_loops.h"
#include "../quantize_loops.h"

#define CK_ISA_NAME "avx2"
#define CK_ISA_BITS CK_ISA_AVX2
const struct ck_kernel ck_kernels_avx2[CK_KERNELS_PER_ISA] = {CK_BLOCK_FORMATS(CK_TABLE_ROW)};

#pragma clang attribute pop
#endif
