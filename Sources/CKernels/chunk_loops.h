// The loop over the tiles of a chunk, for the instruction set of the including file.

#ifdef CK_PANEL_BY_PANEL

/// Multiplies a chunk of one or two unpacked panels with every tile of a group of tokens, one panel after
/// the other: each stays in the first-level cache meanwhile.
CK_INLINE void multiply_chunk(struct ck_shape shape, int panels, const struct ck_matmul_args *args,
                              const struct chunk *chunks, struct ahead ahead, struct span span,
                              ck_sums *sums) {
  (void)ahead;
  for (int p = 0; p < panels; p++) {
    for (size_t t = 0; t < span.tokens; t += CK_TILE) {
      const size_t width = ck_tile_width(CK_TILE, span.tokens - t);
      const struct tile tile =
          tile_at(shape, CK_TILE, args, span.token + t, span.first, span.count);
      multiply_chunk_width(shape, p, width, &tile, chunks + p, sums + t);
    }
  }
}

#else

/// Multiplies a chunk of one or two unpacked panels with every tile of a group of tokens.
CK_INLINE void multiply_chunk(struct ck_shape shape, int panels, const struct ck_matmul_args *args,
                              const struct chunk *chunks, struct ahead ahead, struct span span,
                              ck_sums *sums) {
  const size_t widest = CK_TILE_OF(shape.scales);
  for (size_t t = 0; t < span.tokens; t += widest) {
    const size_t width = ck_tile_width(widest, span.tokens - t);
    struct tile tile = tile_at(shape, widest, args, span.token + t, span.first, span.count);
    tile.ahead = ahead;
    for (int p = 0; p < panels; p++) {
      ahead.lines[p] += 64 * ahead.lines_per_block * span.count;
    }
    for (int i = 0; i < 3; i++) ahead.streams[i].bytes = 0;
    if (t / widest + 1 == ahead.tiles) ahead.lines_per_block = 0;
    multiply_chunk_width(shape, panels, width, &tile, chunks, sums + t);
  }
}

#endif

/// A function for chunks of `shape`, for one panel or two.
#define CK_DEFINE_CHUNK(NAME, ...)                                                            \
  static __attribute__((noinline)) void NAME(                                                 \
      const struct ck_matmul_args *args, size_t panels, const struct chunk *chunks,           \
      struct ahead ahead, struct span span, ck_sums *sums) {                                  \
    const struct ck_shape shape = __VA_ARGS__;                                                \
    if (panels == 1) {                                                                        \
      multiply_chunk(shape, 1, args, chunks, ahead, span, sums);                              \
    } else {                                                                                  \
      multiply_chunk(shape, PAIR, args, chunks, ahead, span, sums);                           \
    }                                                                                         \
  }

typedef void (*chunk_multiplier)(const struct ck_matmul_args *args, size_t panels,
                                 const struct chunk *chunks, struct ahead ahead, struct span span,
                                 ck_sums *sums);
