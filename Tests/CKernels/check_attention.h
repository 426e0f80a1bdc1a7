// Checks of attention over caches of clusters; tests in Swift cover the other formats.
#ifndef CHECK_ATTENTION_H
#define CHECK_ATTENTION_H

#include <stddef.h>

/// Checks every instruction set that can run; adds to the counts of checks and failures.
void check_attention(size_t *checks, size_t *failures);

#endif
