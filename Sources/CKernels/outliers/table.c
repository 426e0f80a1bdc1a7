// The table of functions for outlying columns.
#include "outliers.h"

#include "../portable/half.h"

const struct ck_outliers *ck_outliers_at(size_t index) {
  static const struct ck_outliers *const rows[] = {
      &ck_outliers_portable,
#if defined(__x86_64__)
      &ck_outliers_avx2, &ck_outliers_avx512vnni,
#elif defined(__aarch64__)
      &ck_outliers_neon,
#endif
  };
  return index < sizeof rows / sizeof *rows ? rows[index] : NULL;
}

/// The nearest f16, ties to even.
static uint16_t half_from_float(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  bits &= 0x7FFFFFFF;
  if (bits > 0x7F800000) return sign | 0x7E00;
  if (bits >= 0x47800000) return sign | 0x7C00;
  // Subnormals: adding 0.5 leaves the steps of 2^-24 in the last bits.
  if (bits < 0x38800000) {
    float magnitude;
    memcpy(&magnitude, &bits, sizeof bits);
    magnitude += 0.5f;
    memcpy(&bits, &magnitude, sizeof bits);
    return (uint16_t)(sign | (bits - 0x3F000000));
  }
  return (uint16_t)(sign | (bits - (112u << 23) + 0xFFF + (bits >> 13 & 1)) >> 13);
}

void ck_gather_outliers(const float *x, size_t tokens, size_t columns, const uint32_t *outliers,
                        size_t count, float *out) {
  for (size_t token = 0; token < tokens; token++, x += columns) {
    for (size_t i = 0; i < count; i++) {
      *out++ = float_from_half(half_from_float(x[outliers[i]]));
    }
  }
}

void ck_pack_halves(const float *weights, size_t rows, size_t columns, uint16_t *panels) {
  for (size_t row = 0; row < rows; row++) {
    uint16_t *panel = panels + row / CK_PANEL_ROWS * columns * CK_PANEL_ROWS;
    for (size_t k = 0; k < columns; k++) {
      panel[k * CK_PANEL_ROWS + row % CK_PANEL_ROWS] = half_from_float(weights[row * columns + k]);
    }
  }
}
