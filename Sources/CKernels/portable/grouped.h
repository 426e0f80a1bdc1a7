// Tiles of weights in groups in plain C. Included by rowwise.c, whose numbers it shares.

static const float nf4_table[16] = {NF4_TABLE}, fp4_table[16] = {FP4_TABLE};

/// Byte `byte` of the word of row `row` at step `step` of a group: a code. A table has the first
/// byte alone.
static unsigned code_at(enum grouped_kind kind, const uint8_t *codes, size_t step, size_t row,
                        size_t byte) {
  const size_t place = 4 * row + byte;
  switch (kind) {
  case GROUPED_INT4: return codes[64 * (step / 2) + place] >> 4 * (step % 2) & 15;
  case GROUPED_INT3: {
    const uint8_t *high = codes + INTEGER_GROUP * CK_PANEL_ROWS / 4;
    const unsigned upper = high[64 * (step / 8) + place] >> step % 8 & 1;
    return (codes[64 * (step / 4) + place] >> 2 * (step % 4) & 3) | upper << 2;
  }
  case GROUPED_INT2: return codes[64 * (step / 4) + place] >> 2 * (step % 4) & 3;
  case GROUPED_BYTES: return codes[64 * step + place];
  default: return codes[64 * (step / 8) + 4 * row + step % 8 / 2] >> 4 * (step % 2) & 15;
  }
}

static float entry_at(enum grouped_kind kind, const uint8_t *codes, size_t step, size_t row) {
  if (kind == GROUPED_FLOATS) return load_float(codes + 64 * step + 4 * row);
  return (kind == GROUPED_FP4 ? fp4_table : nf4_table)[code_at(kind, codes, step, row, 0)];
}

/// Writes the weights of a group, a vector a step.
CK_INLINE void unpack_codes(enum grouped_kind kind, const uint8_t *codes, uint8_t *out) {
  for (size_t step = 0; step < group_steps(kind); step++) {
    for (size_t row = 0; row < CK_PANEL_ROWS; row++, out += 4) {
      if (is_table(kind)) {
        const float entry = entry_at(kind, codes, step, row);
        memcpy(out, &entry, sizeof entry);
        continue;
      }
      for (size_t byte = 0; byte < 4; byte++) {
        out[byte] = (uint8_t)code_at(kind, codes, step, row, byte);
      }
    }
  }
}

/// The sum of the products of a half of a block of a table.
CK_INLINE float entry_sum(enum grouped_kind kind, const uint8_t *codes, const uint8_t *words,
                          size_t first, size_t row, size_t width) {
  float sum = 0;
  for (size_t step = first; step < first + TABLE_BLOCK / 2; step++) {
    const uint8_t *word = words + step / 4 * width * GROUP_BYTES + 4 * (step % 4);
    sum += entry_at(kind, codes, step, row) * load_float(word);
  }
  return sum;
}

/// The sum of the products of a group of integers, the zero point taken off.
CK_INLINE int32_t code_sum(enum grouped_kind kind, const uint8_t *codes, const uint8_t *words,
                           size_t row, size_t width) {
  int32_t sum = 0;
  for (size_t step = 0; step < group_steps(kind); step++) {
    const uint8_t *word = words + step / 4 * width * GROUP_BYTES + 4 * (step % 4);
    for (size_t byte = 0; byte < 4; byte++) {
      sum += (int32_t)code_at(kind, codes, step, row, byte) * (int8_t)word[byte];
    }
  }
  return sum;
}

/// Adds the products of a group of a row and a token to `total`.
CK_INLINE float add_group(enum grouped_kind kind, const struct grouped_tile *tile, size_t p,
                          size_t g, size_t row, size_t t, size_t width, float total) {
  const uint8_t *codes = tile->codes[p] + g * group_code_bytes(kind);
  const uint8_t *words =
      tile->activations + (g * group_steps(kind) / 4 * width + t) * GROUP_BYTES;
  const uint8_t *scales = tile->scales[p] + g * group_scale_bytes(kind);
  if (is_table(kind)) {
    const float scale = load_float(scales + 4 * row);
    total += entry_sum(kind, codes, words, 0, row, width) * scale;
    return total + entry_sum(kind, codes, words, TABLE_BLOCK / 2, row, width) * scale;
  }
  const int32_t zero = tile->zeros[p][g * ZERO_BYTES + row % 8] >> row / 8 * 4 & 15;
  const int32_t sum = code_sum(kind, codes, words, row, width) +
                      zero * tile->corrections[t * tile->all_groups + g];
  return total + (float)sum * float_from_half(load16(scales + 2 * row));
}

/// Multiplies some groups of a pair of panels with a tile of `width` tokens.
CK_INLINE void multiply_grouped(enum grouped_kind kind, size_t width,
                                const struct grouped_tile *tile) {
  for (size_t t = 0; t < width; t++) {
    for (size_t p = 0; p < ROW_PANELS; p++) {
      for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
        float *place = tile->sums + t * tile->stride + CK_PANEL_ROWS * p + row;
        float total = tile->starts ? 0 : *place;
        for (size_t g = 0; g < tile->groups; g++) {
          total = add_group(kind, tile, p, g, row, t, width, total);
        }
        *place = !is_table(kind) && tile->ends ? total * tile->token_scales[t] : total;
      }
    }
  }
}
