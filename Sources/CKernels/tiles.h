// What the loops around a tile share with the functions of an instruction set.
#ifndef CKERNELS_TILES_H
#define CKERNELS_TILES_H

#include "formats.h"

/// Panels that share the broadcast of an activation.
enum { PAIR = 2 };
/// Blocks in a chunk: 16 KiB of codes for a pair of panels leave room in a first-level cache.
enum { CHUNK_BLOCKS = CK_CHUNK_BLOCKS };
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
  const size_t chunks = BUDGET / (tokens * BYTES_PER_BLOCK * CHUNK_BLOCKS);
  return (chunks > 0 ? chunks : 1) * CHUNK_BLOCKS;
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

/// How far ahead of their use packed weights are prefetched, in bytes of codes, and into which cache.
///
/// Codes that take work to unpack are prefetched into the second level: into the first, the few lines
/// on their way would be held up whenever the multiplier falls behind. It is worth 5 % of the speed of
/// 4- and 5-bit formats on Golden Cove, and costs 2 % where codes are bytes.
enum { NEAR_PREFETCH_BYTES = 4096, FAR_PREFETCH_BYTES = 8192 };

CK_INLINE void prefetch_line(struct ck_shape shape, const uint8_t *line) {
  if (ck_is_bytes(shape.codes)) {
    __builtin_prefetch(line, 0, 3);
  } else {
    __builtin_prefetch(line, 0, 2);
  }
}

/// Prefetches what block `block` of a packed panel will be followed by.
CK_INLINE void prefetch_ahead(struct ck_shape shape, const struct tile *tile, size_t block) {
  const size_t bytes = ck_code_bytes(shape.codes), high = ck_high_bytes(shape.codes);
  const size_t ahead = ck_is_bytes(shape.codes) ? NEAR_PREFETCH_BYTES : FAR_PREFETCH_BYTES;
  const size_t later = block + ahead / bytes;
  const bool inside = later < tile->blocks;
  const struct ck_panel *panel = inside ? &tile->panel : &tile->next;
  const size_t b = inside ? later : later - tile->blocks;
#pragma clang loop unroll(full)
  for (size_t line = 0; line < bytes; line += 64) {
    prefetch_line(shape, panel->codes + b * bytes + line);
  }
#pragma clang loop unroll(full)
  for (size_t line = 0; line < high; line += 64) {
    prefetch_line(shape, panel->high + b * high + line);
  }
  const size_t scales = b * ck_scale_bytes(shape.scales);
  prefetch_line(shape, panel->scales + scales);
  if (shape.minimum && shape.scales == CK_F16) prefetch_line(shape, panel->minimums + scales);
}

#endif
