// Dot products of bytes with SDOT: 4 rows x 4 k in one instruction. Included after CK_TILE, inside the
// including file's target attribute.

CK_INLINE void arrange_sums(int width, int32x4_t sums[CK_TILE]) { (void)width, (void)sums; }
CK_INLINE void restore_sums(int width, int32x4_t sums[CK_TILE]) { (void)width, (void)sums; }

/// Adds 16 k of four rows times each token.
CK_INLINE void dot_group(enum row_kind kind, int width, const int8x16_t codes[4],
                         const int8_t *activations, int32x4_t sums[CK_TILE]) {
  (void)kind;
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    const int8x16_t a = vld1q_s8(activations + GROUP_BYTES * t);
    sums[t] = vdotq_laneq_s32(sums[t], codes[0], a, 0);
    sums[t] = vdotq_laneq_s32(sums[t], codes[1], a, 1);
    sums[t] = vdotq_laneq_s32(sums[t], codes[2], a, 2);
    sums[t] = vdotq_laneq_s32(sums[t], codes[3], a, 3);
  }
}
