/* SPDX-License-Identifier: BSD-3-Clause */
#include "bindings.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_rcu_qsbr.h>

#include "binding.h"
#include "fdb.h"
#include "switch_private.h"

/* ---- rows ---- */

static struct dvs_binding_row make_row(const struct dvs_binding *config)
{
	return (struct dvs_binding_row){.address = config->address,
					.mac = dvs_fdb_key(config->mac, 0) >> 16};
}

/* Of a port, as they will be; rows may be NULL. Returns their number. */
static uint32_t collect_rows(const struct dvs_port_object *port, struct dvs_binding_row *rows)
{
	const struct dvs_binding_object *binding;
	uint32_t n = 0;

	SLIST_FOREACH(binding, &port->bindings_staged, of_staged)
	{
		if (rows != NULL)
			rows[n] = make_row(&binding->staged);
		n++;
	}
	LIST_FOREACH(binding, &port->bindings, of_port)
	{
		if (binding->object.is_staged)
			continue;
		if (rows != NULL)
			rows[n] = make_row(&binding->config);
		n++;
	}
	return n;
}

static int prepare_port(struct dvs_port_object *port, struct dvs_error *err)
{
	uint32_t n = collect_rows(port, NULL);
	struct dvs_binding_row *rows;

	if (n > DVS_BINDING_ROWS_MAX) {
		dvs_error_set(err, -ENOSPC, NULL, NULL, "more than %u addresses bound to it",
			      DVS_BINDING_ROWS_MAX);
		return dvs_error_object(err, "port", port->object.key);
	}
	if (n == 0)
		return 0;
	rows = calloc(n, sizeof(*rows));
	if (rows != NULL) {
		collect_rows(port, rows);
		port->set_next = dvs_binding_set_create(rows, n);
	}
	free(rows);
	return port->set_next != NULL ? 0 : dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
}

/* ---- sets that no worker may have any more ---- */

static void retire(struct dvs_switch *sw, struct dvs_binding_set *set)
{
	if (set == NULL)
		return;
	set->retired_at = rte_rcu_qsbr_start(sw->shared.qsbr);
	set->next_retired = sw->retired;
	sw->retired = set;
}

void dvs_bindings_reclaim(struct dvs_switch *sw)
{
	struct dvs_binding_set **at = &sw->retired;

	while (*at != NULL) {
		struct dvs_binding_set *set = *at;

		if (rte_rcu_qsbr_check(sw->shared.qsbr, set->retired_at, false) == 0) {
			at = &set->next_retired;
			continue;
		}
		*at = set->next_retired;
		dvs_binding_set_free(set);
	}
}

void dvs_bindings_fini(struct dvs_switch *sw)
{
	while (sw->retired != NULL) {
		struct dvs_binding_set *set = sw->retired;

		sw->retired = set->next_retired;
		dvs_binding_set_free(set);
	}
	dvs_binding_table_free(sw->bindings);
}

/* ---- transactions ---- */

#define FOREACH_BINDING(binding, plan)                                                             \
	for (unsigned int at_ = 0; at_ < (plan)->n_objects; at_++)                                 \
		if ((plan)->objects[at_]->type == &dvs_binding_type &&                             \
		    ((binding) = (struct dvs_binding_object *)(plan)->objects[at_]))

/* A binding's port is part of its key, so it never changes. */
static struct dvs_port_object *port_of(const struct dvs_binding_object *binding)
{
	return binding->object.will_exist ? binding->port_staged : binding->port;
}

int dvs_bindings_prepare(struct dvs_plan *plan, struct dvs_error *err)
{
	struct dvs_binding_object *binding;
	int rc = 0;

	FOREACH_BINDING(binding, plan)
	{
		port_of(binding)->has_set_next = true;
		if (binding->object.will_exist)
			SLIST_INSERT_HEAD(&port_of(binding)->bindings_staged, binding, of_staged);
	}
	FOREACH_BINDING(binding, plan)
	{
		struct dvs_port_object *port = port_of(binding);

		if (rc == 0 && port->set_next == NULL && dvs_object_will_exist(&port->object))
			rc = prepare_port(port, err);
	}
	return rc;
}

void dvs_bindings_commit(struct dvs_switch *sw, struct dvs_plan *plan)
{
	struct dvs_binding_object *binding;

	FOREACH_BINDING(binding, plan)
	{
		struct dvs_port_object *port = port_of(binding);

		if (!port->has_set_next)
			continue;
		retire(sw,
		       dvs_binding_put(sw->bindings, (uint16_t)port->object.id, port->set_next));
		port->set_next = NULL;
		port->has_set_next = false;
		SLIST_INIT(&port->bindings_staged);
	}
}

void dvs_bindings_discard(struct dvs_plan *plan)
{
	struct dvs_binding_object *binding;

	FOREACH_BINDING(binding, plan)
	{
		struct dvs_port_object *port = port_of(binding);

		dvs_binding_set_free(port->set_next);
		port->set_next = NULL;
		port->has_set_next = false;
		SLIST_INIT(&port->bindings_staged);
	}
}
