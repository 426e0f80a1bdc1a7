// Weights in clusters with NEON alone.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "../clustered/clustered.h"
#include "../clustered/tables.h"

#define CK_TILE 4
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4)

#include "dots_neon.h"
#include "clustered_neon.h"

#include "../clustered/cluster_loops.h"
#include "../clustered/quantize_loops.h"

const struct ck_cluster_kernel ck_clusters_neon = {
    "neon", CK_ISA_NEON, CK_TILE,
    quantize_clustered, multiply_clustered, 0, NULL};
#endif
