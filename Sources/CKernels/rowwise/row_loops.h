// The loops around a tile, instantiated for each kind of weights and instruction set.
//
// The including file has defined CK_TILE, the widest tile, CK_WIDTHS, all widths up to it, and, as
// inline functions,
//
//     multiply_tile(kind, width, tile)  adds a pair of panels times `width` tokens to the sums, and
//                                       scales complete sums of integers
//     unpack_group(kind, source, out)   a group of f16 or bf16 as f32, of nibbles as bytes
//
// Each sum is one chain of additions in the order of k, in a register or, between chunks, in C. It
// is the same chain whatever the tile, so a token's result does not depend on how many tokens
// there are, nor on the number of threads.
//
// One tile: panels are read from memory in order. More: a chunk of a pair of panels meets all
// tiles of a batch, whose activations stay in the second-level cache; meanwhile the next chunk is
// prefetched, some lines with every tile.
//
// A panel without a partner is its own: products that are not stored cost nothing but time.

/// How far ahead of their use weights are prefetched by a single tile, in groups.
enum { GROUPS_AHEAD = 16 };

/// A chunk of a pair of panels that meets the tiles of a batch.
struct row_chunk {
  /// Its first group, how many it has, and how many a row has.
  size_t first, groups, all_groups;
  size_t panel;
  const uint8_t *weights[ROW_PANELS];
  /// The weights that are multiplied next, and how many lines of each panel they are.
  const uint8_t *next[ROW_PANELS];
  size_t next_lines;
};

/// Weights of a chunk as f32 or bytes.
struct unpacked_chunk {
  _Alignas(64) uint8_t weights[ROW_PANELS][ROW_CHUNK_GROUPS * 256];
};

CK_INLINE void choose_width(enum row_kind kind, size_t width, const struct row_tile *tile) {
#define CK_CASE(W) \
  case W:          \
    multiply_tile(kind, W, tile); break;
  switch (width) { CK_WIDTHS(CK_CASE) }
#undef CK_CASE
}

// Each kind of weights has code for each width once.
#define ROW_DEFINE_KIND(NAME, KIND)                                                       \
  static __attribute__((noinline)) void NAME(size_t width, const struct row_tile *tile) { \
    choose_width(KIND, width, tile);                                                      \
  }
ROW_DEFINE_KIND(multiply_f32, ROW_F32)
ROW_DEFINE_KIND(multiply_f16, ROW_F16)
ROW_DEFINE_KIND(multiply_bf16, ROW_BF16)
ROW_DEFINE_KIND(multiply_bf16_pairs, ROW_BF16_PAIRS)
ROW_DEFINE_KIND(multiply_int8, ROW_INT8)
ROW_DEFINE_KIND(multiply_channel8, ROW_CHANNEL8)
ROW_DEFINE_KIND(multiply_channel6, ROW_CHANNEL6)
ROW_DEFINE_KIND(multiply_channel4, ROW_CHANNEL4)
ROW_DEFINE_KIND(multiply_small, ROW_SMALL)
#undef ROW_DEFINE_KIND

CK_INLINE void multiply_width(enum row_kind kind, size_t width, const struct row_tile *tile) {
  switch (kind) {
  case ROW_F32: multiply_f32(width, tile); break;
  case ROW_F16: multiply_f16(width, tile); break;
  case ROW_BF16: multiply_bf16(width, tile); break;
  case ROW_BF16_PAIRS: multiply_bf16_pairs(width, tile); break;
  case ROW_INT8: multiply_int8(width, tile); break;
  case ROW_CHANNEL8: multiply_channel8(width, tile); break;
  case ROW_CHANNEL6: multiply_channel6(width, tile); break;
  case ROW_CHANNEL4: multiply_channel4(width, tile); break;
  case ROW_SMALL: multiply_small(width, tile); break;
  }
}

/// Multiplies a tile of `width` tokens. Where C has fewer rows than a pair of panels, a copy takes
/// its place.
CK_INLINE void multiply_rows(enum row_kind kind, const struct ck_matmul_args *args, size_t panel,
                             size_t token, size_t width, struct row_tile *tile) {
  const struct pair_rows rows = pair_rows_at(args, panel, token);
  _Alignas(64) pair_sums copy[CK_TILE];
  tile->sums = rows.whole ? rows.out : *copy;
  tile->stride = rows.whole ? rows.stride : ROW_PANELS * CK_PANEL_ROWS;
  if (is_integer(kind)) {
    tile->corrections = args->corrections + token;
    tile->token_scales = args->scales + token;
    tile->token_sums = tile->corrections + args->tokens;
    tile->token_zeros = tile->token_sums + args->tokens;
    for (size_t p = 0; p < ROW_PANELS; p++) {
      const uint8_t *scales = row_panel(args, panel, p) + args->layout.scales;
      tile->row_scales[p] = (const float *)(const void *)scales;
    }
  }
  if (!tile->starts) load_pair_rows(&rows, width, copy);
  multiply_width(kind, width, tile);
  store_pair_rows(&rows, width, copy);
}

/// Whether a lone tile of so many tokens asks for weights ahead of their use.
///
/// The prefetchers of a Zen 4 follow two streams to the end at 0.94 to 1.0 of the bandwidth of a plain
/// read, unless requests far ahead distract them: 0.71 to 0.84. From 8 tokens on a core no longer asks
/// for enough lines on its own. A Zen 3, which has no AVX-512, does for f32 only: requests cost that 15 %
/// of its time, and save f16, bf16 and codes of 4 to 8 bits a tenth to a fifth.
CK_INLINE bool prefetches_lone_tile(enum row_kind kind, size_t tokens) {
#if defined(__x86_64__)
  if (tokens > 4 || !__builtin_cpu_is("amd")) return true;
  return kind != ROW_F32 && !__builtin_cpu_supports("avx512f");
#else
  (void)kind, (void)tokens;
  return true;
#endif
}

/// Multiplies every panel with all tokens, which are a single tile.
CK_INLINE void multiply_one_tile(enum row_kind kind, const struct ck_matmul_args *args) {
  const size_t groups = unit_groups(kind, args->blocks), bytes = panel_group_bytes(kind);
  const size_t tail = ck_min(groups, GROUPS_AHEAD);
  const size_t lines = prefetches_lone_tile(kind, args->tokens) ? bytes / 64 : 0;
  for (size_t panel = args->first_panel; panel < args->end_panel; panel += ROW_PANELS) {
    struct row_tile tile = {
        .activations = (const uint8_t *)args->codes,
        .stretches = {{.groups = groups - tail, .lines = lines}, {.groups = tail, .lines = lines}},
        .starts = true,
        .ends = true,
    };
    for (size_t p = 0; p < ROW_PANELS; p++) {
      tile.panels[p] = row_panel(args, panel, p);
      tile.stretches[0].ahead[p] = tile.panels[p] + tail * bytes;
      tile.stretches[1].ahead[p] = row_panel(args, panel + ROW_PANELS, p);
    }
    multiply_rows(kind, args, panel, 0, args->tokens, &tile);
  }
}

/// Divides the lines of the next chunk among the tiles: those of tile `index` of `count`.
CK_INLINE void prefetch_share(const struct row_chunk *chunk, size_t index, size_t count,
                              struct stretch stretches[2]) {
  const size_t first = chunk->next_lines * index / count;
  const size_t lines = chunk->next_lines * (index + 1) / count - first;
  const size_t each = (lines + chunk->groups - 1) / chunk->groups;
  stretches[0] = (struct stretch){.groups = each ? lines / each : 0, .lines = each};
  stretches[1] = (struct stretch){.groups = chunk->groups - stretches[0].groups};
  for (size_t p = 0; p < ROW_PANELS; p++) stretches[0].ahead[p] = chunk->next[p] + 64 * first;
}

/// Multiplies a chunk with the tiles [first_tile, end_tile) of `tiles`.
CK_INLINE void multiply_chunk(enum row_kind kind, const struct ck_matmul_args *args,
                              const struct row_chunk *chunk, size_t tiles, size_t first_tile,
                              size_t end_tile) {
  for (size_t i = first_tile; i < end_tile; i++) {
    const size_t token = first_token(i, tiles, args->tokens);
    const size_t width = first_token(i + 1, tiles, args->tokens) - token;
    struct row_tile tile = {
        .panels = {chunk->weights[0], chunk->weights[1]},
        .activations = (const uint8_t *)args->codes +
                       row_tile_offset(chunk->all_groups, args->tokens, token, chunk->first),
        .starts = chunk->first == 0,
        .ends = chunk->first + chunk->groups == chunk->all_groups,
    };
    prefetch_share(chunk, i - first_tile, end_tile - first_tile, tile.stretches);
    prefetch_tile(args, chunk->panel, tiles, ck_min(i + 1, end_tile - 1));
    multiply_rows(kind, args, chunk->panel, token, width, &tile);
  }
}

/// Describes the chunk of a pair of panels that starts at group `first`. It is followed by the same
/// chunk of the next pair, or the next chunk of the first one.
CK_INLINE struct row_chunk chunk_at(enum row_kind kind, const struct ck_matmul_args *args,
                                    size_t first, size_t panel) {
  const size_t bytes = panel_group_bytes(kind), groups = unit_groups(kind, args->blocks);
  const size_t after = first + ROW_CHUNK_GROUPS < groups ? first + ROW_CHUNK_GROUPS : 0;
  const bool last = panel + ROW_PANELS >= args->end_panel;
  const size_t next_panel = last ? args->first_panel : panel + ROW_PANELS;
  const size_t next_first = last ? after : first;
  struct row_chunk chunk = {
      .first = first,
      .groups = ck_min(ROW_CHUNK_GROUPS, groups - first),
      .all_groups = groups,
      .panel = panel,
      .next_lines = ck_min(ROW_CHUNK_GROUPS, groups - next_first) * bytes / 64,
  };
  for (size_t p = 0; p < ROW_PANELS; p++) {
    chunk.weights[p] = row_panel(args, panel, p) + first * bytes;
    chunk.next[p] = row_panel(args, next_panel, p) + next_first * bytes;
  }
  return chunk;
}

/// Unpacks a chunk of f16, bf16 or nibbles.
CK_INLINE void unpack_chunk(enum row_kind kind, struct row_chunk *chunk,
                            struct unpacked_chunk *out) {
  for (size_t p = 0; p < ROW_PANELS; p++) {
    for (size_t g = 0; g < chunk->groups; g++) {
      unpack_group(kind, chunk->weights[p] + g * panel_group_bytes(kind),
                   out->weights[p] + g * 256);
    }
    chunk->weights[p] = out->weights[p];
  }
}

/// Multiplies the panels of `args` with several tiles of tokens.
CK_INLINE void multiply_tiles(enum row_kind kind, const struct ck_matmul_args *args) {
  const bool unpacks = is_unpacked_first(kind);
  const size_t groups = unit_groups(kind, args->blocks);
  const size_t tiles = row_tiles(CK_TILE, args->tokens);
  const size_t batches = (tiles + BATCH_TILES - 1) / BATCH_TILES;
  struct unpacked_chunk unpacked;
  for (size_t batch = 0; batch < batches; batch++) {
    const size_t first_tile = tiles * batch / batches, end_tile = tiles * (batch + 1) / batches;
    for (size_t first = 0; first < groups; first += ROW_CHUNK_GROUPS) {
      for (size_t p = args->first_panel; p < args->end_panel; p += ROW_PANELS) {
        struct row_chunk chunk = chunk_at(kind, args, first, p);
        if (unpacks) unpack_chunk(kind, &chunk, &unpacked);
        multiply_chunk(unpacks ? unpacked_kind(kind) : kind, args, &chunk, tiles, first_tile,
                       end_tile);
      }
    }
  }
}

/// Multiplies the panels of `args` with all tokens.
CK_INLINE void multiply(enum row_kind kind, const struct ck_matmul_args *args) {
  if (args->tokens <= CK_TILE) {
    multiply_one_tile(kind, args);
  } else {
    multiply_tiles(kind, args);
  }
}
