// Products of clustered weights with activations in f32. The including file has defined
// CK_FLOAT_WIDTHS, all widths of a tile of tokens up to CK_FLOAT_TILE, CK_MULTIPLY_ADD(a, b, c) and, where
// there is a better way, CK_LOW_NIBBLES, the lowest 4 bits as floats; vectors of 16 rows become whatever
// its instruction set has.
//
// Codes are unpacked to f32, and a part of a segment is summed before scale and zero are taken into account:
//
//     C[row] += scale (sum code x - zero sum x)
//
// Many tokens meet codes that were unpacked to the first-level cache. The sum of a part is one chain in
// the order of the stored columns; of a token alone four, because one would wait for its latency.

typedef float row_floats __attribute__((ext_vector_type(CK_PANEL_ROWS)));
typedef int32_t row_ints __attribute__((ext_vector_type(CK_PANEL_ROWS)));

#ifndef CK_LOW_NIBBLES
#define CK_LOW_NIBBLES(X) __builtin_convertvector((X) & 15, row_floats)
#endif

enum {
  /// Words of a part: 8 KiB of a panel, unpacked.
  FLOAT_WORDS = 8,
  FLOAT_COLUMNS = FLOAT_WORDS * CK_CLUSTER_WORD,
  /// Tokens whose sums of a pair of panels stay in the second-level cache.
  FLOAT_TOKENS = 240,
  /// Chains of a token alone.
  FLOAT_CHAINS = 4,
  /// How far ahead of their use packed codes are prefetched, in bytes.
  FLOAT_AHEAD = 4096,
};

/// Part of a segment of a pair of panels.
struct float_part {
  size_t word, words;
  const uint8_t *codes[ROW_PANELS];
  row_floats scales[ROW_PANELS], zeros[ROW_PANELS];
};

/// Unpacked codes of a part, column after column.
struct float_codes {
  _Alignas(64) row_floats codes[ROW_PANELS][FLOAT_COLUMNS];
};

/// The codes of a word of 4-bit weights.
CK_INLINE void unpack_four_bits(const uint8_t *word, row_floats codes[CK_CLUSTER_WORD]) {
#pragma clang loop unroll(full)
  for (int k = 0; k < CK_CLUSTER_WORD; k++) {
    row_ints vector;
    memcpy(&vector, word + 64 * (k / 8), sizeof vector);
    codes[k] = CK_LOW_NIBBLES(vector >> (8 * (k % 4) + 4 * (k / 4 % 2)));
  }
}

/// The codes of a word of 3-bit weights.
CK_INLINE void unpack_three_bits(const uint8_t *word, row_floats codes[CK_CLUSTER_WORD]) {
  row_ints low, third;
  int32_t packed[CK_PANEL_ROWS / 2];
  memcpy(&low, word, sizeof low);
  memcpy(packed, word + sizeof low, sizeof packed);
  for (int row = 0; row < CK_PANEL_ROWS; row++) third[row] = packed[row % 8] >> 4 * (row / 8);
#pragma clang loop unroll(full)
  for (int k = 0; k < CK_CLUSTER_WORD; k++) {
    const row_ints code = (low >> (8 * (k % 4) + 2 * (k / 4)) & 3) |
                          (third >> (8 * (k % 4) + k / 4) & 1) << 2;
    codes[k] = __builtin_convertvector(code, row_floats);
  }
}

/// The codes of a word, and prefetches what is ahead.
CK_INLINE void unpack_codes(unsigned bits, const uint8_t *word,
                            row_floats codes[CK_CLUSTER_WORD]) {
  for (size_t line = 0; line < cluster_word_bytes(bits); line += 64) {
    __builtin_prefetch(word + FLOAT_AHEAD + line, 0, 3);
  }
  if (bits == 3) {
    unpack_three_bits(word, codes);
  } else {
    unpack_four_bits(word, codes);
  }
}

/// Adds the sum of a part to the float sums.
CK_INLINE void close_part(const struct float_part *part, int p, const row_floats *sum, float x,
                          row_floats *total) {
  const row_floats all = x;
  *total += part->scales[p] * CK_MULTIPLY_ADD(-part->zeros[p], all, *sum);
}

/// Adds a part times a token that is alone.
CK_INLINE void multiply_alone(unsigned bits, const struct float_part *part, const float *x,
                              float sum_of_x, row_floats sums[ROW_PANELS]) {
  row_floats chains[ROW_PANELS][FLOAT_CHAINS] = {0};
  for (size_t w = 0; w < part->words; w++) {
#pragma clang loop unroll(full)
    for (int p = 0; p < ROW_PANELS; p++) {
      row_floats codes[CK_CLUSTER_WORD];
      unpack_codes(bits, part->codes[p] + w * cluster_word_bytes(bits), codes);
#pragma clang loop unroll(full)
      for (int k = 0; k < CK_CLUSTER_WORD; k++) {
        const row_floats one = x[w * CK_CLUSTER_WORD + (size_t)k];
        row_floats *chain = &chains[p][k % FLOAT_CHAINS];
        *chain = CK_MULTIPLY_ADD(codes[k], one, *chain);
      }
    }
  }
  for (int p = 0; p < ROW_PANELS; p++) {
    const row_floats sum = (chains[p][0] + chains[p][1]) + (chains[p][2] + chains[p][3]);
    close_part(part, p, &sum, sum_of_x, sums + p);
  }
}

/// A tile of tokens and the unpacked part that it is multiplied with.
struct float_tile {
  const struct float_part *part;
  const struct float_codes *codes;
  /// The part of the first token, and from token to token; sums of it likewise.
  const float *x, *sums_of_x;
  size_t stride, sum_stride;
  /// The sums of the tokens.
  row_floats (*sums)[ROW_PANELS];
};

/// The sum of a token over a part.
CK_INLINE float sum_of_part(const float *sums, size_t words) {
  float sum = 0;
  for (size_t w = 0; w < words; w++) sum += sums[w];
  return sum;
}

CK_INLINE void multiply_float_width(int width, const struct float_tile *tile) {
  row_floats sums[CK_FLOAT_TILE][ROW_PANELS] = {0};
  for (size_t k = 0; k < tile->part->words * CK_CLUSTER_WORD; k++) {
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const row_floats x = tile->x[(size_t)t * tile->stride + k];
      for (int p = 0; p < ROW_PANELS; p++) {
        sums[t][p] = CK_MULTIPLY_ADD(tile->codes->codes[p][k], x, sums[t][p]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    const float x =
        sum_of_part(tile->sums_of_x + (size_t)t * tile->sum_stride, tile->part->words);
    for (int p = 0; p < ROW_PANELS; p++) {
      close_part(tile->part, p, &sums[t][p], x, &tile->sums[t][p]);
    }
  }
}

static __attribute__((noinline)) void multiply_float_tile(size_t width,
                                                          const struct float_tile *tile) {
#define CK_CASE(W) case W: multiply_float_width(W, tile); break;
  switch (width) { CK_FLOAT_WIDTHS(CK_CASE) }
#undef CK_CASE
}

/// Describes the part of segment `segment` that starts at `word`, of a pair of panels.
CK_INLINE struct float_part part_at(unsigned bits, const struct ck_cluster_float_args *args,
                                    const uint8_t *const panels[ROW_PANELS], size_t segment,
                                    size_t word, size_t words) {
  struct float_part part = {.word = word, .words = words};
  for (size_t p = 0; p < ROW_PANELS; p++) {
    const uint8_t *zeros = panels[p] + args->layout.minimums + segment * CLUSTER_ZERO_BYTES;
    part.codes[p] = panels[p] + word * cluster_word_bytes(bits);
    memcpy(part.scales + p, panels[p] + args->layout.scales + segment * sizeof(row_floats),
           sizeof(row_floats));
    for (int row = 0; row < CK_PANEL_ROWS; row++) {
      part.zeros[p][row] = (float)(zeros[row % 8] >> 4 * (row / 8) & 15);
    }
  }
  return part;
}

/// Multiplies a part with `tokens` tokens from `token` on.
CK_INLINE void multiply_part(unsigned bits, const struct ck_cluster_float_args *args,
                             const struct float_part *part, size_t token, size_t tokens,
                             row_floats (*sums)[ROW_PANELS]) {
  const size_t words = args->clusters.all_words, stride = words * CK_CLUSTER_WORD;
  const float *x = args->x + token * stride + part->word * CK_CLUSTER_WORD;
  const float *sums_of_x = args->sums + token * words + part->word;
  if (args->tokens == 1) {
    multiply_alone(bits, part, x, sum_of_part(sums_of_x, part->words), *sums);
    return;
  }
  struct float_codes unpacked;
  for (size_t w = 0; w < part->words; w++) {
    for (size_t p = 0; p < ROW_PANELS; p++) {
      unpack_codes(bits, part->codes[p] + w * cluster_word_bytes(bits),
                   unpacked.codes[p] + w * CK_CLUSTER_WORD);
    }
  }
  for (size_t t = 0; t < tokens; t += CK_FLOAT_TILE) {
    const struct float_tile tile = {part,   &unpacked, x + t * stride, sums_of_x + t * words,
                                    stride, words,     sums + t};
    multiply_float_tile(ck_min(CK_FLOAT_TILE, tokens - t), &tile);
  }
}

/// Multiplies a pair of panels with `tokens` tokens from `token` on.
CK_INLINE void multiply_float_pair(unsigned bits, const struct ck_cluster_float_args *args,
                                   size_t panel, size_t token, size_t tokens) {
  _Alignas(64) row_floats sums[FLOAT_TOKENS][ROW_PANELS];
  memset(sums, 0, tokens * sizeof *sums);
  const uint8_t *panels[ROW_PANELS];
  for (size_t p = 0; p < ROW_PANELS; p++) {
    panels[p] = args->panels + ck_min(panel + p, args->end_panel - 1) * args->layout.stride;
  }
  size_t word = 0;
  for (size_t segment = 0; segment < args->clusters.segments; segment++) {
    for (size_t left = args->clusters.words[segment]; left > 0;) {
      const size_t words = ck_min(left, FLOAT_WORDS);
      const struct float_part part = part_at(bits, args, panels, segment, word, words);
      multiply_part(bits, args, &part, token, tokens, sums);
      word += words;
      left -= words;
    }
  }
  const size_t row = panel * CK_PANEL_ROWS;
  const size_t end = ck_min(args->rows, args->end_panel * CK_PANEL_ROWS);
  const size_t bytes = ck_min(ROW_PANELS * CK_PANEL_ROWS, end - row) * sizeof(float);
  for (size_t t = 0; t < tokens; t++) {
    memcpy(args->out + (token + t) * args->rows + row, sums[t], bytes);
  }
}

static void multiply_clustered_floats(const struct ck_cluster_float_args *args) {
  const size_t groups = (args->tokens + FLOAT_TOKENS - 1) / FLOAT_TOKENS;
  for (size_t group = 0; group < groups; group++) {
    const size_t token = args->tokens * group / groups;
    const size_t tokens = args->tokens * (group + 1) / groups - token;
    for (size_t panel = args->first_panel; panel < args->end_panel; panel += ROW_PANELS) {
      if (args->bits == 3) {
        multiply_float_pair(3, args, panel, token, tokens);
      } else {
        multiply_float_pair(4, args, panel, token, tokens);
      }
    }
  }
}
