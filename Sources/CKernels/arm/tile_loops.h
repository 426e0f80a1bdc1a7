// Multiplies panels with one tile: the loops of every Arm instruction set.
//
// The including file has defined CODE_SIGN (what it multiplies), CK_TILE, CK_WIDTHS (the tiles up
// to CK_TILE) and the inline functions
//
//     dot_groups(shape, width, codes, groups, activations, sums)
//                                sums[token] += some groups of a block of four rows
//     arrange_for_chunk(codes)   orders a quad for dot_groups on a chunk
//
// Sums of a segment are integers and exact; the floating-point operations after them are the same,
// in the same order, for every Arm instruction set, so their results agree in every bit.

/// Adds the sums of segment s of a block to the totals of one quad.
CK_INLINE void add_segment(struct ck_shape shape, int width, const struct tile *tile, size_t block,
                           size_t s, size_t quad, float32x4_t scale, float32x4_t minimum,
                           const int32x4_t dots[CK_TILE], float32x4_t totals[][QUADS]) {
  const size_t segments = (size_t)ck_segments(shape.scales);
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    const size_t at = block * (size_t)width + (size_t)t;
    const float32x4_t factor = vmulq_n_f32(scale, tile->scales[at]);
    totals[t][quad] = vfmaq_f32(totals[t][quad], vcvtq_f32_s32(dots[t]), factor);
    if (shape.minimum) {
      const float sum = tile->scaled_sums[at * segments + s];
      totals[t][quad] = vfmaq_n_f32(totals[t][quad], minimum, sum);
    }
  }
}

/// Multiplies one quad of a block with a tile of `width` tokens.
CK_INLINE void multiply_quad(struct ck_shape shape, int width, const struct ck_panel *panel,
                             const struct tile *tile, size_t block, size_t quad,
                             const struct integer_scales *integers, float32x4_t totals[][QUADS]) {
  const size_t segments = (size_t)ck_segments(shape.scales);
  const size_t first = block * (size_t)width;
  uint8x16_t codes[GROUPS];
  unpack_quad(shape, CODE_SIGN, panel, block, quad, codes);
#pragma clang loop unroll(full)
  for (size_t s = 0; s < segments; s++) {
    const struct groups groups = {(int)(s * GROUPS / segments), (int)((s + 1) * GROUPS / segments)};
    int32x4_t dots[CK_TILE];
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const int32_t *correction = tile->corrections + (first + (size_t)t) * segments + s;
      dots[t] = has_offset(shape, CODE_SIGN) ? vld1q_dup_s32(correction) : vdupq_n_s32(0);
    }
    dot_groups(shape, width, codes, groups, tile->codes + first * CK_BLOCK, dots);
    const float32x4_t scale = load_scales(shape.scales, panel, block, s, quad, integers);
    const float32x4_t minimum =
        shape.minimum ? load_minimums(shape.scales, panel, block, s, quad, integers) : scale;
    add_segment(shape, width, tile, block, s, quad, scale, minimum, dots, totals);
  }
}

/// Multiplies a panel with a tile of `width` tokens and adds to sums[token][member].
CK_INLINE void multiply_panel(struct ck_shape shape, const struct ck_panel *panel, int member,
                              int width, const struct tile *tile, ck_sums *sums) {
  float32x4_t totals[CK_TILE][QUADS];
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
#pragma clang loop unroll(full)
    for (int quad = 0; quad < QUADS; quad++) {
      totals[t][quad] = vld1q_f32(sums[t][member] + 4 * quad);
    }
  }
  for (size_t b = 0; b < tile->blocks; b++) {
    const struct integer_scales integers = load_integer_scales(shape.scales, panel, b);
#pragma clang loop unroll(full)
    for (size_t quad = 0; quad < QUADS; quad++) {
      multiply_quad(shape, width, panel, tile, b, quad, &integers, totals);
    }
  }
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
#pragma clang loop unroll(full)
    for (int quad = 0; quad < QUADS; quad++) {
      vst1q_f32(sums[t][member] + 4 * quad, totals[t][quad]);
    }
  }
}

/// Chooses the tile of the given width.
CK_INLINE void choose_width(struct ck_shape shape, const struct ck_panel *panel, int member,
                            size_t width, const struct tile *tile, ck_sums *sums) {
#define CK_CASE(W) \
  case W: multiply_panel(shape, panel, member, W, tile, sums); break;
  switch (width) { CK_WIDTHS(CK_CASE) }
#undef CK_CASE
}

CK_INLINE void multiply_width(struct ck_shape shape, size_t width, const struct tile *tile,
                              ck_sums *sums) {
  choose_width(shape, &tile->panel, 0, width, tile, sums);
}

#include "../plain_chunk.h"

CK_INLINE void multiply_chunk_width(struct ck_shape shape, int panels, size_t width,
                                    const struct tile *tile, const struct chunk *chunks,
                                    ck_sums *sums) {
  for (int p = 0; p < panels; p++) {
    const struct ck_panel panel = panel_of_chunk(chunks + p);
    choose_width(shape, &panel, p, width, tile, sums);
  }
}

#include "../plain_chunk_functions.h"

/// Unpacks the scales and minimums of one quad and block to block b of a chunk.
CK_INLINE void unpack_scales(struct ck_shape shape, const struct ck_panel *panel, size_t block,
                             size_t quad, const struct integer_scales *integers, size_t b,
                             struct chunk *chunk) {
  const size_t segments = (size_t)ck_segments(shape.scales);
#pragma clang loop unroll(full)
  for (size_t s = 0; s < segments; s++) {
    const size_t at = b * segments + s;
    vst1q_f32(chunk->scales[at] + 4 * quad,
              load_scales(shape.scales, panel, block, s, quad, integers));
    if (!shape.minimum) continue;
    vst1q_f32(chunk->minimums[at] + 4 * quad,
              load_minimums(shape.scales, panel, block, s, quad, integers));
  }
}

/// Unpacks blocks first..<first + count of a panel.
CK_INLINE void unpack_chunk(struct ck_shape shape, const struct ck_panel *panel, size_t first,
                            size_t count, struct chunk *chunk) {
  for (size_t b = 0; b < count; b++) {
    const size_t block = first + b;
    const struct integer_scales integers = load_integer_scales(shape.scales, panel, block);
#pragma clang loop unroll(full)
    for (size_t quad = 0; quad < QUADS; quad++) {
      uint8x16_t codes[GROUPS];
      unpack_signed(shape, panel, block, quad, codes);
      arrange_for_chunk(codes);
#pragma clang loop unroll(full)
      for (int g = 0; g < GROUPS; g++) vst1q_u8(chunk->codes[b] + 64 * g + 16 * quad, codes[g]);
      unpack_scales(shape, panel, block, quad, &integers, b, chunk);
    }
  }
}

#include "../panel_loops.h"
