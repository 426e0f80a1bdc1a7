#include "check_attention.h"

#include <float.h>
#include <math.h>

#include "CKernels.h"
#include "CKernelsTransformer.h"
#include "checking.h"
#include "guarded.h"
#include "samples.h"

/// Keys, or values, of one head.
struct cached {
  struct ck_cache_format format;
  struct guarded scales, zeros, x, stored;
};

/// Queries of some tokens at the end of a context, all in guarded buffers.
struct attention_problem {
  struct cached keys, values;
  /// Queries of `group` heads a token.
  size_t context, tokens, group;
  float cap;
  struct guarded queries;
};

static const float score_scale = 0.3f;

static float *floats(struct guarded buffer) { return (float *)(void *)buffer.data; }

static struct cached make_cached(enum ck_cache_kind kind, size_t width, size_t context) {
  const size_t capacity = (context + CK_CACHE_TILE - 1) / CK_CACHE_TILE * CK_CACHE_TILE;
  struct cached c = {.format = {.kind = kind, .width = width, .block = width}};
  c.scales = guarded_buffer(width * sizeof(float));
  c.zeros = guarded_buffer(width * sizeof(float));
  c.x = guarded_buffer(context * width * sizeof(float));
  c.stored = guarded_buffer(capacity * ck_value_bytes(c.format));
  for (size_t d = 0; d < width; d++) {
    floats(c.scales)[d] = 0.05f * (float)(1 + d % 4);
    floats(c.zeros)[d] = (float)((int)(d * 5 % 23) - 3);
  }
  c.format.scales = floats(c.scales);
  c.format.zeros = floats(c.zeros);
  // Some numbers lie beyond the grid.
  for (size_t i = 0; i < context * width; i++) {
    const double code = 20 * sample_uniform() - 2 - (double)floats(c.zeros)[i % width];
    floats(c.x)[i] = (float)(code * (double)floats(c.scales)[i % width]);
  }
  return c;
}

/// What the code of number `i` of a token stands for.
static double cached_value(const struct cached *c, size_t token, size_t i) {
  const float scale = floats(c->scales)[i], zero = floats(c->zeros)[i];
  const float top = c->format.kind == CK_CACHE_CLUSTERS_3 ? 7 : 15;
  const float code = rintf(floats(c->x)[token * c->format.width + i] / scale) + zero;
  return (double)scale * ((double)fminf(fmaxf(code, 0), top) - (double)zero);
}

/// The largest product of scale and what a code and its zero add up to.
static double cached_magnitude(const struct cached *c, size_t i) {
  return (double)floats(c->scales)[i] * (16 + fabs((double)floats(c->zeros)[i]));
}

static bool release_cached(struct cached c) {
  const int scales = guarded_release(c.scales), zeros = guarded_release(c.zeros);
  return guarded_release(c.x) && guarded_release(c.stored) && scales && zeros;
}

static void store(const struct ck_transformer *row, const struct attention_problem *p) {
  for (size_t token = 0; token < p->context; token++) {
    row->store_key(p->keys.format, floats(p->keys.x) + token * p->keys.format.width, token,
                   p->keys.stored.data);
    row->store_value(p->values.format, floats(p->values.x) + token * p->values.format.width, token,
                     p->values.stored.data);
  }
}

/// Attention of queries first..<end.
static struct guarded attend(const struct ck_transformer *row, const struct attention_problem *p,
                             size_t first, size_t end) {
  const size_t width = p->keys.format.width, out_width = p->values.format.width;
  const size_t rows = p->tokens * p->group, stride = (end - first) * (out_width + 2);
  const size_t chunks = (p->context + CK_ATTENTION_CHUNK - 1) / CK_ATTENTION_CHUNK;
  const struct guarded folded = guarded_buffer(rows * width * sizeof(float)),
                       offsets = guarded_buffer(rows * sizeof(float)),
                       partials = guarded_buffer(chunks * stride * sizeof(float)),
                       out = guarded_buffer(rows * out_width * sizeof(float));
  for (size_t r = 0; r < rows; r++) {
    row->fold_query(p->keys.format, floats(p->queries) + r * width, floats(folded) + r * width,
                    floats(offsets) + r);
  }
  for (size_t chunk = 0; chunk < chunks; chunk++) {
    const size_t after = (chunk + 1) * CK_ATTENTION_CHUNK;
    row->attend(&(struct ck_attention_args){
        .keys = p->keys.stored.data,
        .values = p->values.stored.data,
        .key_format = p->keys.format,
        .value_format = p->values.format,
        .queries = floats(folded),
        .offsets = floats(offsets),
        .token_stride = p->group * width,
        .group = p->group,
        .first_query = first,
        .end_query = end,
        .position = p->context - p->tokens,
        .window = SIZE_MAX,
        .first_key = chunk * CK_ATTENTION_CHUNK,
        .end_key = after < p->context ? after : p->context,
        .scale = score_scale,
        .cap = p->cap,
        .partial = floats(partials) + chunk * stride,
    });
  }
  row->merge(&(struct ck_attention_merge_args){
      .partials = floats(partials),
      .chunks = chunks,
      .chunk_stride = stride,
      .width = out_width,
      .token_stride = p->group * out_width,
      .group = p->group,
      .first_query = first,
      .end_query = end,
      .out = floats(out),
  });
  guarded_release(folded);
  guarded_release(offsets);
  guarded_release(partials);
  return out;
}

/// Scores of a query in double precision; returns the largest magnitude of what a score adds up.
static double reference_scores(const struct attention_problem *p, size_t query, size_t seen,
                               double *scores) {
  const size_t width = p->keys.format.width;
  const float *q = floats(p->queries) + query * width;
  double magnitude = 0;
  for (size_t d = 0; d < width; d++) {
    magnitude += fabs((double)q[d]) * cached_magnitude(&p->keys, d);
  }
  for (size_t key = 0; key < seen; key++) {
    double sum = 0;
    for (size_t d = 0; d < width; d++) sum += (double)q[d] * cached_value(&p->keys, key, d);
    sum *= (double)score_scale;
    scores[key] = p->cap > 0 ? (double)p->cap * tanh(sum / (double)p->cap) : sum;
  }
  return magnitude * (double)score_scale;
}

/// Compares a query's result with double precision: scores may be off by the rounding of their sums,
/// weights by twice that and the exponential's own, sums by their rounding.
static void check_query(const struct ck_transformer *row, const struct attention_problem *p,
                        size_t query, const float *actual, size_t *checks, size_t *failures) {
  const size_t seen = p->context - p->tokens + query / p->group + 1;
  double *scores = malloc(seen * sizeof *scores);
  if (!scores) exit(2);
  const double magnitude = reference_scores(p, query, seen, scores);
  double most = -INFINITY, sum = 0;
  for (size_t key = 0; key < seen; key++) most = fmax(most, scores[key]);
  for (size_t key = 0; key < seen; key++) sum += scores[key] = exp(scores[key] - most);
  const double epsilon = (double)FLT_EPSILON;
  const double score_error = (double)(p->keys.format.width + 24) * epsilon * magnitude +
                             (double)p->cap * 8 * epsilon;
  const double share = 2.1 * score_error + (double)(seen + 64) * epsilon;
  for (size_t d = 0; d < p->values.format.width; d++) {
    double value = 0;
    for (size_t key = 0; key < seen; key++) {
      value += scores[key] / sum * cached_value(&p->values, key, d);
    }
    const double bound = share * cached_magnitude(&p->values, d);
    CHECK(fabs((double)actual[d] - value) <= bound,
          "attention %s, kind %d, %zu keys, %zu x %zu queries: query %zu dimension %zu is %g, not %g "
          "+- %g",
          row->isa, (int)p->keys.format.kind, p->context, p->tokens, p->group, query, d,
          (double)actual[d], value, bound);
  }
  free(scores);
}

static void check_instructions(const struct ck_transformer *row, struct attention_problem *p,
                               size_t *checks, size_t *failures) {
  const size_t rows = p->tokens * p->group, width = p->values.format.width;
  store(row, p);
  const struct guarded all = attend(row, p, 0, rows);
  for (size_t query = 0; query < rows; query++) {
    const float *actual = floats(all) + query * width;
    check_query(row, p, query, actual, checks, failures);
    const struct guarded alone = attend(row, p, query, query + 1);
    CHECK(!memcmp(floats(alone) + query * width, actual, width * sizeof(float)),
          "attention %s: query %zu of %zu differs from the query alone", row->isa, query, rows);
    CHECK(guarded_release(alone), "attention wrote in front of its output");
  }
  CHECK(guarded_release(all), "attention wrote in front of its output");
}

static void check_problem(enum ck_cache_kind kind, const size_t shape[5], float cap, size_t *checks,
                          size_t *failures) {
  struct attention_problem p = {
      .keys = make_cached(kind, shape[0], shape[2]),
      .values = make_cached(kind, shape[1], shape[2]),
      .context = shape[2],
      .tokens = shape[3],
      .group = shape[4],
      .cap = cap,
  };
  p.queries = guarded_buffer(p.tokens * p.group * shape[0] * sizeof(float));
  for (size_t i = 0; i < p.tokens * p.group * shape[0]; i++) {
    floats(p.queries)[i] = (float)(sample_uniform() - 0.5);
  }
  const struct ck_transformer *row;
  for (size_t i = 0; (row = ck_transformer_at(i)); i++) {
    if ((row->required & ~ck_host_isa()) == 0) check_instructions(row, &p, checks, failures);
  }
  CHECK(release_cached(p.keys) && release_cached(p.values) && guarded_release(p.queries),
        "attention wrote in front of an operand");
}

void check_attention(size_t *checks, size_t *failures) {
  // Widths of keys and values, keys, tokens, queries that share them: tails of blocks, a chunk and more,
  // every number of queries in a tile.
  static const size_t shapes[][5] = {
      {32, 32, 1, 1, 1},  {64, 96, 31, 1, 2},   {32, 64, 33, 3, 1},  {128, 128, 70, 1, 4},
      {96, 32, 64, 4, 8}, {64, 64, 545, 5, 3},  {32, 32, 40, 7, 1},  {256, 64, 50, 1, 5},
      {32, 96, 17, 2, 3}, {64, 32, 1030, 1, 7},
  };
  for (int kind = CK_CACHE_CLUSTERS_4; kind <= CK_CACHE_CLUSTERS_3; kind++) {
    sample_seed(19);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
      const float cap = i % 4 == 2 ? 3 : 0;
      check_problem((enum ck_cache_kind)kind, shapes[i], cap, checks, failures);
    }
  }
}
