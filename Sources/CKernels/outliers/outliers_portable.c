// The product of outlying columns, compiled for portable.
#include "../portable/half.h"
#include "outliers.h"

#include "outlier_loops.h"

const struct ck_outliers ck_outliers_portable = {"portable", 0, find, largest, multiply};
