// What LLM.int8() does beside an int8 product: columns in which an activation reaches a threshold are
// found, left out of it, and multiplied with activations in f16 and weights in f16, as in the paper, or
// in dequantized int8, as in bitsandbytes.
#ifndef CKERNELS_OUTLIERS_PUBLIC_H
#define CKERNELS_OUTLIERS_PUBLIC_H

#include "CKernels.h"

/// The product of outlying columns with some panels of rows, added to C.
struct ck_outlier_args {
  /// The panels of `llm-int8`.
  const uint8_t *panels;
  struct ck_layout layout;
  /// Weights as f16, [panel][column][16 rows]; NULL to dequantize those of the panels.
  const uint16_t *halves;
  size_t rows, columns;
  size_t first_panel, end_panel;
  /// The outlying columns.
  const uint32_t *outliers;
  size_t count;
  /// Their activations: activations[token * count + i].
  const float *activations;
  size_t tokens;
  /// C, token after token: out[token * rows + row].
  float *out;
};

/// The functions of one instruction set.
struct ck_outliers {
  const char *isa;
  uint32_t required;
  /// Sets marks[column] to 1 where a magnitude of x[token * columns + column] is at least `threshold`.
  void (*find)(const float *x, size_t tokens, size_t columns, float threshold, uint8_t *marks);
  /// The largest magnitude as bits: NaN and infinity exceed every finite number.
  uint32_t (*largest)(const float *x, size_t count);
  /// C += outlying columns of A times those of B.
  void (*multiply)(const struct ck_outlier_args *args);
};

/// Row `index` of the table, or NULL after the last; the last that can run is the best.
const struct ck_outliers *ck_outliers_at(size_t index);

/// out[token * count + i] = x[token * columns + outliers[i]] rounded to f16.
void ck_gather_outliers(const float *x, size_t tokens, size_t columns, const uint32_t *outliers,
                        size_t count, float *out);

/// Rounds weights[row * columns + column] to f16 and stores them in panels of 16 rows.
void ck_pack_halves(const float *weights, size_t rows, size_t columns, uint16_t *panels);

#endif
