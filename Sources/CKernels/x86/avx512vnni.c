// C[m,n] = A[m,k] * B[k,n] with VPDPBUSD on 512 bits: 16 rows x 4 k in one instruction.
//
// Port limits on Golden Cove, where ports 0 and 5 take all 512-bit arithmetic, as shares of the
// VPDPBUSD peak, by the work on integer sums (avx512_scales.h):
//
//     EXACT             8 / (8 + 2)                   0.80   q4_0 q5_0 q8_0 iq4_nl q1_0 q2_0
//     CONVERTED         8 / (8 + 3)                   0.73   mxfp4
//     ALTERNATING       64 / (64 + 8 + 1)             0.88   iq4_xs
//       minimums        64 / (64 + 8 + 8 + 1)         0.79   q4_1 q5_1
//       whole minimums  64 / (64 + 8 + 4 + 3)         0.81   q4_k q5_k
//       16 a scale      64 / (64 + 16 + 1)            0.79   q6_k nvfp4
//     FOLDED            64 / (64 + 3)                 0.96   q3_k tq1_0 tq2_0
//       whole minimums  64 / (64 + 3 + 8 + 2)         0.83   q2_k
//
// A lone tile of up to 16 tokens meets codes on their way from the packed panel; its 16 chains hide
// the latency of 5 cycles on both ports. Unpacking is then work of its only tile, a block of 16
// tokens 12 operations for nibbles, 20 with a table, 28 with one or two more bits:
//
//     128 / (128 + 2 * 16 + 3)        0.79   q8_0
//     128 / (128 + 2 * 16 + 12 + 3)   0.73   q4_0          with 20: iq4_nl 0.70, 28: q5_0 0.67
//     128 / (128 + 3 * 16 + 20 + 5)   0.64   mxfp4
//     128 / (128 + 16 + 20 + 3)       0.77   iq4_xs
//     128 / (128 + 2 * 16 + 12 + 3)   0.73   q4_1          with 28: q5_1 0.67
//     128 / (128 + 28 + 12 + 4)       0.74   q4_k          with 28: q5_k 0.68
//     128 / (128 + 2 * 16 + 28 + 5)   0.66   q6_k          with 20: nvfp4 0.69
//
// Loads, 2 a cycle: for every 4 k, a pair of panels and 6 tokens need 2 vectors of codes and 6
// broadcasts for 12 dot products, so arithmetic is the limit. Both integer and float sums of the
// tile are in registers, 24 of 32: storing float sums after every block costs a tenth of the speed.
// FOLDED needs float sums only once for 8 blocks, and 8 tokens are 7 % faster.
#if defined(__x86_64__)
#include <immintrin.h>

// Where integer sums take all blocks of a superblock, float sums leave registers to 8 tokens.
#define CK_TILE_OF(SCALES) \
  ((SCALES) == CK_K2 || (SCALES) == CK_K3 || (SCALES) == CK_F16_256 ? 8 : 6)
#define CK_LONE_TILE 16

#include "../tables.h"
#include "../tiles.h"
#include "superblocks.h"

#define CK_TARGET_AVX512VNNI "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"

#pragma clang attribute push(__attribute__((target(CK_TARGET_AVX512VNNI))), apply_to = function)

#include "avx512_codes.h"
#include "avx512_scales.h"
#include "avx512_sums.h"
#include "avx512_tiles.h"

/// Multiplies one packed panel with a tile.
CK_INLINE void multiply_packed(struct ck_shape shape, int width, const struct tile *tile,
                               ck_sums *sums) {
  for (size_t b = 0; b < tile->blocks; b += SUPERBLOCK) {
    struct superblock superblock;
    const size_t count = ck_min(SUPERBLOCK, tile->blocks - b);
    if (needs_superblock(shape)) unpack_superblock(shape, &tile->panel, b, count, &superblock);
    const struct superblock *const superblocks[PAIR] = {&superblock};
    multiply_superblock(shape, PACKED, 1, width, tile, NULL, superblocks, b, count, sums);
  }
}

/// Prefetches what the next chunk has where this one has a superblock of `count` blocks.
CK_INLINE void prefetch_superblock(int panels, size_t count, struct ahead *ahead) {
  for (int p = 0; p < panels; p++) {
    for (size_t line = 0; line < ahead->lines_per_block * count; line++) {
      _mm_prefetch((const char *)ahead->lines[p], _MM_HINT_T1);
      ahead->lines[p] += 64;
    }
    for (int i = 0; i < 3; i++) {
      const size_t bytes = ahead->streams[i].bytes;
      for (size_t line = 0; line < bytes; line += 64) {
        _mm_prefetch((const char *)ahead->streams[i].start[p] + line, _MM_HINT_T1);
      }
      ahead->streams[i].start[p] += bytes;
    }
  }
}

/// Multiplies one or two unpacked panels with a tile.
CK_INLINE void multiply_unpacked(struct ck_shape shape, int panels, int width,
                                 const struct tile *tile, const struct chunk *chunks,
                                 ck_sums *sums) {
  struct ahead ahead = tile->ahead;
  for (size_t b = 0; b < tile->blocks; b += SUPERBLOCK) {
    const size_t count = ck_min(SUPERBLOCK, tile->blocks - b);
    const struct superblock *superblocks[PAIR];
    for (int p = 0; p < panels; p++) superblocks[p] = chunks[p].superblocks + b / SUPERBLOCK;
    prefetch_superblock(panels, count, &ahead);
    multiply_superblock(shape, UNPACKED, panels, width, tile, chunks, superblocks, b, count,
                        sums);
  }
}

// Tiles have their own functions: sums stay in registers only where the width is a constant.
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4) X(6) X(8)
#define CK_LONE_WIDTHS(X) CK_WIDTHS(X) X(12) X(16)

CK_INLINE void multiply_width(struct ck_shape shape, size_t width, const struct tile *tile,
                              ck_sums *sums) {
#define CK_CASE(W) case W: multiply_packed(shape, W, tile, sums); break;
  switch (width) { CK_LONE_WIDTHS(CK_CASE) }
#undef CK_CASE
}

CK_INLINE void multiply_chunk_width(struct ck_shape shape, int panels, size_t width,
                                    const struct tile *tile, const struct chunk *chunks,
                                    ck_sums *sums) {
#define CK_CASE(W)                                                                          \
  case W:                                                                                   \
    if (W <= CK_TILE_OF(shape.scales)) multiply_unpacked(shape, panels, W, tile, chunks, sums); \
    break;
  switch (width) { CK_WIDTHS(CK_CASE) }
#undef CK_CASE
}

/// Unpacks blocks first..<first + count of a panel.
CK_INLINE void unpack_chunk(struct ck_shape shape, const struct ck_panel *panel, size_t first,
                            size_t count, struct chunk *chunk) {
  for (size_t b = 0; b < count; b++) {
    __m512i codes[8];
    unpack_codes(shape.codes, panel, first + b, codes);
    fold_scales(shape, panel, first + b, codes);
#pragma clang loop unroll(full)
    for (int g = 0; g < 8; g++) _mm512_store_si512(chunk->codes[b] + 64 * g, codes[g]);
  }
  for (size_t b = 0; b < count; b += SUPERBLOCK) {
    unpack_superblock(shape, panel, first + b, ck_min(SUPERBLOCK, count - b),
                      chunk->superblocks + b / SUPERBLOCK);
  }
}

#include "../chunk_loops.h"

// Formats whose unpacked chunks are alike share the code for them.
CK_DEFINE_CHUNK(multiply_exact, CK_SHAPE(CK_SMALL_BYTES, CK_F16, false, 0, CK_Q8_32))
CK_DEFINE_CHUNK(multiply_converted, CK_SHAPE(CK_SMALL_BYTES, CK_E8M0, false, 0, CK_Q8_32))
CK_DEFINE_CHUNK(multiply_alternating, CK_SHAPE(CK_SMALL_BYTES, CK_XS, false, 0, CK_Q8_256))
CK_DEFINE_CHUNK(multiply_alternating_16, CK_SHAPE(CK_SMALL_BYTES, CK_K6, false, 0, CK_Q8_256))
CK_DEFINE_CHUNK(multiply_minimums, CK_SHAPE(CK_SMALL_BYTES, CK_F16, true, 0, CK_Q8_256))
CK_DEFINE_CHUNK(multiply_k4, CK_SHAPE(CK_SMALL_BYTES, CK_K4, true, 0, CK_Q8_256))
CK_DEFINE_CHUNK(multiply_folded, CK_SHAPE(CK_SMALL_BYTES, CK_F16_256, false, 0, CK_Q8_256))
CK_DEFINE_CHUNK(multiply_k3, CK_SHAPE(CK_SMALL_BYTES, CK_K3, false, 0, CK_Q8_256))
CK_DEFINE_CHUNK(multiply_k2, CK_SHAPE(CK_SMALL_BYTES, CK_K2, true, 0, CK_Q8_256))

CK_INLINE chunk_multiplier chunk_function(struct ck_shape shape) {
  switch (work_of(shape)) {
  case EXACT: return multiply_exact;
  case CONVERTED: return multiply_converted;
  case FOLDED:
    return shape.scales == CK_K2   ? multiply_k2
           : shape.scales == CK_K3 ? multiply_k3
                                   : multiply_folded;
  case ALTERNATING:
    if (shape.scales == CK_K4) return multiply_k4;
    if (shape.minimum) return multiply_minimums;
    return sums_of(shape) == 2 ? multiply_alternating_16 : multiply_alternating;
  }
}

#include "../panel_loops.h"

/// The magnitude as bits; NaN and infinity exceed every finite number.
CK_INLINE __m512i magnitude(__m512 x) {
  return _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x7FFFFFFF));
}

/// Quantizes 16 activations and returns the sum of their codes.
CK_INLINE int32_t quantize_half(const float *x, float inverse, int8_t *codes) {
  const __m512 product = _mm512_mul_ps(_mm512_loadu_ps(x), _mm512_set1_ps(inverse));
  const __m128i bytes = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(product));
  _mm_storeu_si128((__m128i *)codes, bytes);
  // Sums of 8 unsigned bytes each, of codes + 128.
  const __m128i sums =
      _mm_sad_epu8(_mm_xor_si128(bytes, _mm_set1_epi8(-128)), _mm_setzero_si128());
  return _mm_cvtsi128_si32(sums) + _mm_extract_epi32(sums, 2) - 16 * 128;
}

/// The bits of the largest magnitude of 32 activations.
CK_INLINE uint32_t largest_magnitude(const float *x) {
  return _mm512_reduce_max_epu32(
      _mm512_max_epu32(magnitude(_mm512_loadu_ps(x)), magnitude(_mm512_loadu_ps(x + 16))));
}

#include "../quantize_loops.h"

#define CK_ISA_NAME "avx512vnni"
#define CK_ISA_BITS CK_ISA_AVX512VNNI
const struct ck_kernel ck_kernels_avx512vnni[CK_KERNELS_PER_ISA] = {CK_BLOCK_FORMATS(CK_TABLE_ROW)};

#pragma clang attribute pop
#endif
