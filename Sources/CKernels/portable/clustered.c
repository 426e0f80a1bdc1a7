// Weights in clusters in plain C.
#include "../clustered/clustered.h"
#include "../clustered/tables.h"

#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)

/// Code `k` of row `row` in a word of a panel.
static int load_code(unsigned bits, const uint8_t *word, size_t k, size_t row) {
  const size_t step = k / 4, byte = 4 * row + k % 4;
  if (bits == 4) return word[64 * (step / 2) + byte] >> 4 * (step % 2) & 15;
  if (bits != 3) return word[64 * step + byte];
  const int high = word[64 + byte % 32] >> 4 * (row / 8) >> step & 1;
  return (word[byte] >> 2 * step & 3) | high << 2;
}

CK_INLINE void unpack_word(unsigned bits, const uint8_t *word, uint8_t *out) {
  for (size_t i = 0; i < 16 * CK_PANEL_ROWS; i++) {
    const size_t row = i / 4 % CK_PANEL_ROWS, k = i / (4 * CK_PANEL_ROWS) * 4 + i % 4;
    out[i] = (uint8_t)load_code(bits, word, k, row);
  }
}

/// The sum of the products of a segment of a row and a token.
CK_INLINE int32_t segment_sum(unsigned bits, size_t width, const uint8_t *codes,
                              const uint8_t *activations, size_t words, size_t row) {
  int32_t sum = 0;
  for (size_t w = 0; w < words; w++) {
    // Left to its vectorizer at -O2, Clang 21 multiplies 3-bit codes wrongly on aarch64.
#pragma clang loop unroll(full)
    for (size_t k = 0; k < CK_CLUSTER_WORD; k++) {
      const int8_t a = (int8_t)activations[w * width * GROUP_BYTES + k];
      sum += load_code(bits, codes + w * cluster_word_bytes(bits), k, row) * a;
    }
  }
  return sum;
}

/// Adds a segment of a panel times `width` tokens.
CK_INLINE void add_segment(unsigned bits, size_t width, const struct cluster_tile *tile, size_t p,
                           size_t s, size_t word) {
  const uint8_t *codes = tile->codes[p] + word * cluster_word_bytes(bits);
  const uint8_t *activations = tile->activations + word * width * GROUP_BYTES;
  for (size_t t = 0; t < width; t++) {
    for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
      const int32_t zero = tile->zeros[p][CLUSTER_ZERO_BYTES * s + row % 8] >> 4 * (row / 8) & 15;
      const int32_t sum = segment_sum(bits, width, codes, activations + t * GROUP_BYTES,
                                      tile->words[s], row) +
                          zero * tile->sums[t * tile->all_segments + s];
      float scale;
      memcpy(&scale, tile->scales[p] + 4 * (CK_PANEL_ROWS * s + row), sizeof scale);
      tile->out[t][p * CK_PANEL_ROWS + row] += scale * (float)sum;
    }
  }
}

CK_INLINE void multiply_clusters(unsigned bits, size_t width, const struct cluster_tile *tile) {
  size_t word = 0;
  for (size_t s = 0; s < tile->segments; s++) {
    for (size_t p = 0; p < ROW_PANELS; p++) add_segment(bits, width, tile, p, s, word);
    word += tile->words[s];
  }
}

#include "../clustered/cluster_loops.h"
#include "../clustered/quantize_loops.h"

#if defined(__aarch64__)
// Two panels of four registers each leave room for three tokens.
#define CK_FLOAT_TILE 3
#define CK_FLOAT_WIDTHS(X) X(1) X(2) X(3)
#define CK_MULTIPLY_ADD __builtin_elementwise_fma
#else
#define CK_FLOAT_TILE 1
#define CK_FLOAT_WIDTHS(X) X(1)
#define CK_MULTIPLY_ADD(A, B, C) ((A) * (B) + (C))
#endif
#include "../clustered/float_loops.h"

const struct ck_cluster_kernel ck_clusters_portable = {
    "portable", 0, CK_TILE,
    quantize_clustered, multiply_clustered, CK_FLOAT_TILE, multiply_clustered_floats};
