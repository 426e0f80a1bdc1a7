// Checks every kernel that this processor can run, and says which ran and which were skipped.
//
//     check_kernels [isa ...]      fails unless exactly the named instruction sets ran
//
// Each result is compared with a sum in double precision over weights decoded from the blocks of
// the file and the quantized activations, within a bound computed from the same numbers; with the
// portable kernel; and, bit by bit, with the result of the same token alone and every panel alone.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_attention.h"
#include "check_channels.h"
#include "check_clusters.h"
#include "check_groups.h"
#include "check_rows.h"
#include "problem.h"
#include "reference.h"

enum { MAX_REPORTED_FAILURES = 10 };

static size_t checks, failures;

/// Counts a check; prints what failed, with the problem that it failed on.
#define CHECK(CONDITION, ...)                                               \
  do {                                                                      \
    checks++;                                                               \
    if (!(CONDITION) && ++failures <= MAX_REPORTED_FAILURES) {              \
      printf("FAILED " __VA_ARGS__);                                        \
      printf("\n");                                                         \
    }                                                                       \
  } while (0)

static void release_quantized(struct quantized q) {
  CHECK(guarded_release(q.codes) && guarded_release(q.scales) &&
            guarded_release(q.corrections) && guarded_release(q.scaled_sums),
        "quantizer wrote in front of a buffer");
}

/// Whether entry `a` of one buffer equals entry `b` of another.
static bool is_same(struct guarded one, struct guarded other, size_t a, size_t b, size_t bytes) {
  return !memcmp(one.data + a * bytes, other.data + b * bytes, bytes);
}

/// Compares a kernel's quantized activations with the portable kernel's: they are equal in every
/// bit, because both round one product to the nearest integer, ties to even.
static void check_quantized(const struct ck_kernel *kernel, const struct quantized *q,
                            const struct quantized *portable) {
  const size_t sums = 4 * sums_per_block(kernel->format);
  for (size_t token = 0; token < q->tokens; token++) {
    for (size_t block = 0; block < q->blocks; block++) {
      const size_t a = position(q, token, block), b = position(portable, token, block);
      CHECK(is_same(q->codes, portable->codes, a, b, CK_BLOCK) &&
                is_same(q->scales, portable->scales, a, b, 4) &&
                is_same(q->corrections, portable->corrections, a, b, sums) &&
                is_same(q->scaled_sums, portable->scaled_sums, a, b, sums),
            "%s %s: token %zu block %zu is quantized differently from portable",
            kernel->format->id, kernel->isa, token, block);
    }
  }
}

/// Checks the sums of one block that the portable quantizer stores.
static void check_sums(const struct problem *p, const struct quantized *q, size_t at) {
  const size_t sums = sums_per_block(p->format);
  for (size_t i = 0; i < sums; i++) {
    int32_t sum = 0, correction;
    for (size_t k = 0; k < CK_BLOCK / sums; k++) {
      sum += (int8_t)q->codes.data[at * CK_BLOCK + i * CK_BLOCK / sums + k];
    }
    memcpy(&correction, q->corrections.data + (at * sums + i) * 4, 4);
    const float scale = float_at(q->scales, at), scaled = float_at(q->scaled_sums, at * sums + i);
    CHECK(correction == -p->format->offset * sum && scaled == scale * (float)sum,
          "quantizer: sum %d * %g became %d and %g", sum, scale, correction, scaled);
  }
}

/// Checks the portable quantizer itself: codes within half a step (and a rounding) of x, steps that
/// are shared as they should be, and sums of codes.
static void check_rounding(const struct problem *p, const struct quantized *q) {
  const size_t columns = p->blocks * CK_BLOCK, per_scale = activations_per_scale(p->format);
  for (size_t token = 0; token < p->tokens; token++) {
    for (size_t b = 0; b < p->blocks; b++) {
      const size_t first = b * CK_BLOCK / per_scale * per_scale / CK_BLOCK;
      CHECK(float_at(q->scales, position(q, token, b)) ==
                float_at(q->scales, position(q, token, first)),
            "quantizer: blocks %zu and %zu have different scales", first, b);
      check_sums(p, q, position(q, token, b));
    }
    for (size_t k = 0; k < columns; k++) {
      const size_t at = position(q, token, k / CK_BLOCK);
      const int code = (int8_t)q->codes.data[at * CK_BLOCK + k % CK_BLOCK];
      const double scale = float_at(q->scales, at), x = float_at(p->x, token * columns + k);
      const double allowed = scale == 0 ? 0x1p-119 : scale * (0.5 + 127 * 3 * (double)FLT_EPSILON);
      CHECK(abs(code) <= 127 && fabs(x - code * scale) <= allowed,
            "quantizer: %g became %d * %g", x, code, scale);
    }
  }
}

// MARK: Kernels

static void release_output(struct guarded out) {
  CHECK(guarded_release(out), "kernel wrote in front of its output");
}

/// Compares a result with the reference and with the portable kernel.
static void check_values(const struct ck_kernel *kernel, const struct problem *p,
                         struct expected expected, struct guarded out,
                         struct guarded portable) {
  for (size_t i = 0; i < p->rows * p->tokens; i++) {
    const double actual = float_at(out, i), other = float_at(portable, i);
    const double allowed = allowed_error(kernel, expected, i);
    CHECK(fabs(actual - expected.value[i]) <= allowed,
          "%s %s: %zu rows, %zu blocks, %zu tokens: row %zu token %zu is %.9g, not %.9g +- %.3g"
          " (portable: %.9g)",
          p->format->id, kernel->isa, p->rows, p->blocks, p->tokens, i % p->rows, i / p->rows,
          actual, expected.value[i], allowed, other);
    CHECK(fabs(actual - other) <= 2 * allowed,
          "%s %s: %.9g, portable %.9g, 2 * %.3g apart", p->format->id, kernel->isa, actual, other,
          allowed);
  }
}

/// Checks that a token's result has the same bits alone as among others, for the last and some
/// before it.
static void check_tokens_alone(const struct ck_kernel *kernel, const struct problem *p,
                               struct guarded out) {
  const size_t bytes = p->rows * sizeof(float);
  const size_t step = 1 + p->tokens / 6;
  for (size_t back = 0; back < p->tokens; back += step) {
    const size_t token = p->tokens - 1 - back;
    const struct quantized q = quantize(kernel, p, token, 1);
    const struct guarded alone = multiply(kernel, p, &q, false);
    CHECK(!memcmp(alone.data, out.data + token * bytes, bytes),
          "%s %s: %zu rows, %zu blocks: token %zu of %zu differs from the token alone",
          p->format->id, kernel->isa, p->rows, p->blocks, token, p->tokens);
    release_output(alone);
    release_quantized(q);
  }
}

/// Checks that a NaN or an infinity in a token makes all of its results NaN, and no other.
static void check_not_finite(const struct ck_kernel *kernel, struct problem *p,
                             struct guarded finite) {
  const size_t columns = p->blocks * CK_BLOCK, bytes = p->rows * sizeof(float);
  const size_t token = p->tokens / 2, at = token * columns + columns - 1;
  float *const x = (float *)p->x.data;
  const float kept = x[at];
  x[at] = p->tokens % 2 ? NAN : -INFINITY;
  const struct quantized q = quantize(kernel, p, 0, p->tokens);
  const struct guarded out = multiply(kernel, p, &q, false);
  for (size_t t = 0; t < p->tokens; t++) {
    if (t != token) {
      CHECK(!memcmp(out.data + t * bytes, finite.data + t * bytes, bytes),
            "%s %s: a NaN in token %zu changed token %zu", p->format->id, kernel->isa, token, t);
      continue;
    }
    for (size_t row = 0; row < p->rows; row++) {
      CHECK(isnan(float_at(out, t * p->rows + row)),
            "%s %s: a NaN in token %zu was lost in row %zu", p->format->id, kernel->isa,
            token, row);
    }
  }
  x[at] = kept;
  release_output(out);
  release_quantized(q);
}

/// Checks one kernel on one problem.
static void check_kernel(const struct ck_kernel *kernel, struct problem *p,
                         struct expected expected, const struct quantized *portable_q,
                         struct guarded portable_out) {
  const struct quantized q = quantize(kernel, p, 0, p->tokens);
  // AVX-512 keeps other sums, and some codes with the opposite sign.
  if (strcmp(kernel->isa, "avx512vnni") != 0) check_quantized(kernel, &q, portable_q);
  const struct guarded out = multiply(kernel, p, &q, false);
  check_values(kernel, p, expected, out, portable_out);
  const struct guarded by_panel = multiply(kernel, p, &q, true);
  CHECK(!memcmp(out.data, by_panel.data, out.bytes), "%s %s: panels alone differ",
        p->format->id, kernel->isa);
  check_tokens_alone(kernel, p, out);
  check_not_finite(kernel, p, out);
  release_output(out);
  release_output(by_panel);
  release_quantized(q);
}

static bool can_run(const struct ck_kernel *kernel) {
  return (kernel->required & ~ck_host_isa()) == 0;
}

/// Checks every kernel of the portable kernel's format on one problem of rows, blocks as the file
/// holds them, and tokens.
static void check_problem(const struct ck_kernel *portable, enum sample sample, size_t rows,
                          size_t blocks, size_t tokens) {
  const size_t small_blocks = blocks * portable->format->file_block_weights / CK_BLOCK;
  struct problem p =
      make_problem(portable->format, sample, (size_t[]){rows, small_blocks, tokens});
  const struct quantized q = quantize(portable, &p, 0, p.tokens);
  const struct guarded out = multiply(portable, &p, &q, false);
  const struct expected expected = make_expected(&p, &q);
  check_rounding(&p, &q);
  const struct ck_kernel *kernel;
  for (size_t i = 0; (kernel = ck_kernel_at(i)); i++) {
    if (kernel->format != portable->format || !can_run(kernel)) continue;
    check_kernel(kernel, &p, expected, &q, out);
  }
  release_output(out);
  release_quantized(q);
  CHECK(guarded_release(p.file) && guarded_release(p.panels) && guarded_release(p.x),
        "something wrote in front of an operand");
  free(expected.value);
  free(expected.bound);
  free(expected.magic);
}

/// Checks every kernel of a format on all shapes.
static void check_format(const struct ck_kernel *portable) {
  static const size_t rows[] = {15, 32};
  // One tile of every width; several, which end with a tile of 1 or 3 tokens.
  static const size_t tokens[] = {1, 2, 3, 4, 5, 8, 9, 14, 19};
  const size_t weights = portable->format->file_block_weights;
  // Rows that end inside their first chunk of 16 blocks of 32, in a second one, and with a tail that the
  // second one takes.
  const size_t blocks[] = {1, 21 * CK_BLOCK / weights, 32 * CK_BLOCK / weights + 1};
  for (enum sample sample = SAMPLE_ADVERSARIAL; sample <= SAMPLE_EXACT; sample++) {
    sample_seed(sample);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
      for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
        for (size_t t = 0; t < sizeof tokens / sizeof *tokens; t++) {
          check_problem(portable, sample, rows[r], blocks[b], tokens[t]);
        }
      }
    }
    // Panels without a partner, rows of one chunk.
    check_problem(portable, sample, 33, 16 * CK_BLOCK / weights, 12);
  }
  // More tokens than one group of the loops.
  check_problem(portable, SAMPLE_ADVERSARIAL, 17, 16 * CK_BLOCK / weights + 1, 270);
}

// MARK: What ran

static bool is_named(const char *isa, int count, char **names) {
  for (int i = 0; i < count; i++) {
    if (strcmp(isa, names[i]) == 0) return true;
  }
  return false;
}

/// Prints which instruction sets ran; fails where that is not what the arguments name.
static void report_kernels(int count, char **names) {
  int ran = 0;
  const char *isa = "";
  const struct ck_kernel *kernel;
  for (size_t i = 0; (kernel = ck_kernel_at(i)); i++) {
    // Every instruction set has kernels for blocks.
    if (kernel->format->unit != CK_BLOCK || strcmp(kernel->isa, isa) == 0) continue;
    isa = kernel->isa;
    ran += can_run(kernel);
    printf("  %-14s %s\n", isa, can_run(kernel) ? "ran" : "skipped: not on this processor");
    CHECK(count == 0 || is_named(isa, count, names) == can_run(kernel),
          "%s should %shave run", isa, can_run(kernel) ? "not " : "");
  }
  CHECK(count == 0 || ran == count, "%d instruction sets ran, not %d", ran, count);
}

int main(int argc, char **argv) {
  const struct ck_kernel *kernel;
  for (size_t i = 0; (kernel = ck_kernel_at(i)); i++) {
    const bool blocks = kernel->format->unit == CK_BLOCK;
    if (blocks && strcmp(kernel->isa, "portable") == 0) check_format(kernel);
  }
  check_groups(&checks, &failures);
  check_rows(&checks, &failures);
  check_channels(&checks, &failures);
  check_clusters(&checks, &failures);
  check_attention(&checks, &failures);
  report_kernels(argc - 1, argv + 1);
  printf("  %zu checks, %zu failed\n", checks, failures);
  return failures != 0;
}
