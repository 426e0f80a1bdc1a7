// Columns of activations that LLM.int8() takes out of an int8 product, and the product of those columns
// in single precision. In the compiler's vector notation, for the instruction set of the including
// file; multiply-adds are rounded twice, so that every instruction set gives the same bits.

typedef float sixteen_floats __attribute__((ext_vector_type(CK_PANEL_ROWS)));

enum {
  /// Columns whose weights are unpacked together.
  UNPACKED_COLUMNS = 64,
  /// Tokens that share a load of unpacked weights.
  SHARING_TOKENS = 4,
};

/// Marks the columns where a magnitude reaches the threshold.
static void find(const float *x, size_t tokens, size_t columns, float threshold, uint8_t *marks) {
  for (size_t token = 0; token < tokens; token++, x += columns) {
    for (size_t k = 0; k < columns; k++) {
      // Both comparisons are false of a NaN.
      marks[k] |= (uint8_t)((x[k] >= threshold) | (x[k] <= -threshold));
    }
  }
}

/// The largest magnitude as bits: NaN and infinity exceed every finite number.
static uint32_t largest(const float *x, size_t count) {
  uint32_t most = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7FFFFFFF;
    most = bits > most ? bits : most;
  }
  return most;
}

/// The weights of one column and the 16 rows of a panel.
CK_INLINE void unpack_column(const struct ck_outlier_args *args, size_t panel, size_t column,
                             sixteen_floats *out) {
  float rows[CK_PANEL_ROWS];
  if (args->halves) {
    const uint16_t *halves = args->halves + (panel * args->columns + column) * CK_PANEL_ROWS;
    for (size_t row = 0; row < CK_PANEL_ROWS; row++) rows[row] = float_from_half(halves[row]);
    memcpy(out, rows, sizeof rows);
    return;
  }
  const uint8_t *start = args->panels + panel * args->layout.stride;
  const uint8_t *words = start + column / 4 * 4 * CK_PANEL_ROWS + column % 4;
  memcpy(rows, start + args->layout.scales, sizeof rows);
  for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
    rows[row] *= (float)(words[4 * row] - 128);
  }
  memcpy(out, rows, sizeof rows);
}

/// Adds `count` columns times `tokens` tokens to the rows of a panel.
CK_INLINE void add_columns(const struct ck_outlier_args *args, const sixteen_floats *weights,
                           size_t first, size_t count, size_t panel, size_t token, int tokens) {
  const size_t row = panel * CK_PANEL_ROWS;
  const size_t bytes = ck_min(CK_PANEL_ROWS, args->rows - row) * sizeof(float);
  sixteen_floats sums[SHARING_TOKENS];
#pragma clang loop unroll(full)
  for (int t = 0; t < tokens; t++) {
    sums[t] = 0;
    memcpy(sums + t, args->out + (token + (size_t)t) * args->rows + row, bytes);
  }
  const float *x = args->activations + token * args->count + first;
  for (size_t k = 0; k < count; k++) {
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) sums[t] += weights[k] * x[(size_t)t * args->count + k];
  }
#pragma clang loop unroll(full)
  for (int t = 0; t < tokens; t++) {
    memcpy(args->out + (token + (size_t)t) * args->rows + row, sums + t, bytes);
  }
}

/// Adds the product of the outlying columns to C.
static void multiply(const struct ck_outlier_args *args) {
  sixteen_floats weights[UNPACKED_COLUMNS];
  for (size_t panel = args->first_panel; panel < args->end_panel; panel++) {
    for (size_t first = 0; first < args->count; first += UNPACKED_COLUMNS) {
      const size_t count = ck_min(UNPACKED_COLUMNS, args->count - first);
      for (size_t k = 0; k < count; k++) {
        unpack_column(args, panel, args->outliers[first + k], weights + k);
      }
      size_t token = 0;
      for (; token + SHARING_TOKENS <= args->tokens; token += SHARING_TOKENS) {
        add_columns(args, weights, first, count, panel, token, SHARING_TOKENS);
      }
      for (; token < args->tokens; token++) {
        add_columns(args, weights, first, count, panel, token, 1);
      }
    }
  }
}
