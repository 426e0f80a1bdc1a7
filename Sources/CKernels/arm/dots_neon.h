// Dot products of bytes with SMULL and SMLAL, for cores that have no others. Included after CK_TILE.
//
// A lane of int16 holds 2 products of int8: 2 * 128 * 127 = 32512. Activations of INC and IPEX reach -128, of
// which it holds 1; of those with codes below 64 it holds 4: 4 * 63 * 128 = 32256.

CK_INLINE void arrange_sums(int width, int32x4_t sums[CK_TILE]) { (void)width, (void)sums; }
CK_INLINE void restore_sums(int width, int32x4_t sums[CK_TILE]) { (void)width, (void)sums; }

/// Adds 16 k of four rows times each token.
CK_INLINE void dot_group(enum row_kind kind, int width, const int8x16_t codes[4],
                         const int8_t *activations, int32x4_t sums[CK_TILE]) {
  const int products = kind == ROW_CHANNEL8 ? 1 : is_signed(kind) ? 2 : 4;
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    // Two rows in each vector, two partial sums a row.
    int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);
    int16x8_t low16, high16;
#pragma clang loop unroll(full)
    for (int step = 0; step < 4; step++) {
      const int8_t *word = activations + GROUP_BYTES * t + 4 * step;
      const int8x16_t a = vreinterpretq_s8_s32(vdupq_n_s32(ck_load32(word)));
      const bool first = step % products == 0, last = step % products == products - 1;
      low16 = first ? vmull_s8(vget_low_s8(codes[step]), vget_low_s8(a))
                    : vmlal_s8(low16, vget_low_s8(codes[step]), vget_low_s8(a));
      high16 = first ? vmull_high_s8(codes[step], a) : vmlal_high_s8(high16, codes[step], a);
      if (!last) continue;
      low = vpadalq_s16(low, low16);
      high = vpadalq_s16(high, high16);
    }
    sums[t] = vaddq_s32(sums[t], vpaddq_s32(low, high));
  }
}
