// The bit layouts of ggml's blocks. Each field of codes is a plane: numbers are dealt out over
// `stride` bytes, then over the same bytes again one place higher, and go on to the next `stride`
// bytes when they are full.
#include "file_blocks.h"

/// Adds `count` numbers of `bits` bits, moved up by `shift`, to the codes.
static void add_plane(const uint8_t *plane, size_t count, size_t bits, size_t stride, size_t shift,
                      uint8_t *codes) {
  const size_t per_byte = 8 / bits;
  const unsigned mask = (1u << bits) - 1;
  for (size_t i = 0; i < count; i++) {
    const size_t byte = i / (stride * per_byte) * stride + i % stride;
    const size_t place = i / stride % per_byte;
    codes[i] |= (uint8_t)((plane[byte] >> (place * bits) & mask) << shift);
  }
}

/// Reads the trits that a run of bytes holds: the first of every byte, then the second, ...
static void read_trits(const uint8_t *bytes, size_t count, size_t trits, uint8_t *codes) {
  static const uint8_t powers[CK_TRITS_IN_BYTE] = {1, 3, 9, 27, 81};
  for (size_t trit = 0; trit < trits; trit++) {
    for (size_t i = 0; i < count; i++) {
      const uint8_t shifted = (uint8_t)(bytes[i] * powers[trit]);
      *codes++ = (uint8_t)(shifted * 3u >> 8);
    }
  }
}

/// Q4_0, Q5_0 and their relatives: fifth bits, then nibbles in halves order, after `header` bytes.
static void read_simple(struct ck_shape shape, const uint8_t *fields, uint8_t *codes) {
  const bool five = shape.codes == CK_FIVE_BITS;
  add_plane(fields + (five ? 4 : 0), CK_BLOCK, 4, 16, 0, codes);
  if (five) add_plane(fields, CK_BLOCK, 1, 1, 4, codes);
}

/// Blocks of 32 to 128 weights, after their scales.
static void read_small(struct ck_shape shape, const uint8_t *block, uint8_t *codes) {
  switch (shape.codes) {
  case CK_BYTES:
    for (size_t i = 0; i < CK_BLOCK; i++) codes[i] = block[2 + i] ^ 0x80;
    break;
  case CK_SIGNS: add_plane(block + 2, 128, 1, 1, 1, codes); break;
  case CK_CRUMBS: add_plane(block + 2, 64, 2, 1, 0, codes); break;
  default: read_simple(shape, block + (shape.minimum ? 4 : 2), codes);
  }
}

void ck_read_codes(struct ck_shape shape, const uint8_t *block, uint8_t *codes) {
  enum { ALL = SUPERBLOCK * CK_BLOCK };
  memset(codes, 0, ALL);
  const bool five = shape.codes == CK_FIVE_BITS;
  switch (shape.scales) {
  case CK_E8M0: add_plane(block + 1, CK_BLOCK, 4, 16, 0, codes); break;
  case CK_UE4M3: add_plane(block + 4, 64, 4, 8, 0, codes); break;
  case CK_K2: add_plane(block + 16, ALL, 2, 32, 0, codes); break;
  case CK_K3:
    add_plane(block + 32, ALL, 2, 32, 0, codes);
    add_plane(block, ALL, 1, 32, 2, codes);
    break;
  case CK_K4:
    add_plane(block + (five ? 48 : 16), ALL, 4, 32, 0, codes);
    if (five) add_plane(block + 16, ALL, 1, 32, 4, codes);
    break;
  case CK_K6:
    add_plane(block, ALL, 4, 64, 0, codes);
    add_plane(block + 128, ALL, 2, 32, 4, codes);
    break;
  case CK_XS: add_plane(block + 8, ALL, 4, 16, 0, codes); break;
  case CK_F16_256:
    if (shape.codes == CK_CRUMBS) {
      add_plane(block, ALL, 2, 32, 0, codes);
    } else {
      read_trits(block, 32, 5, codes);
      read_trits(block + 32, 16, 5, codes + 160);
      read_trits(block + 48, 4, 4, codes + 240);
    }
    break;
  case CK_F16:
  case CK_F16_64:
  case CK_F16_128:
  case CK_F32:
  case CK_F32_16: read_small(shape, block, codes); break;
  }
}
