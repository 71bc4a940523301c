/* SPDX-License-Identifier: BSD-3-Clause */
#include "savi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_random.h>

#include "binding.h"
#include "bindings.h"
#include "fdb.h"
#include "neighbors.h"
#include "savi_private.h"
#include "switch_private.h"

/* ---- one binding ---- */

static uint32_t learn_bit(uint8_t kind)
{
	return 1u << (kind - DVS_BINDING_DHCP4);
}

struct dvs_learnt *dvs_savi_find(const struct dvs_port_object *port,
				 const struct dvs_prefix *address)
{
	struct dvs_learnt *learnt;

	LIST_FOREACH(learnt, &port->learnt, of_port)
	{
		if (memcmp(&learnt->address, address, sizeof(*address)) == 0)
			return learnt;
	}
	return NULL;
}

static void remove_learnt(struct dvs_switch *sw, struct dvs_port_object *port,
			  struct dvs_learnt *learnt)
{
	LIST_REMOVE(learnt, of_port);
	dvs_neighbors_unbound(sw, port, &learnt->address);
	port->n_learnt--;
	free(learnt);
	sw->savi->file.is_dirty = true;
}

/* When it was a source last, or was bound. */
static uint32_t silent_since_s(const struct dvs_switch *sw, const struct dvs_port_object *port,
			       const struct dvs_learnt *learnt)
{
	uint32_t bound_s = learnt->expires_s - DVS_SLAAC_SILENCE_S;
	uint32_t seen_s = dvs_bindings_seen_s(sw, port, &learnt->address);

	return (int32_t)(seen_s - bound_s) > 0 && seen_s != 0 ? seen_s : bound_s;
}

uint32_t dvs_savi_left_s(const struct dvs_switch *sw, const struct dvs_port_object *port,
			 const struct dvs_learnt *learnt)
{
	uint32_t expires_s = learnt->expires_s;
	int32_t left;

	if (learnt->kind == DVS_BINDING_SLAAC)
		expires_s = silent_since_s(sw, port, learnt) + DVS_SLAAC_SILENCE_S;
	else if (expires_s == 0)
		return 0;
	left = (int32_t)(expires_s - sw->shared.now_s);
	return left > 0 ? (uint32_t)left : 1;
}

static bool has_expired(const struct dvs_switch *sw, const struct dvs_port_object *port,
			const struct dvs_learnt *learnt)
{
	uint32_t expires_s = learnt->expires_s;

	if (learnt->kind == DVS_BINDING_SLAAC)
		expires_s = silent_since_s(sw, port, learnt) + DVS_SLAAC_SILENCE_S;
	return expires_s != 0 && (int32_t)(sw->shared.now_s - expires_s) >= 0;
}

/* ---- room ---- */

/* The port's DAD binding that was silent longest; NULL: it has none. */
static struct dvs_learnt *most_silent(const struct dvs_switch *sw,
				      const struct dvs_port_object *port)
{
	struct dvs_learnt *learnt, *most = NULL;

	LIST_FOREACH(learnt, &port->learnt, of_port)
	{
		if (learnt->kind != DVS_BINDING_SLAAC)
			continue;
		if (most == NULL || (int32_t)(silent_since_s(sw, port, learnt) -
					      silent_since_s(sw, port, most)) < 0)
			most = learnt;
	}
	return most;
}

static bool make_room(struct dvs_switch *sw, struct dvs_port_object *port)
{
	struct dvs_learnt *most;

	while (port->n_learnt >= port->config.policy.binding_limit) {
		most = most_silent(sw, port);
		if (most == NULL)
			return false;
		remove_learnt(sw, port, most);
	}
	return true;
}

/* ---- bind and unbind ---- */

static uint32_t expiry(const struct dvs_switch *sw, uint32_t lease_s)
{
	if (lease_s >= INT32_MAX) /* RFC 2131 section 3.3: all ones is for ever */
		return 0;
	return sw->shared.now_s + lease_s;
}

static struct dvs_learnt *add(struct dvs_switch *sw, struct dvs_port_object *port)
{
	struct dvs_learnt *learnt = make_room(sw, port) ? calloc(1, sizeof(*learnt)) : NULL;

	if (learnt == NULL) {
		port->learnt_refused++;
		return NULL;
	}
	LIST_INSERT_HEAD(&port->learnt, learnt, of_port);
	port->n_learnt++;
	return learnt;
}

bool dvs_savi_bind(struct dvs_switch *sw, struct dvs_port_object *port,
		   const struct dvs_prefix *address, uint64_t mac, uint8_t kind, uint32_t lease_s)
{
	struct dvs_learnt *learnt = dvs_savi_find(port, address);
	bool is_changed = learnt == NULL || learnt->mac != mac;

	if ((port->config.policy.binding_learn & learn_bit(kind)) == 0)
		return false;
	if (learnt == NULL)
		learnt = add(sw, port);
	if (learnt == NULL)
		return false;
	learnt->address = *address;
	learnt->mac = mac;
	learnt->kind = kind;
	learnt->expires_s = expiry(sw, lease_s);
	sw->savi->file.is_dirty = true;
	if (is_changed)
		dvs_bindings_renew(sw, port);
	if (kind != DVS_BINDING_SLAAC) /* which may turn out to be a duplicate */
		dvs_neighbors_bound(sw, port, address, mac);
	return true;
}

void dvs_savi_unbind(struct dvs_switch *sw, struct dvs_port_object *port,
		     const struct dvs_prefix *address, uint8_t kind)
{
	struct dvs_learnt *learnt = dvs_savi_find(port, address);

	if (learnt == NULL || learnt->kind != kind)
		return;
	remove_learnt(sw, port, learnt);
	dvs_bindings_renew(sw, port);
}

static bool is_static(const struct dvs_port_object *port, const struct dvs_prefix *address)
{
	const struct dvs_binding_object *binding;

	LIST_FOREACH(binding, &port->bindings, of_port)
	{
		if (binding->config.address.length == address->length &&
		    dvs_ip_is_equal(&binding->config.address.ip, &address->ip))
			return true;
	}
	return false;
}

/* What workers see of a port is sorted, so that a port that has nothing to do with it costs little:
 * guests make the control thread ask. */
struct dvs_port_object *dvs_savi_owner(struct dvs_switch *sw, uint16_t segment,
				       const struct dvs_port_object *but,
				       const struct dvs_prefix *address, enum dvs_savi_by by)
{
	struct dvs_port_object *port;
	uint32_t id = 0;

	while ((port = (struct dvs_port_object *)dvs_table_next(&sw->model.ports, &id)) != NULL) {
		const struct dvs_binding_set *set =
			dvs_binding_get(sw->bindings, (uint16_t)port->object.id);

		if (port == but || port->segment->object.id != segment ||
		    dvs_binding_row(set, address) == NULL)
			continue;
		if (((by & DVS_SAVI_LEARNT) != 0 && dvs_savi_find(port, address) != NULL) ||
		    ((by & DVS_SAVI_STATIC) != 0 && is_static(port, address)))
			return port;
	}
	return NULL;
}

/* ---- ports ---- */

/* Those whose kind is not wanted (any more). True: there were some. */
static bool drop_kinds(struct dvs_switch *sw, struct dvs_port_object *port, uint32_t wanted)
{
	struct dvs_learnt *learnt = LIST_FIRST(&port->learnt);
	bool any = false;

	while (learnt != NULL) {
		struct dvs_learnt *next = LIST_NEXT(learnt, of_port);

		if ((wanted & learn_bit(learnt->kind)) == 0) {
			remove_learnt(sw, port, learnt);
			any = true;
		}
		learnt = next;
	}
	return any;
}

/* What was kept of the port comes back, as far as it is to be learnt. */
static void take_back(struct dvs_switch *sw, struct dvs_port_object *port)
{
	struct dvs_savi *savi = sw->savi;
	uint32_t left = 0;

	for (uint32_t i = 0; i < savi->n_kept; i++) {
		const struct dvs_binding_entry *entry = &savi->kept[i];
		uint64_t mac = dvs_fdb_key(entry->mac, 0) >> 16;

		if (strcmp(entry->port, port->config.name) != 0 ||
		    strcmp(entry->segment, port->config.segment) != 0 ||
		    (port->config.policy.binding_learn & learn_bit(entry->kind)) == 0) {
			savi->kept[left++] = *entry;
			continue;
		}
		if (entry->lease_s == 0)
			dvs_savi_bind(sw, port, &entry->address, mac, entry->kind, UINT32_MAX);
		else if ((int32_t)(entry->lease_s - sw->shared.now_s) > 0)
			dvs_savi_bind(sw, port, &entry->address, mac, entry->kind,
				      entry->lease_s - sw->shared.now_s);
	}
	savi->n_kept = left;
}

void dvs_savi_port_changed(struct dvs_switch *sw, struct dvs_port_object *port, bool has_moved)
{
	if (has_moved)
		dvs_savi_port_asks_no_more(sw, port);
	if (drop_kinds(sw, port, has_moved ? 0 : port->config.policy.binding_learn))
		dvs_bindings_renew(sw, port);
	if (sw->savi->n_kept != 0)
		take_back(sw, port);
}

void dvs_savi_port_gone(struct dvs_switch *sw, struct dvs_port_object *port)
{
	dvs_savi_port_asks_no_more(sw, port);
	if (drop_kinds(sw, port, 0))
		dvs_bindings_renew(sw, port);
}

/* ---- life ---- */

static void expire_port(struct dvs_switch *sw, struct dvs_port_object *port)
{
	struct dvs_learnt *learnt = LIST_FIRST(&port->learnt);
	bool any = false;

	while (learnt != NULL) {
		struct dvs_learnt *next = LIST_NEXT(learnt, of_port);

		if (has_expired(sw, port, learnt)) {
			remove_learnt(sw, port, learnt);
			any = true;
		}
		learnt = next;
	}
	if (any)
		dvs_bindings_renew(sw, port);
}

void dvs_savi_poll(struct dvs_switch *sw)
{
	struct dvs_savi *savi = sw->savi;
	struct dvs_port_object *port;
	uint32_t id = 0;

	dvs_savi_bind_unopposed(sw);
	if (savi->polled_s == sw->shared.now_s)
		return;
	savi->polled_s = sw->shared.now_s;
	while ((port = (struct dvs_port_object *)dvs_table_next(&sw->model.ports, &id)) != NULL)
		expire_port(sw, port);
	if (dvs_state_file_is_due(&savi->file, sw->shared.now_s))
		dvs_savi_save(sw);
}

struct dvs_savi *dvs_savi_create(struct dvs_switch *sw, const char *state_dir)
{
	struct dvs_savi *savi = calloc(1, sizeof(*savi));

	if (savi == NULL)
		return NULL;
	savi->seed = rte_rand();
	if (dvs_state_file_init(&savi->file, &dvs_savi_file, state_dir) < 0) {
		free(savi);
		return NULL;
	}
	dvs_savi_load(sw, savi);
	return savi;
}

void dvs_savi_free(struct dvs_switch *sw)
{
	struct dvs_savi *savi = sw->savi;
	struct dvs_port_object *port;
	uint32_t id = 0;

	if (savi == NULL)
		return;
	if (savi->file.is_dirty)
		dvs_savi_save(sw);
	while ((port = (struct dvs_port_object *)dvs_table_next(&sw->model.ports, &id)) != NULL)
		drop_kinds(sw, port, 0);
	free(savi->kept);
	dvs_state_file_fini(&savi->file);
	free(savi);
	sw->savi = NULL;
}
