#ifndef CKERNELS_PROBES_H
#define CKERNELS_PROBES_H

#include "CKernels.h"

#if defined(__x86_64__)
extern const struct ck_probe ck_probe_avx512vnni;
#endif

#endif
