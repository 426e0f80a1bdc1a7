// Weights whose rows are groups with a scale of their own: integers in groups of 128 with a zero
// point (GPTQ, AWQ, OmniQuant), and tables of 16 floats in blocks of 64 (NF4, FP4).
//
//     integers   y += scale (sum over the group of code a - zero sum over the group of a),
//                activations int8 with a scale per token; both sums are int32
//     tables     y += scale (sum over the block of table[code] a), activations f32
//
// A group of a row in a file:
//
//     int4-g128, int3-g128, int2-g128   128 codes as a little-endian stream of bits, f16 scale,
//                                       u8 zero from 0 to 15
//     nf4, fp4                          f32 scale, 64 codes, the first in the high nibble
//
// A step is what one word of 4 bytes of a token meets: 4 k of integers, one k of a table. Panels of
// 16 rows keep three streams, per group:
//
//     codes    4-bit  a vector has 2 steps: low nibbles, high nibbles
//              2-bit  a vector has 4 steps, from the lowest bits
//              3-bit  8 vectors as of 2 bits, then 4 of upper bits with 8 steps each
//              table  a vector has 8 steps, a nibble of each row's word each
//     scales   16 x f16, or 16 x f32 of tables
//     zeros    16 nibbles: rows 0 to 7 in low ones, 8 to 15 in high ones
//
// Activations are stored as those of rows (rowwise/rowwise.h); for integers, `corrections` has minus
// the sum of each group of each token.
#ifndef CKERNELS_GROUPED_H
#define CKERNELS_GROUPED_H

#include "../rowwise/rowwise.h"

enum grouped_kind {
  GROUPED_INT4,
  GROUPED_INT3,
  GROUPED_INT2,
  GROUPED_NF4,
  GROUPED_FP4,
  GROUPED_BYTES,   // unpacked integers
  GROUPED_FLOATS,  // unpacked entries of a table
};

/// Weights in a group of integers, and in a block of a table.
enum { INTEGER_GROUP = 128, TABLE_BLOCK = 64 };
/// Bytes of the zeros of a group of a panel.
enum { ZERO_BYTES = CK_PANEL_ROWS / 2 };
/// Steps whose code is written out.
enum { UNROLLED_STEPS = 8 };
/// The most columns of integers: the sum of products of a group is small, its place in a sum of
/// floats is not.
enum { GROUPED_COLUMNS = 1 << 20 };

CK_INLINE bool is_table(enum grouped_kind kind) {
  return kind == GROUPED_NF4 || kind == GROUPED_FP4 || kind == GROUPED_FLOATS;
}

/// Weights of a row in a group.
CK_INLINE size_t group_weights(enum grouped_kind kind) {
  return is_table(kind) ? TABLE_BLOCK : INTEGER_GROUP;
}

/// Steps of a group.
CK_INLINE size_t group_steps(enum grouped_kind kind) {
  return is_table(kind) ? TABLE_BLOCK : INTEGER_GROUP / 4;
}

/// Bits of a code.
CK_INLINE size_t code_bits(enum grouped_kind kind) {
  return kind == GROUPED_INT3 ? 3 : kind == GROUPED_INT2 ? 2 : 4;
}

/// Bytes of the codes of a group of a panel.
CK_INLINE size_t group_code_bytes(enum grouped_kind kind) {
  if (kind == GROUPED_BYTES || kind == GROUPED_FLOATS) return group_steps(kind) * 64;
  return group_weights(kind) * CK_PANEL_ROWS * code_bits(kind) / 8;
}

/// Bytes of the scales of a group of a panel.
CK_INLINE size_t group_scale_bytes(enum grouped_kind kind) {
  return is_table(kind) ? 4 * CK_PANEL_ROWS : 2 * CK_PANEL_ROWS;
}

/// Groups in a chunk: as many as ROW_CHUNK_GROUPS groups of words are.
CK_INLINE size_t chunk_groups(enum grouped_kind kind) {
  return ROW_CHUNK_GROUPS * 4 / group_steps(kind);
}

/// The entries of NF4 and FP4.
#define NF4_TABLE                                                                              \
  -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f,                   \
      -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,              \
      0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, \
      0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f
#define FP4_TABLE                                                                       \
  0.0f, 0.0625f / 12, 8.0f / 12, 1.0f, 4.0f / 12, 0.5f, 2.0f / 12, 0.25f, -0.0f,        \
      -0.0625f / 12, -8.0f / 12, -1.0f, -4.0f / 12, -0.5f, -2.0f / 12, -0.25f

/// Some groups of a pair of panels, and the tile of tokens that they are multiplied with.
struct grouped_tile {
  const uint8_t *codes[ROW_PANELS];
  /// What packed codes are multiplied next.
  const uint8_t *next[ROW_PANELS];
  const uint8_t *scales[ROW_PANELS];
  const uint8_t *zeros[ROW_PANELS];
  size_t groups;
  const uint8_t *activations;
  /// For integers: minus the sum of the codes of the first group, `all_groups` apart by token.
  const int32_t *corrections;
  size_t all_groups;
  const float *token_scales;
  /// sums[token * stride + 16 * panel + row]: C, or a copy of the part of it that exists.
  float *sums;
  size_t stride;
  /// Whether sums start from 0 here, and whether they are complete.
  bool starts, ends;
};

/// The packed codes that are read 4 KiB after those of group `g` of a panel.
CK_INLINE const uint8_t *codes_ahead(enum grouped_kind kind, const struct grouped_tile *tile,
                                     int panel, size_t g) {
  const size_t bytes = group_code_bytes(kind), later = g + 4096 / bytes;
  return later < tile->groups ? tile->codes[panel] + later * bytes
                              : tile->next[panel] + (later - tile->groups) * bytes;
}

/// Prefetches the packed codes of UNROLLED_STEPS steps from `base` on.
CK_INLINE void prefetch_steps(enum grouped_kind kind, const uint8_t *codes, size_t base) {
  if (kind == GROUPED_BYTES || kind == GROUPED_FLOATS) return;
  const size_t each = group_code_bytes(kind) * UNROLLED_STEPS / group_steps(kind);
  for (size_t line = 0; line < each; line += 64) {
    __builtin_prefetch(codes + base / UNROLLED_STEPS * each + line, 0, 3);
  }
}

#endif
