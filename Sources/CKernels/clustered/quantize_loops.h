// The rounding of activations, the same bits for every instruction set: vectors of a word become whatever
// that has. The including file may have defined CK_GATHER(x, channels, numbers), which reads a vector.

typedef float word_floats __attribute__((ext_vector_type(CK_CLUSTER_WORD)));
typedef int32_t word_ints __attribute__((ext_vector_type(CK_CLUSTER_WORD)));
typedef int8_t word_bytes __attribute__((ext_vector_type(CK_CLUSTER_WORD)));

#ifndef CK_GATHER
CK_INLINE void gather_numbers(const float *x, const word_ints *channels, word_floats *numbers) {
#pragma clang loop unroll(full)
  for (int i = 0; i < CK_CLUSTER_WORD; i++) (*numbers)[i] = x[(*channels)[i]];
}
#define CK_GATHER gather_numbers
#endif

/// Stores a word of a token: round(x / scale) + zero, ties to even, within the codes, and 0 where a
/// cluster is padded. Adds the codes to `sums`, and to `bad` 0, or NaN for what is not finite.
CK_INLINE void store_word(const struct ck_cluster_quantize_args *args, const float *x,
                          const uint32_t *channels, size_t segment, int8_t *out, word_ints *sums,
                          word_floats *bad) {
  word_ints numbers;
  memcpy(&numbers, channels, sizeof numbers);
  const word_ints used = numbers != -1;
  // Padding reads the first number, which is not finite only if the token is not.
  numbers &= used;
  word_floats v;
  CK_GATHER(x, &numbers, &v);
  *bad += v * 0;
  const word_floats far = 1e6f, least = args->least, most = args->most;
  v /= args->scales[segment];
  v = __builtin_elementwise_max(__builtin_elementwise_min(v, far), -far);
  v = (v + 0x1.8p23f) - 0x1.8p23f + args->zeros[segment];
  v = __builtin_elementwise_max(__builtin_elementwise_min(v, most), least);
  const word_ints codes = __builtin_convertvector(v, word_ints) & used;
  *sums += codes;
  const word_bytes bytes = __builtin_convertvector(codes, word_bytes);
  memcpy(out, &bytes, sizeof bytes);
}

/// Stores token `t` of the tile of `width` tokens at `token`.
CK_INLINE void store_token(const struct ck_cluster_quantize_args *args, size_t token, size_t t,
                           size_t width) {
  const float *x = args->x + (token + t) * args->columns;
  word_floats bad = 0;
  size_t word = 0;
  for (size_t s = 0; s < args->clusters.segments; s++) {
    word_ints sums = 0;
    for (size_t end = word + args->clusters.words[s]; word < end; word++) {
      const size_t first = word / CK_CLUSTER_CHUNK * CK_CLUSTER_CHUNK;
      uint8_t *out = (uint8_t *)args->codes +
                     cluster_tile_offset(args->clusters, args->tokens, token, first) +
                     ((word - first) * width + t) * GROUP_BYTES;
      store_word(args, x, args->channels + CK_CLUSTER_WORD * word, s, (int8_t *)out, &sums, &bad);
    }
    args->sums[(token + t) * args->clusters.segments + s] = -__builtin_reduce_add(sums);
  }
  float finite = 1;
  for (size_t i = 0; i < CK_CLUSTER_WORD; i++) finite += bad[i];
  args->finite[token + t] = finite;
}

static void quantize_clustered(const struct ck_cluster_quantize_args *args) {
  const size_t tiles = row_tiles(args->tile, args->tokens);
  for (size_t i = args->first_tile; i < args->end_tile; i++) {
    const size_t token = first_token(i, tiles, args->tokens);
    const size_t width = first_token(i + 1, tiles, args->tokens) - token;
    for (size_t t = 0; t < width; t++) store_token(args, token, t, width);
  }
}
