// The table of kernels: every format of every instruction set, collected from the files that
// implement them; and the probes of the machine's ceilings.
#include "probes.h"
#include "tables.h"

#define CK_ID_CK_Q8_32 "q8_32"
#define CK_ID_CK_Q8_256 "q8_256"

#define CK_DEFINE_FORMAT(FORMAT, CODES, SCALES, MINIMUM, OFFSET, ACTIVATION, WEIGHTS, BYTES) \
  const struct ck_format ck_format_##FORMAT = {                                              \
      .id = #FORMAT,                                                                         \
      .activation = CK_ID_##ACTIVATION,                                                      \
      .file_block_weights = WEIGHTS,                                                         \
      .file_block_bytes = BYTES,                                                             \
      .offset = OFFSET,                                                                      \
      .has_minimum = MINIMUM,                                                                \
  };
CK_BLOCK_FORMATS(CK_DEFINE_FORMAT)

const struct ck_kernel *ck_kernel_at(size_t index) {
#define CK_LIST_ISA(ISA) ck_kernels_##ISA,
  static const struct ck_kernel *const tables[] = {CK_ISAS(CK_LIST_ISA)};
  const size_t table = index / CK_KERNELS_PER_ISA;
  return table < sizeof tables / sizeof *tables ? tables[table] + index % CK_KERNELS_PER_ISA : NULL;
}

const struct ck_probe *ck_probe_at(size_t index) {
#if defined(__x86_64__)
  static const struct ck_probe *const probes[] = {&ck_probe_avx512vnni};
  return index < sizeof probes / sizeof *probes ? probes[index] : NULL;
#else
  (void)index;
  return NULL;
#endif
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
  }
  return isa;
}
#elif !defined(__aarch64__)  // Arm asks the operating system: arm/detect.c.
uint32_t ck_host_isa(void) { return 0; }
#endif
