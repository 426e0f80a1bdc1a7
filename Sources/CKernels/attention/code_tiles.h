// Tiles of codes of clusters: 32 rows times 16 lanes, as CKernelsTransformer.h describes them. Included once a
// file, after wide.h.
//
// A row is masked out of a word and converted where it stands, which makes codes larger by a power of two;
// what they are multiplied with is smaller by it. So a vector of codes costs two operations.

typedef uint32_t wide_uint __attribute__((vector_size(64)));

CK_INLINE bool is_clustered(enum ck_cache_kind kind) {
  return kind == CK_CACHE_CLUSTERS_4 || kind == CK_CACHE_CLUSTERS_3;
}

/// Bits of a code, which are as many as a tile has words a lane.
CK_INLINE int tile_bits(enum ck_cache_kind kind) { return kind == CK_CACHE_CLUSTERS_3 ? 3 : 4; }
CK_INLINE size_t tile_bytes(enum ck_cache_kind kind) {
  return (size_t)tile_bits(kind) * CK_LANES * sizeof(uint32_t);
}

/// Rows of a word, and where those that are left stand: 30 and 31 of 3 bits.
CK_INLINE int rows_of_word(int bits) { return bits == 3 ? 10 : 8; }
enum { SPLIT_ROW = 30 };

CK_INLINE wide_int load_word(const uint8_t *tile, int word) {
  wide_int lanes;
  memcpy(&lanes, tile + word * (int)sizeof lanes, sizeof lanes);
  return lanes;
}

/// Row `i`, a constant, of the rows of a word: its codes times 2^(bits * i), or the codes where the highest
/// bit would be a sign.
CK_INLINE wide word_row(int bits, wide_int word, int i) {
  const int shift = bits * i;
  if (shift == 28) return __builtin_convertvector((wide_int)((wide_uint)word >> 28), wide);
  return __builtin_convertvector(word & ((1 << bits) - 1) << shift, wide);
}

/// Row SPLIT_ROW + `i` of a tile of 3 bits.
CK_INLINE wide split_row(const uint8_t *tile, int i) {
  const wide_int low = load_word(tile, i) >> 30 & 3, third = load_word(tile, 2) >> (30 + i) & 1;
  return __builtin_convertvector(low | third << 2, wide);
}

/// What rows are multiplied with to be codes.
#define CK_UNITS_4 1, 0x1p-4f, 0x1p-8f, 0x1p-12f, 0x1p-16f, 0x1p-20f, 0x1p-24f, 1
#define CK_UNITS_3 \
  1, 0x1p-3f, 0x1p-6f, 0x1p-9f, 0x1p-12f, 0x1p-15f, 0x1p-18f, 0x1p-21f, 0x1p-24f, 0x1p-27f
static const float units_4[CK_CACHE_TILE] = {CK_UNITS_4, CK_UNITS_4, CK_UNITS_4, CK_UNITS_4};
static const float units_3[CK_CACHE_TILE] = {CK_UNITS_3, CK_UNITS_3, CK_UNITS_3, 1, 1};
#undef CK_UNITS_4
#undef CK_UNITS_3

CK_INLINE const float *tile_units(enum ck_cache_kind kind) {
  return kind == CK_CACHE_CLUSTERS_3 ? units_3 : units_4;
}

/// Sets some bits of a lane of a word.
CK_INLINE void set_bits(uint8_t *tile, int word, size_t lane, int shift, uint32_t mask,
                        uint32_t bits) {
  uint8_t *place = tile + 4 * ((size_t)word * CK_LANES + lane);
  uint32_t lanes;
  memcpy(&lanes, place, sizeof lanes);
  lanes = (lanes & ~(mask << shift)) | bits << shift;
  memcpy(place, &lanes, sizeof lanes);
}

/// Stores the code of a row and lane.
CK_INLINE void set_code(int bits, uint8_t *tile, int row, size_t lane, uint32_t code) {
  if (bits == 3 && row >= SPLIT_ROW) {
    set_bits(tile, row - SPLIT_ROW, lane, 30, 3, code & 3);
    set_bits(tile, 2, lane, row, 1, code >> 2);
    return;
  }
  const int rows = rows_of_word(bits);
  set_bits(tile, row / rows, lane, bits * (row % rows), (1u << bits) - 1, code);
}

/// The codes of numbers [first, first + 16) of a vector: round(x / scale) + zero, ties to even, within the
/// grid; 0 of NaN.
CK_INLINE wide_int grid_codes(struct ck_cache_format format, const float *vector, size_t first) {
  const wide far = broadcast(1e6f), top = broadcast((float)((1 << tile_bits(format.kind)) - 1));
  wide steps = load_wide(vector + first) / load_wide(format.scales + first);
  steps = larger(choose(steps > far, far, steps), -far);
  // Adding 1.5 * 2^23 rounds to an integer.
  const wide magic = broadcast(0x1.8p23f);
  steps = larger((steps + magic) - magic + load_wide(format.zeros + first), broadcast(0));
  return __builtin_convertvector(choose(steps > top, top, steps), wide_int);
}

static void store_clustered_key(struct ck_cache_format format, const float *vector, size_t lane,
                                uint8_t *panel) {
  for (size_t first = 0; first < format.width; first += CK_LANES) {
    const wide_int codes = grid_codes(format, vector, first);
    uint8_t *tile = panel + first / CK_CACHE_TILE * tile_bytes(format.kind);
    for (int i = 0; i < CK_LANES; i++) {
      const int row = (int)(first % CK_CACHE_TILE) + i;
      set_code(tile_bits(format.kind), tile, row, lane, (uint32_t)codes[i]);
    }
  }
}

/// Stores a value as row `row` of the tiles of its 32 tokens.
static void store_clustered_value(struct ck_cache_format format, const float *vector, int row,
                                  uint8_t *tiles) {
  for (size_t first = 0; first < format.width; first += CK_LANES) {
    const wide_int codes = grid_codes(format, vector, first);
    uint8_t *tile = tiles + first / CK_LANES * tile_bytes(format.kind);
    for (int i = 0; i < CK_LANES; i++) {
      set_code(tile_bits(format.kind), tile, row, (size_t)i, (uint32_t)codes[i]);
    }
  }
}

/// A query in units of codes: q . k = sum q scale code - sum q scale zero.
static void fold_query(struct ck_cache_format format, const float *query, float *folded,
                       float *offset) {
  const float *units = tile_units(format.kind);
  wide sum = broadcast(0);
  for (size_t i = 0; i < format.width; i += CK_LANES) {
    const wide scaled = load_wide(query + i) * load_wide(format.scales + i);
    store_wide(folded + i, scaled * load_wide(units + i % CK_CACHE_TILE));
    sum = CK_FMA(scaled, load_wide(format.zeros + i), sum);
  }
  *offset = sum_of(sum);
}
