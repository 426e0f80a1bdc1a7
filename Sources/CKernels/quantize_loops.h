// Quantizes activations into tiles: [chunk of 16 blocks][tile][block][token][32].
//
// The including file has defined, as inline functions, `largest_magnitude(x)` (bits of the largest
// magnitude of 32 numbers) and `quantize_block(x, inverse, codes)` (rounds x * inverse to the
// nearest, ties to even, and returns the sum of the codes).
//
//     scale = largest magnitude / 127       code = round(x / scale), -127...127
//
// A block below 2^-119 becomes zeros (1 / scale would overflow). A block with a NaN or an infinity
// gets the scale NaN, so that every result that depends on it is NaN, never a plausible number.

/// What 32 numbers of the given largest magnitude are multiplied with, and their scale.
CK_INLINE float block_scale(uint32_t bits, float *inverse) {
  float largest;
  memcpy(&largest, &bits, sizeof largest);
  *inverse = 0;
  if (bits >= 0x7F800000) return __builtin_nanf("");
  if (largest < 0x1p-119f) return 0;
  *inverse = 127.0f / largest;
  return largest / 127.0f;
}

/// Quantizes block `block` of one token to position `at` of the tiles.
CK_INLINE void quantize_at(const struct ck_quantize_args *args, const float *x, size_t at) {
  static const float zeros[CK_BLOCK];
  float inverse;
  const float scale = block_scale(largest_magnitude(x), &inverse);
  int8_t *codes = args->codes + at * CK_BLOCK;
  const int32_t sum = quantize_block(inverse == 0 ? zeros : x, inverse, codes);
  args->scales[at] = scale;
  args->corrections[at] = -args->offset * sum;
  args->scaled_sums[at] = scale * (float)sum;
}

/// Quantizes one token, or the zeros that pad a tile: token t of a tile of `width`.
CK_INLINE void quantize_token(const struct ck_quantize_args *args, size_t tile, size_t width,
                              size_t t) {
  static const float zeros[CK_BLOCK];
  const size_t padded = ck_padded_tokens(args->tile, args->tokens);
  const bool exists = tile + t < args->tokens;
  for (size_t first = 0; first < args->blocks; first += CK_CHUNK_BLOCKS) {
    const size_t count = ck_min(CK_CHUNK_BLOCKS, args->blocks - first);
    const size_t at = ck_tile_offset(padded, args->blocks, tile, first) + t;
    for (size_t b = 0; b < count; b++) {
      const float *x = args->x + (tile + t) * args->columns + (first + b) * CK_BLOCK;
      quantize_at(args, exists ? x : zeros, at + b * width);
    }
  }
}

/// Quantizes the tiles of `args`.
static void quantize_q8_32(const struct ck_quantize_args *args) {
  for (size_t i = args->first_tile; i < args->end_tile; i++) {
    const size_t tile = i * args->tile;
    const size_t width = ck_tile_width(args->tile, args->tokens - tile);
    for (size_t t = 0; t < width; t++) quantize_token(args, tile, width, t);
  }
}
