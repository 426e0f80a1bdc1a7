// The formats whose rows have at most one scale, and how their panels and activations are stored.
#include "tables.h"

/// The kind of a packed format, and the bytes of its weights.
struct packing {
  enum row_kind kind;
  size_t bytes;
};

static struct packing packing_of(const struct ck_format *format) {
  if (format == &ck_format_f32) return (struct packing){ROW_F32, 4};
  if (format == &ck_format_f16) return (struct packing){ROW_F16, 2};
  if (format == &ck_format_bf16) return (struct packing){ROW_BF16, 2};
  return (struct packing){ROW_INT8, 1};
}

static struct ck_layout row_layout(const struct ck_format *format, size_t columns) {
  const enum row_kind kind = packing_of(format).kind;
  const size_t weights = row_groups(kind, columns) * panel_group_bytes(kind);
  const size_t scales = kind == ROW_INT8 ? CK_PANEL_ROWS * sizeof(float) : 0;
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
