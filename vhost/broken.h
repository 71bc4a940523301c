/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * broken.h - a port that moves nothing any more, because of what its driver or its hypervisor did:
 * its link is down, and it says why, until the driver sets the device up again.
 *
 * Threads: _set and _is any; _clear the library's.
 */
#ifndef DVS_VHOST_BROKEN_H
#define DVS_VHOST_BROKEN_H

#include <stddef.h>

#include "ring.h"
#include "session.h"

/* Of several reasons the first stays. */
void dvs_vhost_broken_set(struct dvs_vhost *port, unsigned int ring, enum dvs_ring_fault fault);

void dvs_vhost_broken_clear(struct dvs_vhost *port);

static inline bool dvs_vhost_is_broken(const struct dvs_vhost *port)
{
	return __atomic_load_n(&port->broken, __ATOMIC_RELAXED) != 0;
}

/* True: the port is broken; then why is in text. */
bool dvs_vhost_broken_describe(const struct dvs_vhost *port, char *text, size_t size);

#endif
