// The ceilings of AVX-512 VNNI kernels: VPDPBUSD from registers, and reading memory in order.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../probes.h"

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))), apply_to = function)

/// 12 independent chains hide the latency of VPDPBUSD (4 to 5 cycles, 2 a cycle).
static double dot_products(size_t iterations) {
  __m512i sums[12];
  for (int i = 0; i < 12; i++) sums[i] = _mm512_set1_epi32(i);
  const __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
  for (size_t n = 0; n < iterations; n++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 12; i++) {
      sums[i] = _mm512_dpbusd_epi32(sums[i], a, b);
      __asm__ volatile("" : "+v"(sums[i]));
    }
  }
  // A multiplication and an addition for each of 64 bytes.
  return 12.0 * 128.0 * (double)iterations;
}

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
    "avx512vnni", CK_ISA_AVX512VNNI, dot_products, read_memory};

#pragma clang attribute pop
#endif
