// C[m,n] = A[m,k] * B[k,n] of f32, f16, bf16 and int8 rows with NEON alone.
//
// Floats: fused multiply-adds by lane; f16 is converted, bf16 shifted.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "../grouped/tables.h"

#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)

#include "dots_neon.h"
#include "rowwise_neon.h"

#include "../rowwise/activation_loops.h"
#include "../rowwise/row_loops.h"

#define CK_ISA_NAME "neon"
#define CK_ISA_BITS CK_ISA_NEON
#define FORMATS(X) ROW_FLOATS(X) ROW_INTEGERS(X)
ROW_TABLE(neon, FORMATS)

#include "grouped_neon.h"

#include "../grouped/group_loops.h"
GROUPED_TABLE(neon)
#endif
