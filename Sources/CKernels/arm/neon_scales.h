// Unpacking the scales and minimums of four rows of a panel with NEON.
#ifndef CKERNELS_ARM_NEON_SCALES_H
#define CKERNELS_ARM_NEON_SCALES_H

#include "neon_codes.h"

/// The most segments of a block.
enum { MOST_SEGMENTS = 2 };

/// Byte `index` of the packed scales of every row of a superblock.
CK_INLINE uint8x16_t scale_bytes(const uint8_t *superblock, size_t index) {
  return vld1q_u8(superblock + CK_PANEL_ROWS * index);
}

/// Q4_K's and Q5_K's scales of sub-block j.
CK_INLINE uint8x16_t k4_scales(const uint8_t *superblock, size_t j) {
  if (j < 4) return bits_of(scale_bytes(superblock, j), 0, 0x3F);
  return vorrq_u8(bits_of(scale_bytes(superblock, j + 4), 0, 0x0F),
                  bits_of(scale_bytes(superblock, j - 4), 2, 0x30));
}

/// Q4_K's and Q5_K's minimums of sub-block j.
CK_INLINE uint8x16_t k4_minimums(const uint8_t *superblock, size_t j) {
  if (j < 4) return bits_of(scale_bytes(superblock, j + 4), 0, 0x3F);
  return vorrq_u8(bits_of(scale_bytes(superblock, j + 4), 4, 0x0F),
                  bits_of(scale_bytes(superblock, j), 2, 0x30));
}

/// 6 bits from two bytes, less 32, as int8.
CK_INLINE uint8x16_t six_bit_scales(uint8x16_t low, size_t low_shift, uint8x16_t high,
                                    size_t high_shift) {
  const uint8x16_t all = vorrq_u8(bits_of(low, (int)low_shift, 0x0F),
                                  bits_of(high, (int)high_shift - 4, 0x30));
  return vsubq_u8(all, vdupq_n_u8(32));
}

/// IQ4_XS's scales of sub-block j.
CK_INLINE uint8x16_t xs_scales(const uint8_t *superblock, size_t j) {
  return six_bit_scales(scale_bytes(superblock, 2 + j / 2), j % 2 * 4,
                        scale_bytes(superblock, j / 4), j % 4 * 2);
}

/// Q3_K's scales of sub-block j.
CK_INLINE uint8x16_t k3_scales(const uint8_t *superblock, size_t j) {
  return six_bit_scales(scale_bytes(superblock, j % 8), j / 8 * 4,
                        scale_bytes(superblock, 8 + j % 4), j / 4 * 2);
}

/// The int8 scales and minimums of 16 rows in the segments of one block, where a superblock has
/// some.
struct integer_scales {
  uint8x16_t scales[MOST_SEGMENTS], minimums[MOST_SEGMENTS];
};

CK_INLINE struct integer_scales load_integer_scales(enum ck_scales kind,
                                                    const struct ck_panel *panel, size_t block) {
  struct integer_scales integers = {{vdupq_n_u8(0), vdupq_n_u8(0)}, {vdupq_n_u8(0), vdupq_n_u8(0)}};
  const size_t segments = (size_t)ck_segments(kind);
  const uint8_t *superblock =
      panel->scales + block / SUPERBLOCK * SUPERBLOCK * ck_scale_bytes(kind);
#pragma clang loop unroll(full)
  for (size_t s = 0; s < segments; s++) {
    const size_t j = block % SUPERBLOCK * segments + s;
    if (kind == CK_K2) {
      integers.scales[s] = bits_of(scale_bytes(superblock, j), 0, 0x0F);
      integers.minimums[s] = vshrq_n_u8(scale_bytes(superblock, j), 4);
    }
    if (kind == CK_K3) integers.scales[s] = k3_scales(superblock, j);
    if (kind == CK_K4) {
      integers.scales[s] = k4_scales(superblock, j);
      integers.minimums[s] = k4_minimums(superblock, j);
    }
    if (kind == CK_K6) integers.scales[s] = scale_bytes(superblock, j);
    if (kind == CK_XS) integers.scales[s] = xs_scales(superblock, j);
  }
  return integers;
}

/// 4 bytes as integers of 32 bits.
CK_INLINE uint32x4_t widen_bytes(const uint8_t *source) {
  const uint8x8_t bytes = vcreate_u8((uint32_t)ck_load32(source));
  return vmovl_u16(vget_low_u16(vmovl_u8(bytes)));
}

/// 2^(e - 128) of 4 E8M0 exponents; the two smallest are subnormal.
CK_INLINE float32x4_t e8m0_scales(const uint8_t *source) {
  const uint32x4_t e = widen_bytes(source);
  const uint32x4_t normal = vshlq_n_u32(vsubq_u32(e, vdupq_n_u32(1)), 23);
  const uint32x4_t subnormal = vshlq_u32(vdupq_n_u32(0x00200000), vreinterpretq_s32_u32(e));
  const uint32x4_t tiny = vcltq_u32(e, vdupq_n_u32(2));
  return vreinterpretq_f32_u32(vbslq_u32(tiny, subnormal, normal));
}

/// Half of 4 unsigned E4M3, where 0x7F is 0. As the bits of an f16, whose exponent has a bias of 15
/// instead of 7, a number is 2^-8 of itself.
CK_INLINE float32x4_t ue4m3_scales(const uint8_t *source) {
  const uint32x4_t bytes = widen_bytes(source);
  const uint32x4_t kept = vbicq_u32(bytes, vceqq_u32(bytes, vdupq_n_u32(0x7F)));
  const uint16x4_t bits = vshl_n_u16(vmovn_u32(vandq_u32(kept, vdupq_n_u32(0x7F))), 7);
  return vmulq_n_f32(vcvt_f32_f16(vreinterpret_f16_u16(bits)), 0x1p7f);
}

/// The f16 numbers of one quad.
CK_INLINE float32x4_t f16_scales(const uint8_t *source, size_t quad) {
  return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(source + 8 * quad)));
}

CK_INLINE float32x4_t f32_scales(const uint8_t *source, size_t quad) {
  return vreinterpretq_f32_u8(vld1q_u8(source + 16 * quad));
}

/// scale * int8, of one quad.
CK_INLINE float32x4_t times_bytes(float32x4_t scale, uint8x16_t bytes, size_t quad) {
  const int8x16_t all = vreinterpretq_s8_u8(bytes);
  const int16x8_t half = quad < 2 ? vmovl_s8(vget_low_s8(all)) : vmovl_high_s8(all);
  const int32x4_t mine = quad % 2 ? vmovl_high_s16(half) : vmovl_s16(vget_low_s16(half));
  return vmulq_f32(scale, vcvtq_f32_s32(mine));
}

/// d times an integer scale, of one quad; `d` is where a superblock of `bytes` bytes keeps d.
CK_INLINE float32x4_t super_scales(const struct ck_panel *panel, size_t block, size_t bytes,
                                   size_t d, uint8x16_t integers, size_t quad) {
  const uint8_t *superblock = panel->scales + block / SUPERBLOCK * bytes;
  return times_bytes(f16_scales(superblock + d, quad), integers, quad);
}

/// The scales of one quad in segment s of one block.
CK_INLINE float32x4_t load_scales(enum ck_scales kind, const struct ck_panel *panel, size_t block,
                                  size_t s, size_t quad, const struct integer_scales *integers) {
  const uint8_t *stream = panel->scales;
  const uint8x16_t bytes = integers->scales[s];
  switch (kind) {
  case CK_F16: return f16_scales(stream + block * 32, quad);
  case CK_F16_64: return f16_scales(stream + block / 2 * 32, quad);
  case CK_F16_128: return f16_scales(stream + block / 4 * 32, quad);
  case CK_F16_256: return f16_scales(stream + block / 8 * 32, quad);
  case CK_E8M0: return e8m0_scales(stream + block * 16 + 4 * quad);
  case CK_UE4M3: return ue4m3_scales(stream + (2 * block + s) * 16 + 4 * quad);
  case CK_F32: return f32_scales(stream + block * 64, quad);
  case CK_F32_16: return f32_scales(stream + (2 * block + s) * 64, quad);
  case CK_K2: return super_scales(panel, block, CK_K2_BYTES, CK_K2_D, bytes, quad);
  case CK_K3: return super_scales(panel, block, CK_K3_BYTES, CK_K3_D, bytes, quad);
  case CK_K4: return super_scales(panel, block, CK_K4_BYTES, CK_K4_D, bytes, quad);
  case CK_K6: return super_scales(panel, block, CK_K6_BYTES, CK_K6_D, bytes, quad);
  case CK_XS: return super_scales(panel, block, CK_XS_BYTES, CK_XS_D, bytes, quad);
  }
}

/// The minimums of one quad in segment s of one block.
CK_INLINE float32x4_t load_minimums(enum ck_scales kind, const struct ck_panel *panel,
                                    size_t block, size_t s, size_t quad,
                                    const struct integer_scales *integers) {
  const uint8x16_t bytes = integers->minimums[s];
  switch (kind) {
  case CK_F32: return f32_scales(panel->minimums + block * 64, quad);
  case CK_F32_16: return f32_scales(panel->minimums + (2 * block + s) * 64, quad);
  case CK_K2:
    return vnegq_f32(super_scales(panel, block, CK_K2_BYTES, CK_K2_DMIN, bytes, quad));
  case CK_K4:
    return vnegq_f32(super_scales(panel, block, CK_K4_BYTES, CK_K4_DMIN, bytes, quad));
  default: return f16_scales(panel->minimums + block * 32, quad);
  }
}

#endif
