/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * machine.h - what Linux says of the machine that matters to a polling program, and CPU lists.
 *
 * Threads: any, but reads of sysfs are slow; made for start-up.
 */
#ifndef DVS_MACHINE_H
#define DVS_MACHINE_H

#include <sched.h>
#include <stdint.h>

#include "error.h"

/* NUMA node of a CPU; 0 when the kernel does not say. */
uint16_t dvs_machine_cpu_numa(unsigned int cpu);

/* Free hugepages of all sizes on a NUMA node, in bytes. */
uint64_t dvs_machine_hugepages_free(uint16_t numa);

/*
 * Parses a CPU list such as "2,4-6" (order is kept, a trailing comma is allowed) into at most max
 * CPUs of the allowed ones, none twice. -EINVAL with the reason in err, under the name field.
 */
int dvs_machine_parse_cpus(const char *text, const cpu_set_t *allowed, const char *field,
			   uint16_t *ret_cpus, unsigned int max, unsigned int *ret_n,
			   struct dvs_error *err);

#endif
