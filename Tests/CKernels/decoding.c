#include "decoding.h"

#include <math.h>
#include <string.h>

bool is_format(const struct ck_format *format, const char *id) {
  return strcmp(format->id, id) == 0;
}

size_t activations_per_scale(const struct ck_format *format) {
  const struct ck_kernel *kernel = ck_kernel_at(0);
  for (size_t i = 1; kernel->format != format; i++) kernel = ck_kernel_at(i);
  return strcmp(kernel->activation->id, "q8_256") == 0 ? 256 : 32;
}

size_t sums_per_block(const struct ck_format *format) {
  return is_format(format, "q2_k") || is_format(format, "q3_k") || is_format(format, "q6_k") ||
                 is_format(format, "nvfp4")
             ? 2
             : 1;
}

// MARK: Numbers

static double half(const uint8_t *bytes) {
  const int bits = bytes[0] | bytes[1] << 8, exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude =
      exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

static double e2m1(int code) {
  static const double magnitudes[8] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  return code & 8 ? -magnitudes[code & 7] : magnitudes[code];
}

/// An unsigned E4M3; what OCP reserves for NaN is 0.
static double ue4m3(int bits) {
  const int exponent = bits >> 3 & 15, fraction = bits & 7;
  if (bits == 0x7F) return 0;
  return exponent == 0 ? ldexp(fraction, -9) : ldexp(8 + fraction, exponent - 10);
}

static int iq4(int code) {
  static const int values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                 1,    13,   25,  38,  53,  69,  89,  113};
  return values[code];
}

// MARK: Small blocks

/// Nibble `k` of 16 bytes in halves order.
static int nibble(const uint8_t *bytes, int k) {
  return k < 16 ? bytes[k] & 15 : bytes[k - 16] >> 4;
}

/// 4 bytes of fifth bits, then 16 bytes of nibbles.
static int five_bits(const uint8_t *bytes, int k) {
  return nibble(bytes + 4, k) + 16 * (bytes[k / 8] >> k % 8 & 1);
}

/// Weight `i` of NVFP4: 4 scales, then for every 16 weights 8 bytes in halves order.
static double nvfp4_weight(const uint8_t *block, int i) {
  const int byte = block[4 + i / 16 * 8 + i % 8];
  return ue4m3(block[i / 16]) * e2m1(i % 16 < 8 ? byte & 15 : byte >> 4);
}

// MARK: Superblocks

/// Pair of bits `i` of a superblock: 32 bytes hold 128 in 4 places.
static int pair_of_bits(const uint8_t *bytes, int i) {
  return bytes[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
}

/// Bit `i` of a superblock: 32 bytes hold all in 8 places.
static int bit(const uint8_t *bytes, int i) { return bytes[i % 32] >> i / 32 & 1; }

/// Weight `i` of Q2_K: 16 scales and minimums in nibbles, pairs of bits, f16 d and dmin.
static struct weight k2_weight(const uint8_t *block, int i) {
  const int scales = block[i / 16];
  return (struct weight){half(block + 80) * (scales & 15) * pair_of_bits(block + 16, i),
                         -half(block + 82) * (scales >> 4)};
}

/// Weight `i` of Q3_K: upper bits, which take 4 off where they are 0, pairs of bits, 12 bytes of
/// scales, f16 d.
static double k3_weight(const uint8_t *block, int i) {
  const int j = i / 16;
  const int low = block[96 + j % 8] >> (j < 8 ? 0 : 4) & 15;
  const int high = block[104 + j % 4] >> j / 4 * 2 & 3;
  const int code = pair_of_bits(block + 32, i) - (bit(block, i) ? 0 : 4);
  return half(block + 108) * (16 * high + low - 32) * code;
}

/// Weight `i` of Q4_K or Q5_K: f16 d and dmin, 12 bytes of scales and minimums, fifth bits,
/// nibbles.
static struct weight k4_weight(const uint8_t *block, bool five, int i) {
  const uint8_t *scales = block + 4, *low = block + (five ? 48 : 16);
  const int j = i / 32, l = i % 32;
  int code = low[32 * (j / 2) + l] >> (j % 2 ? 4 : 0) & 15;
  if (five) code += 16 * bit(block + 16, i);
  int scale = scales[j] & 63, minimum = scales[(j + 4) % 12] & 63;
  if (j >= 4) {
    scale = (scales[j + 4] & 15) + 16 * (scales[j - 4] >> 6);
    minimum = (scales[j + 4] >> 4) + 16 * (scales[j] >> 6);
  }
  return (struct weight){half(block) * scale * code, -half(block + 2) * minimum};
}

/// Weight `i` of Q6_K: nibbles, of which 64 bytes hold 128, pairs of bits, 16 int8 scales, f16 d.
static double k6_weight(const uint8_t *block, int i) {
  const int low = block[i / 128 * 64 + i % 64] >> (i % 128 < 64 ? 0 : 4) & 15;
  const int code = low + 16 * pair_of_bits(block + 128, i) - 32;
  return half(block + 208) * (int8_t)block[192 + i / 16] * code;
}

/// Weight `i` of a superblock of IQ4_XS: f16 d, u16 high scale bits, 4 bytes of low ones, nibbles.
static double xs_weight(const uint8_t *block, int i) {
  const int j = i / 32, high = block[2] | block[3] << 8;
  const int scale = (block[4 + j / 2] >> 4 * (j % 2) & 15) + 16 * (high >> 2 * j & 3) - 32;
  return half(block) * scale * iq4(nibble(block + 8 + 16 * j, i % 32));
}

/// Trit `n` of a byte: digit n of the base-3 fraction byte / 256.
static int trit(int byte, int n) {
  for (; n > 0; n--) byte = byte * 3 % 256;
  return byte * 3 / 256;
}

/// Weight `i` of TQ1_0: 32 bytes with 5 trits, 16 with 5, 4 with 4, f16 d.
static double tq1_weight(const uint8_t *block, int i) {
  const double d = half(block + 52);
  if (i < 160) return d * (trit(block[i % 32], i / 32) - 1);
  if (i < 240) return d * (trit(block[32 + i % 16], (i - 160) / 16) - 1);
  return d * (trit(block[48 + i % 4], (i - 240) / 4) - 1);
}

static struct weight superblock_weight(const struct ck_format *format, const uint8_t *block,
                                       int i) {
  struct weight w = {0, 0};
  if (is_format(format, "q2_k")) w = k2_weight(block, i);
  if (is_format(format, "q3_k")) w.product = k3_weight(block, i);
  if (is_format(format, "q4_k")) w = k4_weight(block, false, i);
  if (is_format(format, "q5_k")) w = k4_weight(block, true, i);
  if (is_format(format, "q6_k")) w.product = k6_weight(block, i);
  if (is_format(format, "iq4_xs")) w.product = xs_weight(block, i);
  if (is_format(format, "tq1_0")) w.product = tq1_weight(block, i);
  if (is_format(format, "tq2_0")) w.product = half(block + 64) * (pair_of_bits(block, i) - 1);
  return w;
}

static struct weight small_weight(const struct ck_format *format, const uint8_t *block, int k) {
  const double d = half(block);
  struct weight w = {0, 0};
  if (is_format(format, "q4_0")) w.product = d * (nibble(block + 2, k) - 8);
  if (is_format(format, "q4_1")) w.product = d * nibble(block + 4, k);
  if (is_format(format, "q5_0")) w.product = d * (five_bits(block + 2, k) - 16);
  if (is_format(format, "q5_1")) w.product = d * five_bits(block + 4, k);
  if (is_format(format, "q8_0")) w.product = d * (int8_t)block[2 + k];
  if (is_format(format, "q1_0")) w.product = block[2 + k / 8] >> k % 8 & 1 ? d : -d;
  if (is_format(format, "q2_0")) w.product = d * ((block[2 + k / 4] >> k % 4 * 2 & 3) - 1);
  if (is_format(format, "iq4_nl")) w.product = d * iq4(nibble(block + 2, k));
  if (is_format(format, "mxfp4")) w.product = ldexp(e2m1(nibble(block + 1, k)), block[0] - 127);
  if (is_format(format, "nvfp4")) w.product = nvfp4_weight(block, k);
  if (is_format(format, "q4_1") || is_format(format, "q5_1")) w.minimum = half(block + 2);
  return w;
}

double largest_scale(const struct ck_format *format, const uint8_t *block) {
  if (is_format(format, "nvfp4")) return 256;
  if (is_format(format, "q6_k")) return 128 * fabs(half(block + 208));
  if (is_format(format, "iq4_xs")) return 32 * fabs(half(block));
  if (is_format(format, "q4_k") || is_format(format, "q5_k")) return 63 * fabs(half(block));
  return fabs(half(block));
}

void decode_block(const struct ck_format *format, const uint8_t *block, struct weight *weights) {
  const bool super = format->file_block_weights == 256;
  for (int k = 0; k < (int)format->file_block_weights; k++) {
    weights[k] = super ? superblock_weight(format, block, k) : small_weight(format, block, k);
  }
}
