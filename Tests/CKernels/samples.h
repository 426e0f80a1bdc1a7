// Weights and activations to test kernels with.
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

/// Restarts the random numbers.
void sample_seed(uint64_t seed);

/// Draws random bytes.
void sample_bytes(uint8_t *bytes, size_t count);

/// Draws a number from 0 to 1.
double sample_uniform(void);

/// Draws one block of a format as a file holds it.
void sample_block(const struct ck_format *format, enum sample sample, uint8_t *block);

/// Draws the activations of one token that meet a format; `count` is a multiple of 32.
void sample_token(
    const struct ck_format *format, enum sample sample, size_t token, float *x, size_t count);

#endif
