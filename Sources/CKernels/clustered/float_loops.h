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
typedef uint8_t zero_nibbles __attribute__((ext_vector_type(CLUSTER_ZERO_BYTES)));

#ifndef CK_LOW_NIBBLES
#define CK_LOW_NIBBLES(X) __builtin_convertvector((X) & 15, row_floats)
#endif

enum {
  /// Columns of a part.
  FLOAT_COLUMNS = CK_CLUSTER_PART * CK_CLUSTER_WORD,
  /// Tokens of a batch, and words of a chunk of columns that all panels meet before the next: what a
  /// batch has of them, 1 MiB, stays in the second-level cache.
  FLOAT_TOKENS = 240,
  FLOAT_CHUNK = 64,
  /// Chains of a token alone.
  FLOAT_CHAINS = 4,
  /// How far ahead of their use packed codes are prefetched, in bytes.
  FLOAT_AHEAD = 4096,
};

/// Part of a segment of a pair of panels; `ahead` are the codes that are read FLOAT_AHEAD later.
struct float_part {
  size_t word, words;
  const uint8_t *codes[ROW_PANELS], *ahead[ROW_PANELS];
  row_floats scales[ROW_PANELS], zeros[ROW_PANELS];
};

/// Unpacked codes of a part, column after column.
struct float_codes {
  _Alignas(64) row_floats codes[ROW_PANELS][FLOAT_COLUMNS];
};

/// The codes of a word of 4-bit weights. A load from a later byte is cheaper than a shift, which shares its
/// port with multiply-adds; what it reads beyond a word is the next, or a scale.
CK_INLINE void unpack_four_bits(const uint8_t *word, row_floats codes[CK_CLUSTER_WORD]) {
#pragma clang loop unroll(full)
  for (int k = 0; k < CK_CLUSTER_WORD; k++) {
    row_ints vector;
    memcpy(&vector, word + 64 * (k / 8) + k % 4, sizeof vector);
    codes[k] = CK_LOW_NIBBLES(vector >> 4 * (k / 4 % 2));
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

/// The codes of word `w` of a part of panel `p`, and prefetches what is ahead.
CK_INLINE void unpack_codes(unsigned bits, const struct float_part *part, size_t p, size_t w,
                            row_floats codes[CK_CLUSTER_WORD]) {
  const size_t each = cluster_word_bytes(bits);
  const uint8_t *word = part->codes[p] + w * each;
  for (size_t line = 0; line < each; line += 64) {
    __builtin_prefetch(part->ahead[p] + w * each + line, 0, 3);
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
      unpack_codes(bits, part, (size_t)p, w, codes);
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
  /// The part, column after column of the tile's tokens; the sum of it, `sum_stride` from token to token.
  const float *x, *sums_of_x;
  size_t sum_stride;
  /// The sums of the tokens.
  row_floats (*sums)[ROW_PANELS];
};

CK_INLINE void multiply_float_width(int width, const struct float_tile *tile) {
  row_floats sums[CK_FLOAT_TILE][ROW_PANELS] = {0};
  for (size_t k = 0; k < tile->part->words * CK_CLUSTER_WORD; k++) {
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const row_floats x = tile->x[k * (size_t)width + (size_t)t];
      for (int p = 0; p < ROW_PANELS; p++) {
        sums[t][p] = CK_MULTIPLY_ADD(tile->codes->codes[p][k], x, sums[t][p]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) {
    const float x = tile->sums_of_x[(size_t)t * tile->sum_stride];
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

/// Where a part starts: `left` words of its segment are still to come.
struct float_place {
  size_t segment, word, left;
};

CK_INLINE size_t part_words(const struct float_place *place) {
  return ck_min(place->left, CK_CLUSTER_PART);
}

/// Goes on to the next part.
CK_INLINE void leave_part(const struct ck_clusters *clusters, struct float_place *place) {
  const size_t words = part_words(place);
  place->word += words;
  place->left -= words;
  if (place->left == 0 && ++place->segment < clusters->segments) {
    place->left = clusters->words[place->segment];
  }
}

/// Where the chunk of up to `words` words that starts at `place` ends.
CK_INLINE struct float_place chunk_end(const struct ck_clusters *clusters,
                                       struct float_place place, size_t words) {
  const size_t end = place.word + words;
  while (place.segment < clusters->segments && place.word + part_words(&place) <= end) {
    leave_part(clusters, &place);
  }
  return place;
}

/// A pair of panels, and the one after it.
struct float_panels {
  const uint8_t *now[ROW_PANELS], *next[ROW_PANELS];
};

/// Describes the part of a pair of panels that starts at `place`.
CK_INLINE struct float_part part_at(unsigned bits, const struct ck_cluster_float_args *args,
                                    const struct float_panels *panels,
                                    const struct float_place *place) {
  struct float_part part = {.word = place->word, .words = part_words(place)};
  const size_t start = place->word * cluster_word_bytes(bits), ahead = start + FLOAT_AHEAD;
  const size_t bytes = args->clusters.all_words * cluster_word_bytes(bits);
  for (size_t p = 0; p < ROW_PANELS; p++) {
    const uint8_t *panel = panels->now[p];
    const uint8_t *zeros = panel + args->layout.minimums + place->segment * CLUSTER_ZERO_BYTES;
    part.codes[p] = panel + start;
    part.ahead[p] = ahead < bytes ? panel + ahead : panels->next[p] + (ahead - bytes);
    memcpy(part.scales + p,
           panel + args->layout.scales + place->segment * sizeof(row_floats), sizeof(row_floats));
    zero_nibbles nibbles;
    memcpy(&nibbles, zeros, sizeof nibbles);
    part.zeros[p] = __builtin_convertvector(
        __builtin_shufflevector(nibbles & 15, nibbles >> 4, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                13, 14, 15),
        row_floats);
  }
  return part;
}

/// Multiplies a part with the tiles [first_tile, end_tile) of `tiles`.
CK_INLINE void multiply_part(unsigned bits, const struct ck_cluster_float_args *args,
                             const struct float_part *part, size_t tiles, size_t first_tile,
                             size_t end_tile, row_floats (*sums)[ROW_PANELS]) {
  const size_t words = args->clusters.all_words, start = part->word * CK_CLUSTER_WORD;
  const size_t last = part->word + part->words - 1;
  if (args->tokens == 1) {
    multiply_alone(bits, part, args->x + start, args->sums[last], *sums);
    return;
  }
  struct float_codes unpacked;
  for (size_t w = 0; w < part->words; w++) {
    for (size_t p = 0; p < ROW_PANELS; p++) {
      unpack_codes(bits, part, p, w, unpacked.codes[p] + w * CK_CLUSTER_WORD);
    }
  }
  const size_t first = first_token(first_tile, tiles, args->tokens);
  for (size_t i = first_tile; i < end_tile; i++) {
    const size_t token = first_token(i, tiles, args->tokens);
    const size_t width = first_token(i + 1, tiles, args->tokens) - token;
    const struct float_tile tile = {
        .part = part,
        .codes = &unpacked,
        .x = args->x + token * words * CK_CLUSTER_WORD + start * width,
        .sums_of_x = args->sums + token * words + last,
        .sum_stride = words,
        .sums = sums + (token - first),
    };
    multiply_float_tile(width, &tile);
  }
}

/// Multiplies the parts of a pair of panels in [place, end) with the tiles [first_tile, end_tile) of `tiles`.
CK_INLINE void multiply_float_pair(unsigned bits, const struct ck_cluster_float_args *args,
                                   size_t panel, struct float_place place,
                                   const struct float_place *end, size_t tiles,
                                   size_t first_tile, size_t end_tile) {
  const size_t token = first_token(first_tile, tiles, args->tokens);
  const size_t tokens = first_token(end_tile, tiles, args->tokens) - token;
  const size_t row = panel * CK_PANEL_ROWS;
  const size_t end_row = ck_min(args->rows, args->end_panel * CK_PANEL_ROWS);
  const size_t count = ck_min(ROW_PANELS * CK_PANEL_ROWS, end_row - row);
  float *const out = args->out + token * args->rows + row;
  _Alignas(64) row_floats sums[FLOAT_TOKENS][ROW_PANELS];
  if (place.word == 0) memset(sums, 0, tokens * sizeof *sums);
  for (size_t t = 0; t < tokens && place.word > 0; t++) {
    copy_sums((float *)sums[t], out + t * args->rows, count);
  }
  // Sums of the next pair come near while these are made.
  if (row + count < end_row) {
    prefetch_sums(out + count, args->rows, end_row - row - count, tokens);
  }
  struct float_panels panels;
  for (size_t p = 0; p < ROW_PANELS; p++) {
    const size_t last = args->end_panel - 1, stride = args->layout.stride;
    panels.now[p] = args->panels + ck_min(panel + p, last) * stride;
    panels.next[p] = args->panels + ck_min(panel + ROW_PANELS + p, last) * stride;
  }
  while (place.word < end->word) {
    const struct float_part part = part_at(bits, args, &panels, &place);
    multiply_part(bits, args, &part, tiles, first_tile, end_tile, sums);
    leave_part(&args->clusters, &place);
  }
  for (size_t t = 0; t < tokens; t++) {
    copy_sums(out + t * args->rows, (const float *)sums[t], count);
  }
}

/// Multiplies the parts of all panels in [place, end) with the tiles [first_tile, end_tile) of `tiles`.
CK_INLINE void multiply_float_chunk(unsigned bits, const struct ck_cluster_float_args *args,
                                    const struct float_place *place, const struct float_place *end,
                                    size_t tiles, size_t first_tile, size_t end_tile) {
  for (size_t panel = args->first_panel; panel < args->end_panel; panel += ROW_PANELS) {
    multiply_float_pair(bits, args, panel, *place, end, tiles, first_tile, end_tile);
  }
}

static void multiply_clustered_floats(const struct ck_cluster_float_args *args) {
  const size_t tiles = row_tiles(CK_FLOAT_TILE, args->tokens);
  const size_t batches = row_tiles(FLOAT_TOKENS / CK_FLOAT_TILE, tiles);
  // A single tile stays in cache anyway, and codes come from memory in one stream a panel.
  const size_t words = tiles > 1 ? FLOAT_CHUNK : args->clusters.all_words;
  for (size_t batch = 0; batch < batches; batch++) {
    const size_t first_tile = tiles * batch / batches, end_tile = tiles * (batch + 1) / batches;
    struct float_place place = {.left = args->clusters.words[0]};
    while (place.segment < args->clusters.segments) {
      const struct float_place end = chunk_end(&args->clusters, place, words);
      if (args->bits == 3) {
        multiply_float_chunk(3, args, &place, &end, tiles, first_tile, end_tile);
      } else {
        multiply_float_chunk(4, args, &place, &end, tiles, first_tile, end_tile);
      }
      place = end;
    }
  }
}
