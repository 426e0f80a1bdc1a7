// Packing: from rows of blocks as files hold them to panels of 16 rows.
#include "file_blocks.h"
#include "tables.h"

/// What is known of a format when it is packed.
struct packing {
  struct ck_shape shape;
  /// Blocks of 32 and bytes of one block in the file.
  size_t blocks, bytes;
};

static size_t align64(size_t bytes) { return (bytes + 63) / 64 * 64; }

static struct ck_layout panel_layout(struct ck_shape shape, size_t blocks) {
  const bool has_stream = shape.minimum && shape.scales == CK_F16;
  struct ck_layout layout;
  layout.high = blocks * ck_code_bytes(shape.codes);
  layout.scales = layout.high + blocks * ck_high_bytes(shape.codes);
  layout.minimums = align64(layout.scales + blocks * ck_scale_bytes(shape.scales));
  layout.stride =
      align64(layout.minimums + (has_stream ? blocks * ck_scale_bytes(shape.scales) : 0));
  return layout;
}

/// Copies byte i of a row's scales to where the panel keeps byte i of all rows.
static void write_scale_bytes(const uint8_t *source, size_t count, size_t row, uint8_t *stream) {
  for (size_t i = 0; i < count; i++) stream[i * CK_PANEL_ROWS + row] = source[i];
}

/// Copies a row's f16.
static void write_f16(const uint8_t *source, size_t row, uint8_t *stream) {
  memcpy(stream + 2 * row, source, 2);
}

/// Copies the scales of one block of a file to the streams of the panel.
static void write_scales(struct ck_shape shape, const uint8_t *block, size_t row, uint8_t *scales,
                         uint8_t *minimums) {
  switch (shape.scales) {
  case CK_E8M0: write_scale_bytes(block, 1, row, scales); break;
  case CK_UE4M3: write_scale_bytes(block, 4, row, scales); break;
  case CK_F16:
    write_f16(block, row, scales);
    if (shape.minimum) write_f16(block + 2, row, minimums);
    break;
  case CK_F16_64:
  case CK_F16_128: write_f16(block, row, scales); break;
  case CK_F16_256: write_f16(block + (shape.codes == CK_TRITS ? 52 : 64), row, scales); break;
  case CK_K2:
    write_scale_bytes(block, 16, row, scales);
    write_f16(block + 80, row, scales + CK_K2_D);
    write_f16(block + 82, row, scales + CK_K2_DMIN);
    break;
  case CK_K3:
    write_scale_bytes(block + 96, 12, row, scales);
    write_f16(block + 108, row, scales + CK_K3_D);
    break;
  case CK_K4:
    write_f16(block, row, scales + CK_K4_D);
    write_f16(block + 2, row, scales + CK_K4_DMIN);
    write_scale_bytes(block + 4, 12, row, scales);
    break;
  case CK_K6:
    write_scale_bytes(block + 192, 16, row, scales);
    write_f16(block + 208, row, scales + CK_K6_D);
    break;
  case CK_XS:
    write_f16(block, row, scales + CK_XS_D);
    write_scale_bytes(block + 2, 6, row, scales);
    break;
  case CK_F32:
  case CK_F32_16: break;  // Only unpacked chunks have them.
  }
}

/// Adds the 32 codes of a block, as groups of 4, to a plane of `bits` bits that starts as zeros:
/// byte b of vector j holds group g = per_byte * j + i at bit i * bits, or, for nibbles, groups j
/// and j + 4.
static void write_plane(const uint8_t *codes, size_t bits, size_t shift, size_t row,
                        uint8_t *plane) {
  const uint8_t mask = (uint8_t)((1u << bits) - 1);
  const size_t per_byte = 8 / bits;
  for (size_t k = 0; k < CK_BLOCK; k++) {
    const size_t group = k / 4;
    const size_t vector = bits == 4 ? group % 4 : group / per_byte;
    const size_t place = bits == 4 ? group / 4 : group % per_byte;
    plane[64 * vector + 4 * row + k % 4] |=
        (uint8_t)((codes[k] >> shift & mask) << (place * bits));
  }
}

/// Writes the codes of a superblock as trits: the fraction of 3^5 in 256ths, rounded up, from
/// which multiplications by 3 carry out one trit after the other.
static void write_trits(const uint8_t *codes, size_t row, uint8_t *low) {
  for (size_t v = 0; v < CK_TRIT_VECTORS; v++) {
    for (size_t b = 0; b < 4; b++) {
      unsigned value = 0;
      for (size_t digit = 0; digit < CK_TRITS_IN_BYTE; digit++) {
        const size_t group = v * CK_TRITS_IN_BYTE + digit;
        value = 3 * value + (group < 64 ? codes[4 * group + b] : 0);
      }
      low[64 * v + 4 * row + b] = (uint8_t)((value * 256 + 242) / 243);
    }
  }
}

/// Adds the codes of one block of 32 of one row to the streams of a panel that starts as zeros.
static void write_codes(enum ck_codes kind, const uint8_t *codes, size_t row, uint8_t *low,
                        uint8_t *high) {
  switch (kind) {
  case CK_BYTES:
  case CK_SMALL_BYTES: write_plane(codes, 8, 0, row, low); break;
  case CK_NIBBLES:
  case CK_TABLE_IQ4_NL:
  case CK_TABLE_E2M1: write_plane(codes, 4, 0, row, low); break;
  case CK_FIVE_BITS:
    write_plane(codes, 4, 0, row, low);
    write_plane(codes, 1, 4, row, high);
    break;
  case CK_SIX_BITS:
    write_plane(codes, 4, 0, row, low);
    write_plane(codes, 2, 4, row, high);
    break;
  case CK_CRUMBS: write_plane(codes, 2, 0, row, low); break;
  case CK_THREE_BITS:
    write_plane(codes, 2, 0, row, low);
    write_plane(codes, 1, 2, row, high);
    break;
  case CK_SIGNS: write_plane(codes, 1, 1, row, low); break;
  case CK_TRITS: break;  // A superblock at once.
  }
}

static void pack_row(struct packing packing, const uint8_t *source, size_t row, size_t blocks,
                     uint8_t *panel) {
  const struct ck_shape shape = packing.shape;
  const struct ck_layout layout = panel_layout(shape, blocks);
  for (size_t b = 0; b < blocks; b += packing.blocks, source += packing.bytes) {
    uint8_t codes[SUPERBLOCK * CK_BLOCK];
    const size_t at = b * ck_scale_bytes(shape.scales);
    uint8_t *low = panel + b * ck_code_bytes(shape.codes);
    write_scales(shape, source, row, panel + layout.scales + at, panel + layout.minimums + at);
    ck_read_codes(shape, source, codes);
    if (shape.codes == CK_TRITS) write_trits(codes, row, low);
    for (size_t j = 0; j < packing.blocks; j++) {
      write_codes(shape.codes, codes + j * CK_BLOCK, row, low + j * ck_code_bytes(shape.codes),
                  panel + layout.high + (b + j) * ck_high_bytes(shape.codes));
    }
  }
}

static struct packing packing_of(const struct ck_format *format) {
#define CK_MATCH(FORMAT, CODES, SCALES, MINIMUM, OFFSET, ACTIVATION, WEIGHTS, BYTES)       \
  if (format == &ck_format_##FORMAT) {                                                     \
    return (struct packing){CK_SHAPE(CODES, SCALES, MINIMUM, OFFSET, ACTIVATION),          \
                            WEIGHTS / CK_BLOCK, BYTES};                                    \
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
