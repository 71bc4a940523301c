/* SPDX-License-Identifier: BSD-3-Clause */
/* The control side of learning: acts on workers' reports, and tells moves. */
#include <errno.h>
#include <string.h>

#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "switch_private.h"

#define MOVES_PER_SECOND 1000 /* that are told; all are counted */

static void tell_move(struct dvs_switch *sw, uint64_t key, const struct dvs_port_object *port)
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
	memcpy(event.segment, port->config.segment, sizeof(event.segment));
	dvs_switch_tell(sw, &event);
}

/* Reports of ports that are gone, or that have left the segment since, are void. */
static void learn(struct dvs_switch *sw, const struct dvs_learn_report *report)
{
	struct dvs_object *object = dvs_table_at(&sw->model.ports, report->port);
	const struct dvs_port_object *port = (struct dvs_port_object *)object;

	if (object == NULL || !object->exists || port->is_out ||
	    port->segment->object.id != (report->key & 0xffff))
		return;
	if (dvs_fdb_learn(sw->fdb, report->key, report->port, sw->shared.now_s) == DVS_FDB_MOVED)
		tell_move(sw, report->key, port);
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
	*ret_flushed =
		dvs_fdb_flush(sw->fdb, (uint16_t)(segment_object != NULL ? segment_object->id : 0),
			      port_object != NULL ? (uint16_t)port_object->id : UINT16_MAX);
	return 0;
}
