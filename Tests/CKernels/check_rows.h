// Checks of the kernels whose rows have at most one scale: floats, and int8 per row.
#ifndef CHECK_ROWS_H
#define CHECK_ROWS_H

#include <stddef.h>

/// Checks every such kernel that can run; adds to the counts of checks and failures.
void check_rows(size_t *checks, size_t *failures);

#endif
