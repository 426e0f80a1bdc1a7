// Vectors of 16 numbers in the compiler's own notation: one register of AVX-512, two of AVX2, four of
// SSE2 and NEON. Included once a file, where the instruction set is in force.
#ifndef CKERNELS_WIDE_H
#define CKERNELS_WIDE_H

// Every function here is inlined, so it does not matter how vectors would be passed.
#pragma clang diagnostic ignored "-Wpsabi"

// Sanitized builds define it as plain `static`.
#ifndef CK_INLINE
#define CK_INLINE static inline __attribute__((always_inline))
#endif

typedef float wide __attribute__((vector_size(64)));
typedef int32_t wide_int __attribute__((vector_size(64)));
typedef _Float16 wide_half __attribute__((vector_size(32)));
typedef int8_t wide_byte __attribute__((vector_size(16)));

enum { CK_LANES = 16 };

CK_INLINE wide load_wide(const float *source) {
  wide value;
  memcpy(&value, source, sizeof value);
  return value;
}

CK_INLINE void store_wide(float *target, wide value) { memcpy(target, &value, sizeof value); }

CK_INLINE wide broadcast(float value) {
  return (wide){value, value, value, value, value, value, value, value,
                value, value, value, value, value, value, value, value};
}

CK_INLINE wide load_codes(const uint8_t *source) {
  wide_byte codes;
  memcpy(&codes, source, sizeof codes);
  return __builtin_convertvector(codes, wide);
}

/// The low or high halves of 16 bytes, less 8.
CK_INLINE wide load_nibbles(const uint8_t *source, bool high) {
  typedef uint8_t wide_ubyte __attribute__((vector_size(16)));
  wide_ubyte bytes;
  memcpy(&bytes, source, sizeof bytes);
  bytes = high ? bytes >> 4 : bytes & 15;
  return __builtin_convertvector(bytes, wide) - 8;
}

/// The part of `count` numbers from `source` on; the other lanes are `rest`.
CK_INLINE wide load_part(const float *source, size_t count, float rest) {
  wide value = broadcast(rest);
  memcpy(&value, source, count * sizeof(float));
  return value;
}

CK_INLINE float sum_of(wide value) {
  float lanes[CK_LANES];
  memcpy(lanes, &value, sizeof lanes);
  for (int step = 8; step > 0; step /= 2) {
    for (int lane = 0; lane < step; lane++) lanes[lane] += lanes[lane + step];
  }
  return lanes[0];
}

CK_INLINE float largest_of(wide value) {
  float lanes[CK_LANES];
  memcpy(lanes, &value, sizeof lanes);
  for (int step = 8; step > 0; step /= 2) {
    for (int lane = 0; lane < step; lane++) {
      lanes[lane] = lanes[lane + step] > lanes[lane] ? lanes[lane + step] : lanes[lane];
    }
  }
  return lanes[0];
}

/// `yes` where the lanes of `mask` are all ones, else `no`.
CK_INLINE wide choose(wide_int mask, wide yes, wide no) {
  return (wide)(((wide_int)yes & mask) | ((wide_int)no & ~mask));
}

CK_INLINE wide larger(wide a, wide b) { return choose(a > b, a, b); }

#endif
