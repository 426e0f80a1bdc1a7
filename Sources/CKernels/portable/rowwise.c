// C[m,n] = A[m,k] * B[k,n] of f32, f16, bf16 and int8 rows and of groups in plain C: the same panels,
// tiles and order of additions as everywhere.
#include "../grouped/tables.h"
#include "half.h"

#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)

static uint16_t load16(const uint8_t *p) {
  uint16_t value;
  memcpy(&value, p, sizeof value);
  return value;
}

static float load_float(const uint8_t *p) {
  float value;
  memcpy(&value, p, sizeof value);
  return value;
}

/// Weight `k` of row `row` in a group of float weights.
static float load_weight(enum row_kind kind, const uint8_t *group, size_t k, size_t row) {
  if (kind == ROW_F16) return float_from_half(load16(group + 2 * (k * CK_PANEL_ROWS + row)));
  if (kind == ROW_BF16) {
    const uint8_t *pair = group + 4 * (k / 2 * CK_PANEL_ROWS + row);
    return float_from_bits((uint32_t)load16(pair + 2 * (k % 2)) << 16);
  }
  return load_float(group + 4 * (k * CK_PANEL_ROWS + row));
}

/// The stored code `k` of row `row` in a group of integers.
static int load_code(enum row_kind kind, const uint8_t *group, size_t k, size_t row) {
  const size_t step = k / 4, byte = 4 * row + k % 4;
  if (kind != ROW_CHANNEL4 && kind != ROW_CHANNEL6) return group[64 * step + byte];
  const int low = group[64 * (step / 2) + byte] >> 4 * (step % 2) & 15;
  return kind == ROW_CHANNEL4 ? low : low | (group[128 + byte] >> 2 * step & 3) << 4;
}

/// Converts a group of f16 or bf16 to f32.
static void unpack_floats(enum row_kind kind, const uint8_t *group, float *out) {
  for (size_t i = 0; i < 4 * CK_PANEL_ROWS; i++) {
    out[i] = load_weight(kind, group, i / CK_PANEL_ROWS, i % CK_PANEL_ROWS);
  }
}

CK_INLINE void unpack_group(enum row_kind kind, const uint8_t *group, uint8_t *out) {
  if (!is_integer(kind)) {
    unpack_floats(kind, group, (float *)(void *)out);
    return;
  }
  for (size_t i = 0; i < 16 * CK_PANEL_ROWS; i++) {
    const size_t row = i / 4 % CK_PANEL_ROWS, k = i / (4 * CK_PANEL_ROWS) * 4 + i % 4;
    out[i] = (uint8_t)load_code(kind, group, k, row);
  }
}

/// Adds a group of unpacked float weights times a token, k after k.
CK_INLINE void add_floats(const float *weights, const uint8_t *activations,
                          float sums[CK_PANEL_ROWS]) {
  for (size_t k = 0; k < 4; k++) {
    const float a = load_float(activations + 4 * k);
    for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
      sums[row] += weights[k * CK_PANEL_ROWS + row] * a;
    }
  }
}

/// Adds a group of integer weights times a token.
CK_INLINE void add_integers(enum row_kind kind, const uint8_t *group, const uint8_t *activations,
                            float sums[CK_PANEL_ROWS]) {
  for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
    int32_t sum = ck_load32(sums + row);
    for (size_t k = 0; k < 16; k++) {
      const int weight = load_code(kind, group, k, row) - (is_signed(kind) ? 128 : 0);
      sum += weight * (int8_t)activations[k];
    }
    memcpy(sums + row, &sum, sizeof sum);
  }
}

/// Multiplies one panel with a tile of `width` tokens.
CK_INLINE void multiply_panel(enum row_kind kind, size_t panel, size_t width,
                              const struct row_tile *tile, float sums[CK_TILE][CK_PANEL_ROWS]) {
  const size_t groups = tile->stretches[0].groups + tile->stretches[1].groups;
  for (size_t g = 0; g < groups; g++) {
    const uint8_t *group = tile->panels[panel] + g * panel_group_bytes(kind);
    float weights[4 * CK_PANEL_ROWS];
    if (!is_integer(kind)) unpack_floats(kind, group, weights);
    for (size_t t = 0; t < width; t++) {
      const uint8_t *activations = tile->activations + (g * width + t) * GROUP_BYTES;
      if (is_integer(kind)) {
        add_integers(kind, group, activations, sums[t]);
      } else {
        add_floats(weights, activations, sums[t]);
      }
    }
  }
}

/// A complete sum of integers: with the zero points, where there are any, and both scales.
static float finished_sum(enum row_kind kind, const struct row_tile *tile, int32_t sum, size_t t,
                          size_t p, size_t row) {
  const float row_scale = tile->row_scales[p][row], token_scale = tile->token_scales[t];
  if (!is_channel(kind)) return (float)sum * row_scale * token_scale;
  const double total = (double)sum -
                       (double)row_zeros(tile, p)[row] * (double)tile->token_sums[t] -
                       (double)row_sums(tile, p)[row] * (double)tile->token_zeros[t];
  return (float)total * (token_scale * row_scale);
}

/// Multiplies a pair of panels with a tile of `width` tokens.
CK_INLINE void multiply_tile(enum row_kind kind, size_t width,
                             const struct row_tile *tile) {
  for (size_t p = 0; p < ROW_PANELS; p++) {
    float sums[CK_TILE][CK_PANEL_ROWS] = {0};
    float *const out = tile->sums + p * CK_PANEL_ROWS;
    for (size_t t = 0; t < width && !tile->starts; t++) {
      memcpy(sums[t], out + t * tile->stride, sizeof *sums);
    }
    multiply_panel(kind, p, width, tile, sums);
    for (size_t t = 0; t < width; t++) {
      for (size_t row = 0; is_integer(kind) && tile->ends && row < CK_PANEL_ROWS; row++) {
        sums[t][row] = finished_sum(kind, tile, ck_load32(sums[t] + row), t, p, row);
      }
      memcpy(out + t * tile->stride, sums[t], sizeof *sums);
    }
  }
}

/// Rounds to the nearest integer, ties to even: |x| <= 127 leaves no other bits in the sum.
static int32_t nearest(float x) { return (int32_t)((x + 0x1.8p23f) - 0x1.8p23f); }

/// Takes what exceeds a fixed range, or is no number, to its end.
static float clamp(float x) { return !(x > -127) ? -127 : x > 127 ? 127 : x; }

CK_INLINE uint32_t largest_magnitude(const float *x, size_t count) {
  uint32_t largest = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7FFFFFFF;
    if (bits > largest) largest = bits;
  }
  return largest;
}

/// Stores whole groups of a token, `step` bytes apart.
CK_INLINE int32_t pack_run(enum row_kind kind, const float *x, size_t groups, float inverse,
                           uint8_t *out, size_t step) {
  int32_t sum = 0;
  for (size_t g = 0; g < groups; g++, out += step, x += group_columns(kind)) {
    if (kind != ROW_INT8) {
      memcpy(out, x, GROUP_BYTES);
      continue;
    }
    for (size_t i = 0; i < 16; i++) {
      // Without a factor all codes are 0, even those of NaN and infinity.
      const int32_t code = inverse == 0 ? 0 : nearest(clamp(x[i] * inverse));
      out[i] = (uint8_t)code;
      sum += code;
    }
  }
  return sum;
}

#include "../rowwise/activation_loops.h"
#include "../rowwise/row_loops.h"

#define CK_ISA_NAME "portable"
#define CK_ISA_BITS 0
#define FORMATS(X) ROW_FLOATS(X) ROW_INTEGERS(X)
ROW_TABLE(portable, FORMATS)

#include "grouped.h"

#include "../grouped/group_loops.h"
GROUPED_TABLE(portable)
