#include "samples.h"

#include <math.h>
#include <stdlib.h>
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

// MARK: Formats, independent of the kernels' tables

static bool is(const struct ck_format *format, const char *id) {
  return strcmp(format->id, id) == 0;
}

static double half(const uint8_t *bytes) {
  const int bits = bytes[0] | bytes[1] << 8, exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude =
      exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

/// Nibble `k` of 16 bytes in halves order.
static int nibble(const uint8_t *bytes, int k) {
  return k < 16 ? bytes[k] & 15 : bytes[k - 16] >> 4;
}

/// 4 bytes of fifth bits, then 16 bytes of nibbles.
static int five_bits(const uint8_t *bytes, int k) {
  return nibble(bytes + 4, k) + 16 * (bytes[k / 8] >> k % 8 & 1);
}

static double e2m1(int code) {
  static const double magnitudes[8] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  return code & 8 ? -magnitudes[code & 7] : magnitudes[code];
}

static int iq4(int code) {
  static const int values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                 1,    13,   25,  38,  53,  69,  89,  113};
  return values[code];
}

/// Weight `i` of a superblock of Q4_K or Q5_K: f16 d and dmin, 12 bytes of scales and minimums,
/// fifth bits, nibbles.
static struct weight k4_weight(const uint8_t *block, bool five, int i) {
  const uint8_t *scales = block + 4, *high = block + 16, *low = block + (five ? 48 : 16);
  const int j = i / 32, l = i % 32;
  int code = low[32 * (j / 2) + l] >> (j % 2 ? 4 : 0) & 15;
  if (five) code += 16 * (high[l] >> j & 1);
  int scale = scales[j] & 63, minimum = scales[(j + 4) % 12] & 63;
  if (j >= 4) {
    scale = (scales[j + 4] & 15) + 16 * (scales[j - 4] >> 6);
    minimum = (scales[j + 4] >> 4) + 16 * (scales[j] >> 6);
  }
  return (struct weight){half(block) * scale * code, -half(block + 2) * minimum};
}

/// Weight `i` of a superblock of IQ4_XS: f16 d, u16 high scale bits, 4 bytes of low ones, nibbles.
static double xs_weight(const uint8_t *block, int i) {
  const int j = i / 32, high = block[2] | block[3] << 8;
  const int scale = (block[4 + j / 2] >> 4 * (j % 2) & 15) + 16 * (high >> 2 * j & 3) - 32;
  return half(block) * scale * iq4(nibble(block + 8 + 16 * j, i % 32));
}

void decode_block(const struct ck_format *format, const uint8_t *block, struct weight *weights) {
  for (int k = 0; k < (int)format->file_block_weights; k++) {
    struct weight w = {0, 0};
    if (is(format, "q4_0")) w.product = half(block) * (nibble(block + 2, k) - 8);
    if (is(format, "q4_1")) w.product = half(block) * nibble(block + 4, k);
    if (is(format, "q5_0")) w.product = half(block) * (five_bits(block + 2, k) - 16);
    if (is(format, "q5_1")) w.product = half(block) * five_bits(block + 4, k);
    if (is(format, "q8_0")) w.product = half(block) * (int8_t)block[2 + k];
    if (is(format, "iq4_nl")) w.product = half(block) * iq4(nibble(block + 2, k));
    if (is(format, "mxfp4")) w.product = ldexp(e2m1(nibble(block + 1, k)), block[0] - 127);
    if (is(format, "q4_1") || is(format, "q5_1")) w.minimum = half(block + 2);
    if (is(format, "q4_k")) w = k4_weight(block, false, k);
    if (is(format, "q5_k")) w = k4_weight(block, true, k);
    if (is(format, "iq4_xs")) w.product = xs_weight(block, k);
    weights[k] = w;
  }
}

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

void sample_block(const struct ck_format *format, enum sample sample, uint8_t *block) {
  size_t header = 2;
  if (is(format, "mxfp4")) {
    header = 1;
    block[0] = draw_exponent(sample);
  } else {
    draw_half(sample, block);
    if (format->has_minimum) {
      header = 4;
      draw_half(sample, block + 2);
    }
  }
  const bool xs = is(format, "iq4_xs");
  if (sample == SAMPLE_EXACT && format->file_block_weights == 256) {
    // All sub-block scales 1; Q4_K's and Q5_K's minimums 0.
    memset(block + header, xs ? 0x11 : 0, xs ? 6 : 12);
    memset(block + header, xs ? 0xAA : 0x01, xs ? 2 : 4);
    if (!xs) memset(block + header + 8, 0x01, 4);
    header += xs ? 6 : 12;
  }
  draw_codes(block + header, format->file_block_bytes - header);
}

/// Integers whose largest magnitude is 127 in every block, so that the scale is exactly 1.
static void exact_token(size_t token, float *x, size_t count) {
  for (size_t i = 0; i < count; i++) {
    switch (token % 4) {
    case 0: x[i] = 127; break;
    case 1: x[i] = -127; break;
    case 2: x[i] = i % 2 ? 127 : -127; break;
    default: x[i] = i % 32 == 5 ? 127 : (float)((int)below(255) - 127); break;
    }
  }
}

void sample_token(enum sample sample, size_t token, float *x, size_t count) {
  if (sample == SAMPLE_EXACT) {
    exact_token(token, x, count);
    return;
  }
  static const double magnitudes[] = {1, 1, 0, 1e-40, 1e-33, 1e25, 300};
  for (size_t block = 0; block < count; block += 32) {
    const size_t kind = below(6);
    const double size = below(3) ? 1 : magnitudes[below(7)];
    for (size_t i = 0; i < 32; i++) {
      double value = size * (2 * uniform() - 1);
      if (kind == 0) value = i % 2 ? size : -size;
      if (kind == 1) value = i == 7 ? 1000 * size : value;
      // Halfway between codes: scale 1, odd multiples of a half.
      if (kind == 2) value = i == 3 ? -127 : (double)below(254) - 127 + 0.5;
      x[block + i] = (float)value;
    }
  }
}
