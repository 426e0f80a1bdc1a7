// What a transformer computes beside its matrices: attention over a cache of keys and values, norms,
// rotary positions, non-linearities.
//
// A cache belongs to one head of keys and values of one layer and sequence. Keys are stored in
// panels of 16 tokens, so that one vector holds the same dimension of 16 keys and scores need no
// sums across lanes; values are stored token after token:
//
//     keys    f32, f16: [dimension][16 keys].
//             8 bits, per block of dimensions: 16 x f16 scales, then [dimension][16 keys] codes.
//             4 bits, per block of 32: 16 x f16 scales, then 16 x 16 bytes; byte j of a key has
//             dimension j in its low and j + 16 in its high bits, each code + 8.
//     values  f32, f16: [dimension].
//             8 bits, per block: f16 scale, codes. 4 bits, per block of 32: as ggml's q4_0.
//
// Clusters (RPTQ) have static grids, value = scale * (code - zero), which belong to the head and not to
// a token; what is stored is 4 or 3 bits a number. Codes lie in tiles of 32 rows times 16 lanes, 32 bits of
// each lane after the other: keys as [32 dimensions][16 keys], values of 32 tokens as
// [16 dimensions]: [32 tokens][16 dimensions].
//
//     4 bits  row r: bits 4 (r % 8) on of word r / 8.
//     3 bits  rows r below 30: bits 3 (r % 10) on of word r / 10; 30 and 31: bits 30 and 31 of words 0 and 1,
//             and their third bits, bits 30 and 31 of word 2.
//
// A query's result has the same bits whatever the number of queries beside it, the chunks in which a
// prompt is read, and the threads.
#ifndef CKERNELS_TRANSFORMER_H
#define CKERNELS_TRANSFORMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How numbers of a cache are stored.
enum ck_cache_kind {
  CK_CACHE_F32,
  CK_CACHE_F16,
  CK_CACHE_8_BITS,
  CK_CACHE_4_BITS,
  CK_CACHE_CLUSTERS_4,
  CK_CACHE_CLUSTERS_3,
};

enum {
  /// Keys of a panel.
  CK_CACHE_PANEL = 16,
  /// Keys whose sums are made together; a partial result covers whole chunks.
  CK_ATTENTION_CHUNK = 512,
  /// The most queries of one call.
  CK_ATTENTION_QUERIES = 32,
  /// Rows of a tile of codes of clusters.
  CK_CACHE_TILE = 32,
};

/// The vectors of one head of keys or values.
struct ck_cache_format {
  enum ck_cache_kind kind;
  /// Numbers of a vector, a multiple of 16; of 32 for 4 bits and clusters.
  size_t width;
  /// Numbers that share a scale; divides `width`.
  size_t block;
  /// For clusters: the grid of each number, codes from 0 on; else NULL.
  const float *scales, *zeros;
};

/// Bytes of a panel of 16 keys.
static inline size_t ck_key_panel_bytes(struct ck_cache_format format) {
  const size_t numbers = CK_CACHE_PANEL * format.width;
  const size_t scales = 2 * CK_CACHE_PANEL;
  switch (format.kind) {
  case CK_CACHE_F32: return 4 * numbers;
  case CK_CACHE_F16: return 2 * numbers;
  case CK_CACHE_8_BITS: return numbers + format.width / format.block * scales;
  case CK_CACHE_4_BITS: return numbers / 2 + format.width / 32 * scales;
  case CK_CACHE_CLUSTERS_4: return numbers / 2;
  case CK_CACHE_CLUSTERS_3: return numbers / 8 * 3;
  }
  return 0;
}

/// Bytes of the values of one token; those of clusters are not apart.
static inline size_t ck_value_bytes(struct ck_cache_format format) {
  return ck_key_panel_bytes(format) / CK_CACHE_PANEL;
}

/// A pass of up to CK_ATTENTION_QUERIES queries over some keys of one head.
///
/// Query r belongs to token r / group and to head r % group of those that share the keys.
struct ck_attention_args {
  const uint8_t *keys, *values;
  struct ck_cache_format key_format, value_format;
  /// Query r starts at queries[r / group * token_stride + r % group * key width].
  /// For clusters they are what fold_query made of them.
  const float *queries;
  /// For clusters: what fold_query gave, offsets[r / group * token_stride / key width + r % group].
  const float *offsets;
  size_t token_stride, group;
  size_t first_query, end_query;
  /// Keys before the token of query 0: that token sees keys 0...position.
  size_t position;
  /// A query sees at most this many keys, its own the last.
  size_t window;
  /// The keys to visit: [first_key, end_key), first_key a multiple of the chunk.
  size_t first_key, end_key;
  /// What products are multiplied with, and the bound `cap * tanh(score / cap)`; 0 for none.
  float scale, cap;
  /// For each query from first_query on: maximum, sum, and the weighted sum of the values.
  float *partial;
};

/// The joining of partial results: those of chunk c start at partials + c * chunk_stride.
struct ck_attention_merge_args {
  const float *partials;
  size_t chunks, chunk_stride, width;
  size_t token_stride, group;
  size_t first_query, end_query;
  /// Query r's result is out[r / group * token_stride + r % group * width].
  float *out;
};

/// What follows the first matrix of a feed-forward network.
enum ck_nonlinearity { CK_SILU, CK_GELU, CK_RELU };

/// The functions of one instruction set. Rows follow each other without gaps.
struct ck_transformer {
  const char *isa;
  uint32_t required;
  void (*attend)(const struct ck_attention_args *args);
  void (*merge)(const struct ck_attention_merge_args *args);
  /// For keys of clusters: puts a query in units of codes, and sets what is taken off its scores.
  void (*fold_query)(struct ck_cache_format format, const float *query, float *folded,
                     float *offset);
  /// Stores the vector of the key at `position` of a head's cache. Those of clusters are clipped by their
  /// grids, which have no code for what is no number.
  void (*store_key)(struct ck_cache_format format, const float *vector, size_t position,
                    uint8_t *keys);
  /// Stores the vector of the value at `position` of a head's cache. Values of clusters share words
  /// with others of the same 32 tokens, which no other thread may store at the same time.
  void (*store_value)(struct ck_cache_format format, const float *vector, size_t position,
                      uint8_t *values);
  /// out = x / sqrt(mean(x^2) + epsilon) * gain; `gain` may be NULL.
  void (*rms_norm)(const float *x, const float *gain, size_t rows, size_t width, float epsilon,
                   float *out);
  /// out = (x - mean) / sqrt(variance + epsilon) * gain + bias; both may be NULL.
  void (*layer_norm)(const float *x, const float *gain, const float *bias, size_t rows,
                     size_t width, float epsilon, float *out);
  /// Turns pairs of numbers of each head: `pairs` of the `width` numbers are at i and i + pairs, or
  /// at 2i and 2i + 1 where `interleaved`; (cosine, sine) of pair i at turns[2i].
  void (*rotate)(float *x, size_t heads, size_t width, size_t pairs, bool interleaved,
                 const float *turns);
  /// x = f(x), or x = f(gate) * x where there is a gate.
  void (*activate)(enum ck_nonlinearity function, const float *gate, float *x, size_t count);
  /// sum += x * scale.
  void (*add)(const float *x, float scale, float *sum, size_t count);
  /// For each block of 32 numbers the sum of what remains of them when they are rounded to 8 bits
  /// with a scale of their own: scale * sum(codes).
  void (*rounded_sums)(const float *x, size_t blocks, float *sums);
  /// The index of the largest number, the first of equals; 0 where all are NaN.
  size_t (*largest)(const float *x, size_t count);
};

/// Row `index` of the table, or NULL after the last; the last that can run is the best.
const struct ck_transformer *ck_transformer_at(size_t index);

#endif
