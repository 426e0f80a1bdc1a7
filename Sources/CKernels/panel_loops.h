// The loops around a tile, instantiated once per format for one instruction set.
//
// The including file has defined CK_TILE (the widest tile) and, as inline functions,
//
//     multiply_width(shape, panels, width, tile, sums)  sums[token][panel][row] += panel * tile
//     unpack_chunk(shape, panel, first, count, out)  blocks of a panel as CK_BYTES and CK_F32
//
// One tile of tokens: the panel is unpacked in registers on its way to the multiplier. More tokens:
// a chunk of the panel is unpacked once into the first-level cache, from where every tile reads it.
// Both add the blocks of a row in the same order, so a token's result does not depend on how many
// tokens there are.

/// The tile that starts at `token`, from block `first` on.
CK_INLINE struct tile tile_at(const struct ck_matmul_args *args, size_t token, size_t first,
                              size_t count) {
  const size_t padded = ck_padded_tokens(CK_TILE, args->tokens);
  const size_t at = ck_tile_offset(padded, args->blocks, token, first);
  return (struct tile){
      .blocks = count,
      .codes = args->codes + at * CK_BLOCK,
      .scales = args->scales + at,
      .corrections = args->corrections + at,
      .scaled_sums = args->scaled_sums + at,
  };
}

/// Copies the rows of one panel that exist to C.
CK_INLINE void store_sums(const struct ck_matmul_args *args, size_t panel, size_t token,
                          size_t tokens, ck_sums *sums, size_t member) {
  const size_t row = panel * CK_PANEL_ROWS;
  const size_t rows = ck_min(CK_PANEL_ROWS, args->rows - row);
  float *out = args->out + token * args->rows + row;
  for (size_t t = 0; t < tokens; t++, out += args->rows) {
    if (rows == CK_PANEL_ROWS) {
      memcpy(out, sums[t][member], CK_PANEL_ROWS * sizeof *out);
    } else {
      memcpy(out, sums[t][member], rows * sizeof *out);
    }
  }
}

CK_INLINE struct ck_panel panel_of(const struct ck_matmul_args *args, size_t panel) {
  return ck_panel_at(args->panels + panel * args->layout.stride, args->layout);
}

/// Multiplies every panel with all tokens, which are a single tile: its chunks follow each other.
CK_INLINE void multiply_one_tile(struct ck_shape shape, const struct ck_matmul_args *args) {
  const size_t width = ck_tile_width(CK_TILE, args->tokens);
  struct tile tile = tile_at(args, 0, 0, args->blocks);
  for (size_t p = args->first_panel; p < args->end_panel; p++) {
    _Alignas(64) ck_sums sums[CK_TILE] = {0};
    tile.panels[0] = panel_of(args, p);
    tile.next = panel_of(args, p + 1);
    multiply_width(shape, 1, width, &tile, sums);
    store_sums(args, p, 0, args->tokens, sums, 0);
  }
}

/// Multiplies a chunk of one or two unpacked panels with every tile of a group of tokens.
CK_INLINE void multiply_chunk(const struct ck_matmul_args *args, struct ck_shape shape, int panels,
                              const struct chunk *chunks, struct ahead ahead, size_t first,
                              size_t count, size_t token, size_t tokens, ck_sums *sums) {
  for (size_t t = 0; t < tokens; t += CK_TILE) {
    const size_t width = ck_tile_width(CK_TILE, tokens - t);
    struct tile tile = tile_at(args, token + t, first, count);
    tile.ahead = ahead;
    for (int p = 0; p < panels; p++) {
      tile.panels[p] = (struct ck_panel){(const uint8_t *)chunks[p].codes, NULL,
                                         (const uint8_t *)chunks[p].scales,
                                         (const uint8_t *)chunks[p].minimums};
      ahead.lines[p] += 64 * ahead.lines_per_block * count;
    }
    multiply_width(shape, panels, width, &tile, sums + t);
  }
}

// Formats share the code for unpacked chunks.
#define CK_DEFINE_CHUNK(NAME, CODES, MINIMUM)                                                     \
  static __attribute__((noinline)) void NAME(                                                     \
      const struct ck_matmul_args *args, size_t panels, const struct chunk *chunks,               \
      struct ahead ahead, size_t first, size_t count, size_t token, size_t tokens,                \
      ck_sums *sums) {                                                                            \
    const struct ck_shape shape = {CODES, CK_F32, MINIMUM, 0};                                    \
    if (panels == 1) {                                                                            \
      multiply_chunk(args, shape, 1, chunks, ahead, first, count, token, tokens, sums);           \
    } else {                                                                                      \
      multiply_chunk(args, shape, PAIR, chunks, ahead, first, count, token, tokens, sums);        \
    }                                                                                             \
  }
CK_DEFINE_CHUNK(multiply_small, CK_SMALL_BYTES, false)
CK_DEFINE_CHUNK(multiply_small_minimum, CK_SMALL_BYTES, true)
CK_DEFINE_CHUNK(multiply_bytes, CK_BYTES, false)
#undef CK_DEFINE_CHUNK

/// What follows a chunk in memory order: the next chunk of the panels, or of the next panels.
CK_INLINE struct ahead ahead_of(struct ck_shape shape, const struct ck_matmul_args *args,
                                size_t panel, size_t next, size_t tokens) {
  const size_t bytes = ck_code_bytes(shape.codes);
  const bool ends = next >= args->blocks;
  const uint8_t *codes = args->panels + (ends ? panel + PAIR : panel) * args->layout.stride +
                         (ends ? 0 : next * bytes);
  const size_t tiles = (tokens + CK_TILE - 1) / CK_TILE;
  return (struct ahead){{codes, codes + args->layout.stride}, (bytes / 64 + tiles - 1) / tiles};
}

/// Multiplies one or two panels with a group of tokens that is wider than a tile.
CK_INLINE void multiply_panels(struct ck_shape shape, const struct ck_matmul_args *args,
                               size_t panel, size_t panels, size_t token, size_t tokens) {
  struct chunk chunks[PAIR];
  _Alignas(64) ck_sums sums[GROUP_TOKENS];
  memset(sums, 0, ck_padded_tokens(CK_TILE, tokens) * sizeof *sums);
  for (size_t first = 0; first < args->blocks; first += CHUNK_BLOCKS) {
    const size_t count = ck_min(CHUNK_BLOCKS, args->blocks - first);
    for (size_t p = 0; p < panels; p++) {
      const struct ck_panel source = panel_of(args, panel + p);
      unpack_chunk(shape, &source, first, count, chunks + p);
    }
    const struct ahead ahead = ahead_of(shape, args, panel, first + count, tokens);
    (shape.minimum         ? multiply_small_minimum
     : shape.offset == 128 ? multiply_bytes
                           : multiply_small)(args, panels, chunks, ahead, first, count, token,
                                             tokens, sums);
  }
  for (size_t p = 0; p < panels; p++) store_sums(args, panel + p, token, tokens, sums, p);
}

/// Multiplies the panels of `args` with all tokens.
CK_INLINE void multiply(struct ck_shape shape, const struct ck_matmul_args *args) {
  if (args->tokens <= CK_TILE) {
    multiply_one_tile(shape, args);
    return;
  }
  for (size_t token = 0; token < args->tokens; token += GROUP_TOKENS) {
    const size_t tokens = ck_min(GROUP_TOKENS, args->tokens - token);
    for (size_t p = args->first_panel; p < args->end_panel; p += PAIR) {
      multiply_panels(shape, args, p, ck_min(PAIR, args->end_panel - p), token, tokens);
    }
  }
}

#define CK_DEFINE(FORMAT, CODES, SCALES, MINIMUM, OFFSET, WEIGHTS, BYTES)                    \
  static void matmul_##FORMAT(const struct ck_matmul_args *args) {                           \
    multiply((struct ck_shape){CODES, SCALES, MINIMUM, OFFSET}, args);                       \
  }
CK_BLOCK_FORMATS(CK_DEFINE)
#undef CK_DEFINE
