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

/// Stores token `t` of a tile of `width` tokens.
static void gather_token(const struct ck_cluster_gather_args *args, const float *x, size_t t,
                         size_t width, float *tile, float *sums) {
  size_t word = 0;
  for (size_t s = 0; s < args->clusters.segments; s++) {
    float part = 0;
    for (size_t w = 0; w < args->clusters.words[s]; w++, word++) {
      float sum = 0;
      for (size_t k = CK_CLUSTER_WORD * word; k < CK_CLUSTER_WORD * (word + 1); k++) {
        const uint32_t channel = args->channels[k];
        const float number = channel == UINT32_MAX ? 0 : x[channel];
        tile[k * width + t] = number;
        sum += number;
      }
      part = w % CK_CLUSTER_PART == 0 ? sum : part + sum;
      sums[word] = part;
    }
  }
}

void ck_gather_clusters(const struct ck_cluster_gather_args *args) {
  const size_t tiles = row_tiles(args->tile, args->tokens);
  for (size_t i = args->first_tile; i < args->end_tile; i++) {
    const size_t token = first_token(i, tiles, args->tokens);
    const size_t width = first_token(i + 1, tiles, args->tokens) - token;
    float *tile = args->out + token * args->clusters.all_words * CK_CLUSTER_WORD;
    for (size_t t = 0; t < width; t++) {
      gather_token(args, args->x + (token + t) * args->columns, t, width, tile,
                   args->sums + (token + t) * args->clusters.all_words);
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
