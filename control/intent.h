/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * intent.h - the operator's intent: segments, port groups, ports, static MACs.
 *
 * The intent knows no attribute by its name: objects are records of field tables (field.h), and
 * references between them are rows with `ref`. What rows cannot express is in intent_check.c.
 *
 * A change is a transaction: any number of dvs_intent_add, _set and _delete, then dvs_intent_check
 * for what results, then dvs_intent_commit or dvs_intent_rollback. The first edit begins it. Edits
 * are seen by every reader at once; rollback brings back the very same objects. A failed edit
 * leaves the transaction as it was before that edit.
 *
 * Errors name the object and the field; err must not be NULL.
 *
 * Threads: the control thread only.
 *
 *	if (dvs_intent_add(intent, &rec, &err) < 0 || dvs_intent_check(intent, &err) < 0) {
 *		dvs_intent_rollback(intent);
 *		return err.code;
 *	}
 *	dvs_intent_commit(intent);
 */
#ifndef DVS_INTENT_H
#define DVS_INTENT_H

#include "config_set.h"

#define DVS_PORTGROUPS_MAX 4096

struct dvs_intent;

/* One edit of the open transaction. Pointers are valid until commit or rollback. */
struct dvs_intent_edit {
	const struct dvs_type *type;
	const char *key;
	const struct dvs_record *before; /* NULL: it was added */
	const struct dvs_record *after;	 /* NULL: it was deleted */
};

/* -ENOMEM. */
int dvs_intent_create(struct dvs_intent **ret_intent);
void dvs_intent_free(struct dvs_intent *intent);

const struct dvs_record *dvs_intent_lookup(const struct dvs_intent *intent,
					   const struct dvs_type *type, const char *key);
unsigned int dvs_intent_count(const struct dvs_intent *intent, const struct dvs_type *type);
/* Objects of a type in the order of their keys, index 0 to count - 1. */
const struct dvs_config_object *dvs_intent_at(const struct dvs_intent *intent,
					      const struct dvs_type *type, unsigned int index);

/*
 * The object as it takes effect: POLICY rows that are not set, and DERIVED rows, get the value of
 * the row with the same name in an object that this one refers to (a port: its port group). This is
 * what the switch gets. ret_object has the type's size.
 */
void dvs_intent_effective(const struct dvs_intent *intent, const struct dvs_record *rec,
			  void *ret_object);

/* Adds a complete record: -EEXIST, -EINVAL (a required field is missing), -ENOMEM. */
int dvs_intent_add(struct dvs_intent *intent, const struct dvs_record *rec, struct dvs_error *err);
/* Replaces the object with the record's key: -ENOENT, -EINVAL, -ENOMEM. One that is equal to what
 * is there is no edit. */
int dvs_intent_set(struct dvs_intent *intent, const struct dvs_record *rec, struct dvs_error *err);
/* -ENOENT, -ENOMEM. */
int dvs_intent_delete(struct dvs_intent *intent, const struct dvs_type *type, const char *key,
		      struct dvs_error *err);

/*
 * The edits so far result in something consistent: references exist, nothing that is referred to
 * is deleted, no two ports use one socket or interface, limits hold (intent_check.c). -ENOENT,
 * -EBUSY, -EINVAL, -EEXIST, -E2BIG, -ENOMEM.
 */
int dvs_intent_check(const struct dvs_intent *intent, struct dvs_error *err);

/* Edits of the open transaction in the order in which they were made. */
unsigned int dvs_intent_n_edits(const struct dvs_intent *intent);
struct dvs_intent_edit dvs_intent_edit_at(const struct dvs_intent *intent, unsigned int index);
/* The transaction has an edit of that object. */
bool dvs_intent_is_edited(const struct dvs_intent *intent, const struct dvs_type *type,
			  const char *key);

void dvs_intent_commit(struct dvs_intent *intent);
void dvs_intent_rollback(struct dvs_intent *intent);

/*
 * A record with nothing but its KEY fields, from a key as text ("vm1", "lan/52:54:00:00:00:01").
 * -EINVAL, -E2BIG.
 */
int dvs_record_from_key(struct dvs_record *rec, const struct dvs_type *type, const char *key,
			struct dvs_error *err);

/* Both say the same: the same fields are set, to the same values. */
bool dvs_record_is_equal(const struct dvs_record *a, const struct dvs_record *b);

#endif
