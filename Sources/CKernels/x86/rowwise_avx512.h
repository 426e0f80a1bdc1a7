// Tiles of rows on 512 bits. Included inside the including file's target attribute, after it has
// defined dot_words(kind, sum, weights, activations).
//
// A pair of panels and 12 tokens have 24 sums in registers: more than the 8 to 12 chains that hide
// the latency of the multipliers. Every word of activations is broadcast by a load and meets both
// panels: 14 loads for 24 products, where 24 fit.

/// Step `step` of a group of codes of 4 or 6 bits.
CK_INLINE __m512i load_codes(enum row_kind kind, const uint8_t *group, int step) {
  const __m512i pair = _mm512_load_si512(group + 64 * (step / 2));
  const __m512i low =
      _mm512_and_si512(step % 2 ? _mm512_srli_epi16(pair, 4) : pair, _mm512_set1_epi8(15));
  if (kind == ROW_CHANNEL4) return low;
  const __m512i four = _mm512_load_si512(group + 128);
  const __m512i high = step < 2 ? _mm512_slli_epi16(four, (unsigned)(4 - 2 * step))
                                : _mm512_srli_epi16(four, (unsigned)(2 * step - 4));
  return _mm512_or_si512(low, _mm512_and_si512(high, _mm512_set1_epi8(0x30)));
}

/// Vector `step` of a group of weights: for ROW_BF16 even k at even steps, odd k at odd ones.
CK_INLINE __m512i load_weights(enum row_kind kind, const uint8_t *group, int step) {
  if (kind == ROW_F16) {
    const __m256i halves = _mm256_load_si256((const __m256i *)(group + 32 * step));
    return _mm512_castps_si512(_mm512_cvtph_ps(halves));
  }
  if (kind == ROW_BF16) {
    const __m512i pairs = _mm512_load_si512(group + 64 * (step / 2));
    return step % 2 ? _mm512_and_si512(pairs, _mm512_set1_epi32((int)0xFFFF0000))
                    : _mm512_slli_epi32(pairs, 16);
  }
  if (kind == ROW_CHANNEL4 || kind == ROW_CHANNEL6) return load_codes(kind, group, step);
  return _mm512_load_si512(group + 64 * step);
}

/// Converts a group of f16 or bf16 to f32, of nibbles to bytes.
CK_INLINE void unpack_group(enum row_kind kind, const uint8_t *group, uint8_t *out) {
#pragma clang loop unroll(full)
  for (int step = 0; step < 4; step++) {
    _mm512_store_si512(out + 64 * step, load_weights(kind, group, step));
  }
}

CK_INLINE __m512i broadcast_word(const uint8_t *word) { return _mm512_set1_epi32(ck_load32(word)); }

/// Adds a group of panels times tokens.
CK_INLINE void multiply_group(enum row_kind kind, int width,
                              const uint8_t *const weights[ROW_PANELS], const uint8_t *activations,
                              __m512i sums[CK_TILE][ROW_PANELS]) {
#pragma clang loop unroll(full)
  for (int step = 0; step < 4; step++) {
    __m512i w[ROW_PANELS];
    for (int p = 0; p < ROW_PANELS; p++) w[p] = load_weights(kind, weights[p], step);
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const __m512i a = broadcast_word(activations + GROUP_BYTES * t + 4 * step);
      for (int p = 0; p < ROW_PANELS; p++) {
        sums[t][p] = dot_words(kind, sums[t][p], w[p], a);
        // Pins the order: left alone, the compiler loads all broadcasts first and spills them.
        __asm__ volatile("" : "+v"(sums[t][p])::"memory");
      }
    }
  }
}

CK_INLINE __m512i start_sum(enum row_kind kind, const struct row_tile *tile, int t, int p) {
  if (!tile->starts) return _mm512_loadu_si512(tile->sums + (size_t)t * tile->stride + 16 * p);
  return is_signed(kind) ? _mm512_set1_epi32(tile->corrections[t]) : _mm512_setzero_si512();
}

/// Half of complete sums of integers with the zero points of their rows and token.
CK_INLINE __m256 without_zeros(const struct row_tile *tile, __m256i sums, int t, int p, int half) {
  const __m256i zeros = _mm256_load_si256((const __m256i *)(row_zeros(tile, (size_t)p) + 8 * half));
  const __m256i others = _mm256_load_si256((const __m256i *)(row_sums(tile, (size_t)p) + 8 * half));
  __m512d total = _mm512_cvtepi32_pd(sums);
  total = _mm512_fnmadd_pd(_mm512_cvtepi32_pd(zeros),
                           _mm512_set1_pd((double)tile->token_sums[t]), total);
  total = _mm512_fnmadd_pd(_mm512_cvtepi32_pd(others),
                           _mm512_set1_pd((double)tile->token_zeros[t]), total);
  return _mm512_cvtpd_ps(total);
}

/// Complete sums of channels times both scales.
CK_INLINE __m512i finished_channels(const struct row_tile *tile, __m512i sum, int t, int p) {
  const __m256 low = without_zeros(tile, _mm512_castsi512_si256(sum), t, p, 0);
  const __m256 high = without_zeros(tile, _mm512_extracti64x4_epi64(sum, 1), t, p, 1);
  const __m512 scales = _mm512_mul_ps(_mm512_set1_ps(tile->token_scales[t]),
                                      _mm512_load_ps(tile->row_scales[p]));
  return _mm512_castps_si512(
      _mm512_mul_ps(_mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1), scales));
}

/// What is stored to C: of integers, the product with both scales when sums are complete.
CK_INLINE __m512i finished_sum(enum row_kind kind, const struct row_tile *tile, __m512i sum, int t,
                               int p) {
  if (!is_integer(kind) || !tile->ends) return sum;
  if (is_channel(kind)) return finished_channels(tile, sum, t, p);
  const __m512 scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_load_ps(tile->row_scales[p]));
  return _mm512_castps_si512(_mm512_mul_ps(scaled, _mm512_set1_ps(tile->token_scales[t])));
}

/// Multiplies a pair of panels with a tile of `width` tokens.
CK_INLINE void multiply_tile(enum row_kind kind, int width,
                             const struct row_tile *tile) {
  __m512i sums[CK_TILE][ROW_PANELS];
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    for (int p = 0; p < ROW_PANELS; p++) sums[t][p] = start_sum(kind, tile, t, p);
  }
  const uint8_t *weights[ROW_PANELS] = {tile->panels[0], tile->panels[1]};
  const uint8_t *activations = tile->activations;
  for (int s = 0; s < 2; s++) {
    struct stretch stretch = tile->stretches[s];
    for (size_t g = 0; g < stretch.groups; g++) {
      for (size_t line = 0; line < stretch.lines; line++) {
        for (int p = 0; p < ROW_PANELS; p++) {
          _mm_prefetch((const char *)stretch.ahead[p], _MM_HINT_T1);
          stretch.ahead[p] += 64;
        }
      }
      multiply_group(kind, width, weights, activations, sums);
      for (int p = 0; p < ROW_PANELS; p++) weights[p] += panel_group_bytes(kind);
      activations += GROUP_BYTES * width;
    }
  }
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    for (int p = 0; p < ROW_PANELS; p++) {
      _mm512_storeu_si512(tile->sums + (size_t)t * tile->stride + 16 * p,
                          finished_sum(kind, tile, sums[t][p], t, p));
    }
  }
}

CK_INLINE __m512i magnitudes(__m512 x) {
  return _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x7FFFFFFF));
}

/// The largest magnitude as bits; NaN and infinity exceed every finite number.
CK_INLINE uint32_t largest_magnitude(const float *x, size_t count) {
  __m512i largest[4] = {0};
  size_t i = 0;
  for (; i + 64 <= count; i += 64) {
#pragma clang loop unroll(full)
    for (size_t j = 0; j < 4; j++) {
      largest[j] = _mm512_max_epu32(largest[j], magnitudes(_mm512_loadu_ps(x + i + 16 * j)));
    }
  }
  for (; i < count; i += 16) {
    const __mmask16 rest = (__mmask16)(count - i < 16 ? (1u << (count - i)) - 1 : 0xFFFF);
    largest[0] = _mm512_max_epu32(largest[0], magnitudes(_mm512_maskz_loadu_ps(rest, x + i)));
  }
  return _mm512_reduce_max_epu32(_mm512_max_epu32(_mm512_max_epu32(largest[0], largest[1]),
                                                  _mm512_max_epu32(largest[2], largest[3])));
}

/// Rounds groups of 16 numbers to int8 and returns the sum of the codes.
CK_INLINE int32_t quantize_run(const float *x, size_t groups, float inverse, uint8_t *out,
                               size_t step) {
  // Without a factor all codes are 0, even those of NaN and infinity.
  const __mmask16 all = inverse == 0 ? 0 : 0xFFFF;
  const __m512 factor = _mm512_set1_ps(inverse);
  const __m512 most = _mm512_set1_ps(127), least = _mm512_set1_ps(-127);
  __m512i sum = _mm512_setzero_si512();
  for (size_t g = 0; g < groups; g++, out += step) {
    const __m512 numbers = _mm512_maskz_loadu_ps(all, x + 16 * g);
    // Only a fixed range is ever exceeded.
    const __m512i codes = _mm512_cvtps_epi32(_mm512_max_ps(
        _mm512_min_ps(_mm512_mul_ps(numbers, factor), most), least));
    sum = _mm512_add_epi32(sum, codes);
    _mm_store_si128((__m128i *)out, _mm512_cvtepi32_epi8(codes));
  }
  return _mm512_reduce_add_epi32(sum);
}

/// Stores whole groups of a token, `step` bytes apart.
CK_INLINE int32_t pack_run(enum row_kind kind, const float *x, size_t groups, float inverse,
                           uint8_t *out, size_t step) {
  if (is_integer(kind)) return quantize_run(x, groups, inverse, out, step);
  for (size_t g = 0; g < groups; g++, out += step) {
    if (kind == ROW_BF16_PAIRS) {
      _mm_store_si128((__m128i *)out, round_to_bf16(_mm256_loadu_ps(x + 8 * g)));
    } else {
      _mm_store_ps((float *)(void *)out, _mm_loadu_ps(x + 4 * g));
    }
  }
  return 0;
}
