// Tiles of weights in groups on 256 bits: a panel is two halves of 8 rows. Included inside the including
// file's target attribute, after rowwise_avx256.h and a definition of add_codes(width, weights,
// activations, sums), which adds UNROLLED_STEPS steps of integers.
//
// Panels are multiplied one after the other. Integers close a sum after each group, tables after each
// half of a block, always in the same order.

/// Steps that are summed together: a group of integers, or half a block of a table.
enum { SEGMENT_STEPS = 32 };

static const _Alignas(32) float nf4_table[16] = {NF4_TABLE}, fp4_table[16] = {FP4_TABLE};

/// Entries of a table at the lowest 4 bits of each lane.
CK_INLINE __m256i look_up(enum grouped_kind kind, __m256i codes) {
  // Bit 3 of a code becomes the sign.
  const __m256 upper = _mm256_castsi256_ps(_mm256_slli_epi32(codes, 28));
  if (kind == GROUPED_FP4) {
    // The upper half of the table is the lower one with the other sign.
    const __m256 entry = _mm256_permutevar8x32_ps(_mm256_load_ps(fp4_table), codes);
    const __m256 sign = _mm256_and_ps(upper, _mm256_set1_ps(-0.0f));
    return _mm256_castps_si256(_mm256_xor_ps(entry, sign));
  }
  const __m256 low = _mm256_permutevar8x32_ps(_mm256_load_ps(nf4_table), codes);
  const __m256 high = _mm256_permutevar8x32_ps(_mm256_load_ps(nf4_table + 8), codes);
  return _mm256_castps_si256(_mm256_blendv_ps(low, high, upper));
}

CK_INLINE __m256i load_half(const uint8_t *vector, int half) {
  return _mm256_load_si256((const __m256i *)(vector + 32 * half));
}

/// Half of the weights of step `base` + `step` of a group; `base` is a multiple of 8.
CK_INLINE __m256i load_step(enum grouped_kind kind, const uint8_t *codes, size_t base, int step,
                            int half) {
  switch (kind) {
  case GROUPED_INT4: {
    const __m256i pair = load_half(codes + 64 * (base / 2 + (size_t)step / 2), half);
    return _mm256_and_si256(step % 2 ? _mm256_srli_epi16(pair, 4) : pair, _mm256_set1_epi8(15));
  }
  case GROUPED_INT3:
  case GROUPED_INT2: {
    const __m256i four = load_half(codes + 64 * (base / 4 + (size_t)step / 4), half);
    const __m256i low =
        _mm256_and_si256(_mm256_srli_epi16(four, 2 * (step % 4)), _mm256_set1_epi8(3));
    if (kind == GROUPED_INT2) return low;
    const __m256i eight =
        load_half(codes + INTEGER_GROUP * CK_PANEL_ROWS / 4 + 64 * (base / 8), half);
    const __m256i high =
        step < 2 ? _mm256_slli_epi16(eight, 2 - step) : _mm256_srli_epi16(eight, step - 2);
    return _mm256_or_si256(low, _mm256_and_si256(high, _mm256_set1_epi8(4)));
  }
  case GROUPED_NF4:
  case GROUPED_FP4: {
    const __m256i eight = load_half(codes + 64 * (base / 8), half);
    return look_up(kind, _mm256_srli_epi32(eight, 4 * step));
  }
  default: return load_half(codes + 64 * (base + (size_t)step), half);
  }
}

/// Writes the weights of a group, a vector a step.
CK_INLINE void unpack_codes(enum grouped_kind kind, const uint8_t *codes, uint8_t *out) {
  for (size_t base = 0; base < group_steps(kind); base += UNROLLED_STEPS) {
#pragma clang loop unroll(full)
    for (int i = 0; i < UNROLLED_STEPS * HALVES; i++) {
      const int step = i / HALVES, half = i % HALVES;
      _mm256_store_si256((__m256i *)(out + 64 * (base + (size_t)step) + 32 * half),
                         load_step(kind, codes, base, step, half));
    }
  }
}

/// Adds UNROLLED_STEPS steps of floats.
CK_INLINE void add_entries(int width, const __m256i weights[UNROLLED_STEPS][HALVES],
                           const uint8_t *activations, __m256i sums[CK_TILE][HALVES]) {
#pragma clang loop unroll(full)
  for (int step = 0; step < UNROLLED_STEPS; step++) {
    const uint8_t *word = activations + (size_t)(step / 4) * GROUP_BYTES * (size_t)width +
                          4 * (step % 4);
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const __m256 a = _mm256_broadcast_ss((const float *)(const void *)(word + GROUP_BYTES * t));
      for (int h = 0; h < HALVES; h++) {
        sums[t][h] = _mm256_castps_si256(_mm256_fmadd_ps(
            _mm256_castsi256_ps(weights[step][h]), a, _mm256_castsi256_ps(sums[t][h])));
      }
    }
  }
}

/// Eight zeros as int32: those of rows 0 to 7 are low nibbles.
CK_INLINE __m256i load_zeros(const uint8_t *zeros, int half) {
  const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)zeros));
  return half ? _mm256_srli_epi32(bytes, 4) : _mm256_and_si256(bytes, _mm256_set1_epi32(15));
}

CK_INLINE __m256 load_scales(enum grouped_kind kind, const uint8_t *scales, int half) {
  if (is_table(kind)) return _mm256_load_ps((const float *)(const void *)scales + HALF_ROWS * half);
  return _mm256_cvtph_ps(_mm_load_si128((const __m128i *)(scales + 16 * half)));
}

/// Adds the sums of a segment to C.
CK_INLINE void close_segment(enum grouped_kind kind, int width, const struct grouped_tile *tile,
                             int panel, size_t g, bool starts, bool ends,
                             __m256i sums[CK_TILE][HALVES]) {
#pragma clang loop unroll(full)
  for (int h = 0; h < HALVES; h++) {
    const __m256 scales =
        load_scales(kind, tile->scales[panel] + g * group_scale_bytes(kind), h);
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      float *place = tile->sums + (size_t)t * tile->stride + 16 * panel + HALF_ROWS * h;
      __m256 sum = _mm256_castsi256_ps(sums[t][h]);
      if (!is_table(kind)) {
        const int32_t minus = tile->corrections[(size_t)t * tile->all_groups + g];
        const __m256i zeros = load_zeros(tile->zeros[panel] + g * ZERO_BYTES, h);
        const __m256i off = _mm256_mullo_epi32(zeros, _mm256_set1_epi32(minus));
        sum = _mm256_cvtepi32_ps(_mm256_add_epi32(sums[t][h], off));
      }
      const __m256 before = starts ? _mm256_setzero_ps() : _mm256_loadu_ps(place);
      __m256 total = _mm256_fmadd_ps(sum, scales, before);
      if (!is_table(kind) && ends) {
        total = _mm256_mul_ps(total, _mm256_set1_ps(tile->token_scales[t]));
      }
      _mm256_storeu_ps(place, total);
    }
  }
}

/// Multiplies one segment of a panel.
CK_INLINE void multiply_segment(enum grouped_kind kind, int width, const struct grouped_tile *tile,
                                int panel, size_t segment) {
  const size_t each = group_steps(kind) / SEGMENT_STEPS, g = segment / each;
  const size_t first = segment % each * SEGMENT_STEPS;
  const uint8_t *codes = tile->codes[panel] + g * group_code_bytes(kind);
  const uint8_t *ahead = codes_ahead(kind, tile, panel, g);
  const uint8_t *activations =
      tile->activations + g * group_steps(kind) / 4 * GROUP_BYTES * (size_t)width;
  __m256i sums[CK_TILE][HALVES];
#pragma clang loop unroll(full)
  for (int i = 0; i < width * HALVES; i++) sums[i / HALVES][i % HALVES] = _mm256_setzero_si256();
  for (size_t base = first; base < first + SEGMENT_STEPS; base += UNROLLED_STEPS) {
    prefetch_steps(kind, ahead, base);
    __m256i weights[UNROLLED_STEPS][HALVES];
#pragma clang loop unroll(full)
    for (int i = 0; i < UNROLLED_STEPS * HALVES; i++) {
      weights[i / HALVES][i % HALVES] = load_step(kind, codes, base, i / HALVES, i % HALVES);
    }
    const uint8_t *words = activations + base / 4 * GROUP_BYTES * (size_t)width;
    if (is_table(kind)) {
      add_entries(width, weights, words, sums);
    } else {
      add_codes(width, weights, words, sums);
    }
  }
  const size_t segments = tile->groups * each;
  close_segment(kind, width, tile, panel, g, tile->starts && segment == 0,
                tile->ends && segment + 1 == segments, sums);
}

/// Multiplies some groups of a pair of panels with a tile of `width` tokens.
CK_INLINE void multiply_grouped(enum grouped_kind kind, int width,
                                const struct grouped_tile *tile) {
  const size_t segments = tile->groups * (group_steps(kind) / SEGMENT_STEPS);
  for (int p = 0; p < ROW_PANELS; p++) {
    for (size_t segment = 0; segment < segments; segment++) {
      multiply_segment(kind, width, tile, p, segment);
    }
  }
}
