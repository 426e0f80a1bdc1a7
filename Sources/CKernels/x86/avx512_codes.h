// Unpacking the codes of a packed panel with AVX-512: codes[g], lane r, byte b is row r, k = 4g + b
// of a block, unsigned. Included inside the including file's target attribute.

/// (vector >> shift, or << -shift) & mask | codes: one shift and one ternary-logic operation.
CK_INLINE __m512i add_bits(__m512i codes, __m512i vector, int shift, char mask) {
  const __m512i placed = shift < 0 ? _mm512_slli_epi16(vector, (unsigned)-shift)
                                   : _mm512_srli_epi16(vector, (unsigned)shift);
  // 0xF8 is a | (b & c).
  return _mm512_ternarylogic_epi32(codes, placed, _mm512_set1_epi8(mask), 0xF8);
}

/// Splits 4 vectors of nibbles: low nibbles are k = 0...15, high nibbles k = 16...31.
CK_INLINE void unpack_nibbles(const uint8_t *source, __m512i codes[8]) {
  const __m512i low = _mm512_set1_epi8(15);
#pragma clang loop unroll(full)
  for (int j = 0; j < 4; j++) {
    const __m512i both = _mm512_load_si512(source + 64 * j);
    codes[j] = _mm512_and_si512(both, low);
    codes[j + 4] = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
  }
}

/// Adds a plane of 1 bit, as bit `to` of the codes.
CK_INLINE void add_bit_plane(const uint8_t *source, int to, __m512i codes[8]) {
  const __m512i bits = _mm512_load_si512(source);
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) codes[g] = add_bits(codes[g], bits, g - to, (char)(1 << to));
}

/// Adds a plane of 2 bits, from bit `to` of the codes on.
CK_INLINE void add_crumb_plane(const uint8_t *source, int to, __m512i codes[8]) {
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) {
    const __m512i crumbs = _mm512_load_si512(source + 64 * (g / 4));
    codes[g] = add_bits(codes[g], crumbs, 2 * (g % 4) - to, (char)(3 << to));
  }
}

CK_INLINE void look_up(__m128i table, __m512i codes[8]) {
  const __m512i lanes = _mm512_broadcast_i32x4(table);
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) codes[g] = _mm512_shuffle_epi8(lanes, codes[g]);
}

/// The trits of 8 groups of a superblock, from `first` on.
///
/// A byte is a fraction of its five trits: times 3^d without the carry drops d of them, and the
/// carry of one more multiplication by 3 is the next. Even and odd bytes go in 16-bit lanes.
CK_INLINE void unpack_trits(const uint8_t *superblock, size_t first, __m512i codes[8]) {
  static const uint16_t powers[CK_TRITS_IN_BYTE] = {1, 3, 9, 27, 81};
  const __m512i upper = _mm512_set1_epi16((short)0xFF00);
#pragma clang loop unroll(full)
  for (size_t g = 0; g < 8; g++) {
    const __m512i bytes =
        _mm512_load_si512(superblock + 64 * ((first + g) / CK_TRITS_IN_BYTE));
    const __m512i power = _mm512_set1_epi16((short)powers[(first + g) % CK_TRITS_IN_BYTE]);
    const __m512i even = _mm512_mullo_epi16(_mm512_slli_epi16(bytes, 8), power);
    const __m512i odd = _mm512_mullo_epi16(_mm512_and_si512(bytes, upper), power);
    // The odd trit lands in the upper byte; what is left of its fraction in the lower.
    codes[g] = _mm512_ternarylogic_epi32(
        _mm512_mulhi_epu16(even, _mm512_set1_epi16(3)),
        _mm512_mulhi_epu16(odd, _mm512_set1_epi16(3 * 256)), upper, 0xF8);
  }
}

/// The unsigned codes of one block.
CK_INLINE void unpack_codes(enum ck_codes kind, const struct ck_panel *panel, size_t block,
                            __m512i codes[8]) {
  const uint8_t *low = panel->codes + block * ck_code_bytes(kind);
  const uint8_t *high = panel->high + block * ck_high_bytes(kind);
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) codes[g] = _mm512_setzero_si512();
  switch (kind) {
  case CK_BYTES:
  case CK_SMALL_BYTES:
#pragma clang loop unroll(full)
    for (int g = 0; g < 8; g++) codes[g] = _mm512_load_si512(low + 64 * g);
    break;
  case CK_CRUMBS: add_crumb_plane(low, 0, codes); break;
  case CK_THREE_BITS:
    add_crumb_plane(low, 0, codes);
    add_bit_plane(high, 2, codes);
    break;
  case CK_SIGNS: add_bit_plane(low, 1, codes); break;
  case CK_TRITS:
    unpack_trits(panel->codes + block / SUPERBLOCK * (CK_TRIT_VECTORS * 64),
                 8 * (block % SUPERBLOCK), codes);
    break;
  case CK_NIBBLES: unpack_nibbles(low, codes); break;
  case CK_FIVE_BITS:
    unpack_nibbles(low, codes);
    add_bit_plane(high, 4, codes);
    break;
  case CK_SIX_BITS:
    unpack_nibbles(low, codes);
    add_crumb_plane(high, 4, codes);
    break;
  case CK_TABLE_IQ4_NL:
    unpack_nibbles(low, codes);
    look_up((__m128i)(__v16qu){CK_IQ4_NL_TABLE}, codes);
    break;
  case CK_TABLE_E2M1:
    unpack_nibbles(low, codes);
    look_up((__m128i)(__v16qu){CK_E2M1_TABLE}, codes);
    break;
  }
}
