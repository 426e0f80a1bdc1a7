// Stores activations in tiles, as f32, as bf16, or as int8 with a scale per token.
//
// The including file has defined, as inline functions,
//
//     largest_magnitude(x, count)                 the bits of the largest magnitude
//     pack_run(kind, x, groups, inverse, out, step)  stores whole groups, `step` bytes apart;
//                                                 of int8, rounds x * inverse to the nearest,
//                                                 ties to even, and returns the sum of the codes
//
// int8: scale = largest magnitude / 127, code = round(x / scale). A token below 2^-119 becomes
// zeros (1 / scale would overflow). A token with a NaN or an infinity gets the scale NaN, so that
// all its results are NaN, never plausible numbers. f32 and bf16 keep NaNs and infinities. Where the
// caller fixes the largest magnitude, what exceeds it is clipped.

#include "../activation_scale.h"
#include "zero_points.h"

/// The largest magnitude below the threshold, as bits. A NaN is no outlier.
static uint32_t largest_inlier(const float *x, size_t count, float threshold) {
  uint32_t limit, most = 0;
  memcpy(&limit, &threshold, sizeof limit);
  const uint32_t range = 0x7F800000 - limit;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7FFFFFFF;
    bits = bits - limit <= range ? 0 : bits;
    most = bits > most ? bits : most;
  }
  return most;
}

/// Clears the codes of outlying columns of the tile at `token`.
static void clear_outliers(const struct ck_quantize_args *args, size_t token, size_t width,
                           int32_t *sums) {
  const size_t groups = row_groups(ROW_INT8, args->columns);
  for (size_t i = 0; i < args->outlier_count; i++) {
    const size_t k = args->outliers[i], group = k / 16;
    const size_t first = group / ROW_CHUNK_GROUPS * ROW_CHUNK_GROUPS;
    int8_t *code = args->codes + row_tile_offset(groups, args->tokens, token, first) +
                   (group - first) * width * GROUP_BYTES + k % 16;
    for (size_t t = 0; t < width; t++, code += GROUP_BYTES) {
      sums[t] -= *code;
      *code = 0;
    }
  }
}

/// The scale of a token of int8, by its largest magnitude or the one that is fixed.
CK_INLINE float token_scale(const struct ck_quantize_args *args, uint32_t bits, float *inverse) {
  if (args->fixed_maximum > 0 && bits < 0x7F800000) {
    memcpy(&bits, &args->fixed_maximum, sizeof bits);
  }
  return activation_scale(bits, inverse);
}

/// Stores groups first..<first + count of one token. k beyond the end of the row is 0.
CK_INLINE int32_t pack_groups(enum row_kind kind, const float *x, size_t columns, size_t first,
                              size_t count, float inverse, uint8_t *out, size_t step) {
  const size_t each = group_columns(kind), start = first * each;
  const size_t left = columns > start ? columns - start : 0;
  const size_t whole = ck_min(count, left / each);
  int32_t sum = pack_run(kind, x + start, whole, inverse, out, step);
  for (size_t g = whole; g < count; g++) {
    float padded[16] = {0};
    if (left > g * each) memcpy(padded, x + start + g * each, (left - g * each) * sizeof *x);
    sum += pack_run(kind, padded, 1, inverse, out + g * step, step);
  }
  return sum;
}

/// Stores the tile of `width` tokens that starts at `token`.
CK_INLINE void pack_tile(enum row_kind kind, const struct ck_quantize_args *args, size_t token,
                         size_t width) {
  const size_t columns = args->columns, groups = row_groups(kind, columns);
  float inverses[ROW_MAX_TILE];
  int32_t sums[ROW_MAX_TILE] = {0};
  for (size_t t = 0; t < width && kind == ROW_INT8; t++) {
    const float *x = args->x + (token + t) * columns;
    const uint32_t bits = args->outlier_count > 0
                              ? largest_inlier(x, columns, args->outlier_threshold)
                              : largest_magnitude(x, columns);
    args->scales[token + t] = token_scale(args, bits, inverses + t);
  }
  for (size_t first = 0; first < groups; first += ROW_CHUNK_GROUPS) {
    const size_t count = ck_min(ROW_CHUNK_GROUPS, groups - first);
    uint8_t *out =
        (uint8_t *)args->codes + row_tile_offset(groups, args->tokens, token, first);
    for (size_t t = 0; t < width; t++) {
      sums[t] += pack_groups(kind, args->x + (token + t) * columns, columns, first, count,
                             kind == ROW_INT8 ? inverses[t] : 0, out + t * GROUP_BYTES,
                             width * GROUP_BYTES);
    }
  }
  if (kind == ROW_INT8) clear_outliers(args, token, width, sums);
  for (size_t t = 0; t < width && kind == ROW_INT8; t++) {
    args->corrections[token + t] = -args->offset * sums[t];
  }
}

/// Stores the tiles of `args`.
CK_INLINE void pack_tiles(enum row_kind kind, const struct ck_quantize_args *args) {
  if (is_channel(kind)) {
    pack_channel_tiles(kind, args);
    return;
  }
  const size_t tiles = row_tiles(args->tile, args->tokens);
  for (size_t i = args->first_tile; i < args->end_tile; i++) {
    const size_t token = first_token(i, tiles, args->tokens);
    pack_tile(kind, args, token, first_token(i + 1, tiles, args->tokens) - token);
  }
}
