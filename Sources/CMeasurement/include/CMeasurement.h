// What measuring needs of the machine and Swift cannot reach: counters that are instructions, system
// calls without a Swift import.
#ifndef CMEASUREMENT_H
#define CMEASUREMENT_H

#include <stddef.h>
#include <stdint.h>

/// Nanoseconds of a clock that never goes back and does not stop.
uint64_t cm_nanoseconds(void);

/// The time-stamp counter (x86) or the virtual counter (Arm); 0 on other processors.
///
/// Both count at a constant rate, whatever the clock of the core.
uint64_t cm_ticks(void);

/// Runs a chain of `count` additions, each of which waits for the one before: a core of any kind
/// takes one cycle for each.
uint64_t cm_addition_chain(uint64_t count);

/// Runs `count` additions of which none waits for another: a core does as many at once as it can
/// issue, and about half as many while another hardware thread works on it.
uint64_t cm_independent_additions(uint64_t count);

/// Keeps the calling thread on one processor; returns 0 or an error number.
int cm_pin_thread(int processor);

/// Lets the calling thread run wherever the process could run when it started.
int cm_unpin_thread(void);

/// How many processors the process may run on; 0 if the system does not say.
int cm_allowed_processors(void);

/// Reserves `bytes` of disk space behind the end of an open file without growing it; returns 0, or
/// an error number. Systems without such a call return 0.
int cm_reserve(int descriptor, uint64_t bytes);

/// Four characters of the hypervisor's signature, `part` 0 to 2; 0 outside a virtual machine.
uint32_t cm_hypervisor_signature(int part);

/// What a processor, or its system, counts.
enum cm_event { CM_CYCLES, CM_INSTRUCTIONS, CM_CACHE_MISSES, CM_PAGE_FAULTS };

/// Counts an event of the calling thread, outside the kernel, from now on; returns a descriptor to read
/// and to close, or minus an error number where the system does not let us.
int cm_open_counter(enum cm_event event);

/// The events since the counter was opened, extrapolated if the processor counted a part of the time;
/// negative if it counted none of it.
double cm_read_counter(int descriptor);

/// The C compiler that built this file.
const char *cm_compiler(void);

#endif
