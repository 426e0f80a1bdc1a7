// Weights in clusters with SMMLA.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "../clustered/clustered.h"
#include "../clustered/tables.h"

#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)

#pragma clang attribute push(__attribute__((target("i8mm,dotprod"))), apply_to = function)

#include "dots_neon_i8mm.h"
#include "clustered_neon.h"

#include "../clustered/cluster_loops.h"
#include "../clustered/quantize_loops.h"

const struct ck_cluster_kernel ck_clusters_neon_i8mm = {
    "neon_i8mm", CK_ISA_NEON | CK_ISA_DOTPROD | CK_ISA_I8MM, CK_TILE,
    quantize_clustered, multiply_clustered, 0, NULL};

#pragma clang attribute pop
#endif
