// Products of weights whose input channels are in clusters with grids of their own, as RPTQ has them:
// described in clustered/clustered.h.
#ifndef CKERNELS_CLUSTERS_H
#define CKERNELS_CLUSTERS_H

#include "CKernels.h"

enum {
  /// Columns of a word; clusters are padded to whole ones.
  CK_CLUSTER_WORD = 16,
  /// Words of a chunk, in whose middle no segment may continue: 4096 columns in 32 clusters with their
  /// padding are one, so that sums are stored once.
  CK_CLUSTER_CHUNK = 288,
  /// Words of a part, of which activations as they are are summed before anything else: 8 KiB of a panel, as
  /// floats. A segment is divided into such parts, the last of which may be shorter.
  CK_CLUSTER_PART = 8,
};

/// How the columns of a matrix are divided.
struct ck_clusters {
  /// Words of each segment, in the order of the columns; a segment lies inside a chunk.
  const uint16_t *words;
  /// Segments, and words of all.
  size_t segments, all_words;
};

/// Rows of weights as they are packed: one panel.
struct ck_cluster_rows {
  /// 3 or 4.
  unsigned bits;
  struct ck_clusters clusters;
  /// Up to 16 rows.
  size_t rows;
  /// codes[row * 16 * all_words + k]; what pads a cluster has activations of code 0.
  const uint8_t *codes;
  /// scales[row * segments + segment], zeros from 0 to 15, and the bias of each row.
  const float *scales;
  const uint8_t *zeros;
  const float *bias;
};

/// Where the streams of a panel lie.
struct ck_layout ck_cluster_layout(unsigned bits, struct ck_clusters clusters);

/// Packs one panel.
void ck_pack_clusters(const struct ck_cluster_rows *rows, uint8_t *panel);

/// The rounding of some tiles of activations.
struct ck_cluster_quantize_args {
  /// B, token after token, channels as they come: x[token * columns + channel].
  const float *x;
  size_t tokens, columns;
  struct ck_clusters clusters;
  /// The channel of each column of all words; UINT32_MAX where a cluster is padded
  /// at its end.
  const uint32_t *channels;
  /// Scale and zero of each segment, and the least and the largest code.
  const float *scales;
  const float *zeros;
  float least, most;
  size_t tile, first_tile, end_tile;
  /// Codes, 16 * all_words a token, aligned to 64; minus their sums, one a segment and token.
  int8_t *codes;
  int32_t *sums;
  /// 1 for each token, or NaN where a number of it is not finite.
  float *finite;
};

/// One multiplication, or a share of its panels.
struct ck_cluster_args {
  unsigned bits;
  const uint8_t *panels;
  struct ck_layout layout;
  struct ck_clusters clusters;
  size_t rows, first_panel, end_panel, tokens;
  const int8_t *codes;
  const int32_t *sums;
  const float *finite;
  /// C, token after token: out[token * rows + row].
  float *out;
};

/// Activations in the order of the columns, as they are.
struct ck_cluster_gather_args {
  /// As for their rounding.
  const float *x;
  size_t tokens, columns;
  struct ck_clusters clusters;
  const uint32_t *channels;
  size_t tile, first_tile, end_tile;
  /// 16 * all_words numbers a token, column after column of a tile, 0 where a cluster is padded; and for
  /// each word of a token the sum up to its end of the part that it is in.
  float *out, *sums;
};

/// Puts activations in the order of the columns.
void ck_gather_clusters(const struct ck_cluster_gather_args *args);

/// One multiplication with activations in f32, or a share of its panels. The bias is not added.
struct ck_cluster_float_args {
  unsigned bits;
  const uint8_t *panels;
  struct ck_layout layout;
  struct ck_clusters clusters;
  size_t rows, first_panel, end_panel, tokens;
  /// B in the order of the columns in tiles of `float_tile` tokens, and their sums as they are gathered.
  const float *x, *sums;
  /// C, token after token: out[token * rows + row].
  float *out;
};

/// The products of one instruction set.
struct ck_cluster_kernel {
  const char *isa;
  uint32_t required;
  size_t tile;
  /// Rounds activations, the same bits for every instruction set. NULL where a plainer instruction set's
  /// product of them is the best.
  void (*quantize)(const struct ck_cluster_quantize_args *args);
  /// With rounded activations; NULL as before.
  void (*matmul)(const struct ck_cluster_args *args);
  /// Tokens of a tile of activations in f32, and the product of them; NULL as before.
  size_t float_tile;
  void (*matmul_floats)(const struct ck_cluster_float_args *args);
};

/// Row `index` of the table, or NULL after the last; the last that can run is the best. The first has all
/// products.
const struct ck_cluster_kernel *ck_cluster_kernel_at(size_t index);

#endif
