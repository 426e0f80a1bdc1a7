// The ceilings of NEON kernels: 8-bit dot products and FMA from registers, and reading memory.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "../probes.h"

CK_DEFINE_PROBE(multiply_adds, float32x4_t, vdupq_n_f32(1),
                vfmaq_f32(sums[i], vdupq_n_f32(0.5f), vdupq_n_f32(0.25f)), 8.0)

/// Eight products, added in pairs: what NEON has without dot products.
static inline int32x4_t add_products(int32x4_t sum) {
  int8x8_t codes = vdup_n_s8(3);
  // The products must be computed anew in every step.
  __asm__ volatile("" : "+w"(codes));
  return vpadalq_s16(sum, vmull_s8(codes, vdup_n_s8(5)));
}

CK_DEFINE_PROBE(products, int32x4_t, vdupq_n_s32(i), add_products(sums[i]), 16.0)

#define READ(P) vld1q_u8(P)
CK_DEFINE_READ(read_memory, uint8x16_t, vdupq_n_u8(0), READ, vorrq_u8)

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
CK_DEFINE_PROBE(dot_products, int32x4_t, vdupq_n_s32(i),
                vdotq_s32(sums[i], vdupq_n_s8(3), vdupq_n_s8(5)), 32.0)
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("i8mm"))), apply_to = function)
CK_DEFINE_PROBE(matrix_products, int32x4_t, vdupq_n_s32(i),
                vmmlaq_s32(sums[i], vdupq_n_s8(3), vdupq_n_s8(5)), 64.0)
#pragma clang attribute pop

const struct ck_probe ck_probe_neon = {
    "neon", CK_ISA_NEON, products, multiply_adds, NULL, 0, read_memory};
const struct ck_probe ck_probe_neon_dotprod = {
    "neon_dotprod", CK_ISA_NEON | CK_ISA_DOTPROD, dot_products, multiply_adds, NULL, 0, read_memory};
const struct ck_probe ck_probe_neon_i8mm = {
    "neon_i8mm", CK_ISA_NEON | CK_ISA_DOTPROD | CK_ISA_I8MM, matrix_products, multiply_adds, NULL, 0,
    read_memory};
#endif
