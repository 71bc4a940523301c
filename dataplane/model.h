/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * model.h - the switch's configuration as objects: segments, ports, static MACs, bindings and
 * static members of multicast groups, by name and by id.
 *
 * Ids are small numbers that index arrays (snapshots, MAC table). The lowest free one is taken,
 * and it is free again when its object is gone from everything that workers see.
 *
 * A change is staged beside what is in force: an object has its present configuration (exists) and,
 * while a transaction is under way, what it will be (staged). So the result can be validated as a
 * whole, and forgotten as a whole, before anything is touched; plan.h does that.
 *
 * Threads: the control thread.
 */
#ifndef DVS_MODEL_H
#define DVS_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "objects.h"
#include "snapshot.h"

#define DVS_PORT_KINDS 8 /* room for enum dvs_port_kind */

/* What all of them have; first member of each. */
struct dvs_object {
	const struct dvs_type *type;
	struct dvs_object *next; /* in its bucket of the table */
	uint32_t id;
	uint32_t hash;
	bool exists;	/* has a configuration in force */
	bool is_staged; /* a transaction under way has a word on it */
	bool will_exist;
	char key[DVS_KEY_TEXT_MAX]; /* dvs_type_key */
};

struct dvs_segment_object {
	struct dvs_object object;
	struct dvs_segment config, staged;
	uint32_t n_ports;	/* of ports in force */
	int32_t n_ports_staged; /* what the transaction adds */
	bool is_renumbered;	/* the transaction changes its VLAN id */
};

struct dvs_port_object {
	struct dvs_object object;
	struct dvs_port config, staged;
	struct dvs_segment_object *segment, *segment_staged;
	LIST_HEAD(, dvs_mac_object) macs; /* static ones, in force */
	LIST_HEAD(, dvs_learnt) learnt;	  /* savi.h */
	uint32_t n_learnt, learnt_refused;
	LIST_HEAD(, dvs_binding_object) bindings; /* those of the configuration, in force */
	struct dvs_portdev *dev;		  /* NULL: could not be made again, see error */
	uint8_t n_queues;			  /* that are polled */
	uint8_t queue_worker[DVS_QUEUES_MAX];
	uint64_t cycles_seen[DVS_QUEUES_MAX];  /* balance.c: counter at the last look */
	uint32_t stay_until_s[DVS_QUEUES_MAX]; /* it does not move before */
	/* While a transaction is under way. */
	bool is_out;	/* leaves the snapshot: deleted, or to be made anew */
	bool is_new;	/* dev was made by this transaction */
	bool is_moving; /* to another segment */
	SLIST_HEAD(, dvs_binding_object) bindings_staged;
	bool has_set_next;		  /* its bindings change ... */
	struct dvs_binding_set *set_next; /* ... to these; bindings.c */
	bool is_narrowed;		  /* only its own MAC is learnt from now on */
	/* A guard has disabled it (limits.c), until an operator says otherwise. */
	bool is_shut, is_to_shut;
	/* mac_state.c: what of it was seen last, to be kept. */
	uint64_t noted_mac;
	bool noted_shut;
	struct dvs_error error;
	struct dvs_egress *egress;	/* NULL: nothing waits for it */
	struct dvs_egress *egress_next; /* what the transaction makes of that ... */
	bool is_egress_new;		/* ... if it does */
};

struct dvs_mac_object {
	struct dvs_object object;
	struct dvs_static_mac config, staged;
	struct dvs_port_object *port, *port_staged;
	LIST_ENTRY(dvs_mac_object) of_port;
};

struct dvs_binding_object {
	struct dvs_object object;
	struct dvs_binding config, staged;
	struct dvs_port_object *port, *port_staged;
	LIST_ENTRY(dvs_binding_object) of_port;
	SLIST_ENTRY(dvs_binding_object) of_staged;
};

struct dvs_group_object {
	struct dvs_object object;
	struct dvs_static_group config, staged;
};

struct dvs_acl_object {
	struct dvs_object object;
	struct dvs_acl_list config, staged;
	struct dvs_acl *compiled;      /* in force */
	struct dvs_acl *compiled_next; /* what the transaction makes of it ... */
	bool is_affected;	       /* ... if it does; acls.c */
};

struct dvs_acl_rule_object {
	struct dvs_object object;
	struct dvs_acl_rule config, staged;
};

struct dvs_table {
	const struct dvs_type *type;
	size_t object_size;
	uint32_t first_id, n_ids; /* ids are first_id .. first_id + n_ids - 1 */
	uint32_t limit;		  /* objects in force */
	uint32_t n;		  /* objects in force */
	uint32_t free_hint;	  /* no id below is free */
	struct dvs_object **by_id;
	struct dvs_object **buckets;
	uint32_t n_buckets; /* a power of two */
};

struct dvs_model {
	struct dvs_table segments, ports, macs, bindings, groups, acls, acl_rules;
};

int dvs_model_init(struct dvs_model *model);
void dvs_model_fini(struct dvs_model *model);

/* NULL for types that are not configuration of the switch. */
struct dvs_table *dvs_model_table(struct dvs_model *model, const struct dvs_type *type);

/* By key, in force or staged; NULL. */
struct dvs_object *dvs_table_lookup(const struct dvs_table *table, const char *key);

/* By id, NULL when there is none. */
static inline struct dvs_object *dvs_table_at(const struct dvs_table *table, uint32_t id)
{
	return id - table->first_id < table->n_ids ? table->by_id[id - table->first_id] : NULL;
}

/* A new object with a key and an id, not in force yet. -ENOMEM, -ENOSPC (no id). */
int dvs_table_add(struct dvs_table *table, const char *key, struct dvs_object **ret_object);

/* Takes the object out and frees it. */
void dvs_table_remove(struct dvs_table *table, struct dvs_object *object);

/* Next object in force with an id of at least *id, which moves behind it; NULL at the end. */
struct dvs_object *dvs_table_next(const struct dvs_table *table, uint32_t *id);

/* The struct dvs_segment, dvs_port, ... in force / staged. */
void *dvs_object_config(struct dvs_object *object);
void *dvs_object_staged(struct dvs_object *object);

/* As it will be when the transaction under way is done. */
static inline bool dvs_object_will_exist(const struct dvs_object *object)
{
	return object->is_staged ? object->will_exist : object->exists;
}

static inline const struct dvs_port *dvs_port_will_be(const struct dvs_port_object *port)
{
	return port->object.is_staged ? &port->staged : &port->config;
}

static inline const struct dvs_segment *
dvs_segment_will_be(const struct dvs_segment_object *segment)
{
	return segment->object.is_staged ? &segment->staged : &segment->config;
}

static inline const struct dvs_static_mac *dvs_mac_will_be(const struct dvs_mac_object *mac)
{
	return mac->object.is_staged ? &mac->staged : &mac->config;
}

#endif
