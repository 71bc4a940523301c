/* SPDX-License-Identifier: BSD-3-Clause */
#include "broken.h"

#include <stdio.h>

void dvs_vhost_broken_set(struct dvs_vhost *port, unsigned int ring, enum dvs_ring_fault fault)
{
	uint16_t none = 0;

	if (__atomic_compare_exchange_n(&port->broken, &none, (uint16_t)(ring << 8 | fault), false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		dvs_portdev_set_link(port->dev, DVS_LINK_DOWN, 0, 0);
}

void dvs_vhost_broken_clear(struct dvs_vhost *port)
{
	__atomic_store_n(&port->broken, 0, __ATOMIC_RELAXED);
}

bool dvs_vhost_broken_describe(const struct dvs_vhost *port, char *text, size_t size)
{
	uint16_t broken = __atomic_load_n(&port->broken, __ATOMIC_RELAXED);
	unsigned int fault = broken & 0xff;

	if (broken == 0)
		return false;
	if (fault == DVS_RING_FAULT_MEMORY)
		snprintf(text, size, "%s", dvs_ring_fault_text(fault));
	else
		snprintf(text, size, "%s ring of queue %u is broken: %s",
			 (broken >> 8 & 1) != 0 ? "sending" : "receiving", broken >> 9,
			 dvs_ring_fault_text(fault));
	return true;
}
