// What the loops around a tile share with the functions of an instruction set.
#ifndef CKERNELS_TILES_H
#define CKERNELS_TILES_H

#include "formats.h"

// A file of kernels defines CK_TILE, its widest tile of tokens. It may define wider ones for scales of
// some kind, and for tokens that are the only tile and meet packed panels.
#ifndef CK_TILE_OF
#define CK_TILE_OF(SCALES) CK_TILE
#endif
#ifndef CK_LONE_TILE
#define CK_LONE_TILE CK_TILE
#endif

/// Panels that share the broadcast of an activation.
enum { PAIR = 2 };
/// Tokens that share an unpacked chunk, at most: their activations stay in a second-level cache.
enum { MOST_GROUP_TOKENS = 272 };

/// Tokens in each of the fewest groups of about 256 that `tokens` can be split into evenly.
CK_INLINE size_t ck_group_tokens(size_t tile, size_t tokens) {
  const size_t groups = (tokens + 255) / 256;
  const size_t tiles = (tokens + tile - 1) / tile;
  return (tiles + groups - 1) / groups * tile;
}

/// Pairs of panels whose sums are kept while activations stay in the second-level cache.
enum { RECTANGLE_PAIRS = 8 };

/// Blocks of so many tokens whose activations fit in half a megabyte; whole chunks.
CK_INLINE size_t ck_span_blocks(size_t tokens) {
  enum { BUDGET = 512 << 10, BYTES_PER_BLOCK = CK_BLOCK + 3 * sizeof(float) };
  const size_t chunks = BUDGET / (tokens * BYTES_PER_BLOCK * CK_CHUNK_BLOCKS);
  return (chunks > 0 ? chunks : 1) * CK_CHUNK_BLOCKS;
}

/// Sums of one token: a row of C in each panel of a pair.
typedef float ck_sums[PAIR][CK_PANEL_ROWS];

/// The chunk of a pair of panels that is unpacked next: `tiles` tiles prefetch some lines of its
/// codes with every block, and the first one its other streams too.
struct ahead {
  const uint8_t *lines[PAIR];
  size_t lines_per_block;
  size_t tiles;
  /// High bits, scales and minimums, with the bytes of a superblock.
  struct {
    const uint8_t *start[PAIR];
    size_t bytes;
  } streams[3];
};

/// Some tokens and some blocks.
struct span {
  size_t token, tokens;
  size_t first, count;
};

/// A tile of tokens and what it is multiplied with.
struct tile {
  /// The packed panel, where there is one.
  struct ck_panel panel;
  /// The panel that follows in memory: the end of a packed panel prefetches its start.
  struct ck_panel next;
  size_t blocks;
  const int8_t *codes;
  const float *scales;
  const int32_t *corrections;
  const float *scaled_sums;
  struct ahead ahead;
};

/// The tile of `width` tokens at most that starts at `token`, from block `first` on.
CK_INLINE struct tile tile_at(struct ck_shape shape, size_t width,
                              const struct ck_matmul_args *args, size_t token, size_t first,
                              size_t count) {
  const size_t segments = (size_t)ck_segments(shape.scales);
  const size_t padded = ck_padded_tokens(width, args->tokens);
  const size_t at = ck_tile_offset(padded, args->blocks, token, first);
  return (struct tile){
      .blocks = count,
      .codes = args->codes + at * CK_BLOCK,
      .scales = args->scales + at,
      .corrections = args->corrections + at * segments,
      .scaled_sums = args->scaled_sums + at * segments,
  };
}

/// How far ahead of their use packed weights are prefetched, in bytes of codes: everything into the
/// second-level cache, then codes and high bits from there into the first.
///
/// The second step is worth 6 % of the speed of one token on Golden Cove. Without it a load that
/// waits for the second level fills the window of the core with work that waits for the load, and
/// the prefetches behind that work are late: memory idles.
enum { FAR_PREFETCH_BYTES = 16384, NEAR_PREFETCH_BYTES = 2048 };

CK_INLINE void prefetch_far(const uint8_t *stream, size_t bytes) {
#pragma clang loop unroll(full)
  for (size_t line = 0; line < bytes; line += 64) __builtin_prefetch(stream + line, 0, 2);
}

CK_INLINE void prefetch_near(const uint8_t *stream, size_t bytes) {
#pragma clang loop unroll(full)
  for (size_t line = 0; line < bytes; line += 64) __builtin_prefetch(stream + line, 0, 3);
}

/// Prefetches what block `block` of a packed panel will be followed by.
CK_INLINE void prefetch_ahead(struct ck_shape shape, const struct tile *tile, size_t block) {
  const size_t codes = ck_code_bytes(shape.codes), high = ck_high_bytes(shape.codes);
  const size_t scales = ck_scale_bytes(shape.scales);
  const size_t soon = block + NEAR_PREFETCH_BYTES / codes;
  prefetch_near(tile->panel.codes + soon * codes, codes);
  prefetch_near(tile->panel.high + soon * high, high);
  const size_t later = block + ck_min(FAR_PREFETCH_BYTES / codes, tile->blocks);
  const bool inside = later < tile->blocks;
  const struct ck_panel *panel = inside ? &tile->panel : &tile->next;
  const size_t b = inside ? later : later - tile->blocks;
  prefetch_far(panel->codes + b * codes, codes);
  prefetch_far(panel->high + b * high, high);
  prefetch_far(panel->scales + b * scales, 1);
  if (shape.minimum && shape.scales == CK_F16) prefetch_far(panel->minimums + b * scales, 1);
}

#endif
