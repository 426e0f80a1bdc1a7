#include <time.h>

#include "CMeasurement.h"

uint64_t cm_nanoseconds(void) {
#if defined(__APPLE__)
  return clock_gettime_nsec_np(CLOCK_UPTIME_RAW);
#else
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

uint64_t cm_ticks(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return 0;
#endif
}

uint64_t cm_addition_chain(uint64_t count) {
  uint64_t sum = count;
  // From a register: some processors add constants without spending a cycle.
  uint64_t step = 3;
  __asm__ volatile("" : "+r"(step));
  // Sixteen links an iteration, so that the loop's own instructions hide beside the chain.
  for (uint64_t i = 0; i < count / 16; i++) {
#pragma clang loop unroll(full)
    for (int link = 0; link < 16; link++) {
      sum += step;
      __asm__ volatile("" : "+r"(sum));
    }
  }
  return sum;
}

uint64_t cm_independent_additions(uint64_t count) {
  uint64_t a = count, b = count, c = count, d = count, e = count, f = count, g = count, h = count;
  uint64_t step = 3;
  __asm__ volatile("" : "+r"(step));
  for (uint64_t i = 0; i < count / 8; i++) {
    a += step, b += step, c += step, d += step, e += step, f += step, g += step, h += step;
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
    __asm__ volatile("" : "+r"(e), "+r"(f), "+r"(g), "+r"(h));
  }
  return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h;
}

const char *cm_compiler(void) { return __VERSION__; }
