#include "check_groups.h"

#include <float.h>
#include <math.h>

#include "checking.h"
#include "guarded.h"
#include "samples.h"

/// Rows of groups and numbers of tokens in guarded buffers, and what the weights are.
struct groups_problem {
  const struct ck_format *format;
  size_t rows, groups, tokens;
  struct guarded file, panels, x;
  double *weights;
};

/// The values of NF4 and FP4, from their definitions.
static const double nf4[16] = {-1,
                               -0.6961928009986877,
                               -0.5250730514526367,
                               -0.39491748809814453,
                               -0.28444138169288635,
                               -0.18477343022823334,
                               -0.09105003625154495,
                               0,
                               0.07958029955625534,
                               0.16093020141124725,
                               0.24611230194568634,
                               0.33791524171829224,
                               0.44070982933044434,
                               0.5626170039176941,
                               0.7229568362236023,
                               1};
static const double fp4[8] = {0, 0.0625, 8, 12, 4, 6, 2, 3};

static bool is_table(const struct ck_format *format) { return format->file_block_weights == 64; }

static size_t columns_of(const struct groups_problem *p) {
  return p->groups * p->format->file_block_weights;
}

static size_t panel_count(const struct groups_problem *p) {
  return (p->rows + CK_PANEL_ROWS - 1) / CK_PANEL_ROWS;
}

/// Writes a group; the scales are powers of two, so that sums of integers stay exact.
static void draw_group(const struct ck_format *format, size_t index, uint8_t *bytes,
                       double *weights) {
  const size_t size = format->file_block_bytes;
  sample_bytes(bytes, size);
  if (is_table(format)) {
    const float scale = ldexpf(1, (int)(index % 5) - 2);
    memcpy(bytes, &scale, sizeof scale);
    for (size_t k = 0; k < 64; k++) {
      const int code = bytes[4 + k / 2] >> (k % 2 ? 0 : 4) & 15;
      const double entry = format->id[0] == 'n' ? (double)(float)nf4[code]
                                                : (double)((float)fp4[code & 7] / 12);
      weights[k] = (double)scale * (format->id[0] == 'f' && code > 7 ? -entry : entry);
    }
    return;
  }
  const size_t bits = (size - 3) * 8 / 128;
  const uint16_t half = (uint16_t)((13 + index % 5) << 10);
  const double scale = ldexp(1, (int)(index % 5) - 2);
  bytes[size - 1] &= 15;
  memcpy(bytes + size - 3, &half, sizeof half);
  for (size_t k = 0; k < 128; k++) {
    const size_t bit = k * bits;
    const unsigned wide = bytes[bit / 8] | (unsigned)bytes[bit / 8 + 1] << 8;
    const int code = (int)(wide >> bit % 8 & ((1u << bits) - 1));
    weights[k] = scale * (code - bytes[size - 1]);
  }
}

static struct groups_problem make_groups(const struct ck_format *format, const size_t shape[3]) {
  struct groups_problem p = {.format = format, .rows = shape[0], .groups = shape[1],
                             .tokens = shape[2]};
  const size_t row_bytes = p.groups * format->file_block_bytes, columns = columns_of(&p);
  const struct ck_layout layout = format->layout(format, p.groups);
  p.file = guarded_buffer(p.rows * row_bytes);
  p.x = guarded_buffer(p.tokens * columns * sizeof(float));
  p.panels = guarded_buffer(panel_count(&p) * layout.stride);
  p.weights = calloc(p.rows * columns, sizeof *p.weights);
  if (!p.weights) exit(2);
  for (size_t i = 0; i < p.rows * p.groups; i++) {
    draw_group(format, i, p.file.data + i * format->file_block_bytes,
               p.weights + i * format->file_block_weights);
  }
  for (size_t i = 0; i < p.tokens * columns; i++) {
    // Integers up to 127, so that the codes are the numbers.
    const double drawn = floor(255 * sample_uniform()) - 127;
    ((float *)p.x.data)[i] = (float)(i % columns == 0 ? 127 : drawn);
  }
  for (size_t row = 0; row < p.rows; row += CK_PANEL_ROWS) {
    const size_t rows = p.rows - row < CK_PANEL_ROWS ? p.rows - row : CK_PANEL_ROWS;
    format->pack(format, p.file.data + row * row_bytes, rows, p.groups,
                 p.panels.data + row / CK_PANEL_ROWS * layout.stride);
  }
  return p;
}

/// Multiplies tokens first..<first + count.
static struct guarded multiply_tokens(const struct ck_kernel *kernel,
                                      const struct groups_problem *p, size_t first,
                                      size_t count) {
  const size_t columns = columns_of(p);
  const struct ck_activation_bytes bytes = kernel->activation->bytes(kernel->tile, count, columns);
  const struct guarded codes = guarded_buffer(bytes.codes), scales = guarded_buffer(bytes.scales),
                       corrections = guarded_buffer(bytes.corrections),
                       out = guarded_buffer(p->rows * count * sizeof(float));
  kernel->quantize(&(struct ck_quantize_args){
      .x = (const float *)p->x.data + first * columns,
      .tokens = count,
      .columns = columns,
      .blocks = columns / p->format->unit,
      .tile = kernel->tile,
      .end_tile = (count + kernel->tile - 1) / kernel->tile,
      .codes = (int8_t *)codes.data,
      .scales = (float *)scales.data,
      .corrections = (int32_t *)corrections.data,
  });
  kernel->matmul(&(struct ck_matmul_args){
      .panels = p->panels.data,
      .layout = p->format->layout(p->format, p->groups),
      .rows = p->rows,
      .blocks = p->groups,
      .end_panel = panel_count(p),
      .tokens = count,
      .codes = (const int8_t *)codes.data,
      .scales = (const float *)scales.data,
      .corrections = (const int32_t *)corrections.data,
      .out = (float *)out.data,
  });
  guarded_release(codes);
  guarded_release(scales);
  guarded_release(corrections);
  return out;
}

static void check_kernel(const struct ck_kernel *kernel, const struct groups_problem *p,
                         size_t *checks, size_t *failures) {
  const size_t columns = columns_of(p);
  const struct guarded out = multiply_tokens(kernel, p, 0, p->tokens);
  for (size_t token = 0; token < p->tokens; token++) {
    const float *x = (const float *)p->x.data + token * columns;
    const float *actual = (const float *)out.data + token * p->rows;
    for (size_t row = 0; row < p->rows; row++) {
      double sum = 0, magnitude = 0;
      for (size_t k = 0; k < columns; k++) {
        const double product = p->weights[row * columns + k] * (double)x[k];
        sum += product;
        magnitude += fabs(product);
      }
      // Integers: every group is exact, and so are their sums below 2^24 quarters.
      const double bound = is_table(p->format)  ? (double)columns * (double)FLT_EPSILON * magnitude
                           : fabs(magnitude) < 0x1p22 ? 0
                                                : (double)p->groups * (double)FLT_EPSILON * magnitude;
      CHECK(fabs((double)actual[row] - sum) <= bound,
            "%s %s: %zu x %zu x %zu: row %zu token %zu is %g, not %g", p->format->id, kernel->isa,
            p->rows, columns, p->tokens, row, token, (double)actual[row], sum);
    }
    const struct guarded alone = multiply_tokens(kernel, p, token, 1);
    CHECK(!memcmp(alone.data, actual, alone.bytes), "%s %s: token %zu differs from the token alone",
          p->format->id, kernel->isa, token);
    CHECK(guarded_release(alone), "kernel wrote in front of its output");
  }
  CHECK(guarded_release(out), "kernel wrote in front of its output");
}

void check_groups(size_t *checks, size_t *failures) {
  // Tails of rows and tokens; more groups than a chunk; more tokens than a batch of tiles.
  static const size_t shapes[][3] = {{1, 1, 1},  {15, 2, 2}, {16, 3, 3},  {17, 1, 5},
                                     {33, 2, 6}, {47, 5, 13}, {16, 17, 4}, {19, 35, 7},
                                     {2, 2, 290}};
  const struct ck_kernel *kernel;
  for (size_t i = 0; (kernel = ck_kernel_at(i)); i++) {
    if (kernel->format->unit < 64 || (kernel->required & ~ck_host_isa()) != 0) continue;
    sample_seed(13);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
      struct groups_problem p = make_groups(kernel->format, shapes[s]);
      check_kernel(kernel, &p, checks, failures);
      CHECK(guarded_release(p.file) && guarded_release(p.panels) && guarded_release(p.x),
            "something wrote in front of an operand");
      free(p.weights);
    }
  }
}
