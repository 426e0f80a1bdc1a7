// A tile of tokens times a superblock, in registers, with AVX-512 VNNI. Included inside the including
// file's target attribute.

/// Blocks of a panel, unpacked.
struct chunk {
  _Alignas(64) uint8_t codes[CK_MOST_CHUNK_BLOCKS][512];
  struct superblock superblocks[(CK_MOST_CHUNK_BLOCKS + SUPERBLOCK - 1) / SUPERBLOCK];
};

/// Where the codes of a superblock come from.
enum source { PACKED, UNPACKED };

/// Integer and float sums of a tile.
typedef __m512i integers[CK_LONE_TILE][PAIR];
typedef __m512 floats[CK_LONE_TILE][PAIR];

/// Leaves a float sum in memory, in the first-level cache, where registers hold integer sums only.
///
/// The compiler would rather spill whatever is next.
#define SETTLE(SUM) \
  if (panels * width > 12) __asm__ volatile("" : "+m"(SUM))

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
/// Tokens take turns, so that their chains overlap and a block is unpacked between its products. One
/// token alone has its sums in two registers: a single chain would be bound by its latency.
CK_INLINE void dot_registers(int width, const __m512i codes[8], const int8_t *a, int first,
                             int end, integers sums) {
  __m512i other = _mm512_setzero_si512();
#pragma clang loop unroll(full)
  for (int g = first; g < end; g++) {
    EACH_TOKEN {
      const __m512i four = broadcast4(a + CK_BLOCK * t + 4 * g);
      if (width == 1 && g % 2) {
        other = _mm512_dpbusd_epi32(other, codes[g], four);
      } else {
        sums[t][0] = _mm512_dpbusd_epi32(sums[t][0], codes[g], four);
      }
      if (width > 1) __asm__ volatile("" : "+v"(sums[t][0])::"memory");
    }
  }
  if (width == 1) sums[0][0] = _mm512_add_epi32(sums[0][0], other);
}

/// Adds the products of a block whose codes are in registers, scaled: the sums of its halves, as
/// pairs of 16 bits, meet pairs of scales.
///
/// A half of Q3_K is at most 16 * 7 * 127 = 14224, which fits in 16 bits.
CK_INLINE void dot_halves(struct ck_shape shape, int width, const struct tile *tile,
                          const __m512i codes[8], size_t block, integers sums) {
  const int8_t *a = tile->codes + block * (size_t)width * CK_BLOCK;
  const __m512i scales = whole_scales(shape, &tile->panel, block);
  EACH_TOKEN {
    __m512i halves[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
#pragma clang loop unroll(full)
    for (int g = 0; g < 8; g++) {
      halves[g / 4] =
          _mm512_dpbusd_epi32(halves[g / 4], codes[g], broadcast4(a + CK_BLOCK * t + 4 * g));
    }
    sums[t][0] = _mm512_dpwssd_epi32(sums[t][0], scales, halves_of(halves[0], halves[1]));
    if (shape.offset != 0) {
      const size_t at = block * (size_t)width + (size_t)t;
      sums[t][0] =
          _mm512_dpwssd_epi32(sums[t][0], scales, broadcast4(tile->corrections + 2 * at + 1));
    }
  }
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
CK_INLINE void add_sums(struct ck_shape shape, enum source source, int panels, int width,
                        const struct superblock *const superblocks[PAIR], size_t j, size_t s,
                        const struct tile *tile, size_t block, integers sums, floats totals) {
  const enum work work = work_of(shape);
  const size_t index = j * (size_t)sums_of(shape) + s;
  EACH_PANEL {
    __m512 scale, addend;
    if (source == PACKED && !needs_superblock(shape)) {
      scale = load_scales(shape.scales, &tile->panel, block, s);
      addend = _mm512_mul_ps(_mm512_set1_ps(-CK_MAGIC), scale);
    } else {
      scale = _mm512_load_ps(superblocks[p]->scales[index]);
      addend = _mm512_load_ps(superblocks[p]->addends[work == EXACT ? j : 0]);
    }
    EACH_TOKEN {
      const size_t at = block * (size_t)width + (size_t)t;
      if (work == ALTERNATING) {
        totals[t][p] = _mm512_fmadd_ps(_mm512_castsi512_ps(sums[t][p]), scale, totals[t][p]);
        SETTLE(totals[t][p]);
        continue;
      }
      const __m512 value = work == EXACT
                               ? _mm512_fmadd_ps(_mm512_castsi512_ps(sums[t][p]), scale, addend)
                               : _mm512_mul_ps(_mm512_cvtepi32_ps(sums[t][p]), scale);
      totals[t][p] = _mm512_fmadd_ps(value, _mm512_set1_ps(tile->scales[at]), totals[t][p]);
      SETTLE(totals[t][p]);
    }
    if (shape.minimum && !has_whole_minimums(shape)) {
      const __m512 minimum = _mm512_load_ps(superblocks[p]->minimums[j]);
      EACH_TOKEN {
        const float *sum = tile->scaled_sums + block * (size_t)width + t;
        totals[t][p] = _mm512_fmadd_ps(minimum, _mm512_set1_ps(*sum), totals[t][p]);
        SETTLE(totals[t][p]);
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
  const bool late = source == PACKED && has_late_scales(shape, width);
  const int segments = sums_of(shape), groups = 8 / segments;
  integers sums;
  floats partials;
  start_partials(shape, panels, width, superblocks, totals, partials);
  if (late) {
    EACH_TOKEN sums[t][0] = _mm512_setzero_si512();
  } else if (work == FOLDED) {
    start_sums(shape, panels, width, tile, block, 0, sums);
  }
  for (size_t j = 0; j < count; j++) {
    const int8_t *a = tile->codes + (block + j) * (size_t)width * CK_BLOCK;
    __m512i codes[8];
    if (source == PACKED) {
      prefetch_ahead(shape, tile, block + j);
      unpack_codes(shape.codes, &tile->panel, block + j, codes);
      if (!late) fold_scales(shape, &tile->panel, block + j, codes);
    }
    if (late) {
      dot_halves(shape, width, tile, codes, block + j, sums);
      continue;
    }
    if (work == FOLDED) {
      dot(source, panels, width, codes, chunks, block + j, a, 0, 8, sums);
      continue;
    }
#pragma clang loop unroll(full)
    for (int s = 0; s < segments; s++) {
      start_sums(shape, panels, width, tile, block + j, (size_t)s, sums);
      dot(source, panels, width, codes, chunks, block + j, a, s * groups, (s + 1) * groups, sums);
      add_sums(shape, source, panels, width, superblocks, j, (size_t)s, tile, block + j, sums,
               partials);
    }
  }
  if (work == FOLDED) fold_sums(panels, width, superblocks, sums, partials);
  if (has_whole_minimums(shape)) {
    add_whole_minimums(shape, panels, width, superblocks, tile, block, partials);
  }
  store_partials(shape, panels, width, tile, block, partials, totals);
}
