// How the checks of rows, channels and groups count, and what they say of failures.
#ifndef CHECKING_H
#define CHECKING_H

#include <stdio.h>

/// Failures of all checks that are described; the others are counted alone.
enum { MAX_REPORTED_FAILURES = 10 };

/// Counts a check, and a failure with its description; `checks` and `failures` point at the counts.
#define CHECK(CONDITION, ...)                                    \
  do {                                                           \
    ++*checks;                                                   \
    if (!(CONDITION) && ++*failures <= MAX_REPORTED_FAILURES) {  \
      printf("FAILED " __VA_ARGS__);                             \
      printf("\n");                                              \
    }                                                            \
  } while (0)

#endif
