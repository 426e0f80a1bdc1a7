// Reading the codes of blocks as files hold them.
#ifndef CKERNELS_FILE_BLOCKS_H
#define CKERNELS_FILE_BLOCKS_H

#include "formats.h"

/// Reads the stored codes of one block of a file, of at most 256 weights: unsigned, in order of k.
void ck_read_codes(struct ck_shape shape, const uint8_t *block, uint8_t *codes);

#endif
