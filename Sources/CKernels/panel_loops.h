// The loops around a tile, instantiated once per format for one instruction set.
//
// The including file has defined its tiles (tiles.h), `struct chunk` (some blocks of a panel, unpacked)
// and, as functions,
//
//     multiply_width(shape, width, tile, sums)            sums[token][0][row] += packed panel * tile
//     unpack_chunk(shape, panel, first, count, chunk)     unpacks blocks of a panel
//     chunk_function(shape)                               the noinline function for its chunks, ...
//     multiply_chunk_width(shape, panels, width, tile, chunks, sums)    ... which uses this
//
// One tile of tokens: the panel is unpacked in registers on its way to the multiplier. More tokens:
// a chunk of the panel is unpacked once into the first-level cache, from where every tile reads it.
// Both add the blocks of a row in the same order, so a token's result does not depend on how many
// tokens there are.

/// Copies one token's sums of the rows of a panel that exist to C.
CK_INLINE void store_rows(const struct ck_matmul_args *args, size_t panel, size_t token,
                          const float *sums) {
  const size_t row = panel * CK_PANEL_ROWS;
  const size_t rows = ck_min(CK_PANEL_ROWS, args->rows - row);
  float *out = args->out + token * args->rows + row;
  if (rows == CK_PANEL_ROWS) {
    memcpy(out, sums, CK_PANEL_ROWS * sizeof *out);
  } else {
    memcpy(out, sums, rows * sizeof *out);
  }
}

CK_INLINE struct ck_panel panel_of(const struct ck_matmul_args *args, size_t panel) {
  return ck_panel_at(args->panels + panel * args->layout.stride, args->layout);
}

/// Multiplies every panel with all tokens, which are a single tile: its chunks follow each other.
CK_INLINE void multiply_one_tile(struct ck_shape shape, const struct ck_matmul_args *args) {
  const size_t width = ck_tile_width(CK_LONE_TILE, args->tokens);
  struct tile tile = tile_at(shape, CK_LONE_TILE, args, 0, 0, args->blocks);
  for (size_t p = args->first_panel; p < args->end_panel; p++) {
    _Alignas(64) ck_sums sums[CK_LONE_TILE] = {0};
    tile.panel = panel_of(args, p);
    tile.next = panel_of(args, p + 1);
    multiply_width(shape, width, &tile, sums);
    for (size_t t = 0; t < args->tokens; t++) store_rows(args, p, t, sums[t][0]);
  }
}

/// Some panels that are multiplied with a group of tokens wider than a tile.
struct rectangle {
  size_t first_panel, end_panel;
  size_t token, tokens;
};

/// What is read after chunk `next` - 1: the next chunk of the span, or the span of the next panels.
CK_INLINE struct ahead ahead_of(struct ck_shape shape, const struct ck_matmul_args *args,
                                struct rectangle rectangle, size_t panel, struct span span,
                                size_t next) {
  const size_t bytes = ck_code_bytes(shape.codes);
  size_t block = next;
  if (next >= span.first + span.count) {
    block = span.first;
    panel += PAIR;
    if (panel >= rectangle.end_panel && next < args->blocks) {
      block = next;
      panel = rectangle.first_panel;
    }
  }
  const struct ck_panel source = panel_of(args, panel);
  const size_t width = CK_TILE_OF(shape.scales), lines = bytes / 64;
  const size_t tiles = (rectangle.tokens + width - 1) / width;
  const size_t each = (lines + tiles - 1) / tiles, stride = args->layout.stride;
  const uint8_t *codes = source.codes + block * bytes;
  struct ahead ahead = {{codes, codes + stride}, each, (lines + each - 1) / each, {}};
  const size_t per_block[] = {ck_high_bytes(shape.codes), ck_scale_bytes(shape.scales),
                              shape.minimum && shape.scales == CK_F16 ? 2 * CK_PANEL_ROWS : 0};
  const uint8_t *const streams[] = {source.high, source.scales, source.minimums};
  for (int i = 0; i < 3; i++) {
    const uint8_t *start = streams[i] + block * per_block[i];
    ahead.streams[i].start[0] = start;
    ahead.streams[i].start[1] = start + stride;
    ahead.streams[i].bytes = SUPERBLOCK * per_block[i];
  }
  return ahead;
}

/// Multiplies a span of blocks of one or two panels with a group of tokens.
CK_INLINE void multiply_span(struct ck_shape shape, const struct ck_matmul_args *args,
                             struct rectangle rectangle, size_t panel, struct span span,
                             ck_sums *sums) {
  struct chunk chunks[PAIR];
  const size_t panels = ck_min(PAIR, rectangle.end_panel - panel);
  const size_t end = span.first + span.count;
  size_t count;
  for (size_t first = span.first; first < end; first += count) {
    count = ck_chunk_end(args->blocks, first, CK_CHUNK_BLOCKS) - first;
    for (size_t p = 0; p < panels; p++) {
      const struct ck_panel source = panel_of(args, panel + p);
      unpack_chunk(shape, &source, first, count, chunks + p);
    }
    chunk_function(shape)(args, panels, chunks,
                          ahead_of(shape, args, rectangle, panel, span, first + count),
                          (struct span){rectangle.token, rectangle.tokens, first, count}, sums);
  }
}

/// Multiplies some panels with a group of tokens.
///
/// All panels meet a span of the activations before the next span, so that the activations come
/// from the second-level cache; their sums stay there too.
CK_INLINE void multiply_rectangle(struct ck_shape shape, const struct ck_matmul_args *args,
                                  struct rectangle rectangle) {
  _Alignas(64) ck_sums sums[RECTANGLE_PAIRS][MOST_GROUP_TOKENS];
  const size_t used = ck_padded_tokens(CK_TILE_OF(shape.scales), rectangle.tokens) * sizeof(ck_sums);
  const size_t step = ck_span_blocks(rectangle.tokens);
  size_t count;
  for (size_t first = 0; first < args->blocks; first += count) {
    count = ck_chunk_end(args->blocks, first, step) - first;
    const struct span span = {0, 0, first, count};
    size_t pair = 0;
    for (size_t p = rectangle.first_panel; p < rectangle.end_panel; p += PAIR, pair++) {
      if (first == 0) memset(sums[pair], 0, used);
      multiply_span(shape, args, rectangle, p, span, sums[pair]);
    }
  }
  for (size_t t = 0; t < rectangle.tokens; t++) {
    for (size_t p = rectangle.first_panel; p < rectangle.end_panel; p++) {
      const size_t member = p - rectangle.first_panel;
      store_rows(args, p, rectangle.token + t, sums[member / PAIR][t][member % PAIR]);
    }
  }
}

/// Multiplies the panels of `args` with all tokens.
CK_INLINE void multiply(struct ck_shape shape, const struct ck_matmul_args *args) {
  if (args->tokens <= CK_LONE_TILE) {
    multiply_one_tile(shape, args);
    return;
  }
  const size_t group = ck_group_tokens(CK_TILE_OF(shape.scales), args->tokens);
  for (size_t token = 0; token < args->tokens; token += group) {
    const size_t tokens = ck_min(group, args->tokens - token);
    for (size_t p = args->first_panel; p < args->end_panel; p += RECTANGLE_PAIRS * PAIR) {
      const size_t end = ck_min(args->end_panel, p + RECTANGLE_PAIRS * PAIR);
      multiply_rectangle(shape, args, (struct rectangle){p, end, token, tokens});
    }
  }
}

#define CK_DEFINE(FORMAT, CODES, SCALES, MINIMUM, OFFSET, ACTIVATION, WEIGHTS, BYTES) \
  static void matmul_##FORMAT(const struct ck_matmul_args *args) {                   \
    multiply(CK_SHAPE(CODES, SCALES, MINIMUM, OFFSET, ACTIVATION), args);            \
  }
CK_BLOCK_FORMATS(CK_DEFINE)
#undef CK_DEFINE
