// The ceilings of AVX-512 VNNI kernels: VPDPBUSD from registers, and reading memory in order.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../probes.h"

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))), apply_to = function)

// 16 independent chains hide the latency: 4 to 6 cycles, 2 a cycle.
#define CHAINS 16

/// Repeats an operation on each chain; returns the operations, `each` in every step of a chain.
#define CK_DEFINE_PROBE(NAME, VECTOR, START, STEP, EACH)                   \
  double NAME(size_t iterations) {                                         \
    VECTOR sums[CHAINS];                                                   \
    for (int i = 0; i < CHAINS; i++) sums[i] = START;                      \
    for (size_t n = 0; n < iterations; n++) {                              \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) { \
        sums[i] = STEP;                                                    \
        __asm__ volatile("" : "+v"(sums[i]));                              \
      }                                                                    \
    }                                                                      \
    return CHAINS * EACH * (double)iterations;                             \
  }

// A multiplication and an addition for each of 64 bytes, 16 f32 and 32 bf16.
static CK_DEFINE_PROBE(dot_products, __m512i, _mm512_set1_epi32(i),
                       _mm512_dpbusd_epi32(sums[i], _mm512_set1_epi8(3), _mm512_set1_epi8(5)), 128.0)
static CK_DEFINE_PROBE(multiply_adds, __m512, _mm512_set1_ps(1),
                       _mm512_fmadd_ps(_mm512_set1_ps(0.5f), _mm512_set1_ps(0.25f), sums[i]), 32.0)
static __attribute__((target("avx512bf16"))) CK_DEFINE_PROBE(
    bf16_dot_products, __m512, _mm512_set1_ps(1),
    _mm512_dpbf16_ps(sums[i], (__m512bh)_mm512_set1_epi16(0x3F00), (__m512bh)_mm512_set1_epi16(0x3E80)),
    64.0)

static void read_memory(const uint8_t *data, size_t bytes, size_t ahead) {
  __m512i sums[4] = {0};
  for (size_t i = 0; i < bytes; i += 256) {
#pragma clang loop unroll(full)
    for (size_t j = 0; j < 4; j++) {
      if (ahead) _mm_prefetch((const char *)data + i + 64 * j + ahead, _MM_HINT_T0);
      sums[j] = _mm512_or_si512(sums[j], _mm512_load_si512(data + i + 64 * j));
    }
  }
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) __asm__ volatile("" : "+v"(sums[j]));
}

const struct ck_probe ck_probe_avx512vnni = {
    "avx512vnni",  CK_ISA_AVX512VNNI, dot_products, multiply_adds, bf16_dot_products,
    CK_ISA_AVX512BF16, read_memory};

#pragma clang attribute pop
#endif
