// Scores and weighted sums over caches of clusters. Included once a file, after code_tiles.h and CK_FMA,
// CK_QUERIES, CK_VECTORS.
//
// Few queries take more vectors at a time, because one would wait for the latency of its additions; every lane
// is the same chain of additions all the same.

/// Vectors that at most two queries take at a time.
enum { FEW_VECTORS = CK_KEYS / CK_LANES };

/// Adds a row of tiles times a number of each query.
CK_INLINE void add_row(int queries, int vectors, const wide *lanes, const float *const *numbers,
                       size_t at, wide sums[][FEW_VECTORS]) {
  for (int q = 0; q < queries; q++) {
    const wide number = broadcast(numbers[q][at]);
    for (int v = 0; v < vectors; v++) sums[q][v] = CK_FMA(number, lanes[v], sums[q][v]);
  }
}

/// Adds the rows of `vectors` tiles, `stride` bytes apart, times numbers from `first` on of each query.
CK_INLINE void add_tiles(enum ck_cache_kind kind, int queries, int vectors, const uint8_t *tiles,
                         size_t stride, const float *const *numbers, size_t first,
                         wide sums[][FEW_VECTORS]) {
  const int bits = tile_bits(kind), rows = rows_of_word(bits);
  wide lanes[FEW_VECTORS];
  for (int word = 0; word < bits; word++) {
    wide_int words[FEW_VECTORS];
    for (int v = 0; v < vectors; v++) words[v] = load_word(tiles + (size_t)v * stride, word);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      for (int v = 0; v < vectors; v++) lanes[v] = word_row(bits, words[v], i);
      add_row(queries, vectors, lanes, numbers, first + (size_t)(word * rows + i), sums);
    }
  }
  for (int i = 0; i < CK_CACHE_TILE - bits * rows; i++) {
    for (int v = 0; v < vectors; v++) lanes[v] = split_row(tiles + (size_t)v * stride, i);
    add_row(queries, vectors, lanes, numbers, first + (size_t)(SPLIT_ROW + i), sums);
  }
}

/// Scores of `queries` queries, folded, with the keys of `vectors` panels, in rows of CK_KEYS.
CK_INLINE void score_codes(enum ck_cache_kind kind, struct ck_cache_format format, int queries,
                           int vectors, const float *const *query, const float *offsets,
                           const uint8_t *panels, float *scores) {
  wide sums[CK_QUERIES][FEW_VECTORS];
  for (int q = 0; q < queries; q++) {
    for (int v = 0; v < vectors; v++) sums[q][v] = broadcast(0);
  }
  for (size_t first = 0; first < format.width; first += CK_CACHE_TILE) {
    add_tiles(kind, queries, vectors, panels + first / CK_CACHE_TILE * tile_bytes(kind),
              ck_key_panel_bytes(format), query, first, sums);
  }
  for (int q = 0; q < queries; q++) {
    for (int v = 0; v < vectors; v++) {
      store_wide(scores + q * CK_KEYS + v * CK_LANES, sums[q][v] - broadcast(offsets[q]));
    }
  }
}

/// What weights are multiplied with besides, so that the smallest do not become denormal.
static const float weight_unit = 0x1p27f;

/// Puts the weights of a query in units of the rows of tiles.
CK_INLINE void fold_weights(enum ck_cache_kind kind, float *weights) {
  const float *units = tile_units(kind);
  for (int i = 0; i < CK_KEYS; i += CK_LANES) {
    store_wide(weights + i, load_wide(weights + i) * (load_wide(units + i) * weight_unit));
  }
}

/// acc = acc * factor + sum over 32 keys of weight * code, for dimensions from 16 * first on.
CK_INLINE void weigh_codes(enum ck_cache_kind kind, int queries, int vectors,
                           const float *const *weights, const float *factors,
                           const uint8_t *tiles, size_t first, float *sums, size_t stride) {
  wide acc[CK_QUERIES][FEW_VECTORS];
  for (int q = 0; q < queries; q++) {
    for (int v = 0; v < vectors; v++) {
      acc[q][v] = load_wide(sums + (size_t)q * stride + (first + (size_t)v) * CK_LANES) *
                  broadcast(factors[q]);
    }
  }
  add_tiles(kind, queries, vectors, tiles + first * tile_bytes(kind), tile_bytes(kind), weights, 0,
            acc);
  for (int q = 0; q < queries; q++) {
    for (int v = 0; v < vectors; v++) {
      store_wide(sums + (size_t)q * stride + (first + (size_t)v) * CK_LANES, acc[q][v]);
    }
  }
}

/// Sums of codes of the values of 32 keys, for all dimensions.
CK_INLINE void weigh_all_codes(enum ck_cache_kind kind, size_t width, int queries, float *weights,
                               const float *factors, const uint8_t *tiles, float *sums,
                               size_t stride) {
  const int vectors = queries <= 2 ? FEW_VECTORS : CK_VECTORS;
  const float *pointers[CK_QUERIES];
  for (int q = 0; q < queries; q++) {
    pointers[q] = weights + q * CK_KEYS;
    fold_weights(kind, weights + q * CK_KEYS);
  }
  size_t at = 0;
  for (; at + (size_t)vectors <= width / CK_LANES; at += (size_t)vectors) {
    weigh_codes(kind, queries, vectors, pointers, factors, tiles, at, sums, stride);
  }
  for (; at < width / CK_LANES; at++) {
    weigh_codes(kind, queries, 1, pointers, factors, tiles, at, sums, stride);
  }
}

/// Turns the sums of codes of a query into sums of values; `state` is maximum, sum of weights, sums.
CK_INLINE void finish_sums(struct ck_cache_format format, float *state) {
  const wide sum = broadcast(state[1]);
  for (size_t i = 0; i < format.width; i += CK_LANES) {
    const wide codes = load_wide(state + 2 + i) * (1 / weight_unit);
    const wide values = (codes - load_wide(format.zeros + i) * sum) * load_wide(format.scales + i);
    store_wide(state + 2 + i, values);
  }
}
