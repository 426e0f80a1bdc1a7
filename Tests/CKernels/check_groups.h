// Checks of the kernels whose rows are groups: integers with zero points, and tables of floats.
#ifndef CHECK_GROUPS_H
#define CHECK_GROUPS_H

#include <stddef.h>

/// Checks every such kernel that can run; adds to the counts of checks and failures.
void check_groups(size_t *checks, size_t *failures);

#endif
