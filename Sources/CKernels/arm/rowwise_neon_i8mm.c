// C[m,n] = A[m,k] * B[k,n] of int8 rows with SMMLA.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "../grouped/tables.h"

#pragma clang attribute push(__attribute__((target("i8mm,dotprod"))), apply_to = function)

#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)

#include "dots_neon_i8mm.h"
#include "rowwise_neon.h"

#include "../rowwise/activation_loops.h"
#include "../rowwise/row_loops.h"

#define CK_ISA_NAME "neon_i8mm"
#define CK_ISA_BITS (CK_ISA_NEON | CK_ISA_DOTPROD | CK_ISA_I8MM)
ROW_TABLE(neon_i8mm, ROW_INTEGERS)

#include "grouped_neon.h"

#include "../grouped/group_loops.h"
GROUPED_TABLE(neon_i8mm)

#pragma clang attribute pop
#endif
