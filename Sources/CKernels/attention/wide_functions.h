// exp and what follows from it, on 16 numbers. Included once a file, after CK_FMA(a, b, c) = a b + c.

/// exp(x), within 2 units in the last place; 0 below -87.3, and 2^127 sqrt(2) at most.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2, ln 2 in two parts so that n times the first is exact; then
/// the Taylor series of exp(r), whose seventh term is below 2^-24.
CK_INLINE wide exponential(wide x) {
  const wide least = broadcast(-87.3f), most = broadcast(88.0f);
  const wide_int is_zero = x < least;
  x = choose(x > most, most, choose(is_zero, least, x));
  // Adding 1.5 * 2^23 rounds to an integer in the last bits.
  const wide magic = broadcast(0x1.8p23f);
  const wide shifted = CK_FMA(x, broadcast(0x1.715476p0f), magic);
  const wide n = shifted - magic;
  wide r = CK_FMA(n, broadcast(-0x1.62ep-1f), x);
  r = CK_FMA(n, broadcast(-0x1.0bfbe8p-15f), r);
  wide p = broadcast(1.0f / 720);
  p = CK_FMA(p, r, broadcast(1.0f / 120));
  p = CK_FMA(p, r, broadcast(1.0f / 24));
  p = CK_FMA(p, r, broadcast(1.0f / 6));
  p = CK_FMA(p, r, broadcast(0.5f));
  p = CK_FMA(p, r, broadcast(1));
  p = CK_FMA(p, r, broadcast(1));
  const wide_int power = ((wide_int)shifted - (wide_int)magic) << 23;
  return choose(is_zero, broadcast(0), (wide)((wide_int)p + power));
}

/// x / (1 + exp(-x)).
CK_INLINE wide silu(wide x) { return x / (1 + exponential(-x)); }

/// The approximation of GELU by tanh: x / (1 + exp(-2 sqrt(2 / pi) (x + 0.044715 x^3))).
CK_INLINE wide gelu(wide x) {
  const wide cubic = CK_FMA(x * x * x, broadcast(0.044715f), x);
  return x / (1 + exponential(cubic * -1.5957691216057308f));
}

/// tanh(x) = 1 - 2 / (1 + exp(2 x)).
CK_INLINE wide tangent(wide x) { return 1 - 2 / (1 + exponential(x + x)); }
