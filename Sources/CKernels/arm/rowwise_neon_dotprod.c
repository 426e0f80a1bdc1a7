// C[m,n] = A[m,k] * B[k,n] of int8 rows with SDOT: 4 rows x 4 k in one instruction.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "../grouped/tables.h"

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)

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

#include "rowwise_neon.h"

#include "../rowwise/activation_loops.h"
#include "../rowwise/row_loops.h"

#define CK_ISA_NAME "neon_dotprod"
#define CK_ISA_BITS (CK_ISA_NEON | CK_ISA_DOTPROD)
ROW_TABLE(neon_dotprod, ROW_INTEGERS)

#include "grouped_neon.h"

#include "../grouped/group_loops.h"
GROUPED_TABLE(neon_dotprod)

#pragma clang attribute pop
#endif
