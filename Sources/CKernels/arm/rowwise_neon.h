// Tiles of rows with NEON: a panel is four quads of 4 rows. The including file has defined
//
//     dot_group(kind, width, codes, activations, sums)  adds 16 k of four rows times a tile
//     arrange_sums(width, sums), restore_sums(width, sums)   the order that dot_group keeps sums in
//
// Panels are multiplied one after the other: 16 of 32 registers hold the sums of one panel and 4
// tokens, 4 their activations, which meet the weights as lanes of a register.
#ifndef CKERNELS_ARM_ROWWISE_NEON_H
#define CKERNELS_ARM_ROWWISE_NEON_H

enum { QUADS = CK_PANEL_ROWS / 4 };

/// Four rows of `step` in a group of float weights, as f32.
CK_INLINE float32x4_t load_weights(enum row_kind kind, const uint8_t *group, int step, int quad) {
  if (kind == ROW_F16) {
    return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(group + 32 * step + 8 * quad)));
  }
  if (kind == ROW_BF16) {
    const uint32x4_t pairs = vreinterpretq_u32_u8(vld1q_u8(group + 64 * (step / 2) + 16 * quad));
    return vreinterpretq_f32_u32(step % 2 ? vandq_u32(pairs, vdupq_n_u32(0xFFFF0000))
                                          : vshlq_n_u32(pairs, 16));
  }
  return vreinterpretq_f32_u8(vld1q_u8(group + 64 * step + 16 * quad));
}

/// Four rows of step `step` of a group of codes, as signed bytes.
CK_INLINE int8x16_t load_codes(enum row_kind kind, const uint8_t *group, int step, int quad) {
  if (kind != ROW_CHANNEL4 && kind != ROW_CHANNEL6) {
    const uint8x16_t stored = vld1q_u8(group + 64 * step + 16 * quad);
    // Codes are stored with 128 on top; flipping the highest bit takes it off.
    return vreinterpretq_s8_u8(is_signed(kind) ? veorq_u8(stored, vdupq_n_u8(0x80)) : stored);
  }
  const uint8x16_t pair = vld1q_u8(group + 64 * (step / 2) + 16 * quad);
  const uint8x16_t low = step % 2 ? vshrq_n_u8(pair, 4) : vandq_u8(pair, vdupq_n_u8(15));
  if (kind == ROW_CHANNEL4) return vreinterpretq_s8_u8(low);
  const uint8x16_t four = vld1q_u8(group + 128 + 16 * quad);
  const uint8x16_t high = step == 0   ? vshlq_n_u8(four, 4)
                          : step == 1 ? vshlq_n_u8(four, 2)
                          : step == 2 ? four
                                      : vshrq_n_u8(four, 2);
  return vreinterpretq_s8_u8(vorrq_u8(low, vandq_u8(high, vdupq_n_u8(0x30))));
}

/// Converts a group of f16 or bf16 to f32, of nibbles to bytes.
CK_INLINE void unpack_group(enum row_kind kind, const uint8_t *group, uint8_t *out) {
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    vst1q_u8(out + 16 * i, is_integer(kind)
                               ? vreinterpretq_u8_s8(load_codes(kind, group, i / 4, i % 4))
                               : vreinterpretq_u8_f32(load_weights(kind, group, i / 4, i % 4)));
  }
}

/// A fused multiply-add with lane `lane` of the activations; the instruction wants a constant.
CK_INLINE float32x4_t add_lane(float32x4_t sum, float32x4_t weights, float32x4_t a, int lane) {
  switch (lane) {
  case 0: return vfmaq_laneq_f32(sum, weights, a, 0);
  case 1: return vfmaq_laneq_f32(sum, weights, a, 1);
  case 2: return vfmaq_laneq_f32(sum, weights, a, 2);
  default: return vfmaq_laneq_f32(sum, weights, a, 3);
  }
}

/// Adds a group of float weights of one panel times tokens.
CK_INLINE void add_floats(enum row_kind kind, int width, const uint8_t *group,
                          const uint8_t *activations, int32x4_t sums[QUADS][CK_TILE]) {
#pragma clang loop unroll(full)
  for (int step = 0; step < 4; step++) {
#pragma clang loop unroll(full)
    for (int quad = 0; quad < QUADS; quad++) {
      const float32x4_t weights = load_weights(kind, group, step, quad);
#pragma clang loop unroll(full)
      for (int t = 0; t < width; t++) {
        const float32x4_t a = vreinterpretq_f32_u8(vld1q_u8(activations + GROUP_BYTES * t));
        sums[quad][t] = vreinterpretq_s32_f32(
            add_lane(vreinterpretq_f32_s32(sums[quad][t]), weights, a, step));
      }
    }
  }
}

/// Adds a group of integer weights of one panel times tokens.
CK_INLINE void add_integers(enum row_kind kind, int width, const uint8_t *group,
                            const uint8_t *activations, int32x4_t sums[QUADS][CK_TILE]) {
#pragma clang loop unroll(full)
  for (int quad = 0; quad < QUADS; quad++) {
    int8x16_t codes[4];
#pragma clang loop unroll(full)
    for (int step = 0; step < 4; step++) {
      codes[step] = load_codes(kind, group, step, quad);
    }
    dot_group(kind, width, codes, (const int8_t *)activations, sums[quad]);
  }
}

/// Two complete sums of integers with the zero points of their rows and token.
CK_INLINE float32x2_t without_zeros(const struct row_tile *tile, int32x2_t sums, int t, int p,
                                    int row) {
  const int32x2_t zeros = vld1_s32(row_zeros(tile, (size_t)p) + row);
  const int32x2_t others = vld1_s32(row_sums(tile, (size_t)p) + row);
  float64x2_t total = vcvtq_f64_s64(vmovl_s32(sums));
  total = vfmsq_n_f64(total, vcvtq_f64_s64(vmovl_s32(zeros)), (double)tile->token_sums[t]);
  total = vfmsq_n_f64(total, vcvtq_f64_s64(vmovl_s32(others)), (double)tile->token_zeros[t]);
  return vcvt_f32_f64(total);
}

/// Four complete sums of channels times both scales.
CK_INLINE float32x4_t finished_channels(const struct row_tile *tile, int32x4_t sum, int t, int p,
                                        int row) {
  const float32x2_t low = without_zeros(tile, vget_low_s32(sum), t, p, row);
  const float32x2_t high = without_zeros(tile, vget_high_s32(sum), t, p, row + 2);
  const float32x4_t scales =
      vmulq_n_f32(vld1q_f32(tile->row_scales[p] + row), tile->token_scales[t]);
  return vmulq_f32(vcombine_f32(low, high), scales);
}

/// Stores the sums of four rows to C: of integers, the product with both scales when complete.
CK_INLINE void store_sum(enum row_kind kind, const struct row_tile *tile, int32x4_t sum, int t,
                         int panel, int quad) {
  float *const out = tile->sums + (size_t)t * tile->stride + 16 * panel + 4 * quad;
  float32x4_t value = vreinterpretq_f32_s32(sum);
  if (is_channel(kind) && tile->ends) {
    value = finished_channels(tile, sum, t, panel, 4 * quad);
  } else if (is_integer(kind) && tile->ends) {
    value = vmulq_f32(vcvtq_f32_s32(sum), vld1q_f32(tile->row_scales[panel] + 4 * quad));
    value = vmulq_n_f32(value, tile->token_scales[t]);
  }
  vst1q_f32(out, value);
}

CK_INLINE int32x4_t start_sum(const struct row_tile *tile, int t, int panel, int quad) {
  if (tile->starts) return vdupq_n_s32(0);
  const float *sums = tile->sums + (size_t)t * tile->stride + 16 * panel + 4 * quad;
  return vreinterpretq_s32_f32(vld1q_f32(sums));
}

/// Adds all groups of one panel.
CK_INLINE void add_groups(enum row_kind kind, int panel, int width, const struct row_tile *tile,
                          int32x4_t sums[QUADS][CK_TILE]) {
  const uint8_t *weights = tile->panels[panel], *activations = tile->activations;
  for (int s = 0; s < 2; s++) {
    const struct stretch *stretch = tile->stretches + s;
    const uint8_t *ahead = stretch->ahead[panel];
    for (size_t g = 0; g < stretch->groups; g++) {
      for (size_t line = 0; line < stretch->lines; line++, ahead += 64) __builtin_prefetch(ahead);
      if (is_integer(kind)) {
        add_integers(kind, width, weights, activations, sums);
      } else {
        add_floats(kind, width, weights, activations, sums);
      }
      weights += panel_group_bytes(kind);
      activations += GROUP_BYTES * width;
    }
  }
}

/// Multiplies a pair of panels with a tile of `width` tokens.
CK_INLINE void multiply_tile(enum row_kind kind, int width, const struct row_tile *tile) {
  for (int p = 0; p < ROW_PANELS; p++) {
    int32x4_t sums[QUADS][CK_TILE];
#pragma clang loop unroll(full)
    for (int q = 0; q < QUADS; q++) {
#pragma clang loop unroll(full)
      for (int t = 0; t < width; t++) sums[q][t] = start_sum(tile, t, p, q);
      if (is_integer(kind)) arrange_sums(width, sums[q]);
    }
    add_groups(kind, p, width, tile, sums);
#pragma clang loop unroll(full)
    for (int q = 0; q < QUADS; q++) {
      if (is_integer(kind)) restore_sums(width, sums[q]);
#pragma clang loop unroll(full)
      for (int t = 0; t < width; t++) store_sum(kind, tile, sums[q][t], t, p, q);
    }
  }
}

CK_INLINE uint32x4_t magnitudes(const float *x) {
  return vandq_u32(vreinterpretq_u32_f32(vld1q_f32(x)), vdupq_n_u32(0x7FFFFFFF));
}

/// The largest magnitude as bits; NaN and infinity exceed every finite number.
CK_INLINE uint32_t largest_magnitude(const float *x, size_t count) {
  uint32x4_t largest = vdupq_n_u32(0);
  for (; count >= 4; count -= 4, x += 4) largest = vmaxq_u32(largest, magnitudes(x));
  float rest[4] = {0};
  memcpy(rest, x, count * sizeof *x);
  return vmaxvq_u32(vmaxq_u32(largest, magnitudes(rest)));
}

/// Rounds groups of 16 numbers to int8 and returns the sum of the codes.
CK_INLINE int32_t quantize_run(const float *x, size_t groups, float inverse, uint8_t *out,
                               size_t step) {
  // Without a factor all codes are 0, even those of NaN and infinity.
  const int32x4_t mask = vdupq_n_s32(inverse == 0 ? 0 : -1);
  int32x4_t sum = vdupq_n_s32(0);
  for (size_t g = 0; g < groups; g++, out += step, x += 16) {
    int32x4_t codes[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
      const float32x4_t steps = vmulq_n_f32(vld1q_f32(x + 4 * i), inverse);
      // Only a fixed range is ever exceeded.
      codes[i] = vcvtnq_s32_f32(vmaxq_f32(vminq_f32(steps, vdupq_n_f32(127)), vdupq_n_f32(-127)));
      codes[i] = vandq_s32(codes[i], mask);
      sum = vaddq_s32(sum, codes[i]);
    }
    const int16x8_t low = vcombine_s16(vmovn_s32(codes[0]), vmovn_s32(codes[1]));
    const int16x8_t high = vcombine_s16(vmovn_s32(codes[2]), vmovn_s32(codes[3]));
    vst1q_s8((int8_t *)out, vcombine_s8(vmovn_s16(low), vmovn_s16(high)));
  }
  return vaddvq_s32(sum);
}

/// Stores whole groups of a token, `step` bytes apart.
CK_INLINE int32_t pack_run(enum row_kind kind, const float *x, size_t groups, float inverse,
                           uint8_t *out, size_t step) {
  if (is_integer(kind)) return quantize_run(x, groups, inverse, out, step);
  for (size_t g = 0; g < groups; g++, out += step) {
    vst1q_u8(out, vreinterpretq_u8_f32(vld1q_f32(x + 4 * g)));
  }
  return 0;
}

#endif
