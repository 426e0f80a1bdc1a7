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
// Loads, 2 a cycle: for every 4 k, a pair of panels and 6 tokens need 2 vectors of codes and 6
// broadcasts for 12 dot products, so arithmetic is the limit. Both integer and float sums of the
// tile are in registers, 24 of 32: storing float sums after every block costs a tenth of the speed.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../tables.h"
#include "../tiles.h"
#include "superblocks.h"

#define CK_TARGET_AVX512VNNI "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"
#define CK_TILE 6

#pragma clang attribute push(__attribute__((target(CK_TARGET_AVX512VNNI))), apply_to = function)

#include "avx512_codes.h"
#include "avx512_scales.h"
#include "avx512_sums.h"

/// Blocks of a panel, unpacked.
struct chunk {
  _Alignas(64) uint8_t codes[CHUNK_BLOCKS][512];
  struct superblock superblocks[CHUNK_BLOCKS / SUPERBLOCK];
};

/// Integer and float sums of a tile.
typedef __m512i integers[CK_TILE][PAIR];
typedef __m512 floats[CK_TILE][PAIR];

#define EACH_TOKEN _Pragma("clang loop unroll(full)") for (int t = 0; t < width; t++)
#define EACH_PANEL _Pragma("clang loop unroll(full)") for (int p = 0; p < panels; p++)

CK_INLINE __m512i broadcast4(const void *p) { return _mm512_set1_epi32(ck_load32(p)); }

/// Starts the integer sums of segment s of a block.
CK_INLINE void start_sums(struct ck_shape shape, int panels, int width, const struct tile *tile,
                          size_t block, size_t s, integers sums) {
  const size_t segments = (size_t)ck_segments(shape.scales);
  EACH_PANEL {
    EACH_TOKEN {
      const size_t at = block * (size_t)width + (size_t)t;
      sums[t][p] = _mm512_setzero_si512();
      if (has_whole_minimums(shape)) {
        if (work_of(shape) != FOLDED) sums[t][p] = _mm512_set1_epi32(MAGIC_BITS);
      } else {
        sums[t][p] = broadcast4(tile->corrections + at * segments + s);
      }
    }
    // Loading twice is free, copying a register is not.
    __asm__ volatile("" ::: "memory");
  }
}

/// Adds the products of groups first..<end of a block whose codes are in registers.
///
/// One token alone has its sums in two registers: a single chain would be bound by its latency.
CK_INLINE void dot_registers(int width, const __m512i codes[8], const int8_t *a, int first,
                             int end, integers sums) {
  __m512i other = _mm512_setzero_si512();
  EACH_TOKEN {
#pragma clang loop unroll(full)
    for (int g = first; g < end; g++) {
      const __m512i four = broadcast4(a + CK_BLOCK * t + 4 * g);
      if (width == 1 && g % 2) {
        other = _mm512_dpbusd_epi32(other, codes[g], four);
      } else {
        sums[t][0] = _mm512_dpbusd_epi32(sums[t][0], codes[g], four);
      }
    }
  }
  if (width == 1) sums[0][0] = _mm512_add_epi32(sums[0][0], other);
}

/// Adds the products of groups first..<end of an unpacked block.
///
/// Every broadcast of 4 activations meets all panels, every vector of codes all tokens.
CK_INLINE void dot_chunks(int panels, int width, const struct chunk *chunks, size_t block,
                          const int8_t *a, int first, int end, integers sums) {
#pragma clang loop unroll(full)
  for (int g = first; g < end; g++) {
    __m512i codes[PAIR];
    EACH_PANEL codes[p] = _mm512_load_si512(chunks[p].codes[block] + 64 * g);
    EACH_TOKEN {
      const __m512i four = broadcast4(a + CK_BLOCK * t + 4 * g);
      EACH_PANEL {
        sums[t][p] = _mm512_dpbusd_epi32(sums[t][p], codes[p], four);
        // Pins the order: left alone, the compiler loads all broadcasts first and spills them.
        __asm__ volatile("" : "+v"(sums[t][p])::"memory");
      }
    }
  }
}

/// Adds the integer sums of block j of a superblock, or of a segment of it, to the float sums.
CK_INLINE void add_sums(struct ck_shape shape, int panels, int width,
                        const struct superblock *const superblocks[PAIR], size_t j, size_t s,
                        const struct tile *tile, size_t block, integers sums, floats totals) {
  const enum work work = work_of(shape);
  const size_t index = j * (size_t)sums_of(shape) + s;
  EACH_PANEL {
    const __m512 scale = _mm512_load_ps(superblocks[p]->scales[index]);
    const __m512 addend = _mm512_load_ps(superblocks[p]->addends[work == EXACT ? j : 0]);
    EACH_TOKEN {
      const size_t at = block * (size_t)width + (size_t)t;
      if (work == ALTERNATING) {
        totals[t][p] = _mm512_fmadd_ps(_mm512_castsi512_ps(sums[t][p]), scale, totals[t][p]);
        continue;
      }
      const __m512 value = work == EXACT
                               ? _mm512_fmadd_ps(_mm512_castsi512_ps(sums[t][p]), scale, addend)
                               : _mm512_mul_ps(_mm512_cvtepi32_ps(sums[t][p]), scale);
      totals[t][p] = _mm512_fmadd_ps(value, _mm512_set1_ps(tile->scales[at]), totals[t][p]);
    }
    if (shape.minimum && !has_whole_minimums(shape)) {
      const __m512 minimum = _mm512_load_ps(superblocks[p]->minimums[j]);
      EACH_TOKEN {
        const float *sum = tile->scaled_sums + block * (size_t)width + t;
        totals[t][p] = _mm512_fmadd_ps(minimum, _mm512_set1_ps(*sum), totals[t][p]);
      }
    }
  }
}

/// The float sums of a superblock that has one integer sum.
CK_INLINE void fold_sums(int panels, int width, const struct superblock *const superblocks[PAIR],
                         integers sums, floats partials) {
  EACH_PANEL {
    const __m512 scale = _mm512_load_ps(superblocks[p]->scales[0]);
    EACH_TOKEN partials[t][p] = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[t][p]), scale);
  }
}

/// Adds the minimums of a superblock that starts at `block`: pairs of numbers times pairs of sums.
CK_INLINE void add_whole_minimums(struct ck_shape shape, int panels, int width,
                                  const struct superblock *const superblocks[PAIR],
                                  const struct tile *tile, size_t block, floats partials) {
  const size_t segments = (size_t)ck_segments(shape.scales);
  const size_t pairs = SUPERBLOCK / 2 * segments, step = 2 / segments;
  EACH_PANEL {
    const __m512 scale = _mm512_load_ps(superblocks[p]->minimum_scale);
    EACH_TOKEN {
      __m512i sum = _mm512_setzero_si512();
#pragma clang loop unroll(full)
      for (size_t i = 0; i < pairs; i++) {
        const size_t at = (block + i * step) * (size_t)width + (size_t)t;
        sum = _mm512_dpwssd_epi32(sum, _mm512_load_si512(superblocks[p]->minimums[i]),
                                  broadcast4(tile->corrections + at * segments));
      }
      partials[t][p] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), scale, partials[t][p]);
    }
  }
}

/// What the float sums of a superblock start with.
CK_INLINE void start_partials(struct ck_shape shape, int panels, int width,
                              const struct superblock *const superblocks[PAIR], ck_sums *sums,
                              floats partials) {
  const enum work work = work_of(shape);
  EACH_TOKEN {
    EACH_PANEL {
      partials[t][p] = work == ALTERNATING ? _mm512_load_ps(superblocks[p]->addends[0])
                       : work == FOLDED    ? _mm512_setzero_ps()
                                           : _mm512_load_ps(sums[t][p]);
    }
  }
}

/// Takes the float sums of a superblock that ends with `block` to the sums of the row.
CK_INLINE void store_partials(struct ck_shape shape, int panels, int width,
                              const struct tile *tile, size_t block, floats partials,
                              ck_sums *sums) {
  EACH_TOKEN {
    const __m512 scale = _mm512_set1_ps(tile->scales[block * (size_t)width + (size_t)t]);
    EACH_PANEL {
      if (work_of(shape) == ALTERNATING || work_of(shape) == FOLDED) {
        partials[t][p] = _mm512_fmadd_ps(partials[t][p], scale, _mm512_load_ps(sums[t][p]));
      }
      _mm512_store_ps(sums[t][p], partials[t][p]);
    }
  }
}

/// Where the codes of a superblock come from.
enum source { PACKED, UNPACKED };

/// Adds the products of groups first..<end of a block to the integer sums.
CK_INLINE void dot(enum source source, int panels, int width, const __m512i codes[8],
                   const struct chunk *chunks, size_t block, const int8_t *a, int first, int end,
                   integers sums) {
  if (source == UNPACKED) {
    dot_chunks(panels, width, chunks, block, a, first, end, sums);
  } else {
    dot_registers(width, codes, a, first, end, sums);
  }
}

/// Multiplies `count` blocks from `block` on, a superblock or its beginning, with a tile: of chunks,
/// or of the packed panel of the tile.
CK_INLINE void multiply_superblock(struct ck_shape shape, enum source source, int panels,
                                   int width, const struct tile *tile, const struct chunk *chunks,
                                   const struct superblock *const superblocks[PAIR], size_t block,
                                   size_t count, ck_sums *totals) {
  const enum work work = work_of(shape);
  const int segments = sums_of(shape), groups = 8 / segments;
  integers sums;
  floats partials;
  start_partials(shape, panels, width, superblocks, totals, partials);
  if (work == FOLDED) start_sums(shape, panels, width, tile, block, 0, sums);
  for (size_t j = 0; j < count; j++) {
    const int8_t *a = tile->codes + (block + j) * (size_t)width * CK_BLOCK;
    __m512i codes[8];
    if (source == PACKED) {
      prefetch_ahead(shape, tile, block + j);
      unpack_codes(shape.codes, &tile->panel, block + j, codes);
      fold_scales(shape, &tile->panel, block + j, codes);
    }
    if (work == FOLDED) {
      dot(source, panels, width, codes, chunks, block + j, a, 0, 8, sums);
      continue;
    }
#pragma clang loop unroll(full)
    for (int s = 0; s < segments; s++) {
      start_sums(shape, panels, width, tile, block + j, (size_t)s, sums);
      dot(source, panels, width, codes, chunks, block + j, a, s * groups, (s + 1) * groups, sums);
      add_sums(shape, panels, width, superblocks, j, (size_t)s, tile, block + j, sums, partials);
    }
  }
  if (work == FOLDED) fold_sums(panels, width, superblocks, sums, partials);
  if (has_whole_minimums(shape)) {
    add_whole_minimums(shape, panels, width, superblocks, tile, block, partials);
  }
  store_partials(shape, panels, width, tile, block, partials, totals);
}

/// Multiplies one packed panel with a tile.
CK_INLINE void multiply_packed(struct ck_shape shape, int width, const struct tile *tile,
                               ck_sums *sums) {
  for (size_t b = 0; b < tile->blocks; b += SUPERBLOCK) {
    struct superblock superblock;
    const size_t count = ck_min(SUPERBLOCK, tile->blocks - b);
    unpack_superblock(shape, &tile->panel, b, count, &superblock);
    const struct superblock *const superblocks[PAIR] = {&superblock};
    multiply_superblock(shape, PACKED, 1, width, tile, NULL, superblocks, b, count, sums);
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
    for (int p = 0; p < panels; p++) {
      superblocks[p] = chunks[p].superblocks + b / SUPERBLOCK;
      for (size_t line = 0; line < ahead.lines_per_block * count; line++) {
        _mm_prefetch((const char *)ahead.lines[p], _MM_HINT_T1);
        ahead.lines[p] += 64;
      }
    }
    multiply_superblock(shape, UNPACKED, panels, width, tile, chunks, superblocks, b, count,
                        sums);
  }
}

// Tiles have their own functions: sums stay in registers only where the width is a constant.
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4) X(6)

CK_INLINE void multiply_width(struct ck_shape shape, size_t width, const struct tile *tile,
                              ck_sums *sums) {
#define CK_CASE(W) case W: multiply_packed(shape, W, tile, sums); break;
  switch (width) { CK_WIDTHS(CK_CASE) }
#undef CK_CASE
}

CK_INLINE void multiply_chunk_width(struct ck_shape shape, int panels, size_t width,
                                    const struct tile *tile, const struct chunk *chunks,
                                    ck_sums *sums) {
#define CK_CASE(W) case W: multiply_unpacked(shape, panels, W, tile, chunks, sums); break;
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
