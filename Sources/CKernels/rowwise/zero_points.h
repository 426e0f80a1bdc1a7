// Rounds activations to unsigned codes with a zero point, as OmniQuant does for each token and INC
// and IPEX with one grid for all: code = round(x / scale) + zero, from 0 to `top`.
//
// In the compiler's vector notation, for the instruction set of the including file. A token with a
// NaN or an infinity gets the scale NaN, so that all its results are NaN.
#ifndef CKERNELS_ROWWISE_ZERO_POINTS_H
#define CKERNELS_ROWWISE_ZERO_POINTS_H

#include <math.h>

#include "rowwise.h"

typedef float sixteen_floats __attribute__((ext_vector_type(16)));
typedef int32_t sixteen_ints __attribute__((ext_vector_type(16)));
typedef int8_t sixteen_bytes __attribute__((ext_vector_type(16)));

/// A grid: value = scale (code - zero).
struct token_grid {
  float scale;
  int32_t zero;
};

/// The largest code of a kind of activations; 8-bit codes are stored less 128.
CK_INLINE int32_t top_code(enum row_kind kind) {
  return kind == ROW_CHANNEL4 ? 15 : kind == ROW_CHANNEL6 ? 63 : 255;
}

/// Rounds to the nearest integer, ties to even, what is below 2^22.
CK_INLINE float nearest_float(float x) { return (x + 0x1.8p23f) - 0x1.8p23f; }

/// The least and the largest of some numbers, and whether all are finite.
CK_INLINE bool find_bounds(const float *x, size_t count, float bounds[2]) {
  sixteen_floats least = (float)INFINITY, most = -(float)INFINITY;
  sixteen_ints bad = 0;
  for (size_t i = 0; i < count; i += 16) {
    sixteen_floats v = x[i];
    memcpy(&v, x + i, ck_min(16, count - i) * sizeof *x);
    // 0 unless infinite or NaN.
    bad |= v - v != 0;
    least = __builtin_elementwise_min(v, least);
    most = __builtin_elementwise_max(v, most);
  }
  int32_t any = 0;
  bounds[0] = INFINITY, bounds[1] = -INFINITY;
  for (int lane = 0; lane < 16; lane++) {
    if (least[lane] < bounds[0]) bounds[0] = least[lane];
    if (most[lane] > bounds[1]) bounds[1] = most[lane];
    any |= bad[lane];
  }
  return any == 0;
}

/// The grid of a token from its bounds: at least 1e-5 from code to code.
CK_INLINE struct token_grid grid_between(const float bounds[2], float top) {
  const float step = (bounds[1] - bounds[0]) / top;
  const float scale = step > 1e-5f ? step : 1e-5f;
  float zero = -bounds[0] / scale;
  zero = zero > 1e4f ? 1e4f : zero < -1e4f ? -1e4f : zero;
  return (struct token_grid){scale, (int32_t)nearest_float(zero)};
}

/// Takes what is beyond bounds to them.
CK_INLINE void bound(sixteen_floats *v, float least, float most) {
  const sixteen_floats low = least, high = most;
  *v = __builtin_elementwise_max(__builtin_elementwise_min(*v, high), low);
}

/// Stores the codes of up to 16 numbers less `offset`; returns their sum. Behind the end are zeros.
CK_INLINE int32_t store_codes(const float *x, size_t count, struct token_grid grid, float top,
                              float offset, uint8_t *out) {
  sixteen_floats v = 0;
  memcpy(&v, x, count * sizeof *x);
  v /= grid.scale;
  bound(&v, -1e6f, 1e6f);
  v = ((v + 0x1.8p23f) - 0x1.8p23f) + (float)grid.zero;
  bound(&v, 0, top);
  v -= offset;
  sixteen_ints codes = __builtin_convertvector(v, sixteen_ints);
  for (size_t i = count; i < 16; i++) codes[i] = 0;
  const sixteen_bytes bytes = __builtin_convertvector(codes, sixteen_bytes);
  memcpy(out, &bytes, sizeof bytes);
  return __builtin_reduce_add(codes);
}

/// The grid of one token; `x` is not finite where the scale is NaN.
CK_INLINE struct token_grid grid_of(enum row_kind kind, const struct ck_quantize_args *args,
                                    const float *x, bool *finite) {
  float bounds[2];
  *finite = find_bounds(x, args->columns, bounds);
  if (args->fixed_scale != 0) return (struct token_grid){args->fixed_scale, args->fixed_zero};
  return grid_between(bounds, (float)top_code(kind));
}

/// Stores a token of a tile of `width`.
CK_INLINE void pack_channel_token(enum row_kind kind, const struct ck_quantize_args *args,
                                  size_t token, size_t t, size_t width) {
  const float *x = args->x + (token + t) * args->columns;
  const size_t groups = row_groups(kind, args->columns);
  const int32_t offset = kind == ROW_CHANNEL8 ? 128 : 0;
  bool finite;
  const struct token_grid grid = grid_of(kind, args, x, &finite);
  int32_t sum = 0;
  for (size_t first = 0; first < groups; first += ROW_CHUNK_GROUPS) {
    const size_t end = ck_min(first + ROW_CHUNK_GROUPS, groups);
    uint8_t *out = (uint8_t *)args->codes + row_tile_offset(groups, args->tokens, token, first) +
                   t * GROUP_BYTES;
    for (size_t g = first; g < end; g++, out += width * GROUP_BYTES) {
      const size_t count = finite ? ck_min(16, args->columns - 16 * g) : 0;
      sum += store_codes(x + 16 * g, count, grid, (float)top_code(kind), (float)offset, out);
    }
  }
  args->scales[token + t] = finite ? grid.scale : __builtin_nanf("");
  args->corrections[token + t] = kind == ROW_CHANNEL8 ? -128 * sum : 0;
  args->corrections[args->tokens + token + t] = sum;
  args->corrections[2 * args->tokens + token + t] = grid.zero - offset;
}

/// Stores the tiles of `args`.
CK_INLINE void pack_channel_tiles(enum row_kind kind, const struct ck_quantize_args *args) {
  const size_t tiles = row_tiles(args->tile, args->tokens);
  for (size_t i = args->first_tile; i < args->end_tile; i++) {
    const size_t token = first_token(i, tiles, args->tokens);
    const size_t width = first_token(i + 1, tiles, args->tokens) - token;
    for (size_t t = 0; t < width; t++) pack_channel_token(kind, args, token, t, width);
  }
}

#endif
