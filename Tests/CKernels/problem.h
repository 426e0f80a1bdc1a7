// One multiplication in guarded buffers, and how a kernel is called on it.
#ifndef PROBLEM_H
#define PROBLEM_H

#include "decoding.h"
#include "guarded.h"
#include "samples.h"

/// A multiplication: the operands, and what it should give.
struct problem {
  const struct ck_format *format;
  enum sample sample;
  size_t rows, blocks, tokens;
  struct guarded file, panels, x;
};

/// Activations as one kernel wants them.
struct quantized {
  size_t tile, blocks, tokens;
  struct guarded codes, scales, corrections, scaled_sums;
};

/// Draws a multiplication of `shape`: rows, blocks, tokens.
struct problem make_problem(
    const struct ck_format *format, enum sample sample, const size_t shape[3]);

/// Blocks of a row as the file holds them.
size_t file_blocks(const struct problem *p);

/// Where block `block` of token `token` lies.
size_t position(const struct quantized *q, size_t token, size_t block);

/// Element `index` of a buffer of f32.
float float_at(struct guarded buffer, size_t index);

/// Quantizes tokens with a kernel, one tile a call.
struct quantized quantize(
    const struct ck_kernel *kernel, const struct problem *p, size_t first_token, size_t tokens);

/// Multiplies, all panels at once or one a call from the last to the first.
struct guarded multiply(
    const struct ck_kernel *kernel, const struct problem *p, const struct quantized *q,
    bool one_panel_a_call);

#endif
