// Tiles of weights in clusters on 256 bits: a panel is two halves of 8 rows. Included inside the including
// file's target attribute, after CK_TILE and
//
//     dot_step(sum, codes, a)    adds the products of 4 k of 8 rows to the sums of a span
//     close_span(total, sum)     adds the sums of a span to those of a segment
//
// A span is two words, 8 steps, or the last word of a segment. Panels are multiplied one after the other, so
// that 16 registers hold the sums of one.

enum { HALVES = 2, HALF_ROWS = 8 };
enum { SPAN_WORDS = 2, WORD_STEPS = 4 };

/// Half of step `step`, a constant, of a word of codes.
CK_INLINE __m256i load_step(unsigned bits, const uint8_t *word, int step, int half) {
  const uint8_t *place = word + 32 * half;
  if (bits == 4) {
    const __m256i pair = _mm256_load_si256((const __m256i *)(place + 64 * (step / 2)));
    return _mm256_and_si256(step % 2 ? _mm256_srli_epi16(pair, 4) : pair, _mm256_set1_epi8(15));
  }
  if (bits != 3) return _mm256_load_si256((const __m256i *)(place + 64 * step));
  const __m256i four = _mm256_load_si256((const __m256i *)place);
  const __m256i low =
      _mm256_and_si256(_mm256_srli_epi16(four, 2 * step), _mm256_set1_epi8(3));
  // Third bits: of rows 0 to 7 in low nibbles, of rows 8 to 15 in high ones.
  const __m256i third = _mm256_load_si256((const __m256i *)(word + 64));
  const int down = 4 * half + step - 2;
  const __m256i high =
      down < 0 ? _mm256_slli_epi16(third, -down) : _mm256_srli_epi16(third, down);
  return _mm256_or_si256(low, _mm256_and_si256(high, _mm256_set1_epi8(4)));
}

CK_INLINE void unpack_word(unsigned bits, const uint8_t *word, uint8_t *out) {
#pragma clang loop unroll(full)
  for (int i = 0; i < 4 * HALVES; i++) {
    _mm256_store_si256((__m256i *)(out + 32 * i), load_step(bits, word, i / HALVES, i % HALVES));
  }
}

/// The activations of step `step` of a word and a token, in every lane.
CK_INLINE __m256i load_activations(int width, const uint8_t *activations, int step, int t) {
  return _mm256_set1_epi32(
      ck_load32(activations + GROUP_BYTES * (width * (step / 4) + t) + 4 * (step % 4)));
}

/// Adds `words` words, a constant, times a tile.
CK_INLINE void add_span(unsigned bits, int width, int words, const uint8_t *codes,
                        const uint8_t *activations, __m256i totals[CK_TILE][HALVES]) {
  __m256i sums[CK_TILE][HALVES];
#pragma clang loop unroll(full)
  for (int i = 0; i < width * HALVES; i++) sums[i / HALVES][i % HALVES] = _mm256_setzero_si256();
#pragma clang loop unroll(full)
  for (int step = 0; step < WORD_STEPS * words; step++) {
    const uint8_t *word = codes + (size_t)(step / WORD_STEPS) * cluster_word_bytes(bits);
    __m256i w[HALVES];
    for (int h = 0; h < HALVES; h++) w[h] = load_step(bits, word, step % WORD_STEPS, h);
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const __m256i a = load_activations(width, activations, step, t);
      for (int h = 0; h < HALVES; h++) {
        sums[t][h] = dot_step(sums[t][h], w[h], a);
        // Pins the order: left alone, the compiler loads all broadcasts first and spills them.
        __asm__ volatile("" : "+x"(sums[t][h])::"memory");
      }
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < width * HALVES; i++) {
    __m256i *total = &totals[i / HALVES][i % HALVES];
    *total = close_span(*total, sums[i / HALVES][i % HALVES]);
  }
}

/// The zeros of half a segment's rows as int32.
CK_INLINE __m256i load_zeros(const uint8_t *zeros, int half) {
  const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)zeros));
  return half ? _mm256_srli_epi32(bytes, 4) : _mm256_and_si256(bytes, _mm256_set1_epi32(15));
}

/// Adds the sums of a segment to C.
CK_INLINE void close_segment(int width, const struct cluster_tile *tile, int p, size_t s,
                             __m256i sums[CK_TILE][HALVES]) {
#pragma clang loop unroll(full)
  for (int h = 0; h < HALVES; h++) {
    const float *scales = (const float *)(const void *)tile->scales[p] + s * CK_PANEL_ROWS;
    const __m256 scale = _mm256_load_ps(scales + HALF_ROWS * h);
    const __m256i zeros = load_zeros(tile->zeros[p] + s * CLUSTER_ZERO_BYTES, h);
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      float *place = tile->out[t] + CK_PANEL_ROWS * p + HALF_ROWS * h;
      const int32_t minus = tile->sums[(size_t)t * tile->all_segments + s];
      // A sum of some thousand codes does not fit 16 bits.
      const __m256i off = _mm256_mullo_epi32(zeros, _mm256_set1_epi32(minus));
      const __m256 sum = _mm256_cvtepi32_ps(_mm256_add_epi32(sums[t][h], off));
      _mm256_store_ps(place, _mm256_add_ps(_mm256_load_ps(place), _mm256_mul_ps(scale, sum)));
    }
  }
}

/// Multiplies some segments of one panel with a tile of `width` tokens.
CK_INLINE void multiply_panel(unsigned bits, int width, const struct cluster_tile *tile, int p) {
  const size_t each = cluster_word_bytes(bits), step = GROUP_BYTES * (size_t)width;
  const uint8_t *codes = tile->codes[p], *activations = tile->activations;
  for (size_t s = 0; s < tile->segments; s++) {
    __m256i sums[CK_TILE][HALVES];
#pragma clang loop unroll(full)
    for (int i = 0; i < width * HALVES; i++) {
      sums[i / HALVES][i % HALVES] = _mm256_setzero_si256();
    }
    size_t words = tile->words[s];
    for (; words >= SPAN_WORDS; words -= SPAN_WORDS) {
      add_span(bits, width, SPAN_WORDS, codes, activations, sums);
      codes += SPAN_WORDS * each;
      activations += SPAN_WORDS * step;
    }
    if (words > 0) {
      add_span(bits, width, 1, codes, activations, sums);
      codes += each;
      activations += step;
    }
    close_segment(width, tile, p, s, sums);
  }
}

CK_INLINE void multiply_clusters(unsigned bits, int width, const struct cluster_tile *tile) {
  for (int p = 0; p < ROW_PANELS; p++) multiply_panel(bits, width, tile, p);
}
