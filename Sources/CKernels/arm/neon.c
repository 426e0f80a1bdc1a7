// C[m,n] = A[m,k] * B[k,n] with SMLAL, for cores without dot products: Cortex-A53, Cortex-A72.
//
// SMULL and SMLAL multiply 8 pairs of int8 into 8 lanes of int16: 2 rows x 4 k. How many products a
// lane can hold decides how often it is widened to int32. Activation codes are -127...127; a block
// gives each lane 8 products, half a block with a scale of its own 4:
//
//     codes         products   largest sum
//     -16...31      8          31 * 127 * 8  = 31496    widened once a block
//     -32...63      4          63 * 127 * 4  = 32004    widened once half a block (six bits)
//     -128...127    2          128 * 127 * 2 = 32512    widened every 2 products
//
// Per quad, token and block: 16 multiplications, 8 broadcasts of activations and 3 to 9 widening
// additions. A Cortex-A72 multiplies in one of its two pipes, so 16 cycles for 128 products is the
// limit.
#if defined(__aarch64__)
#include "../tables.h"
#include "../tiles.h"
#include "neon_scales.h"

#define CODE_SIGN SIGNED_CODES
#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)

/// Whether the products of a segment, of a code and an activation each, fit in an int16.
CK_INLINE bool has_small_codes(enum ck_codes codes) {
  return codes != CK_BYTES && codes != CK_TABLE_IQ4_NL;
}

/// The products of some groups of each of 4 rows: adds them to sum.
CK_INLINE int32x4_t dot_token(bool small, const uint8x16_t codes[GROUPS], struct groups groups,
                              const int8_t *activations, int32x4_t sum) {
  // Two rows in each vector, two partial sums a row.
  int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);
  int16x8_t low16, high16;
#pragma clang loop unroll(full)
  for (int g = groups.first; g < groups.end; g++) {
    const int8x16_t w = vreinterpretq_s8_u8(codes[g]);
    const int8x16_t a = vreinterpretq_s8_s32(vdupq_n_s32(ck_load32(activations + 4 * g)));
    const bool first = small ? g == groups.first : g % 2 == 0;
    const bool last = small ? g == groups.end - 1 : g % 2 == 1;
    low16 = first ? vmull_s8(vget_low_s8(w), vget_low_s8(a))
                  : vmlal_s8(low16, vget_low_s8(w), vget_low_s8(a));
    high16 = first ? vmull_high_s8(w, a) : vmlal_high_s8(high16, w, a);
    if (!last) continue;
    low = vpadalq_s16(low, low16);
    high = vpadalq_s16(high, high16);
  }
  return vaddq_s32(sum, vpaddq_s32(low, high));
}

/// Adds some groups of a block of four rows times every token of the tile.
CK_INLINE void dot_groups(struct ck_shape shape, int width, const uint8x16_t codes[GROUPS],
                          struct groups groups, const int8_t *activations,
                          int32x4_t sums[CK_TILE]) {
  const bool small = has_small_codes(shape.codes);
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    sums[t] = dot_token(small, codes, groups, activations + t * CK_BLOCK, sums[t]);
  }
}

/// A chunk holds codes in the order of the panel.
CK_INLINE void arrange_for_chunk(uint8x16_t codes[GROUPS]) { (void)codes; }

#include "tile_loops.h"
#include "quantize.h"

#define CK_ISA_NAME "neon"
#define CK_ISA_BITS CK_ISA_NEON
const struct ck_kernel ck_kernels_neon[CK_KERNELS_PER_ISA] = {CK_BLOCK_FORMATS(CK_TABLE_ROW)};
#endif
