// The instruction sets that attention and its companions are compiled for.
#ifndef CKERNELS_ATTENTION_TABLES_H
#define CKERNELS_ATTENTION_TABLES_H

#include "CKernels.h"
#include "CKernelsTransformer.h"

// X(isa): in order of preference, the best last.
#if defined(__x86_64__)
#define CK_TRANSFORMER_ISAS(X) X(portable) X(avx2) X(avx512)
#elif defined(__aarch64__)
#define CK_TRANSFORMER_ISAS(X) X(portable) X(neon)
#else
#define CK_TRANSFORMER_ISAS(X) X(portable)
#endif

#define CK_DECLARE_TRANSFORMER(ISA) extern const struct ck_transformer ck_transformer_##ISA;
CK_TRANSFORMER_ISAS(CK_DECLARE_TRANSFORMER)
#undef CK_DECLARE_TRANSFORMER

#endif
