#include "check_rows.h"

#include <float.h>
#include <math.h>

#include "checking.h"
#include "guarded.h"
#include "samples.h"

/// A multiplication in guarded buffers, and what it should give.
struct rows_problem {
  const struct ck_format *format;
  size_t rows, columns, tokens;
  struct guarded file, panels, x;
  double *weights;
};

static size_t panel_count(const struct rows_problem *p) {
  return (p->rows + CK_PANEL_ROWS - 1) / CK_PANEL_ROWS;
}

static double decode_half(const uint8_t *bytes) {
  const int bits = bytes[0] | bytes[1] << 8, exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude =
      exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

/// The f32 of 4 bytes, or of the upper 2.
static float decode_float(const uint8_t *bytes, size_t size) {
  uint32_t bits = 0;
  memcpy((uint8_t *)&bits + 4 - size, bytes, size);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// Draws a weight of `size` bytes whose magnitude is moderate: exponents around 1, some zeros.
static double draw_weight(const struct ck_format *format, uint8_t *bytes) {
  const size_t size = format->file_block_bytes;
  uint8_t codes[4];
  sample_bytes(codes, size);
  const bool half = strcmp(format->id, "f16") == 0;
  if (size > 1) {
    // Fixes the upper bits of the exponent: f16 2^-7...2^0, the others 2^-15...2^0.
    codes[size - 1] = (uint8_t)((codes[size - 1] & (half ? 0x9F : 0x80)) | (half ? 0x20 : 0x3C));
  }
  memcpy(bytes, codes, size);
  if (size == 1) return (int8_t)codes[0];
  return half ? decode_half(codes) : decode_float(codes, size);
}

static struct rows_problem make_rows(const struct ck_format *format, const size_t shape[3]) {
  struct rows_problem p = {.format = format, .rows = shape[0], .columns = shape[1],
                           .tokens = shape[2]};
  const size_t size = format->file_block_bytes;
  const size_t row_bytes = p.columns * size + format->file_row_bytes;
  const struct ck_layout layout = format->layout(format, p.columns);
  p.file = guarded_buffer(p.rows * row_bytes);
  p.x = guarded_buffer(p.tokens * p.columns * sizeof(float));
  p.panels = guarded_buffer(panel_count(&p) * layout.stride);
  p.weights = calloc(p.rows * p.columns, sizeof *p.weights);
  if (!p.weights) exit(2);
  for (size_t row = 0; row < p.rows; row++) {
    uint8_t *bytes = p.file.data + row * row_bytes;
    const float maximum = (float)(row + 1) * 0.37f;
    if (format->file_row_bytes) memcpy(bytes + p.columns * size, &maximum, sizeof maximum);
    const double scale = format->file_row_bytes ? (double)(maximum / 127.0f) : 1;
    for (size_t k = 0; k < p.columns; k++) {
      p.weights[row * p.columns + k] = scale * draw_weight(format, bytes + k * size);
    }
  }
  for (size_t i = 0; i < p.tokens * p.columns; i++) {
    ((float *)p.x.data)[i] = (float)(2 * sample_uniform() - 1);
  }
  for (size_t row = 0; row < p.rows; row += CK_PANEL_ROWS) {
    const size_t rows = p.rows - row < CK_PANEL_ROWS ? p.rows - row : CK_PANEL_ROWS;
    format->pack(format, p.file.data + row * row_bytes, rows, p.columns,
                 p.panels.data + row / CK_PANEL_ROWS * layout.stride);
  }
  return p;
}

/// Multiplies tokens first..<first + count; each panel in a call of its own or all in one.
static struct guarded multiply_tokens(const struct ck_kernel *kernel, const struct rows_problem *p,
                                      size_t first, size_t count, bool one_panel_a_call) {
  const size_t tile = ck_widest_tile(*kernel, count);
  const struct ck_activation_bytes bytes = kernel->activation->bytes(tile, count, p->columns);
  const struct guarded codes = guarded_buffer(bytes.codes), scales = guarded_buffer(bytes.scales),
                       corrections = guarded_buffer(bytes.corrections),
                       out = guarded_buffer(p->rows * count * sizeof(float));
  struct ck_quantize_args quantize = {
      .x = (const float *)p->x.data + first * p->columns,
      .tokens = count,
      .columns = p->columns,
      .blocks = p->columns,
      .tile = tile,
      .end_tile = (count + tile - 1) / tile,
      .offset = kernel->format->offset,
      .codes = (int8_t *)codes.data,
      .scales = (float *)scales.data,
      .corrections = (int32_t *)corrections.data,
  };
  kernel->quantize(&quantize);
  struct ck_matmul_args args = {
      .panels = p->panels.data,
      .layout = p->format->layout(p->format, p->columns),
      .rows = p->rows,
      .blocks = p->columns,
      .tokens = count,
      .codes = (const int8_t *)codes.data,
      .scales = (const float *)scales.data,
      .corrections = (const int32_t *)corrections.data,
      .out = (float *)out.data,
  };
  const size_t step = one_panel_a_call ? 1 : panel_count(p);
  for (size_t panel = 0; panel < panel_count(p); panel += step) {
    args.first_panel = panel;
    args.end_panel = panel + step;
    kernel->matmul(&args);
  }
  guarded_release(codes);
  guarded_release(scales);
  guarded_release(corrections);
  return out;
}

/// The nearest bf16, ties to even, of a finite number.
static double round_to_bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000;
  memcpy(&x, &bits, sizeof x);
  return (double)x;
}

/// Token `token` as the kernel's activation format has it, in double precision.
static void stored_token(const struct ck_kernel *kernel, const struct rows_problem *p,
                         size_t token, double *stored) {
  const float *x = (const float *)p->x.data + token * p->columns;
  float largest = 0;
  for (size_t k = 0; k < p->columns; k++) largest = fmaxf(largest, fabsf(x[k]));
  const float inverse = 127 / largest, scale = largest / 127;
  for (size_t k = 0; k < p->columns; k++) {
    const bool is_bytes = strcmp(kernel->activation->id, "q8_token") == 0;
    const bool is_bf16 = strcmp(kernel->activation->id, "bf16") == 0;
    stored[k] = is_bytes  ? (double)nearbyintf(x[k] * inverse) * (double)scale
                : is_bf16 ? round_to_bf16(x[k])
                          : (double)x[k];
  }
}

/// Whether a result is the sum in double precision, up to the roundings of the kernel.
static bool is_close(const struct ck_kernel *kernel, const struct rows_problem *p, size_t row,
                     const double *x, double actual) {
  double sum = 0, magnitude = 0;
  for (size_t k = 0; k < p->columns; k++) {
    const double product = p->weights[row * p->columns + k] * x[k];
    sum += product;
    magnitude += fabs(product);
  }
  const double unit = (double)FLT_EPSILON / 2;
  // int8 sums are exact; a conversion and two products are rounded.
  const bool exact = strcmp(kernel->activation->id, "q8_token") == 0;
  const double bound = exact ? 4 * unit * fabs(sum) : 2 * (double)p->columns * unit * magnitude;
  return fabs(actual - sum) <= bound * 1.001 + magnitude * 0x1p-40;
}

static void check_kernel(const struct ck_kernel *kernel, const struct rows_problem *p,
                         size_t *checks, size_t *failures) {
  const struct guarded out = multiply_tokens(kernel, p, 0, p->tokens, false);
  const struct guarded parts = multiply_tokens(kernel, p, 0, p->tokens, true);
  CHECK(!memcmp(out.data, parts.data, out.bytes), "%s %s: panels alone differ", p->format->id,
        kernel->isa);
  double *const x = calloc(p->columns, sizeof *x);
  if (!x) exit(2);
  for (size_t token = 0; token < p->tokens; token++) {
    stored_token(kernel, p, token, x);
    for (size_t row = 0; row < p->rows; row++) {
      float actual;
      memcpy(&actual, out.data + (token * p->rows + row) * sizeof actual, sizeof actual);
      CHECK(is_close(kernel, p, row, x, actual),
            "%s %s: %zu rows, %zu columns, %zu tokens: row %zu token %zu is %g", p->format->id,
            kernel->isa, p->rows, p->columns, p->tokens, row, token, (double)actual);
    }
    const struct guarded alone = multiply_tokens(kernel, p, token, 1, false);
    CHECK(!memcmp(alone.data, out.data + token * p->rows * sizeof(float), alone.bytes),
          "%s %s: token %zu of %zu differs from the token alone", p->format->id, kernel->isa,
          token, p->tokens);
    CHECK(guarded_release(alone), "kernel wrote in front of its output");
  }
  free(x);
  CHECK(guarded_release(out) && guarded_release(parts), "kernel wrote in front of its output");
}

void check_rows(size_t *checks, size_t *failures) {
  // Tails of rows, columns and tokens; columns beyond one chunk of floats and of int8.
  static const size_t shapes[][3] = {{1, 1, 1},   {15, 2, 2},  {16, 3, 3},    {17, 5, 4},
                                     {33, 17, 5}, {64, 31, 6}, {17, 127, 9},  {49, 67, 13},
                                     {5, 1031, 7}, {3, 4099, 5}, {35, 1033, 26}, {2, 33, 130}};
  const struct ck_kernel *kernel;
  for (size_t i = 0; (kernel = ck_kernel_at(i)); i++) {
    if (kernel->format->unit != 1 || (kernel->required & ~ck_host_isa()) != 0) continue;
    sample_seed(7);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
      struct rows_problem p = make_rows(kernel->format, shapes[s]);
      check_kernel(kernel, &p, checks, failures);
      CHECK(guarded_release(p.file) && guarded_release(p.panels) && guarded_release(p.x),
            "something wrote in front of an operand");
      free(p.weights);
    }
  }
}
