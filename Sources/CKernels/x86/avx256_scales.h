// The scales and minimums of half a panel, 8 rows, as f32 in 256-bit registers. Included inside the
// including file's target attribute.

/// 2^(e - 128) of 8 E8M0 exponents; the two smallest are subnormal.
CK_INLINE __m256 e8m0_scales(const uint8_t *source) {
  const __m256i e = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)source));
  const __m256i normal = _mm256_slli_epi32(_mm256_sub_epi32(e, _mm256_set1_epi32(1)), 23);
  const __m256i subnormal = _mm256_sllv_epi32(_mm256_set1_epi32(0x00200000), e);
  const __m256i tiny = _mm256_cmpgt_epi32(_mm256_set1_epi32(2), e);
  return _mm256_castsi256_ps(_mm256_blendv_epi8(normal, subnormal, tiny));
}

/// Half of 8 unsigned E4M3: shifted, they are f16 with an exponent that is 8 too small. The sign
/// does not count; 0x7F alone is no number and becomes 0.
CK_INLINE __m256 halves_of_ue4m3(const uint8_t *source) {
  const __m128i largest = _mm_set1_epi8(0x7F);
  const __m128i bytes = _mm_loadl_epi64((const __m128i *)source);
  const __m128i numbers = _mm_andnot_si128(_mm_cmpeq_epi8(bytes, largest),
                                           _mm_and_si128(bytes, largest));
  const __m128i f16 = _mm_slli_epi16(_mm_cvtepu8_epi16(numbers), 7);
  return _mm256_mul_ps(_mm256_cvtph_ps(f16), _mm256_set1_ps(0x1p7f));
}

/// The f16 of half a panel.
CK_INLINE __m256 f16_scales(const uint8_t *source, int half) {
  return _mm256_cvtph_ps(_mm_load_si128((const __m128i *)(source + 16 * half)));
}

CK_INLINE __m256 f32_scales(const uint8_t *source, int half) {
  return _mm256_load_ps((const float *)(const void *)(source + 32 * half));
}

CK_INLINE __m256 times_bytes(__m256 scale, __m128i bytes, int half) {
  const __m128i mine = half ? _mm_unpackhi_epi64(bytes, bytes) : bytes;
  return _mm256_mul_ps(scale, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(mine)));
}

/// The scales of half a panel in segment s of a block.
CK_INLINE __m256 load_scales(enum ck_scales kind, const struct ck_panel *panel, size_t block,
                             size_t s, int half) {
  const size_t j = block % SUPERBLOCK;
  const uint8_t *stream = panel->scales;
  switch (kind) {
  case CK_F16: return f16_scales(stream + block * 32, half);
  case CK_F16_64: return f16_scales(stream + block / 2 * 32, half);
  case CK_F16_128: return f16_scales(stream + block / 4 * 32, half);
  case CK_F16_256: return f16_scales(stream + block / 8 * 32, half);
  case CK_E8M0: return e8m0_scales(stream + block * 16 + 8 * half);
  case CK_UE4M3: return halves_of_ue4m3(stream + (2 * block + s) * 16 + 8 * half);
  case CK_F32: return f32_scales(stream + block * 64, half);
  case CK_F32_16: return f32_scales(stream + (2 * block + s) * 64, half);
  case CK_K2:
    stream += block / SUPERBLOCK * CK_K2_BYTES;
    return times_bytes(f16_scales(stream + CK_K2_D, half), k2_scales(stream, 2 * j + s), half);
  case CK_K3:
    stream += block / SUPERBLOCK * CK_K3_BYTES;
    return times_bytes(f16_scales(stream + CK_K3_D, half), k3_scales(stream, 2 * j + s), half);
  case CK_K4:
    stream += block / SUPERBLOCK * CK_K4_BYTES;
    return times_bytes(f16_scales(stream + CK_K4_D, half), k4_scales(stream, j), half);
  case CK_K6:
    stream += block / SUPERBLOCK * CK_K6_BYTES;
    return times_bytes(f16_scales(stream + CK_K6_D, half), k6_scales(stream, 2 * j + s), half);
  case CK_XS:
    stream += block / SUPERBLOCK * CK_XS_BYTES;
    return times_bytes(f16_scales(stream + CK_XS_D, half), xs_scales(stream, j), half);
  }
}

/// -dmin * minimum.
CK_INLINE __m256 negated_minimums(const uint8_t *dmin, __m128i bytes, int half) {
  return times_bytes(_mm256_sub_ps(_mm256_setzero_ps(), f16_scales(dmin, half)), bytes, half);
}

/// The minimums of half a panel in segment s of a block.
CK_INLINE __m256 load_minimums(enum ck_scales kind, const struct ck_panel *panel, size_t block,
                               size_t s, int half) {
  const size_t j = block % SUPERBLOCK;
  const uint8_t *stream = panel->scales;
  switch (kind) {
  case CK_F32: return f32_scales(panel->minimums + block * 64, half);
  case CK_F32_16: return f32_scales(panel->minimums + (2 * block + s) * 64, half);
  case CK_K2:
    stream += block / SUPERBLOCK * CK_K2_BYTES;
    return negated_minimums(stream + CK_K2_DMIN, k2_minimums(stream, 2 * j + s), half);
  case CK_K4:
    stream += block / SUPERBLOCK * CK_K4_BYTES;
    return negated_minimums(stream + CK_K4_DMIN, k4_minimums(stream, j), half);
  default: return f16_scales(panel->minimums + block * 32, half);
  }
}
