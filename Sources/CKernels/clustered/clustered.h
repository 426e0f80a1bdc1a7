// Weights of RPTQ: input channels sorted into clusters, each with a static grid for its activations and,
// per row, one for its weights.
//
//     y = bias + sum over clusters of scale[row, c] (sum over c of (code - zero[row, c]) a)
//
// The sums are int32. scale is the product of both scales, which are known when weights are packed; so
// is what the zero points of the activations come to, which is the bias. Clusters are padded to words of
// 16 k, and cut where a chunk of 288 such words ends: what is left are segments. A panel of 16 rows has,
// in streams:
//
//     codes   4 bits: 128 bytes a word, as ROW_CHANNEL4 (rowwise/rowwise.h)
//             3 bits: 96 bytes a word: 64 of the lower two bits, the first 4 k in the lowest ones,
//             then 32 of the third, rows 0 to 7 in low nibbles, 8 to 15 in high ones
//     scales  16 x f32 a segment
//     zeros   16 nibbles a segment: rows 0 to 7 in low ones, 8 to 15 in high ones
//     bias    16 x f32
//
// Activations have signed codes of up to 8 bits, and minus their sum over each segment; they lie as those
// of rows do, in chunks of that length. Or they are f32 (float_loops.h): then scales are those of the
// weights alone.
#ifndef CKERNELS_CLUSTERED_H
#define CKERNELS_CLUSTERED_H

#include "../rowwise/rowwise.h"
#include "CKernelsClusters.h"

/// Bytes of a word of 16 k of a panel; unpacked codes have 256.
CK_INLINE size_t cluster_word_bytes(unsigned bits) {
  return bits == 3 ? 96 : bits == 4 ? 128 : 256;
}

/// What an unpacked code is called among bits.
enum { UNPACKED_BITS = 8 };
/// Bytes of the zeros of a segment.
enum { CLUSTER_ZERO_BYTES = CK_PANEL_ROWS / 2 };

/// Where the tile that starts at `token` keeps the words of the chunk that starts at `first`, in bytes.
CK_INLINE size_t cluster_tile_offset(struct ck_clusters clusters, size_t tokens, size_t token,
                                     size_t first) {
  const size_t words = ck_min(CK_CLUSTER_CHUNK, clusters.all_words - first);
  return (first * tokens + token * words) * GROUP_BYTES;
}

/// Some segments of a pair of panels, and the tile of tokens that they are multiplied with.
struct cluster_tile {
  const uint8_t *codes[ROW_PANELS];
  /// For packed codes: bytes of them, and the codes that are multiplied next.
  size_t bytes;
  const uint8_t *next[ROW_PANELS];
  const uint8_t *scales[ROW_PANELS], *zeros[ROW_PANELS];
  /// Words of each segment.
  const uint16_t *words;
  size_t segments;
  const uint8_t *activations;
  /// Minus the sum of the codes of the first segment, `all_segments` apart by token.
  const int32_t *sums;
  size_t all_segments;
  /// C, or a copy of the part of it that exists: out[token][16 * panel + row].
  pair_sums *out;
};

#endif
