// The product of outlying columns, compiled for avx512vnni.
#if defined(__x86_64__)
#include "../portable/half.h"
#include "outliers.h"

#pragma clang attribute push(                                                        \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), \
    apply_to = function)

#include "outlier_loops.h"

const struct ck_outliers ck_outliers_avx512vnni = {"avx512vnni", CK_ISA_AVX512VNNI, find, largest,
                                                   multiply};

#pragma clang attribute pop
#endif
