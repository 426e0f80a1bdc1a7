// C[m,n] = A[m,k] * B[k,n] with AVX2: VPMADDUBSW multiplies bytes and adds pairs to 16 bits, with
// saturation; VPMADDWD adds pairs to 32 bits.
//
// Saturation: a pair of codes up to c reaches 2 * c * 127. While several pairs fit in 16 bits, they
// are added there, which spares VPMADDWD and an addition. A pair of unsigned 8-bit codes would
// reach 2 * 255 * 127 = 64770, beyond 32767; so 8-bit codes are made signed, and the sign of the
// weight moves to the activation: 2 * 128 * 127 = 32512 fits.
//
// That is a third instruction for the two ports that multiply: 8-bit codes and IQ4_NL reach at most 0.67
// of the peak. Products of 16-bit words would be two instructions with twice the additions, for which
// the same ports are wanted: 0.71 on Zen 3 at best, and no faster once weights are widened.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../tables.h"
#include "../tiles.h"
#include "superblocks.h"

#define CK_TILE 4

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

/// Whether stored codes exceed what VPMADDUBSW can take unsigned.
CK_INLINE bool is_wide(enum ck_codes codes) {
  return codes == CK_BYTES || codes == CK_TABLE_IQ4_NL;
}

/// The largest magnitude of a code, once wide ones are signed.
CK_INLINE int largest_code(enum ck_codes codes) {
  switch (codes) {
  case CK_CRUMBS: return 3;
  case CK_THREE_BITS: return 7;
  case CK_SIGNS:
  case CK_TRITS: return 2;
  case CK_NIBBLES: return 15;
  case CK_FIVE_BITS: return 31;
  case CK_SIX_BITS:
  case CK_SMALL_BYTES: return 63;
  case CK_TABLE_E2M1: return 24;
  case CK_TABLE_IQ4_NL:
  case CK_BYTES: return 128;
  }
}

/// As many groups of a segment as fit in 16 bits: 1, 2, 4 or 8.
CK_INLINE int groups_in_step(struct ck_shape shape) {
  const int most = INT16_MAX / (2 * largest_code(shape.codes) * 127);
  const int segment = 8 / ck_segments(shape.scales);
  const int step = most >= 8 ? 8 : most >= 4 ? 4 : most >= 2 ? 2 : 1;
  return step < segment ? step : segment;
}

/// The start of a segment's integer sums: wide codes are made signed and need no correction.
CK_INLINE __m256i first_sum(struct ck_shape shape, const struct tile *tile, size_t part) {
  if (shape.minimum || is_wide(shape.codes)) return _mm256_setzero_si256();
  return _mm256_set1_epi32(tile->corrections[part]);
}

/// The products of a group, added in pairs to 16 bits.
CK_INLINE __m256i pairs_of(struct ck_shape shape, __m256i codes, __m256i a) {
  if (!is_wide(shape.codes)) return _mm256_maddubs_epi16(codes, a);
  const __m256i weights = _mm256_xor_si256(codes, _mm256_set1_epi8(-128));
  return _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(a, weights));
}

CK_INLINE __m256i dot_step(struct ck_shape shape, __m256i sum, const __m256i *codes,
                           const __m256i *a) {
  __m256i pairs = pairs_of(shape, codes[0], a[0]);
#pragma clang loop unroll(full)
  for (int i = 1; i < groups_in_step(shape); i++) {
    pairs = _mm256_add_epi16(pairs, pairs_of(shape, codes[i], a[i]));
  }
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#include "avx256.h"

#define CK_ISA_NAME "avx2"
#define CK_ISA_BITS CK_ISA_AVX2
const struct ck_kernel ck_kernels_avx2[CK_KERNELS_PER_ISA] = {CK_BLOCK_FORMATS(CK_TABLE_ROW)};

#pragma clang attribute pop
#endif
