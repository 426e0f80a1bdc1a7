// Tiles of weights in groups on 512 bits. Included inside the including file's target attribute.
//
// Per group, 12 tokens and a pair of panels have 24 sums in registers. Integers take 32 steps of 24
// VPDPBUSD between what closes a group: for each sum a VPDPWSSD that takes off the zero point, a
// conversion and a multiply-add to a sum of floats in memory.

/// How many groups ahead of their use packed codes are prefetched: 4 KiB.
CK_INLINE size_t groups_ahead(enum grouped_kind kind) { return 4096 / group_code_bytes(kind); }

static const _Alignas(64) float nf4_table[16] = {NF4_TABLE}, fp4_table[16] = {FP4_TABLE};

CK_INLINE __m512 entries(enum grouped_kind kind) {
  return _mm512_load_ps(kind == GROUPED_FP4 ? fp4_table : nf4_table);
}

/// The weights of step `base` + `step` of a group; `base` is a multiple of 8.
CK_INLINE __m512i load_step(enum grouped_kind kind, const uint8_t *codes, size_t base, int step) {
  switch (kind) {
  case GROUPED_INT4: {
    const __m512i pair = _mm512_load_si512(codes + 64 * (base / 2 + (size_t)step / 2));
    return _mm512_and_si512(step % 2 ? _mm512_srli_epi16(pair, 4) : pair, _mm512_set1_epi8(15));
  }
  case GROUPED_INT3:
  case GROUPED_INT2: {
    const __m512i four = _mm512_load_si512(codes + 64 * (base / 4 + (size_t)step / 4));
    const __m512i low = _mm512_and_si512(
        _mm512_srli_epi16(four, (unsigned)(2 * (step % 4))), _mm512_set1_epi8(3));
    if (kind == GROUPED_INT2) return low;
    const __m512i eight =
        _mm512_load_si512(codes + INTEGER_GROUP * CK_PANEL_ROWS / 4 + 64 * (base / 8));
    const __m512i high = step < 2 ? _mm512_slli_epi16(eight, (unsigned)(2 - step))
                                  : _mm512_srli_epi16(eight, (unsigned)(step - 2));
    return _mm512_or_si512(low, _mm512_and_si512(high, _mm512_set1_epi8(4)));
  }
  case GROUPED_NF4:
  case GROUPED_FP4: {
    const __m512i nibbles = _mm512_load_si512(codes + 64 * (base / 8));
    return _mm512_castps_si512(_mm512_permutexvar_ps(
        _mm512_srli_epi32(nibbles, (unsigned)(4 * step)), entries(kind)));
  }
  default: return _mm512_load_si512(codes + 64 * (base + (size_t)step));
  }
}

/// Writes the weights of a group, a vector a step.
CK_INLINE void unpack_codes(enum grouped_kind kind, const uint8_t *codes, uint8_t *out) {
  for (size_t base = 0; base < group_steps(kind); base += UNROLLED_STEPS) {
#pragma clang loop unroll(full)
    for (int step = 0; step < UNROLLED_STEPS; step++) {
      _mm512_store_si512(out + 64 * (base + (size_t)step), load_step(kind, codes, base, step));
    }
  }
}

/// The zeros of 16 rows as int32.
CK_INLINE __m512i load_zeros(const uint8_t *zeros) {
  const __m128i nibbles = _mm_loadl_epi64((const __m128i *)zeros);
  const __m128i low = _mm_and_si128(nibbles, _mm_set1_epi8(15));
  const __m128i high = _mm_and_si128(_mm_srli_epi16(nibbles, 4), _mm_set1_epi8(15));
  return _mm512_cvtepu8_epi32(_mm_unpacklo_epi64(low, high));
}

CK_INLINE __m512 load_scales(enum grouped_kind kind, const uint8_t *scales) {
  if (is_table(kind)) return _mm512_load_ps(scales);
  return _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)scales));
}

/// Adds the products of a group to `sums`.
CK_INLINE void multiply_steps(enum grouped_kind kind, int width,
                              const uint8_t *const codes[ROW_PANELS],
                              const uint8_t *const ahead[ROW_PANELS], const uint8_t *activations,
                              __m512i sums[CK_TILE][ROW_PANELS]) {
  const enum row_kind words = is_table(kind) ? ROW_F32 : ROW_INT8;
  const bool unpacked = kind == GROUPED_BYTES || kind == GROUPED_FLOATS;
  for (size_t base = 0; base < group_steps(kind); base += UNROLLED_STEPS) {
    const size_t each = group_code_bytes(kind) * UNROLLED_STEPS / group_steps(kind);
    for (size_t line = 0; line < each && !unpacked; line += 64) {
      for (int p = 0; p < ROW_PANELS; p++) {
        _mm_prefetch((const char *)ahead[p] + base / UNROLLED_STEPS * each + line, _MM_HINT_T0);
      }
    }
#pragma clang loop unroll(full)
    for (int step = 0; step < UNROLLED_STEPS; step++) {
      __m512i w[ROW_PANELS];
      for (int p = 0; p < ROW_PANELS; p++) w[p] = load_step(kind, codes[p], base, step);
      const uint8_t *word = activations + (base / 4 + (size_t)step / 4) * GROUP_BYTES * (size_t)width +
                            4 * (step % 4);
#pragma clang loop unroll(full)
      for (int t = 0; t < width; t++) {
        const __m512i a = broadcast_word(word + GROUP_BYTES * t);
        for (int p = 0; p < ROW_PANELS; p++) {
          sums[t][p] = dot_words(words, sums[t][p], w[p], a);
          // Pins the order: left alone, the compiler loads all broadcasts first and spills them.
          __asm__ volatile("" : "+v"(sums[t][p])::"memory");
        }
      }
    }
  }
}

/// Multiplies some groups of a pair of panels with a tile of `width` tokens.
CK_INLINE void multiply_grouped(enum grouped_kind kind, int width,
                                const struct grouped_tile *tile) {
  const size_t bytes = group_code_bytes(kind), ahead_groups = groups_ahead(kind);
  const uint8_t *activations = tile->activations;
  for (size_t g = 0; g < tile->groups; g++) {
    const uint8_t *codes[ROW_PANELS], *ahead[ROW_PANELS];
    __m512i sums[CK_TILE][ROW_PANELS];
#pragma clang loop unroll(full)
    for (int p = 0; p < ROW_PANELS; p++) {
      codes[p] = tile->codes[p] + g * bytes;
      ahead[p] = g + ahead_groups < tile->groups
                     ? codes[p] + ahead_groups * bytes
                     : tile->next[p] + (g + ahead_groups - tile->groups) * bytes;
      const __m512i zeros =
          is_table(kind) ? _mm512_setzero_si512() : load_zeros(tile->zeros[p] + g * ZERO_BYTES);
#pragma clang loop unroll(full)
      for (int t = 0; t < width; t++) {
        sums[t][p] =
            is_table(kind)
                ? zeros
                : _mm512_dpwssd_epi32(
                      _mm512_setzero_si512(), zeros,
                      _mm512_set1_epi32(tile->corrections[(size_t)t * tile->all_groups + g]));
      }
    }
    multiply_steps(kind, width, codes, ahead, activations, sums);
    activations += group_steps(kind) / 4 * GROUP_BYTES * (size_t)width;
    const bool starts = tile->starts && g == 0, ends = tile->ends && g + 1 == tile->groups;
#pragma clang loop unroll(full)
    for (int p = 0; p < ROW_PANELS; p++) {
      const __m512 scales = load_scales(kind, tile->scales[p] + g * group_scale_bytes(kind));
#pragma clang loop unroll(full)
      for (int t = 0; t < width; t++) {
        float *place = tile->sums + (size_t)t * tile->stride + 16 * p;
        const __m512 sum =
            is_table(kind) ? _mm512_castsi512_ps(sums[t][p]) : _mm512_cvtepi32_ps(sums[t][p]);
        const __m512 before = starts ? _mm512_setzero_ps() : _mm512_loadu_ps(place);
        __m512 total = _mm512_fmadd_ps(sum, scales, before);
        if (!is_table(kind) && ends) {
          total = _mm512_mul_ps(total, _mm512_set1_ps(tile->token_scales[t]));
        }
        _mm512_storeu_ps(place, total);
      }
    }
  }
}
