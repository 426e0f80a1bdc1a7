// Tiles and words of AVX-512 kernels whose activations are f32 or int8. Included inside the including
// file's target attribute.
#define CK_TILE 12
#define CK_WIDTHS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)

/// Adds the products of one word of 16 rows and a token.
CK_INLINE __m512i dot_words(enum row_kind kind, __m512i sum, __m512i weights, __m512i a) {
  if (is_integer(kind)) return _mm512_dpbusd_epi32(sum, weights, a);
  return _mm512_castps_si512(_mm512_fmadd_ps(
      _mm512_castsi512_ps(weights), _mm512_castsi512_ps(a), _mm512_castsi512_ps(sum)));
}

/// No kernel of this file rounds activations to bf16.
CK_INLINE __m128i round_to_bf16(__m256 x) { return _mm256_castsi256_si128(_mm256_castps_si256(x)); }
