// What the 256-bit kernels share: a panel is two halves of 8 rows, and a vector of codes is half of
// a 64-byte line. Included inside the including file's target attribute.
//
// Tokens' float sums stay in the first-level cache, so that 16 registers hold the integer sums.

enum { HALVES = 2, HALF_ROWS = 8 };

CK_INLINE __m256i broadcast4(const int8_t *activations) {
  return _mm256_set1_epi32(ck_load32(activations));
}

CK_INLINE __m256i load_half(const uint8_t *line, int half) {
  return _mm256_load_si256((const __m256i *)(line + 32 * half));
}

/// Splits half of 4 lines of nibbles: low nibbles are k = 0...15, high nibbles k = 16...31.
CK_INLINE void unpack_nibbles(const uint8_t *source, int half, __m256i codes[8]) {
  const __m256i low = _mm256_set1_epi8(15);
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    const __m256i both = load_half(source + 64 * j, half);
    codes[j] = _mm256_and_si256(both, low);
    codes[j + 4] = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
  }
}

CK_INLINE void add_fifth_bits(const uint8_t *source, int half, __m256i codes[8]) {
  const __m256i bits = load_half(source, half);
  const __m256i sixteen = _mm256_set1_epi8(16);
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) {
    const __m256i placed =
        g < 4 ? _mm256_slli_epi16(bits, 4 - g) : _mm256_srli_epi16(bits, g - 4);
    codes[g] = _mm256_or_si256(codes[g], _mm256_and_si256(placed, sixteen));
  }
}

CK_INLINE void look_up(__m128i table, __m256i codes[8]) {
  const __m256i lanes = _mm256_broadcastsi128_si256(table);
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) codes[g] = _mm256_shuffle_epi8(lanes, codes[g]);
}

/// The unsigned codes of half a block: codes[g], lane r, byte b is row r of the half, k = 4g + b.
CK_INLINE void unpack_codes(enum ck_codes kind, const struct ck_panel *panel, size_t block,
                            int half, __m256i codes[8]) {
  const uint8_t *source = panel->codes + block * ck_code_bytes(kind);
  if (ck_is_bytes(kind)) {
#pragma clang loop unroll(full)
    for (int g = 0; g < 8; g++) codes[g] = load_half(source + 64 * g, half);
    return;
  }
  unpack_nibbles(source, half, codes);
  if (kind == CK_FIVE_BITS) add_fifth_bits(panel->high + block * 64, half, codes);
  if (kind == CK_TABLE_IQ4_NL) look_up((__m128i)(__v16qu){CK_IQ4_NL_TABLE}, codes);
  if (kind == CK_TABLE_MXFP4) look_up((__m128i)(__v16qu){CK_MXFP4_TABLE}, codes);
}

/// 2^(e - 128) of 8 E8M0 exponents; the two smallest are subnormal.
CK_INLINE __m256 e8m0_scales(const uint8_t *source) {
  const __m256i e = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)source));
  const __m256i normal = _mm256_slli_epi32(_mm256_sub_epi32(e, _mm256_set1_epi32(1)), 23);
  const __m256i subnormal = _mm256_sllv_epi32(_mm256_set1_epi32(0x00200000), e);
  const __m256i tiny = _mm256_cmpgt_epi32(_mm256_set1_epi32(2), e);
  return _mm256_castsi256_ps(_mm256_blendv_epi8(normal, subnormal, tiny));
}

/// The f16 scales of half a panel.
CK_INLINE __m256 f16_scales(const uint8_t *source, int half) {
  return _mm256_cvtph_ps(_mm_load_si128((const __m128i *)(source + 16 * half)));
}

CK_INLINE __m256 times_bytes(__m256 scale, __m128i bytes, int half) {
  const __m128i mine = half ? _mm_unpackhi_epi64(bytes, bytes) : bytes;
  return _mm256_mul_ps(scale, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(mine)));
}

CK_INLINE __m256 f32_scales(const uint8_t *source, int half) {
  return _mm256_load_ps((const float *)(const void *)(source + 32 * half));
}

/// The scales of half a block as f32.
CK_INLINE __m256 load_scales(enum ck_scales kind, const struct ck_panel *panel, size_t block,
                             int half) {
  const uint8_t *stream = panel->scales;
  switch (kind) {
  case CK_F16: return f16_scales(stream + block * 32, half);
  case CK_E8M0: return e8m0_scales(stream + block * 16 + 8 * half);
  case CK_F32: return f32_scales(stream + block * 64, half);
  case CK_K4:
    stream += block / SUPERBLOCK * CK_K4_BYTES;
    return times_bytes(f16_scales(stream + CK_K4_D, half), k4_scales(stream, block % SUPERBLOCK),
                       half);
  case CK_XS:
    stream += block / SUPERBLOCK * CK_XS_BYTES;
    return times_bytes(f16_scales(stream + CK_XS_D, half), xs_scales(stream, block % SUPERBLOCK),
                       half);
  }
}

/// The minimums of half a block as f32.
CK_INLINE __m256 load_minimums(enum ck_scales kind, const struct ck_panel *panel, size_t block,
                               int half) {
  if (kind == CK_F32) return f32_scales(panel->minimums + block * 64, half);
  if (kind != CK_K4) return f16_scales(panel->minimums + block * 32, half);
  const uint8_t *stream = panel->scales + block / SUPERBLOCK * CK_K4_BYTES;
  const __m256 negative = _mm256_sub_ps(_mm256_setzero_ps(), f16_scales(stream + CK_K4_DMIN, half));
  return times_bytes(negative, k4_minimums(stream, block % SUPERBLOCK), half);
}

/// Adds one block of one half and token to its float sums: scale * sum, and the minimum's share.
CK_INLINE void add_block(struct ck_shape shape, float *total, __m256i sum, __m256 scale,
                         __m256 minimum, const struct tile *tile, size_t at) {
  const __m256 factor = _mm256_mul_ps(scale, _mm256_broadcast_ss(tile->scales + at));
  __m256 value = _mm256_load_ps(total);
  value = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), factor, value);
  if (shape.minimum) {
    value = _mm256_fmadd_ps(minimum, _mm256_broadcast_ss(tile->scaled_sums + at), value);
  }
  _mm256_store_ps(total, value);
}

/// Multiplies half a block, whose codes are in registers, with the tokens of a tile one by one.
CK_INLINE void multiply_half(struct ck_shape shape, int half, int width, const struct tile *tile,
                             size_t block, ck_sums *totals) {
  const struct ck_panel *panel = tile->panels;
  __m256i codes[8];
  unpack_codes(shape.codes, panel, block, half, codes);
  const __m256 scale = load_scales(shape.scales, panel, block, half);
  const __m256 minimum =
      shape.minimum ? load_minimums(shape.scales, panel, block, half) : scale;
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    const size_t at = block * (size_t)width + (size_t)t;
    __m256i sum = first_sum(shape, tile, at);
#pragma clang loop unroll(full)
    for (int g = 0; g < 8; g++) {
      sum = dot4(shape, sum, codes[g], broadcast4(tile->codes + at * CK_BLOCK + 4 * g));
    }
    add_block(shape, totals[t][0] + half * HALF_ROWS, sum, scale, minimum, tile, at);
  }
}

/// Multiplies one panel, unpacked in registers, with a tile of `width` tokens.
CK_INLINE void multiply_packed(struct ck_shape shape, int width, const struct tile *tile,
                               ck_sums *totals) {
  for (size_t b = 0; b < tile->blocks; b++) {
    prefetch_ahead(shape, tile, b);
    for (int half = 0; half < HALVES; half++) {
      multiply_half(shape, half, width, tile, b, totals);
    }
  }
}

/// Multiplies one block of an unpacked panel with a tile of `width` tokens.
///
/// Every broadcast of 4 activations meets both halves, every vector of codes all tokens.
CK_INLINE void multiply_block(struct ck_shape shape, int p, int width, const struct tile *tile,
                              size_t block, ck_sums *totals) {
  const struct ck_panel *panel = tile->panels + p;
  const size_t at = block * (size_t)width;
  __m256i sums[CK_TILE][HALVES];
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    for (int half = 0; half < HALVES; half++) {
      sums[t][half] = first_sum(shape, tile, at + (size_t)t);
    }
  }
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) {
    const uint8_t *line = panel->codes + block * 512 + 64 * g;
    const __m256i codes[HALVES] = {load_half(line, 0), load_half(line, 1)};
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const __m256i a = broadcast4(tile->codes + (at + (size_t)t) * CK_BLOCK + 4 * g);
      for (int half = 0; half < HALVES; half++) {
        sums[t][half] = dot4(shape, sums[t][half], codes[half], a);
        // Pins the order: left alone, the compiler loads all broadcasts first and spills them.
        __asm__ volatile("" : "+x"(sums[t][half])::"memory");
      }
    }
  }
  for (int half = 0; half < HALVES; half++) {
    const __m256 scale = load_scales(CK_F32, panel, block, half);
    const __m256 minimum =
        shape.minimum ? load_minimums(CK_F32, panel, block, half) : scale;
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      add_block(shape, totals[t][p] + half * HALF_ROWS, sums[t][half], scale, minimum, tile,
                at + (size_t)t);
    }
  }
}

/// Multiplies one or two unpacked panels with a tile of `width` tokens.
CK_INLINE void multiply_unpacked(struct ck_shape shape, int panels, int width,
                                 const struct tile *tile, ck_sums *sums) {
  for (size_t b = 0; b < tile->blocks; b++) {
    for (int p = 0; p < panels; p++) multiply_block(shape, p, width, tile, b, sums);
  }
}

/// Chooses the tile of the given width.
CK_INLINE void multiply_width(struct ck_shape shape, int panels, size_t width,
                              const struct tile *tile, ck_sums *sums) {
#define CK_CASE(W)                                     \
  case W:                                              \
    if (shape.scales == CK_F32) {                      \
      multiply_unpacked(shape, panels, W, tile, sums); \
    } else {                                           \
      multiply_packed(shape, W, tile, sums);           \
    }                                                  \
    break;
  switch (width) { CK_CASE(1) CK_CASE(2) CK_CASE(3) CK_CASE(4) }
#undef CK_CASE
}

/// Unpacks blocks first..<first + count of a panel.
CK_INLINE void unpack_chunk(struct ck_shape shape, const struct ck_panel *panel, size_t first,
                            size_t count, struct chunk *chunk) {
  for (size_t b = 0; b < count; b++) {
    for (int half = 0; half < HALVES; half++) {
      const int row = half * HALF_ROWS;
      __m256i codes[8];
      unpack_codes(shape.codes, panel, first + b, half, codes);
#pragma clang loop unroll(full)
      for (int g = 0; g < 8; g++) {
        _mm256_store_si256((__m256i *)(chunk->codes[b] + 64 * g + 32 * half), codes[g]);
      }
      _mm256_store_ps(chunk->scales[b] + row,
                      load_scales(shape.scales, panel, first + b, half));
      if (shape.minimum) {
        _mm256_store_ps(chunk->minimums[b] + row,
                        load_minimums(shape.scales, panel, first + b, half));
      }
    }
  }
}

/// Quantizes 32 activations and returns the sum of their codes.
CK_INLINE int32_t quantize_block(const float *x, float inverse, int8_t *codes) {
  const __m256 factor = _mm256_set1_ps(inverse);
  __m256i parts[4];
  for (int i = 0; i < 4; i++) {
    parts[i] = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + 8 * i), factor));
  }
  // The packs work on 128-bit halves; the permutation puts the 4-byte groups back in order.
  const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(parts[0], parts[1]),
                                           _mm256_packs_epi32(parts[2], parts[3]));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  _mm256_storeu_si256((__m256i *)codes, _mm256_permutevar8x32_epi32(bytes, order));
  const __m256i sums = _mm256_add_epi32(_mm256_add_epi32(parts[0], parts[1]),
                                        _mm256_add_epi32(parts[2], parts[3]));
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xB1)));
}

/// The bits of the largest magnitude of 32 activations.
CK_INLINE uint32_t largest_magnitude(const float *x) {
  const __m256i mask = _mm256_set1_epi32(0x7FFFFFFF);
  __m256i largest = _mm256_setzero_si256();
  for (int i = 0; i < 4; i++) {
    const __m256i bits = _mm256_castps_si256(_mm256_loadu_ps(x + 8 * i));
    largest = _mm256_max_epu32(largest, _mm256_and_si256(bits, mask));
  }
  __m128i half = _mm_max_epu32(_mm256_castsi256_si128(largest),
                               _mm256_extracti128_si256(largest, 1));
  half = _mm_max_epu32(half, _mm_shuffle_epi32(half, 0x4E));
  return (uint32_t)_mm_cvtsi128_si32(_mm_max_epu32(half, _mm_shuffle_epi32(half, 0xB1)));
}
