// The unsigned codes of half a panel, 8 rows, in 256-bit registers. Included inside the including
// file's target attribute.

enum { HALVES = 2, HALF_ROWS = 8, GROUPS = 8 };

CK_INLINE __m256i load_half(const uint8_t *line, int half) {
  return _mm256_load_si256((const __m256i *)(line + 32 * half));
}

/// Moves bits up, or down where `places` is negative. Lanes have 16 bits: the caller masks.
CK_INLINE __m256i moved(__m256i bits, int places) {
  return places < 0 ? _mm256_srli_epi16(bits, -places) : _mm256_slli_epi16(bits, places);
}

/// Adds numbers of `bits` bits at bit `place` of the codes. Nibbles hold groups j and j + 4, the
/// rest one group after the other.
CK_INLINE void add_plane(const uint8_t *source, int half, int bits, int place,
                         __m256i codes[GROUPS]) {
  const __m256i mask = _mm256_set1_epi8((char)(((1 << bits) - 1) << place));
  const int per_byte = 8 / bits;
#pragma clang loop unroll(full)
  for (int g = 0; g < GROUPS; g++) {
    const int vector = bits == 4 ? g % 4 : g / per_byte;
    const int from = (bits == 4 ? g / 4 : g % per_byte) * bits;
    const __m256i number = moved(load_half(source + 64 * vector, half), place - from);
    codes[g] = _mm256_or_si256(codes[g], _mm256_and_si256(number, mask));
  }
}

/// The codes of block j, a constant, of a superblock of trits.
///
/// A byte is a fraction in 256ths; times 3, what it carries out is the first trit, 1 from 86 and 2
/// from 171 on, and what stays is the fraction of the rest. Comparisons are signed, so 128 is
/// added; it stays in place, as 3 * (x + 128) = 3 * x + 128 modulo 256.
CK_INLINE void unpack_trit_block(const uint8_t *superblock, int j, int half,
                                 __m256i codes[GROUPS]) {
  __m256i rest = _mm256_setzero_si256();
#pragma clang loop unroll(full)
  for (int g = 0; g < GROUPS; g++) {
    const int group = GROUPS * j + g, digit = group % CK_TRITS_IN_BYTE;
    const bool starts = g == 0 || digit == 0;
    if (starts) {
      rest = _mm256_xor_si256(load_half(superblock + 64 * (group / CK_TRITS_IN_BYTE), half),
                              _mm256_set1_epi8(-128));
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < (starts ? digit : 1); i++) {
      rest = _mm256_add_epi8(rest, _mm256_add_epi8(rest, rest));
    }
    const __m256i minus = _mm256_add_epi8(_mm256_cmpgt_epi8(rest, _mm256_set1_epi8(85 - 128)),
                                          _mm256_cmpgt_epi8(rest, _mm256_set1_epi8(170 - 128)));
    codes[g] = _mm256_sub_epi8(_mm256_setzero_si256(), minus);
  }
}

/// The codes of block j of a superblock of trits. A branch, which repeats every 8 blocks, is
/// cheaper than to find trits at places that vary.
CK_INLINE void unpack_trits(const uint8_t *superblock, size_t j, int half,
                            __m256i codes[GROUPS]) {
#define CK_CASE(J) \
  case J: unpack_trit_block(superblock, J, half, codes); break;
  switch (j) {
    CK_CASE(0) CK_CASE(1) CK_CASE(2) CK_CASE(3) CK_CASE(4) CK_CASE(5) CK_CASE(6) CK_CASE(7)
  }
#undef CK_CASE
}

CK_INLINE void look_up(__m128i table, __m256i codes[GROUPS]) {
  const __m256i lanes = _mm256_broadcastsi128_si256(table);
#pragma clang loop unroll(full)
  for (int g = 0; g < GROUPS; g++) codes[g] = _mm256_shuffle_epi8(lanes, codes[g]);
}

/// The codes of half a block: codes[g], lane r, byte b is row r of the half, k = 4g + b.
CK_INLINE void unpack_codes(enum ck_codes kind, const struct ck_panel *panel, size_t block,
                            int half, __m256i codes[GROUPS]) {
  const uint8_t *low = panel->codes + block * ck_code_bytes(kind);
  const uint8_t *high = panel->high + block * ck_high_bytes(kind);
#pragma clang loop unroll(full)
  for (int g = 0; g < GROUPS; g++) codes[g] = _mm256_setzero_si256();
  switch (kind) {
  case CK_BYTES:
  case CK_SMALL_BYTES: add_plane(low, half, 8, 0, codes); break;
  case CK_NIBBLES:
  case CK_TABLE_IQ4_NL:
  case CK_TABLE_E2M1: add_plane(low, half, 4, 0, codes); break;
  case CK_FIVE_BITS:
    add_plane(low, half, 4, 0, codes);
    add_plane(high, half, 1, 4, codes);
    break;
  case CK_SIX_BITS:
    add_plane(low, half, 4, 0, codes);
    add_plane(high, half, 2, 4, codes);
    break;
  case CK_CRUMBS: add_plane(low, half, 2, 0, codes); break;
  case CK_THREE_BITS:
    add_plane(low, half, 2, 0, codes);
    add_plane(high, half, 1, 2, codes);
    break;
  case CK_SIGNS: add_plane(low, half, 1, 1, codes); break;
  case CK_TRITS:
    unpack_trits(panel->codes + block / SUPERBLOCK * (CK_TRIT_VECTORS * 64), block % SUPERBLOCK,
                 half, codes);
    break;
  }
  if (kind == CK_TABLE_IQ4_NL) look_up((__m128i)(__v16qu){CK_IQ4_NL_TABLE}, codes);
  if (kind == CK_TABLE_E2M1) look_up((__m128i)(__v16qu){CK_E2M1_TABLE}, codes);
}
