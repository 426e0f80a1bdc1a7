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
// all its results are NaN, never plausible numbers. f32 and bf16 keep NaNs and infinities.

#include "../activation_scale.h"

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
    const uint32_t bits = largest_magnitude(args->x + (token + t) * columns, columns);
    args->scales[token + t] = activation_scale(bits, inverses + t);
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
  for (size_t t = 0; t < width && kind == ROW_INT8; t++) {
    args->corrections[token + t] = -args->offset * sums[t];
  }
}

/// Stores the tiles of `args`.
CK_INLINE void pack_tiles(enum row_kind kind, const struct ck_quantize_args *args) {
  const size_t tiles = row_tiles(args->tile, args->tokens);
  for (size_t i = args->first_tile; i < args->end_tile; i++) {
    const size_t token = first_token(i, tiles, args->tokens);
    pack_tile(kind, args, token, first_token(i + 1, tiles, args->tokens) - token);
  }
}
