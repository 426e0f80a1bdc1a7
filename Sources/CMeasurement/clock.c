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

const char *cm_compiler(void) { return __VERSION__; }
