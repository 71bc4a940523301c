/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * environment.h - DPDK's environment, set up from the switch's own options with defaults that work.
 *
 * CPUs: workers get a CPU each, by default one worker a NUMA node of those CPUs that the process
 * may run on (the highest-numbered, as interrupts and housekeeping favour the low ones). The
 * control thread floats over the rest. EAL lcore 0 is the control thread, lcore i + 1 is worker i.
 *
 * Memory: hugepages when enough are free, else ordinary pages: a vhost-user switch copies between
 * guests' memory and its own, so its own need not be huge. Nothing is left on disk in either case.
 *
 * PCI devices are not scanned.
 *
 * Threads: the main thread, once, before anything else of DPDK.
 */
#ifndef DVS_ENVIRONMENT_H
#define DVS_ENVIRONMENT_H

#include <sched.h>
#include <stdint.h>

#include "eal_start.h"
#include "error.h"
#include "switch.h"

struct dvs_environment_options {
	const char *workers; /* NULL: one a NUMA node; "N": so many; "2,4-6": these CPUs.  A single
				number is a count; "3," is a list of one CPU */
	enum dvs_memory memory;
	uint32_t buffers;   /* packet buffers that must fit, of each NUMA node with a worker */
	char *const *extra; /* further EAL arguments, NULL-terminated; may be NULL */
};

/*
 * Starts EAL. Fills n_workers, workers and memory of ret_switch. -EINVAL (options), -ENOMEM
 * (hugepages), -EIO (EAL refused; its own messages are in the log); err has the field and the way
 * out.
 */
int dvs_environment_init(const struct dvs_environment_options *options,
			 struct dvs_switch_options *ret_switch, struct dvs_error *err);

/* Parses a worker option against the CPUs allowed; the part of dvs_environment_init that needs no
 * EAL. */
int dvs_environment_choose_workers(const char *text, const cpu_set_t *allowed,
				   struct dvs_switch_options *ret_switch, struct dvs_error *err);

/* NUMA nodes with a worker: each has its own packet buffers. */
unsigned int dvs_environment_count_nodes(const struct dvs_switch_options *opts);

#endif
