// Weights in clusters with AVX2: activations in f32.
#if defined(__x86_64__)
#include "../clustered/clustered.h"
#include "../clustered/tables.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

// Two panels of two registers each leave room for three tokens.
#define CK_FLOAT_TILE 3
#define CK_FLOAT_WIDTHS(X) X(1) X(2) X(3)
#define CK_MULTIPLY_ADD __builtin_elementwise_fma
#include "../clustered/float_loops.h"

const struct ck_cluster_kernel ck_clusters_avx2 = {"avx2", CK_ISA_AVX2, 0, NULL,
                                                   multiply_clustered_floats};

#pragma clang attribute pop
#endif
