/* SPDX-License-Identifier: BSD-3-Clause */
#include "bindings.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_rcu_qsbr.h>

#include "binding.h"
#include "fdb.h"
#include "savi.h"
#include "switch_private.h"

/* ---- rows ---- */

struct rows {
	uint32_t n, room;
	struct dvs_binding_row *rows;
};

static void add_row(struct rows *rows, const struct dvs_prefix *address, uint64_t mac)
{
	if (rows->n < rows->room)
		rows->rows[rows->n++] = (struct dvs_binding_row){.address = *address, .mac = mac};
}

static void add_config(struct rows *rows, const struct dvs_binding *config)
{
	add_row(rows, &config->address, dvs_fdb_key(config->mac, 0) >> 16);
}

/* The operator's word on an address comes first. */
static void add_learnt(struct rows *rows, const struct dvs_port_object *port)
{
	const struct dvs_learnt *learnt;

	LIST_FOREACH(learnt, &port->learnt, of_port)
	{
		add_row(rows, &learnt->address, learnt->mac);
	}
}

static bool make_room(struct rows *rows, uint32_t n)
{
	rows->n = 0;
	rows->room = n;
	rows->rows = n != 0 ? calloc(n, sizeof(rows->rows[0])) : NULL;
	return n == 0 || rows->rows != NULL;
}

/* NULL: nothing is bound, or no memory. When rows were in use before is not forgotten. */
static struct dvs_binding_set *make_set(struct dvs_switch *sw, const struct dvs_port_object *port,
					struct rows *rows)
{
	struct dvs_binding_set *set;

	for (uint32_t i = 0; i < rows->n; i++)
		rows->rows[i].seen_s = dvs_bindings_seen_s(sw, port, &rows->rows[i].address);
	set = dvs_binding_set_create(rows->rows, rows->n);
	free(rows->rows);
	return set;
}

uint32_t dvs_bindings_seen_s(const struct dvs_switch *sw, const struct dvs_port_object *port,
			     const struct dvs_prefix *address)
{
	const struct dvs_binding_row *row;

	row = dvs_binding_row(dvs_binding_get(sw->bindings, (uint16_t)port->object.id), address);
	return row != NULL ? __atomic_load_n(&row->seen_s, __ATOMIC_RELAXED) : 0;
}

static uint32_t count_staged(const struct dvs_port_object *port)
{
	const struct dvs_binding_object *binding;
	uint32_t n = 0;

	SLIST_FOREACH(binding, &port->bindings_staged, of_staged)
	{
		n++;
	}
	LIST_FOREACH(binding, &port->bindings, of_port)
	{
		n += !binding->object.is_staged;
	}
	return n;
}

static int prepare_port(struct dvs_switch *sw, struct dvs_port_object *port, struct dvs_error *err)
{
	const struct dvs_binding_object *binding;
	uint32_t n = count_staged(port);
	struct rows rows;

	if (n > DVS_BINDING_ROWS_MAX) {
		dvs_error_set(err, -ENOSPC, NULL, NULL, "more than %u addresses bound to it",
			      DVS_BINDING_ROWS_MAX);
		return dvs_error_object(err, "port", port->object.key);
	}
	if (!make_room(&rows, n + port->n_learnt))
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	SLIST_FOREACH(binding, &port->bindings_staged, of_staged)
	{
		add_config(&rows, &binding->staged);
	}
	LIST_FOREACH(binding, &port->bindings, of_port)
	{
		if (!binding->object.is_staged)
			add_config(&rows, &binding->config);
	}
	add_learnt(&rows, port);
	n = rows.n;
	port->set_next = make_set(sw, port, &rows);
	if (n != 0 && port->set_next == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	return 0;
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

void dvs_bindings_renew(struct dvs_switch *sw, struct dvs_port_object *port)
{
	const struct dvs_binding_object *binding;
	struct dvs_binding_set *set;
	struct rows rows;
	uint32_t n = port->n_learnt;

	LIST_FOREACH(binding, &port->bindings, of_port)
	{
		n++;
	}
	if (!make_room(&rows, n))
		return;
	LIST_FOREACH(binding, &port->bindings, of_port)
	{
		add_config(&rows, &binding->config);
	}
	add_learnt(&rows, port);
	set = make_set(sw, port, &rows);
	if (n == 0 || set != NULL)
		retire(sw, dvs_binding_put(sw->bindings, (uint16_t)port->object.id, set));
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

int dvs_bindings_prepare(struct dvs_switch *sw, struct dvs_plan *plan, struct dvs_error *err)
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
			rc = prepare_port(sw, port, err);
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
