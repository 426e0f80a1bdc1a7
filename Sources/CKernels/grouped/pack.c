// The formats whose rows are groups, and how their panels and activations are stored.
#include "tables.h"

static enum grouped_kind kind_of(const struct ck_format *format) {
#define GROUPED_KIND(NAME, ID, KIND, ACTIVATION) \
  if (format == &ck_format_##NAME) return KIND;
  GROUPED_FORMATS(GROUPED_KIND)
#undef GROUPED_KIND
  return GROUPED_INT4;
}

static size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

static struct ck_layout grouped_layout(const struct ck_format *format, size_t groups) {
  const enum grouped_kind kind = kind_of(format);
  const size_t scales = groups * group_code_bytes(kind);
  const size_t zeros = scales + aligned(groups * group_scale_bytes(kind));
  const size_t end = zeros + (is_table(kind) ? 0 : aligned(groups * ZERO_BYTES));
  return (struct ck_layout){scales, scales, zeros, end};
}

/// The code of weight `k` of a group of a row.
static unsigned load_code(enum grouped_kind kind, const uint8_t *group, size_t k) {
  if (is_table(kind)) return group[4 + k / 2] >> (k % 2 ? 0 : 4) & 15;
  const size_t bits = code_bits(kind), bit = k * bits;
  unsigned wide = group[bit / 8];
  if (bit % 8 + bits > 8) wide |= (unsigned)group[bit / 8 + 1] << 8;
  return wide >> bit % 8 & ((1u << bits) - 1);
}

/// Stores the code of weight `k` of row `row` in a group of a panel.
static void store_code(enum grouped_kind kind, unsigned code, size_t k, size_t row,
                       uint8_t *group) {
  if (is_table(kind)) {
    group[64 * (k / 8) + 4 * row + k % 8 / 2] |= (uint8_t)(code << 4 * (k % 2));
    return;
  }
  const size_t step = k / 4, byte = 4 * row + k % 4;
  if (kind == GROUPED_INT4) {
    group[64 * (step / 2) + byte] |= (uint8_t)(code << 4 * (step % 2));
    return;
  }
  group[64 * (step / 4) + byte] |= (uint8_t)((code & 3) << 2 * (step % 4));
  const size_t high = INTEGER_GROUP * CK_PANEL_ROWS / 4;
  if (kind == GROUPED_INT3) {
    group[high + 64 * (step / 8) + byte] |= (uint8_t)(code >> 2 << step % 8);
  }
}

static void pack_groups_of_rows(const struct ck_format *format, const uint8_t *source, size_t rows,
                                size_t groups, uint8_t *panel) {
  const enum grouped_kind kind = kind_of(format);
  const struct ck_layout layout = grouped_layout(format, groups);
  memset(panel, 0, layout.stride);
  for (size_t row = 0; row < rows; row++) {
    for (size_t g = 0; g < groups; g++, source += format->file_block_bytes) {
      for (size_t k = 0; k < group_weights(kind); k++) {
        store_code(kind, load_code(kind, source, k), k, row, panel + g * group_code_bytes(kind));
      }
      uint8_t *scales = panel + layout.scales + g * group_scale_bytes(kind);
      if (is_table(kind)) {
        memcpy(scales + 4 * row, source, 4);
        continue;
      }
      const uint8_t *tail = source + INTEGER_GROUP * code_bits(kind) / 8;
      memcpy(scales + 2 * row, tail, 2);
      panel[layout.minimums + g * ZERO_BYTES + row % 8] |= (uint8_t)((tail[2] & 15) << (row / 8 * 4));
    }
  }
}

static struct ck_activation_bytes q8_token_128_bytes(size_t tile, size_t tokens, size_t columns) {
  (void)tile;
  return (struct ck_activation_bytes){
      .codes = tokens * columns,
      .scales = tokens * sizeof(float),
      .corrections = tokens * (columns / INTEGER_GROUP) * sizeof(int32_t),
  };
}

const struct ck_activation ck_activation_q8_token_128 = {"q8_token_128", q8_token_128_bytes};

#define FILE_BYTES(KIND) \
  (KIND == GROUPED_NF4 || KIND == GROUPED_FP4 ? 36 : KIND == GROUPED_INT4 ? 67 \
   : KIND == GROUPED_INT3                     ? 51                             \
                                              : 35)
#define FILE_WEIGHTS(KIND) \
  (KIND == GROUPED_NF4 || KIND == GROUPED_FP4 ? TABLE_BLOCK : INTEGER_GROUP)

#define GROUPED_FORMAT(NAME, ID, KIND, ACTIVATION)                  \
  const struct ck_format ck_format_##NAME = {                       \
      .id = ID,                                                     \
      .unit = FILE_WEIGHTS(KIND),                                   \
      .most_blocks = GROUPED_COLUMNS / FILE_WEIGHTS(KIND),          \
      .file_block_weights = FILE_WEIGHTS(KIND),                     \
      .file_block_bytes = FILE_BYTES(KIND),                         \
      .layout = grouped_layout,                                     \
      .pack = pack_groups_of_rows,                                  \
  };
GROUPED_FORMATS(GROUPED_FORMAT)

const struct ck_kernel *ck_grouped_kernel_at(size_t index) {
#define GROUPED_LIST(ISA) &grouped_table_##ISA,
  static const struct row_table *const tables[] = {GROUPED_ISAS(GROUPED_LIST)};
#undef GROUPED_LIST
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    if (index < tables[i]->count) return tables[i]->kernels + index;
    index -= tables[i]->count;
  }
  return NULL;
}
