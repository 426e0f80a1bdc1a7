// Scales of 4 to 8 bits inside superblocks of 256, 16 rows at once. SSE2 only, so that kernels of
// every instruction set can inline it. A sub-block has 32 weights, a segment 16.
#ifndef CKERNELS_X86_SUPERBLOCKS_H
#define CKERNELS_X86_SUPERBLOCKS_H

#include <emmintrin.h>

#include "../formats.h"

/// Byte `index` of the packed scales of every row.
CK_INLINE __m128i scale_bytes(const uint8_t *superblock, size_t index) {
  return _mm_load_si128((const __m128i *)(superblock + 16 * index));
}

/// (bytes >> shift) & mask, for each byte.
CK_INLINE __m128i bits_of(__m128i bytes, int shift, char mask) {
  return _mm_and_si128(_mm_srl_epi16(bytes, _mm_cvtsi32_si128(shift)), _mm_set1_epi8(mask));
}

/// Q2_K's scales of segment j.
CK_INLINE __m128i k2_scales(const uint8_t *superblock, size_t j) {
  return bits_of(scale_bytes(superblock, j), 0, 0x0F);
}

/// Q2_K's minimums of segment j.
CK_INLINE __m128i k2_minimums(const uint8_t *superblock, size_t j) {
  return bits_of(scale_bytes(superblock, j), 4, 0x0F);
}

/// Q3_K's scales of segment j, signed.
CK_INLINE __m128i k3_scales(const uint8_t *superblock, size_t j) {
  const __m128i low = bits_of(scale_bytes(superblock, j % 8), j < 8 ? 0 : 4, 0x0F);
  const __m128i high = bits_of(scale_bytes(superblock, 8 + j % 4), (int)(j / 4 * 2), 0x03);
  return _mm_sub_epi8(_mm_or_si128(low, _mm_slli_epi16(high, 4)), _mm_set1_epi8(32));
}

/// Q4_K's and Q5_K's scales of sub-block j.
CK_INLINE __m128i k4_scales(const uint8_t *superblock, size_t j) {
  if (j < 4) return bits_of(scale_bytes(superblock, j), 0, 0x3F);
  return _mm_or_si128(bits_of(scale_bytes(superblock, j + 4), 0, 0x0F),
                      bits_of(scale_bytes(superblock, j - 4), 2, 0x30));
}

/// Q4_K's and Q5_K's minimums of sub-block j.
CK_INLINE __m128i k4_minimums(const uint8_t *superblock, size_t j) {
  if (j < 4) return bits_of(scale_bytes(superblock, j + 4), 0, 0x3F);
  return _mm_or_si128(bits_of(scale_bytes(superblock, j + 4), 4, 0x0F),
                      bits_of(scale_bytes(superblock, j), 2, 0x30));
}

/// Q6_K's scales of segment j, signed.
CK_INLINE __m128i k6_scales(const uint8_t *superblock, size_t j) {
  return scale_bytes(superblock, j);
}

/// IQ4_XS's scales of sub-block j, signed.
CK_INLINE __m128i xs_scales(const uint8_t *superblock, size_t j) {
  const __m128i low = bits_of(scale_bytes(superblock, 2 + j / 2), j % 2 ? 4 : 0, 0x0F);
  const __m128i high = bits_of(scale_bytes(superblock, j / 4), (int)(2 * (j % 4)), 0x03);
  return _mm_sub_epi8(_mm_or_si128(low, _mm_slli_epi16(high, 4)), _mm_set1_epi8(32));
}

#endif
