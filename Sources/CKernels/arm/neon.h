// What the Arm kernels share: unpacking the codes and scales of four rows of a panel.
//
// Four rows ("a quad") are one 16-byte vector of every group of 4 k. The order of loops is block,
// quad, token: the 8 code vectors of a quad are unpacked once for all tokens of the tile, and only
// one accumulator a token is live, which leaves registers for the activations of 8 tokens.
#ifndef CKERNELS_ARM_NEON_H
#define CKERNELS_ARM_NEON_H

#include <arm_neon.h>

#include "../tables.h"
#include "../tiles.h"

/// Quads of rows in a panel.
enum { QUADS = CK_PANEL_ROWS / 4 };

/// What an instruction set multiplies: codes as stored, or codes that fit in an int8.
enum code_sign { UNSIGNED_CODES, SIGNED_CODES };

/// Whether a shape is a chunk that `unpack_chunk` wrote: its codes are int8 and have no offset.
CK_INLINE bool is_chunk(struct ck_shape shape) { return shape.scales == CK_F32; }

/// Whether unpacked codes still contain the offset, so that sums start with the correction.
/// As int8, codes + 128 lose it by flipping their highest bit, and tables are stored without it.
CK_INLINE bool has_offset(struct ck_shape shape, enum code_sign sign) {
  if (shape.offset == 0) return false;
  return sign == UNSIGNED_CODES || shape.codes == CK_NIBBLES || shape.codes == CK_FIVE_BITS;
}

/// Splits 4 vectors of nibbles: low nibbles are k = 0...15, high nibbles k = 16...31.
CK_INLINE void unpack_nibbles(const uint8_t *source, uint8x16_t codes[8]) {
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    const uint8x16_t both = vld1q_u8(source + 64 * j);
    codes[j] = vandq_u8(both, vdupq_n_u8(15));
    codes[j + 4] = vshrq_n_u8(both, 4);
  }
}

/// Adds 16 to the codes whose fifth bit is set.
CK_INLINE void add_fifth_bits(const uint8_t *source, uint8x16_t codes[8]) {
  const uint8x16_t bits = vld1q_u8(source);
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) {
    // A positive count shifts left.
    const uint8x16_t placed = vshlq_u8(bits, vdupq_n_s8((int8_t)(4 - g)));
    codes[g] = vorrq_u8(codes[g], vandq_u8(placed, vdupq_n_u8(16)));
  }
}

CK_INLINE void look_up(uint8x16_t table, uint8x16_t flip, uint8x16_t codes[8]) {
  const uint8x16_t values = veorq_u8(table, flip);
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) codes[g] = vqtbl1q_u8(values, codes[g]);
}

/// The codes of one quad and block: codes[g], byte 4 r + b is row r of the quad, k = 4g + b.
/// In a chunk they lie as `unpack_chunk` stored them.
CK_INLINE void unpack_quad(struct ck_shape shape, enum code_sign sign,
                           const struct ck_panel *panel, size_t block, size_t quad,
                           uint8x16_t codes[8]) {
  const uint8_t *source = panel->codes + block * ck_code_bytes(shape.codes) + 16 * quad;
  const uint8x16_t flip = vdupq_n_u8(sign == SIGNED_CODES && !is_chunk(shape) ? 0x80 : 0);
  if (ck_is_bytes(shape.codes)) {
#pragma clang loop unroll(full)
    for (int g = 0; g < 8; g++) codes[g] = veorq_u8(vld1q_u8(source + 64 * g), flip);
    return;
  }
  unpack_nibbles(source, codes);
  if (shape.codes == CK_FIVE_BITS) add_fifth_bits(panel->high + block * 64 + 16 * quad, codes);
  if (shape.codes == CK_TABLE_IQ4_NL) look_up((uint8x16_t){CK_IQ4_NL_TABLE}, flip, codes);
  if (shape.codes == CK_TABLE_MXFP4) look_up((uint8x16_t){CK_MXFP4_TABLE}, flip, codes);
}

/// The codes of one quad and block as int8 without offset, the way a chunk holds them.
CK_INLINE void unpack_signed(struct ck_shape shape, const struct ck_panel *panel, size_t block,
                             size_t quad, uint8x16_t codes[8]) {
  unpack_quad(shape, SIGNED_CODES, panel, block, quad, codes);
  if (!has_offset(shape, SIGNED_CODES)) return;
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) codes[g] = vsubq_u8(codes[g], vdupq_n_u8((uint8_t)shape.offset));
}

/// (bytes >> shift) & mask; a negative shift is to the left.
CK_INLINE uint8x16_t bits_of(uint8x16_t bytes, int shift, uint8_t mask) {
  return vandq_u8(vshlq_u8(bytes, vdupq_n_s8((int8_t)-shift)), vdupq_n_u8(mask));
}

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

/// IQ4_XS's scales of sub-block j, int8.
CK_INLINE uint8x16_t xs_scales(const uint8_t *superblock, size_t j) {
  const uint8x16_t low = bits_of(scale_bytes(superblock, 2 + j / 2), j % 2 ? 4 : 0, 0x0F);
  const uint8x16_t high = bits_of(scale_bytes(superblock, j / 4), (int)(2 * (j % 4)), 0x03);
  return vsubq_u8(vorrq_u8(low, vshlq_n_u8(high, 4)), vdupq_n_u8(32));
}

/// The int8 scales and minimums of 16 rows in one block, where a superblock has some.
struct integer_scales {
  uint8x16_t scales, minimums;
};

CK_INLINE struct integer_scales load_integer_scales(enum ck_scales kind,
                                                    const struct ck_panel *panel, size_t block) {
  struct integer_scales integers = {vdupq_n_u8(0), vdupq_n_u8(0)};
  const uint8_t *superblock =
      panel->scales + block / SUPERBLOCK * SUPERBLOCK * ck_scale_bytes(kind);
  if (kind == CK_K4) {
    integers.scales = k4_scales(superblock, block % SUPERBLOCK);
    integers.minimums = k4_minimums(superblock, block % SUPERBLOCK);
  }
  if (kind == CK_XS) integers.scales = xs_scales(superblock, block % SUPERBLOCK);
  return integers;
}

/// 2^(e - 128) of 4 E8M0 exponents; the two smallest are subnormal.
CK_INLINE float32x4_t e8m0_scales(const uint8_t *source) {
  const uint8x8_t bytes = vcreate_u8((uint32_t)ck_load32(source));
  const uint32x4_t e = vmovl_u16(vget_low_u16(vmovl_u8(bytes)));
  const uint32x4_t normal = vshlq_n_u32(vsubq_u32(e, vdupq_n_u32(1)), 23);
  const uint32x4_t subnormal = vshlq_u32(vdupq_n_u32(0x00200000), vreinterpretq_s32_u32(e));
  const uint32x4_t tiny = vcltq_u32(e, vdupq_n_u32(2));
  return vreinterpretq_f32_u32(vbslq_u32(tiny, subnormal, normal));
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

/// The scales of one quad and block.
CK_INLINE float32x4_t load_scales(enum ck_scales kind, const struct ck_panel *panel, size_t block,
                                  size_t quad, struct integer_scales integers) {
  const uint8_t *stream = panel->scales;
  const size_t superblock = block / SUPERBLOCK;
  switch (kind) {
  case CK_F16: return f16_scales(stream + block * 32, quad);
  case CK_E8M0: return e8m0_scales(stream + block * 16 + 4 * quad);
  case CK_F32: return f32_scales(stream + block * 64, quad);
  case CK_K4:
    return times_bytes(f16_scales(stream + superblock * CK_K4_BYTES + CK_K4_D, quad),
                       integers.scales, quad);
  case CK_XS:
    return times_bytes(f16_scales(stream + superblock * CK_XS_BYTES + CK_XS_D, quad),
                       integers.scales, quad);
  }
}

/// The minimums of one quad and block.
CK_INLINE float32x4_t load_minimums(enum ck_scales kind, const struct ck_panel *panel,
                                    size_t block, size_t quad, struct integer_scales integers) {
  if (kind == CK_F32) return f32_scales(panel->minimums + block * 64, quad);
  if (kind != CK_K4) return f16_scales(panel->minimums + block * 32, quad);
  const uint8_t *superblock = panel->scales + block / SUPERBLOCK * CK_K4_BYTES;
  return vnegq_f32(
      times_bytes(f16_scales(superblock + CK_K4_DMIN, quad), integers.minimums, quad));
}

#endif
