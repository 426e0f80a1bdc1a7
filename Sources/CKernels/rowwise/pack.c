// The formats whose rows have at most one scale, and how their panels and activations are stored.
#include "../portable/half.h"
#include "tables.h"

/// The kind of a packed format, and the bytes of its weights.
struct packing {
  enum row_kind kind;
  size_t bytes;
};

static struct packing packing_of(const struct ck_format *format) {
  if (format == &ck_format_int8_rowsum) return (struct packing){ROW_CHANNEL8, 1};
  if (format == &ck_format_int6_channel) return (struct packing){ROW_CHANNEL6, 1};
  if (format == &ck_format_int4_channel) return (struct packing){ROW_CHANNEL4, 1};
  if (format == &ck_format_f32) return (struct packing){ROW_F32, 4};
  if (format == &ck_format_f16) return (struct packing){ROW_F16, 2};
  if (format == &ck_format_bf16) return (struct packing){ROW_BF16, 2};
  return (struct packing){ROW_INT8, 1};
}

static struct ck_layout row_layout(const struct ck_format *format, size_t units) {
  const enum row_kind kind = packing_of(format).kind;
  const size_t weights = unit_groups(kind, units) * panel_group_bytes(kind);
  // Of channels also zeros and sums.
  const size_t each = is_channel(kind) ? 3 : is_integer(kind);
  const size_t scales = each * CK_PANEL_ROWS * sizeof(float);
  return (struct ck_layout){weights, weights, weights + scales, weights + scales};
}

/// Where a panel keeps weight `k` of row `row`: words of 4 bytes, or 2 for f16, side by side.
static size_t weight_offset(struct packing packing, size_t row, size_t k) {
  const size_t word = packing.kind == ROW_F16 ? 2 : 4, each = word / packing.bytes;
  return (k / each * CK_PANEL_ROWS + row) * word + k % each * packing.bytes;
}

/// Stores the f32 after a row of int8 codes, the row's largest magnitude, as a scale.
static void write_row_scale(const uint8_t *source, size_t row, uint8_t *scales) {
  float maximum;
  memcpy(&maximum, source, sizeof maximum);
  const float scale = maximum / 127.0f;
  memcpy(scales + row * sizeof scale, &scale, sizeof scale);
}

static void pack_rows(const struct ck_format *format, const uint8_t *source, size_t rows,
                      size_t columns, uint8_t *panel) {
  const struct packing packing = packing_of(format);
  const struct ck_layout layout = row_layout(format, columns);
  const size_t row_bytes = columns * packing.bytes + format->file_row_bytes;
  memset(panel, packing.kind == ROW_INT8 ? 128 : 0, layout.scales);
  memset(panel + layout.scales, 0, layout.stride - layout.scales);
  for (size_t row = 0; row < rows; row++, source += row_bytes) {
    for (size_t k = 0; k < columns; k++) {
      uint8_t *out = panel + weight_offset(packing, row, k);
      memcpy(out, source + k * packing.bytes, packing.bytes);
      if (packing.kind == ROW_INT8) *out ^= 0x80;
    }
    if (packing.kind == ROW_INT8) {
      write_row_scale(source + columns, row, panel + layout.scales);
    }
  }
}

// MARK: Channels

/// Code `k` of a row in a file: a little-endian stream of bits.
static unsigned load_code(const uint8_t *row, size_t bits, size_t k) {
  const size_t bit = k * bits;
  unsigned wide = row[bit / 8];
  if (bit % 8 + bits > 8) wide |= (unsigned)row[bit / 8 + 1] << 8;
  return wide >> bit % 8 & ((1u << bits) - 1);
}

/// Stores the code of weight `k` of row `row` in a panel.
static void store_code(enum row_kind kind, unsigned code, size_t k, size_t row, uint8_t *panel) {
  uint8_t *group = panel + k / 16 * panel_group_bytes(kind);
  const size_t step = k / 4 % 4, byte = 4 * row + k % 4;
  if (kind == ROW_CHANNEL8) {
    group[64 * step + byte] = (uint8_t)code;
    return;
  }
  group[64 * (step / 2) + byte] |= (uint8_t)((code & 15) << 4 * (step % 2));
  if (kind == ROW_CHANNEL6) group[128 + byte] |= (uint8_t)(code >> 4 << 2 * step);
}

/// Packs a row of codes, and returns the sum of (code - zero); codes of 8 bits are signed.
static int32_t pack_channel(enum row_kind kind, const uint8_t *source, size_t columns, int32_t zero,
                            size_t row, uint8_t *panel) {
  const size_t bits = kind == ROW_CHANNEL8 ? 8 : kind == ROW_CHANNEL6 ? 6 : 4;
  int32_t sum = 0;
  for (size_t k = 0; k < columns; k++) {
    const unsigned code = load_code(source, bits, k);
    sum += (kind == ROW_CHANNEL8 ? (int8_t)code : (int32_t)code) - zero;
    store_code(kind, kind == ROW_CHANNEL8 ? code ^ 0x80 : code, k, row, panel);
  }
  return sum;
}

static float half_value(const uint8_t *bytes) {
  return float_from_half((uint16_t)(bytes[0] | bytes[1] << 8));
}

/// The streams of codes end with an f16 scale and an int16 zero; int8 with an f32 scale.
static void pack_channels(const struct ck_format *format, const uint8_t *source, size_t rows,
                          size_t units, uint8_t *panel) {
  const enum row_kind kind = packing_of(format).kind;
  const struct ck_layout layout = row_layout(format, units);
  const size_t columns = units * format->unit, codes = units * format->file_block_bytes;
  memset(panel, kind == ROW_CHANNEL8 ? 128 : 0, layout.scales);
  memset(panel + layout.scales, 0, layout.stride - layout.scales);
  for (size_t row = 0; row < rows; row++, source += codes + format->file_row_bytes) {
    float scale;
    int16_t zero = 0;
    if (kind == ROW_CHANNEL8) {
      memcpy(&scale, source + codes, sizeof scale);
    } else {
      scale = half_value(source + codes);
      memcpy(&zero, source + codes + 2, sizeof zero);
    }
    const int32_t terms[2] = {zero, pack_channel(kind, source, columns, zero, row, panel)};
    uint8_t *out = panel + layout.scales + row * sizeof scale;
    memcpy(out, &scale, sizeof scale);
    memcpy(out + CK_PANEL_ROWS * sizeof scale, terms, sizeof *terms);
    memcpy(out + 2 * CK_PANEL_ROWS * sizeof scale, terms + 1, sizeof *terms);
  }
}

// MARK: Activations

/// The memory of tokens stored in groups of `columns_per_group`.
static struct ck_activation_bytes group_bytes(size_t tokens, size_t columns,
                                              size_t columns_per_group) {
  const size_t groups = (columns + columns_per_group - 1) / columns_per_group;
  return (struct ck_activation_bytes){.codes = tokens * groups * GROUP_BYTES};
}

/// bf16 weights pad k to pairs of groups of f32.
static struct ck_activation_bytes f32_bytes(size_t tile, size_t tokens, size_t columns) {
  (void)tile;
  return group_bytes(tokens, (columns + 7) / 8 * 8, 4);
}

static struct ck_activation_bytes bf16_bytes(size_t tile, size_t tokens, size_t columns) {
  (void)tile;
  return group_bytes(tokens, columns, 8);
}

static struct ck_activation_bytes q8_token_bytes(size_t tile, size_t tokens, size_t columns) {
  (void)tile;
  struct ck_activation_bytes bytes = group_bytes(tokens, columns, 16);
  bytes.scales = tokens * sizeof(float);
  bytes.corrections = tokens * sizeof(int32_t);
  return bytes;
}

/// Beside minus the sums, sums and zeros.
static struct ck_activation_bytes channel_bytes(size_t tile, size_t tokens, size_t columns) {
  struct ck_activation_bytes bytes = q8_token_bytes(tile, tokens, columns);
  bytes.corrections *= 3;
  return bytes;
}

const struct ck_activation ck_activation_u8_token = {"u8_token", channel_bytes};
const struct ck_activation ck_activation_u6_token = {"u6_token", channel_bytes};
const struct ck_activation ck_activation_u4_token = {"u4_token", channel_bytes};
const struct ck_activation ck_activation_f32 = {"f32", f32_bytes};
const struct ck_activation ck_activation_bf16 = {"bf16", bf16_bytes};
const struct ck_activation ck_activation_q8_token = {"q8_token", q8_token_bytes};

// MARK: Formats

#define ROW_FORMAT(NAME, ID, BYTES, ROW_BYTES, OFFSET, MOST) \
  const struct ck_format ck_format_##NAME = {                \
      .id = ID,                                              \
      .unit = 1,                                             \
      .most_blocks = MOST,                                   \
      .file_block_weights = 1,                               \
      .file_block_bytes = BYTES,                             \
      .file_row_bytes = ROW_BYTES,                           \
      .layout = row_layout,                                  \
      .pack = pack_rows,                                     \
      .offset = OFFSET,                                      \
  };
ROW_FORMAT(f32, "f32", 4, 0, 0, PTRDIFF_MAX)
ROW_FORMAT(f16, "f16", 2, 0, 0, PTRDIFF_MAX)
ROW_FORMAT(bf16, "bf16", 2, 0, 0, PTRDIFF_MAX)
ROW_FORMAT(llm_int8, "llm-int8", 1, 4, 128, ROW_INT8_COLUMNS)

#define CHANNEL_FORMAT(NAME, ID, BYTES, ROW_BYTES)       \
  const struct ck_format ck_format_##NAME = {            \
      .id = ID,                                          \
      .unit = 16,                                        \
      .most_blocks = ROW_INT8_COLUMNS / 16,              \
      .file_block_weights = 16,                          \
      .file_block_bytes = BYTES,                         \
      .file_row_bytes = ROW_BYTES,                       \
      .layout = row_layout,                              \
      .pack = pack_channels,                             \
  };
CHANNEL_FORMAT(int8_rowsum, "int8-rowsum", 16, 4)
CHANNEL_FORMAT(int6_channel, "int6-channel", 12, 4)
CHANNEL_FORMAT(int4_channel, "int4-channel", 8, 4)

/// Whether VDPBF16PS is faster than converting to f32 for fused multiply-adds. Zen 4 does one of each
/// a cycle, of twice the products; Golden Cove one VDPBF16PS in two cycles, but two multiply-adds
/// in one.
static bool prefers_bf16_dot(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_is("amd");
#else
  return false;
#endif
}

const struct ck_kernel *ck_row_kernel_at(size_t index) {
#define ROW_LIST(ISA) &row_table_##ISA,
  static const struct row_table *const f32_last[] = {ROW_ISAS(ROW_LIST)};
  static const struct row_table *const bf16_last[] = {ROW_ISAS_BF16_LAST(ROW_LIST)};
#undef ROW_LIST
  const struct row_table *const *const tables = prefers_bf16_dot() ? bf16_last : f32_last;
  for (size_t i = 0; i < sizeof f32_last / sizeof *f32_last; i++) {
    if (index < tables[i]->count) return tables[i]->kernels + index;
    index -= tables[i]->count;
  }
  return NULL;
}
