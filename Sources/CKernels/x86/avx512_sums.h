// What AVX-512 kernels keep of the sums of activation codes (see avx512_scales.h):
//
//     corrections    -offset * sum, plus the bits of M, a sum of its own scale; FOLDED: one a
//                    superblock, with its first block; whole minimums: pairs of 16-bit sums, of two
//                    blocks with the first of them, or of the halves of one. Q3_K's second entry
//                    of a block: pairs of -offset * sum of the halves.
//     scaled_sums    sums as floats, for minimums that are floats.

/// Whether the codes of half a block are stored with the opposite sign.
CK_INLINE bool is_negated(struct ck_shape shape, size_t block, size_t half) {
  if (work_of(shape) != ALTERNATING) return false;
  return (sums_of(shape) == 2 ? half : block) % 2 != 0;
}

CK_INLINE void store_folded_sums(struct ck_shape shape, const struct ck_quantize_args *args,
                                 size_t at, size_t width, size_t block, int32_t sum) {
  const size_t segments = (size_t)ck_segments(shape.scales), j = block % SUPERBLOCK;
  int32_t *correction = args->corrections + (at - j * width) * segments;
  *correction = (j == 0 ? 0 : *correction) - stored_offset(shape) * sum;
}

/// Two numbers as 16 bits each.
CK_INLINE int32_t pair_of(int32_t low, int32_t high) {
  return (int32_t)((uint32_t)(low & 0xFFFF) | (uint32_t)high << 16);
}

CK_INLINE void store_sums(struct ck_shape shape, const struct ck_quantize_args *args, size_t at,
                          size_t width, size_t block, float scale, const int32_t halves[2]) {
  const size_t segments = (size_t)ck_segments(shape.scales);
  const int32_t sum = halves[0] + halves[1];
  const int32_t truth = is_negated(shape, block, 0) ? -sum : sum;
  int32_t *corrections = args->corrections + at * segments;
  args->scales[at] = scale;
  if (shape.scales == CK_K2) {
    corrections[0] = pair_of(halves[0], halves[1]);
  } else if (shape.scales == CK_K4) {
    if (block % 2 == 0) {
      corrections[0] = truth & 0xFFFF;
    } else {
      args->corrections[at - width] |= (int32_t)((uint32_t)truth << 16);
    }
  } else if (work_of(shape) == FOLDED) {
    if (segments == 2) {
      corrections[1] = pair_of(-shape.offset * halves[0], -shape.offset * halves[1]);
    }
    store_folded_sums(shape, args, at, width, block, sum);
  } else {
    const int32_t magic = work_of(shape) == CONVERTED ? 0 : MAGIC_BITS;
    for (size_t s = 0; s < segments; s++) {
      corrections[s] = magic - shape.offset * (segments == 2 ? halves[s] : sum);
    }
    args->scaled_sums[at] = (float)truth;
  }
}
