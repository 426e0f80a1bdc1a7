// C[m,n] = A[m,k] * B[k,n] with SDOT: 4 rows x 4 k in one instruction, the activations being one
// 32-bit lane of a register that holds 16 k.
//
// Both operands are signed. Codes below 64 are taken as they are, and the accumulator starts with
// -offset * sum(codes); codes + 128 become int8 by flipping a bit; tables hold int8.
//
// Per quad, token and block: 8 dot products, 1 conversion, 1 product of scales, 1 fused
// multiply-add (2 with a minimum): 8 / 11 of the SDOT peak, 8 / 12 with a minimum, where one kind
// of pipe does all of them; 8 / 14 and 8 / 16 with a scale for every 16 weights. Registers for 8
// tokens: 16 of activations, 8 accumulators, 8 for codes and scales.
#if defined(__aarch64__)
#include "../tables.h"
#include "../tiles.h"
#include "neon_scales.h"

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#define CODE_SIGN SIGNED_CODES
#define CK_TILE 8
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4) X(6) X(8)

/// SDOT with lane `lane` of the activations; the instruction wants a constant.
CK_INLINE int32x4_t dot_lane(int32x4_t sum, uint8x16_t codes, int8x16_t activations, int lane) {
  const int8x16_t w = vreinterpretq_s8_u8(codes);
  switch (lane) {
  case 0: return vdotq_laneq_s32(sum, w, activations, 0);
  case 1: return vdotq_laneq_s32(sum, w, activations, 1);
  case 2: return vdotq_laneq_s32(sum, w, activations, 2);
  default: return vdotq_laneq_s32(sum, w, activations, 3);
  }
}

/// Adds some groups of a block of four rows times every token of the tile.
CK_INLINE void dot_groups(struct ck_shape shape, int width, const uint8x16_t codes[GROUPS],
                          struct groups groups, const int8_t *activations,
                          int32x4_t sums[CK_TILE]) {
  (void)shape;
#pragma clang loop unroll(full)
  for (int g = groups.first; g < groups.end; g++) {
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const int8x16_t a = vld1q_s8(activations + t * CK_BLOCK + g / 4 * 16);
      sums[t] = dot_lane(sums[t], codes[g], a, g % 4);
    }
  }
}

/// A chunk holds codes in the order of the panel.
CK_INLINE void arrange_for_chunk(uint8x16_t codes[GROUPS]) { (void)codes; }

#include "tile_loops.h"
#include "quantize.h"

#define CK_ISA_NAME "neon_dotprod"
#define CK_ISA_BITS (CK_ISA_NEON | CK_ISA_DOTPROD)
const struct ck_kernel ck_kernels_neon_dotprod[CK_KERNELS_PER_ISA] = {
    CK_BLOCK_FORMATS(CK_TABLE_ROW)};

#pragma clang attribute pop
#endif
