// The rows of the table of kernels for weights in groups.
#ifndef CKERNELS_GROUPED_TABLES_H
#define CKERNELS_GROUPED_TABLES_H

#include "../rowwise/tables.h"
#include "grouped.h"

// X(name, identifier, kind, activations)
#define GROUPED_FORMATS(X)                                    \
  X(int4_g128, "int4-g128", GROUPED_INT4, q8_token_128)       \
  X(int3_g128, "int3-g128", GROUPED_INT3, q8_token_128)       \
  X(int2_g128, "int2-g128", GROUPED_INT2, q8_token_128)       \
  X(nf4, "nf4", GROUPED_NF4, f32)                             \
  X(fp4, "fp4", GROUPED_FP4, f32)

extern const struct ck_activation ck_activation_q8_token_128;
#define GROUPED_DECLARE_FORMAT(NAME, ...) extern const struct ck_format ck_format_##NAME;
GROUPED_FORMATS(GROUPED_DECLARE_FORMAT)
#undef GROUPED_DECLARE_FORMAT

/// Defines the entry points of one format.
#define GROUPED_DEFINE(NAME, ID, KIND, ACTIVATION)            \
  static void matmul_##NAME(const struct ck_matmul_args *args) { \
    multiply_groups(KIND, args);                              \
  }                                                           \
  static void pack_##NAME(const struct ck_quantize_args *args) { pack_activations(KIND, args); }

/// One row; CK_ISA_NAME, CK_ISA_BITS and CK_TILE belong to the including file.
#define GROUPED_ROW(NAME, ID, KIND, ACTIVATION)                                            \
  {&ck_format_##NAME, &ck_activation_##ACTIVATION, CK_ISA_NAME, CK_ISA_BITS, CK_TILE, CK_TILE,      \
   matmul_##NAME, pack_##NAME},

/// Defines the functions and the table of an instruction set.
#define GROUPED_TABLE(ISA)                                                      \
  GROUPED_FORMATS(GROUPED_DEFINE)                                               \
  static const struct ck_kernel grouped_kernels[] = {GROUPED_FORMATS(GROUPED_ROW)}; \
  const struct row_table grouped_table_##ISA = {                                \
      grouped_kernels, sizeof grouped_kernels / sizeof *grouped_kernels};

// X(isa): in order of preference, the best last.
#if defined(__x86_64__)
#define GROUPED_ISAS(X) X(portable) X(avx2) X(avxvnni) X(avx512vnni)
#elif defined(__aarch64__)
#define GROUPED_ISAS(X) X(portable) X(neon) X(neon_dotprod) X(neon_i8mm)
#else
#define GROUPED_ISAS(X) X(portable)
#endif

#define GROUPED_DECLARE(ISA) extern const struct row_table grouped_table_##ISA;
GROUPED_ISAS(GROUPED_DECLARE)
#undef GROUPED_DECLARE

/// Row `index` of the kernels of weights in groups, or NULL after the last.
const struct ck_kernel *ck_grouped_kernel_at(size_t index);

#endif
