// f16 in plain C, without the help of the processor.
#ifndef CKERNELS_PORTABLE_HALF_H
#define CKERNELS_PORTABLE_HALF_H

#include "../formats.h"

CK_INLINE float float_from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// An f16 as f32.
CK_INLINE float float_from_half(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  const uint32_t rest = half & 0x7FFF;
  // Subnormals: the mantissa counts steps of 2^-24.
  if (rest < 0x0400) return float_from_bits(sign | 0x3F800000) * ((float)rest * 0x1p-24f);
  if (rest >= 0x7C00) return float_from_bits(sign | 0x7F800000 | (rest & 0x03FF) << 13);
  return float_from_bits(sign | ((rest << 13) + (112u << 23)));
}

#endif
