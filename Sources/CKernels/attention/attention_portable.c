// Attention and its companions without instructions beyond the architecture's first.
#include <math.h>
#include <string.h>

#include "../portable/half.h"
#include "tables.h"

#include "wide.h"

#define CK_QUERIES 2
#define CK_VECTORS 1
#define CK_FMA(A, B, C) ((A) * (B) + (C))

static float load_half(const uint8_t *source) {
  uint16_t half;
  memcpy(&half, source, sizeof half);
  return float_from_half(half);
}

/// Rounds to the nearest f16, ties to even; beyond 65504 to infinity.
static void store_half(uint8_t *target, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000, rest = bits & 0x7FFFFFFF;
  uint32_t half;
  if (rest > 0x7F800000) {
    half = 0x7E00;
  } else if (rest >= 0x477FF000) {
    half = 0x7C00;
  } else if (rest < 0x38800000) {
    // Adding 0.5 rounds to steps of 2^-24 in the last bits.
    float steps;
    memcpy(&steps, &rest, sizeof steps);
    steps += 0.5f;
    memcpy(&half, &steps, sizeof half);
    half -= 0x3F000000;
  } else {
    half = (rest - (112u << 23) + 0x0FFF + (rest >> 13 & 1)) >> 13;
  }
  const uint16_t result = (uint16_t)(sign | half);
  memcpy(target, &result, sizeof result);
}

CK_INLINE wide load_halves(const uint8_t *source) {
  wide value;
  for (size_t lane = 0; lane < CK_LANES; lane++) value[lane] = load_half(source + 2 * lane);
  return value;
}

#include "wide_functions.h"
#include "attention_loops.h"
#include "cache_loops.h"
#include "row_functions.h"

#define CK_ISA_NAME "portable"
#define CK_ISA_BITS 0
CK_TRANSFORMER_ROW(portable)
