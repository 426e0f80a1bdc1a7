// What plain C reaches as the compiler vectorizes it: for processors without another probe.
#include "../probes.h"

#define NUMBERS 32
#define CODES 256

static double dot_products(size_t iterations) {
  int8_t codes[CODES], others[CODES];
  // Unsigned, for it wraps.
  uint32_t total = 0;
  for (int i = 0; i < CODES; i++) codes[i] = others[i] = (int8_t)i;
  for (size_t n = 0; n < iterations; n++) {
    // The codes may have changed, so the products must be computed anew.
    __asm__ volatile("" : "+m"(codes), "+m"(others));
    int32_t sum = 0;
    // Narrower, as Clang chooses on x86-64, takes two to five times as long.
#pragma clang loop vectorize_width(16) interleave_count(2)
    for (int i = 0; i < CODES; i++) sum += codes[i] * others[i];
    total += (uint32_t)sum;
  }
  __asm__ volatile("" : : "r"(total));
  return 2.0 * CODES * (double)iterations;
}

static double multiply_adds(size_t iterations) {
  float sums[NUMBERS];
  for (int i = 0; i < NUMBERS; i++) sums[i] = (float)i;
  for (size_t n = 0; n < iterations; n++) {
    for (int i = 0; i < NUMBERS; i++) sums[i] = sums[i] * 0.5f + 0.25f;
  }
  __asm__ volatile("" : : "r"(sums) : "memory");
  return 2.0 * NUMBERS * (double)iterations;
}

static void read_memory(const uint8_t *data, size_t bytes, size_t ahead) {
  uint64_t sums[8] = {0};
  for (size_t i = 0; i < bytes; i += sizeof sums) {
    if (ahead) __builtin_prefetch(data + i + ahead);
    uint64_t words[8];
    __builtin_memcpy(words, data + i, sizeof words);
    for (size_t j = 0; j < 8; j++) sums[j] |= words[j];
  }
  __asm__ volatile("" : : "r"(sums) : "memory");
}

const struct ck_probe ck_probe_portable = {
    "portable", 0, dot_products, multiply_adds, NULL, 0, read_memory};
