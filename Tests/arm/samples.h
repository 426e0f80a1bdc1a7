// Weights and activations to test kernels with, and what the weights mean.
#ifndef SAMPLES_H
#define SAMPLES_H

#include "CKernels.h"

/// How blocks and activations are drawn.
enum sample {
  /// Ordinary numbers mixed with extreme codes, zeros, outliers, subnormal and huge scales.
  SAMPLE_ADVERSARIAL,
  /// All scales 1, weights and activations integers at the ends of their ranges: results are exact.
  SAMPLE_EXACT,
};

/// One row of weights, read from file blocks: each weight is scale * step + minimum.
struct weight {
  double product, minimum;
};

/// Restarts the random numbers.
void sample_seed(uint64_t seed);

/// Draws one block of a format as a file holds it.
void sample_block(const struct ck_format *format, enum sample sample, uint8_t *block);

/// Draws the activations of one token; `count` is a multiple of 32.
void sample_token(enum sample sample, size_t token, float *x, size_t count);

/// The weights of one block of a file, by the definition of the format in ggml.
void decode_block(const struct ck_format *format, const uint8_t *block, struct weight *weights);

#endif
