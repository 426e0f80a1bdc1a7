// What a multiplication should give, in double precision.
#ifndef REFERENCE_H
#define REFERENCE_H

#include "problem.h"

/// What a multiplication should give: value[token * rows + row], and how far a kernel may be off.
struct expected {
  double *value, *bound;
};

/// The sums of a problem over weights decoded from the file and the quantized activations.
struct expected make_expected(const struct problem *p, const struct quantized *q);

#endif
