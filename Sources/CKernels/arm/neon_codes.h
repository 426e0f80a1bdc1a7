// Unpacking the codes of four rows of a panel with NEON.
//
// Four rows ("a quad") are one 16-byte vector of every group of 4 k. The order of loops is block,
// quad, token: the 8 code vectors of a quad are unpacked once for all tokens of the tile, and only
// one accumulator a token is live, which leaves registers for the activations of 8 tokens.
#ifndef CKERNELS_ARM_NEON_CODES_H
#define CKERNELS_ARM_NEON_CODES_H

#include <arm_neon.h>

#include "../formats.h"

/// Quads of rows in a panel.
enum { QUADS = CK_PANEL_ROWS / 4 };
/// Groups of 4 k in a block.
enum { GROUPS = CK_BLOCK / 4 };

/// Some groups of a block: first..<end.
struct groups {
  int first, end;
};

/// What an instruction set multiplies: codes as stored, or codes that fit in an int8.
enum code_sign { UNSIGNED_CODES, SIGNED_CODES };

/// Whether a shape is a chunk that `unpack_chunk` wrote: its codes are int8 and have no offset.
CK_INLINE bool is_chunk(struct ck_shape shape) {
  return shape.scales == CK_F32 || shape.scales == CK_F32_16;
}

/// Whether codes use all 8 bits, so that as int8 they lose their offset of 128.
CK_INLINE bool is_wide(enum ck_codes codes) {
  return ck_is_bytes(codes) || codes == CK_TABLE_IQ4_NL;
}

/// Whether unpacked codes still contain the offset, so that sums start with the correction.
CK_INLINE bool has_offset(struct ck_shape shape, enum code_sign sign) {
  return shape.offset != 0 && (sign == UNSIGNED_CODES || !is_wide(shape.codes));
}

/// (bytes >> shift) & mask; a negative shift is to the left.
CK_INLINE uint8x16_t bits_of(uint8x16_t bytes, int shift, uint8_t mask) {
  return vandq_u8(vshlq_u8(bytes, vdupq_n_s8((int8_t)-shift)), vdupq_n_u8(mask));
}

/// Splits 4 vectors of nibbles: low nibbles are groups 0 to 3, high nibbles groups 4 to 7.
CK_INLINE void unpack_nibbles(const uint8_t *source, uint8x16_t codes[GROUPS]) {
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    const uint8x16_t both = vld1q_u8(source + 64 * j);
    codes[j] = vandq_u8(both, vdupq_n_u8(15));
    codes[j + 4] = vshrq_n_u8(both, 4);
  }
}

/// Adds a plane of `bits` bits to the codes, from bit `place` on: each byte of a vector holds the
/// bits of the next 8 / bits groups.
CK_INLINE void add_plane(const uint8_t *source, int bits, int place, uint8x16_t codes[GROUPS]) {
  const int per_byte = 8 / bits;
  const uint8_t mask = (uint8_t)(((1 << bits) - 1) << place);
#pragma clang loop unroll(full)
  for (int g = 0; g < GROUPS; g++) {
    const uint8x16_t bytes = vld1q_u8(source + 64 * (g / per_byte));
    codes[g] = vorrq_u8(codes[g], bits_of(bytes, g % per_byte * bits - place, mask));
  }
}

/// The carry of 3 * byte out of 8 bits: (byte + byte / 2) / 128.
CK_INLINE uint8x16_t carry_of_triple(uint8x16_t bytes) {
  return vshrq_n_u8(vhaddq_u8(bytes, vshrq_n_u8(bytes, 1)), 6);
}

/// The trits of block `block` of a superblock.
CK_INLINE void unpack_trits(const uint8_t *superblock, size_t block, uint8x16_t codes[GROUPS]) {
  static const uint8_t powers[CK_TRITS_IN_BYTE] = {1, 3, 9, 27, 81};
#pragma clang loop unroll(full)
  for (size_t g = 0; g < GROUPS; g++) {
    const size_t group = GROUPS * block + g;
    const uint8x16_t bytes = vld1q_u8(superblock + 64 * (group / CK_TRITS_IN_BYTE));
    const uint8x16_t power = vld1q_dup_u8(powers + group % CK_TRITS_IN_BYTE);
    codes[g] = carry_of_triple(vmulq_u8(bytes, power));
  }
}

CK_INLINE void look_up(uint8x16_t table, uint8x16_t flip, uint8x16_t codes[GROUPS]) {
  const uint8x16_t values = veorq_u8(table, flip);
#pragma clang loop unroll(full)
  for (int g = 0; g < GROUPS; g++) codes[g] = vqtbl1q_u8(values, codes[g]);
}

/// Codes of 8 bits, in a chunk as `unpack_chunk` stored them.
CK_INLINE void load_bytes(const uint8_t *source, uint8x16_t flip, uint8x16_t codes[GROUPS]) {
#pragma clang loop unroll(full)
  for (int g = 0; g < GROUPS; g++) codes[g] = veorq_u8(vld1q_u8(source + 64 * g), flip);
}

/// The codes of one quad and block: codes[g], byte 4 r + b is row r of the quad, k = 4g + b.
/// As int8, codes + 128 lose the 128 by flipping their highest bit.
CK_INLINE void unpack_quad(struct ck_shape shape, enum code_sign sign,
                           const struct ck_panel *panel, size_t block, size_t quad,
                           uint8x16_t codes[GROUPS]) {
  const uint8_t *low = panel->codes + block * ck_code_bytes(shape.codes) + 16 * quad;
  const uint8_t *high = panel->high + block * ck_high_bytes(shape.codes) + 16 * quad;
  const uint8x16_t flip = vdupq_n_u8(sign == SIGNED_CODES && !is_chunk(shape) ? 0x80 : 0);
#pragma clang loop unroll(full)
  for (int g = 0; g < GROUPS; g++) codes[g] = vdupq_n_u8(0);
  switch (shape.codes) {
  case CK_BYTES:
  case CK_SMALL_BYTES: load_bytes(low, flip, codes); break;
  case CK_NIBBLES: unpack_nibbles(low, codes); break;
  case CK_FIVE_BITS:
    unpack_nibbles(low, codes);
    add_plane(high, 1, 4, codes);
    break;
  case CK_SIX_BITS:
    unpack_nibbles(low, codes);
    add_plane(high, 2, 4, codes);
    break;
  case CK_CRUMBS: add_plane(low, 2, 0, codes); break;
  case CK_THREE_BITS:
    add_plane(low, 2, 0, codes);
    add_plane(high, 1, 2, codes);
    break;
  case CK_SIGNS: add_plane(low, 1, 1, codes); break;
  case CK_TRITS:
    unpack_trits(panel->codes + block / SUPERBLOCK * (CK_TRIT_VECTORS * 64) + 16 * quad,
                 block % SUPERBLOCK, codes);
    break;
  case CK_TABLE_IQ4_NL:
    unpack_nibbles(low, codes);
    look_up((uint8x16_t){CK_IQ4_NL_TABLE}, flip, codes);
    break;
  case CK_TABLE_E2M1:
    unpack_nibbles(low, codes);
    look_up((uint8x16_t){CK_E2M1_TABLE}, vdupq_n_u8(0), codes);
    break;
  }
}

/// The codes of one quad and block as int8 without offset, the way a chunk holds them.
CK_INLINE void unpack_signed(struct ck_shape shape, const struct ck_panel *panel, size_t block,
                             size_t quad, uint8x16_t codes[GROUPS]) {
  unpack_quad(shape, SIGNED_CODES, panel, block, quad, codes);
  if (!has_offset(shape, SIGNED_CODES)) return;
#pragma clang loop unroll(full)
  for (int g = 0; g < GROUPS; g++) {
    codes[g] = vsubq_u8(codes[g], vdupq_n_u8((uint8_t)shape.offset));
  }
}

#endif
