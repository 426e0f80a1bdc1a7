// Attention without a matrix of scores: blocks of 32 keys pass once, with a running maximum, sum and
// weighted sum of values for each query (Milakov and Gimelshein 2018; Dao et al. 2022).
//
// Included once a file, after CK_FMA, load_halves, store_half, CK_QUERIES (queries that share a
// register tile) and CK_VECTORS (vectors of a tile).

enum { CK_KEYS = CK_CACHE_TILE };

#include "code_tiles.h"

#include "code_loops.h"

/// The scale of each of the 16 keys of a panel in one block of dimensions.
CK_INLINE wide key_scales(enum ck_cache_kind kind, const uint8_t *block) {
  return kind == CK_CACHE_F32 || kind == CK_CACHE_F16 ? broadcast(1) : load_halves(block);
}

/// Dimension `d` of a block of a panel: 16 keys.
CK_INLINE wide key_lanes(enum ck_cache_kind kind, const uint8_t *block, size_t d) {
  switch (kind) {
  case CK_CACHE_F32: return load_wide((const float *)(const void *)(block + 4 * CK_LANES * d));
  case CK_CACHE_F16: return load_halves(block + 2 * CK_LANES * d);
  case CK_CACHE_8_BITS: return load_codes(block + 2 * CK_LANES + CK_LANES * d);
  case CK_CACHE_4_BITS:
    return load_nibbles(block + 2 * CK_LANES + CK_LANES * (d % 16), d >= 16);
  case CK_CACHE_CLUSTERS_4:
  case CK_CACHE_CLUSTERS_3: break;
  }
  return broadcast(0);
}

/// Bytes of a block of `block` dimensions of a panel.
CK_INLINE size_t key_block_bytes(enum ck_cache_kind kind, size_t block) {
  switch (kind) {
  case CK_CACHE_F32: return 4 * CK_LANES * block;
  case CK_CACHE_F16: return 2 * CK_LANES * block;
  case CK_CACHE_8_BITS: return CK_LANES * (block + 2);
  case CK_CACHE_4_BITS: return CK_LANES * (block / 2 + 2);
  case CK_CACHE_CLUSTERS_4:
  case CK_CACHE_CLUSTERS_3: break;
  }
  return 0;
}

/// Scores of `queries` queries with the keys of CK_VECTORS panels, stored in rows of CK_KEYS.
CK_INLINE void score_tile(enum ck_cache_kind kind, struct ck_cache_format format, int queries,
                          const float *const *query, const uint8_t *panels, float *scores) {
  const size_t block = kind == CK_CACHE_F32 || kind == CK_CACHE_F16 ? format.width : format.block;
  const size_t panel_bytes = ck_key_panel_bytes(format);
  wide sums[CK_QUERIES][CK_VECTORS];
  for (int q = 0; q < queries; q++) {
    for (int v = 0; v < CK_VECTORS; v++) sums[q][v] = broadcast(0);
  }
  for (size_t first = 0; first < format.width; first += block) {
    const uint8_t *place = panels + first / block * key_block_bytes(kind, block);
    wide parts[CK_QUERIES][CK_VECTORS];
    for (int q = 0; q < queries; q++) {
      for (int v = 0; v < CK_VECTORS; v++) parts[q][v] = broadcast(0);
    }
    for (size_t d = 0; d < block; d++) {
      wide keys[CK_VECTORS];
      for (int v = 0; v < CK_VECTORS; v++) {
        keys[v] = key_lanes(kind, place + (size_t)v * panel_bytes, d);
      }
      for (int q = 0; q < queries; q++) {
        const wide number = broadcast(query[q][first + d]);
        for (int v = 0; v < CK_VECTORS; v++) parts[q][v] = CK_FMA(number, keys[v], parts[q][v]);
      }
    }
    for (int v = 0; v < CK_VECTORS; v++) {
      const wide scales = key_scales(kind, place + (size_t)v * panel_bytes);
      for (int q = 0; q < queries; q++) sums[q][v] = CK_FMA(parts[q][v], scales, sums[q][v]);
    }
  }
  for (int q = 0; q < queries; q++) {
    for (int v = 0; v < CK_VECTORS; v++) {
      store_wide(scores + q * CK_KEYS + v * CK_LANES, sums[q][v]);
    }
  }
}

/// Dimensions [16 i, 16 i + 16) of a value.
CK_INLINE wide value_lanes(enum ck_cache_kind kind, size_t block, const uint8_t *value, size_t i) {
  switch (kind) {
  case CK_CACHE_F32: return load_wide((const float *)(const void *)(value + 4 * CK_LANES * i));
  case CK_CACHE_F16: return load_halves(value + 2 * CK_LANES * i);
  case CK_CACHE_8_BITS: {
    const size_t first = CK_LANES * i, at = first / block * (block + 2);
    return load_codes(value + at + 2 + first % block) * broadcast(load_half(value + at));
  }
  case CK_CACHE_4_BITS: {
    const uint8_t *place = value + i / 2 * 18;
    return load_nibbles(place + 2, i % 2) * broadcast(load_half(place));
  }
  case CK_CACHE_CLUSTERS_4:
  case CK_CACHE_CLUSTERS_3: break;
  }
  return broadcast(0);
}

/// acc = acc * factor + sum over `keys` of weight * value, for dimensions from 16 * first on.
CK_INLINE void weigh_tile(enum ck_cache_kind kind, struct ck_cache_format format, int queries,
                          int vectors, const float *weights, const float *factors,
                          const uint8_t *values, size_t keys, size_t first, float *sums,
                          size_t stride) {
  const size_t bytes = ck_value_bytes(format);
  wide acc[CK_QUERIES][CK_VECTORS];
  for (int q = 0; q < queries; q++) {
    for (int v = 0; v < vectors; v++) {
      acc[q][v] = load_wide(sums + (size_t)q * stride + (first + (size_t)v) * CK_LANES) *
                  broadcast(factors[q]);
    }
  }
  for (size_t key = 0; key < keys; key++) {
    wide lanes[CK_VECTORS];
    for (int v = 0; v < vectors; v++) {
      lanes[v] = value_lanes(kind, format.block, values + key * bytes, first + (size_t)v);
    }
    for (int q = 0; q < queries; q++) {
      const wide weight = broadcast(weights[(size_t)q * CK_KEYS + key]);
      for (int v = 0; v < vectors; v++) acc[q][v] = CK_FMA(weight, lanes[v], acc[q][v]);
    }
  }
  for (int q = 0; q < queries; q++) {
    for (int v = 0; v < vectors; v++) {
      store_wide(sums + (size_t)q * stride + (first + (size_t)v) * CK_LANES, acc[q][v]);
    }
  }
}

/// Turns the scores of one query into weights; `seen` keys from the first are visible, those before
/// `hidden` are not. Returns what earlier sums are multiplied with.
CK_INLINE float weigh_scores(const struct ck_attention_args *args, float *scores, size_t hidden,
                             size_t seen, float *state) {
  wide kept[CK_KEYS / CK_LANES];
  wide most = broadcast(-INFINITY);
  for (int v = 0; v < CK_KEYS / CK_LANES; v++) {
    wide score = load_wide(scores + v * CK_LANES) * args->scale;
    if (args->cap > 0) score = tangent(score / args->cap) * args->cap;
    wide_int key;
    for (int lane = 0; lane < CK_LANES; lane++) key[lane] = v * CK_LANES + lane;
    const wide_int visible = (key < (int32_t)seen) & (key >= (int32_t)hidden);
    kept[v] = choose(visible, score, broadcast(-INFINITY));
    most = larger(kept[v], most);
  }
  const float before = state[0], highest = fmaxf(before, largest_of(most));
  if (highest == -INFINITY) {
    memset(scores, 0, CK_KEYS * sizeof *scores);
    return 1;
  }
  wide sum = broadcast(0);
  for (int v = 0; v < CK_KEYS / CK_LANES; v++) {
    const wide weight = exponential(kept[v] - highest);
    store_wide(scores + v * CK_LANES, weight);
    sum += weight;
  }
  const float factor = before == highest ? 1 : exponential(broadcast(before - highest))[0];
  state[0] = highest;
  state[1] = state[1] * factor + sum_of(sum);
  return factor;
}

/// The range of keys [hidden, seen) of a block from `first` on that a query sees.
CK_INLINE void visible_keys(const struct ck_attention_args *args, size_t query, size_t first,
                            size_t end, size_t *hidden, size_t *seen) {
  const size_t last = args->position + query / args->group;
  const size_t after = last + 1 < end ? last + 1 : end;
  const size_t oldest = last + 1 > args->window ? last + 1 - args->window : 0;
  *seen = after > first ? after - first : 0;
  *hidden = oldest > first ? oldest - first : 0;
  if (*seen > CK_KEYS) *seen = CK_KEYS;
  if (*hidden > CK_KEYS) *hidden = CK_KEYS;
}

/// Scores of `queries` queries from `query` on with the block of keys from `first` on.
CK_INLINE void score_block(enum ck_cache_kind keys, int queries,
                           const struct ck_attention_args *args, size_t query, size_t first,
                           float *scores) {
  const float *pointers[CK_QUERIES];
  float offsets[CK_QUERIES];
  for (int q = 0; q < queries; q++) {
    const size_t row = query + (size_t)q, token = row / args->group, head = row % args->group;
    const size_t width = args->key_format.width;
    pointers[q] = args->queries + token * args->token_stride + head * width;
    if (is_clustered(keys)) {
      offsets[q] = args->offsets[token * (args->token_stride / width) + head];
    }
  }
  const size_t panel = ck_key_panel_bytes(args->key_format);
  const uint8_t *panels = args->keys + first / CK_LANES * panel;
  const int vectors = is_clustered(keys) && queries <= 2 ? FEW_VECTORS : CK_VECTORS;
  for (int v = 0; v < CK_KEYS / CK_LANES; v += vectors) {
    const uint8_t *place = panels + (size_t)v * panel;
    if (is_clustered(keys)) {
      score_codes(keys, args->key_format, queries, vectors, pointers, offsets, place,
                  scores + v * CK_LANES);
    } else {
      score_tile(keys, args->key_format, queries, pointers, place, scores + v * CK_LANES);
    }
  }
}

/// `queries` queries and one block of keys.
CK_INLINE void attend_block(enum ck_cache_kind keys, enum ck_cache_kind values, int queries,
                            const struct ck_attention_args *args, size_t query, size_t first) {
  const size_t width = args->value_format.width, stride = width + 2;
  const size_t end = first + CK_KEYS < args->end_key ? first + CK_KEYS : args->end_key;
  float scores[CK_QUERIES * CK_KEYS], factors[CK_QUERIES];
  float *state = args->partial + (query - args->first_query) * stride;
  score_block(keys, queries, args, query, first, scores);
  size_t most = 0;
  for (int q = 0; q < queries; q++) {
    size_t hidden, seen;
    visible_keys(args, query + (size_t)q, first, end, &hidden, &seen);
    if (seen > most) most = seen;
    factors[q] = weigh_scores(args, scores + q * CK_KEYS, hidden, seen, state + (size_t)q * stride);
  }
  const uint8_t *value = args->values + first * ck_value_bytes(args->value_format);
  if (is_clustered(values)) {
    weigh_all_codes(values, width, queries, scores, factors, value, state + 2, stride);
    return;
  }
  size_t at = 0;
  for (; at + CK_VECTORS <= width / CK_LANES; at += CK_VECTORS) {
    weigh_tile(values, args->value_format, queries, CK_VECTORS, scores, factors, value, most, at,
               state + 2, stride);
  }
  for (; at < width / CK_LANES; at++) {
    weigh_tile(values, args->value_format, queries, 1, scores, factors, value, most, at,
               state + 2, stride);
  }
}

/// All blocks of a call; keys outside, so that a block stays in the cache for all queries.
CK_INLINE void attend_kinds(enum ck_cache_kind keys, enum ck_cache_kind values,
                            const struct ck_attention_args *args) {
  const size_t stride = args->value_format.width + 2;
  for (size_t row = 0; row < args->end_query - args->first_query; row++) {
    memset(args->partial + row * stride, 0, stride * sizeof(float));
    args->partial[row * stride] = -INFINITY;
  }
  // The oldest key that the first query still sees.
  const size_t last = args->position + args->first_query / args->group;
  const size_t oldest = last + 1 > args->window ? last + 1 - args->window : 0;
  size_t first = args->first_key;
  if (oldest > first) first = oldest / CK_KEYS * CK_KEYS;
  for (; first < args->end_key; first += CK_KEYS) {
    size_t query = args->first_query;
    for (; query + CK_QUERIES <= args->end_query; query += CK_QUERIES) {
      attend_block(keys, values, CK_QUERIES, args, query, first);
    }
    switch (args->end_query - query) {
#define CK_REST(COUNT)                                                                    \
  case COUNT:                                                                             \
    if (COUNT < CK_QUERIES) attend_block(keys, values, COUNT, args, query, first); \
    break;
      CK_REST(1) CK_REST(2) CK_REST(3) CK_REST(4) CK_REST(5) CK_REST(6) CK_REST(7)
#undef CK_REST
    }
  }
  for (size_t row = 0; is_clustered(values) && row < args->end_query - args->first_query; row++) {
    finish_sums(args->value_format, args->partial + row * stride);
  }
}

#define CK_KINDS(X)                                                                           \
  X(CK_CACHE_F32, CK_CACHE_F32) X(CK_CACHE_F16, CK_CACHE_F16)                                 \
  X(CK_CACHE_8_BITS, CK_CACHE_8_BITS) X(CK_CACHE_4_BITS, CK_CACHE_4_BITS)                     \
  X(CK_CACHE_CLUSTERS_4, CK_CACHE_CLUSTERS_4) X(CK_CACHE_CLUSTERS_3, CK_CACHE_CLUSTERS_3)
#define CK_DEFINE_KIND(KEYS, VALUES)                                             \
  __attribute__((noinline)) static void attend_##KEYS(                           \
      const struct ck_attention_args *args) {                                    \
    attend_kinds(KEYS, VALUES, args);                                            \
  }
CK_KINDS(CK_DEFINE_KIND)

/// Keys and values are stored alike.
static void attend(const struct ck_attention_args *args) {
  switch (args->key_format.kind) {
#define CK_CASE_KIND(KEYS, VALUES) \
  case KEYS: attend_##KEYS(args); break;
    CK_KINDS(CK_CASE_KIND)
#undef CK_CASE_KIND
  }
}

static void merge(const struct ck_attention_merge_args *args) {
  const size_t stride = args->width + 2;
  for (size_t query = args->first_query; query < args->end_query; query++) {
    const float *partial = args->partials + (query - args->first_query) * stride;
    float *out = args->out + query / args->group * args->token_stride +
                 query % args->group * args->width;
    float highest = -INFINITY, sum = 0;
    for (size_t i = 0; i < args->width; i++) out[i] = 0;
    for (size_t chunk = 0; chunk < args->chunks; chunk++, partial += args->chunk_stride) {
      if (partial[0] == -INFINITY) continue;
      const float next = fmaxf(highest, partial[0]);
      const float kept = exponential(broadcast(highest - next))[0];
      const float added = exponential(broadcast(partial[0] - next))[0];
      sum = sum * kept + partial[1] * added;
      for (size_t i = 0; i < args->width; i += CK_LANES) {
        const wide before = load_wide(out + i) * kept;
        store_wide(out + i, CK_FMA(load_wide(partial + 2 + i), broadcast(added), before));
      }
      highest = next;
    }
    const float share = sum > 0 ? 1 / sum : 0;
    for (size_t i = 0; i < args->width; i++) out[i] *= share;
  }
}
