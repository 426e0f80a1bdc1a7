// What the formats mean, by their definitions in ggml and independent of the kernels' tables.
#ifndef DECODING_H
#define DECODING_H

#include "CKernels.h"

/// One weight: scale * step, and the minimum that is added to it.
struct weight {
  double product, minimum;
};

/// Whether a format has this name.
bool is_format(const struct ck_format *format, const char *id);

/// Consecutive activations that share a scale.
size_t activations_per_scale(const struct ck_format *format);

/// Sums of activations that a quantizer stores for a block of 32: one for each scale of weights.
size_t sums_per_block(const struct ck_format *format);

/// At least the largest magnitude of the scales of one block of a file that shares its activation
/// scale with others.
double largest_scale(const struct ck_format *format, const uint8_t *block);

/// The weights of one block of a file.
void decode_block(const struct ck_format *format, const uint8_t *block, struct weight *weights);

#endif
