// Weights whose rows have at most one scale: f32, f16, bf16, and integers with a scale per row.
//
// Activations are stored in words of 4 bytes: one f32, two bf16 or four int8 of consecutive k. Four
// words are a group, the step of every loop. A group of a panel is what its 16 rows multiply with a
// group of a token:
//
//     kind            k     bytes of a group of the panel
//     ROW_F32         4     256: for each k, 16 rows x f32
//     ROW_F16         4     128: for each k, 16 rows x f16
//     ROW_BF16        4     128: for each pair of k, 16 rows x 2 bf16; meets f32
//     ROW_BF16_PAIRS  8     256: the same panel; meets pairs of bf16
//     ROW_INT8       16     256: for each 4 k, 16 rows x 4 codes + 128
//     ROW_CHANNEL8   16     as ROW_INT8
//     ROW_CHANNEL6   16     192: two vectors of lower nibbles as below, one of upper pairs of bits,
//                           the first 4 k in the lowest ones
//     ROW_CHANNEL4   16     128: for each 8 k, 16 rows x 4 nibbles of the first 4 k, the lower
//                           ones, and of the second
//
// k is padded with zeros to a whole group. int8 panels end with 16 f32, the scales of the rows.
//
// Channels have a zero point per row and per token, as OmniQuant's W4A4 and W6A6 and the u8 x s8
// product of INC and IPEX do. With codes as they are stored, w and a,
//
//     sum (w - zw)(a - za) = sum w a - zw sum a - za (sum w - K zw)
//
// Their panels end with 16 f32 scales, 16 int32 zeros zw and 16 int32 sums (sum w - K zw). Each of
// the terms is an int32, their total is exact in double precision.
//
// Activations lie as they are read: [chunk of 256 groups][tile][group][token][16 bytes]. Tiles
// divide the tokens evenly and are never padded.
#ifndef CKERNELS_ROWWISE_H
#define CKERNELS_ROWWISE_H

#include "../formats.h"

enum row_kind {
  ROW_F32,
  ROW_F16,
  ROW_BF16,
  ROW_BF16_PAIRS,
  ROW_INT8,
  ROW_CHANNEL8,
  ROW_CHANNEL6,
  ROW_CHANNEL4,
  ROW_SMALL,  // unpacked ROW_CHANNEL6 and ROW_CHANNEL4: codes below 64
};

CK_INLINE bool is_integer(enum row_kind kind) { return kind >= ROW_INT8; }

/// Whether rows and tokens have zero points.
CK_INLINE bool is_channel(enum row_kind kind) { return kind > ROW_INT8; }

/// Whether codes are stored with 128 on top.
CK_INLINE bool is_signed(enum row_kind kind) { return kind == ROW_INT8 || kind == ROW_CHANNEL8; }

/// Whether weights are unpacked once for many tokens.
CK_INLINE bool is_unpacked_first(enum row_kind kind) {
  return kind == ROW_F16 || kind == ROW_BF16 || kind == ROW_CHANNEL6 || kind == ROW_CHANNEL4;
}

/// What weights of a kind are unpacked to.
CK_INLINE enum row_kind unpacked_kind(enum row_kind kind) {
  return kind == ROW_F16 || kind == ROW_BF16 ? ROW_F32 : ROW_SMALL;
}

/// Bytes of a token in a group.
enum { GROUP_BYTES = 16 };
/// Groups in a chunk: 64 KiB of a panel. With the activations of a batch, a pair of panels and the
/// next pair fill 1.3 MiB of a second-level cache; shorter chunks would reload sums more often.
enum { ROW_CHUNK_GROUPS = 256 };
/// Tiles that meet a chunk of weights before the next chunk is read.
enum { BATCH_TILES = 22 };
/// The widest tile of tokens of any instruction set.
enum { ROW_MAX_TILE = 12 };
/// Panels that share the broadcast of an activation.
enum { ROW_PANELS = 2 };
/// The most columns of ROW_INT8: beyond, a sum of products of codes could exceed an int32.
enum { ROW_INT8_COLUMNS = 131072 };

/// k of one group.
CK_INLINE size_t group_columns(enum row_kind kind) {
  return is_integer(kind) ? 16 : kind == ROW_BF16_PAIRS ? 8 : 4;
}

/// Bytes of one group of a panel.
CK_INLINE size_t panel_group_bytes(enum row_kind kind) {
  if (kind == ROW_CHANNEL6) return 192;
  return kind == ROW_F16 || kind == ROW_BF16 || kind == ROW_CHANNEL4 ? 128 : 256;
}

/// Groups of a row of `columns`. A panel of bf16 is padded to pairs of groups of f32, so that the
/// same panel meets either activation format.
CK_INLINE size_t row_groups(enum row_kind kind, size_t columns) {
  if (kind == ROW_BF16) return (columns + 7) / 8 * 2;
  return (columns + group_columns(kind) - 1) / group_columns(kind);
}

/// Groups of so many units: units of channels are groups, others single weights.
CK_INLINE size_t unit_groups(enum row_kind kind, size_t units) {
  return is_channel(kind) ? units : row_groups(kind, units);
}

/// How many tiles of up to `tile` tokens there are.
CK_INLINE size_t row_tiles(size_t tile, size_t tokens) { return (tokens + tile - 1) / tile; }

/// The first token of a tile: tiles differ by one token at most.
CK_INLINE size_t first_token(size_t index, size_t tiles, size_t tokens) {
  return tokens * index / tiles;
}

/// Where the tile that starts at `token` keeps the groups from `first` on, in bytes. `first` starts
/// a chunk.
CK_INLINE size_t row_tile_offset(size_t groups, size_t tokens, size_t token, size_t first) {
  return (first * tokens + token * ck_min(ROW_CHUNK_GROUPS, groups - first)) * GROUP_BYTES;
}

/// Part of a tile's groups: with each, the next `lines` lines of each panel are prefetched.
struct stretch {
  size_t groups, lines;
  const uint8_t *ahead[ROW_PANELS];
};

/// Panels, and the tile of tokens that they are multiplied with.
struct row_tile {
  const uint8_t *panels[ROW_PANELS];
  const uint8_t *activations;
  struct stretch stretches[2];
  /// sums[token * stride + 16 * panel + row]: C, or a copy of the part of it that exists.
  float *sums;
  size_t stride;
  /// Whether sums start here, from 0 or from the corrections, and whether they are complete.
  bool starts, ends;
  /// For integers: -128 * sum(codes) and the scale of each token, the scales of each panel's rows.
  const int32_t *corrections;
  const float *token_scales;
  const float *row_scales[ROW_PANELS];
  /// For channels: the sum of the codes and the zero of each token.
  const int32_t *token_sums, *token_zeros;
};

/// Member `member` of the pair that starts with panel `first`.
CK_INLINE const uint8_t *row_panel(const struct ck_matmul_args *args, size_t first,
                                   size_t member) {
  return args->panels + ck_min(first + member, args->end_panel - 1) * args->layout.stride;
}

/// The zeros of the rows of a panel of channels, and the sums behind them.
CK_INLINE const int32_t *row_zeros(const struct row_tile *tile, size_t panel) {
  return (const int32_t *)(const void *)(tile->row_scales[panel] + CK_PANEL_ROWS);
}
CK_INLINE const int32_t *row_sums(const struct row_tile *tile, size_t panel) {
  return row_zeros(tile, panel) + CK_PANEL_ROWS;
}

/// Sums of one token: a row of C in each panel of a pair.
typedef float pair_sums[ROW_PANELS * CK_PANEL_ROWS];

/// Copies `count` of a token's sums.
CK_INLINE void copy_sums(float *to, const float *from, size_t count) {
  // Of a constant size it is a few moves, not a call.
  if (count == ROW_PANELS * CK_PANEL_ROWS) {
    memcpy(to, from, sizeof(pair_sums));
  } else {
    memcpy(to, from, count * sizeof *to);
  }
}

/// The rows of C that a pair of panels and a tile have, `stride` from token to token. A pair without
/// all its rows has sums in a copy instead.
struct pair_rows {
  float *out;
  size_t stride, count;
  bool whole;
};

CK_INLINE struct pair_rows pair_rows_at(const struct ck_matmul_args *args, size_t panel,
                                        size_t token) {
  const size_t row = panel * CK_PANEL_ROWS;
  const size_t end = ck_min(args->rows, args->end_panel * CK_PANEL_ROWS);
  const size_t count = ck_min(ROW_PANELS * CK_PANEL_ROWS, end - row);
  return (struct pair_rows){args->out + token * args->rows + row, args->rows, count,
                            count == ROW_PANELS * CK_PANEL_ROWS};
}

/// Fills the copy, where there is one, with the sums so far.
CK_INLINE void load_pair_rows(const struct pair_rows *rows, size_t width, pair_sums *copy) {
  for (size_t t = 0; t < width && !rows->whole; t++) {
    copy_sums(copy[t], rows->out + t * rows->stride, rows->count);
  }
}

/// Takes the copy, where there is one, to C.
CK_INLINE void store_pair_rows(const struct pair_rows *rows, size_t width, pair_sums *copy) {
  for (size_t t = 0; t < width && !rows->whole; t++) {
    copy_sums(rows->out + t * rows->stride, copy[t], rows->count);
  }
}

/// Prefetches the part of C that a pair of panels and some tokens make, `rows` from token to token, the
/// first `count` of which exist: they lie far apart, where no prefetcher of a processor sees a pattern.
CK_INLINE void prefetch_sums(const float *out, size_t rows, size_t count, size_t tokens) {
  for (size_t t = 0; t < tokens; t++, out += rows) {
    __builtin_prefetch(out, 0, 2);
    __builtin_prefetch(out + ck_min(16, count - 1), 0, 2);
    __builtin_prefetch(out + ck_min(31, count - 1), 0, 2);
  }
}

/// Prefetches the part of C that the pair of panels at `panel` and the tile `index` of `tiles` make.
CK_INLINE void prefetch_tile(const struct ck_matmul_args *args, size_t panel, size_t tiles,
                             size_t index) {
  const size_t row = panel * CK_PANEL_ROWS, token = first_token(index, tiles, args->tokens);
  prefetch_sums(args->out + token * args->rows + row, args->rows, args->rows - row,
                first_token(index + 1, tiles, args->tokens) - token);
}

#endif
