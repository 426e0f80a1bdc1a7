// The arithmetic peaks that no kernel of a processor exceeds: multiply-adds on registers.
#include "CMeasurement.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/// Independent chains: more than the latency times the units of any processor here.
enum { CHAINS = 12 };

/// A function that runs `step` on twelve independent sums of type `vector`.
#define PEAK(name, vector, initial, step, operations)                  \
  static double name(size_t iterations) {                             \
    vector sums[CHAINS];                                              \
    for (int i = 0; i < CHAINS; i++) sums[i] = initial;               \
    for (size_t n = 0; n < iterations; n++) {                         \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) { \
        sums[i] = step;                                               \
        __asm__ volatile("" : VECTOR_OPERAND(sums[i]));               \
      }                                                               \
    }                                                                 \
    return (double)CHAINS * (operations) * (double)iterations;        \
  }

#if defined(__x86_64__)

#define VECTOR_OPERAND(x) "+v"(x)

#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
PEAK(fp32_avx512, __m512, _mm512_set1_ps(1),
     _mm512_fmadd_ps(sums[i], _mm512_set1_ps(0.999f), _mm512_set1_ps(0.001f)), 32)
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bf16"))), apply_to = function)
PEAK(bf16_avx512, __m512, _mm512_set1_ps(1),
     _mm512_dpbf16_ps(sums[i], (__m512bh)_mm512_set1_epi16(0x3f80),
                      (__m512bh)_mm512_set1_epi16(0x3a00)), 64)
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
PEAK(fp32_avx2, __m256, _mm256_set1_ps(1),
     _mm256_fmadd_ps(sums[i], _mm256_set1_ps(0.999f), _mm256_set1_ps(0.001f)), 16)
#pragma clang attribute pop

const char *cm_peak_isa(int type) {
  // __builtin_cpu_supports asks the operating system too.
  const int has_avx512 = __builtin_cpu_supports("avx512f");
  if (type == CM_PEAK_BF16) {
    return has_avx512 && __builtin_cpu_supports("avx512bf16") ? "avx512_bf16" : NULL;
  }
  if (has_avx512) return "avx512f";
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? "avx2" : NULL;
}

double cm_peak(int type, size_t iterations) {
  const char *isa = cm_peak_isa(type);
  if (!isa) return 0;
  if (type == CM_PEAK_BF16) return bf16_avx512(iterations);
  return __builtin_cpu_supports("avx512f") ? fp32_avx512(iterations) : fp32_avx2(iterations);
}

#elif defined(__aarch64__)

#define VECTOR_OPERAND(x) "+w"(x)

PEAK(fp32_neon, float32x4_t, vdupq_n_f32(1),
     vfmaq_f32(sums[i], vdupq_n_f32(0.999f), vdupq_n_f32(0.001f)), 8)

const char *cm_peak_isa(int type) { return type == CM_PEAK_FP32 ? "neon" : NULL; }

double cm_peak(int type, size_t iterations) {
  return type == CM_PEAK_FP32 ? fp32_neon(iterations) : 0;
}

#else

const char *cm_peak_isa(int type) {
  (void)type;
  return NULL;
}

double cm_peak(int type, size_t iterations) {
  (void)type;
  (void)iterations;
  return 0;
}

#endif
