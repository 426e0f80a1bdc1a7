// The scales of a superblock of a packed panel as AVX-512 kernels use them. Included inside the
// including file's target attribute.
//
// VPDPBUSD leaves integers, scales are floats, and on ports 0 and 5, which do all 512-bit
// arithmetic, a conversion costs as much as a dot product. So integer sums start at 1.5 * 2^23 in
// the bits of a float, M: a sum d below 2^22 then *is* the float M + d, and M is taken off again
// where that is free.
//
//     EXACT        (M + d) scale - M scale, fused, is d scale rounded once. 2 operations a block:
//                  this one, and the product with the activation scale, which is added.
//     CONVERTED    As everybody does it, with a conversion: for scales up to 2^127, which times M
//                  would be infinite. 3 operations a block.
//     ALTERNATING  Blocks share an activation scale. partial += (M + d) scale, 1 operation a block,
//                  starting from -M (sum of scales). Activation codes and scales of every other
//                  block are negated, so that M cancels from block to block and the partial sum
//                  stays near M scale: rounding costs about half an integer unit of d.
//     FOLDED       Codes times whole-number scales still fit in bytes: one integer sum for the
//                  superblock, 2 operations.

enum work { EXACT, CONVERTED, ALTERNATING, FOLDED };

CK_INLINE enum work work_of(struct ck_shape shape) {
  switch (shape.scales) {
  case CK_K2:
  case CK_K3:
  case CK_F16_256: return FOLDED;
  case CK_E8M0: return CONVERTED;
  default: return shape.activation == CK_Q8_256 ? ALTERNATING : EXACT;
  }
}

/// M, and its bits as an integer.
#define CK_MAGIC 0x1.8p23f
enum { MAGIC_BITS = 0x4B400000 };

/// Whether float sums of a superblock start with something of all its scales.
CK_INLINE bool needs_superblock(struct ck_shape shape) {
  return work_of(shape) == ALTERNATING || work_of(shape) == FOLDED;
}

/// Integer sums of a block that get a scale of their own.
CK_INLINE int sums_of(struct ck_shape shape) {
  return work_of(shape) == FOLDED ? 1 : ck_segments(shape.scales);
}

/// Whether minimums are whole numbers that meet 16-bit sums of activation codes.
CK_INLINE bool has_whole_minimums(struct ck_shape shape) {
  return shape.scales == CK_K2 || shape.scales == CK_K4;
}

/// The scales of up to 8 blocks of a panel.
struct superblock {
  /// One a sum: EXACT and CONVERTED; ALTERNATING, with its sign. FOLDED: one.
  _Alignas(64) float scales[2 * SUPERBLOCK][CK_PANEL_ROWS];
  /// EXACT: -M scale a block. ALTERNATING: the start of the partial sum.
  _Alignas(64) float addends[SUPERBLOCK][CK_PANEL_ROWS];
  /// Floats, one a block; or pairs of 16 bits, of two blocks or of the halves of one.
  _Alignas(64) int32_t minimums[SUPERBLOCK][CK_PANEL_ROWS];
  /// -dmin, for whole minimums.
  _Alignas(64) float minimum_scale[CK_PANEL_ROWS];
};

CK_INLINE __m512 f16_scales(const uint8_t *source) {
  return _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)source));
}

CK_INLINE __m512 times_bytes(__m512 scale, __m128i bytes) {
  return _mm512_mul_ps(scale, _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes)));
}

/// 2^(e - 128) of 16 E8M0 exponents; the two smallest are subnormal.
CK_INLINE __m512 e8m0_scales(const uint8_t *source) {
  const __m512i e = _mm512_cvtepu8_epi32(_mm_load_si128((const __m128i *)source));
  const __m512i one = _mm512_set1_epi32(1);
  const __m512i normal = _mm512_slli_epi32(_mm512_sub_epi32(e, one), 23);
  const __m512i subnormal = _mm512_sllv_epi32(_mm512_set1_epi32(0x00200000), e);
  const __mmask16 tiny = _mm512_cmple_epu32_mask(e, one);
  return _mm512_castsi512_ps(_mm512_mask_mov_epi32(normal, tiny, subnormal));
}

/// Half of 16 unsigned E4M3: as the bits of an f16 they are 2^-8 too small.
CK_INLINE __m512 ue4m3_scales(const uint8_t *source) {
  const __m128i bytes = _mm_load_si128((const __m128i *)source);
  const __m256i bits = _mm256_slli_epi16(
      _mm256_and_si256(_mm256_cvtepu8_epi16(bytes), _mm256_set1_epi16(0x7F)), 7);
  const __mmask16 numbers = _mm_cmpneq_epu8_mask(bytes, _mm_set1_epi8(0x7F));
  return _mm512_maskz_mul_ps(numbers, _mm512_cvtph_ps(bits), _mm512_set1_ps(0x1p7f));
}

/// The scales of segment s of one block.
CK_INLINE __m512 load_scales(enum ck_scales kind, const struct ck_panel *panel, size_t block,
                             size_t s) {
  const size_t super = block / SUPERBLOCK, j = block % SUPERBLOCK;
  const uint8_t *stream = panel->scales;
  switch (kind) {
  case CK_F16: return f16_scales(stream + block * 32);
  case CK_F16_64: return f16_scales(stream + block / 2 * 32);
  case CK_F16_128: return f16_scales(stream + block / 4 * 32);
  case CK_F16_256: return f16_scales(stream + super * 32);
  case CK_E8M0: return e8m0_scales(stream + block * 16);
  case CK_UE4M3: return ue4m3_scales(stream + block * 32 + s * 16);
  case CK_K2: return f16_scales(stream + super * CK_K2_BYTES + CK_K2_D);
  case CK_K3: return f16_scales(stream + super * CK_K3_BYTES + CK_K3_D);
  case CK_K4:
    stream += super * CK_K4_BYTES;
    return times_bytes(f16_scales(stream + CK_K4_D), k4_scales(stream, j));
  case CK_K6:
    stream += super * CK_K6_BYTES;
    return times_bytes(f16_scales(stream + CK_K6_D), k6_scales(stream, 2 * j + s));
  case CK_XS:
    stream += super * CK_XS_BYTES;
    return times_bytes(f16_scales(stream + CK_XS_D), xs_scales(stream, j));
  case CK_F32:
  case CK_F32_16: __builtin_unreachable();  // Chunks here hold superblocks.
  }
}

/// Pairs of 16 bits of the lower halves of two vectors of 32 bits.
CK_INLINE __m512i halves_of(__m512i low, __m512i high) {
  return _mm512_mask_blend_epi16(0xAAAAAAAA, low, _mm512_slli_epi32(high, 16));
}

/// Two bytes of each row as pairs of 16 bits.
CK_INLINE __m512i pairs_of(__m128i low, __m128i high) {
  return _mm512_or_si512(_mm512_cvtepu8_epi32(low),
                         _mm512_slli_epi32(_mm512_cvtepu8_epi32(high), 16));
}

/// Unpacks the minimums of a superblock.
CK_INLINE void unpack_minimums(struct ck_shape shape, const struct ck_panel *panel, size_t first,
                               size_t count, struct superblock *out) {
  const uint8_t *stream = panel->scales;
  const __m512 zero = _mm512_setzero_ps();
  if (shape.scales == CK_K2) {
    stream += first / SUPERBLOCK * CK_K2_BYTES;
    for (size_t j = 0; j < SUPERBLOCK; j++) {
      _mm512_store_si512(out->minimums[j], pairs_of(k2_minimums(stream, 2 * j),
                                                    k2_minimums(stream, 2 * j + 1)));
    }
    _mm512_store_ps(out->minimum_scale, _mm512_sub_ps(zero, f16_scales(stream + CK_K2_DMIN)));
  } else if (shape.scales == CK_K4) {
    stream += first / SUPERBLOCK * CK_K4_BYTES;
    for (size_t j = 0; j < SUPERBLOCK; j += 2) {
      _mm512_store_si512(out->minimums[j / 2],
                         pairs_of(k4_minimums(stream, j), k4_minimums(stream, j + 1)));
    }
    _mm512_store_ps(out->minimum_scale, _mm512_sub_ps(zero, f16_scales(stream + CK_K4_DMIN)));
  } else {
    for (size_t j = 0; j < count; j++) {
      _mm512_store_ps(out->minimums[j], f16_scales(panel->minimums + (first + j) * 32));
    }
  }
}

/// Unpacks the scales of `count` blocks from `first` on, where a superblock starts.
CK_INLINE void unpack_superblock(struct ck_shape shape, const struct ck_panel *panel, size_t first,
                                 size_t count, struct superblock *out) {
  const enum work work = work_of(shape);
  const size_t sums = (size_t)sums_of(shape);
  const __m512 magic = _mm512_set1_ps(-CK_MAGIC);
  if (work == FOLDED) count = 1;
  __m512 total = _mm512_setzero_ps();
  for (size_t j = 0; j < count; j++) {
    for (size_t s = 0; s < sums; s++) {
      __m512 scale = load_scales(shape.scales, panel, first + j, s);
      if (work == ALTERNATING && (sums == 2 ? s : j % 2)) {
        scale = _mm512_sub_ps(_mm512_setzero_ps(), scale);
      }
      _mm512_store_ps(out->scales[j * sums + s], scale);
      if (work == EXACT) _mm512_store_ps(out->addends[j], _mm512_mul_ps(magic, scale));
      total = _mm512_add_ps(total, scale);
    }
  }
  if (work == ALTERNATING) _mm512_store_ps(out->addends[0], _mm512_mul_ps(magic, total));
  if (shape.minimum) unpack_minimums(shape, panel, first, count, out);
}

/// Multiplies the codes of a block with its whole-number scales.
///
/// A 16-bit lane holds two codes; their products do not carry, because both fit in a byte:
/// Q2_K's are at most 3 * 15, Q3_K's (code - 4) scale + 124 is from 0 to 252.
CK_INLINE void fold_scales(struct ck_shape shape, const struct ck_panel *panel, size_t block,
                           __m512i codes[8]) {
  const size_t super = block / SUPERBLOCK, j = block % SUPERBLOCK;
  if (shape.scales != CK_K2 && shape.scales != CK_K3) return;
  const uint8_t *stream =
      panel->scales + super * (shape.scales == CK_K2 ? CK_K2_BYTES : CK_K3_BYTES);
#pragma clang loop unroll(full)
  for (size_t s = 0; s < 2; s++) {
    const __m128i bytes =
        shape.scales == CK_K2 ? k2_scales(stream, 2 * j + s) : k3_scales(stream, 2 * j + s);
    const __m512i scale = _mm512_cvtepi8_epi32(bytes);
    const __m512i both = _mm512_mask_blend_epi16(0xAAAAAAAA, scale, _mm512_slli_epi32(scale, 16));
    // In every byte 124 - 4 scale, which is from 0 to 252.
    const __m512i offset = _mm512_mullo_epi16(
        _mm512_sub_epi16(_mm512_set1_epi16(124), _mm512_slli_epi16(both, 2)),
        _mm512_set1_epi16(0x0101));
#pragma clang loop unroll(full)
    for (size_t g = 4 * s; g < 4 * s + 4; g++) {
      codes[g] = _mm512_mullo_epi16(codes[g], both);
      if (shape.scales == CK_K3) codes[g] = _mm512_add_epi16(codes[g], offset);
    }
  }
}

/// Whether the whole-number scales of packed blocks meet sums of products rather than codes: cheaper
/// for so few tokens.
CK_INLINE bool has_late_scales(struct ck_shape shape, int tokens) {
  return (shape.scales == CK_K2 && tokens <= 2) || (shape.scales == CK_K3 && tokens <= 4);
}

/// The whole-number scales of the halves of a block, as pairs of 16 bits.
CK_INLINE __m512i whole_scales(struct ck_shape shape, const struct ck_panel *panel,
                               size_t block) {
  const size_t super = block / SUPERBLOCK, j = block % SUPERBLOCK;
  const bool two = shape.scales == CK_K2;
  const uint8_t *stream = panel->scales + super * (two ? CK_K2_BYTES : CK_K3_BYTES);
  const __m128i low = two ? k2_scales(stream, 2 * j) : k3_scales(stream, 2 * j);
  const __m128i high = two ? k2_scales(stream, 2 * j + 1) : k3_scales(stream, 2 * j + 1);
  return halves_of(_mm512_cvtepi8_epi32(low), _mm512_cvtepi8_epi32(high));
}

/// What unsigned codes have on top of a weight's integer value, after folding.
CK_INLINE int32_t stored_offset(struct ck_shape shape) {
  return shape.scales == CK_K3 ? 124 : shape.offset;
}
