// Dot products of bytes with SMMLA: 2 rows x 8 k times 8 k x 2 tokens in one instruction. A token without a
// partner takes SDOT. Included after CK_TILE, inside the including file's target attribute.
//
// While a pair of tokens is multiplied, its sums are ordered as SMMLA has them: rows 0 and 1 of
// both tokens, then rows 2 and 3. Two words of four rows become two pairs of rows with one ZIP each.

CK_INLINE void arrange_sums(int width, int32x4_t sums[CK_TILE]) {
#pragma clang loop unroll(full)
  for (int t = 0; t + 1 < width; t += 2) {
    const int32x4_t even = sums[t], odd = sums[t + 1];
    sums[t] = vzip1q_s32(even, odd);
    sums[t + 1] = vzip2q_s32(even, odd);
  }
}

CK_INLINE void restore_sums(int width, int32x4_t sums[CK_TILE]) {
#pragma clang loop unroll(full)
  for (int t = 0; t + 1 < width; t += 2) {
    const int32x4_t low = sums[t], high = sums[t + 1];
    sums[t] = vuzp1q_s32(low, high);
    sums[t + 1] = vuzp2q_s32(low, high);
  }
}

/// Adds 16 k of four rows times one token.
CK_INLINE int32x4_t dot_token(int32x4_t sum, const int8x16_t codes[4], int8x16_t a) {
  sum = vdotq_laneq_s32(sum, codes[0], a, 0);
  sum = vdotq_laneq_s32(sum, codes[1], a, 1);
  sum = vdotq_laneq_s32(sum, codes[2], a, 2);
  return vdotq_laneq_s32(sum, codes[3], a, 3);
}

CK_INLINE int8x16_t zip_low(int8x16_t a, int8x16_t b) {
  return vreinterpretq_s8_s32(vzip1q_s32(vreinterpretq_s32_s8(a), vreinterpretq_s32_s8(b)));
}

CK_INLINE int8x16_t zip_high(int8x16_t a, int8x16_t b) {
  return vreinterpretq_s8_s32(vzip2q_s32(vreinterpretq_s32_s8(a), vreinterpretq_s32_s8(b)));
}

/// Adds 16 k of four rows times each token.
CK_INLINE void dot_group(enum row_kind kind, int width, const int8x16_t codes[4],
                         const int8_t *activations, int32x4_t sums[CK_TILE]) {
  (void)kind;
  int8x16_t a[CK_TILE];
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) a[t] = vld1q_s8(activations + GROUP_BYTES * t);
#pragma clang loop unroll(full)
  for (int t = 0; t + 1 < width; t += 2) {
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
      const int8x16_t pair = half ? vcombine_s8(vget_high_s8(a[t]), vget_high_s8(a[t + 1]))
                                  : vcombine_s8(vget_low_s8(a[t]), vget_low_s8(a[t + 1]));
      const int8x16_t first = codes[2 * half], second = codes[2 * half + 1];
      sums[t] = vmmlaq_s32(sums[t], zip_low(first, second), pair);
      sums[t + 1] = vmmlaq_s32(sums[t + 1], zip_high(first, second), pair);
    }
  }
  if (width % 2) sums[width - 1] = dot_token(sums[width - 1], codes, a[width - 1]);
}
