// The product of outlying columns, compiled for avx2.
#if defined(__x86_64__)
#include "../portable/half.h"
#include "outliers.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "outlier_loops.h"

const struct ck_outliers ck_outliers_avx2 = {"avx2", CK_ISA_AVX2, find, largest, multiply};

#pragma clang attribute pop
#endif
