// Checks of the products of weights in clusters.
#ifndef CHECK_CLUSTERS_H
#define CHECK_CLUSTERS_H

#include <stddef.h>

/// Checks every such kernel that can run; adds to the counts of checks and failures.
void check_clusters(size_t *checks, size_t *failures);

#endif
