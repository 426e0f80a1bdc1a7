#include "samples.h"

#include "decoding.h"

#include <string.h>

static uint64_t state;

void sample_seed(uint64_t seed) { state = seed; }

/// SplitMix64.
static uint64_t next(void) {
  uint64_t z = state += 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

static size_t below(size_t count) { return next() % count; }
static double uniform(void) { return (double)(next() >> 11) * 0x1p-53; }

void sample_bytes(uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)next();
}

double sample_uniform(void) { return uniform(); }

// MARK: Drawing

/// An f16: ordinary, zero, subnormal, the largest, of either sign.
static void draw_half(enum sample sample, uint8_t *bytes) {
  static const uint16_t special[] = {0x0000, 0x8000, 0x0001, 0x8001, 0x03FF,
                                     0x83FF, 0x0400, 0x7BFF, 0xFBFF, 0x3C00};
  uint16_t bits = (uint16_t)(0x1800 + below(0x2800) + (below(2) << 15));
  if (below(4) == 0) bits = special[below(sizeof special / sizeof *special)];
  if (sample == SAMPLE_EXACT) bits = 0x3C00;
  bytes[0] = (uint8_t)bits;
  bytes[1] = (uint8_t)(bits >> 8);
}

/// An E8M0 exponent: ordinary, subnormal as f32, the smallest normal, large.
static uint8_t draw_exponent(enum sample sample) {
  static const uint8_t special[] = {0, 1, 2, 3, 64, 145};
  if (sample == SAMPLE_EXACT) return 127;
  return below(4) == 0 ? special[below(sizeof special)] : (uint8_t)(115 + below(20));
}

/// Code bytes, and scales inside a superblock: random, all equal to an extreme, alternating
/// extremes, or one outlier.
static void draw_codes(uint8_t *codes, size_t count) {
  static const uint8_t extremes[] = {0x00, 0xFF, 0x80, 0x7F, 0x88, 0x77, 0x0F, 0xF0};
  const uint8_t a = extremes[below(8)], b = extremes[below(8)];
  const size_t kind = below(6), outlier = below(count);
  for (size_t i = 0; i < count; i++) {
    codes[i] = (uint8_t)next();
    if (kind == 0) codes[i] = a;
    if (kind == 1) codes[i] = i % 2 ? a : b;
    if (kind == 2) codes[i] = i == outlier ? a : 0;
  }
}

/// Draws the f16 scales of a block.
static void draw_halves(const struct ck_format *format, enum sample sample, uint8_t *block) {
  static const struct {
    const char *id;
    size_t byte;
  } late[] = {{"q2_k", 80}, {"q3_k", 108}, {"q6_k", 208}, {"tq1_0", 52}, {"tq2_0", 64}};
  if (is_format(format, "mxfp4") || is_format(format, "nvfp4")) return;
  for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
    if (is_format(format, late[i].id)) block += late[i].byte;
  }
  draw_half(sample, block);
  if (format->has_minimum) draw_half(sample, block + 2);
}

/// Makes the integer scales of a superblock 1, and its minimums 0; NVFP4's scales 1.
static void set_scales_to_one(const struct ck_format *format, uint8_t *block) {
  if (is_format(format, "nvfp4")) memset(block, 0x38, 4);
  if (is_format(format, "q2_k")) memset(block, 0x01, 16);
  if (is_format(format, "q3_k")) {
    memset(block + 96, 0x11, 8);
    memset(block + 104, 0xAA, 4);
  }
  if (is_format(format, "q4_k") || is_format(format, "q5_k")) {
    memset(block + 4, 0x01, 4);
    memset(block + 8, 0x00, 4);
    memset(block + 12, 0x01, 4);
  }
  if (is_format(format, "q6_k")) memset(block + 192, 0x01, 16);
  if (is_format(format, "iq4_xs")) {
    memset(block + 2, 0xAA, 2);
    memset(block + 4, 0x11, 4);
  }
}

void sample_block(const struct ck_format *format, enum sample sample, uint8_t *block) {
  draw_codes(block, format->file_block_bytes);
  draw_halves(format, sample, block);
  if (is_format(format, "mxfp4")) block[0] = draw_exponent(sample);
  if (sample == SAMPLE_EXACT) set_scales_to_one(format, block);
}

/// Integers whose largest magnitude is 127 wherever activations share a scale, which is exactly 1.
static void exact_token(size_t token, float *x, size_t count, size_t per_scale) {
  for (size_t i = 0; i < count; i++) {
    switch (token % 4) {
    case 0: x[i] = 127; break;
    case 1: x[i] = -127; break;
    case 2: x[i] = i % 2 ? 127 : -127; break;
    default: x[i] = i % per_scale == 5 ? 127 : (float)((int)below(253) - 126); break;
    }
  }
}

/// Activations that share a scale: ordinary, alternating, with an outlier, halfway between codes,
/// too small for a scale, huge.
static void draw_activations(float *x, size_t count) {
  static const double magnitudes[] = {1, 1, 0, 1e-40, 1e-33, 1e25, 300};
  const size_t kind = below(6);
  const double size = below(3) ? 1 : magnitudes[below(7)];
  for (size_t i = 0; i < count; i++) {
    double value = size * (2 * uniform() - 1);
    if (kind == 0) value = i % 2 ? size : -size;
    if (kind == 1) value = i == 7 ? 1000 * size : value;
    // Scale 1, odd multiples of a half.
    if (kind == 2) value = i == 3 ? -127 : (double)below(254) - 127 + 0.5;
    x[i] = (float)value;
  }
}

void sample_token(const struct ck_format *format, enum sample sample, size_t token, float *x,
                  size_t count) {
  const size_t per_scale = activations_per_scale(format);
  if (sample == SAMPLE_EXACT) {
    exact_token(token, x, count, per_scale);
    return;
  }
  for (size_t i = 0; i < count; i += per_scale) {
    draw_activations(x + i, count - i < per_scale ? count - i : per_scale);
  }
}
