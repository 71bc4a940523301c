/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * eal_start.h - starts DPDK's environment from what a program knows, with arguments made here.
 *
 * Memory: hugepages when enough are free, else ordinary pages. In both cases it is anonymous memory
 * that other processes can map through a file descriptor (vhost-user needs that), and nothing is
 * left on disk, however the process ends.
 *
 * lcores: 0 is the main thread and floats over the CPUs that no polling thread has (over all, when
 * they have all); lcore i + 1 is pinned to the program's i-th CPU.
 *
 * Threads: the main thread, once, before anything else of DPDK.
 *
 *	bool huge;
 *
 *	if (dvs_memory_choose(DVS_MEMORY_AUTO, &numa, 1, bytes, &huge, &err) < 0)
 *		return -1;
 *	rc = dvs_eal_start(&(struct dvs_eal_start){.program = "dvs-gen", .cpus = cpus,
 *			   .n_cpus = 1, .memory_bytes = bytes, .is_huge = huge}, &err);
 */
#ifndef DVS_EAL_START_H
#define DVS_EAL_START_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

enum dvs_memory {
	DVS_MEMORY_AUTO,     /* hugepages when enough are free */
	DVS_MEMORY_HUGE,     /* hugepages or fail */
	DVS_MEMORY_ORDINARY, /* ordinary pages */
};

/* "auto", "hugepages", "ordinary"; -EINVAL for anything else. */
int dvs_memory_parse(const char *text, enum dvs_memory *ret_memory);

/*
 * Whether memory is to be hugepages: `needed` bytes on each of these NUMA nodes. -ENOMEM when
 * hugepages are a must and not enough are free; err says how to get them.
 */
int dvs_memory_choose(enum dvs_memory wanted, const uint16_t *numas, unsigned int n_numas,
		      uint64_t needed, bool *ret_huge, struct dvs_error *err);

struct dvs_eal_start {
	const char *program;
	const uint16_t *cpus; /* of polling threads; lcore i + 1 runs on cpus[i] */
	unsigned int n_cpus;
	uint64_t memory_bytes; /* with ordinary pages: all that there will be */
	bool is_huge;
	bool scans_pci;	    /* PCI devices are probed, as far as `extra` allows (-a) */
	char *const *extra; /* further EAL arguments, NULL-terminated; may be NULL */
};

/* 0; -E2BIG (arguments), -EIO (EAL refused; its own messages are in the log). */
int dvs_eal_start(const struct dvs_eal_start *start, struct dvs_error *err);

#endif
