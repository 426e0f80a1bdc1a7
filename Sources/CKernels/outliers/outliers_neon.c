// The product of outlying columns, compiled for neon.
#if defined(__aarch64__)
#include "../portable/half.h"
#include "outliers.h"

#include "outlier_loops.h"

const struct ck_outliers ck_outliers_neon = {"neon", CK_ISA_NEON, find, largest, multiply};
#endif
