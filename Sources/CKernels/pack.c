// Packing: from rows of blocks as files hold them to panels of 16 rows.
#include "formats.h"

/// What is known of a format when it is packed.
struct packing {
  struct ck_shape shape;
  /// Blocks of 32 and bytes of one block in the file.
  size_t blocks, bytes;
};

/// Blocks of one row, their codes unpacked.
struct codes {
  uint8_t of[SUPERBLOCK][CK_BLOCK];
};

static size_t align64(size_t bytes) { return (bytes + 63) / 64 * 64; }

static struct ck_layout panel_layout(struct ck_shape shape, size_t blocks) {
  const bool has_stream = shape.minimum && shape.scales == CK_F16;
  struct ck_layout layout;
  layout.high = blocks * ck_code_bytes(shape.codes);
  layout.scales = layout.high + (shape.codes == CK_FIVE_BITS ? blocks * 64 : 0);
  layout.minimums = align64(layout.scales + blocks * ck_scale_bytes(shape.scales));
  layout.stride =
      align64(layout.minimums + (has_stream ? blocks * ck_scale_bytes(shape.scales) : 0));
  return layout;
}

/// Reads nibbles in halves order: byte j of `half` holds k = j low and k = j + half high.
static void read_nibbles(const uint8_t *source, size_t half, uint8_t *low, uint8_t *high) {
  for (size_t j = 0; j < half; j++) {
    low[j] = source[j] & 15;
    high[j] = source[j] >> 4;
  }
}

/// Reads the codes of a block of 32 after its scales.
static void read_simple(enum ck_codes kind, const uint8_t *source, uint8_t *codes) {
  if (kind == CK_BYTES) {
    for (size_t i = 0; i < CK_BLOCK; i++) codes[i] = source[i] ^ 0x80;
    return;
  }
  const bool five = kind == CK_FIVE_BITS;
  read_nibbles(source + (five ? 4 : 0), 16, codes, codes + 16);
  for (size_t i = 0; five && i < CK_BLOCK; i++) {
    codes[i] |= (uint8_t)((source[i / 8] >> (i % 8) & 1) << 4);
  }
}

/// Reads the codes of a superblock of Q4_K or Q5_K: sub-blocks 2p and 2p + 1 share 32 bytes, and
/// bit j of fifth-bit byte i belongs to weight i of sub-block j.
static void read_k4(enum ck_codes kind, const uint8_t *source, struct codes *codes) {
  const bool five = kind == CK_FIVE_BITS;
  for (size_t pair = 0; pair < 4; pair++) {
    read_nibbles(source + (five ? 32 : 0) + 32 * pair, 32, codes->of[2 * pair],
                 codes->of[2 * pair + 1]);
  }
  for (size_t j = 0; five && j < SUPERBLOCK; j++) {
    for (size_t i = 0; i < CK_BLOCK; i++) {
      codes->of[j][i] |= (uint8_t)((source[i] >> j & 1) << 4);
    }
  }
}

/// Copies byte i of a row's scales to where the panel keeps byte i of all rows.
static void write_scale_bytes(const uint8_t *source, size_t count, size_t row, uint8_t *stream) {
  for (size_t i = 0; i < count; i++) stream[i * CK_PANEL_ROWS + row] = source[i];
}

/// Copies a row's f16.
static void write_f16(const uint8_t *source, size_t row, uint8_t *stream) {
  memcpy(stream + 2 * row, source, 2);
}

/// Reads one block of a file: its scales go to the streams of the panel, its codes to `codes`.
static void read_block(struct ck_shape shape, const uint8_t *source, size_t row, uint8_t *scales,
                       uint8_t *minimums, struct codes *codes) {
  switch (shape.scales) {
  case CK_E8M0:
    write_scale_bytes(source, 1, row, scales);
    read_simple(shape.codes, source + 1, codes->of[0]);
    break;
  case CK_F16:
    write_f16(source, row, scales);
    if (shape.minimum) write_f16(source + 2, row, minimums);
    read_simple(shape.codes, source + (shape.minimum ? 4 : 2), codes->of[0]);
    break;
  case CK_K4:
    write_f16(source, row, scales + CK_K4_D);
    write_f16(source + 2, row, scales + CK_K4_DMIN);
    write_scale_bytes(source + 4, 12, row, scales);
    read_k4(shape.codes, source + 16, codes);
    break;
  case CK_XS:
    write_f16(source, row, scales + CK_XS_D);
    write_scale_bytes(source + 2, 6, row, scales);
    for (size_t j = 0; j < SUPERBLOCK; j++) {
      read_simple(shape.codes, source + 8 + 16 * j, codes->of[j]);
    }
    break;
  case CK_F32: break;  // Only unpacked chunks have it.
  }
}

/// Adds the codes of one block of one row to the streams of a panel that starts as zeros.
static void write_codes(enum ck_codes kind, const uint8_t *codes, size_t row, uint8_t *low,
                        uint8_t *high) {
  for (size_t k = 0; k < CK_BLOCK; k++) {
    const size_t group = k / 4, at = 4 * row + k % 4;
    if (kind == CK_BYTES) {
      low[64 * group + at] = codes[k];
      continue;
    }
    low[64 * (group % 4) + at] |= (uint8_t)((codes[k] & 15) << (group < 4 ? 0 : 4));
    if (kind == CK_FIVE_BITS) high[at] |= (uint8_t)(codes[k] >> 4 << group);
  }
}

static void pack_row(struct packing packing, const uint8_t *source, size_t row, size_t blocks,
                     uint8_t *panel) {
  const struct ck_shape shape = packing.shape;
  const struct ck_layout layout = panel_layout(shape, blocks);
  for (size_t b = 0; b < blocks; b += packing.blocks, source += packing.bytes) {
    struct codes codes;
    const size_t at = b * ck_scale_bytes(shape.scales);
    read_block(shape, source, row, panel + layout.scales + at, panel + layout.minimums + at,
               &codes);
    for (size_t j = 0; j < packing.blocks; j++) {
      write_codes(shape.codes, codes.of[j], row, panel + (b + j) * ck_code_bytes(shape.codes),
                  panel + layout.high + (b + j) * 64);
    }
  }
}

static struct packing packing_of(const struct ck_format *format) {
#define CK_MATCH(FORMAT, CODES, SCALES, MINIMUM, OFFSET, WEIGHTS, BYTES)                   \
  if (strcmp(format->id, #FORMAT) == 0) {                                                  \
    return (struct packing){{CODES, SCALES, MINIMUM, OFFSET}, WEIGHTS / CK_BLOCK, BYTES};  \
  }
  CK_BLOCK_FORMATS(CK_MATCH)
#undef CK_MATCH
  __builtin_unreachable();
}

struct ck_layout ck_panel_layout(const struct ck_format *format, size_t blocks) {
  return panel_layout(packing_of(format).shape, blocks);
}

void ck_pack_panel(const struct ck_format *format, const uint8_t *source, size_t rows,
                   size_t blocks, uint8_t *panel) {
  const struct packing packing = packing_of(format);
  const size_t row_bytes = blocks / packing.blocks * packing.bytes;
  memset(panel, 0, panel_layout(packing.shape, blocks).stride);
  for (size_t row = 0; row < rows; row++) {
    pack_row(packing, source + row * row_bytes, row, blocks, panel);
  }
}
