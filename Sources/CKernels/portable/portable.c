// C[m,n] = A[m,k] * B[k,n] in plain C: the same panels, tiles and order of additions as everywhere.
#include "../tables.h"
#include "../tiles.h"

#define CK_TILE 4

static float float_from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// An f16 as f32, without the help of the processor.
static float float_from_half(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  const uint32_t rest = half & 0x7FFF;
  // Subnormals: the mantissa counts steps of 2^-24.
  if (rest < 0x0400) return float_from_bits(sign | 0x3F800000) * ((float)rest * 0x1p-24f);
  if (rest >= 0x7C00) return float_from_bits(sign | 0x7F800000 | (rest & 0x03FF) << 13);
  return float_from_bits(sign | ((rest << 13) + (112u << 23)));
}

static float load_half_at(const uint8_t *stream, size_t index) {
  uint16_t half;
  memcpy(&half, stream + index * sizeof half, sizeof half);
  return float_from_half(half);
}

static float load_float_at(const uint8_t *stream, size_t index) {
  float value;
  memcpy(&value, stream + index * sizeof value, sizeof value);
  return value;
}

/// Byte `index` of the packed scales of one row of a superblock.
static int scale_byte(const uint8_t *superblock, size_t index, size_t row) {
  return superblock[index * CK_PANEL_ROWS + row];
}

/// Q4_K's and Q5_K's scale of sub-block j.
static int k4_scale(const uint8_t *superblock, size_t j, size_t row) {
  if (j < 4) return scale_byte(superblock, j, row) & 63;
  return (scale_byte(superblock, j + 4, row) & 15) | scale_byte(superblock, j - 4, row) >> 6 << 4;
}

/// Q4_K's and Q5_K's minimum of sub-block j.
static int k4_minimum(const uint8_t *superblock, size_t j, size_t row) {
  if (j < 4) return scale_byte(superblock, j + 4, row) & 63;
  return scale_byte(superblock, j + 4, row) >> 4 | scale_byte(superblock, j, row) >> 6 << 4;
}

/// IQ4_XS's scale of sub-block j.
static int xs_scale(const uint8_t *superblock, size_t j, size_t row) {
  const int low = scale_byte(superblock, 2 + j / 2, row) >> (j % 2 * 4) & 15;
  const int high = scale_byte(superblock, j / 4, row) >> (j % 4 * 2) & 3;
  return (low | high << 4) - 32;
}

/// The scale of one row in one block.
static float load_scale(enum ck_scales kind, const struct ck_panel *panel, size_t block,
                        size_t row) {
  const size_t at = block * CK_PANEL_ROWS + row, j = block % SUPERBLOCK;
  const uint8_t *stream = panel->scales;
  switch (kind) {
  case CK_F16: return load_half_at(stream, at);
  case CK_E8M0:
    return float_from_bits(stream[at] < 2 ? 0x00200000u << stream[at]
                                          : (uint32_t)(stream[at] - 1) << 23);
  case CK_F32: return load_float_at(stream, at);
  case CK_K4:
    stream += block / SUPERBLOCK * CK_K4_BYTES;
    return load_half_at(stream + CK_K4_D, row) * (float)k4_scale(stream, j, row);
  case CK_XS:
    stream += block / SUPERBLOCK * CK_XS_BYTES;
    return load_half_at(stream + CK_XS_D, row) * (float)xs_scale(stream, j, row);
  }
}

/// The minimum of one row in one block.
static float load_minimum(enum ck_scales kind, const struct ck_panel *panel, size_t block,
                          size_t row) {
  const size_t at = block * CK_PANEL_ROWS + row;
  if (kind == CK_F32) return load_float_at(panel->minimums, at);
  if (kind != CK_K4) return load_half_at(panel->minimums, at);
  const uint8_t *stream = panel->scales + block / SUPERBLOCK * CK_K4_BYTES;
  return -load_half_at(stream + CK_K4_DMIN, row) *
         (float)k4_minimum(stream, block % SUPERBLOCK, row);
}

/// Unpacks one block: codes[64 g + 4 row + b] is row `row`, k = 4g + b.
static void unpack_codes(enum ck_codes kind, const struct ck_panel *panel, size_t block,
                         uint8_t codes[512]) {
  static const uint8_t iq4_nl[16] = {CK_IQ4_NL_TABLE}, mxfp4[16] = {CK_MXFP4_TABLE};
  const uint8_t *source = panel->codes + block * ck_code_bytes(kind);
  if (ck_is_bytes(kind)) {
    memcpy(codes, source, 512);
    return;
  }
  for (size_t i = 0; i < 256; i++) {
    codes[i] = source[i] & 15;
    codes[i + 256] = source[i] >> 4;
  }
  for (size_t i = 0; i < 512; i++) {
    if (kind == CK_FIVE_BITS) {
      codes[i] |= (uint8_t)((panel->high[block * 64 + i % 64] >> (i / 64) & 1) << 4);
    } else if (kind == CK_TABLE_IQ4_NL) {
      codes[i] = iq4_nl[codes[i]];
    } else if (kind == CK_TABLE_MXFP4) {
      codes[i] = mxfp4[codes[i]];
    }
  }
}

/// Adds the 32 products of every row to sums[row].
static void dot_block(const uint8_t codes[512], const int8_t *activations,
                      int32_t sums[CK_PANEL_ROWS]) {
  for (size_t g = 0; g < 8; g++) {
    const int8_t *a = activations + 4 * g;
    for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
      const uint8_t *w = codes + 64 * g + 4 * row;
      sums[row] += w[0] * a[0] + w[1] * a[1] + w[2] * a[2] + w[3] * a[3];
    }
  }
}

/// Multiplies one panel with a tile of `width` tokens and adds to sums[token].
static void multiply_panel(struct ck_shape shape, size_t member, size_t width,
                           const struct tile *tile, ck_sums *sums) {
  const struct ck_panel *panel = tile->panels + member;
  for (size_t b = 0; b < tile->blocks; b++) {
    uint8_t codes[512];
    float scales[CK_PANEL_ROWS], minimums[CK_PANEL_ROWS];
    unpack_codes(shape.codes, panel, b, codes);
    for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
      scales[row] = load_scale(shape.scales, panel, b, row);
      minimums[row] = shape.minimum ? load_minimum(shape.scales, panel, b, row) : 0;
    }
    for (size_t t = 0; t < width; t++) {
      const size_t at = b * width + t;
      float *sum = sums[t][member];
      int32_t dots[CK_PANEL_ROWS];
      for (size_t row = 0; row < CK_PANEL_ROWS; row++) dots[row] = tile->corrections[at];
      dot_block(codes, tile->codes + at * CK_BLOCK, dots);
      for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
        sum[row] += (float)dots[row] * (scales[row] * tile->scales[at]);
        if (shape.minimum) sum[row] += minimums[row] * tile->scaled_sums[at];
      }
    }
  }
}

/// Multiplies panels with a tile of `width` tokens and adds to sums[token][panel].
static void multiply_width(struct ck_shape shape, int panels, size_t width,
                           const struct tile *tile, ck_sums *sums) {
  for (int p = 0; p < panels; p++) multiply_panel(shape, (size_t)p, width, tile, sums);
}

/// Unpacks blocks first..<first + count of a panel.
static void unpack_chunk(struct ck_shape shape, const struct ck_panel *panel, size_t first,
                         size_t count, struct chunk *chunk) {
  for (size_t b = 0; b < count; b++) {
    unpack_codes(shape.codes, panel, first + b, chunk->codes[b]);
    for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
      chunk->scales[b][row] = load_scale(shape.scales, panel, first + b, row);
      if (shape.minimum) {
        chunk->minimums[b][row] = load_minimum(shape.scales, panel, first + b, row);
      }
    }
  }
}

#include "../panel_loops.h"

/// Rounds to the nearest integer, ties to even: |x| <= 127 leaves no other bits in the sum.
static int32_t nearest(float x) { return (int32_t)((x + 0x1.8p23f) - 0x1.8p23f); }

CK_INLINE int32_t quantize_block(const float *x, float inverse, int8_t *codes) {
  int32_t sum = 0;
  for (size_t i = 0; i < CK_BLOCK; i++) {
    const int32_t code = nearest(x[i] * inverse);
    codes[i] = (int8_t)code;
    sum += code;
  }
  return sum;
}

CK_INLINE uint32_t largest_magnitude(const float *x) {
  uint32_t largest = 0;
  for (size_t i = 0; i < CK_BLOCK; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7FFFFFFF;
    if (bits > largest) largest = bits;
  }
  return largest;
}

#include "../quantize_loops.h"

#define CK_ISA_NAME "portable"
#define CK_ISA_BITS 0
const struct ck_kernel ck_kernels_portable[CK_KERNELS_PER_ISA] = {CK_BLOCK_FORMATS(CK_TABLE_ROW)};
