/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_fault.h - a hypervisor takes away memory that the switch has mapped.
 *
 * The file behind a guest's memory, or behind the log of its migration, may be shortened at any
 * time (QEMU seals its memfds against that, but files and huge pages cannot be sealed). Whoever
 * reads or writes there then gets SIGBUS, which ends a process. Here its handler puts empty memory
 * of our own in the place of the whole mapping, so that the access goes on, and notes whose it was.
 * The port is broken from then on; others do not notice.
 *
 * A signal of any other address does what it did before.
 *
 * Ranges are watched by vid, librte_vhost's number of a connection. While the library handles a
 * message it maps memory and reads there before we know where: its thread says so, and all shared
 * mappings of files that it meets meanwhile are taken for a guest's.
 *
 * Threads: as each function says; the handler runs in any.
 */
#ifndef DVS_GUEST_FAULT_H
#define DVS_GUEST_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_vhost.h>

#define DVS_GUEST_FAULT_SLOTS 9 /* ranges of a vid: regions and log */

/* Takes the signal over, if it is not yet. Control thread. */
void dvs_guest_fault_init(void);

/* Range number slot of vid is bytes from start on; after _unwatch it has none; after _forget, which
 * is for a new connection, nothing has happened. The library's thread, while no worker uses what is
 * no longer watched. */
void dvs_guest_fault_watch(int vid, unsigned int slot, const void *start, uint64_t bytes);
void dvs_guest_fault_unwatch(int vid);
void dvs_guest_fault_forget(int vid);

/* The library's thread begins with a message of vid; -1: it has ended. */
void dvs_guest_fault_begin(int vid);

extern uint8_t dvs_guest_faults[RTE_MAX_VHOST_DEVICE]; /* by vid; atomic */

/* Has memory of the connection been replaced? Any thread. */
static inline bool dvs_guest_fault_happened(int vid)
{
	return __atomic_load_n(&dvs_guest_faults[vid], __ATOMIC_RELAXED) != 0;
}

#endif
