// Tiles of weights in groups with NEON: a panel is four quads of 4 rows. Included after rowwise_neon.h,
// whose dot_group adds 16 k of four rows times a tile.
//
// Panels are multiplied one after the other, quads inside. Integers close a sum after each group, tables
// after each half of a block, always in the same order.
#ifndef CKERNELS_ARM_GROUPED_NEON_H
#define CKERNELS_ARM_GROUPED_NEON_H

/// Steps that are summed together: a group of integers, or half a block of a table.
enum { SEGMENT_STEPS = 32 };

static const float nf4_table[16] = {NF4_TABLE}, fp4_table[16] = {FP4_TABLE};

/// Entries of a table at the codes in the lowest 4 bits of each lane.
CK_INLINE uint8x16_t look_up(enum grouped_kind kind, uint32x4_t codes) {
  const uint8_t *table = (const uint8_t *)(kind == GROUPED_FP4 ? fp4_table : nf4_table);
  const uint8x16x4_t entries = vld1q_u8_x4(table);
  // Bytes 4 code to 4 code + 3.
  const uint32x4_t code = vandq_u32(codes, vdupq_n_u32(15));
  const uint32x4_t bytes = vmlaq_n_u32(vdupq_n_u32(0x03020100), code, 0x04040404);
  return vqtbl4q_u8(entries, vreinterpretq_u8_u32(bytes));
}

/// A quad of a vector of bytes, shifted right by `bits`.
CK_INLINE uint8x16_t shifted(const uint8_t *vector, int quad, int bits) {
  return vshlq_u8(vld1q_u8(vector + 16 * quad), vdupq_n_s8((int8_t)-bits));
}

/// Four rows of step `step` of a group.
CK_INLINE uint8x16_t load_step(enum grouped_kind kind, const uint8_t *codes, size_t step,
                               int quad) {
  switch (kind) {
  case GROUPED_INT4:
    return vandq_u8(shifted(codes + 64 * (step / 2), quad, 4 * (int)(step % 2)), vdupq_n_u8(15));
  case GROUPED_INT3:
  case GROUPED_INT2: {
    const uint8x16_t low =
        vandq_u8(shifted(codes + 64 * (step / 4), quad, 2 * (int)(step % 4)), vdupq_n_u8(3));
    if (kind == GROUPED_INT2) return low;
    const uint8_t *high = codes + INTEGER_GROUP * CK_PANEL_ROWS / 4 + 64 * (step / 8);
    return vorrq_u8(low, vandq_u8(shifted(high, quad, (int)(step % 8) - 2), vdupq_n_u8(4)));
  }
  case GROUPED_NF4:
  case GROUPED_FP4: {
    const uint32x4_t eight =
        vreinterpretq_u32_u8(vld1q_u8(codes + 64 * (step / 8) + 16 * quad));
    return look_up(kind, vshlq_u32(eight, vdupq_n_s32(-4 * (int)(step % 8))));
  }
  default: return vld1q_u8(codes + 64 * step + 16 * quad);
  }
}

/// Writes the weights of a group, a vector a step.
CK_INLINE void unpack_codes(enum grouped_kind kind, const uint8_t *codes, uint8_t *out) {
  for (size_t step = 0; step < group_steps(kind); step++) {
#pragma clang loop unroll(full)
    for (int quad = 0; quad < QUADS; quad++) {
      vst1q_u8(out + 64 * step + 16 * quad, load_step(kind, codes, step, quad));
    }
  }
}

/// Adds four steps of four rows times a tile.
CK_INLINE void add_steps(enum grouped_kind kind, int width, const uint8_t *codes, size_t step,
                         int quad, const uint8_t *activations, int32x4_t sums[CK_TILE]) {
  uint8x16_t weights[4];
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) weights[i] = load_step(kind, codes, step + (size_t)i, quad);
  if (!is_table(kind)) {
    int8x16_t bytes[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) bytes[i] = vreinterpretq_s8_u8(weights[i]);
    dot_group(ROW_SMALL, width, bytes, (const int8_t *)activations, sums);
    return;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const float32x4_t a = vreinterpretq_f32_u8(vld1q_u8(activations + GROUP_BYTES * t));
      sums[t] = vreinterpretq_s32_f32(add_lane(vreinterpretq_f32_s32(sums[t]),
                                               vreinterpretq_f32_u8(weights[i]), a, i));
    }
  }
}

/// Adds the sums of four rows of a segment to C.
CK_INLINE void close_segment(enum grouped_kind kind, int width, const struct grouped_tile *tile,
                             int panel, int quad, size_t g, bool starts, bool ends,
                             int32x4_t sums[CK_TILE]) {
  const uint8_t *place = tile->scales[panel] + g * group_scale_bytes(kind);
  const float32x4_t scales =
      is_table(kind) ? vreinterpretq_f32_u8(vld1q_u8(place + 16 * quad))
                     : vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(place + 8 * quad)));
  int32x4_t zeros = vdupq_n_s32(0);
  for (int row = 0; row < 4 && !is_table(kind); row++) {
    const uint8_t byte = tile->zeros[panel][g * ZERO_BYTES + (size_t)(4 * quad + row) % 8];
    zeros[row] = byte >> 4 * (quad / 2) & 15;
  }
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    float *out = tile->sums + (size_t)t * tile->stride + 16 * panel + 4 * quad;
    float32x4_t sum = vreinterpretq_f32_s32(sums[t]);
    if (!is_table(kind)) {
      const int32_t minus = tile->corrections[(size_t)t * tile->all_groups + g];
      sum = vcvtq_f32_s32(vmlaq_n_s32(sums[t], zeros, minus));
    }
    const float32x4_t before = starts ? vdupq_n_f32(0) : vld1q_f32(out);
    float32x4_t total = vfmaq_f32(before, sum, scales);
    if (!is_table(kind) && ends) total = vmulq_n_f32(total, tile->token_scales[t]);
    vst1q_f32(out, total);
  }
}

/// Multiplies some groups of a pair of panels with a tile of `width` tokens.
CK_INLINE void multiply_grouped(enum grouped_kind kind, int width,
                                const struct grouped_tile *tile) {
  const size_t each = group_steps(kind) / SEGMENT_STEPS, segments = tile->groups * each;
  for (size_t i = 0; i < ROW_PANELS * segments; i++) {
    const int panel = (int)(i / segments);
    const size_t segment = i % segments, g = segment / each;
    const size_t first = segment % each * SEGMENT_STEPS;
    const uint8_t *codes = tile->codes[panel] + g * group_code_bytes(kind);
    const uint8_t *activations =
        tile->activations + g * group_steps(kind) / 4 * GROUP_BYTES * (size_t)width;
#pragma clang loop unroll(full)
    for (int quad = 0; quad < QUADS; quad++) {
      int32x4_t sums[CK_TILE];
#pragma clang loop unroll(full)
      for (int t = 0; t < width; t++) sums[t] = vdupq_n_s32(0);
      for (size_t step = first; step < first + SEGMENT_STEPS; step += 4) {
        add_steps(kind, width, codes, step, quad,
                  activations + step / 4 * GROUP_BYTES * (size_t)width, sums);
      }
      if (!is_table(kind)) restore_sums(width, sums);
      close_segment(kind, width, tile, panel, quad, g, tile->starts && segment == 0,
                    tile->ends && segment + 1 == segments, sums);
    }
  }
}

#endif
