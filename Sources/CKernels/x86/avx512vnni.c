// C[m,n] = A[m,k] * B[k,n] with VPDPBUSD on 512 bits: 16 rows x 4 k in one instruction.
//
// Per block of 32 k, token and panel: 8 dot products, 1 conversion, 1 product of scales, 1 fused
// multiply-add (2 with a minimum). The accumulator starts with -offset * sum(codes), so the offset
// of the weight codes costs nothing.
//
// Port limit on Golden Cove (ports 0 and 5 take all 512-bit arithmetic): 8 / (8 + 3) = 0.73 of the
// VPDPBUSD peak, 8 / 12 = 0.67 with a minimum. Measured on an Emerald Rapids core, 0.71 to 0.74 and
// 0.64 with chunk and activations in the first-level cache. Only less float work goes beyond: an
// activation scale that several blocks share would spare the product of scales, 8 / 10 = 0.80.
//
// Loads, 2 a cycle: a pair of panels and 8 tokens need 16 vectors of codes, 64 broadcasts, 16
// scales, 16 corrections and 16 sums for 176 arithmetic operations, well below the limit. A single
// panel would need 8 broadcasts for 11 operations, and be held up by its loads.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../tables.h"
#include "../tiles.h"
#include "avx512.h"

#define CK_TARGET_AVX512VNNI "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"
#define CK_TILE 8

#pragma clang attribute push(__attribute__((target(CK_TARGET_AVX512VNNI))), apply_to = function)


CK_INLINE __m512i broadcast4(const int8_t *activations) {
  return _mm512_set1_epi32(ck_load32(activations));
}

/// Adds one block of one panel and token: scale * sum, and the minimum's share.
CK_INLINE __m512 add_block(struct ck_shape shape, __m512 total, __m512i sum, __m512 scale,
                           __m512 minimum, const struct tile *tile, size_t at) {
  const __m512 factor = _mm512_mul_ps(scale, _mm512_set1_ps(tile->scales[at]));
  total = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), factor, total);
  if (!shape.minimum) return total;
  return _mm512_fmadd_ps(minimum, _mm512_set1_ps(tile->scaled_sums[at]), total);
}

CK_INLINE __m512i first_sum(struct ck_shape shape, const struct tile *tile, size_t at) {
  return shape.minimum ? _mm512_setzero_si512() : _mm512_set1_epi32(tile->corrections[at]);
}

/// Multiplies one panel, unpacked in registers, with a tile of `width` tokens.
CK_INLINE void multiply_packed(struct ck_shape shape, int width, const struct tile *tile,
                               ck_sums *sums) {
  const struct ck_panel *panel = tile->panels;
  __m512 totals[CK_TILE];
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) totals[t] = _mm512_load_ps(sums[t][0]);
  for (size_t b = 0; b < tile->blocks; b++) {
    prefetch_ahead(shape, tile, b);
    __m512i codes[8];
    unpack_codes(shape.codes, panel, b, codes);
    const __m512 scale = load_scales(shape.scales, panel, b);
    const __m512 minimum = shape.minimum ? load_minimums(shape.scales, panel, b) : scale;
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const size_t at = b * (size_t)width + (size_t)t;
      __m512i sum = first_sum(shape, tile, at);
#pragma clang loop unroll(full)
      for (int g = 0; g < 8; g++) {
        sum = _mm512_dpbusd_epi32(sum, codes[g], broadcast4(tile->codes + at * CK_BLOCK + 4 * g));
      }
      totals[t] = add_block(shape, totals[t], sum, scale, minimum, tile, at);
    }
  }
#pragma clang loop unroll(full)
  for (int t = 0; t < width; t++) _mm512_store_ps(sums[t][0], totals[t]);
}

/// Multiplies one block of unpacked panels with a tile of `width` tokens.
///
/// Every broadcast of 4 activations meets all panels, every vector of codes all tokens. The integer
/// sums of the whole tile are in registers: 16 chains, where 10 hide the latency of VPDPBUSD. The
/// float sums are in the first-level cache, which costs no arithmetic port.
CK_INLINE void multiply_block(struct ck_shape shape, int panels, int width,
                              const struct tile *tile, size_t block, ck_sums *totals) {
  const size_t at = block * (size_t)width;
  __m512i sums[CK_TILE][PAIR];
  for (int p = 0; p < panels; p++) {
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) sums[t][p] = first_sum(shape, tile, at + (size_t)t);
    // Loading twice is free, copying a register is not.
    __asm__ volatile("" ::: "memory");
  }
#pragma clang loop unroll(full)
  for (int g = 0; g < 8; g++) {
    __m512i codes[PAIR];
    for (int p = 0; p < panels; p++) {
      codes[p] = _mm512_load_si512(tile->panels[p].codes + block * 512 + 64 * g);
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      const __m512i a = broadcast4(tile->codes + (at + (size_t)t) * CK_BLOCK + 4 * g);
      for (int p = 0; p < panels; p++) {
        sums[t][p] = _mm512_dpbusd_epi32(sums[t][p], codes[p], a);
        // Pins the order: left alone, the compiler loads all broadcasts first and spills them.
        __asm__ volatile("" : "+v"(sums[t][p])::"memory");
      }
    }
  }
  for (int p = 0; p < panels; p++) {
    const __m512 scale = load_scales(CK_F32, tile->panels + p, block);
    const __m512 minimum =
        shape.minimum ? load_minimums(CK_F32, tile->panels + p, block) : scale;
#pragma clang loop unroll(full)
    for (int t = 0; t < width; t++) {
      float *total = totals[t][p];
      _mm512_store_ps(total, add_block(shape, _mm512_load_ps(total), sums[t][p], scale, minimum,
                                       tile, at + (size_t)t));
    }
  }
}

/// Multiplies one or two unpacked panels with a tile of `width` tokens.
CK_INLINE void multiply_unpacked(struct ck_shape shape, int panels, int width,
                                 const struct tile *tile, ck_sums *sums) {
  struct ahead ahead = tile->ahead;
  for (size_t b = 0; b < tile->blocks; b++) {
    for (size_t line = 0; line < ahead.lines_per_block; line++) {
      for (int p = 0; p < panels; p++) {
        _mm_prefetch((const char *)ahead.lines[p], _MM_HINT_T1);
        ahead.lines[p] += 64;
      }
    }
    multiply_block(shape, panels, width, tile, b, sums);
  }
}

#define CK_WIDTHS(X) X(1) X(2) X(3) X(4) X(6) X(8)

/// Chooses the tile of the given width.
CK_INLINE void multiply_width(struct ck_shape shape, int panels, size_t width,
                              const struct tile *tile, ck_sums *sums) {
#define CK_CASE(W)                                            \
  case W:                                                     \
    if (shape.scales == CK_F32) {                             \
      multiply_unpacked(shape, panels, W, tile, sums);        \
    } else {                                                  \
      multiply_packed(shape, W, tile, sums);                  \
    }                                                         \
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
#pragma clang loop unroll(full)
    for (int g = 0; g < 8; g++) _mm512_store_si512(chunk->codes[b] + 64 * g, codes[g]);
    _mm512_store_ps(chunk->scales[b], load_scales(shape.scales, panel, first + b));
    if (shape.minimum) {
      _mm512_store_ps(chunk->minimums[b], load_minimums(shape.scales, panel, first + b));
    }
  }
}

#include "../panel_loops.h"

/// The largest magnitude as bits; NaN and infinity exceed every finite number.
CK_INLINE __m512i magnitude(__m512 x) {
  return _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x7FFFFFFF));
}

/// Quantizes 32 activations and returns the sum of their codes.
CK_INLINE int32_t quantize_block(const float *x, float inverse, int8_t *codes) {
  const __m512 factor = _mm512_set1_ps(inverse);
  const __m512i low = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x), factor));
  const __m512i high = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x + 16), factor));
  _mm_storeu_si128((__m128i *)codes, _mm512_cvtepi32_epi8(low));
  _mm_storeu_si128((__m128i *)(codes + 16), _mm512_cvtepi32_epi8(high));
  return _mm512_reduce_add_epi32(_mm512_add_epi32(low, high));
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
