// What AVX-512 kernels share: unpacking the streams of a panel into registers.
#ifndef CKERNELS_X86_AVX512_H
#define CKERNELS_X86_AVX512_H

#include <immintrin.h>

#include "superblocks.h"

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), \
    apply_to = function)

/// Splits 4 vectors of nibbles: low nibbles are k = 0...15, high nibbles k = 16...31.
CK_INLINE void unpack_nibbles(const uint8_t *source, __m512i codes[8]) {
  const __m512i low = _mm512_set1_epi8(15);
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    const __m512i both = _mm512_load_si512(source + 64 * j);
    codes[j] = _mm512_and_si512(both, low);
    codes[j + 4] = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
  }
}

/// Adds 16 to the codes whose fifth bit is set: one shift and one ternary-logic operation each.
CK_INLINE void add_fifth_bits(const uint8_t *source, __m512i codes[8]) {
  const __m512i bits = _mm512_load_si512(source);
  const __m512i sixteen = _mm512_set1_epi8(16);
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) {
    const __m512i placed = g < 4 ? _mm512_slli_epi16(bits, (unsigned)(4 - g))
                                 : _mm512_srli_epi16(bits, (unsigned)(g - 4));
    // 0xF8 is a | (b & c).
    codes[g] = _mm512_ternarylogic_epi32(codes[g], placed, sixteen, 0xF8);
  }
}

CK_INLINE void look_up(__m128i table, __m512i codes[8]) {
  const __m512i lanes = _mm512_broadcast_i32x4(table);
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) codes[g] = _mm512_shuffle_epi8(lanes, codes[g]);
}

/// The unsigned codes of one block: codes[g], lane r, byte b is row r, k = 4g + b.
CK_INLINE void unpack_codes(enum ck_codes kind, const struct ck_panel *panel, size_t block,
                            __m512i codes[8]) {
  const uint8_t *source = panel->codes + block * ck_code_bytes(kind);
  if (ck_is_bytes(kind)) {
#pragma clang loop unroll(full)
    for (int g = 0; g < 8; g++) codes[g] = _mm512_load_si512(source + 64 * g);
    return;
  }
  unpack_nibbles(source, codes);
  if (kind == CK_FIVE_BITS) add_fifth_bits(panel->high + block * 64, codes);
  if (kind == CK_TABLE_IQ4_NL) look_up((__m128i)(__v16qu){CK_IQ4_NL_TABLE}, codes);
  if (kind == CK_TABLE_MXFP4) look_up((__m128i)(__v16qu){CK_MXFP4_TABLE}, codes);
}

/// 2^(e - 128) of 16 E8M0 exponents; the two smallest are subnormal.
CK_INLINE __m512 e8m0_scales(const uint8_t *source) {
  const __m512i e = _mm512_cvtepu8_epi32(_mm_load_si128((const __m128i *)source));
  const __m512i one = _mm512_set1_epi32(1);
  const __m512i normal = _mm512_slli_epi32(_mm512_sub_epi32(e, one), 23);
  const __m512i subnormal = _mm512_sllv_epi32(_mm512_set1_epi32(0x00200000), e);
  const __mmask16 tiny = _mm512_cmple_epu32_mask(e, one);
  return _mm512_castsi512_ps(_mm512_mask_mov_epi32(normal, tiny, subnormal));
}

CK_INLINE __m512 f16_scales(const uint8_t *source) {
  return _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)source));
}

CK_INLINE __m512 times_bytes(__m512 scale, __m128i bytes) {
  return _mm512_mul_ps(scale, _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes)));
}

/// The scales of one block as f32.
CK_INLINE __m512 load_scales(enum ck_scales kind, const struct ck_panel *panel, size_t block) {
  const uint8_t *stream = panel->scales;
  switch (kind) {
  case CK_F16: return f16_scales(stream + block * 32);
  case CK_E8M0: return e8m0_scales(stream + block * 16);
  case CK_F32: return _mm512_load_ps(stream + block * 64);
  case CK_K4:
    stream += block / SUPERBLOCK * CK_K4_BYTES;
    return times_bytes(f16_scales(stream + CK_K4_D), k4_scales(stream, block % SUPERBLOCK));
  case CK_XS:
    stream += block / SUPERBLOCK * CK_XS_BYTES;
    return times_bytes(f16_scales(stream + CK_XS_D), xs_scales(stream, block % SUPERBLOCK));
  }
}

/// The minimums of one block as f32.
CK_INLINE __m512 load_minimums(enum ck_scales kind, const struct ck_panel *panel, size_t block) {
  if (kind == CK_F32) return _mm512_load_ps(panel->minimums + block * 64);
  if (kind != CK_K4) return f16_scales(panel->minimums + block * 32);
  const uint8_t *stream = panel->scales + block / SUPERBLOCK * CK_K4_BYTES;
  const __m512 negative = _mm512_sub_ps(_mm512_setzero_ps(), f16_scales(stream + CK_K4_DMIN));
  return times_bytes(negative, k4_minimums(stream, block % SUPERBLOCK));
}

#pragma clang attribute pop
#endif
