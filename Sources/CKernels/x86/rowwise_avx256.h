// Tiles of rows on 256 bits: a panel is two halves of 8 rows. Included inside the including file's
// target attribute, after it has defined HAS_OFFSET (whether integer products include the 128 that
// codes are stored with) and dot_words(kind, sum, weights, activations).
//
// Panels are multiplied one after the other: 16 registers hold the sums of one panel and 4 or 6
// tokens.

enum { HALVES = 2, HALF_ROWS = 8 };

/// Half of step `step` of a group of codes of 4 or 6 bits.
CK_INLINE __m256i load_codes(enum row_kind kind, const uint8_t *group, int step, int half) {
  const __m256i pair = _mm256_load_si256((const __m256i *)(group + 64 * (step / 2) + 32 * half));
  const __m256i low =
      _mm256_and_si256(step % 2 ? _mm256_srli_epi16(pair, 4) : pair, _mm256_set1_epi8(15));
  if (kind == ROW_CHANNEL4) return low;
  const __m256i four = _mm256_load_si256((const __m256i *)(group + 128 + 32 * half));
  const __m256i high = step < 2 ? _mm256_slli_epi16(four, 4 - 2 * step)
                                : _mm256_srli_epi16(four, 2 * step - 4);
  return _mm256_or_si256(low, _mm256_and_si256(high, _mm256_set1_epi8(0x30)));
}

/// Half of vector `step` of a group of weights: for ROW_BF16 even k at even steps, odd k at odd ones.
CK_INLINE __m256i load_weights(enum row_kind kind, const uint8_t *group, int step, int half) {
  if (kind == ROW_F16) {
    const void *halves = group + 32 * step + 16 * half;
    return _mm256_castps_si256(_mm256_cvtph_ps(_mm_load_si128((const __m128i *)halves)));
  }
  if (kind == ROW_BF16) {
    const __m256i pairs =
        _mm256_load_si256((const __m256i *)(group + 64 * (step / 2) + 32 * half));
    return step % 2 ? _mm256_and_si256(pairs, _mm256_set1_epi32((int)0xFFFF0000))
                    : _mm256_slli_epi32(pairs, 16);
  }
  if (kind == ROW_CHANNEL4 || kind == ROW_CHANNEL6) return load_codes(kind, group, step, half);
  return _mm256_load_si256((const __m256i *)(group + 64 * step + 32 * half));
}

/// Converts a group of f16 or bf16 to f32, of nibbles to bytes.
CK_INLINE void unpack_group(enum row_kind kind, const uint8_t *group, uint8_t *out) {
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) {
    _mm256_store_si256((__m256i *)(out + 32 * i), load_weights(kind, group, i / 2, i % 2));
  }
}

/// Adds a group of one panel times tokens.
CK_INLINE void multiply_group(enum row_kind kind, int width, const uint8_t *weights,
                              const uint8_t *activations, __m256i sums[CK_TILE][HALVES]) {
#pragma clang loop unroll(full)
  for (int step = 0; step < 4; step++) {
    __m256i w[HALVES];
    for (int h = 0; h < HALVES; h++) w[h] = load_weights(kind, weights, step, h);
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const __m256i a = _mm256_set1_epi32(ck_load32(activations + GROUP_BYTES * t + 4 * step));
      for (int h = 0; h < HALVES; h++) {
        sums[t][h] = dot_words(kind, sums[t][h], w[h], a);
        // Pins the order: left alone, the compiler loads all broadcasts first and spills them.
        __asm__ volatile("" : "+x"(sums[t][h])::"memory");
      }
    }
  }
}

CK_INLINE __m256i start_sum(enum row_kind kind, const struct row_tile *tile, int t, int p, int h) {
  const float *sums = tile->sums + (size_t)t * tile->stride + 16 * p + HALF_ROWS * h;
  if (!tile->starts) return _mm256_loadu_si256((const __m256i *)(const void *)sums);
  return is_signed(kind) && HAS_OFFSET ? _mm256_set1_epi32(tile->corrections[t])
                                        : _mm256_setzero_si256();
}

/// A quarter of complete sums of integers with the zero points of their rows and token.
CK_INLINE __m128 without_zeros(const struct row_tile *tile, __m128i sums, int t, int p, int row) {
  const __m128i zeros = _mm_load_si128((const __m128i *)(row_zeros(tile, (size_t)p) + row));
  const __m128i others = _mm_load_si128((const __m128i *)(row_sums(tile, (size_t)p) + row));
  __m256d total = _mm256_cvtepi32_pd(sums);
  total = _mm256_fnmadd_pd(_mm256_cvtepi32_pd(zeros),
                           _mm256_set1_pd((double)tile->token_sums[t]), total);
  total = _mm256_fnmadd_pd(_mm256_cvtepi32_pd(others),
                           _mm256_set1_pd((double)tile->token_zeros[t]), total);
  return _mm256_cvtpd_ps(total);
}

/// Half of complete sums of channels times both scales.
CK_INLINE __m256 finished_channels(const struct row_tile *tile, __m256i sum, int t, int p, int h) {
  const int row = HALF_ROWS * h;
  const __m128 low = without_zeros(tile, _mm256_castsi256_si128(sum), t, p, row);
  const __m128 high = without_zeros(tile, _mm256_extracti128_si256(sum, 1), t, p, row + 4);
  return _mm256_mul_ps(_mm256_set_m128(high, low),
                       _mm256_mul_ps(_mm256_set1_ps(tile->token_scales[t]),
                                     _mm256_load_ps(tile->row_scales[p] + row)));
}

/// Stores sums to C: of integers, the product with both scales when they are complete.
CK_INLINE void store_sum(enum row_kind kind, const struct row_tile *tile, __m256i sum, int t, int p,
                         int h) {
  float *const out = tile->sums + (size_t)t * tile->stride + 16 * p + HALF_ROWS * h;
  __m256 value = _mm256_castsi256_ps(sum);
  if (is_channel(kind) && tile->ends) {
    value = finished_channels(tile, sum, t, p, h);
  } else if (is_integer(kind) && tile->ends) {
    const __m256 scales = _mm256_load_ps(tile->row_scales[p] + HALF_ROWS * h);
    value = _mm256_mul_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sum), scales),
                          _mm256_set1_ps(tile->token_scales[t]));
  }
  _mm256_storeu_ps(out, value);
}

/// Multiplies one panel of a pair with a tile of `width` tokens.
CK_INLINE void multiply_panel(enum row_kind kind, int panel, int width,
                              const struct row_tile *tile) {
  __m256i sums[CK_TILE][HALVES];
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    for (int h = 0; h < HALVES; h++) sums[t][h] = start_sum(kind, tile, t, panel, h);
  }
  const uint8_t *weights = tile->panels[panel], *activations = tile->activations;
  for (int s = 0; s < 2; s++) {
    const struct stretch *stretch = tile->stretches + s;
    const uint8_t *ahead = stretch->ahead[panel];
    for (size_t g = 0; g < stretch->groups; g++) {
      for (size_t line = 0; line < stretch->lines; line++, ahead += 64) {
        _mm_prefetch((const char *)ahead, _MM_HINT_T0);
      }
      multiply_group(kind, width, weights, activations, sums);
      weights += panel_group_bytes(kind);
      activations += GROUP_BYTES * width;
    }
  }
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    for (int h = 0; h < HALVES; h++) store_sum(kind, tile, sums[t][h], t, panel, h);
  }
}

/// Multiplies a pair of panels with a tile of `width` tokens.
CK_INLINE void multiply_tile(enum row_kind kind, int width, const struct row_tile *tile) {
  for (int p = 0; p < ROW_PANELS; p++) multiply_panel(kind, p, width, tile);
}

CK_INLINE __m256i magnitudes(const float *x) {
  return _mm256_and_si256(_mm256_castps_si256(_mm256_loadu_ps(x)), _mm256_set1_epi32(0x7FFFFFFF));
}

/// The largest magnitude as bits; NaN and infinity exceed every finite number.
CK_INLINE uint32_t largest_magnitude(const float *x, size_t count) {
  __m256i largest[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  for (; count >= 16; count -= 16, x += 16) {
    largest[0] = _mm256_max_epu32(largest[0], magnitudes(x));
    largest[1] = _mm256_max_epu32(largest[1], magnitudes(x + 8));
  }
  float rest[16] = {0};
  memcpy(rest, x, count * sizeof *x);
  largest[0] = _mm256_max_epu32(largest[0], magnitudes(rest));
  largest[1] = _mm256_max_epu32(largest[1], magnitudes(rest + 8));
  const __m256i both = _mm256_max_epu32(largest[0], largest[1]);
  __m128i four = _mm_max_epu32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
  four = _mm_max_epu32(four, _mm_shuffle_epi32(four, 0x4E));
  return (uint32_t)_mm_cvtsi128_si32(_mm_max_epu32(four, _mm_shuffle_epi32(four, 0xB1)));
}

/// Takes what exceeds a fixed range to its end.
CK_INLINE __m256 clamp(__m256 x) {
  return _mm256_max_ps(_mm256_min_ps(x, _mm256_set1_ps(127)), _mm256_set1_ps(-127));
}

/// Rounds groups of 16 numbers to int8 and returns the sum of the codes.
CK_INLINE int32_t quantize_run(const float *x, size_t groups, float inverse, uint8_t *out,
                               size_t step) {
  const __m256 factor = _mm256_set1_ps(inverse);
  // Without a factor all codes are 0, even those of NaN and infinity.
  const __m256i mask = _mm256_set1_epi32(inverse == 0 ? 0 : -1);
  __m256i sums = _mm256_setzero_si256();
  for (size_t g = 0; g < groups; g++, out += step, x += 16) {
    __m256i low = _mm256_cvtps_epi32(clamp(_mm256_mul_ps(_mm256_loadu_ps(x), factor)));
    __m256i high = _mm256_cvtps_epi32(clamp(_mm256_mul_ps(_mm256_loadu_ps(x + 8), factor)));
    low = _mm256_and_si256(low, mask);
    high = _mm256_and_si256(high, mask);
    sums = _mm256_add_epi32(sums, _mm256_add_epi32(low, high));
    // The pack works on 128-bit halves: quarters 0 and 2 are low, 1 and 3 high.
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xD8);
    _mm_store_si128((__m128i *)out, _mm_packs_epi16(_mm256_castsi256_si128(words),
                                                    _mm256_extracti128_si256(words, 1)));
  }
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xB1)));
}

/// Stores whole groups of a token, `step` bytes apart.
CK_INLINE int32_t pack_run(enum row_kind kind, const float *x, size_t groups, float inverse,
                           uint8_t *out, size_t step) {
  if (is_integer(kind)) return quantize_run(x, groups, inverse, out, step);
  for (size_t g = 0; g < groups; g++, out += step) {
    _mm_store_ps((float *)(void *)out, _mm_loadu_ps(x + 4 * g));
  }
  return 0;
}
