// The ceilings of AVX2 and AVX-VNNI kernels: 8-bit dot products and FMA from registers, and reading
// memory.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../probes.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

/// Sums of four products of unsigned and signed bytes, in the three instructions that AVX2 needs.
static inline __m256i add_products(__m256i sum) {
  __m256i codes = _mm256_set1_epi8(3);
  // The products must be computed anew in every step.
  __asm__ volatile("" : "+v"(codes));
  const __m256i pairs = _mm256_maddubs_epi16(codes, _mm256_set1_epi8(5));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

CK_DEFINE_PROBE(dot_products_avx2, __m256i, _mm256_set1_epi32(i), add_products(sums[i]), 64.0)
CK_DEFINE_PROBE(multiply_adds, __m256, _mm256_set1_ps(1),
                _mm256_fmadd_ps(_mm256_set1_ps(0.5f), _mm256_set1_ps(0.25f), sums[i]), 16.0)

#define READ(P) _mm256_load_si256((const __m256i *)(P))
CK_DEFINE_READ(read_memory, __m256i, _mm256_setzero_si256(), READ, _mm256_or_si256)

#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,avxvnni"))), apply_to = function)
CK_DEFINE_PROBE(dot_products_vnni, __m256i, _mm256_set1_epi32(i),
                _mm256_dpbusd_avx_epi32(sums[i], _mm256_set1_epi8(3), _mm256_set1_epi8(5)), 64.0)
#pragma clang attribute pop

const struct ck_probe ck_probe_avx2 = {
    "avx2", CK_ISA_AVX2, dot_products_avx2, multiply_adds, NULL, 0, read_memory};
const struct ck_probe ck_probe_avxvnni = {
    "avxvnni", CK_ISA_AVX2 | CK_ISA_AVXVNNI, dot_products_vnni, multiply_adds, NULL, 0, read_memory};
#endif
