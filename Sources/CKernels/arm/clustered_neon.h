// Tiles of weights in clusters with NEON: a panel is four quads of 4 rows. Included after CK_TILE and the dot
// products of an instruction set.
//
// Panels are multiplied one after the other: 16 of 32 registers hold the sums of one panel and 4 tokens.

enum { QUADS = CK_PANEL_ROWS / 4 };

/// Bytes shifted right by `bits`, left where negative.
CK_INLINE uint8x16_t shifted(uint8x16_t bytes, int bits) {
  return vshlq_u8(bytes, vdupq_n_s8((int8_t)-bits));
}

/// Four rows of step `step`, a constant, of a word of codes.
CK_INLINE uint8x16_t load_step(unsigned bits, const uint8_t *word, int step, int quad) {
  const uint8_t *place = word + 16 * quad;
  if (bits == 4) {
    const uint8x16_t pair = vld1q_u8(place + 64 * (step / 2));
    return step % 2 ? vshrq_n_u8(pair, 4) : vandq_u8(pair, vdupq_n_u8(15));
  }
  if (bits != 3) return vld1q_u8(place + 64 * step);
  const uint8x16_t low = vandq_u8(shifted(vld1q_u8(place), 2 * step), vdupq_n_u8(3));
  // Third bits: of rows 0 to 7 in low nibbles, of rows 8 to 15 in high ones.
  const uint8x16_t third = vld1q_u8(word + 64 + 16 * (quad % 2));
  return vorrq_u8(low, vandq_u8(shifted(third, 4 * (quad / 2) + step - 2), vdupq_n_u8(4)));
}

CK_INLINE void unpack_word(unsigned bits, const uint8_t *word, uint8_t *out) {
#pragma clang loop unroll(full)
  for (int i = 0; i < 4 * QUADS; i++) {
    vst1q_u8(out + 16 * i, load_step(bits, word, i / QUADS, i % QUADS));
  }
}

/// Adds a word times a tile to the sums of a panel.
CK_INLINE void add_word(unsigned bits, int width, const uint8_t *word, const uint8_t *activations,
                        int32x4_t sums[QUADS][CK_TILE]) {
#pragma clang loop unroll(full)
  for (int quad = 0; quad < QUADS; quad++) {
    int8x16_t codes[4];
#pragma clang loop unroll(full)
    for (int step = 0; step < 4; step++) {
      codes[step] = vreinterpretq_s8_u8(load_step(bits, word, step, quad));
    }
    dot_group(ROW_SMALL, width, codes, (const int8_t *)activations, sums[quad]);
  }
}

/// The zeros of four rows of a segment.
CK_INLINE int32x4_t load_zeros(const uint8_t *zeros, int quad) {
  int32x4_t rows;
#pragma clang loop unroll(full)
  for (int row = 0; row < 4; row++) {
    rows[row] = zeros[(4 * quad + row) % 8] >> 4 * (quad / 2) & 15;
  }
  return rows;
}

/// Adds the sums of a segment to C.
CK_INLINE void close_segment(int width, const struct cluster_tile *tile, int p, size_t s,
                             int32x4_t sums[QUADS][CK_TILE]) {
  const float *scales = (const float *)(const void *)tile->scales[p] + s * CK_PANEL_ROWS;
#pragma clang loop unroll(full)
  for (int quad = 0; quad < QUADS; quad++) {
    restore_sums(width, sums[quad]);
    const float32x4_t scale = vld1q_f32(scales + 4 * quad);
    const int32x4_t zeros = load_zeros(tile->zeros[p] + s * CLUSTER_ZERO_BYTES, quad);
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      float *place = tile->out[t] + CK_PANEL_ROWS * p + 4 * quad;
      const int32_t minus = tile->sums[(size_t)t * tile->all_segments + s];
      const float32x4_t sum = vcvtq_f32_s32(vmlaq_n_s32(sums[quad][t], zeros, minus));
      vst1q_f32(place, vaddq_f32(vld1q_f32(place), vmulq_f32(scale, sum)));
    }
  }
}

/// Multiplies some segments of one panel with a tile of `width` tokens.
CK_INLINE void multiply_panel(unsigned bits, int width, const struct cluster_tile *tile, int p) {
  const uint8_t *codes = tile->codes[p], *activations = tile->activations;
  for (size_t s = 0; s < tile->segments; s++) {
    // Zeros need no order.
    int32x4_t sums[QUADS][CK_TILE];
#pragma clang loop unroll(full)
    for (int i = 0; i < QUADS * width; i++) sums[i / width][i % width] = vdupq_n_s32(0);
    for (size_t w = 0; w < tile->words[s]; w++) {
      add_word(bits, width, codes, activations, sums);
      codes += cluster_word_bytes(bits);
      activations += GROUP_BYTES * width;
    }
    close_segment(width, tile, p, s, sums);
  }
}

CK_INLINE void multiply_clusters(unsigned bits, int width, const struct cluster_tile *tile) {
  for (int p = 0; p < ROW_PANELS; p++) multiply_panel(bits, width, tile, p);
}
