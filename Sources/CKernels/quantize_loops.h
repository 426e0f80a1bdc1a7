// Quantizes activations into tiles: [chunk of 16 blocks][tile][block][token][32].
//
// The including file has defined, as inline functions, `largest_magnitude(x)` (bits of the largest
// magnitude of 32 numbers), `quantize_half(x, inverse, codes)` (rounds x * inverse of 16 numbers to
// the nearest, ties to even, and returns the sum of the codes), and `store_sums(shape, args, at,
// width, block, scale, sums)` (what the multiplication needs of the sums of the halves of a block;
// plain_sums.h has the usual one).
//
//     scale = largest magnitude / 127       code = round(x / scale), -127...127
//
// A segment below 2^-119 becomes zeros (1 / scale would overflow). One with a NaN or an infinity
// gets the scale NaN, so that every result that depends on it is NaN, never a plausible number.

#include "activation_scale.h"

/// Blocks that share a scale: 1, or a superblock.
CK_INLINE size_t blocks_in_segment(struct ck_shape shape) {
  return shape.activation == CK_Q8_256 ? SUPERBLOCK : 1;
}

/// Quantizes `count` blocks with one scale; they lie `width` apart from position `at` of the tiles.
CK_INLINE void quantize_segment(struct ck_shape shape, const struct ck_quantize_args *args,
                                const float *x, size_t block, size_t count, size_t at,
                                size_t width) {
  static const float zeros[CK_BLOCK];
  uint32_t bits = 0;
  for (size_t b = 0; b < count; b++) {
    const uint32_t other = largest_magnitude(x + b * CK_BLOCK);
    bits = other > bits ? other : bits;
  }
  float inverse;
  const float scale = activation_scale(bits, &inverse);
  for (size_t b = 0; b < count; b++, at += width) {
    const float *source = inverse == 0 ? zeros : x + b * CK_BLOCK;
    int8_t *codes = args->codes + at * CK_BLOCK;
    int32_t sums[2];
    for (size_t half = 0; half < 2; half++) {
      sums[half] = quantize_half(source + 16 * half,
                                 is_negated(shape, block + b, half) ? -inverse : inverse,
                                 codes + 16 * half);
    }
    store_sums(shape, args, at, width, block + b, scale, sums);
  }
}

/// Quantizes a tile of `width` tokens, segment after segment, so that it is written in order.
///
/// Zeros take the place of tokens that do not exist.
CK_INLINE void quantize_tile(struct ck_shape shape, const struct ck_quantize_args *args,
                             size_t tile, size_t width) {
  static const float zeros[SUPERBLOCK * CK_BLOCK];
  const size_t padded = ck_padded_tokens(args->tile, args->tokens);
  const size_t step = blocks_in_segment(shape);
  for (size_t block = 0; block < args->blocks; block += step) {
    const size_t chunk = ck_chunk_start(args->blocks, block);
    const size_t count = ck_min(step, args->blocks - block);
    const size_t at = ck_tile_offset(padded, args->blocks, tile, chunk) + (block - chunk) * width;
    for (size_t t = 0; t < width; t++) {
      const float *x = args->x + (tile + t) * args->columns + block * CK_BLOCK;
      quantize_segment(shape, args, tile + t < args->tokens ? x : zeros, block, count, at + t,
                       width);
    }
  }
}

/// Quantizes the tiles of `args`.
CK_INLINE void quantize(struct ck_shape shape, const struct ck_quantize_args *args) {
  for (size_t i = args->first_tile; i < args->end_tile; i++) {
    const size_t tile = i * args->tile;
    quantize_tile(shape, args, tile, ck_tile_width(args->tile, args->tokens - tile));
  }
}

#define CK_DEFINE(FORMAT, CODES, SCALES, MINIMUM, OFFSET, ACTIVATION, WEIGHTS, BYTES) \
  static void quantize_##FORMAT(const struct ck_quantize_args *args) {               \
    quantize(CK_SHAPE(CODES, SCALES, MINIMUM, OFFSET, ACTIVATION), args);            \
  }
CK_BLOCK_FORMATS(CK_DEFINE)
#undef CK_DEFINE
