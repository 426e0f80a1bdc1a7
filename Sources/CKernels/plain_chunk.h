// A chunk as most instruction sets unpack it: CK_BYTES or CK_SMALL_BYTES with f32 scales, which
// `multiply_width` reads like any other panel.

/// A chunk of a panel, unpacked.
struct chunk {
  _Alignas(64) uint8_t codes[CK_MOST_CHUNK_BLOCKS][512];
  _Alignas(64) float scales[2 * CK_MOST_CHUNK_BLOCKS][CK_PANEL_ROWS];
  _Alignas(64) float minimums[2 * CK_MOST_CHUNK_BLOCKS][CK_PANEL_ROWS];
};

/// A chunk as a panel.
CK_INLINE struct ck_panel panel_of_chunk(const struct chunk *chunk) {
  return (struct ck_panel){(const uint8_t *)chunk->codes, NULL, (const uint8_t *)chunk->scales,
                           (const uint8_t *)chunk->minimums};
}
