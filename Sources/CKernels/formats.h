// What kernels need to know about each format at compile time, and the list of formats.
#ifndef CKERNELS_FORMATS_H
#define CKERNELS_FORMATS_H

#include "CKernels.h"

#include <string.h>

#define CK_INLINE static inline __attribute__((always_inline))

enum ck_codes {
  CK_NIBBLES,       // 4-bit codes
  CK_FIVE_BITS,     // 4-bit codes and a stream of fifth bits
  CK_BYTES,         // code + 128, or unpacked table values + 128
  CK_SMALL_BYTES,   // unpacked 4- and 5-bit codes
  CK_TABLE_IQ4_NL,  // 4-bit indices of a table
  CK_TABLE_MXFP4,
};

enum ck_scales {
  CK_F16,
  CK_E8M0,
  CK_F32,
  CK_K4,  // Q4_K, Q5_K: 12 bytes of 6-bit scales and minimums, d, dmin for 256 weights
  CK_XS,  // IQ4_XS: 6 bytes of 6-bit scales, d for 256 weights
};

/// Blocks of 32 in a superblock.
enum { SUPERBLOCK = 8 };
/// Where a superblock of a panel keeps d (16 x f16) and dmin: after the scales of 16 rows.
enum { CK_K4_D = 192, CK_K4_DMIN = 224, CK_K4_BYTES = 256, CK_XS_D = 96, CK_XS_BYTES = 128 };

/// A format as a compile-time constant: kernels take it by value and are inlined.
struct ck_shape {
  enum ck_codes codes;
  enum ck_scales scales;
  bool minimum;
  int32_t offset;
};

// X(format, codes, scales, has a minimum, offset, weights and bytes of a block in a file)
// The offset is what turns the integer value of a weight into its stored, unsigned code.
#define CK_BLOCK_FORMATS(X)                               \
  X(q4_0, CK_NIBBLES, CK_F16, false, 8, 32, 18)           \
  X(q4_1, CK_NIBBLES, CK_F16, true, 0, 32, 20)            \
  X(q5_0, CK_FIVE_BITS, CK_F16, false, 16, 32, 22)        \
  X(q5_1, CK_FIVE_BITS, CK_F16, true, 0, 32, 24)          \
  X(q8_0, CK_BYTES, CK_F16, false, 128, 32, 34)           \
  X(q4_k, CK_NIBBLES, CK_K4, true, 0, 256, 144)           \
  X(q5_k, CK_FIVE_BITS, CK_K4, true, 0, 256, 176)         \
  X(iq4_nl, CK_TABLE_IQ4_NL, CK_F16, false, 128, 32, 18)  \
  X(iq4_xs, CK_TABLE_IQ4_NL, CK_XS, false, 128, 256, 136) \
  X(mxfp4, CK_TABLE_MXFP4, CK_E8M0, false, 128, 32, 17)

/// IQ4_NL's steps, plus 128.
#define CK_IQ4_NL_TABLE 1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241
/// Twice the E2M1 values, plus 128.
#define CK_MXFP4_TABLE \
  128, 129, 130, 131, 132, 134, 136, 140, 128, 127, 126, 125, 124, 122, 120, 116

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
CK_INLINE size_t ck_code_bytes(enum ck_codes codes) { return ck_is_bytes(codes) ? 512 : 256; }

CK_INLINE int32_t ck_load32(const void *p) {
  int32_t value;
  memcpy(&value, p, sizeof value);
  return value;
}

/// Bytes of one block in the stream of scales of a panel, which superblocks share.
CK_INLINE size_t ck_scale_bytes(enum ck_scales scales) {
  switch (scales) {
  case CK_F16: return 2 * CK_PANEL_ROWS;
  case CK_E8M0: return CK_PANEL_ROWS;
  case CK_F32: return 4 * CK_PANEL_ROWS;
  case CK_K4: return CK_K4_BYTES / SUPERBLOCK;
  case CK_XS: return CK_XS_BYTES / SUPERBLOCK;
  }
}

CK_INLINE size_t ck_min(size_t a, size_t b) { return a < b ? a : b; }

#endif
