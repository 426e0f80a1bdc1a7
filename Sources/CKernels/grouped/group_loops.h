// The loops around a tile, instantiated for each kind of weights in groups.
//
// The including file has defined CK_TILE, the widest tile, CK_WIDTHS, all widths up to it, and, as
// inline functions,
//
//     multiply_grouped(kind, width, tile)  adds groups of a pair of panels times `width` tokens to
//                                          the sums, and scales complete sums of integers
//     unpack_codes(kind, codes, out)       a group of a panel, a vector a step
//
// and included rowwise/activation_loops.h. A group of integers, or half a block of a table, is summed
// alone, then scaled and added: the same additions in the same order whatever the tile, the number of
// tokens and of threads.

/// Unpacked groups of a pair of panels.
struct unpacked_groups {
  _Alignas(64) uint8_t codes[ROW_PANELS][ROW_CHUNK_GROUPS * 4 * 64];
};

CK_INLINE void choose_grouped(enum grouped_kind kind, size_t width,
                              const struct grouped_tile *tile) {
#define CK_CASE(W) \
  case W:          \
    multiply_grouped(kind, W, tile); break;
  switch (width) { CK_WIDTHS(CK_CASE) }
#undef CK_CASE
}

// Each kind of weights has code for each width once.
#define GROUPED_DEFINE_KIND(NAME, KIND)                                                       \
  static __attribute__((noinline)) void NAME(size_t width, const struct grouped_tile *tile) { \
    choose_grouped(KIND, width, tile);                                                        \
  }
GROUPED_DEFINE_KIND(multiply_int4, GROUPED_INT4)
GROUPED_DEFINE_KIND(multiply_int3, GROUPED_INT3)
GROUPED_DEFINE_KIND(multiply_int2, GROUPED_INT2)
GROUPED_DEFINE_KIND(multiply_nf4, GROUPED_NF4)
GROUPED_DEFINE_KIND(multiply_fp4, GROUPED_FP4)
GROUPED_DEFINE_KIND(multiply_bytes, GROUPED_BYTES)
GROUPED_DEFINE_KIND(multiply_floats, GROUPED_FLOATS)
#undef GROUPED_DEFINE_KIND

CK_INLINE void multiply_grouped_width(enum grouped_kind kind, size_t width,
                                      const struct grouped_tile *tile) {
  switch (kind) {
  case GROUPED_INT4: multiply_int4(width, tile); break;
  case GROUPED_INT3: multiply_int3(width, tile); break;
  case GROUPED_INT2: multiply_int2(width, tile); break;
  case GROUPED_NF4: multiply_nf4(width, tile); break;
  case GROUPED_FP4: multiply_fp4(width, tile); break;
  case GROUPED_BYTES: multiply_bytes(width, tile); break;
  case GROUPED_FLOATS: multiply_floats(width, tile); break;
  }
}

/// Multiplies a tile of `width` tokens from `token` on with the groups from `first` on, in a copy of the
/// part of C that they make.
CK_INLINE void multiply_group_rows(enum grouped_kind kind, const struct ck_matmul_args *args,
                                   size_t panel, size_t token, size_t width, size_t first,
                                   struct grouped_tile *tile) {
  struct pair_rows rows = pair_rows_at(args, panel, token);
  // Sums are added to after every group: rows of C, a power of two apart, would share a cache set.
  rows.whole = false;
  _Alignas(64) pair_sums copy[CK_TILE];
  tile->sums = *copy;
  tile->stride = ROW_PANELS * CK_PANEL_ROWS;
  tile->starts = first == 0;
  tile->ends = first + tile->groups == args->blocks;
  tile->all_groups = args->blocks;
  if (!is_table(kind)) {
    tile->corrections = args->corrections + token * args->blocks + first;
    tile->token_scales = args->scales + token;
  }
  for (size_t p = 0; p < ROW_PANELS; p++) {
    const uint8_t *start = row_panel(args, panel, p);
    tile->scales[p] = start + args->layout.scales + first * group_scale_bytes(kind);
    tile->zeros[p] = start + args->layout.minimums + first * ZERO_BYTES;
  }
  if (tile->starts) {
    memset(copy, 0, width * sizeof *copy);
  } else {
    load_pair_rows(&rows, width, copy);
  }
  multiply_grouped_width(kind, width, tile);
  store_pair_rows(&rows, width, copy);
}

/// Multiplies every panel with all tokens, which are a single tile, from packed codes.
CK_INLINE void multiply_one_group_tile(enum grouped_kind kind, const struct ck_matmul_args *args) {
  for (size_t panel = args->first_panel; panel < args->end_panel; panel += ROW_PANELS) {
    // Activations of more than one chunk are stored chunk after chunk.
    const size_t step = chunk_groups(kind), words = group_steps(kind) / 4;
    for (size_t first = 0; first < args->blocks; first += step) {
      struct grouped_tile tile = {
          .groups = ck_min(step, args->blocks - first),
          .activations = (const uint8_t *)args->codes +
                         row_tile_offset(args->blocks * words, args->tokens, 0, first * words),
      };
      for (size_t p = 0; p < ROW_PANELS; p++) {
        tile.codes[p] = row_panel(args, panel, p) + first * group_code_bytes(kind);
        const bool last = first + step >= args->blocks;
        tile.next[p] = last ? row_panel(args, panel + ROW_PANELS, p)
                            : tile.codes[p] + step * group_code_bytes(kind);
      }
      multiply_group_rows(kind, args, panel, 0, args->tokens, first, &tile);
    }
  }
}

/// Packed codes of a pair of panels that are unpacked next.
struct next_codes {
  const uint8_t *start[ROW_PANELS];
  size_t lines;
};

/// Prefetches share `index` of `count` of the next codes into the second-level cache.
CK_INLINE void prefetch_codes(const struct next_codes *next, size_t index, size_t count) {
  const size_t end = next->lines * (index + 1) / count;
  for (size_t line = next->lines * index / count; line < end; line++) {
    for (size_t p = 0; p < ROW_PANELS; p++) __builtin_prefetch(next->start[p] + 64 * line, 0, 2);
  }
}

/// Multiplies a chunk of unpacked groups with the tiles [first_tile, end_tile) of `tiles`.
CK_INLINE void multiply_group_chunk(enum grouped_kind unpacked, const struct ck_matmul_args *args,
                                    const struct unpacked_groups *chunk,
                                    const struct next_codes *next, size_t panel, size_t first,
                                    size_t tiles, size_t first_tile, size_t end_tile) {
  const size_t words = group_steps(unpacked) / 4;
  for (size_t i = first_tile; i < end_tile; i++) {
    const size_t token = first_token(i, tiles, args->tokens);
    const size_t width = first_token(i + 1, tiles, args->tokens) - token;
    struct grouped_tile tile = {
        .codes = {chunk->codes[0], chunk->codes[1]},
        .next = {chunk->codes[0], chunk->codes[1]},
        .groups = ck_min(chunk_groups(unpacked), args->blocks - first),
        .activations = (const uint8_t *)args->codes +
                       row_tile_offset(args->blocks * words, args->tokens, token, first * words),
    };
    prefetch_codes(next, i - first_tile, end_tile - first_tile);
    prefetch_tile(args, panel, tiles, ck_min(i + 1, end_tile - 1));
    multiply_group_rows(unpacked, args, panel, token, width, first, &tile);
  }
}

/// The codes of the same groups of the next pair, or of the next groups of the first.
CK_INLINE struct next_codes codes_after(enum grouped_kind kind, const struct ck_matmul_args *args,
                                        size_t panel, size_t first, size_t groups) {
  const bool last = panel + ROW_PANELS >= args->end_panel;
  const size_t next_first = !last ? first : first + groups < args->blocks ? first + groups : 0;
  const size_t count = ck_min(groups, args->blocks - next_first);
  struct next_codes next = {.lines = count * group_code_bytes(kind) / 64};
  for (size_t p = 0; p < ROW_PANELS; p++) {
    next.start[p] = row_panel(args, last ? args->first_panel : panel + ROW_PANELS, p) +
                    next_first * group_code_bytes(kind);
  }
  return next;
}

/// Multiplies the panels of `args` with several tiles of tokens: a chunk of a pair of panels is
/// unpacked once for a batch of tiles.
CK_INLINE void multiply_group_tiles(enum grouped_kind kind, const struct ck_matmul_args *args) {
  const enum grouped_kind unpacked = is_table(kind) ? GROUPED_FLOATS : GROUPED_BYTES;
  const size_t tiles = row_tiles(CK_TILE, args->tokens);
  const size_t batches = (tiles + BATCH_TILES - 1) / BATCH_TILES;
  struct unpacked_groups chunk;
  for (size_t batch = 0; batch < batches; batch++) {
    const size_t first_tile = tiles * batch / batches, end_tile = tiles * (batch + 1) / batches;
    for (size_t first = 0; first < args->blocks; first += chunk_groups(kind)) {
      const size_t groups = ck_min(chunk_groups(kind), args->blocks - first);
      for (size_t panel = args->first_panel; panel < args->end_panel; panel += ROW_PANELS) {
        for (size_t p = 0; p < ROW_PANELS; p++) {
          const uint8_t *codes = row_panel(args, panel, p) + first * group_code_bytes(kind);
          for (size_t g = 0; g < groups; g++) {
            unpack_codes(kind, codes + g * group_code_bytes(kind),
                         chunk.codes[p] + g * group_code_bytes(unpacked));
          }
        }
        const struct next_codes next = codes_after(kind, args, panel, first, groups);
        multiply_group_chunk(unpacked, args, &chunk, &next, panel, first, tiles, first_tile,
                             end_tile);
      }
    }
  }
}

/// Multiplies the panels of `args` with all tokens.
CK_INLINE void multiply_groups(enum grouped_kind kind, const struct ck_matmul_args *args) {
  if (args->tokens <= CK_TILE) {
    multiply_one_group_tile(kind, args);
  } else {
    multiply_group_tiles(kind, args);
  }
}

/// Stores a tile of int8 activations, and minus the sum of each of their groups.
CK_INLINE void pack_grouped_tile(const struct ck_quantize_args *args, size_t token, size_t width) {
  enum { WORDS = INTEGER_GROUP / 16 };
  const size_t columns = args->columns, groups = args->blocks * WORDS;
  for (size_t t = 0; t < width; t++) {
    const float *x = args->x + (token + t) * columns;
    float inverse;
    args->scales[token + t] = activation_scale(largest_magnitude(x, columns), &inverse);
    for (size_t g = 0; g < args->blocks; g++) {
      const size_t start = g * WORDS / ROW_CHUNK_GROUPS * ROW_CHUNK_GROUPS;
      uint8_t *out = (uint8_t *)args->codes + row_tile_offset(groups, args->tokens, token, start) +
                     ((g * WORDS - start) * width + t) * GROUP_BYTES;
      args->corrections[(token + t) * args->blocks + g] =
          -pack_run(ROW_INT8, x + g * INTEGER_GROUP, WORDS, inverse, out, width * GROUP_BYTES);
    }
  }
}

/// Stores the tiles of `args`.
CK_INLINE void pack_activations(enum grouped_kind kind, const struct ck_quantize_args *args) {
  if (is_table(kind)) {
    pack_tiles(ROW_F32, args);
    return;
  }
  const size_t tiles = row_tiles(args->tile, args->tokens);
  for (size_t i = args->first_tile; i < args->end_tile; i++) {
    const size_t token = first_token(i, tiles, args->tokens);
    pack_grouped_tile(args, token, first_token(i + 1, tiles, args->tokens) - token);
  }
}
