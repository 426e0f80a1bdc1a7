// The scale of activations that are rounded to 8 bits, one for every kernel.
#ifndef CKERNELS_ACTIVATION_SCALE_H
#define CKERNELS_ACTIVATION_SCALE_H

#include "formats.h"

/// What numbers of the given largest magnitude are multiplied with, and their scale.
CK_INLINE float activation_scale(uint32_t bits, float *inverse) {
  float largest;
  memcpy(&largest, &bits, sizeof largest);
  *inverse = 0;
  if (bits >= 0x7F800000) return __builtin_nanf("");
  if (largest < 0x1p-119f) return 0;
  *inverse = 127.0f / largest;
  return largest / 127.0f;
}

#endif
