// What kernels need to know about each format at compile time, and the list of formats.
#ifndef CKERNELS_FORMATS_H
#define CKERNELS_FORMATS_H

#include "CKernels.h"

#include <string.h>

// Shapes of formats become constants only where everything is inlined. Instrumented builds define
// this as `static`: thousands of inlined copies take minutes to instrument and check nothing more.
#ifndef CK_INLINE
#define CK_INLINE static inline __attribute__((always_inline))
#endif

enum ck_codes {
  CK_NIBBLES,       // 4-bit codes
  CK_FIVE_BITS,     // 4-bit codes and a stream of fifth bits
  CK_SIX_BITS,      // 4-bit codes and a stream of upper pairs of bits
  CK_CRUMBS,        // 2-bit codes
  CK_THREE_BITS,    // 2-bit codes and a stream of third bits
  CK_SIGNS,         // 1 bit: code 0 or 2
  CK_TRITS,         // five codes of 0, 1, 2 in a byte
  CK_BYTES,         // code + 128, or unpacked table values + 128
  CK_SMALL_BYTES,   // unpacked codes below 64
  CK_TABLE_IQ4_NL,  // 4-bit indices of a table
  CK_TABLE_E2M1,
};

enum ck_scales {
  CK_F16,      // one for 32 weights
  CK_F16_64,   // one for 64, 128, 256 weights
  CK_F16_128,
  CK_F16_256,
  CK_E8M0,
  CK_UE4M3,    // one for 16 weights
  CK_F32,      // unpacked, one for 32 weights
  CK_F32_16,   // unpacked, one for 16 weights
  CK_K2,       // Q2_K: 16 bytes of 4-bit scales and minimums, d, dmin for 256 weights
  CK_K3,       // Q3_K: 12 bytes of 6-bit scales, d for 256 weights
  CK_K4,       // Q4_K, Q5_K: 12 bytes of 6-bit scales and minimums, d, dmin for 256 weights
  CK_K6,       // Q6_K: 16 bytes of 8-bit scales, d for 256 weights
  CK_XS,       // IQ4_XS: 6 bytes of 6-bit scales, d for 256 weights
};

/// How activations are quantized: one scale for 32, or for 256 (at the end of a row, what is left).
enum ck_activation_kind { CK_Q8_32, CK_Q8_256 };

/// Blocks of 32 in a superblock.
enum { SUPERBLOCK = 8 };

/// Where a superblock of a panel keeps d (16 x f16) and dmin: after the scales of 16 rows.
enum {
  CK_K2_D = 256, CK_K2_DMIN = 288, CK_K2_BYTES = 320,
  CK_K3_D = 192, CK_K3_BYTES = 224,
  CK_K4_D = 192, CK_K4_DMIN = 224, CK_K4_BYTES = 256,
  CK_K6_D = 256, CK_K6_BYTES = 288,
  CK_XS_D = 96, CK_XS_BYTES = 128,
};

/// A superblock of trits: vectors 0 to 11 hold 4-weight groups 5 v ... 5 v + 4, one in each digit;
/// vector 12 holds groups 60 to 63.
enum { CK_TRIT_VECTORS = 13, CK_TRITS_IN_BYTE = 5 };

/// A format as a compile-time constant: kernels take it by value and are inlined.
struct ck_shape {
  enum ck_codes codes;
  enum ck_scales scales;
  bool minimum;
  int32_t offset;
  enum ck_activation_kind activation;
};

// X(format, codes, scales, has a minimum, offset, activations, weights and bytes of a file's block)
// The offset is what turns the integer value of a weight into its stored, unsigned code.
//
// Formats with superblocks share an activation scale among 256, as ggml's Q8_K does; so do formats
// with minimums, whose products would otherwise be bound by their float work.
#define CK_BLOCK_FORMATS(X)                                               \
  X(q4_0, CK_NIBBLES, CK_F16, false, 8, CK_Q8_32, 32, 18)                 \
  X(q4_1, CK_NIBBLES, CK_F16, true, 0, CK_Q8_256, 32, 20)                 \
  X(q5_0, CK_FIVE_BITS, CK_F16, false, 16, CK_Q8_32, 32, 22)              \
  X(q5_1, CK_FIVE_BITS, CK_F16, true, 0, CK_Q8_256, 32, 24)               \
  X(q8_0, CK_BYTES, CK_F16, false, 128, CK_Q8_32, 32, 34)                 \
  X(q1_0, CK_SIGNS, CK_F16_128, false, 1, CK_Q8_32, 128, 18)              \
  X(q2_0, CK_CRUMBS, CK_F16_64, false, 1, CK_Q8_32, 64, 18)               \
  X(q2_k, CK_CRUMBS, CK_K2, true, 0, CK_Q8_256, 256, 84)                  \
  X(q3_k, CK_THREE_BITS, CK_K3, false, 4, CK_Q8_256, 256, 110)            \
  X(q4_k, CK_NIBBLES, CK_K4, true, 0, CK_Q8_256, 256, 144)                \
  X(q5_k, CK_FIVE_BITS, CK_K4, true, 0, CK_Q8_256, 256, 176)              \
  X(q6_k, CK_SIX_BITS, CK_K6, false, 32, CK_Q8_256, 256, 210)             \
  X(iq4_nl, CK_TABLE_IQ4_NL, CK_F16, false, 128, CK_Q8_32, 32, 18)        \
  X(iq4_xs, CK_TABLE_IQ4_NL, CK_XS, false, 128, CK_Q8_256, 256, 136)      \
  X(mxfp4, CK_TABLE_E2M1, CK_E8M0, false, 12, CK_Q8_32, 32, 17)           \
  X(nvfp4, CK_TABLE_E2M1, CK_UE4M3, false, 12, CK_Q8_256, 64, 36)         \
  X(tq1_0, CK_TRITS, CK_F16_256, false, 1, CK_Q8_256, 256, 54)            \
  X(tq2_0, CK_CRUMBS, CK_F16_256, false, 1, CK_Q8_256, 256, 66)

/// The shape of a row of the list.
#define CK_SHAPE(CODES, SCALES, MINIMUM, OFFSET, ACTIVATION) \
  ((struct ck_shape){CODES, SCALES, MINIMUM, OFFSET, ACTIVATION})

/// IQ4_NL's steps, plus 128.
#define CK_IQ4_NL_TABLE 1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241
/// Twice the E2M1 values, plus 12.
#define CK_E2M1_TABLE 12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0

/// The streams of one panel.
struct ck_panel {
  const uint8_t *codes, *high, *scales, *minimums;
};

CK_INLINE struct ck_panel ck_panel_at(const uint8_t *panel, struct ck_layout layout) {
  return (struct ck_panel){
      panel, panel + layout.high, panel + layout.scales, panel + layout.minimums};
}

CK_INLINE bool ck_is_bytes(enum ck_codes codes) {
  return codes == CK_BYTES || codes == CK_SMALL_BYTES;
}

/// Bytes of one block in the stream of codes of a panel.
CK_INLINE size_t ck_code_bytes(enum ck_codes codes) {
  switch (codes) {
  case CK_BYTES:
  case CK_SMALL_BYTES: return 512;
  case CK_CRUMBS:
  case CK_THREE_BITS: return 128;
  case CK_SIGNS: return 64;
  case CK_TRITS: return CK_TRIT_VECTORS * 64 / SUPERBLOCK;
  default: return 256;
  }
}

/// Bytes of one block in the stream of upper bits of a panel.
CK_INLINE size_t ck_high_bytes(enum ck_codes codes) {
  switch (codes) {
  case CK_FIVE_BITS:
  case CK_THREE_BITS: return 64;
  case CK_SIX_BITS: return 128;
  default: return 0;
  }
}

/// Segments of a block that have a scale of their own: 2 of 16 weights, or 1.
CK_INLINE int ck_segments(enum ck_scales scales) {
  switch (scales) {
  case CK_UE4M3:
  case CK_F32_16:
  case CK_K2:
  case CK_K3:
  case CK_K6: return 2;
  default: return 1;
  }
}

CK_INLINE int32_t ck_load32(const void *p) {
  int32_t value;
  memcpy(&value, p, sizeof value);
  return value;
}

/// Bytes of one block in the stream of scales of a panel, which superblocks share.
CK_INLINE size_t ck_scale_bytes(enum ck_scales scales) {
  switch (scales) {
  case CK_F16: return 2 * CK_PANEL_ROWS;
  case CK_F16_64: return CK_PANEL_ROWS;
  case CK_F16_128: return CK_PANEL_ROWS / 2;
  case CK_F16_256: return CK_PANEL_ROWS / 4;
  case CK_E8M0: return CK_PANEL_ROWS;
  case CK_UE4M3: return 2 * CK_PANEL_ROWS;
  case CK_F32: return 4 * CK_PANEL_ROWS;
  case CK_F32_16: return 8 * CK_PANEL_ROWS;
  case CK_K2: return CK_K2_BYTES / SUPERBLOCK;
  case CK_K3: return CK_K3_BYTES / SUPERBLOCK;
  case CK_K4: return CK_K4_BYTES / SUPERBLOCK;
  case CK_K6: return CK_K6_BYTES / SUPERBLOCK;
  case CK_XS: return CK_XS_BYTES / SUPERBLOCK;
  }
}

CK_INLINE size_t ck_min(size_t a, size_t b) { return a < b ? a : b; }

#endif
