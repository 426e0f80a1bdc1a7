// The rows of the table of kernels for weights whose rows have at most one scale.
#ifndef CKERNELS_ROWWISE_TABLES_H
#define CKERNELS_ROWWISE_TABLES_H

#include "rowwise.h"

extern const struct ck_format ck_format_f32, ck_format_f16, ck_format_bf16, ck_format_llm_int8,
    ck_format_int8_rowsum, ck_format_int6_channel, ck_format_int4_channel;
extern const struct ck_activation ck_activation_f32, ck_activation_bf16, ck_activation_q8_token,
    ck_activation_u8_token, ck_activation_u6_token, ck_activation_u4_token;

// X(format, kind, activations): what instruction sets multiply, floats and integers.
#define ROW_FLOATS(X)   \
  X(f32, ROW_F32, f32)  \
  X(f16, ROW_F16, f32)  \
  X(bf16, ROW_BF16, f32)
#define ROW_INTEGERS(X)                      \
  X(llm_int8, ROW_INT8, q8_token)            \
  X(int8_rowsum, ROW_CHANNEL8, u8_token)    \
  X(int6_channel, ROW_CHANNEL6, u6_token)    \
  X(int4_channel, ROW_CHANNEL4, u4_token)

/// The kernels of an instruction set.
struct row_table {
  const struct ck_kernel *kernels;
  size_t count;
};

/// Defines the entry points of one format.
#define ROW_DEFINE(FORMAT, KIND, ACTIVATION)                                                      \
  static void matmul_##FORMAT(const struct ck_matmul_args *args) { multiply(KIND, args); }        \
  static void pack_##FORMAT(const struct ck_quantize_args *args) { pack_tiles(KIND, args); }

/// One row; CK_ISA_NAME, CK_ISA_BITS and CK_TILE belong to the including file.
#define ROW_TABLE_ROW(FORMAT, KIND, ACTIVATION)                                                  \
  {&ck_format_##FORMAT, &ck_activation_##ACTIVATION, CK_ISA_NAME, CK_ISA_BITS, CK_TILE, CK_TILE,          \
   matmul_##FORMAT, pack_##FORMAT},

/// Defines the functions and the table of an instruction set.
#define ROW_TABLE(ISA, FORMATS)                                              \
  FORMATS(ROW_DEFINE)                                                        \
  static const struct ck_kernel row_kernels[] = {FORMATS(ROW_TABLE_ROW)};    \
  const struct row_table row_table_##ISA = {row_kernels, sizeof row_kernels / sizeof *row_kernels};

// X(isa): in order of preference, the best last. Which of the two ways to multiply bf16 is better
// depends on the processor.
#if defined(__x86_64__)
#define ROW_ISAS(X) X(portable) X(avx2) X(avxvnni) X(avx512bf16) X(avx512vnni)
#define ROW_ISAS_BF16_LAST(X) X(portable) X(avx2) X(avxvnni) X(avx512vnni) X(avx512bf16)
#elif defined(__aarch64__)
#define ROW_ISAS(X) X(portable) X(neon) X(neon_dotprod) X(neon_i8mm)
#define ROW_ISAS_BF16_LAST ROW_ISAS
#else
#define ROW_ISAS(X) X(portable)
#define ROW_ISAS_BF16_LAST ROW_ISAS
#endif

#define ROW_DECLARE(ISA) extern const struct row_table row_table_##ISA;
ROW_ISAS(ROW_DECLARE)
#undef ROW_DECLARE

/// Row `index` of the kernels of row formats, or NULL after the last.
const struct ck_kernel *ck_row_kernel_at(size_t index);

#endif
