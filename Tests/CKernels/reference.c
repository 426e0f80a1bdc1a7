#include "reference.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/// gamma(n) of n roundings to nearest: the relative error that they can add up to.
static double gamma_of(size_t roundings) {
  const double u = (double)FLT_EPSILON / 2 * (double)roundings;
  return u / (1 - u);
}

/// Sums one row times one token in double precision.
///
/// The integer sum of a block, or of each half that has a scale, is exact, so what rounds is one
/// addition (two with a minimum), and at most 4 products on the way. Products below the normal
/// range of f32 are off by up to 2^-150, times an integer sum below 2^20.
static void sum_row(const struct problem *p, const struct weight *weights,
                    const struct quantized *q, size_t token, double *value, double *bound) {
  double sum = 0, magnitude = 0;
  for (size_t b = 0; b < p->blocks; b++) {
    const size_t at = position(q, token, b);
    const double scale = float_at(q->scales, at);
    for (size_t k = 0; k < CK_BLOCK; k++) {
      const struct weight w = weights[b * CK_BLOCK + k];
      const double a = scale * (int8_t)q->codes.data[at * CK_BLOCK + k];
      sum += (w.product + w.minimum) * a;
      magnitude += (fabs(w.product) + fabs(w.minimum)) * fabs(a);
    }
  }
  const size_t segments = p->blocks * sums_per_block(p->format);
  const size_t roundings = (p->format->has_minimum ? 2 : 1) * segments + 4;
  *value = sum;
  *bound = gamma_of(roundings) * magnitude + (double)segments * 0x1p-129;
  // Multiples of a half below 2^23 are exact whatever the order.
  if (p->sample == SAMPLE_EXACT && magnitude < 0x1p23) *bound = 0;
}

/// Rounding of partial sums that contain 1.5 * 2^23 times scales: a superblock with at most 16
/// segments rounds 17 times, by 2^-24 of it each.
static double magic_error(const struct problem *p, const uint8_t *row, const struct quantized *q,
                          size_t token) {
  if (activations_per_scale(p->format) == CK_BLOCK || p->sample == SAMPLE_EXACT) return 0;
  const size_t blocks = p->format->file_block_weights / CK_BLOCK;
  double error = 0;
  for (size_t b = 0; b < p->blocks; b += blocks, row += p->format->file_block_bytes) {
    const double scale = float_at(q->scales, position(q, token, b));
    const double segments = (double)(blocks * sums_per_block(p->format));
    error += 0.75 * 17 * segments * scale * largest_scale(p->format, row);
  }
  return error;
}

double allowed_error(const struct ck_kernel *kernel, struct expected expected, size_t i) {
  const bool has_magic = strcmp(kernel->isa, "avx512vnni") == 0;
  return expected.bound[i] + (has_magic ? expected.magic[i] : 0);
}

struct expected make_expected(const struct problem *p, const struct quantized *q) {
  const size_t count = p->rows * p->tokens, block_bytes = p->format->file_block_bytes;
  const struct expected expected = {calloc(count, sizeof(double)), calloc(count, sizeof(double)),
                                    calloc(count, sizeof(double))};
  struct weight *const weights = calloc(p->blocks * CK_BLOCK, sizeof *weights);
  if (!expected.value || !expected.bound || !expected.magic || !weights) exit(2);
  for (size_t row = 0; row < p->rows; row++) {
    for (size_t b = 0; b < file_blocks(p); b++) {
      const uint8_t *block = p->file.data + (row * file_blocks(p) + b) * block_bytes;
      decode_block(p->format, block, weights + b * p->format->file_block_weights);
    }
    for (size_t token = 0; token < p->tokens; token++) {
      const size_t at = token * p->rows + row;
      sum_row(p, weights, q, token, expected.value + at, expected.bound + at);
      expected.magic[at] =
          magic_error(p, p->file.data + row * file_blocks(p) * block_bytes, q, token);
    }
  }
  free(weights);
  return expected;
}
