// Quantized matrix multiplication: C[m,n] = A[m,k] * B[k,n], weights A, activations B.
//
// Weights are packed once into panels of 16 rows, with the same number of bits as the file format.
// A panel covers all of k in blocks of 32 and keeps its parts in separate streams, each aligned to
// 64 bytes. Lane r of a 64-byte vector (4 bytes) belongs to row r of the panel:
//
//     codes   4-bit: 4 vectors a block. Vector j, lane r, byte b: low nibble k = 4j + b,
//                    high nibble k = 16 + 4j + b.
//             8-bit: 8 vectors a block, k = 4j + b, stored as code + 128.
//             2-bit: 2 vectors a block; bits 2i and 2i + 1 hold k = 16j + 4i + b.
//             1-bit: 1 vector a block; bit g holds k = 4g + b.
//             trits: 13 vectors for 8 blocks, five to a byte (formats.h).
//     high    upper bits: 1 vector a block for a fifth or third bit, laid out as 1-bit codes,
//             2 vectors for two more bits, laid out as 2-bit codes.
//     scales  16 x f16 for every block or every few; 16 x u8 (E8M0), 2 x 16 x u8 (UE4M3) a block; or
//             per 8 blocks 16 of each byte of packed scales, 16 x d and 16 x dmin, all as f16.
//     mins    16 x f16 a block, for blocks of 32 with a minimum.
//
// Activations are quantized on the fly into tiles of up to `tile` tokens, ordered as they are read:
// [chunk of 16 blocks][tile][block][token][32], so that all tiles of a chunk are one stream and
// every address inside a tile is a constant offset.
//
// Formats whose rows have at most one scale (floats, integers per row) are described in
// rowwise/rowwise.h; their block is a single weight, or 16. Formats of GPTQ, AWQ and bitsandbytes are
// described in grouped/grouped.h.
//
// Nothing here allocates, keeps state or reports errors: sizes are the caller's promise.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Rows in one panel.
enum { CK_PANEL_ROWS = 16 };
/// Weights of a row in one block.
enum { CK_BLOCK = 32 };
/// Blocks that are unpacked, and whose activations are stored, together: 16 KiB of codes for a pair of
/// panels leave room in a first-level cache. A row's last chunk takes up to 4 more, which would be
/// too few to be worth a pass over the sums of their own.
enum { CK_CHUNK_BLOCKS = 16, CK_TAIL_BLOCKS = 4, CK_MOST_CHUNK_BLOCKS = 20 };
/// The widest tile of tokens of any kernel.
enum { CK_MAX_TILE = 16 };

/// Instruction sets, one bit each; a kernel runs where all of its bits are present.
enum {
  CK_ISA_AVX2 = 1 << 0,        // AVX2, FMA and F16C
  CK_ISA_AVXVNNI = 1 << 1,     // VPDPBUSD on 256 bits
  CK_ISA_AVX512VNNI = 1 << 2,  // AVX-512 F, BW, DQ, VL and VNNI
  CK_ISA_AVX512BF16 = 1 << 3,  // VDPBF16PS on 512 bits
  CK_ISA_NEON = 1 << 8,        // Every AArch64 processor
  CK_ISA_DOTPROD = 1 << 9,     // SDOT
  CK_ISA_I8MM = 1 << 10,       // USDOT and SMMLA
};

/// The instruction sets that this processor and its operating system offer.
uint32_t ck_host_isa(void);

/// Where the streams of a panel lie, in bytes from the start of the panel.
struct ck_layout {
  size_t high, scales, minimums;
  /// Bytes from one panel to the next, a multiple of 64.
  size_t stride;
};

/// One multiplication, or a share of its panels.
struct ck_matmul_args {
  /// The first byte of panel 0, aligned to 64.
  const uint8_t *panels;
  struct ck_layout layout;
  /// Rows of A; the last panel is padded with zero weights.
  size_t rows;
  /// Units of the format in a row.
  size_t blocks;
  /// The panels to multiply: [first_panel, end_panel).
  size_t first_panel, end_panel;
  /// Tokens, the columns of B and C.
  size_t tokens;
  /// Activation codes, aligned to 64.
  const int8_t *codes;
  /// One a block and token.
  const float *scales;
  /// What the kernel needs of the sums of codes, such as -offset * sum(codes), with which an integer
  /// accumulator starts: up to two a block and token.
  const int32_t *corrections;
  /// What a minimum is multiplied with, such as scale * sum(codes): up to two a block and token.
  const float *scaled_sums;
  /// C, token after token: out[token * rows + row].
  float *out;
};

/// The quantization of some tiles of activations.
struct ck_quantize_args {
  /// B, token after token: x[token * columns + k].
  const float *x;
  size_t tokens, columns, blocks;
  /// The widest tile of the kernel that will read the result: `ck_widest_tile`.
  size_t tile;
  /// The tiles to write: [first_tile, end_tile).
  size_t first_tile, end_tile;
  /// What the weight codes are stored with on top of their value.
  int32_t offset;
  /// For `q8_token`: the largest magnitude of all tokens, beyond which numbers are clipped; 0 for that
  /// of each token.
  float fixed_maximum;
  /// For `q8_token`: columns whose codes are 0; magnitudes from the threshold on count nowhere.
  const uint32_t *outliers;
  size_t outlier_count;
  float outlier_threshold;
  /// For `u8_token`, `u6_token` and `u4_token`: the grid of all tokens; scale 0 for one of each token.
  float fixed_scale;
  int32_t fixed_zero;
  int8_t *codes;
  float *scales;
  int32_t *corrections;
  float *scaled_sums;
};

/// How the weights of a format are packed.
struct ck_format {
  const char *id;
  /// Weights in a unit of a panel: 32 for block formats, 16 for channels, 1 where k may be any number.
  size_t unit;
  /// The most units in a row.
  size_t most_blocks;
  /// Weights and bytes of one block as stored in a file.
  size_t file_block_weights, file_block_bytes;
  /// Bytes that follow the blocks of each row: a scale.
  size_t file_row_bytes;
  /// The layout of a panel of `blocks` units.
  struct ck_layout (*layout)(const struct ck_format *format, size_t blocks);
  /// Packs one panel: see `ck_pack_panel`.
  void (*pack)(
      const struct ck_format *format, const uint8_t *source, size_t rows, size_t blocks,
      uint8_t *panel);
  /// What is added to a weight's integer value to store it unsigned.
  int32_t offset;
  bool has_minimum;
};

/// Bytes of the memory of quantized activations.
struct ck_activation_bytes {
  size_t codes, scales, corrections, scaled_sums;
};

/// How activations are stored on the way in.
struct ck_activation {
  /// `q8_32`: 8 bits with a scale per 32. `q8_256`: per 256, or what is left at the end of a row.
  /// `q8_token`: with a scale per token; `q8_token_128`: and sums per 128. `u8_token`, `u6_token`,
  /// `u4_token`: unsigned codes with a scale and a zero point per token. `f32`, `bf16`.
  const char *id;
  /// The memory that `tokens` tokens take, in tiles of up to `tile`.
  struct ck_activation_bytes (*bytes)(size_t tile, size_t tokens, size_t columns);
};

/// One kernel. The order of the table is preference: the last that can run is the best.
struct ck_kernel {
  const struct ck_format *format;
  const struct ck_activation *activation;
  const char *isa;
  uint32_t required;
  /// The widest tile of tokens, and the widest where all tokens are one tile.
  size_t tile, lone_tile;
  void (*matmul)(const struct ck_matmul_args *args);
  void (*quantize)(const struct ck_quantize_args *args);
};

/// Row `index` of the table of kernels, or NULL after the last.
const struct ck_kernel *ck_kernel_at(size_t index);

/// The layout of a panel of `blocks` blocks of 32.
struct ck_layout ck_panel_layout(const struct ck_format *format, size_t blocks);

/// Packs one panel from rows of blocks as stored in a file.
///
/// `source` points at the first row of the panel; `rows` (at most 16) rows follow each other
/// without gaps. Missing rows become zero weights.
void ck_pack_panel(
    const struct ck_format *format, const uint8_t *source, size_t rows, size_t blocks,
    uint8_t *panel);

/// The widest tile of a product with `tokens` tokens.
static inline size_t ck_widest_tile(struct ck_kernel kernel, size_t tokens) {
  return tokens <= kernel.lone_tile ? kernel.lone_tile : kernel.tile;
}

/// The width of the tile that holds `remaining` tokens: the smallest that exists.
static inline size_t ck_tile_width(size_t tile, size_t remaining) {
  static const uint8_t widths[CK_MAX_TILE + 1] = {0, 1,  2,  3,  4,  6,  6,  8, 8,
                                                  12, 12, 12, 12, 16, 16, 16, 16};
  return remaining >= tile ? tile : widths[remaining];
}

/// How many tokens the tiles of `tokens` tokens hold, padding included.
static inline size_t ck_padded_tokens(size_t tile, size_t tokens) {
  return tokens / tile * tile + ck_tile_width(tile, tokens % tile);
}

/// Where the chunk of a row of `blocks` that holds `block` starts.
static inline size_t ck_chunk_start(size_t blocks, size_t block) {
  const size_t start = block / CK_CHUNK_BLOCKS * CK_CHUNK_BLOCKS;
  const bool is_tail = start > 0 && blocks - start <= CK_TAIL_BLOCKS;
  return is_tail ? start - CK_CHUNK_BLOCKS : start;
}

/// The end of blocks that start at `first`, a chunk's start, and are `count`, whole chunks, if the row
/// of `blocks` goes on for more than a tail.
static inline size_t ck_chunk_end(size_t blocks, size_t first, size_t count) {
  return blocks - first <= count + CK_TAIL_BLOCKS ? blocks : first + count;
}

/// Where the tile that starts at `token` keeps the blocks from `first` on, up to the end of their
/// chunk: in units of 32 codes, one scale and so on. `first` starts a chunk.
static inline size_t ck_tile_offset(size_t padded, size_t blocks, size_t token, size_t first) {
  return first * padded + token * (ck_chunk_end(blocks, first, CK_CHUNK_BLOCKS) - first);
}

/// The ceilings that a benchmark compares kernels with.
struct ck_probe {
  const char *isa;
  uint32_t required;
  /// Runs `iterations` rounds of independent 8-bit dot products; returns the operations.
  double (*dot_products)(size_t iterations);
  /// The same with fused multiply-adds of f32.
  double (*multiply_adds)(size_t iterations);
  /// The same with dot products of bf16, which need `bf16_required`; NULL without such instructions.
  double (*bf16_dot_products)(size_t iterations);
  uint32_t bf16_required;
  /// Reads `bytes` (a multiple of 256) at `data` once, prefetching `ahead` bytes (0: not at all).
  void (*read)(const uint8_t *data, size_t bytes, size_t ahead);
};

/// The probes of this architecture from the plainest on; NULL after the last.
const struct ck_probe *ck_probe_at(size_t index);

#endif
