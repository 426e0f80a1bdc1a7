// The quantizer of activations with NEON, the same for every Arm instruction set.
#ifndef CKERNELS_ARM_QUANTIZE_H
#define CKERNELS_ARM_QUANTIZE_H

#include <arm_neon.h>

#include "../formats.h"

/// The magnitude of 4 numbers as bits; NaN and infinity exceed every finite number.
CK_INLINE uint32x4_t magnitude(const float *x) {
  return vandq_u32(vreinterpretq_u32_f32(vld1q_f32(x)), vdupq_n_u32(0x7FFFFFFF));
}

/// The bits of the largest magnitude of 32 activations.
CK_INLINE uint32_t largest_magnitude(const float *x) {
  uint32x4_t largest = magnitude(x);
#pragma clang loop unroll(full)
  for (int i = 4; i < CK_BLOCK; i += 4) largest = vmaxq_u32(largest, magnitude(x + i));
  return vmaxvq_u32(largest);
}

/// Quantizes 16 activations and returns the sum of their codes.
CK_INLINE int32_t quantize_half(const float *x, float inverse, int8_t *codes) {
  int32x4_t sum = vdupq_n_s32(0);
#pragma clang loop unroll(full)
  for (int i = 0; i < CK_BLOCK / 2; i += 8) {
    const int32x4_t low = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x + i), inverse));
    const int32x4_t high = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x + i + 4), inverse));
    vst1_s8(codes + i, vmovn_s16(vcombine_s16(vmovn_s32(low), vmovn_s32(high))));
    sum = vaddq_s32(sum, vaddq_s32(low, high));
  }
  return vaddvq_s32(sum);
}

#include "../plain_sums.h"
#include "../quantize_loops.h"

#endif
