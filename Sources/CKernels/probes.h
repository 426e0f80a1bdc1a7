// The ceilings that kernels are compared with, one set for each instruction set.
#ifndef CKERNELS_PROBES_H
#define CKERNELS_PROBES_H

#include "CKernels.h"

extern const struct ck_probe ck_probe_portable;
#if defined(__x86_64__)
extern const struct ck_probe ck_probe_avx2, ck_probe_avxvnni, ck_probe_avx512vnni;
#elif defined(__aarch64__)
extern const struct ck_probe ck_probe_neon, ck_probe_neon_dotprod, ck_probe_neon_i8mm;
#endif

// Independent chains: the longest latency (6 cycles) times two units is less, and sums and operands
// of 16 registers still stay in registers.
#define CK_PROBE_CHAINS 12

#if defined(__x86_64__)
#define CK_VECTOR_OPERAND(X) "+v"(X)
#else
#define CK_VECTOR_OPERAND(X) "+w"(X)
#endif

/// Repeats an operation on each chain; returns the operations, `EACH` in every step of a chain.
#define CK_DEFINE_PROBE(NAME, VECTOR, START, STEP, EACH)                             \
  static double NAME(size_t iterations) {                                            \
    VECTOR sums[CK_PROBE_CHAINS];                                                    \
    for (int i = 0; i < CK_PROBE_CHAINS; i++) sums[i] = START;                       \
    for (size_t n = 0; n < iterations; n++) {                                        \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < CK_PROBE_CHAINS; i++) { \
        sums[i] = STEP;                                                              \
        __asm__ volatile("" : CK_VECTOR_OPERAND(sums[i]));                           \
      }                                                                              \
    }                                                                                \
    return CK_PROBE_CHAINS * EACH * (double)iterations;                              \
  }

/// Reads every vector once, four at a time, prefetching if asked.
#define CK_DEFINE_READ(NAME, VECTOR, ZERO, LOAD, OR)                                     \
  static void NAME(const uint8_t *data, size_t bytes, size_t ahead) {                    \
    VECTOR sums[4] = {ZERO, ZERO, ZERO, ZERO};                                           \
    for (size_t i = 0; i < bytes; i += 4 * sizeof(VECTOR)) {                             \
      _Pragma("clang loop unroll(full)") for (size_t j = 0; j < 4; j++) {                \
        const uint8_t *next = data + i + j * sizeof(VECTOR);                             \
        if (ahead && (j * sizeof(VECTOR)) % 64 == 0) __builtin_prefetch(next + ahead);   \
        sums[j] = OR(sums[j], LOAD(next));                                               \
      }                                                                                  \
    }                                                                                    \
    for (int j = 0; j < 4; j++) __asm__ volatile("" : CK_VECTOR_OPERAND(sums[j]));       \
  }

#endif
