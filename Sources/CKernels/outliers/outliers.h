// The functions of each instruction set for outlying columns.
#ifndef CKERNELS_OUTLIERS_H
#define CKERNELS_OUTLIERS_H

#include "../formats.h"
#include "CKernelsOutliers.h"

extern const struct ck_outliers ck_outliers_portable, ck_outliers_avx2, ck_outliers_avx512vnni,
    ck_outliers_neon;

#endif
