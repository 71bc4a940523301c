/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transactions, in three phases:
 *	1. validate the whole result (plan.c); nothing is touched
 *	2. delete what is gone: ports leave the snapshot, what is in flight is waited for, the MAC
 *	   table forgets them, then they die; so do static entries
 *	3. change and add: new ports come up, static entries go in, the new snapshot is published
 * Deleting goes first because a new port may need what an old one holds: a socket's path, an
 * interface's name. What can fail in phase 3 comes before what cannot; when it fails, what was made
 * is destroyed and what was deleted is made again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "acls.h"
#include "balance.h"
#include "bindings.h"
#include "egress_control.h"
#include "fdb.h"
#include "mac_state.h"
#include "neighbor.h"
#include "neighbors.h"
#include "plan.h"
#include "queues.h"
#include "savi.h"
#include "switch_private.h"

#define REPAIR_FIRST_S 1 /* between two trials; doubled up to */
#define REPAIR_LAST_S  30

struct apply {
	struct dvs_switch *sw;
	struct dvs_plan plan;
	struct dvs_snapshot *snapshot;	  /* of the result */
	bool has_taken_out;		  /* phase 2 published a snapshot without some ports */
	bool has_departures;		  /* a segment goes, or a port changes its segment */
	struct dvs_fdb_departed departed; /* what the MAC table is to forget next */
	struct dvs_error *err;
};

/* For each staged object of the type: object is its struct dvs_KIND_object. */
#define FOREACH_STAGED(kind, object, plan)                                                         \
	for (unsigned int at_ = 0; at_ < (plan)->n_objects; at_++)                                 \
		if ((plan)->objects[at_]->type == &dvs_##kind##_type &&                            \
		    ((object) = (struct dvs_##kind##_object *)(plan)->objects[at_]))

/* ---- ports made and destroyed ---- */

static int make_port(struct dvs_switch *sw, struct dvs_port_object *port,
		     const struct dvs_port *config, struct dvs_error *err)
{
	struct dvs_port end = *config; /* as its kind has it */
	int rc;

	port->is_to_shut = false;
	port->is_shut = dvs_mac_state_was_shut(sw, config);
	end.enabled = config->enabled && !port->is_shut;
	dvs_queues_assign(sw, port, config->workers);
	memset(port->cycles_seen, 0, sizeof(port->cycles_seen));
	memset(port->stay_until_s, 0, sizeof(port->stay_until_s));
	rc = dvs_portdev_create(sw, (uint16_t)port->object.id, &end, port->queue_worker, &port->dev,
				err);
	if (rc < 0) {
		dvs_error_object(err, "port", port->object.key);
		return rc;
	}
	port->dev->memory->mac = dvs_mac_state_mac(sw, config);
	memset(&port->error, 0, sizeof(port->error));
	port->n_queues = config->queues;
	if (port->dev->queues > port->n_queues)
		port->n_queues = (uint8_t)port->dev->queues;
	dvs_queues_count(sw, port, true);
	return 0;
}

static void destroy_port(struct dvs_switch *sw, struct dvs_port_object *port)
{
	if (port->dev == NULL)
		return;
	dvs_queues_count(sw, port, false);
	dvs_portdev_destroy(port->dev);
	port->dev = NULL;
}

/* ---- static entries ---- */

/* The segment exists, or will. */
static int put_mac(struct dvs_switch *sw, const struct dvs_static_mac *config,
		   const struct dvs_port_object *port, struct dvs_error *err)
{
	const struct dvs_object *segment = dvs_table_lookup(&sw->model.segments, config->segment);
	uint64_t key = dvs_fdb_key(config->mac, (uint16_t)segment->id);
	char text[DVS_KEY_TEXT_MAX];
	int rc = dvs_fdb_set_static(sw->fdb, key, (uint16_t)port->object.id);

	if (rc == 0)
		return 0;
	dvs_error_set(err, rc, NULL, "mac",
		      "the MAC table has no room where this address belongs: too many static "
		      "entries");
	return dvs_error_object(err, "mac", dvs_type_key(&dvs_mac_type, config, text)), rc;
}

static void remove_mac(struct dvs_switch *sw, const struct dvs_static_mac *config)
{
	const struct dvs_object *segment = dvs_table_lookup(&sw->model.segments, config->segment);

	if (segment != NULL)
		dvs_fdb_remove(sw->fdb, dvs_fdb_key(config->mac, (uint16_t)segment->id));
}

/* The static entries in force of a port that was made anew. */
static int put_macs_of(struct dvs_switch *sw, const struct dvs_port_object *port,
		       struct dvs_error *err)
{
	const struct dvs_mac_object *mac;
	int rc = 0;

	LIST_FOREACH(mac, &port->macs, of_port)
	{
		if (rc == 0 && !mac->object.is_staged)
			rc = put_mac(sw, &mac->config, port, err);
	}
	return rc;
}

static int put_macs(struct apply *apply)
{
	struct dvs_mac_object *mac;
	struct dvs_port_object *port;
	int rc = 0;

	FOREACH_STAGED(mac, mac, &apply->plan)
	{
		if (mac->object.will_exist && rc == 0)
			rc = put_mac(apply->sw, &mac->staged, mac->port_staged, apply->err);
	}
	FOREACH_STAGED(port, port, &apply->plan)
	{
		if (rc == 0 && port->object.exists && port->object.will_exist)
			rc = put_macs_of(apply->sw, port, apply->err);
	}
	return rc;
}

/* ---- phase 2: delete what is gone ---- */

static bool must_die(const struct dvs_port_object *port)
{
	dvs_field_set diff;

	if (!port->object.exists || port->dev == NULL)
		return false;
	if (!port->object.will_exist)
		return true;
	diff = dvs_type_diff(&dvs_port_type, &port->config, &port->staged);
	for (unsigned int i = 0; i < dvs_port_type.n_fields; i++)
		if ((diff >> i & 1) != 0 &&
		    (dvs_port_type.fields[i].flags & DVS_FIELD_RECREATE) != 0)
			return true;
	return false;
}

/* Before any port dies for it: is each port possible that is to be made? */
static int check_ports(struct apply *apply)
{
	struct dvs_port_object *port;
	int rc = 0;

	FOREACH_STAGED(port, port, &apply->plan)
	{
		const struct dvs_portdev_ops *ops = apply->sw->kinds[port->staged.kind];

		if (rc < 0 || !port->object.will_exist || ops->check == NULL ||
		    (port->dev != NULL && !must_die(port)))
			continue;
		rc = ops->check(apply->sw, &port->staged, apply->err);
		if (rc < 0)
			dvs_error_object(apply->err, "port", port->object.key);
	}
	return rc;
}

/* One walk over the MAC table, however many ports and segments go. */
static void forget(struct apply *apply)
{
	dvs_moves_forget(apply->sw->moves, &apply->departed);
	dvs_fdb_forget(apply->sw->fdb, &apply->departed);
	memset(&apply->departed, 0, sizeof(apply->departed));
}

/* Ports leave the snapshot, then die when nothing in flight names them. */
static int take_out_ports(struct apply *apply)
{
	struct dvs_switch *sw = apply->sw;
	struct dvs_port_object *port;
	struct dvs_snapshot *snapshot;
	bool any = false;

	FOREACH_STAGED(port, port, &apply->plan)
	{
		port->is_out = must_die(port);
		any |= port->is_out;
	}
	if (!any)
		return 0;
	snapshot = dvs_snapshot_build(sw, false);
	if (snapshot == NULL)
		return dvs_error_set(apply->err, -ENOMEM, NULL, NULL, "no memory");
	apply->has_taken_out = true;
	dvs_snapshot_publish(sw, snapshot);
	dvs_switch_drain(sw);
	dvs_snooping_forget(sw);
	FOREACH_STAGED(port, port, &apply->plan)
	{
		if (port->is_out)
			dvs_fdb_ids_add(&apply->departed.ports, (uint16_t)port->object.id);
	}
	forget(apply);
	FOREACH_STAGED(port, port, &apply->plan)
	{
		if (port->is_out)
			destroy_port(sw, port);
	}
	return 0;
}

/* A static entry whose port changes is overwritten later; here only what ends. */
static void remove_macs(struct apply *apply)
{
	struct dvs_mac_object *mac;

	FOREACH_STAGED(mac, mac, &apply->plan)
	{
		if (mac->object.exists && !mac->object.will_exist)
			remove_mac(apply->sw, &mac->config);
	}
}

/* ---- phase 3: change and add ---- */

static int make_ports(struct apply *apply)
{
	struct dvs_port_object *port;
	int rc = 0;

	FOREACH_STAGED(port, port, &apply->plan)
	{
		if (rc < 0 || !port->object.will_exist || port->dev != NULL)
			continue;
		rc = make_port(apply->sw, port, &port->staged, apply->err);
		if (rc == 0) {
			port->is_out = false;
			port->is_new = true;
		}
	}
	return rc;
}

/* The segments that it was in are not all those that it will be in. */
static bool leaves_segments(const struct dvs_port_object *port)
{
	const struct dvs_policy *old = &port->config.policy, *new = &port->staged.policy;
	bool was_trunk = dvs_policy_is_trunk(old), is_trunk = dvs_policy_is_trunk(new);

	return port->segment != port->segment_staged || was_trunk != is_trunk ||
	       (was_trunk &&
		memcmp(&old->vlan_trunk, &new->vlan_trunk, sizeof(old->vlan_trunk)) != 0);
}

static void update_port(struct apply *apply, struct dvs_port_object *port)
{
	struct dvs_portdev *dev = port->dev;
	struct dvs_port old = dev->config;

	if (leaves_segments(port)) {
		port->is_moving = true;
		apply->has_departures = true;
	}
	if (!port->staged.enabled)
		port->is_shut = port->is_to_shut = false;
	port->is_narrowed = port->staged.policy.mac_change == DVS_GUARD_ENFORCE &&
			    (old.policy.mac_change != DVS_GUARD_ENFORCE ||
			     memcmp(old.mac, port->staged.mac, DVS_MAC_LEN) != 0);
	dev->config = port->staged;
	dev->config.enabled = port->staged.enabled && !port->is_shut;
	if (dev->ops->update != NULL && dvs_type_diff(&dvs_port_type, &old, &dev->config) != 0)
		dev->ops->update(dev, &old);
	if (old.enabled != dev->config.enabled) {
		__atomic_store_n(&dev->link_event_pending, true, __ATOMIC_RELAXED);
		__atomic_store_n(&apply->sw->has_link_event, true, __ATOMIC_RELEASE);
	}
}

/* Kinds are told what changed in ports that live on, the MAC table what changed in segments. */
static void update_objects(struct apply *apply)
{
	struct dvs_segment_object *segment;
	struct dvs_port_object *port;

	FOREACH_STAGED(segment, segment, &apply->plan)
	{
		segment->is_renumbered = segment->object.exists && segment->object.will_exist &&
					 segment->config.vlan != segment->staged.vlan;
		apply->has_departures |= segment->is_renumbered;
		if (segment->object.will_exist)
			dvs_fdb_set_segment(apply->sw->fdb, (uint16_t)segment->object.id,
					    segment->staged.age_s, segment->staged.mac_limit);
		else if (segment->object.exists)
			apply->has_departures = true;
	}
	FOREACH_STAGED(port, port, &apply->plan)
	{
		dvs_switch_limit_port(apply->sw, (uint16_t)port->object.id,
				      port->object.will_exist ? &port->staged : NULL);
		if (port->object.exists && port->object.will_exist)
			update_port(apply, port);
	}
}

/* The new snapshot is published: what was learnt in segments that ports have left, or that are
 * gone, goes too, once no report in flight can bring it back. */
static void forget_departed(struct apply *apply)
{
	struct dvs_switch *sw = apply->sw;
	struct dvs_segment_object *segment;
	struct dvs_port_object *port;

	if (!apply->has_departures)
		return;
	dvs_switch_drain(sw);
	FOREACH_STAGED(port, port, &apply->plan)
	{
		if (port->is_moving)
			dvs_fdb_ids_add(&apply->departed.moved_ports, (uint16_t)port->object.id);
	}
	FOREACH_STAGED(segment, segment, &apply->plan)
	{
		if (!segment->object.exists)
			dvs_fdb_ids_add(&apply->departed.segments, (uint16_t)segment->object.id);
		if (segment->is_renumbered) /* it has left some trunks */
			dvs_fdb_flush(sw->fdb, (uint16_t)segment->object.id, UINT16_MAX);
	}
	forget(apply);
}

/* Ports that keep to their own MAC from now on: what else was learnt there goes, once no report in
 * flight can bring it back. */
static void forget_others(struct apply *apply)
{
	struct dvs_port_object *port;
	bool is_drained = false;

	FOREACH_STAGED(port, port, &apply->plan)
	{
		if (!port->is_narrowed)
			continue;
		if (!is_drained)
			dvs_switch_drain(apply->sw);
		is_drained = true;
		dvs_switch_forget_others(apply->sw, port);
	}
}

static void clear_marks(struct apply *apply)
{
	struct dvs_port_object *port;

	FOREACH_STAGED(port, port, &apply->plan)
	{
		port->is_out = false;
		port->is_new = false;
		port->is_moving = false;
		port->is_narrowed = false;
	}
}

/* A binding of the configuration says who owns an address. */
static void update_owners(struct apply *apply)
{
	struct dvs_binding_object *binding;

	FOREACH_STAGED(binding, binding, &apply->plan)
	{
		if (binding->object.exists)
			dvs_neighbors_bound(apply->sw, binding->port, &binding->config.address,
					    dvs_fdb_key(binding->config.mac, 0) >> 16);
		else if (binding->port->object.exists)
			dvs_neighbors_unbound(apply->sw, binding->port, &binding->config.address);
	}
}

/* What is learnt of ports follows their policy, and leaves with them. */
static void update_learnt(struct apply *apply)
{
	struct dvs_port_object *port;

	FOREACH_STAGED(port, port, &apply->plan)
	{
		if (port->object.exists) {
			dvs_savi_port_changed(apply->sw, port, port->is_moving);
			dvs_mac_state_port_changed(apply->sw, port);
		} else {
			dvs_savi_port_gone(apply->sw, port);
			dvs_mac_state_port_gone(apply->sw, port);
		}
		if (!port->object.exists || port->is_moving)
			dvs_neighbors_forget(apply->sw->neighbors, port->object.id,
					     DVS_NEIGHBOR_ANY);
	}
}

/* Nothing here can fail. */
static void finish(struct apply *apply)
{
	struct dvs_switch *sw = apply->sw;
	struct dvs_wire_event event = {.kind = DVS_EVENT_CONFIG};

	update_objects(apply);
	dvs_bindings_commit(sw, &apply->plan);
	dvs_plan_commit(&apply->plan);
	dvs_egress_commit(sw);
	dvs_snapshot_publish(sw, apply->snapshot);
	dvs_acls_commit(&apply->plan);
	forget_departed(apply);
	forget_others(apply);
	update_learnt(apply);
	update_owners(apply);
	clear_marks(apply);
	if (dvs_snooping_update(sw) < 0)
		sw->needs_repair = true;
	dvs_plan_discard(&apply->plan);
	dvs_balance_place(sw);
	event.generation = ++sw->generation;
	dvs_switch_tell(sw, &event);
}

/* ---- undo ---- */

static void undo_macs(struct apply *apply)
{
	struct dvs_mac_object *mac;

	FOREACH_STAGED(mac, mac, &apply->plan)
	{
		if (mac->object.will_exist)
			remove_mac(apply->sw, &mac->staged);
	}
	FOREACH_STAGED(mac, mac, &apply->plan)
	{
		if (mac->object.exists)
			put_mac(apply->sw, &mac->config, mac->port, NULL);
	}
}

/* A port that died in phase 2 comes back; when it cannot, it is tried again later. Told is only
 * what has changed since the last trial. */
static void bring_back(struct dvs_switch *sw, struct dvs_port_object *port)
{
	struct dvs_error before = port->error;

	if (make_port(sw, port, &port->config, &port->error) < 0)
		sw->needs_repair = true;
	else
		put_macs_of(sw, port, NULL);
	if (strcmp(port->error.text, before.text) != 0)
		dvs_switch_tell_link(sw, port);
}

static void repair_after(struct dvs_switch *sw, uint32_t wait_s)
{
	sw->repair_wait_s = wait_s;
	sw->repair_s = sw->shared.now_s + wait_s;
}

static void undo(struct apply *apply)
{
	struct dvs_switch *sw = apply->sw;
	struct dvs_port_object *port;
	struct dvs_snapshot *snapshot;

	FOREACH_STAGED(port, port, &apply->plan)
	{
		if (port->is_new) /* no worker has seen it */
			destroy_port(sw, port);
	}
	FOREACH_STAGED(port, port, &apply->plan)
	{
		port->is_out = false;
		if (port->object.exists && port->dev == NULL)
			bring_back(sw, port);
	}
	undo_macs(apply);
	if (apply->has_taken_out) {
		if (!dvs_egress_follow(sw))
			sw->needs_repair = true;
		snapshot = dvs_snapshot_build(sw, false);
		if (snapshot != NULL)
			dvs_snapshot_publish(sw, snapshot);
		else
			sw->needs_repair = true;
		if (dvs_snooping_update(sw) < 0) /* static members of ports that are back */
			sw->needs_repair = true;
	}
	/* What was lost just now does not wait for what has been lost for long. */
	if (sw->needs_repair && sw->repair_s > sw->shared.now_s + REPAIR_FIRST_S)
		repair_after(sw, REPAIR_FIRST_S);
	clear_marks(apply);
	dvs_bindings_discard(&apply->plan);
	dvs_acls_discard(&apply->plan);
	dvs_egress_discard(sw);
	dvs_plan_discard(&apply->plan);
}

void dvs_switch_repair(struct dvs_switch *sw)
{
	struct dvs_port_object *port;
	struct dvs_snapshot *snapshot;
	uint32_t wait_s, id = 0;

	sw->needs_repair = false;
	while ((port = (void *)dvs_table_next(&sw->model.ports, &id)) != NULL)
		if (port->dev == NULL)
			bring_back(sw, port);
	if (!dvs_egress_follow(sw))
		sw->needs_repair = true;
	snapshot = dvs_snapshot_build(sw, false);
	if (snapshot != NULL)
		dvs_snapshot_publish(sw, snapshot);
	else
		sw->needs_repair = true;
	if (dvs_snooping_update(sw) < 0)
		sw->needs_repair = true;
	wait_s = sw->repair_wait_s == 0 ? REPAIR_FIRST_S : 2 * sw->repair_wait_s;
	if (wait_s > REPAIR_LAST_S)
		wait_s = REPAIR_LAST_S;
	repair_after(sw, sw->needs_repair ? wait_s : 0);
}

/* ---- the whole ---- */

/* What can fail of phases 2 and 3. */
static int prepare(struct apply *apply)
{
	int rc = check_ports(apply);

	if (rc == 0)
		rc = dvs_bindings_prepare(apply->sw, &apply->plan, apply->err);
	if (rc == 0)
		rc = dvs_acls_prepare(&apply->plan, apply->err);
	if (rc == 0)
		rc = take_out_ports(apply);
	if (rc < 0)
		return rc;
	remove_macs(apply);
	rc = make_ports(apply);
	if (rc == 0)
		rc = put_macs(apply);
	if (rc == 0)
		rc = dvs_egress_prepare(apply->sw, apply->err);
	if (rc < 0)
		return rc;
	apply->snapshot = dvs_snapshot_build(apply->sw, true);
	return apply->snapshot != NULL
		       ? 0
		       : dvs_error_set(apply->err, -ENOMEM, NULL, NULL, "no memory");
}

int dvs_switch_apply(struct dvs_switch *sw, const struct dvs_change *changes, unsigned int n,
		     uint64_t *ret_generation, struct dvs_error *err)
{
	struct apply apply = {.sw = sw, .err = err};
	int rc;

	rc = dvs_plan_create(&apply.plan, &sw->model, sw->kinds, changes, n, err);
	if (rc < 0)
		return rc;
	rc = prepare(&apply);
	if (rc < 0) {
		undo(&apply);
		return rc;
	}
	finish(&apply);
	if (ret_generation != NULL)
		*ret_generation = sw->generation;
	return 0;
}
