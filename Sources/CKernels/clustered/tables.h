// The products of each instruction set for weights in clusters.
#ifndef CKERNELS_CLUSTERED_TABLES_H
#define CKERNELS_CLUSTERED_TABLES_H

#include "CKernelsClusters.h"

extern const struct ck_cluster_kernel ck_clusters_portable, ck_clusters_avx2, ck_clusters_avx512vnni;

#endif
