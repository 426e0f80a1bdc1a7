// Attention and its companions with NEON.
#if defined(__aarch64__)
#include <math.h>
#include <string.h>

#include "tables.h"

#define CK_QUERIES 4
#define CK_VECTORS 1
#define CK_FMA(A, B, C) __builtin_elementwise_fma(A, B, C)

#include "wide.h"
#include "native_half.h"
#include "wide_functions.h"
#include "attention_loops.h"
#include "cache_loops.h"
#include "row_functions.h"

#define CK_ISA_NAME "neon"
#define CK_ISA_BITS CK_ISA_NEON
CK_TRANSFORMER_ROW(neon)
#endif
