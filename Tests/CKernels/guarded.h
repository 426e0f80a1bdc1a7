// Buffers that end at a page without access, so that reading or writing past them is a crash.
#ifndef GUARDED_H
#define GUARDED_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guarded {
  uint8_t *data;
  size_t bytes;
  uint8_t *mapping;
  size_t mapped;
};

enum { GUARDED_FILLER = 0xA5 };

/// `bytes` bytes whose end is the end of the mapping; all bytes are GUARDED_FILLER.
static inline struct guarded guarded_buffer(size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t pages = (bytes + page - 1) / page * page;
  uint8_t *mapping = mmap(NULL, pages + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED ||
      (pages > 0 && mprotect(mapping + page, pages, PROT_READ | PROT_WRITE) != 0)) {
    perror("guarded_buffer");
    exit(2);
  }
  uint8_t *const data = mapping + page + pages - bytes;
  memset(mapping + page, GUARDED_FILLER, pages);
  return (struct guarded){data, bytes, mapping, pages + 2 * page};
}

/// Returns the buffer to the system; false if something was written in front of it.
static inline int guarded_release(struct guarded buffer) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  int intact = 1;
  for (const uint8_t *p = buffer.mapping + page; p < buffer.data; p++) {
    intact &= *p == GUARDED_FILLER;
  }
  munmap(buffer.mapping, buffer.mapped);
  return intact;
}

#endif
