// Multiplies panels with one tile: the loops of every Arm instruction set.
//
// The including file has defined CODE_SIGN (what it multiplies), CK_TILE, CK_WIDTHS (the tiles up
// to CK_TILE) and the inline functions
//
//     dot_quad(shape, width, codes, activations, sums)   sums[token][row] += a block of four rows
//     arrange_for_chunk(codes)                           orders a quad for dot_quad on a chunk
//
// Sums of a block are integers and exact; the floating-point operations after them are the same,
// in the same order, as in the x86 kernels, so results agree in every bit.

/// Multiplies one quad of a block with a tile of `width` tokens.
CK_INLINE void multiply_quad(struct ck_shape shape, int width, const struct ck_panel *panel,
                             const struct tile *tile, size_t block, size_t quad,
                             struct integer_scales integers, float32x4_t totals[][QUADS]) {
  const size_t first = block * (size_t)width;
  uint8x16_t codes[8];
  unpack_quad(shape, CODE_SIGN, panel, block, quad, codes);
  int32x4_t dots[CK_TILE];
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    const int32_t *correction = tile->corrections + first + t;
    dots[t] = has_offset(shape, CODE_SIGN) ? vld1q_dup_s32(correction) : vdupq_n_s32(0);
  }
  dot_quad(shape, width, codes, tile->codes + first * CK_BLOCK, dots);
  const float32x4_t scale = load_scales(shape.scales, panel, block, quad, integers);
  const float32x4_t minimum =
      shape.minimum ? load_minimums(shape.scales, panel, block, quad, integers) : scale;
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    const size_t at = first + (size_t)t;
    const float32x4_t factor = vmulq_n_f32(scale, tile->scales[at]);
    totals[t][quad] = vfmaq_f32(totals[t][quad], vcvtq_f32_s32(dots[t]), factor);
    if (shape.minimum) {
      totals[t][quad] = vfmaq_n_f32(totals[t][quad], minimum, tile->scaled_sums[at]);
    }
  }
}

/// Multiplies panel `member` of a tile of `width` tokens and adds to sums[token][member].
CK_INLINE void multiply_panel(struct ck_shape shape, int member, int width,
                              const struct tile *tile, ck_sums *sums) {
  const struct ck_panel *panel = tile->panels + member;
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
      multiply_quad(shape, width, panel, tile, b, quad, integers, totals);
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
CK_INLINE void multiply_width(struct ck_shape shape, int panels, size_t width,
                              const struct tile *tile, ck_sums *sums) {
  for (int p = 0; p < panels; p++) {
#define CK_CASE(W) \
  case W:          \
    multiply_panel(shape, p, W, tile, sums); break;
    switch (width) { CK_WIDTHS(CK_CASE) }
#undef CK_CASE
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
      uint8x16_t codes[8];
      unpack_signed(shape, panel, block, quad, codes);
      arrange_for_chunk(codes);
#pragma clang loop unroll(full)
      for (int g = 0; g < 8; g++) vst1q_u8(chunk->codes[b] + 64 * g + 16 * quad, codes[g]);
      vst1q_f32(chunk->scales[b] + 4 * quad,
                load_scales(shape.scales, panel, block, quad, integers));
      if (shape.minimum) {
        vst1q_f32(chunk->minimums[b] + 4 * quad,
                  load_minimums(shape.scales, panel, block, quad, integers));
      }
    }
  }
}
