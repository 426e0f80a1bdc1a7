#include "check_clusters.h"

#include <float.h>
#include <math.h>

#include "CKernelsClusters.h"
#include "checking.h"
#include "guarded.h"
#include "samples.h"

enum { MOST_SEGMENTS = 16 };

/// Clusters, which are segments here, with packed weights and activations in guarded buffers.
struct clusters_problem {
  unsigned bits;
  size_t rows, columns, tokens;
  uint16_t words[MOST_SEGMENTS];
  float scales[MOST_SEGMENTS], zeros[MOST_SEGMENTS];
  struct ck_clusters clusters;
  struct guarded panels, x, channels;
  /// Weights, and what the zeros of activations come to.
  double *weights, *bias;
};

/// What stored activations are: codes with scales that are powers of two, so that sums of integers stay
/// exact.
static double activation(const struct clusters_problem *p, size_t segment, int code) {
  return (double)p->scales[segment] * (code - (double)p->zeros[segment]);
}

/// Divides the columns into segments: the last column of each is padding, but for the first's.
static void divide(struct clusters_problem *p, const uint16_t *words) {
  size_t all = 0, segments = 0;
  for (; words[segments]; segments++) all += p->words[segments] = words[segments];
  p->clusters = (struct ck_clusters){p->words, segments, all};
  p->columns = all * CK_CLUSTER_WORD - (segments - 1);
  p->channels = guarded_buffer(all * CK_CLUSTER_WORD * sizeof(uint32_t));
  uint32_t *channel = (uint32_t *)p->channels.data, next = 0;
  for (size_t s = 0; s < segments; s++) {
    const size_t count = words[s] * (size_t)CK_CLUSTER_WORD;
    const size_t used = count - (s > 0);
    for (size_t k = 0; k < used; k++) *channel++ = next++;
    if (used < count) *channel++ = UINT32_MAX;
    p->scales[s] = ldexpf(1, (int)(s % 3) - 1);
    p->zeros[s] = (float)((int)(s * 37 % 100) - 50);
  }
}

/// Draws and packs the rows of a panel.
static void draw_panel(struct clusters_problem *p, size_t first) {
  const size_t stored = p->clusters.all_words * CK_CLUSTER_WORD, segments = p->clusters.segments;
  const size_t rows = p->rows - first < CK_PANEL_ROWS ? p->rows - first : CK_PANEL_ROWS;
  const uint8_t mask = (uint8_t)((1 << p->bits) - 1);
  uint8_t *codes = malloc(rows * stored), *zeros = malloc(rows * segments);
  float *scales = malloc(rows * segments * sizeof *scales), bias[CK_PANEL_ROWS];
  if (!codes || !zeros || !scales) exit(2);
  sample_bytes(codes, rows * stored);
  sample_bytes(zeros, rows * segments);
  for (size_t row = 0; row < rows; row++) {
    double total = 0;
    for (size_t s = 0, k = 0; s < segments; s++) {
      const size_t index = row * segments + s;
      const double scale = ldexp(1, (int)(index % 4) - 2);
      zeros[index] &= mask;
      scales[index] = p->scales[s] * (float)scale;
      for (const size_t end = k + p->words[s] * (size_t)CK_CLUSTER_WORD; k < end; k++) {
        codes[row * stored + k] &= mask;
        const double weight = scale * (codes[row * stored + k] - zeros[index]);
        p->weights[(first + row) * stored + k] = weight;
        const bool padding = ((const uint32_t *)p->channels.data)[k] == UINT32_MAX;
        if (!padding) total += weight * activation(p, s, 0);
      }
    }
    bias[row] = (float)total;
    p->bias[first + row] = total;
  }
  const struct ck_layout layout = ck_cluster_layout(p->bits, p->clusters);
  ck_pack_clusters(&(struct ck_cluster_rows){p->bits, p->clusters, rows, codes, scales, zeros, bias},
                   p->panels.data + first / CK_PANEL_ROWS * layout.stride);
  free(codes);
  free(zeros);
  free(scales);
}

static size_t panel_count(const struct clusters_problem *p) {
  return (p->rows + CK_PANEL_ROWS - 1) / CK_PANEL_ROWS;
}

static struct clusters_problem *make_clusters(unsigned bits, size_t rows, size_t tokens,
                                              const uint16_t *words) {
  struct clusters_problem *p = calloc(1, sizeof *p);
  if (!p) exit(2);
  *p = (struct clusters_problem){.bits = bits, .rows = rows, .tokens = tokens};
  divide(p, words);
  p->panels = guarded_buffer(panel_count(p) * ck_cluster_layout(bits, p->clusters).stride);
  p->weights = calloc(rows * p->clusters.all_words * CK_CLUSTER_WORD, sizeof *p->weights);
  p->bias = calloc(rows, sizeof *p->bias);
  if (!p->weights || !p->bias) exit(2);
  for (size_t row = 0; row < rows; row += CK_PANEL_ROWS) draw_panel(p, row);
  p->x = guarded_buffer(tokens * p->columns * sizeof(float));
  return p;
}

/// Draws activations whose codes are extremes where `extreme`: -128 or 127 at 8 bits.
static void draw_activations(struct clusters_problem *p, bool extreme) {
  const uint32_t *channels = (const uint32_t *)p->channels.data;
  for (size_t token = 0; token < p->tokens; token++) {
    for (size_t s = 0, k = 0; s < p->clusters.segments; s++) {
      for (const size_t end = k + p->words[s] * (size_t)CK_CLUSTER_WORD; k < end; k++) {
        const double drawn = sample_uniform();
        const int code = extreme ? (drawn < 0.9 ? -128 : 127) : (int)floor(256 * drawn) - 128;
        if (channels[k] == UINT32_MAX) continue;
        ((float *)p->x.data)[token * p->columns + channels[k]] = (float)activation(p, s, code);
      }
    }
  }
}

/// Multiplies tokens first..<first + count, or with `by_panel` one panel a call.
static struct guarded multiply_tokens(const struct ck_cluster_kernel *kernel,
                                      const struct clusters_problem *p, size_t first, size_t count,
                                      bool by_panel) {
  const size_t stored = p->clusters.all_words * CK_CLUSTER_WORD;
  const struct guarded codes = guarded_buffer(stored * count),
                       sums = guarded_buffer(p->clusters.segments * count * sizeof(int32_t)),
                       finite = guarded_buffer(count * sizeof(float)),
                       out = guarded_buffer(p->rows * count * sizeof(float));
  kernel->quantize(&(struct ck_cluster_quantize_args){
      .x = (const float *)p->x.data + first * p->columns,
      .tokens = count,
      .columns = p->columns,
      .clusters = p->clusters,
      .channels = (const uint32_t *)p->channels.data,
      .scales = p->scales,
      .zeros = p->zeros,
      .least = -128,
      .most = 127,
      .tile = kernel->tile,
      .end_tile = (count + kernel->tile - 1) / kernel->tile,
      .codes = (int8_t *)codes.data,
      .sums = (int32_t *)sums.data,
      .finite = (float *)finite.data,
  });
  const size_t panels = panel_count(p), step = by_panel ? 1 : panels;
  for (size_t panel = 0; panel < panels; panel += step) {
    kernel->matmul(&(struct ck_cluster_args){
        .bits = p->bits,
        .panels = p->panels.data,
        .layout = ck_cluster_layout(p->bits, p->clusters),
        .clusters = p->clusters,
        .rows = p->rows,
        .first_panel = panel,
        .end_panel = panel + step,
        .tokens = count,
        .codes = (const int8_t *)codes.data,
        .sums = (const int32_t *)sums.data,
        .finite = (const float *)finite.data,
        .out = (float *)out.data,
    });
  }
  guarded_release(codes);
  guarded_release(sums);
  guarded_release(finite);
  return out;
}

/// Compares a token's results with sums in double precision.
static void check_token(const struct ck_cluster_kernel *kernel, const struct clusters_problem *p,
                        size_t token, const float *actual, size_t *checks, size_t *failures) {
  const size_t stored = p->clusters.all_words * CK_CLUSTER_WORD;
  const float *x = (const float *)p->x.data + token * p->columns;
  const uint32_t *channels = (const uint32_t *)p->channels.data;
  for (size_t row = 0; row < p->rows; row++) {
    double sum = 0, magnitude = fabs(p->bias[row]);
    for (size_t k = 0; k < stored; k++) {
      if (channels[k] == UINT32_MAX) continue;
      const double product = p->weights[row * stored + k] * (double)x[channels[k]];
      sum += product;
      magnitude += fabs(product);
    }
    // Integers: every sum of a segment is exact, and so are their totals below 2^24 eighths.
    const double bound = magnitude < 0x1p20
                             ? 0
                             : 2 * (double)(p->clusters.segments + 1) * (double)FLT_EPSILON *
                                   (magnitude + 2 * fabs(p->bias[row]));
    CHECK(fabs((double)actual[row] - sum) <= bound,
          "%u bits in clusters, %s: %zu x %zu x %zu: row %zu token %zu is %g, not %g", p->bits,
          kernel->isa, p->rows, p->columns, p->tokens, row, token, (double)actual[row], sum);
  }
}

static void check_kernel(const struct ck_cluster_kernel *kernel, const struct clusters_problem *p,
                         struct guarded portable, size_t *checks, size_t *failures) {
  const struct guarded out = multiply_tokens(kernel, p, 0, p->tokens, false);
  CHECK(!memcmp(out.data, portable.data, out.bytes), "%u bits in clusters: %s differs from portable",
        p->bits, kernel->isa);
  const struct guarded by_panel = multiply_tokens(kernel, p, 0, p->tokens, true);
  CHECK(!memcmp(out.data, by_panel.data, out.bytes),
        "%u bits in clusters, %s: panels alone differ", p->bits, kernel->isa);
  for (size_t token = 0; token < p->tokens; token += 1 + p->tokens / 20) {
    const float *actual = (const float *)out.data + token * p->rows;
    check_token(kernel, p, token, actual, checks, failures);
    const struct guarded alone = multiply_tokens(kernel, p, token, 1, false);
    CHECK(!memcmp(alone.data, actual, alone.bytes),
          "%u bits in clusters, %s: token %zu differs from the token alone", p->bits, kernel->isa,
          token);
    CHECK(guarded_release(alone), "kernel wrote in front of its output");
  }
  CHECK(guarded_release(out) && guarded_release(by_panel), "kernel wrote in front of its output");
}

/// Multiplies activations as they are.
static struct guarded multiply_floats(const struct ck_cluster_kernel *kernel,
                                      const struct clusters_problem *p) {
  const size_t words = p->clusters.all_words;
  const struct guarded x = guarded_buffer(words * CK_CLUSTER_WORD * p->tokens * sizeof(float)),
                       sums = guarded_buffer(words * p->tokens * sizeof(float)),
                       out = guarded_buffer(p->rows * p->tokens * sizeof(float));
  ck_gather_clusters(&(struct ck_cluster_gather_args){
      .x = (const float *)p->x.data,
      .tokens = p->tokens,
      .columns = p->columns,
      .clusters = p->clusters,
      .channels = (const uint32_t *)p->channels.data,
      .tile = kernel->float_tile,
      .end_tile = (p->tokens + kernel->float_tile - 1) / kernel->float_tile,
      .out = (float *)x.data,
      .sums = (float *)sums.data,
  });
  kernel->matmul_floats(&(struct ck_cluster_float_args){
      .bits = p->bits,
      .panels = p->panels.data,
      .layout = ck_cluster_layout(p->bits, p->clusters),
      .clusters = p->clusters,
      .rows = p->rows,
      .end_panel = panel_count(p),
      .tokens = p->tokens,
      .x = (const float *)x.data,
      .sums = (const float *)sums.data,
      .out = (float *)out.data,
  });
  guarded_release(x);
  guarded_release(sums);
  return out;
}

/// Compares results of activations as they are with sums in double precision. A scale that is packed has
/// the one of the activations in it, which is 1 for these.
static void check_floats(const struct ck_cluster_kernel *kernel, const struct clusters_problem *p,
                         size_t *checks, size_t *failures) {
  const struct guarded out = multiply_floats(kernel, p);
  const size_t stored = p->clusters.all_words * CK_CLUSTER_WORD;
  const uint32_t *channels = (const uint32_t *)p->channels.data;
  for (size_t token = 0; token < p->tokens; token += 1 + p->tokens / 20) {
    const float *x = (const float *)p->x.data + token * p->columns;
    for (size_t row = 0; row < p->rows; row++) {
      double sum = 0, magnitude = 0;
      for (size_t s = 0, k = 0; s < p->clusters.segments; s++) {
        const size_t index = row % CK_PANEL_ROWS * p->clusters.segments + s;
        const double scale = ldexp(1, (int)(index % 4) - 2) * (double)p->scales[s];
        for (const size_t end = k + p->words[s] * (size_t)CK_CLUSTER_WORD; k < end; k++) {
          if (channels[k] == UINT32_MAX) continue;
          const double number = (double)x[channels[k]];
          sum += (double)p->scales[s] * p->weights[row * stored + k] * number;
          // Codes and zeros are multiplied one by one, and are 15 at most.
          magnitude += scale * 30 * fabs(number);
        }
      }
      const float actual = ((const float *)out.data)[token * p->rows + row];
      // Integers times powers of two: next to nothing is rounded, and a single wrong code shows.
      const double bound = 4 * (double)FLT_EPSILON * magnitude;
      CHECK(fabs((double)actual - sum) <= bound,
            "%u bits in clusters times f32, %s: %zu x %zu x %zu: row %zu token %zu is %g, not %g",
            p->bits, kernel->isa, p->rows, p->columns, p->tokens, row, token, (double)actual, sum);
    }
  }
  CHECK(guarded_release(out), "kernel wrote in front of its output");
}

static void check_problem(struct clusters_problem *p, size_t *checks, size_t *failures) {
  const struct guarded portable = multiply_tokens(ck_cluster_kernel_at(0), p, 0, p->tokens, false);
  const struct ck_cluster_kernel *kernel;
  for (size_t i = 0; (kernel = ck_cluster_kernel_at(i)); i++) {
    if ((kernel->required & ~ck_host_isa()) != 0) continue;
    if (kernel->matmul) check_kernel(kernel, p, portable, checks, failures);
    if (kernel->matmul_floats) check_floats(kernel, p, checks, failures);
  }
  CHECK(guarded_release(portable), "kernel wrote in front of its output");
}

void check_clusters(size_t *checks, size_t *failures) {
  // Tails of rows and tokens, spans of one word and of many; more words than a chunk; more tokens than a
  // batch of tiles.
  static const uint16_t words[][MOST_SEGMENTS] = {
      {1}, {2, 1, 3}, {5, 8, 1, 1, 2, 7}, {200, 56, 29, 3, 276, 12, 5}};
  static const size_t sizes[][3] = {{1, 1, 0},  {15, 2, 1}, {16, 3, 2},  {17, 4, 1}, {33, 5, 2},
                                    {47, 13, 1}, {18, 25, 2}, {19, 7, 3}, {2, 290, 0}};
  for (unsigned bits = 3; bits <= 4; bits++) {
    sample_seed(17);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      const size_t *size = sizes[i];
      struct clusters_problem *p = make_clusters(bits, size[0], size[1], words[size[2]]);
      for (int extreme = 0; extreme < 2; extreme++) {
        draw_activations(p, extreme);
        check_problem(p, checks, failures);
      }
      CHECK(guarded_release(p->panels) && guarded_release(p->x) && guarded_release(p->channels),
            "something wrote in front of an operand");
      free(p->weights);
      free(p->bias);
      free(p);
    }
  }
}
