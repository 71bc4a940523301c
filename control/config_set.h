/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * config_set.h - configuration objects of all types, found by type and key.
 *
 * Two things are kept in such a set: the operator's intent (intent.h) and what the switch is known
 * to have (reconcile.h). Each type has one array of pointers sorted by key: a lookup is a binary
 * search, a walk is a loop in key order, and a replacement swaps one pointer, so that an object
 * that is in a set never changes and the old one can be kept for an undo.
 *
 * Only the types of dvs_config_types can be in a set.
 *
 * Threads: the control thread only.
 *
 *	struct dvs_config_set set;
 *	struct dvs_config_object *old;
 *
 *	dvs_config_set_init(&set);
 *	dvs_config_set_swap(&set, rec.type, key, dvs_config_object_create(&rec), &old);
 *	free(old);
 *	for (unsigned int i = 0; i < dvs_config_set_count(&set, &dvs_port_type); i++)
 *		print(dvs_config_set_at(&set, &dvs_port_type, i));
 *	dvs_config_set_fini(&set);
 */
#ifndef DVS_CONFIG_SET_H
#define DVS_CONFIG_SET_H

#include "objects.h"

#define DVS_CONFIG_TYPES_MAX 16

struct dvs_config_object {
	char key[DVS_KEY_TEXT_MAX];
	struct dvs_record rec;
};

struct dvs_config_list {
	struct dvs_config_object **objects; /* sorted by key */
	unsigned int n, room;
};

struct dvs_config_set {
	struct dvs_config_list lists[DVS_CONFIG_TYPES_MAX]; /* as dvs_config_types */
};

/* A copy of the record with its key; to be freed with free(). NULL when memory is out. */
struct dvs_config_object *dvs_config_object_create(const struct dvs_record *rec);

void dvs_config_set_init(struct dvs_config_set *set);
/* Frees the objects too; the set is empty afterwards and can be used again. */
void dvs_config_set_fini(struct dvs_config_set *set);

const struct dvs_config_object *dvs_config_set_lookup(const struct dvs_config_set *set,
						      const struct dvs_type *type, const char *key);
unsigned int dvs_config_set_count(const struct dvs_config_set *set, const struct dvs_type *type);
const struct dvs_config_object *dvs_config_set_at(const struct dvs_config_set *set,
						  const struct dvs_type *type, unsigned int index);

/*
 * Puts object (owned by the set from now on; NULL: nothing) in the place of the one with that key.
 * *ret_old is what was there, owned by the caller, or NULL. -ENOMEM, and nothing has happened; it
 * cannot fail when as many objects were in the set before.
 */
int dvs_config_set_swap(struct dvs_config_set *set, const struct dvs_type *type, const char *key,
			struct dvs_config_object *object, struct dvs_config_object **ret_old);

/* Index in dvs_config_types, -1 when it is no configuration type. */
int dvs_config_index(const struct dvs_type *type);

#endif
