// The ceilings of AVX-512 kernels: VPDPBUSD, FMA and VDPBF16PS from registers, and reading memory.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../probes.h"

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))), apply_to = function)

// A multiplication and an addition for each of 64 bytes, 16 f32 and 32 bf16.
CK_DEFINE_PROBE(dot_products, __m512i, _mm512_set1_epi32(i),
                _mm512_dpbusd_epi32(sums[i], _mm512_set1_epi8(3), _mm512_set1_epi8(5)), 128.0)
CK_DEFINE_PROBE(multiply_adds, __m512, _mm512_set1_ps(1),
                _mm512_fmadd_ps(_mm512_set1_ps(0.5f), _mm512_set1_ps(0.25f), sums[i]), 32.0)

#define READ(P) _mm512_load_si512(P)
CK_DEFINE_READ(read_memory, __m512i, _mm512_setzero_si512(), READ, _mm512_or_si512)

#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bf16"))), apply_to = function)
CK_DEFINE_PROBE(bf16_dot_products, __m512, _mm512_set1_ps(1),
                _mm512_dpbf16_ps(sums[i], (__m512bh)_mm512_set1_epi16(0x3F00),
                                 (__m512bh)_mm512_set1_epi16(0x3E80)),
                64.0)
#pragma clang attribute pop

const struct ck_probe ck_probe_avx512vnni = {
    "avx512vnni",  CK_ISA_AVX512VNNI, dot_products, multiply_adds, bf16_dot_products,
    CK_ISA_AVX512BF16, read_memory};
#endif
