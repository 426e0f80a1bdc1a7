// Checks of the kernels whose rows and tokens have zero points, and of activations on a fixed grid.
#ifndef CHECK_CHANNELS_H
#define CHECK_CHANNELS_H

#include <stddef.h>

/// Checks every such kernel that can run; adds to the counts of checks and failures.
void check_channels(size_t *checks, size_t *failures);

#endif
