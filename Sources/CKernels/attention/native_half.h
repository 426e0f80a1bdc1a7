// f16 by the processor's own conversions. Included once a file.

CK_INLINE wide load_halves(const uint8_t *source) {
  wide_half halves;
  memcpy(&halves, source, sizeof halves);
  return __builtin_convertvector(halves, wide);
}

CK_INLINE float load_half(const uint8_t *source) {
  _Float16 half;
  memcpy(&half, source, sizeof half);
  return (float)half;
}

CK_INLINE void store_half(uint8_t *target, float value) {
  const _Float16 half = (_Float16)value;
  memcpy(target, &half, sizeof half);
}
