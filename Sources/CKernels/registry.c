// The table of kernels: every format of every instruction set, collected from the files that
// implement them; and the probes of the machine's ceilings.
#include "grouped/tables.h"
#include "probes.h"
#include "tables.h"

#define CK_DEFINE_FORMAT(FORMAT, CODES, SCALES, MINIMUM, OFFSET, ACTIVATION, WEIGHTS, BYTES) \
  const struct ck_format ck_format_##FORMAT = {                                              \
      .id = #FORMAT,                                                                         \
      .unit = CK_BLOCK,                                                                      \
      .most_blocks = PTRDIFF_MAX,                                                            \
      .file_block_weights = WEIGHTS,                                                         \
      .file_block_bytes = BYTES,                                                             \
      .layout = ck_panel_layout,                                                             \
      .pack = ck_pack_panel,                                                                 \
      .offset = OFFSET,                                                                      \
      .has_minimum = MINIMUM,                                                                \
  };
CK_BLOCK_FORMATS(CK_DEFINE_FORMAT)

/// Codes, a scale a block, and `sums` entries of both kinds a block.
static struct ck_activation_bytes block_bytes(size_t tile, size_t tokens, size_t columns,
                                              size_t sums) {
  const size_t blocks = ck_padded_tokens(tile, tokens) * (columns / CK_BLOCK);
  return (struct ck_activation_bytes){blocks * CK_BLOCK, blocks * sizeof(float),
                                      sums * blocks * sizeof(int32_t),
                                      sums * blocks * sizeof(float)};
}

static struct ck_activation_bytes q8_32_bytes(size_t tile, size_t tokens, size_t columns) {
  return block_bytes(tile, tokens, columns, 1);
}

static struct ck_activation_bytes q8_256_bytes(size_t tile, size_t tokens, size_t columns) {
  return block_bytes(tile, tokens, columns, 2);
}

const struct ck_activation ck_activation_q8_32 = {"q8_32", q8_32_bytes};
const struct ck_activation ck_activation_q8_256 = {"q8_256", q8_256_bytes};

const struct ck_kernel *ck_kernel_at(size_t index) {
#define CK_LIST_ISA(ISA) ck_kernels_##ISA,
  static const struct ck_kernel *const tables[] = {CK_ISAS(CK_LIST_ISA)};
#undef CK_LIST_ISA
  const size_t table = index / CK_KERNELS_PER_ISA;
  if (table < sizeof tables / sizeof *tables) return tables[table] + index % CK_KERNELS_PER_ISA;
  index -= sizeof tables / sizeof *tables * CK_KERNELS_PER_ISA;
  for (size_t rows = 0;; rows++) {
    const struct ck_kernel *kernel = ck_row_kernel_at(rows);
    if (!kernel) return ck_grouped_kernel_at(index - rows);
    if (rows == index) return kernel;
  }
}

const struct ck_probe *ck_probe_at(size_t index) {
  static const struct ck_probe *const probes[] = {
      &ck_probe_portable,
#if defined(__x86_64__)
      &ck_probe_avx2,     &ck_probe_avxvnni,      &ck_probe_avx512vnni,
#elif defined(__aarch64__)
      &ck_probe_neon,     &ck_probe_neon_dotprod, &ck_probe_neon_i8mm,
#endif
  };
  return index < sizeof probes / sizeof *probes ? probes[index] : NULL;
}

#if defined(__x86_64__)
uint32_t ck_host_isa(void) {
  __builtin_cpu_init();
  uint32_t isa = 0;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("f16c")) {
    isa |= CK_ISA_AVX2;
  }
  if (isa && __builtin_cpu_supports("avxvnni")) isa |= CK_ISA_AVXVNNI;
  if (isa && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni")) {
    isa |= CK_ISA_AVX512VNNI;
    if (__builtin_cpu_supports("avx512bf16")) isa |= CK_ISA_AVX512BF16;
  }
  return isa;
}
#elif !defined(__aarch64__)  // Arm asks the operating system: arm/detect.c.
uint32_t ck_host_isa(void) { return 0; }
#endif
