// What the 256-bit kernels share: a panel is two halves of 8 rows, and a vector of codes is half of
// a 64-byte line. Included inside the including file's target attribute, after
//
//     first_sum(shape, tile, part)        the start of a segment's integer sums
//     groups_in_step(shape)               groups of 4 k that one step takes, a power of two
//     dot_step(shape, sum, codes, a)      adds the products of one step
//
// Tokens' float sums stay in the first-level cache, so that 16 registers hold the integer sums.

#define CK_PANEL_BY_PANEL

#include "../plain_chunk.h"

#include "avx256_codes.h"
#include "avx256_scales.h"
#include "avx256_signs.h"

/// The activations of one step.
CK_INLINE void load_step(struct ck_shape shape, const int8_t *activations, __m256i a[GROUPS]) {
#pragma clang loop unroll(full)
  for (int i = 0; i < groups_in_step(shape); i++) {
    a[i] = _mm256_set1_epi32(ck_load32(activations + 4 * i));
  }
}

/// Adds one segment of one half and token to its float sums: scale * sum, and the minimum's share.
CK_INLINE __m256 add_segment(struct ck_shape shape, __m256 total, __m256i sum, __m256 scale,
                             __m256 minimum, const struct tile *tile, size_t at, size_t part) {
  const __m256 factor = _mm256_mul_ps(scale, _mm256_broadcast_ss(tile->scales + at));
  total = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), factor, total);
  if (!shape.minimum) return total;
  return _mm256_fmadd_ps(minimum, _mm256_broadcast_ss(tile->scaled_sums + part), total);
}

/// The scales and minimums of a block.
struct block_scales {
  __m256 scales[2][HALVES], minimums[2][HALVES];
};

CK_INLINE struct block_scales load_block_scales(struct ck_shape shape,
                                                const struct ck_panel *panel, size_t block) {
  struct block_scales all;
#pragma clang loop unroll(full)
  for (int s = 0; s < ck_segments(shape.scales); s++) {
#pragma clang loop unroll(full)
    for (int half = 0; half < HALVES; half++) {
      const size_t segment = (size_t)s;
      const __m256 scales = load_scales(shape.scales, panel, block, segment, half);
      all.scales[s][half] = scales;
      all.minimums[s][half] =
          shape.minimum ? load_minimums(shape.scales, panel, block, segment, half) : scales;
    }
  }
  return all;
}

/// Multiplies half a block with the tokens of a tile, group by group: what is made of a code to multiply
/// it serves all tokens.
CK_INLINE void multiply_half_by_groups(struct ck_shape shape, int half, int width,
                                       const struct tile *tile, size_t block,
                                       const struct block_scales *all, const __m256i *codes,
                                       __m256 totals[CK_TILE][HALVES]) {
  const int segments = ck_segments(shape.scales), groups = GROUPS / segments;
  const size_t at = block * (size_t)width;
#pragma clang loop unroll(full)
  for (int s = 0; s < segments; s++) {
    __m256i sums[CK_TILE];
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      sums[t] = first_sum(shape, tile, (at + (size_t)t) * (size_t)segments + (size_t)s);
    }
#pragma clang loop unroll(full)
    for (int g = s * groups; g < (s + 1) * groups; g += groups_in_step(shape)) {
#pragma clang loop unroll(full)
      for (int t = 0; t < width; t++) {
        __m256i a[GROUPS];
        load_step(shape, tile->codes + (at + (size_t)t) * CK_BLOCK + 4 * g, a);
        sums[t] = dot_step(shape, sums[t], codes + g, a);
        __asm__ volatile("" : "+x"(sums[t])::"memory");
      }
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const size_t part = (at + (size_t)t) * (size_t)segments + (size_t)s;
      totals[t][half] = add_segment(shape, totals[t][half], sums[t], all->scales[s][half],
                                    all->minimums[s][half], tile, at + (size_t)t, part);
    }
  }
}

/// Multiplies half a block, whose codes are in registers, with the tokens of a tile one by one.
CK_INLINE void multiply_half(struct ck_shape shape, int half, int width, const struct tile *tile,
                             size_t block, const struct block_scales *all,
                             __m256 totals[CK_TILE][HALVES]) {
  const int segments = ck_segments(shape.scales), groups = GROUPS / segments;
  __m256i codes[GROUPS];
  unpack_codes(shape.codes, &tile->panel, block, half, codes);
  if (splits_signs(shape) && width > 1) {
    multiply_half_by_groups(shape, half, width, tile, block, all, codes, totals);
    return;
  }
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    const size_t at = block * (size_t)width + (size_t)t;
#pragma clang loop unroll(full)
    for (int s = 0; s < segments; s++) {
      const size_t part = at * (size_t)segments + (size_t)s;
      __m256i sum = first_sum(shape, tile, part);
#pragma clang loop unroll(full)
      for (int g = s * groups; g < (s + 1) * groups; g += groups_in_step(shape)) {
        __m256i a[GROUPS];
        load_step(shape, tile->codes + at * CK_BLOCK + 4 * g, a);
        sum = dot_step(shape, sum, codes + g, a);
      }
      totals[t][half] = add_segment(shape, totals[t][half], sum, all->scales[s][half],
                                    all->minimums[s][half], tile, at, part);
    }
  }
}

/// Multiplies one panel, unpacked in registers, with a tile of `width` tokens. The float sums of a
/// single token stay in registers too: through memory each addition would wait for the store before.
CK_INLINE void multiply_packed(struct ck_shape shape, int width, const struct tile *tile,
                               ck_sums *sums) {
  __m256 totals[CK_TILE][HALVES];
#pragma clang loop unroll(full)
  for (int i = 0; i < width * HALVES; i++) {
    totals[i / HALVES][i % HALVES] = _mm256_load_ps(sums[i / HALVES][0] + i % HALVES * HALF_ROWS);
  }
  for (size_t b = 0; b < tile->blocks; b++) {
    prefetch_ahead(shape, tile, b);
    const struct block_scales all = load_block_scales(shape, &tile->panel, b);
#pragma clang loop unroll(full)
    for (int half = 0; half < HALVES; half++) {
      multiply_half(shape, half, width, tile, b, &all, totals);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < width * HALVES; i++) {
    _mm256_store_ps(sums[i / HALVES][0] + i % HALVES * HALF_ROWS, totals[i / HALVES][i % HALVES]);
  }
}

/// Chooses the tile of the given width.
CK_INLINE void multiply_width(struct ck_shape shape, size_t width, const struct tile *tile,
                              ck_sums *sums) {
#define CK_CASE(W) \
  case W: multiply_packed(shape, W, tile, sums); break;
  switch (width) { CK_CASE(1) CK_CASE(2) CK_CASE(3) CK_CASE(4) }
#undef CK_CASE
}

/// The integer sums of segment s of an unpacked block and a tile of `width` tokens.
///
/// Every broadcast of 4 activations meets both halves, every vector of codes all tokens.
CK_INLINE void sum_segment(struct ck_shape shape, const struct ck_panel *panel, int s, int width,
                           const struct tile *tile, size_t block, __m256i sums[CK_TILE][HALVES]) {
  const int segments = ck_segments(shape.scales), groups = GROUPS / segments;
  const size_t at = block * (size_t)width;
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    const size_t part = (at + (size_t)t) * (size_t)segments + (size_t)s;
    for (int half = 0; half < HALVES; half++) sums[t][half] = first_sum(shape, tile, part);
  }
#pragma clang loop unroll(full)
  for (int g = s * groups; g < (s + 1) * groups; g += groups_in_step(shape)) {
    __m256i codes[HALVES][GROUPS];
#pragma clang loop unroll(full)
    for (int i = 0; i < groups_in_step(shape); i++) {
      const uint8_t *line = panel->codes + block * 512 + 64 * (g + i);
      for (int half = 0; half < HALVES; half++) codes[half][i] = load_half(line, half);
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      __m256i a[GROUPS];
      load_step(shape, tile->codes + (at + (size_t)t) * CK_BLOCK + 4 * g, a);
      for (int half = 0; half < HALVES; half++) {
        sums[t][half] = dot_step(shape, sums[t][half], codes[half], a);
        // Pins the order: left alone, the compiler loads all broadcasts first and spills them.
        __asm__ volatile("" : "+x"(sums[t][half])::"memory");
      }
    }
  }
}

/// Multiplies segment s of a block of an unpacked panel with a tile of `width` tokens.
CK_INLINE void multiply_segment(struct ck_shape shape, const struct ck_panel *panel, int p, int s,
                                int width, const struct tile *tile, size_t block,
                                ck_sums *totals) {
  const size_t segments = (size_t)ck_segments(shape.scales), segment = (size_t)s;
  __m256i sums[CK_TILE][HALVES];
  if (splits_signs(shape)) {
    sum_split_segment(shape, panel, s, width, tile, block, sums);
  } else {
    sum_segment(shape, panel, s, width, tile, block, sums);
  }
  for (int half = 0; half < HALVES; half++) {
    const __m256 scale = load_scales(shape.scales, panel, block, segment, half);
    const __m256 minimum =
        shape.minimum ? load_minimums(shape.scales, panel, block, segment, half) : scale;
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const size_t at = block * (size_t)width + (size_t)t;
      float *place = totals[t][p] + half * HALF_ROWS;
      const __m256 total = add_segment(shape, _mm256_load_ps(place), sums[t][half], scale, minimum,
                                       tile, at, at * segments + segment);
      _mm256_store_ps(place, total);
    }
  }
}

/// Multiplies panel p of a pair, unpacked, with a tile of `width` tokens.
CK_INLINE void multiply_unpacked(struct ck_shape shape, int p, int width, const struct tile *tile,
                                 const struct chunk *chunk, ck_sums *sums) {
  const struct ck_panel panel = panel_of_chunk(chunk);
  for (size_t b = 0; b < tile->blocks; b++) {
#pragma clang loop unroll(full)
    for (int s = 0; s < ck_segments(shape.scales); s++) {
      multiply_segment(shape, &panel, p, s, width, tile, b, sums);
    }
  }
}

/// Chooses the tile of the given width.
CK_INLINE void multiply_chunk_width(struct ck_shape shape, int p, size_t width,
                                    const struct tile *tile, const struct chunk *chunk,
                                    ck_sums *sums) {
#define CK_CASE(W) \
  case W: multiply_unpacked(shape, p, W, tile, chunk, sums); break;
  switch (width) { CK_CASE(1) CK_CASE(2) CK_CASE(3) CK_CASE(4) }
#undef CK_CASE
}

/// Unpacks blocks first..<first + count of a panel.
CK_INLINE void unpack_chunk(struct ck_shape shape, const struct ck_panel *panel, size_t first,
                            size_t count, struct chunk *chunk) {
  const size_t segments = (size_t)ck_segments(shape.scales);
  for (size_t b = 0; b < count; b++) {
    const struct block_scales all = load_block_scales(shape, panel, first + b);
    for (int half = 0; half < HALVES; half++) {
      const int row = half * HALF_ROWS;
      __m256i codes[GROUPS];
      unpack_codes(shape.codes, panel, first + b, half, codes);
      if (splits_signs(shape)) {
        store_split((int)segments, codes, half, b, chunk);
      } else {
#pragma clang loop unroll(full)
        for (int g = 0; g < GROUPS; g++) {
          _mm256_store_si256((__m256i *)(chunk->codes[b] + 64 * g + 32 * half), codes[g]);
        }
      }
#pragma clang loop unroll(full)
      for (size_t s = 0; s < segments; s++) {
        _mm256_store_ps(chunk->scales[b * segments + s] + row, all.scales[s][half]);
        if (!shape.minimum) continue;
        _mm256_store_ps(chunk->minimums[b * segments + s] + row, all.minimums[s][half]);
      }
    }
  }
}

#include "../plain_chunk_functions.h"

#include "../panel_loops.h"

/// Quantizes 16 activations and returns the sum of their codes.
CK_INLINE int32_t quantize_half(const float *x, float inverse, int8_t *codes) {
  const __m256 factor = _mm256_set1_ps(inverse);
  const __m256i low = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x), factor));
  const __m256i high = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + 8), factor));
  // The packs work on 128-bit halves; the shuffle puts the 4-byte groups back in order.
  const __m256i words = _mm256_packs_epi32(low, high);
  const __m128i bytes =
      _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  _mm_storeu_si128((__m128i *)codes, _mm_shuffle_epi32(bytes, 0xD8));
  const __m256i sums = _mm256_add_epi32(low, high);
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

#include "../plain_sums.h"

#include "../quantize_loops.h"
