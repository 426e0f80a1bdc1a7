// What a multiplication should give, in double precision.
#ifndef REFERENCE_H
#define REFERENCE_H

#include "problem.h"

/// What a multiplication should give: value[token * rows + row], and how far a kernel may be off.
struct expected {
  double *value, *bound;
  /// What may come on top where integer sums with a shared activation scale start at 1.5 * 2^23.
  double *magic;
};

/// How far a kernel may be off in element `i`.
double allowed_error(const struct ck_kernel *kernel, struct expected expected, size_t i);

/// The sums of a problem over weights decoded from the file and the quantized activations.
struct expected make_expected(const struct problem *p, const struct quantized *q);

#endif
