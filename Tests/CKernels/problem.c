#include "problem.h"

static size_t panel_count(const struct problem *p) {
  return (p->rows + CK_PANEL_ROWS - 1) / CK_PANEL_ROWS;
}

size_t file_blocks(const struct problem *p) {
  return p->blocks * CK_BLOCK / p->format->file_block_weights;
}

struct problem make_problem(const struct ck_format *format, enum sample sample,
                            const size_t shape[3]) {
  struct problem p = {
      .format = format,
      .sample = sample,
      .rows = shape[0],
      .blocks = shape[1],
      .tokens = shape[2],
  };
  const size_t columns = p.blocks * CK_BLOCK;
  const size_t row_bytes = file_blocks(&p) * format->file_block_bytes;
  const struct ck_layout layout = ck_panel_layout(format, p.blocks);
  p.file = guarded_buffer(p.rows * row_bytes);
  p.x = guarded_buffer(p.tokens * columns * sizeof(float));
  p.panels = guarded_buffer(panel_count(&p) * layout.stride);
  for (size_t i = 0; i < p.rows * file_blocks(&p); i++) {
    sample_block(format, sample, p.file.data + i * format->file_block_bytes);
  }
  for (size_t token = 0; token < p.tokens; token++) {
    sample_token(format, sample, token, (float *)p.x.data + token * columns, columns);
  }
  for (size_t row = 0; row < p.rows; row += CK_PANEL_ROWS) {
    const size_t rows = p.rows - row < CK_PANEL_ROWS ? p.rows - row : CK_PANEL_ROWS;
    ck_pack_panel(format, p.file.data + row * row_bytes, rows, p.blocks,
                  p.panels.data + row / CK_PANEL_ROWS * layout.stride);
  }
  return p;
}

size_t position(const struct quantized *q, size_t token, size_t block) {
  const size_t tile = token / q->tile * q->tile, chunk = ck_chunk_start(q->blocks, block);
  const size_t width = ck_tile_width(q->tile, q->tokens - tile);
  const size_t padded = ck_padded_tokens(q->tile, q->tokens);
  return ck_tile_offset(padded, q->blocks, tile, chunk) + (block - chunk) * width + (token - tile);
}

float float_at(struct guarded buffer, size_t index) {
  float value;
  memcpy(&value, buffer.data + index * sizeof value, sizeof value);
  return value;
}

struct quantized quantize(const struct ck_kernel *kernel, const struct problem *p,
                          size_t first_token, size_t tokens) {
  const size_t widest = ck_widest_tile(*kernel, tokens);
  const size_t count = ck_padded_tokens(widest, tokens) * p->blocks;
  const size_t sums = count * sums_per_block(p->format);
  const size_t columns = p->blocks * CK_BLOCK;
  const struct quantized q = {
      .tile = widest,
      .blocks = p->blocks,
      .tokens = tokens,
      .codes = guarded_buffer(count * CK_BLOCK),
      .scales = guarded_buffer(count * sizeof(float)),
      .corrections = guarded_buffer(sums * sizeof(int32_t)),
      .scaled_sums = guarded_buffer(sums * sizeof(float)),
  };
  struct ck_quantize_args args = {
      .x = (const float *)p->x.data + first_token * columns,
      .tokens = tokens,
      .columns = columns,
      .blocks = p->blocks,
      .tile = widest,
      .offset = kernel->format->offset,
      .codes = (int8_t *)q.codes.data,
      .scales = (float *)q.scales.data,
      .corrections = (int32_t *)q.corrections.data,
      .scaled_sums = (float *)q.scaled_sums.data,
  };
  for (size_t tile = 0; tile * widest < tokens; tile++) {
    args.first_tile = tile;
    args.end_tile = tile + 1;
    kernel->quantize(&args);
  }
  return q;
}

struct guarded multiply(const struct ck_kernel *kernel, const struct problem *p,
                        const struct quantized *q, bool one_panel_a_call) {
  const struct guarded out = guarded_buffer(p->rows * q->tokens * sizeof(float));
  struct ck_matmul_args args = {
      .panels = p->panels.data,
      .layout = ck_panel_layout(p->format, p->blocks),
      .rows = p->rows,
      .blocks = p->blocks,
      .end_panel = panel_count(p),
      .tokens = q->tokens,
      .codes = (const int8_t *)q->codes.data,
      .scales = (const float *)q->scales.data,
      .corrections = (const int32_t *)q->corrections.data,
      .scaled_sums = (const float *)q->scaled_sums.data,
      .out = (float *)out.data,
  };
  if (!one_panel_a_call) {
    kernel->matmul(&args);
    return out;
  }
  for (size_t panel = panel_count(p); panel-- > 0;) {
    args.first_panel = panel;
    args.end_panel = panel + 1;
    kernel->matmul(&args);
  }
  return out;
}
