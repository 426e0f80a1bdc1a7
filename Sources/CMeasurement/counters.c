#if defined(__linux__)
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#endif

#include <errno.h>
#include <unistd.h>

#include "CMeasurement.h"

#if defined(__linux__)

int cm_open_counter(enum cm_event event) {
  static const struct {
    uint32_t type;
    uint64_t config;
  } events[] = {
      [CM_CYCLES] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
      [CM_INSTRUCTIONS] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
      [CM_CACHE_MISSES] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
      [CM_PAGE_FAULTS] = {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
  };
  struct perf_event_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.size = sizeof attributes;
  attributes.type = events[event].type;
  attributes.config = events[event].config;
  // What others may not see is not asked for.
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  const long descriptor =
      syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  return descriptor >= 0 ? (int)descriptor : -errno;
}

double cm_read_counter(int descriptor) {
  struct {
    uint64_t value, enabled, running;
  } count;
  if (read(descriptor, &count, sizeof count) != (ssize_t)sizeof count) return -1;
  // A thread that has not run since has counted nothing.
  if (count.enabled == 0) return 0;
  if (count.running == 0) return -1;
  return (double)count.value * (double)count.enabled / (double)count.running;
}

#else

int cm_open_counter(enum cm_event event) {
  (void)event;
  return -ENOTSUP;
}

double cm_read_counter(int descriptor) {
  (void)descriptor;
  return -1;
}

#endif
