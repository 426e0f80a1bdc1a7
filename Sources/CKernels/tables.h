// The rows that an instruction set adds to the table of kernels.
#ifndef CKERNELS_TABLES_H
#define CKERNELS_TABLES_H

#include "formats.h"

#define CK_DECLARE_FORMAT(FORMAT, ...) extern const struct ck_format ck_format_##FORMAT;
CK_BLOCK_FORMATS(CK_DECLARE_FORMAT)
#undef CK_DECLARE_FORMAT

extern const struct ck_activation ck_activation_q8_32, ck_activation_q8_256;
#define CK_ACTIVATION_CK_Q8_32 &ck_activation_q8_32
#define CK_ACTIVATION_CK_Q8_256 &ck_activation_q8_256

/// How many kernels an instruction set has.
#define CK_COUNT_FORMAT(...) +1
enum { CK_KERNELS_PER_ISA = 0 CK_BLOCK_FORMATS(CK_COUNT_FORMAT) };

// X(isa): in order of preference, the best last.
#if defined(__x86_64__)
#define CK_ISAS(X) X(portable) X(avx2) X(avxvnni) X(avx512vnni)
#elif defined(__aarch64__)
#define CK_ISAS(X) X(portable) X(neon) X(neon_dotprod) X(neon_i8mm)
#else
#define CK_ISAS(X) X(portable)
#endif

#define CK_DECLARE_ISA(ISA) extern const struct ck_kernel ck_kernels_##ISA[CK_KERNELS_PER_ISA];
CK_ISAS(CK_DECLARE_ISA)
#undef CK_DECLARE_ISA

/// One row, inside CK_TABLE; CK_ISA_NAME, CK_ISA_BITS and the tiles (tiles.h) belong to the including
/// file.
#define CK_TABLE_ROW(FORMAT, CODES, SCALES, MINIMUM, OFFSET, ACTIVATION, ...)            \
  {&ck_format_##FORMAT, CK_ACTIVATION_##ACTIVATION, CK_ISA_NAME, CK_ISA_BITS,            \
   CK_TILE_OF(SCALES), CK_LONE_TILE, matmul_##FORMAT, quantize_##FORMAT},

#endif
