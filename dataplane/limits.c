/* SPDX-License-Identifier: BSD-3-Clause */
/* The control side of what a port may have learnt: limits, its own MAC, ports that are disabled. */
#include <stdio.h>
#include <string.h>

#include "queues.h"
#include "switch_private.h"

void dvs_switch_limit_port(struct dvs_switch *sw, uint16_t id, const struct dvs_port *config)
{
	const struct dvs_policy *policy = config != NULL ? &config->policy : NULL;

	if (policy == NULL)
		dvs_fdb_set_port(sw->fdb, id, 0, false);
	else
		dvs_fdb_set_port(sw->fdb, id,
				 policy->mac_limit_action != DVS_MAC_LIMIT_AUDIT ? policy->mac_limit
										 : 0,
				 policy->mac_sticky);
}

/* As a number, 0: none yet. */
static uint64_t mac_of(const struct dvs_port_object *port)
{
	uint64_t mac = dvs_fdb_key(port->config.mac, 0) >> 16;

	if (mac == 0 && port->dev != NULL)
		mac = __atomic_load_n(&port->dev->memory->mac, __ATOMIC_RELAXED);
	return mac;
}

void dvs_switch_port_mac(const struct dvs_port_object *port, uint8_t ret_mac[DVS_MAC_LEN])
{
	uint64_t mac = mac_of(port);

	for (unsigned int i = 0; i < DVS_MAC_LEN; i++)
		ret_mac[i] = (uint8_t)(mac >> (40 - 8 * i));
}

void dvs_switch_forget_others(struct dvs_switch *sw, const struct dvs_port_object *port)
{
	uint64_t own = mac_of(port), cursor = 0;

	if (own == 0 || dvs_fdb_port_count(sw->fdb, (uint16_t)port->object.id) == 0)
		return;
	do {
		struct dvs_fdb_item item;
		bool is_found;

		cursor = dvs_fdb_walk(sw->fdb, cursor, &item, &is_found);
		if (is_found && item.port == port->object.id && !item.is_static &&
		    item.key >> 16 != own)
			dvs_fdb_remove(sw->fdb, item.key);
	} while (cursor != 0);
}

/* ---- ports that are disabled ---- */

void dvs_switch_ask_to_shut(struct dvs_switch *sw, struct dvs_port_object *port)
{
	if (port->is_shut || !port->config.enabled || port->config.policy.mac_limit == 0 ||
	    port->config.policy.mac_limit_action != DVS_MAC_LIMIT_SHUTDOWN)
		return;
	port->is_to_shut = true;
	sw->has_to_shut = true;
}

static void publish(struct dvs_switch *sw)
{
	struct dvs_snapshot *snapshot = dvs_snapshot_build(sw, false);

	if (snapshot != NULL)
		dvs_snapshot_publish(sw, snapshot);
	else
		sw->needs_repair = true;
}

/* Its kind shows the frontend a link that is down, or up again. */
static void set_shut(struct dvs_switch *sw, struct dvs_port_object *port, bool is_shut)
{
	struct dvs_portdev *dev = port->dev;
	struct dvs_port old;

	port->is_shut = is_shut;
	if (dev == NULL)
		return;
	old = dev->config;
	dev->config.enabled = port->config.enabled && !is_shut;
	if (dev->ops->update != NULL && old.enabled != dev->config.enabled)
		dev->ops->update(dev, &old);
	__atomic_store_n(&dev->link_event_pending, true, __ATOMIC_RELAXED);
	__atomic_store_n(&sw->has_link_event, true, __ATOMIC_RELEASE);
}

void dvs_switch_shut_ports(struct dvs_switch *sw)
{
	struct dvs_port_object *port;
	uint32_t id = 0;

	if (!sw->has_to_shut)
		return;
	sw->has_to_shut = false;
	while ((port = (void *)dvs_table_next(&sw->model.ports, &id)) != NULL) {
		if (!port->is_to_shut)
			continue;
		port->is_to_shut = false;
		if (port->config.enabled)
			set_shut(sw, port, true);
	}
	publish(sw);
}

void dvs_switch_renew_port(struct dvs_switch *sw, struct dvs_port_object *port)
{
	port->is_to_shut = false;
	if (port->dev != NULL)
		__atomic_store_n(&port->dev->memory->mac, 0, __ATOMIC_RELAXED);
	if (!port->is_shut)
		return;
	set_shut(sw, port, false);
	publish(sw);
}
