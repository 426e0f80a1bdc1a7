// A chunk as most instruction sets unpack it: CK_BYTES or CK_SMALL_BYTES with f32 scales, which
// `multiply_width` reads like any other panel.

/// A chunk of a panel, unpacked.
struct chunk {
  _Alignas(64) uint8_t codes[CK_MOST_CHUNK_BLOCKS][512];
  _Alignas(64) float scales[2 * CK_MOST_CHUNK_BLOCKS][CK_PANEL_ROWS];
  _Alignas(64) float minimums[2 * CK_MOST_CHUNK_BLOCKS][CK_PANEL_ROWS];
#ifdef CK_CHUNK_HAS_SIGNS
  _Alignas(64) uint8_t signs[CK_MOST_CHUNK_BLOCKS][512];
#endif
};

/// A chunk as a panel.
CK_INLINE struct ck_panel panel_of_chunk(const struct chunk *chunk) {
#ifdef CK_CHUNK_HAS_SIGNS
  const uint8_t *signs = (const uint8_t *)chunk->signs;
#else
  const uint8_t *signs = NULL;
#endif
  return (struct ck_panel){(const uint8_t *)chunk->codes, signs, (const uint8_t *)chunk->scales,
                           (const uint8_t *)chunk->minimums};
}
