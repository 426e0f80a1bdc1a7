// The functions for chunks that plain_chunk.h describes, and which format uses which. The including
// file has defined `multiply_chunk_width`.

#include "chunk_loops.h"

// Formats share the code for unpacked chunks.
CK_DEFINE_CHUNK(multiply_small, CK_SHAPE(CK_SMALL_BYTES, CK_F32, false, 0, CK_Q8_32))
CK_DEFINE_CHUNK(multiply_small_minimum, CK_SHAPE(CK_SMALL_BYTES, CK_F32, true, 0, CK_Q8_32))
CK_DEFINE_CHUNK(multiply_bytes, CK_SHAPE(CK_BYTES, CK_F32, false, 0, CK_Q8_32))
CK_DEFINE_CHUNK(multiply_small_16, CK_SHAPE(CK_SMALL_BYTES, CK_F32_16, false, 0, CK_Q8_32))
CK_DEFINE_CHUNK(multiply_small_16_minimum, CK_SHAPE(CK_SMALL_BYTES, CK_F32_16, true, 0, CK_Q8_32))
CK_DEFINE_CHUNK(multiply_bytes_16, CK_SHAPE(CK_BYTES, CK_F32_16, false, 0, CK_Q8_32))

CK_INLINE chunk_multiplier chunk_function(struct ck_shape shape) {
  if (ck_segments(shape.scales) == 2) {
    return shape.minimum         ? multiply_small_16_minimum
           : shape.offset == 128 ? multiply_bytes_16
                                 : multiply_small_16;
  }
  return shape.minimum ? multiply_small_minimum
         : shape.offset == 128 ? multiply_bytes
                               : multiply_small;
}
