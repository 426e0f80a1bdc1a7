// Chunks that hold magnitudes and signs instead of codes, where the including file has defined
// CK_CHUNK_HAS_SIGNS and
//
//     splits_signs(shape)             for which codes they do,
//     split(codes)                    what they hold (struct split_codes),
//     dot_split(sum, codes, a)        products, which leave out the magnitudes of negative codes,
//     add_negatives(pairs, codes)     which this adds up in 16 bits,
//     sum_of_pairs(pairs)             and this in 32.

#ifdef CK_CHUNK_HAS_SIGNS

/// The integer sums of segment s of a block whose chunk holds magnitudes and signs.
CK_INLINE void sum_split_segment(struct ck_shape shape, const struct ck_panel *panel, int s,
                                 int width, const struct tile *tile, size_t block,
                                 __m256i sums[CK_TILE][HALVES]) {
  const int segments = ck_segments(shape.scales), groups = GROUPS / segments;
  const size_t at = block * (size_t)width;
  const uint8_t *negatives = panel->minimums + 64 * (block * (size_t)segments + (size_t)s);
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    for (int half = 0; half < HALVES; half++) sums[t][half] = load_half(negatives, half);
  }
#pragma clang loop unroll(full)
  for (int g = s * groups; g < (s + 1) * groups; g++) {
    const size_t line = block * 512 + 64 * (size_t)g;
    struct split_codes codes[HALVES];
    for (int half = 0; half < HALVES; half++) {
      codes[half] = (struct split_codes){load_half(panel->codes + line, half),
                                         load_half(panel->high + line, half)};
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const int8_t *word = tile->codes + (at + (size_t)t) * CK_BLOCK + 4 * g;
      const __m256i a = _mm256_set1_epi32(ck_load32(word));
      for (int half = 0; half < HALVES; half++) {
        sums[t][half] = dot_split(sums[t][half], codes[half], a);
        __asm__ volatile("" : "+x"(sums[t][half])::"memory");
      }
    }
  }
}

/// Stores half a block of codes as magnitudes, signs and, in the place of minimums, what products
/// leave out of each segment.
CK_INLINE void store_split(int segments, const __m256i *codes, int half, size_t block,
                           struct chunk *chunk) {
  const int groups = GROUPS / segments;
#pragma clang loop unroll(full)
  for (int s = 0; s < segments; s++) {
    __m256i pairs = _mm256_setzero_si256();
#pragma clang loop unroll(full)
    for (int g = s * groups; g < (s + 1) * groups; g++) {
      const struct split_codes parts = split(codes[g]);
      const int place = 64 * g + 32 * half;
      _mm256_store_si256((__m256i *)(chunk->codes[block] + place), parts.magnitudes);
      _mm256_store_si256((__m256i *)(chunk->signs[block] + place), parts.signs);
      pairs = add_negatives(pairs, parts);
    }
    float *out = chunk->minimums[block * (size_t)segments + (size_t)s] + half * HALF_ROWS;
    _mm256_store_si256((__m256i *)(void *)out, sum_of_pairs(pairs));
  }
}

#else

CK_INLINE bool splits_signs(struct ck_shape shape) {
  (void)shape;
  return false;
}

CK_INLINE void sum_split_segment(struct ck_shape shape, const struct ck_panel *panel, int s,
                                 int width, const struct tile *tile, size_t block,
                                 __m256i sums[CK_TILE][HALVES]) {
  (void)shape, (void)panel, (void)s, (void)width, (void)tile, (void)block, (void)sums;
}

CK_INLINE void store_split(int segments, const __m256i *codes, int half, size_t block,
                           struct chunk *chunk) {
  (void)segments, (void)codes, (void)half, (void)block, (void)chunk;
}

#endif
