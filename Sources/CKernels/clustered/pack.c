// How weights in clusters and their activations are stored.
#include "clustered.h"
#include "tables.h"

static size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

struct ck_layout ck_cluster_layout(unsigned bits, struct ck_clusters clusters) {
  const size_t scales = aligned(clusters.all_words * cluster_word_bytes(bits));
  const size_t zeros = scales + clusters.segments * 4 * CK_PANEL_ROWS;
  const size_t bias = zeros + aligned(clusters.segments * CLUSTER_ZERO_BYTES);
  return (struct ck_layout){bias, scales, zeros, bias + 4 * CK_PANEL_ROWS};
}

/// Stores code `k` of row `row` in a panel.
static void store_code(unsigned bits, uint8_t code, size_t k, size_t row, uint8_t *panel) {
  uint8_t *word = panel + k / CK_CLUSTER_WORD * cluster_word_bytes(bits);
  const size_t step = k / 4 % 4, byte = 4 * row + k % 4;
  if (bits == 4) {
    word[64 * (step / 2) + byte] |= (uint8_t)(code << 4 * (step % 2));
    return;
  }
  word[byte] |= (uint8_t)((code & 3) << 2 * step);
  word[64 + byte % 32] |= (uint8_t)((code >> 2) << step << 4 * (row / 8));
}

void ck_pack_clusters(const struct ck_cluster_rows *rows, uint8_t *panel) {
  const struct ck_clusters clusters = rows->clusters;
  const struct ck_layout layout = ck_cluster_layout(rows->bits, clusters);
  const size_t columns = clusters.all_words * CK_CLUSTER_WORD;
  memset(panel, 0, layout.stride);
  for (size_t row = 0; row < rows->rows; row++) {
    for (size_t k = 0; k < columns; k++) {
      store_code(rows->bits, rows->codes[row * columns + k], k, row, panel);
    }
    for (size_t s = 0; s < clusters.segments; s++) {
      const size_t index = row * clusters.segments + s;
      memcpy(panel + layout.scales + 4 * (CK_PANEL_ROWS * s + row), rows->scales + index, 4);
      panel[layout.minimums + CLUSTER_ZERO_BYTES * s + row % 8] |=
          (uint8_t)((rows->zeros[index] & 15) << 4 * (row / 8));
    }
    memcpy(panel + layout.high + 4 * row, rows->bias + row, 4);
  }
}

typedef float sixteen_floats __attribute__((ext_vector_type(CK_CLUSTER_WORD)));
typedef int32_t sixteen_ints __attribute__((ext_vector_type(CK_CLUSTER_WORD)));
typedef int8_t sixteen_bytes __attribute__((ext_vector_type(CK_CLUSTER_WORD)));

/// Stores a word of a token: round(x / scale) + zero, ties to even, within the codes. Returns the sum.
static int32_t store_word(const struct ck_cluster_quantize_args *args, const float *x,
                          const uint32_t *channels, size_t segment, int8_t *out,
                          sixteen_floats *bad) {
  float numbers[CK_CLUSTER_WORD];
  size_t count = 0;
  for (; count < CK_CLUSTER_WORD && channels[count] != UINT32_MAX; count++) {
    numbers[count] = x[channels[count]];
  }
  for (size_t i = count; i < CK_CLUSTER_WORD; i++) numbers[i] = 0;
  sixteen_floats v;
  memcpy(&v, numbers, sizeof v);
  *bad += v * 0;
  const sixteen_floats far = 1e6f, least = args->least, most = args->most;
  v /= args->scales[segment];
  v = __builtin_elementwise_max(__builtin_elementwise_min(v, far), -far);
  v = (v + 0x1.8p23f) - 0x1.8p23f + args->zeros[segment];
  v = __builtin_elementwise_max(__builtin_elementwise_min(v, most), least);
  sixteen_ints codes = __builtin_convertvector(v, sixteen_ints);
  for (size_t i = count; i < CK_CLUSTER_WORD; i++) codes[i] = 0;
  const sixteen_bytes bytes = __builtin_convertvector(codes, sixteen_bytes);
  memcpy(out, &bytes, sizeof bytes);
  return __builtin_reduce_add(codes);
}

/// Stores token `t` of the tile of `width` tokens at `token`.
static void store_token(const struct ck_cluster_quantize_args *args, size_t token, size_t t,
                        size_t width) {
  const size_t all = args->clusters.all_words;
  const float *x = args->x + (token + t) * args->columns;
  sixteen_floats bad = 0;
  size_t word = 0;
  for (size_t s = 0; s < args->clusters.segments; s++) {
    int32_t sum = 0;
    for (size_t end = word + args->clusters.words[s]; word < end; word++) {
      const size_t first = word / ROW_CHUNK_GROUPS * ROW_CHUNK_GROUPS;
      uint8_t *out = (uint8_t *)args->codes + row_tile_offset(all, args->tokens, token, first) +
                     ((word - first) * width + t) * GROUP_BYTES;
      sum += store_word(args, x, args->channels + CK_CLUSTER_WORD * word, s, (int8_t *)out, &bad);
    }
    args->sums[(token + t) * args->clusters.segments + s] = -sum;
  }
  float finite = 1;
  for (size_t i = 0; i < CK_CLUSTER_WORD; i++) finite += bad[i];
  args->finite[token + t] = finite;
}

void ck_quantize_clusters(const struct ck_cluster_quantize_args *args) {
  const size_t tiles = row_tiles(args->tile, args->tokens);
  for (size_t i = args->first_tile; i < args->end_tile; i++) {
    const size_t token = first_token(i, tiles, args->tokens);
    const size_t width = first_token(i + 1, tiles, args->tokens) - token;
    for (size_t t = 0; t < width; t++) store_token(args, token, t, width);
  }
}

void ck_gather_clusters(const struct ck_cluster_gather_args *args) {
  const size_t stored = args->all_words * CK_CLUSTER_WORD;
  for (size_t token = args->first_token; token < args->end_token; token++) {
    const float *x = args->x + token * args->columns;
    float *out = args->out + token * stored;
    for (size_t k = 0; k < stored; k++) {
      const uint32_t channel = args->channels[k];
      out[k] = channel == UINT32_MAX ? 0 : x[channel];
    }
    for (size_t word = 0; word < args->all_words; word++) {
      float sum = 0;
      for (size_t k = 0; k < CK_CLUSTER_WORD; k++) sum += out[word * CK_CLUSTER_WORD + k];
      args->sums[token * args->all_words + word] = sum;
    }
  }
}

const struct ck_cluster_kernel *ck_cluster_kernel_at(size_t index) {
  static const struct ck_cluster_kernel *const rows[] = {
      &ck_clusters_portable,
#if defined(__x86_64__)
      &ck_clusters_avx2, &ck_clusters_avxvnni, &ck_clusters_avx512vnni,
#elif defined(__aarch64__)
      &ck_clusters_neon, &ck_clusters_neon_dotprod, &ck_clusters_neon_i8mm,
#endif
  };
  return index < sizeof rows / sizeof *rows ? rows[index] : NULL;
}
