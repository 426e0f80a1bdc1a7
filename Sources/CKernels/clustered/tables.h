// The products of each instruction set for weights in clusters.
#ifndef CKERNELS_CLUSTERED_TABLES_H
#define CKERNELS_CLUSTERED_TABLES_H

#include "CKernelsClusters.h"

extern const struct ck_cluster_kernel ck_clusters_portable, ck_clusters_avx2, ck_clusters_avxvnni,
    ck_clusters_avx512vnni, ck_clusters_neon, ck_clusters_neon_dotprod, ck_clusters_neon_i8mm;

#endif
