// C[m,n] = A[m,k] * B[k,n] in plain C: the same panels, tiles and order of additions as everywhere.
#include "../tables.h"
#include "../tiles.h"
#include "half.h"

#define CK_TILE 4

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

/// Q3_K's scale of sub-block j.
static int k3_scale(const uint8_t *superblock, size_t j, size_t row) {
  const int low = scale_byte(superblock, j % 8, row) >> (j / 8 * 4) & 15;
  const int high = scale_byte(superblock, 8 + j % 4, row) >> (j / 4 * 2) & 3;
  return (low | high << 4) - 32;
}

/// Half an unsigned E4M3: codes of E2M1 are stored doubled.
static float half_of_ue4m3(uint8_t bits) {
  return bits == 0x7F ? 0 : float_from_half((uint16_t)((bits & 0x7F) << 7)) * 0x1p7f;
}

/// The scale of one row in segment s of one block.
static float load_scale(enum ck_scales kind, const struct ck_panel *panel, size_t block,
                        size_t s, size_t row) {
  const size_t at = block * CK_PANEL_ROWS + row, j = block % SUPERBLOCK;
  const uint8_t *stream = panel->scales;
  switch (kind) {
  case CK_F16: return load_half_at(stream, at);
  case CK_F16_64: return load_half_at(stream, block / 2 * CK_PANEL_ROWS + row);
  case CK_F16_128: return load_half_at(stream, block / 4 * CK_PANEL_ROWS + row);
  case CK_F16_256: return load_half_at(stream, block / 8 * CK_PANEL_ROWS + row);
  case CK_UE4M3: return half_of_ue4m3(stream[(2 * block + s) * CK_PANEL_ROWS + row]);
  case CK_F32_16: return load_float_at(stream, (2 * block + s) * CK_PANEL_ROWS + row);
  case CK_K2:
    stream += block / SUPERBLOCK * CK_K2_BYTES;
    return load_half_at(stream + CK_K2_D, row) *
           (float)(scale_byte(stream, 2 * j + s, row) & 15);
  case CK_K3:
    stream += block / SUPERBLOCK * CK_K3_BYTES;
    return load_half_at(stream + CK_K3_D, row) * (float)k3_scale(stream, 2 * j + s, row);
  case CK_K6:
    stream += block / SUPERBLOCK * CK_K6_BYTES;
    return load_half_at(stream + CK_K6_D, row) *
           (float)(int8_t)scale_byte(stream, 2 * j + s, row);
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

/// The minimum of one row in segment s of one block.
static float load_minimum(enum ck_scales kind, const struct ck_panel *panel, size_t block,
                          size_t s, size_t row) {
  const size_t j = block % SUPERBLOCK;
  const uint8_t *stream = panel->scales;
  switch (kind) {
  case CK_F32: return load_float_at(panel->minimums, block * CK_PANEL_ROWS + row);
  case CK_F32_16: return load_float_at(panel->minimums, (2 * block + s) * CK_PANEL_ROWS + row);
  case CK_K2:
    stream += block / SUPERBLOCK * CK_K2_BYTES;
    return -load_half_at(stream + CK_K2_DMIN, row) *
           (float)(scale_byte(stream, 2 * j + s, row) >> 4);
  case CK_K4:
    stream += block / SUPERBLOCK * CK_K4_BYTES;
    return -load_half_at(stream + CK_K4_DMIN, row) * (float)k4_minimum(stream, j, row);
  default: return load_half_at(panel->minimums, block * CK_PANEL_ROWS + row);
  }
}

/// Number `place` of `bits` bits of a byte.
static uint8_t bits_at(uint8_t byte, size_t place, size_t bits) {
  return (uint8_t)(byte >> (place * bits) & ((1u << bits) - 1));
}

/// The nibble of group g.
static uint8_t nibble_at(const uint8_t *low, size_t g) {
  return bits_at(low[64 * (g % 4)], g / 4, 4);
}

/// The trit of group `group` of a superblock, at byte `i` of a vector.
static uint8_t trit_at(const uint8_t *superblock, size_t group, size_t i) {
  uint8_t byte = superblock[64 * (group / CK_TRITS_IN_BYTE) + i];
  for (size_t digit = group % CK_TRITS_IN_BYTE; digit > 0; digit--) byte = (uint8_t)(byte * 3);
  return (uint8_t)(byte * 3 >> 8);
}

/// The code of group g of a block, at byte i of a vector.
static uint8_t code_at(enum ck_codes kind, const struct ck_panel *panel, size_t block, size_t g,
                       size_t i) {
  static const uint8_t iq4_nl[16] = {CK_IQ4_NL_TABLE}, e2m1[16] = {CK_E2M1_TABLE};
  const uint8_t *low = panel->codes + block * ck_code_bytes(kind) + i;
  const uint8_t *high = panel->high + block * ck_high_bytes(kind) + i;
  switch (kind) {
  case CK_BYTES:
  case CK_SMALL_BYTES: return low[64 * g];
  case CK_NIBBLES: return nibble_at(low, g);
  case CK_TABLE_IQ4_NL: return iq4_nl[nibble_at(low, g)];
  case CK_TABLE_E2M1: return e2m1[nibble_at(low, g)];
  case CK_FIVE_BITS: return (uint8_t)(nibble_at(low, g) | bits_at(high[0], g, 1) << 4);
  case CK_SIX_BITS:
    return (uint8_t)(nibble_at(low, g) | bits_at(high[64 * (g / 4)], g % 4, 2) << 4);
  case CK_CRUMBS: return bits_at(low[64 * (g / 4)], g % 4, 2);
  case CK_THREE_BITS:
    return (uint8_t)(bits_at(low[64 * (g / 4)], g % 4, 2) | bits_at(high[0], g, 1) << 2);
  case CK_SIGNS: return (uint8_t)(2 * bits_at(low[0], g, 1));
  case CK_TRITS:
    return trit_at(panel->codes + block / SUPERBLOCK * (CK_TRIT_VECTORS * 64),
                   8 * (block % SUPERBLOCK) + g, i);
  }
}

/// Unpacks one block: codes[64 g + 4 row + b] is row `row`, k = 4g + b.
static void unpack_codes(enum ck_codes kind, const struct ck_panel *panel, size_t block,
                         uint8_t codes[512]) {
  if (kind == CK_BYTES || kind == CK_SMALL_BYTES) {
    memcpy(codes, panel->codes + block * 512, 512);
    return;
  }
  for (size_t g = 0; g < 8; g++) {
    for (size_t i = 0; i < 64; i++) codes[64 * g + i] = code_at(kind, panel, block, g, i);
  }
}

/// Adds the products of groups first..<end of every row to sums[row].
static void dot_groups(const uint8_t codes[512], const int8_t *activations, size_t first,
                       size_t end, int32_t sums[CK_PANEL_ROWS]) {
  for (size_t g = first; g < end; g++) {
    const int8_t *a = activations + 4 * g;
    for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
      const uint8_t *w = codes + 64 * g + 4 * row;
      sums[row] += w[0] * a[0] + w[1] * a[1] + w[2] * a[2] + w[3] * a[3];
    }
  }
}

/// Multiplies segment s of a block with a tile of `width` tokens and adds to sums[token][member].
static void multiply_segment(struct ck_shape shape, const struct ck_panel *panel, size_t member,
                             size_t width, const struct tile *tile, size_t block, size_t s,
                             const uint8_t codes[512], ck_sums *sums) {
  const size_t segments = (size_t)ck_segments(shape.scales), groups = 8 / segments;
  float scales[CK_PANEL_ROWS], minimums[CK_PANEL_ROWS];
  for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
    scales[row] = load_scale(shape.scales, panel, block, s, row);
    minimums[row] = shape.minimum ? load_minimum(shape.scales, panel, block, s, row) : 0;
  }
  for (size_t t = 0; t < width; t++) {
    const size_t at = block * width + t, part = at * segments + s;
    float *sum = sums[t][member];
    int32_t dots[CK_PANEL_ROWS];
    for (size_t row = 0; row < CK_PANEL_ROWS; row++) dots[row] = tile->corrections[part];
    dot_groups(codes, tile->codes + at * CK_BLOCK, s * groups, (s + 1) * groups, dots);
    for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
      sum[row] += (float)dots[row] * (scales[row] * tile->scales[at]);
      if (shape.minimum) sum[row] += minimums[row] * tile->scaled_sums[part];
    }
  }
}

/// Multiplies one panel with a tile of `width` tokens and adds to sums[token][member].
static void multiply_panel(struct ck_shape shape, const struct ck_panel *panel, size_t member,
                           size_t width, const struct tile *tile, ck_sums *sums) {
  const size_t segments = (size_t)ck_segments(shape.scales);
  for (size_t b = 0; b < tile->blocks; b++) {
    uint8_t codes[512];
    unpack_codes(shape.codes, panel, b, codes);
    for (size_t s = 0; s < segments; s++) {
      multiply_segment(shape, panel, member, width, tile, b, s, codes, sums);
    }
  }
}

static void multiply_width(struct ck_shape shape, size_t width, const struct tile *tile,
                           ck_sums *sums) {
  multiply_panel(shape, &tile->panel, 0, width, tile, sums);
}

#include "../plain_chunk.h"

static void multiply_chunk_width(struct ck_shape shape, int panels, size_t width,
                                 const struct tile *tile, const struct chunk *chunks,
                                 ck_sums *sums) {
  for (int p = 0; p < panels; p++) {
    const struct ck_panel panel = panel_of_chunk(chunks + p);
    multiply_panel(shape, &panel, (size_t)p, width, tile, sums);
  }
}

#include "../plain_chunk_functions.h"

/// Unpacks blocks first..<first + count of a panel.
static void unpack_chunk(struct ck_shape shape, const struct ck_panel *panel, size_t first,
                         size_t count, struct chunk *chunk) {
  const size_t segments = (size_t)ck_segments(shape.scales);
  for (size_t b = 0; b < count; b++) {
    unpack_codes(shape.codes, panel, first + b, chunk->codes[b]);
    for (size_t s = 0; s < segments; s++) {
      for (size_t row = 0; row < CK_PANEL_ROWS; row++) {
        const size_t at = b * segments + s;
        chunk->scales[at][row] = load_scale(shape.scales, panel, first + b, s, row);
        if (!shape.minimum) continue;
        chunk->minimums[at][row] = load_minimum(shape.scales, panel, first + b, s, row);
      }
    }
  }
}

#include "../panel_loops.h"

/// Rounds to the nearest integer, ties to even: |x| <= 127 leaves no other bits in the sum.
static int32_t nearest(float x) { return (int32_t)((x + 0x1.8p23f) - 0x1.8p23f); }

CK_INLINE int32_t quantize_half(const float *x, float inverse, int8_t *codes) {
  int32_t sum = 0;
  for (size_t i = 0; i < CK_BLOCK / 2; i++) {
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

#include "../plain_sums.h"
#include "../quantize_loops.h"

#define CK_ISA_NAME "portable"
#define CK_ISA_BITS 0
const struct ck_kernel ck_kernels_portable[CK_KERNELS_PER_ISA] = {CK_BLOCK_FORMATS(CK_TABLE_ROW)};
