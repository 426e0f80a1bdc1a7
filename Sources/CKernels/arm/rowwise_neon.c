// C[m,n] = A[m,k] * B[k,n] of f32, f16, bf16 and int8 rows with NEON alone.
//
// Floats: fused multiply-adds by lane; f16 is converted, bf16 shifted. int8: SMULL and SMLAL into
// lanes of int16, which hold 2 products: 2 * 128 * 127 = 32512. Activations of INC and IPEX reach -128,
// of which a lane holds 1 product.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "../grouped/tables.h"

#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)

CK_INLINE void arrange_sums(int width, int32x4_t sums[CK_TILE]) { (void)width, (void)sums; }
CK_INLINE void restore_sums(int width, int32x4_t sums[CK_TILE]) { (void)width, (void)sums; }

/// Adds 16 k of four rows times each token.
CK_INLINE void dot_group(enum row_kind kind, int width, const int8x16_t codes[4],
                         const int8_t *activations, int32x4_t sums[CK_TILE]) {
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    // Two rows in each vector, two partial sums a row.
    int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);
#pragma clang loop unroll(full)
    for (int step = 0; step < 4; step += 2) {
      const int8_t *word = activations + GROUP_BYTES * t + 4 * step;
      const int8x16_t even = vreinterpretq_s8_s32(vdupq_n_s32(ck_load32(word)));
      const int8x16_t odd = vreinterpretq_s8_s32(vdupq_n_s32(ck_load32(word + 4)));
      const int16x8_t low16 = vmull_s8(vget_low_s8(codes[step]), vget_low_s8(even));
      const int16x8_t high16 = vmull_high_s8(codes[step], even);
      if (kind == ROW_CHANNEL8) {
        low = vpadalq_s16(low, low16);
        high = vpadalq_s16(high, high16);
        low = vpadalq_s16(low, vmull_s8(vget_low_s8(codes[step + 1]), vget_low_s8(odd)));
        high = vpadalq_s16(high, vmull_high_s8(codes[step + 1], odd));
        continue;
      }
      low = vpadalq_s16(
          low, vmlal_s8(low16, vget_low_s8(codes[step + 1]), vget_low_s8(odd)));
      high = vpadalq_s16(high, vmlal_high_s8(high16, codes[step + 1], odd));
    }
    sums[t] = vaddq_s32(sums[t], vpaddq_s32(low, high));
  }
}

#include "rowwise_neon.h"

#include "../rowwise/activation_loops.h"
#include "../rowwise/row_loops.h"

#define CK_ISA_NAME "neon"
#define CK_ISA_BITS CK_ISA_NEON
#define FORMATS(X) ROW_FLOATS(X) ROW_INTEGERS(X)
ROW_TABLE(neon, FORMATS)

#include "grouped_neon.h"

#include "../grouped/group_loops.h"
GROUPED_TABLE(neon)
#endif
