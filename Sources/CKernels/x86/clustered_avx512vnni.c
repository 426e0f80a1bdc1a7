// Weights in clusters with AVX-512 and VNNI: 24 sums of a pair of panels and 12 tokens; what closes a
// segment stands token by token between the products of the next, where nothing waits for it.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../clustered/clustered.h"
#include "../clustered/tables.h"

#define CK_TILE 12
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)

#pragma clang attribute push(                                                        \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), \
    apply_to = function)

/// Step `step` of a word of codes.
CK_INLINE __m512i load_step(unsigned bits, const uint8_t *word, int step) {
  if (bits == 4) {
    const __m512i pair = _mm512_loadu_si512(word + 64 * (step / 2));
    return _mm512_and_si512(step % 2 ? _mm512_srli_epi16(pair, 4) : pair, _mm512_set1_epi8(15));
  }
  if (bits != 3) return _mm512_load_si512(word + 64 * step);
  const __m512i four = _mm512_loadu_si512(word);
  const __m512i low =
      _mm512_and_si512(_mm512_srli_epi16(four, (unsigned)(2 * step)), _mm512_set1_epi8(3));
  const __m256i third = _mm256_loadu_si256((const __m256i *)(word + 64));
  const __m512i rows = _mm512_inserti64x4(_mm512_castsi256_si512(third),
                                          _mm256_srli_epi16(third, 4), 1);
  const __m512i high = step < 2 ? _mm512_slli_epi16(rows, (unsigned)(2 - step))
                                : _mm512_srli_epi16(rows, (unsigned)(step - 2));
  return _mm512_or_si512(low, _mm512_and_si512(high, _mm512_set1_epi8(4)));
}

CK_INLINE void unpack_word(unsigned bits, const uint8_t *word, uint8_t *out) {
#pragma clang loop unroll(full)
  for (int step = 0; step < 4; step++) {
    _mm512_store_si512(out + 64 * step, load_step(bits, word, step));
  }
}

/// The zeros of 16 rows as pairs of int16, zero and 256 * zero: what a split sum is multiplied with.
CK_INLINE __m512i load_zeros(const uint8_t *zeros) {
  const __m128i nibbles = _mm_loadl_epi64((const __m128i *)zeros);
  const __m128i low = _mm_and_si128(nibbles, _mm_set1_epi8(15));
  const __m128i high = _mm_and_si128(_mm_srli_epi16(nibbles, 4), _mm_set1_epi8(15));
  const __m512i rows = _mm512_cvtepu8_epi32(_mm_unpacklo_epi64(low, high));
  return _mm512_or_si512(rows, _mm512_slli_epi32(rows, 24));
}

/// Minus the sums of codes, split: a sum of some thousand codes does not fit the 16 bits that VPDPWSSD
/// takes, but sum = low + 256 * high does, with low below 256. VPMULLD takes four times as long on Intel's
/// cores.
struct split_sums {
  int32_t pairs[CK_TILE][CK_CLUSTER_CHUNK];
};

CK_INLINE void split_sums(int width, const struct cluster_tile *tile, struct split_sums *split) {
  for (int t = 0; t < width; t++) {
    const int32_t *sums = tile->sums + (size_t)t * tile->all_segments;
    for (size_t s = 0; s < tile->segments; s++) {
      split->pairs[t][s] = (sums[s] & 255) | (int32_t)((uint32_t)(sums[s] >> 8) << 16);
    }
  }
}

/// What a segment that is done ends with, and what the next starts from.
struct boundary {
  __m512 scales[ROW_PANELS];
  __m512i zeros[ROW_PANELS];
  const int32_t *pairs;
};

CK_INLINE struct boundary boundary_at(const struct cluster_tile *tile,
                                      const struct split_sums *split, size_t closed, size_t next) {
  struct boundary b = {.pairs = split->pairs[0] + next};
  for (int p = 0; p < ROW_PANELS; p++) {
    b.scales[p] = _mm512_load_ps(tile->scales[p] + closed * 4 * CK_PANEL_ROWS);
    b.zeros[p] = load_zeros(tile->zeros[p] + next * CLUSTER_ZERO_BYTES);
  }
  return b;
}

CK_INLINE void close_sum(const struct boundary *b, const struct cluster_tile *tile, __m512i sum,
                         int t, int p) {
  float *place = tile->out[t] + 16 * p;
  const __m512 scaled = _mm512_mul_ps(b->scales[p], _mm512_cvtepi32_ps(sum));
  _mm512_store_ps(place, _mm512_add_ps(_mm512_load_ps(place), scaled));
}

/// Adds step `step` of a word; `starts` a segment, after closing the one before where there is one.
CK_INLINE void multiply_step(unsigned bits, int width, bool starts, bool closes,
                             const struct boundary *b, const struct cluster_tile *tile,
                             const uint8_t *const codes[ROW_PANELS], const uint8_t *activations,
                             int step, __m512i sums[CK_TILE][ROW_PANELS]) {
  __m512i w[ROW_PANELS];
  for (int p = 0; p < ROW_PANELS; p++) w[p] = load_step(bits, codes[p], step);
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    const __m512i a = _mm512_set1_epi32(ck_load32(activations + GROUP_BYTES * t + 4 * step));
    for (int p = 0; p < ROW_PANELS; p++) {
      if (closes) close_sum(b, tile, sums[t][p], t, p);
      if (starts) {
        const __m512i pair = _mm512_set1_epi32(b->pairs[t * CK_CLUSTER_CHUNK]);
        sums[t][p] = _mm512_dpwssd_epi32(_mm512_setzero_si512(), b->zeros[p], pair);
      }
      sums[t][p] = _mm512_dpbusd_epi32(sums[t][p], w[p], a);
      // Pins the order: left alone, the compiler loads all broadcasts first and spills them.
      __asm__ volatile("" : "+v"(sums[t][p])::"memory");
    }
  }
}

/// How far ahead of their use packed codes are prefetched, in bytes.
enum { CODES_AHEAD = 4096 };

/// Where the next word is, and for packed codes where those are that are read CODES_AHEAD later.
struct word_place {
  const uint8_t *codes[ROW_PANELS], *ahead[ROW_PANELS], *activations;
};

/// Adds a word, and prefetches what is ahead of packed codes.
CK_INLINE void multiply_word(unsigned bits, int width, bool starts, bool closes,
                             const struct boundary *b, const struct cluster_tile *tile,
                             struct word_place *place, __m512i sums[CK_TILE][ROW_PANELS]) {
  const size_t each = cluster_word_bytes(bits);
  for (int p = 0; p < ROW_PANELS && bits != UNPACKED_BITS; p++) {
    for (size_t line = 0; line < each; line += 64) {
      __builtin_prefetch(place->ahead[p] + line, 0, 3);
    }
    place->ahead[p] += each;
  }
#pragma clang loop unroll(full)
  for (int step = 0; step < 4; step++) {
    multiply_step(bits, width, starts && step == 0, closes && step == 0, b, tile, place->codes,
                  place->activations, step, sums);
  }
  for (int p = 0; p < ROW_PANELS; p++) place->codes[p] += each;
  place->activations += GROUP_BYTES * width;
}

/// Goes over to the next panels where what is ahead lies beyond the codes of these, and prefetches the
/// scales of a segment that is as far ahead.
CK_INLINE void look_ahead(unsigned bits, const struct cluster_tile *tile, size_t s,
                          struct word_place *place) {
  enum { SCALES_AHEAD = 8 };
  for (int p = 0; p < ROW_PANELS && bits != UNPACKED_BITS; p++) {
    const size_t beyond = (size_t)(place->ahead[p] - tile->codes[p]);
    if (beyond >= tile->bytes && beyond < tile->bytes + CODES_AHEAD) {
      place->ahead[p] = tile->next[p] + (beyond - tile->bytes);
    }
    __builtin_prefetch(tile->scales[p] + 4 * CK_PANEL_ROWS * (s + SCALES_AHEAD), 0, 3);
  }
}

CK_INLINE void multiply_segment(unsigned bits, int width, bool closes,
                                const struct cluster_tile *tile, const struct split_sums *split,
                                size_t s, struct word_place *place,
                                __m512i sums[CK_TILE][ROW_PANELS]) {
  const struct boundary b = boundary_at(tile, split, s - closes, s);
  look_ahead(bits, tile, s, place);
  multiply_word(bits, width, true, closes, &b, tile, place, sums);
  for (size_t w = 1; w < tile->words[s]; w++) {
    multiply_word(bits, width, false, false, &b, tile, place, sums);
  }
}

CK_INLINE void multiply_clusters(unsigned bits, int width, const struct cluster_tile *tile) {
  struct word_place place = {.codes = {tile->codes[0], tile->codes[1]},
                             .activations = tile->activations};
  for (int p = 0; p < ROW_PANELS && bits != UNPACKED_BITS; p++) {
    place.ahead[p] = tile->codes[p] + CODES_AHEAD;
  }
  struct split_sums split;
  split_sums(width, tile, &split);
  __m512i sums[CK_TILE][ROW_PANELS];
  multiply_segment(bits, width, false, tile, &split, 0, &place, sums);
  for (size_t s = 1; s < tile->segments; s++) {
    multiply_segment(bits, width, true, tile, &split, s, &place, sums);
  }
  const struct boundary b = boundary_at(tile, &split, tile->segments - 1, 0);
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    for (int p = 0; p < ROW_PANELS; p++) close_sum(&b, tile, sums[t][p], t, p);
  }
}

#include "../clustered/cluster_loops.h"

#define CK_GATHER(X, CHANNELS, NUMBERS) \
  (*(NUMBERS) = (word_floats)_mm512_i32gather_ps((__m512i)*(CHANNELS), X, 4))
#include "../clustered/quantize_loops.h"

// 24 of 32 registers hold sums of two panels.
#define CK_FLOAT_TILE 12
#define CK_FLOAT_WIDTHS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define CK_MULTIPLY_ADD __builtin_elementwise_fma

/// The permutation looks at 4 bits of each index only.
CK_INLINE __m512 low_nibbles(__m512i x) {
  return _mm512_permutexvar_ps(
      x, _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}
#define CK_LOW_NIBBLES(X) ((row_floats)low_nibbles((__m512i)(X)))
#include "../clustered/float_loops.h"

const struct ck_cluster_kernel ck_clusters_avx512vnni = {
    "avx512vnni", CK_ISA_AVX512VNNI, CK_TILE,
    quantize_clustered, multiply_clustered, CK_FLOAT_TILE, multiply_clustered_floats};

#pragma clang attribute pop
#endif
