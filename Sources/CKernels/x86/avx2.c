// C[m,n] = A[m,k] * B[k,n] with AVX2: VPMADDUBSW multiplies bytes and adds pairs to 16 bits, with
// saturation; VPMADDWD adds pairs to 32 bits.
//
// Saturation: a pair of codes up to c reaches 2 * c * 127. While several pairs fit in 16 bits, they
// are added there, which spares VPMADDWD and an addition. A pair of unsigned 8-bit codes would
// reach 2 * 255 * 127 = 64770, beyond 32767; so 8-bit codes and those of IQ4_NL are made signed, and
// the sign of the weight w moves to the activation a: 2 * 128 * 127 = 32512 fits.
//
// VPSIGNB moves it exactly, but is a third instruction for the two ports that multiply: 0.67 of the
// peak at most. An exclusive or with the mask m of negative weights runs on any port and makes -a - 1
// of a: the sum of |w| * (a ^ m) is that of w * a less |w| for each negative w, which is the same for
// all tokens. Chunks hold |w|, m and those sums. On a Zen 3 with everything in the first-level cache
// the loop of four tokens goes from 60 to 88 billion products a second, as for unsigned codes; with |w|
// and m made of w in the loop it stays at 63. A whole product of 512 tokens gains 15 %.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../tables.h"
#include "../tiles.h"
#include "superblocks.h"

/// Codes as magnitudes, and all ones where they are negative.
struct split_codes {
  __m256i magnitudes, signs;
};

#define CK_TILE 4
#define CK_CHUNK_HAS_SIGNS

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

/// Wide codes without their offset.
CK_INLINE __m256i signed_codes(__m256i codes) {
  return _mm256_xor_si256(codes, _mm256_set1_epi8(-128));
}

/// The products of a group, added in pairs to 16 bits.
CK_INLINE __m256i pairs_of(struct ck_shape shape, __m256i codes, __m256i a) {
  if (!is_wide(shape.codes)) return _mm256_maddubs_epi16(codes, a);
  const __m256i weights = signed_codes(codes);
  return _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(a, weights));
}

/// Pairs of 16 bits added to 32.
CK_INLINE __m256i sum_of_pairs(__m256i pairs) {
  return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

CK_INLINE __m256i dot_step(struct ck_shape shape, __m256i sum, const __m256i *codes,
                           const __m256i *a) {
  __m256i pairs = pairs_of(shape, codes[0], a[0]);
#pragma clang loop unroll(full)
  for (int i = 1; i < groups_in_step(shape); i++) {
    pairs = _mm256_add_epi16(pairs, pairs_of(shape, codes[i], a[i]));
  }
  return _mm256_add_epi32(sum, sum_of_pairs(pairs));
}

/// Whether chunks hold codes as magnitudes and signs.
CK_INLINE bool splits_signs(struct ck_shape shape) { return is_wide(shape.codes); }

CK_INLINE struct split_codes split(__m256i codes) {
  return (struct split_codes){_mm256_abs_epi8(signed_codes(codes)),
                              _mm256_cmpgt_epi8(codes, _mm256_set1_epi8(-1))};
}

/// The magnitudes of negative weights in pairs, eight groups of which fit in 16 bits.
CK_INLINE __m256i add_negatives(__m256i pairs, struct split_codes codes) {
  const __m256i negatives = _mm256_and_si256(codes.magnitudes, codes.signs);
  return _mm256_add_epi16(pairs, _mm256_maddubs_epi16(negatives, _mm256_set1_epi8(1)));
}

CK_INLINE __m256i dot_split(__m256i sum, struct split_codes codes, __m256i a) {
  const __m256i pairs =
      _mm256_maddubs_epi16(codes.magnitudes, _mm256_xor_si256(a, codes.signs));
  return _mm256_add_epi32(sum, sum_of_pairs(pairs));
}

#include "avx256.h"

#define CK_ISA_NAME "avx2"
#define CK_ISA_BITS CK_ISA_AVX2
const struct ck_kernel ck_kernels_avx2[CK_KERNELS_PER_ISA] = {CK_BLOCK_FORMATS(CK_TABLE_ROW)};

#pragma clang attribute pop
#endif
