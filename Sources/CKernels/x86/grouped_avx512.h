// Tiles of weights in groups on 512 bits. Included inside the including file's target attribute.
//
// Per group, 12 tokens and a pair of panels have 24 sums in registers. Integers take 32 steps of 24
// VPDPBUSD between what closes a group: for each sum a VPDPWSSD that takes off the zero point, a
// conversion and a multiply-add to a sum of floats in memory. Tables close a sum after each half of
// a block: whether halves are summed side by side or in turn, the bits are the same.

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
    // A load from the next byte is cheaper than a shift, which shares its port with multiply-adds.
    const __m512i nibbles = _mm512_loadu_si512(codes + 64 * (base / 8) + step / 2);
    return _mm512_castps_si512(_mm512_permutexvar_ps(
        step % 2 ? _mm512_srli_epi32(nibbles, 4) : nibbles, entries(kind)));
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

/// Adds the products of the UNROLLED_STEPS steps from `base` on to `sums`; `first` are done.
CK_INLINE void multiply_steps(enum grouped_kind kind, int width, int first,
                              const uint8_t *const codes[ROW_PANELS],
                              const uint8_t *const ahead[ROW_PANELS], const uint8_t *activations,
                              size_t base, __m512i sums[CK_TILE][ROW_PANELS]) {
  const enum row_kind words = is_table(kind) ? ROW_F32 : ROW_INT8;
  for (int p = 0; p < ROW_PANELS; p++) prefetch_steps(kind, ahead[p], base);
#pragma clang loop unroll(full)
  for (int step = first; step < UNROLLED_STEPS; step++) {
    __m512i w[ROW_PANELS];
    for (int p = 0; p < ROW_PANELS; p++) w[p] = load_step(kind, codes[p], base, step);
    const size_t group = base / 4 + (size_t)step / 4;
    const uint8_t *word = activations + group * GROUP_BYTES * (size_t)width + 4 * (step % 4);
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

/// Where a group of a tile lies.
struct group_place {
  const uint8_t *codes[ROW_PANELS], *ahead[ROW_PANELS];
  const uint8_t *activations;
  size_t index;
};

CK_INLINE struct group_place place_of(enum grouped_kind kind, int width,
                                      const struct grouped_tile *tile, size_t g) {
  struct group_place place = {
      .activations = tile->activations + g * group_steps(kind) / 4 * GROUP_BYTES * (size_t)width,
      .index = g,
  };
  for (int p = 0; p < ROW_PANELS; p++) {
    place.codes[p] = tile->codes[p] + g * group_code_bytes(kind);
    place.ahead[p] = codes_ahead(kind, tile, p, g);
  }
  return place;
}

/// What sums of a group start from: of integers, minus what the zero point is worth.
CK_INLINE void start_sums(enum grouped_kind kind, int width, const struct grouped_tile *tile,
                          size_t g, __m512i sums[CK_TILE][ROW_PANELS]) {
#pragma clang loop unroll(full)
  for (int p = 0; p < ROW_PANELS; p++) {
    const __m512i zeros = is_table(kind) ? _mm512_setzero_si512()
                                         : load_zeros(tile->zeros[p] + g * ZERO_BYTES);
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      if (is_table(kind)) {
        sums[t][p] = zeros;
        continue;
      }
      // The sum of 128 codes fits 16 bits.
      const int32_t *sum = tile->corrections + (size_t)t * tile->all_groups + g;
      sums[t][p] =
          _mm512_dpwssd_epi32(_mm512_setzero_si512(), zeros, _mm512_set1_epi32(*sum));
    }
  }
}

/// Adds the sums of a group, or of a half of it, to C.
CK_INLINE void close_sums(enum grouped_kind kind, int width, const struct grouped_tile *tile,
                          size_t g, bool starts, bool ends, __m512i sums[CK_TILE][ROW_PANELS]) {
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

/// The widest tile whose two halves of a group are summed side by side: more chains of additions
/// than the 4 or 8 of its sums hide the latency of the multipliers.
enum { NARROW_TILE = 4 };

/// Multiplies a group half beside half.
CK_INLINE void multiply_halves(enum grouped_kind kind, int width, const struct grouped_tile *tile,
                               const struct group_place *place, bool starts, bool ends) {
  const size_t half = group_steps(kind) / 2;
  __m512i first[CK_TILE][ROW_PANELS], second[CK_TILE][ROW_PANELS];
  start_sums(kind, width, tile, place->index, first);
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    for (int p = 0; p < ROW_PANELS; p++) second[t][p] = _mm512_setzero_si512();
  }
  for (size_t base = 0; base < half; base += UNROLLED_STEPS) {
    multiply_steps(kind, width, 0, place->codes, place->ahead, place->activations, base, first);
    multiply_steps(kind, width, 0, place->codes, place->ahead, place->activations, half + base,
                   second);
  }
  if (is_table(kind)) {
    close_sums(kind, width, tile, place->index, starts, false, first);
    close_sums(kind, width, tile, place->index, false, ends, second);
    return;
  }
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    for (int p = 0; p < ROW_PANELS; p++) {
      first[t][p] = _mm512_add_epi32(first[t][p], second[t][p]);
    }
  }
  close_sums(kind, width, tile, place->index, starts, ends, first);
}

/// Steps that wide tiles sum together: a group of integers, or half a block of a table.
enum { SEGMENT_STEPS = 32 };

/// What closes a segment, and what the next one starts from.
struct boundary {
  __m512 scales[ROW_PANELS];
  __m512i zeros[ROW_PANELS];
  const int32_t *corrections;
};

CK_INLINE struct boundary boundary_at(enum grouped_kind kind, const struct grouped_tile *tile,
                                      size_t closed, size_t next) {
  struct boundary b;
  b.corrections = is_table(kind) ? NULL : tile->corrections + next;
  for (int p = 0; p < ROW_PANELS; p++) {
    b.scales[p] = load_scales(kind, tile->scales[p] + closed * group_scale_bytes(kind));
    b.zeros[p] = is_table(kind) ? _mm512_setzero_si512()
                                : load_zeros(tile->zeros[p] + next * ZERO_BYTES);
  }
  return b;
}

CK_INLINE __m512i first_sum(enum grouped_kind kind, const struct boundary *b,
                            const struct grouped_tile *tile, int t, int p) {
  if (is_table(kind)) return _mm512_setzero_si512();
  const int32_t sum = b->corrections[(size_t)t * tile->all_groups];
  return _mm512_dpwssd_epi32(_mm512_setzero_si512(), b->zeros[p], _mm512_set1_epi32(sum));
}

/// Adds the sum of a segment to C.
CK_INLINE __m512 closed_sum(enum grouped_kind kind, const struct boundary *b,
                            const struct grouped_tile *tile, __m512i sum, int t, int p) {
  float *place = tile->sums + (size_t)t * tile->stride + 16 * p;
  const __m512 value = is_table(kind) ? _mm512_castsi512_ps(sum) : _mm512_cvtepi32_ps(sum);
  const __m512 total = _mm512_fmadd_ps(value, b->scales[p], _mm512_loadu_ps(place));
  _mm512_storeu_ps(place, total);
  return total;
}

/// The first step of a segment. The sums of the one before are closed token by token between the
/// products of this one, where the multipliers need not wait for them.
CK_INLINE void multiply_first_step(enum grouped_kind kind, int width, bool closes,
                                   const struct grouped_tile *tile, const struct boundary *b,
                                   const uint8_t *const codes[ROW_PANELS],
                                   const uint8_t *activations, size_t base,
                                   __m512i sums[CK_TILE][ROW_PANELS]) {
  const enum row_kind words = is_table(kind) ? ROW_F32 : ROW_INT8;
  __m512i w[ROW_PANELS];
  for (int p = 0; p < ROW_PANELS; p++) w[p] = load_step(kind, codes[p], base, 0);
  const uint8_t *word = activations + base / 4 * GROUP_BYTES * (size_t)width;
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    const __m512i a = broadcast_word(word + GROUP_BYTES * t);
    for (int p = 0; p < ROW_PANELS; p++) {
      if (closes) closed_sum(kind, b, tile, sums[t][p], t, p);
      sums[t][p] = dot_words(words, first_sum(kind, b, tile, t, p), w[p], a);
      __asm__ volatile("" : "+v"(sums[t][p])::"memory");
    }
  }
}

/// One segment of a wide tile.
CK_INLINE void multiply_segment(enum grouped_kind kind, int width, bool closes,
                                const struct grouped_tile *tile, size_t segment,
                                __m512i sums[CK_TILE][ROW_PANELS]) {
  const size_t each = group_steps(kind) / SEGMENT_STEPS, g = segment / each;
  const size_t first = segment % each * SEGMENT_STEPS;
  const struct group_place place = place_of(kind, width, tile, g);
  const struct boundary b = boundary_at(kind, tile, (segment - closes) / each, g);
  multiply_first_step(kind, width, closes, tile, &b, place.codes, place.activations, first, sums);
  multiply_steps(kind, width, 1, place.codes, place.ahead, place.activations, first, sums);
  for (size_t base = first + UNROLLED_STEPS; base < first + SEGMENT_STEPS;
       base += UNROLLED_STEPS) {
    multiply_steps(kind, width, 0, place.codes, place.ahead, place.activations, base, sums);
  }
}

/// Multiplies some groups with a tile of more tokens than a narrow one has.
CK_INLINE void multiply_wide(enum grouped_kind kind, int width, const struct grouped_tile *tile) {
  const size_t segments = tile->groups * (group_steps(kind) / SEGMENT_STEPS);
  __m512i sums[CK_TILE][ROW_PANELS];
  multiply_segment(kind, width, false, tile, 0, sums);
  for (size_t segment = 1; segment < segments; segment++) {
    multiply_segment(kind, width, true, tile, segment, sums);
  }
  const struct boundary b = boundary_at(kind, tile, tile->groups - 1, 0);
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    for (int p = 0; p < ROW_PANELS; p++) {
      const __m512 total = closed_sum(kind, &b, tile, sums[t][p], t, p);
      if (is_table(kind) || !tile->ends) continue;
      _mm512_storeu_ps(tile->sums + (size_t)t * tile->stride + 16 * p,
                       _mm512_mul_ps(total, _mm512_set1_ps(tile->token_scales[t])));
    }
  }
}

/// Multiplies some groups of a pair of panels with a tile of `width` tokens.
CK_INLINE void multiply_grouped(enum grouped_kind kind, int width,
                                const struct grouped_tile *tile) {
  if (width > NARROW_TILE) {
    multiply_wide(kind, width, tile);
    return;
  }
  for (size_t g = 0; g < tile->groups; g++) {
    const struct group_place place = place_of(kind, width, tile, g);
    const bool starts = tile->starts && g == 0, ends = tile->ends && g + 1 == tile->groups;
    multiply_halves(kind, width, tile, &place, starts, ends);
  }
}
