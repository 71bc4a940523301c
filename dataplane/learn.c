/* SPDX-License-Identifier: BSD-3-Clause */
/* The control side of learning: acts on workers' reports, and tells moves. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "mac_state.h"
#include "switch_private.h"

#define MOVES_PER_SECOND 1000	   /* that are told; all are counted */
#define FORGET_NS	 100000000 /* between two walks for ports whose links go down */

static void tell_move(struct dvs_switch *sw, uint64_t key, const struct dvs_port_object *port,
		      const struct dvs_segment_object *segment)
{
	struct dvs_wire_event event = {.kind = DVS_EVENT_MAC_MOVE, .link = DVS_LINK_UP};

	if (sw->moves_s != sw->shared.now_s) {
		sw->moves_s = sw->shared.now_s;
		sw->moves_told = 0;
	}
	if (sw->moves_told++ >= MOVES_PER_SECOND)
		return;
	for (unsigned int i = 0; i < DVS_MAC_LEN; i++)
		event.mac[i] = (uint8_t)(key >> (56 - 8 * i));
	memcpy(event.port, port->config.name, sizeof(event.port));
	memcpy(event.segment, segment->config.name, sizeof(event.segment));
	dvs_switch_tell(sw, &event);
}

/* The source was learnt behind a port in VEPA mode after the worker had looked. */
static bool is_reflected(const struct dvs_switch *sw, const struct dvs_learn_report *report)
{
	uint64_t value = dvs_fdb_lookup(sw->fdb, report->key);

	return value != DVS_FDB_MISS &&
	       dvs_snapshot_is_reflected(sw->shared.snapshot, report->port, dvs_fdb_port(value));
}

/* Tells of a duplicate with both ports, or of a MAC that is held where it is. */
static void tell_news(struct dvs_switch *sw, unsigned int news, uint64_t key, uint16_t port,
		      uint16_t other)
{
	const struct dvs_port_object *is = (void *)dvs_table_at(&sw->model.ports, port);
	const struct dvs_port_object *also = (void *)dvs_table_at(&sw->model.ports, other);
	const struct dvs_object *segment =
		dvs_table_at(&sw->model.segments, (uint32_t)(key & 0xffff));
	struct dvs_wire_event event = {.link = DVS_LINK_UP};

	if (news == 0 || is == NULL || also == NULL || segment == NULL)
		return;
	for (unsigned int i = 0; i < DVS_MAC_LEN; i++)
		event.mac[i] = (uint8_t)(key >> (56 - 8 * i));
	memcpy(event.port, is->config.name, sizeof(event.port));
	memcpy(event.segment, segment->key, sizeof(event.segment));
	if ((news & DVS_MOVES_DUPLICATE) != 0) {
		event.kind = DVS_EVENT_MAC_DUPLICATE;
		snprintf(event.text, sizeof(event.text), "%s", also->config.name);
		dvs_switch_tell(sw, &event);
	}
	if ((news & DVS_MOVES_HELD) != 0) {
		event.kind = DVS_EVENT_MAC_HELD;
		snprintf(event.text, sizeof(event.text), "%s", also->config.name);
		dvs_switch_tell(sw, &event);
	}
}

/* A sticky MAC of another port: is it active there, too? */
static void note_sticky(struct dvs_switch *sw, uint64_t key, uint64_t before, uint16_t port)
{
	uint16_t owner = dvs_fdb_port(before);

	if (sw->shared.now_s - dvs_fdb_last(sw->fdb, before) <= DVS_MOVES_DUPLICATE_S)
		tell_news(sw,
			  dvs_moves_note_conflict(sw->moves, key, owner, port, sw->shared.now_s),
			  key, owner, port);
}

static void learn_key(struct dvs_switch *sw, uint64_t key, const struct dvs_port_object *port,
		      const struct dvs_segment_object *segment)
{
	const struct dvs_moves_limits limits = {segment->config.flap_moves,
						segment->config.flap_window_s,
						segment->config.flap_hold_s};
	uint64_t before = dvs_fdb_lookup(sw->fdb, key);
	uint16_t id = (uint16_t)port->object.id;

	if (before != DVS_FDB_MISS && dvs_fdb_port(before) != id &&
	    dvs_moves_is_held(sw->moves, key, sw->shared.now_s))
		return;
	switch (dvs_fdb_learn(sw->fdb, key, id, sw->shared.now_s)) {
	case DVS_FDB_MOVED:
		tell_move(sw, key, port, segment);
		tell_news(sw,
			  dvs_moves_note(sw->moves, key, dvs_fdb_port(before), id, sw->shared.now_s,
					 &limits),
			  key, id, dvs_fdb_port(before));
		break;
	case DVS_FDB_IS_STICKY:
		note_sticky(sw, key, before, id);
		break;
	default:
		break;
	}
}

/* Reports of ports that are gone or down, or that have left the segment since, are void. */
static void learn(struct dvs_switch *sw, const struct dvs_learn_report *report)
{
	struct dvs_object *object = dvs_table_at(&sw->model.ports, report->port);
	struct dvs_port_object *port = (struct dvs_port_object *)object;
	const struct dvs_segment_object *segment =
		(void *)dvs_table_at(&sw->model.segments, (uint32_t)(report->key & 0xffff));

	if (object == NULL || port->dev == NULL)
		return;
	/* Before the table counts it: a worker may let one too many in, but none too few. */
	if (report->is_claim)
		__atomic_fetch_sub(&port->dev->memory->claims, 1, __ATOMIC_RELAXED);
	if (!object->exists || port->is_out || segment == NULL || !segment->object.exists ||
	    !dvs_port_is_member(&port->config, &segment->config) || !dvs_switch_is_up(port) ||
	    is_reflected(sw, report))
		return;
	if (report->is_over_limit)
		dvs_switch_ask_to_shut(sw, port);
	else
		learn_key(sw, report->key, port, segment);
}

void dvs_switch_drain_learn(struct dvs_switch *sw, unsigned int max)
{
	for (unsigned int w = 0; w < sw->n_workers; w++) {
		struct dvs_learn_report report;

		for (unsigned int i = 0;
		     i < max && rte_ring_sc_dequeue_elem(sw->workers[w]->learn_ring, &report,
							 sizeof(report)) == 0;
		     i++)
			learn(sw, &report);
	}
	__atomic_store_n(&sw->shared.learn_epoch, sw->shared.learn_epoch + 1, __ATOMIC_RELAXED);
}

/*
 * What was learnt behind a port goes with its link (as bridges do: IEEE 802.1D-2004 section 17.11),
 * so that a guest that comes up elsewhere is found by flooding. Reports still in flight are void
 * while the link is down. A walk over the table serves all ports that went down since the last one:
 * a guest can make its link go up and down as often as it likes. Sticky MACs stay.
 */
void dvs_switch_link_lost(struct dvs_switch *sw, const struct dvs_port_object *port)
{
	if (port->config.policy.mac_sticky)
		return;
	dvs_fdb_ids_add(&sw->down.moved_ports, (uint16_t)port->object.id);
	sw->has_down = true;
}

void dvs_switch_forget_down(struct dvs_switch *sw)
{
	uint64_t now_ns = dvs_clock_now_ns(sw->clock);

	if (!sw->has_down || now_ns < sw->forget_ns)
		return;
	dvs_fdb_forget(sw->fdb, &sw->down);
	memset(&sw->down, 0, sizeof(sw->down));
	sw->has_down = false;
	sw->forget_ns = now_ns + FORGET_NS;
}

static int lookup(const struct dvs_table *table, const char *name, struct dvs_object **ret_object,
		  struct dvs_error *err)
{
	struct dvs_object *object = dvs_table_lookup(table, name);

	if (object == NULL || !object->exists)
		return dvs_error_set(err, -ENOENT, NULL, table->type->name, "there is no %s \"%s\"",
				     table->type->name, name);
	*ret_object = object;
	return 0;
}

int dvs_switch_mac_flush(struct dvs_switch *sw, const char *segment, const char *port,
			 uint32_t *ret_flushed, struct dvs_error *err)
{
	struct dvs_object *segment_object = NULL, *port_object = NULL;
	int rc = 0;

	if (segment[0] != '\0')
		rc = lookup(&sw->model.segments, segment, &segment_object, err);
	if (rc == 0 && port[0] != '\0')
		rc = lookup(&sw->model.ports, port, &port_object, err);
	if (rc < 0)
		return rc;
	dvs_switch_drain_learn(sw, DVS_LEARN_RING);
	if (port_object == NULL)
		dvs_mac_state_flush(sw, segment);
	else if (segment_object == NULL)
		dvs_switch_renew_port(sw, (struct dvs_port_object *)port_object);
	*ret_flushed =
		dvs_fdb_flush(sw->fdb, (uint16_t)(segment_object != NULL ? segment_object->id : 0),
			      port_object != NULL ? (uint16_t)port_object->id : UINT16_MAX);
	return 0;
}
