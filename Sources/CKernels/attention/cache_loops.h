// Stores keys and values as attention_loops.h reads them. Included once a file.

/// The largest magnitude of `count` numbers, with its sign.
static float largest_magnitude(const float *x, size_t count) {
  float most = 0;
  for (size_t i = 0; i < count; i++) {
    if (fabsf(x[i]) > fabsf(most)) most = x[i];
  }
  return most;
}

/// Codes of a block: `stride` bytes from one number, or pair of numbers, to the next.
static void store_codes(enum ck_cache_kind kind, const float *x, size_t count, uint8_t *scale,
                        uint8_t *codes, size_t stride) {
  const float most = largest_magnitude(x, count);
  if (kind == CK_CACHE_8_BITS) {
    const float unit = fabsf(most) / 127;
    store_half(scale, unit);
    const float inverse = unit > 0 ? 1 / unit : 0;
    for (size_t i = 0; i < count; i++) {
      // Adding 1.5 * 2^23 rounds to an integer in the last bits.
      const float shifted = x[i] * inverse + 0x1.8p23f;
      memcpy(codes + i * stride, &shifted, 1);
    }
    return;
  }
  // As ggml's q4_0: the largest magnitude is code -8.
  const float unit = most / -8;
  store_half(scale, unit);
  const float inverse = unit != 0 ? 1 / unit : 0;
  for (size_t i = 0; i < count / 2; i++) {
    const int low = (int)(x[i] * inverse + 8.5f), high = (int)(x[i + 16] * inverse + 8.5f);
    codes[i * stride] = (uint8_t)((low > 15 ? 15 : low) | (high > 15 ? 15 : high) << 4);
  }
}

static void store_key(struct ck_cache_format format, const float *vector, size_t position,
                      uint8_t *keys) {
  uint8_t *panel = keys + position / CK_LANES * ck_key_panel_bytes(format);
  const size_t lane = position % CK_LANES;
  switch (format.kind) {
  case CK_CACHE_F32:
    for (size_t d = 0; d < format.width; d++) {
      memcpy(panel + 4 * (CK_LANES * d + lane), vector + d, sizeof *vector);
    }
    break;
  case CK_CACHE_F16:
    for (size_t d = 0; d < format.width; d++) {
      store_half(panel + 2 * (CK_LANES * d + lane), vector[d]);
    }
    break;
  case CK_CACHE_8_BITS:
  case CK_CACHE_4_BITS:
    for (size_t first = 0; first < format.width; first += format.block) {
      uint8_t *block = panel + first / format.block * key_block_bytes(format.kind, format.block);
      store_codes(format.kind, vector + first, format.block, block + 2 * lane,
                  block + 2 * CK_LANES + lane, CK_LANES);
    }
    break;
  case CK_CACHE_CLUSTERS_4:
  case CK_CACHE_CLUSTERS_3: store_clustered_key(format, vector, lane, panel);
  }
}

static void store_value(struct ck_cache_format format, const float *vector, size_t position,
                        uint8_t *values) {
  if (is_clustered(format.kind)) {
    const size_t first = position / CK_CACHE_TILE * CK_CACHE_TILE;
    store_clustered_value(format, vector, (int)(position - first),
                          values + first * ck_value_bytes(format));
    return;
  }
  uint8_t *value = values + position * ck_value_bytes(format);
  switch (format.kind) {
  case CK_CACHE_F32: memcpy(value, vector, format.width * sizeof *vector); break;
  case CK_CACHE_F16:
    for (size_t d = 0; d < format.width; d++) store_half(value + 2 * d, vector[d]);
    break;
  case CK_CACHE_8_BITS:
  case CK_CACHE_4_BITS:
    for (size_t first = 0; first < format.width; first += format.block) {
      uint8_t *block =
          value + first / format.block * key_block_bytes(format.kind, format.block) / CK_LANES;
      store_codes(format.kind, vector + first, format.block, block, block + 2, 1);
    }
    break;
  case CK_CACHE_CLUSTERS_4:
  case CK_CACHE_CLUSTERS_3: break;
  }
}
