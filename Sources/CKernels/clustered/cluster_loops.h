// The loops around a tile of clustered weights. The including file has defined CK_TILE, CK_WIDTHS and,
// as inline functions,
//
//     multiply_clusters(bits, width, tile)  adds segments of a pair of panels times `width` tokens to C
//     unpack_word(bits, codes, out)         a word of a panel, a byte a code
//
// A segment is summed as integers, then scaled and added: the same additions in the same order
// whatever the tile, the number of tokens and of threads.

/// Unpacked codes of a chunk of a pair of panels.
struct unpacked_words {
  _Alignas(64) uint8_t codes[ROW_PANELS][CK_CLUSTER_CHUNK * 256];
};

CK_INLINE void choose_clusters(unsigned bits, size_t width, const struct cluster_tile *tile) {
#define CK_CASE(W) \
  case W:          \
    multiply_clusters(bits, W, tile); break;
  switch (width) { CK_WIDTHS(CK_CASE) }
#undef CK_CASE
}

static __attribute__((noinline)) void multiply_bits4(size_t width, const struct cluster_tile *t) {
  choose_clusters(4, width, t);
}
static __attribute__((noinline)) void multiply_bits3(size_t width, const struct cluster_tile *t) {
  choose_clusters(3, width, t);
}
static __attribute__((noinline)) void multiply_unpacked(size_t width,
                                                        const struct cluster_tile *t) {
  choose_clusters(UNPACKED_BITS, width, t);
}

/// Where a chunk of segments starts.
struct cluster_chunk {
  size_t first, segments, first_word, words;
};

/// The chunk that starts at segment `first` and word `word`.
CK_INLINE struct cluster_chunk cluster_chunk_at(struct ck_clusters clusters, size_t first,
                                                size_t word) {
  struct cluster_chunk chunk = {.first = first, .first_word = word};
  while (first + chunk.segments < clusters.segments && chunk.words < CK_CLUSTER_CHUNK) {
    chunk.words += clusters.words[first + chunk.segments++];
  }
  return chunk;
}

/// Panel `panel`, or the last of the call.
CK_INLINE const uint8_t *cluster_panel(const struct ck_cluster_args *args, size_t panel) {
  return args->panels + ck_min(panel, args->end_panel - 1) * args->layout.stride;
}

/// Multiplies a tile of `width` tokens from `token` on with a chunk of a pair of panels, whose codes
/// the caller has set, in a copy of the part of C that they make.
CK_INLINE void multiply_cluster_rows(unsigned bits, const struct ck_cluster_args *args,
                                     const struct cluster_chunk *chunk, size_t panel, size_t token,
                                     size_t width, struct cluster_tile *tile) {
  _Alignas(64) pair_sums copy[CK_TILE];
  const size_t row = panel * CK_PANEL_ROWS;
  const size_t end = ck_min(args->rows, args->end_panel * CK_PANEL_ROWS);
  const size_t count = ck_min(ROW_PANELS * CK_PANEL_ROWS, end - row);
  const bool ends = chunk->first + chunk->segments == args->clusters.segments;
  const uint8_t *bias[ROW_PANELS];
  for (size_t p = 0; p < ROW_PANELS; p++) {
    const uint8_t *start = cluster_panel(args, panel + p);
    tile->scales[p] = start + args->layout.scales + chunk->first * 4 * CK_PANEL_ROWS;
    tile->zeros[p] = start + args->layout.minimums + chunk->first * CLUSTER_ZERO_BYTES;
    bias[p] = start + args->layout.high;
  }
  tile->words = args->clusters.words + chunk->first;
  tile->segments = chunk->segments;
  tile->activations =
      (const uint8_t *)args->codes +
      cluster_tile_offset(args->clusters, args->tokens, token, chunk->first_word);
  tile->sums = args->sums + token * args->clusters.segments + chunk->first;
  tile->all_segments = args->clusters.segments;
  tile->out = copy;
  float *const out = args->out + token * args->rows + row;
  // Sums are stored when the tile is done: by then their lines are near.
  prefetch_sums(out, args->rows, count, width);
  for (size_t t = 0; t < width; t++) {
    if (chunk->first > 0) {
      copy_sums(copy[t], out + t * args->rows, count);
      continue;
    }
    for (size_t p = 0; p < ROW_PANELS; p++) {
      memcpy(copy[t] + p * CK_PANEL_ROWS, bias[p], CK_PANEL_ROWS * sizeof(float));
    }
  }
  if (bits == UNPACKED_BITS) {
    multiply_unpacked(width, tile);
  } else if (bits == 4) {
    multiply_bits4(width, tile);
  } else {
    multiply_bits3(width, tile);
  }
  for (size_t t = 0; t < width; t++) {
    const float finite = ends ? args->finite[token + t] : 1;
    for (size_t i = 0; i < ROW_PANELS * CK_PANEL_ROWS; i++) copy[t][i] *= finite;
    copy_sums(out + t * args->rows, copy[t], count);
  }
}

/// Codes of a panel from a chunk on.
CK_INLINE const uint8_t *cluster_codes(const struct ck_cluster_args *args, size_t panel,
                                       size_t word) {
  return cluster_panel(args, panel) + word * cluster_word_bytes(args->bits);
}

/// A chunk of a pair of panels and the tiles [first_tile, end_tile) of `tiles`, unpacked once.
CK_INLINE void multiply_cluster_chunk(unsigned bits, const struct ck_cluster_args *args,
                                      const struct cluster_chunk *chunk, size_t panel,
                                      size_t tiles, size_t first_tile, size_t end_tile,
                                      struct unpacked_words *unpacked) {
  const size_t each = cluster_word_bytes(bits), lines = chunk->words * each / 64;
  const size_t count = end_tile - first_tile;
  for (size_t p = 0; p < ROW_PANELS; p++) {
    const uint8_t *codes = cluster_codes(args, panel + p, chunk->first_word);
    for (size_t w = 0; w < chunk->words; w++) {
      unpack_word(bits, codes + w * each, unpacked->codes[p] + 256 * w);
    }
  }
  for (size_t i = first_tile; i < end_tile; i++) {
    const size_t token = first_token(i, tiles, args->tokens);
    const size_t width = first_token(i + 1, tiles, args->tokens) - token;
    struct cluster_tile tile = {.codes = {unpacked->codes[0], unpacked->codes[1]}};
    for (size_t p = 0; p < ROW_PANELS; p++) {
      const uint8_t *next = cluster_codes(args, panel + ROW_PANELS + p, chunk->first_word);
      for (size_t l = lines * (i - first_tile) / count; l < lines * (i - first_tile + 1) / count;
           l++) {
        __builtin_prefetch(next + 64 * l, 0, 2);
      }
    }
    multiply_cluster_rows(UNPACKED_BITS, args, chunk, panel, token, width, &tile);
  }
}

/// Multiplies the panels of `args` with all tokens.
CK_INLINE void multiply_cluster_panels(unsigned bits, const struct ck_cluster_args *args) {
  const size_t tiles = row_tiles(CK_TILE, args->tokens);
  const size_t batches = (tiles + BATCH_TILES - 1) / BATCH_TILES;
  struct unpacked_words unpacked;
  for (size_t batch = 0; batch < batches; batch++) {
    const size_t first_tile = tiles * batch / batches, end_tile = tiles * (batch + 1) / batches;
    struct cluster_chunk chunk = cluster_chunk_at(args->clusters, 0, 0);
    while (chunk.segments > 0) {
      for (size_t panel = args->first_panel; panel < args->end_panel; panel += ROW_PANELS) {
        if (tiles > 1) {
          multiply_cluster_chunk(bits, args, &chunk, panel, tiles, first_tile, end_tile,
                                 &unpacked);
          continue;
        }
        struct cluster_tile tile = {.bytes = chunk.words * cluster_word_bytes(bits)};
        for (size_t p = 0; p < ROW_PANELS; p++) {
          tile.codes[p] = cluster_codes(args, panel + p, chunk.first_word);
          tile.next[p] = cluster_codes(args, panel + ROW_PANELS + p, chunk.first_word);
        }
        multiply_cluster_rows(bits, args, &chunk, panel, 0, args->tokens, &tile);
      }
      chunk = cluster_chunk_at(args->clusters, chunk.first + chunk.segments,
                               chunk.first_word + chunk.words);
    }
  }
}

static void multiply_clustered(const struct ck_cluster_args *args) {
  if (args->bits == 3) {
    multiply_cluster_panels(3, args);
  } else {
    multiply_cluster_panels(4, args);
  }
}
