// C[m,n] = A[m,k] * B[k,n] with the 8-bit matrix instructions.
//
// One tile of tokens: USDOT, 4 rows x 4 k, takes the codes as stored, so that no format needs a
// sign change, and the accumulator starts with -offset * sum(codes).
//
// More tokens: SMMLA multiplies 2 rows x 8 k with 8 k x 2 tokens, twice the products of a dot
// product. A chunk is unpacked once for many tiles, so it can just as well be stored in the order
// that SMMLA reads: row pairs of 8 k, made of two groups of 4 k with one ZIP a vector.
//
// Per quad, token and block: 8 USDOT or 4 SMMLA; and, once or, with a scale for every 16 weights,
// twice, 1 conversion, 1 product of scales, 1 fused multiply-add (2 with a minimum), and for SMMLA
// 1 UZP that separates two tokens.
#if defined(__aarch64__)
#include "../tables.h"
#include "../tiles.h"
#include "neon_scales.h"

#pragma clang attribute push(__attribute__((target("i8mm,dotprod"))), apply_to = function)

#define CODE_SIGN UNSIGNED_CODES
#define CK_TILE 8
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4) X(6) X(8)

/// USDOT with lane `lane` of the activations; the instruction wants a constant.
CK_INLINE int32x4_t dot_lane(int32x4_t sum, uint8x16_t codes, int8x16_t activations, int lane) {
  switch (lane) {
  case 0: return vusdotq_laneq_s32(sum, codes, activations, 0);
  case 1: return vusdotq_laneq_s32(sum, codes, activations, 1);
  case 2: return vusdotq_laneq_s32(sum, codes, activations, 2);
  default: return vusdotq_laneq_s32(sum, codes, activations, 3);
  }
}

/// Adds some groups of a block of four rows, codes as a panel holds them, times every token of the
/// tile.
CK_INLINE void dot_panel(int width, const uint8x16_t codes[GROUPS], struct groups groups,
                         const int8_t *activations, int32x4_t sums[CK_TILE]) {
#pragma clang loop unroll(full)
  for (int g = groups.first; g < groups.end; g++) {
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const int8x16_t a = vld1q_s8(activations + t * CK_BLOCK + g / 4 * 16);
      sums[t] = dot_lane(sums[t], codes[g], a, g % 4);
    }
  }
}

/// k = 8i...8i+7 of two tokens.
CK_INLINE int8x16_t token_pair(const int8_t *even, const int8_t *odd, int i) {
  return vcombine_s8(vld1_s8(even + 8 * i), vld1_s8(odd + 8 * i));
}

/// Sets sums to some groups of a block of four rows, codes as a chunk holds them, times every token
/// of the tile. codes[2i] are rows 0 and 1, codes[2i + 1] rows 2 and 3, both k = 8i...8i+7.
CK_INLINE void dot_chunk(int width, const uint8x16_t codes[GROUPS], struct groups groups,
                         const int8_t *activations, int32x4_t sums[CK_TILE]) {
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t += 2) {
    // A token without a partner is its own; the second result is not used.
    const bool paired = t + 1 < width;
    const int8_t *even = activations + t * CK_BLOCK, *odd = paired ? even + CK_BLOCK : even;
    // [row 0 token 0, row 0 token 1, row 1 token 0, row 1 token 1], and rows 2 and 3.
    int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);
#pragma clang loop unroll(full)
    for (int i = groups.first / 2; i < groups.end / 2; i++) {
      const int8x16_t a = token_pair(even, odd, i);
      low = vmmlaq_s32(low, vreinterpretq_s8_u8(codes[2 * i]), a);
      high = vmmlaq_s32(high, vreinterpretq_s8_u8(codes[2 * i + 1]), a);
    }
    sums[t] = vuzp1q_s32(low, high);
    if (paired) sums[t + 1] = vuzp2q_s32(low, high);
  }
}

/// Adds some groups of a block of four rows times every token of the tile.
CK_INLINE void dot_groups(struct ck_shape shape, int width, const uint8x16_t codes[GROUPS],
                          struct groups groups, const int8_t *activations,
                          int32x4_t sums[CK_TILE]) {
  if (is_chunk(shape)) {
    dot_chunk(width, codes, groups, activations, sums);
  } else {
    dot_panel(width, codes, groups, activations, sums);
  }
}

/// Zips groups 2i and 2i + 1 (4 rows x 4 k each) into 2 pairs of rows x 8 k, as SMMLA reads them.
CK_INLINE void arrange_for_chunk(uint8x16_t codes[GROUPS]) {
#pragma clang loop unroll(full)
  for (int g = 0; g < GROUPS; g += 2) {
    const uint32x4_t even = vreinterpretq_u32_u8(codes[g]);
    const uint32x4_t odd = vreinterpretq_u32_u8(codes[g + 1]);
    codes[g] = vreinterpretq_u8_u32(vzip1q_u32(even, odd));
    codes[g + 1] = vreinterpretq_u8_u32(vzip2q_u32(even, odd));
  }
}

#include "tile_loops.h"
#include "quantize.h"

#define CK_ISA_NAME "neon_i8mm"
#define CK_ISA_BITS (CK_ISA_NEON | CK_ISA_DOTPROD | CK_ISA_I8MM)
const struct ck_kernel ck_kernels_neon_i8mm[CK_KERNELS_PER_ISA] = {CK_BLOCK_FORMATS(CK_TABLE_ROW)};

#pragma clang attribute pop
#endif
