#include "check_channels.h"

#include <math.h>

#include "checking.h"
#include "guarded.h"
#include "samples.h"

enum { UNIT = 16 };

/// Codes of rows and numbers of tokens in guarded buffers.
struct channels_problem {
  const struct ck_format *format;
  size_t rows, columns, tokens;
  struct guarded file, panels, x;
  int *codes, *zeros;
  float *scales;
  /// A grid for all tokens, or scale 0.
  float fixed_scale;
  int32_t fixed_zero;
};

static int bits_of(const struct ck_format *format) {
  return (int)format->file_block_bytes * 8 / UNIT;
}

static size_t panel_count(const struct channels_problem *p) {
  return (p->rows + CK_PANEL_ROWS - 1) / CK_PANEL_ROWS;
}

static void *cleared(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (!memory) exit(2);
  return memory;
}

/// Writes a row with codes of all values, the extremes more often.
static void draw_row(struct channels_problem *p, size_t row, uint8_t *bytes) {
  const int bits = bits_of(p->format), top = (1 << bits) - 1;
  for (size_t k = 0; k < p->columns; k++) {
    uint8_t drawn;
    sample_bytes(&drawn, 1);
    const int code = row == 0 ? top : row == 1 && bits == 8 ? 128 : drawn & top;
    p->codes[row * p->columns + k] = bits == 8 ? (int8_t)code : code;
    const size_t bit = k * (size_t)bits;
    const unsigned wide = (unsigned)code << bit % 8;
    bytes[bit / 8] |= (uint8_t)wide;
    if (wide > 255) bytes[bit / 8 + 1] |= (uint8_t)(wide >> 8);
  }
  uint8_t *tail = bytes + p->columns * (size_t)bits / 8;
  if (bits == 8) {
    p->scales[row] = 0.37f * (float)(row + 1);
    memcpy(tail, p->scales + row, sizeof *p->scales);
    return;
  }
  // Powers of two as f16; zeros inside the codes and far outside of them.
  const int exponent = (int)(row % 9);
  const uint16_t half = (uint16_t)((10 + exponent) << 10);
  p->scales[row] = ldexpf(1, exponent - 5);
  p->zeros[row] = row == 2 ? 10000 : row == 3 ? -10000 : (int)(row * 7 % (size_t)(top + 1));
  const int16_t zero = (int16_t)p->zeros[row];
  memcpy(tail, &half, sizeof half);
  memcpy(tail + 2, &zero, sizeof zero);
}

static struct channels_problem make_channels(const struct ck_format *format, const size_t shape[3],
                                             bool fixed) {
  struct channels_problem p = {.format = format, .rows = shape[0], .columns = shape[1] * UNIT,
                               .tokens = shape[2]};
  const size_t units = shape[1];
  const size_t row_bytes = units * format->file_block_bytes + format->file_row_bytes;
  const struct ck_layout layout = format->layout(format, units);
  p.file = guarded_buffer(p.rows * row_bytes);
  p.x = guarded_buffer(p.tokens * p.columns * sizeof(float));
  p.panels = guarded_buffer(panel_count(&p) * layout.stride);
  p.codes = cleared(p.rows * p.columns, sizeof *p.codes);
  p.zeros = cleared(p.rows, sizeof *p.zeros);
  p.scales = cleared(p.rows, sizeof *p.scales);
  memset(p.file.data, 0, p.rows * row_bytes);
  for (size_t row = 0; row < p.rows; row++) draw_row(&p, row, p.file.data + row * row_bytes);
  for (size_t i = 0; i < p.tokens * p.columns; i++) {
    // A third of the tokens has positive numbers alone, whose zero is below all codes.
    const double drawn = sample_uniform();
    ((float *)p.x.data)[i] =
        (float)(i / p.columns % 3 == 1 ? 5 + 0.1 * drawn : 6 * drawn - 2);
  }
  if (fixed) p.fixed_scale = 1.0f / 64, p.fixed_zero = 100;
  for (size_t row = 0; row < p.rows; row += CK_PANEL_ROWS) {
    const size_t rows = p.rows - row < CK_PANEL_ROWS ? p.rows - row : CK_PANEL_ROWS;
    format->pack(format, p.file.data + row * row_bytes, rows, units,
                 p.panels.data + row / CK_PANEL_ROWS * layout.stride);
  }
  return p;
}

/// Multiplies tokens first..<first + count.
static struct guarded multiply_tokens(const struct ck_kernel *kernel,
                                      const struct channels_problem *p, size_t first,
                                      size_t count) {
  const struct ck_activation_bytes bytes =
      kernel->activation->bytes(kernel->tile, count, p->columns);
  const struct guarded codes = guarded_buffer(bytes.codes), scales = guarded_buffer(bytes.scales),
                       corrections = guarded_buffer(bytes.corrections),
                       out = guarded_buffer(p->rows * count * sizeof(float));
  kernel->quantize(&(struct ck_quantize_args){
      .x = (const float *)p->x.data + first * p->columns,
      .tokens = count,
      .columns = p->columns,
      .blocks = p->columns / UNIT,
      .tile = kernel->tile,
      .end_tile = (count + kernel->tile - 1) / kernel->tile,
      .fixed_scale = p->fixed_scale,
      .fixed_zero = p->fixed_zero,
      .codes = (int8_t *)codes.data,
      .scales = (float *)scales.data,
      .corrections = (int32_t *)corrections.data,
  });
  kernel->matmul(&(struct ck_matmul_args){
      .panels = p->panels.data,
      .layout = p->format->layout(p->format, p->columns / UNIT),
      .rows = p->rows,
      .blocks = p->columns / UNIT,
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

/// The definition of the grid of a token, and of its codes.
static float quantize_token(const struct channels_problem *p, size_t token, int *codes, int *zero) {
  const float *x = (const float *)p->x.data + token * p->columns;
  const float top = (float)((1 << bits_of(p->format)) - 1);
  float least = x[0], most = x[0], scale = p->fixed_scale;
  for (size_t k = 1; k < p->columns; k++) least = fminf(least, x[k]), most = fmaxf(most, x[k]);
  *zero = p->fixed_zero;
  if (scale == 0) {
    scale = fmaxf((most - least) / top, 1e-5f);
    *zero = (int)nearbyintf(fmaxf(-1e4f, fminf(1e4f, -least / scale)));
  }
  for (size_t k = 0; k < p->columns; k++) {
    const float steps = nearbyintf(fmaxf(-1e6f, fminf(1e6f, x[k] / scale)));
    codes[k] = (int)fmaxf(0, fminf(top, steps + (float)*zero));
  }
  return scale;
}

static void check_token(const struct ck_kernel *kernel, const struct channels_problem *p,
                        size_t token, const float *out, size_t *checks, size_t *failures) {
  int *const codes = cleared(p->columns, sizeof *codes);
  int zero;
  const float scale = quantize_token(p, token, codes, &zero);
  for (size_t row = 0; row < p->rows; row++) {
    int64_t sum = 0;
    for (size_t k = 0; k < p->columns; k++) {
      sum += (int64_t)(p->codes[row * p->columns + k] - p->zeros[row]) * (codes[k] - zero);
    }
    const float expected = (float)sum * (scale * p->scales[row]);
    CHECK(out[row] == expected, "%s %s: %zu x %zu x %zu: row %zu token %zu is %g, not %g",
          p->format->id, kernel->isa, p->rows, p->columns, p->tokens, row, token,
          (double)out[row], (double)expected);
  }
  free(codes);
}

static void check_kernel(const struct ck_kernel *kernel, struct channels_problem *p,
                         size_t *checks, size_t *failures) {
  const struct guarded out = multiply_tokens(kernel, p, 0, p->tokens);
  for (size_t token = 0; token < p->tokens; token++) {
    const float *row = (const float *)out.data + token * p->rows;
    check_token(kernel, p, token, row, checks, failures);
    const struct guarded alone = multiply_tokens(kernel, p, token, 1);
    CHECK(!memcmp(alone.data, row, alone.bytes), "%s %s: token %zu differs from the token alone",
          p->format->id, kernel->isa, token);
    CHECK(guarded_release(alone), "kernel wrote in front of its output");
  }
  CHECK(guarded_release(out), "kernel wrote in front of its output");
  float *const x = (float *)p->x.data;
  const float kept = x[0];
  x[0] = p->tokens % 2 ? NAN : INFINITY;
  const struct guarded broken = multiply_tokens(kernel, p, 0, p->tokens);
  for (size_t i = 0; i < p->tokens * p->rows; i++) {
    CHECK(!isnan(((const float *)broken.data)[i]) == (i >= p->rows),
          "%s %s: what is not finite has spread or is lost", p->format->id, kernel->isa);
  }
  x[0] = kept;
  CHECK(guarded_release(broken), "kernel wrote in front of its output");
}

void check_channels(size_t *checks, size_t *failures) {
  // Tails of rows and tokens; more columns than a chunk; more tokens than a batch of tiles.
  static const size_t shapes[][3] = {{1, 1, 1},   {15, 2, 2}, {16, 3, 3},  {17, 5, 4},  {33, 1, 5},
                                     {64, 31, 6}, {17, 8, 9}, {49, 4, 13}, {3, 257, 5}, {35, 9, 26},
                                     {2, 3, 290}};
  const struct ck_kernel *kernel;
  for (size_t i = 0; (kernel = ck_kernel_at(i)); i++) {
    if (kernel->format->unit != UNIT || (kernel->required & ~ck_host_isa()) != 0) continue;
    sample_seed(11);
    for (size_t s = 0; s < 2 * sizeof shapes / sizeof *shapes; s++) {
      struct channels_problem p = make_channels(kernel->format, shapes[s / 2], s % 2);
      check_kernel(kernel, &p, checks, failures);
      CHECK(guarded_release(p.file) && guarded_release(p.panels) && guarded_release(p.x),
            "something wrote in front of an operand");
      free(p.codes);
      free(p.zeros);
      free(p.scales);
    }
  }
}
