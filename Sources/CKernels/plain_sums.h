// What most multiplications need of the sums of activation codes: with s segments in a block, entry
// s * at + i of `corrections` and `scaled_sums` belongs to segment i.

/// Whether codes are stored with the opposite sign: not here.
CK_INLINE bool is_negated(struct ck_shape shape, size_t block, size_t half) {
  (void)shape, (void)block, (void)half;
  return false;
}

CK_INLINE void store_sums(struct ck_shape shape, const struct ck_quantize_args *args, size_t at,
                          size_t width, size_t block, float scale, const int32_t halves[2]) {
  (void)width, (void)block;
  const size_t segments = (size_t)ck_segments(shape.scales);
  args->scales[at] = scale;
  for (size_t i = 0; i < segments; i++) {
    const int32_t sum = segments == 2 ? halves[i] : halves[0] + halves[1];
    args->corrections[at * segments + i] = -shape.offset * sum;
    args->scaled_sums[at * segments + i] = scale * (float)sum;
  }
}
