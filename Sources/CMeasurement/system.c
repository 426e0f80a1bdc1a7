#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "CMeasurement.h"

#if defined(__linux__)

static cpu_set_t initial_set;
static int has_initial_set;

/// Remembers where the process may run, before anything is pinned.
__attribute__((constructor)) static void remember_processors(void) {
  has_initial_set = sched_getaffinity(0, sizeof initial_set, &initial_set) == 0;
}

int cm_pin_thread(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  // The n-th processor of those that the process may use.
  int seen = 0;
  for (int index = 0; index < CPU_SETSIZE; index++) {
    if (has_initial_set && !CPU_ISSET(index, &initial_set)) continue;
    if (seen++ != processor) continue;
    CPU_SET(index, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
  }
  return EINVAL;
}

int cm_unpin_thread(void) {
  if (!has_initial_set) return ENOSYS;
  return sched_setaffinity(0, sizeof initial_set, &initial_set) == 0 ? 0 : errno;
}

int cm_allowed_processors(void) { return has_initial_set ? CPU_COUNT(&initial_set) : 0; }

int cm_reserve(int descriptor, uint64_t bytes) {
  const off_t end = lseek(descriptor, 0, SEEK_END);
  if (end < 0) return 0;
  if (fallocate(descriptor, FALLOC_FL_KEEP_SIZE, end, (off_t)bytes) == 0) return 0;
  return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? errno : 0;
}

#else

int cm_pin_thread(int processor) {
  (void)processor;
  return ENOTSUP;
}

int cm_unpin_thread(void) { return ENOTSUP; }

int cm_allowed_processors(void) { return 0; }

int cm_reserve(int descriptor, uint64_t bytes) {
#if defined(__APPLE__)
  fstore_t store = {F_ALLOCATEALL, F_PEOFPOSMODE, 0, (off_t)bytes, 0};
  if (fcntl(descriptor, F_PREALLOCATE, &store) == 0) return 0;
  return errno == ENOSPC || errno == EDQUOT ? errno : 0;
#else
  (void)descriptor;
  (void)bytes;
  return 0;
#endif
}

#endif

uint32_t cm_hypervisor_signature(int part) {
#if defined(__x86_64__)
  uint32_t a = 1, b, c = 0, d;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  // Bit 31 says that a hypervisor answers.
  if (!(c >> 31)) return 0;
  a = 0x40000000u;
  c = 0;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  return part == 0 ? b : part == 1 ? c : d;
#else
  (void)part;
  return 0;
#endif
}
