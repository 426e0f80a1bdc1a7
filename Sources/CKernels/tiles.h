// What the loops around a tile share with the functions of an instruction set.
#ifndef CKERNELS_TILES_H
#define CKERNELS_TILES_H

#include "formats.h"

/// Panels that share the broadcast of an activation.
enum { PAIR = 2 };
/// Blocks in a chunk: 16 KiB of codes for a pair of panels leave room in a first-level cache.
enum { CHUNK_BLOCKS = CK_CHUNK_BLOCKS };
/// Tokens that share an unpacked chunk: their activations stay in a second-level cache.
enum { GROUP_TOKENS = 256 };

/// Sums of one token: a row of C in each panel of a pair.
typedef float ck_sums[PAIR][CK_PANEL_ROWS];

/// A chunk of a panel, unpacked to CK_BYTES and CK_F32.
struct chunk {
  _Alignas(64) uint8_t codes[CHUNK_BLOCKS][512];
  _Alignas(64) float scales[CHUNK_BLOCKS][CK_PANEL_ROWS];
  _Alignas(64) float minimums[CHUNK_BLOCKS][CK_PANEL_ROWS];
};

/// Memory that is read soon: some lines of each of two streams are prefetched with every block.
struct ahead {
  const uint8_t *lines[PAIR];
  size_t lines_per_block;
};

/// Panels and the tile of tokens that they are multiplied with.
struct tile {
  struct ck_panel panels[PAIR];
  /// The panel that follows in memory: the end of a packed panel prefetches its start.
  struct ck_panel next;
  size_t blocks;
  const int8_t *codes;
  const float *scales;
  const int32_t *corrections;
  const float *scaled_sums;
  struct ahead ahead;
};

/// How far ahead of their use packed weights are prefetched, in bytes of codes.
enum { PREFETCH_BYTES = 4096 };

/// Prefetches what block `block` of a packed panel will be followed by.
CK_INLINE void prefetch_ahead(struct ck_shape shape, const struct tile *tile, size_t block) {
  const size_t bytes = ck_code_bytes(shape.codes);
  const size_t later = block + PREFETCH_BYTES / bytes;
  const bool inside = later < tile->blocks;
  const struct ck_panel *panel = inside ? tile->panels : &tile->next;
  const size_t b = inside ? later : later - tile->blocks;
#pragma clang loop unroll(full)
  for (size_t line = 0; line < bytes; line += 64) {
    __builtin_prefetch(panel->codes + b * bytes + line, 0, 3);
  }
  if (shape.codes == CK_FIVE_BITS) __builtin_prefetch(panel->high + b * 64, 0, 3);
  const size_t scales = b * ck_scale_bytes(shape.scales);
  __builtin_prefetch(panel->scales + scales, 0, 3);
  if (shape.minimum && shape.scales == CK_F16) __builtin_prefetch(panel->minimums + scales, 0, 3);
}

#endif
