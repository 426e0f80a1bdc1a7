// Norms, rotations, non-linearities and sums of rows. Included once a file.

/// The sum of f(x) over a row, in 16 chains.
#define CK_ROW_SUM(NAME, TERM)                                                 \
  CK_INLINE float NAME(const float *row, size_t width, float centre) {         \
    const wide middle = broadcast(centre);                                     \
    wide sum = broadcast(0);                                                   \
    size_t i = 0;                                                              \
    for (; i + CK_LANES <= width; i += CK_LANES) {                             \
      const wide x = load_wide(row + i) - middle;                              \
      sum = TERM;                                                              \
    }                                                                          \
    if (i < width) {                                                           \
      const wide x = load_part(row + i, width - i, centre) - middle;           \
      sum = TERM;                                                              \
    }                                                                          \
    return sum_of(sum);                                                        \
  }
CK_ROW_SUM(sum_of_row, sum + x)
CK_ROW_SUM(sum_of_squares, CK_FMA(x, x, sum))

static void rms_norm(const float *x, const float *gain, size_t rows, size_t width, float epsilon,
                     float *out) {
  for (size_t row = 0; row < rows; row++, x += width, out += width) {
    const float mean = sum_of_squares(x, width, 0) / (float)width;
    const float scale = 1 / __builtin_elementwise_sqrt(mean + epsilon);
    if (gain == NULL) {
      for (size_t i = 0; i < width; i++) out[i] = x[i] * scale;
    } else {
      for (size_t i = 0; i < width; i++) out[i] = x[i] * scale * gain[i];
    }
  }
}

static void layer_norm(const float *x, const float *gain, const float *bias, size_t rows,
                       size_t width, float epsilon, float *out) {
  for (size_t row = 0; row < rows; row++, x += width, out += width) {
    const float mean = sum_of_row(x, width, 0) / (float)width;
    const float variance = sum_of_squares(x, width, mean) / (float)width;
    const float scale = 1 / __builtin_elementwise_sqrt(variance + epsilon);
    for (size_t i = 0; i < width; i++) out[i] = (x[i] - mean) * scale;
    if (gain != NULL) {
      for (size_t i = 0; i < width; i++) out[i] *= gain[i];
    }
    if (bias != NULL) {
      for (size_t i = 0; i < width; i++) out[i] += bias[i];
    }
  }
}

static void rotate(float *x, size_t heads, size_t width, size_t pairs, bool interleaved,
                   const float *turns) {
  const size_t step = interleaved ? 2 : 1, apart = interleaved ? 1 : pairs;
  for (size_t head = 0; head < heads; head++, x += width) {
    for (size_t i = 0; i < pairs; i++) {
      const float first = x[step * i], second = x[step * i + apart];
      x[step * i] = first * turns[2 * i] - second * turns[2 * i + 1];
      x[step * i + apart] = first * turns[2 * i + 1] + second * turns[2 * i];
    }
  }
}

CK_INLINE wide nonlinear(enum ck_nonlinearity function, wide x) {
  switch (function) {
  case CK_SILU: return silu(x);
  case CK_GELU: return gelu(x);
  case CK_RELU: return larger(x, broadcast(0));
  }
  return x;
}

CK_INLINE void activate_with(enum ck_nonlinearity function, const float *gate, float *x,
                             size_t count) {
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES) {
    const wide own = load_wide(x + i);
    store_wide(x + i, gate == NULL ? nonlinear(function, own)
                                   : nonlinear(function, load_wide(gate + i)) * own);
  }
  if (i == count) return;
  const wide own = load_part(x + i, count - i, 0);
  const wide result = gate == NULL
                          ? nonlinear(function, own)
                          : nonlinear(function, load_part(gate + i, count - i, 0)) * own;
  memcpy(x + i, &result, (count - i) * sizeof *x);
}

static void activate(enum ck_nonlinearity function, const float *gate, float *x, size_t count) {
  switch (function) {
  case CK_SILU: activate_with(CK_SILU, gate, x, count); break;
  case CK_GELU: activate_with(CK_GELU, gate, x, count); break;
  case CK_RELU: activate_with(CK_RELU, gate, x, count); break;
  }
}

static void add(const float *x, float scale, float *sum, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += x[i] * scale;
}

static void rounded_sums(const float *x, size_t blocks, float *sums) {
  const wide magic = broadcast(0x1.8p23f);
  for (size_t block = 0; block < blocks; block++, x += 2 * CK_LANES) {
    const wide low = load_wide(x), high = load_wide(x + CK_LANES);
    const float most = largest_of(larger(larger(low, -low), larger(high, -high)));
    const float inverse = most < 0x1p-119f ? 0 : 127 / most;
    // Adding 1.5 * 2^23 rounds to an integer.
    const wide codes = (low * inverse + magic - magic) + (high * inverse + magic - magic);
    sums[block] = most / 127 * sum_of(codes);
  }
}

static size_t largest(const float *x, size_t count) {
  float most = -INFINITY;
  size_t i = 0;
  wide lanes = broadcast(most);
  for (; i + CK_LANES <= count; i += CK_LANES) lanes = larger(load_wide(x + i), lanes);
  most = largest_of(lanes);
  for (; i < count; i++) most = x[i] > most ? x[i] : most;
  for (i = 0; i < count; i++) {
    if (x[i] == most) return i;
  }
  return 0;
}

/// The table's row; CK_ISA_NAME and CK_ISA_BITS belong to the including file.
#define CK_TRANSFORMER_ROW(ISA)                                                              \
  const struct ck_transformer ck_transformer_##ISA = {                                       \
      CK_ISA_NAME, CK_ISA_BITS, attend, merge, fold_query, store_key, store_value, rms_norm, \
      layer_norm, rotate, activate, add, rounded_sums, largest,                              \
  };
