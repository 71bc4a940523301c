/* SPDX-License-Identifier: BSD-3-Clause */
#include "reconcile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void dvs_reconcile_init(struct dvs_reconcile *rc)
{
	memset(rc, 0, sizeof(*rc));
	dvs_config_set_init(&rc->mirror);
}

void dvs_reconcile_fini(struct dvs_reconcile *rc)
{
	dvs_config_set_fini(&rc->mirror);
	free(rc->failures);
	memset(rc, 0, sizeof(*rc));
}

/* The mirror */

static int swap_in_mirror(struct dvs_reconcile *rc, const struct dvs_type *type, const char *key,
			  struct dvs_config_object *object)
{
	struct dvs_config_object *old;
	int ret = dvs_config_set_swap(&rc->mirror, type, key, object, &old);

	if (ret == 0)
		free(old);
	return ret;
}

static int list_record(const struct dvs_type *type, const void *record, void *arg)
{
	struct dvs_reconcile *rc = arg;
	struct dvs_config_object *object;
	struct dvs_record rec;
	int ret;

	dvs_record_init(&rec, type);
	memcpy(rec.data, record, type->size);
	object = dvs_config_object_create(&rec);
	if (!object)
		return -ENOMEM;
	ret = swap_in_mirror(rc, type, object->key, object);
	if (ret < 0)
		free(object);
	return ret;
}

static int lost(struct dvs_error *err)
{
	err->code = -ENOTCONN;
	return -ENOTCONN;
}

int dvs_reconcile_list(struct dvs_reconcile *rc, struct dvs_client *client, struct dvs_error *err)
{
	dvs_config_set_fini(&rc->mirror);
	rc->is_stale = false;
	for (unsigned int t = 0; t < dvs_n_config_types; t++) {
		const struct dvs_type *type = dvs_config_types[t];
		int ret;

		if (!dvs_type_is_in_switch(type))
			continue;
		*err = (struct dvs_error){0};
		ret = dvs_client_dump(client, type, list_record, rc, err);
		if (ret == -ENOMEM)
			return dvs_error_set(err, ret, NULL, NULL, "out of memory");
		/* A switch that cannot be listed cannot be reconciled: connect again. */
		if (ret < 0)
			return lost(err);
	}
	return 0;
}

/* Failures */

static int order_failures(const void *a, const void *b)
{
	const struct dvs_failure *left = a, *right = b;
	int order = dvs_config_index(left->type) - dvs_config_index(right->type);

	return order ? order : strcmp(left->key, right->key);
}

static bool has_failed(const struct dvs_reconcile *rc, const struct dvs_config_object *object)
{
	struct dvs_failure key = {.type = object->rec.type};

	memcpy(key.key, object->key, sizeof(key.key));
	return rc->n_failures > 0 &&
	       bsearch(&key, rc->failures, rc->n_failures, sizeof(key), order_failures) != NULL;
}

static int add_failure(struct dvs_reconcile *rc, const struct dvs_config_object *object,
		       const struct dvs_error *error)
{
	struct dvs_failure *failure;

	if (rc->n_failures == rc->failures_room) {
		unsigned int room = rc->failures_room ? 2 * rc->failures_room : 16;

		failure = reallocarray(rc->failures, room, sizeof(*failure));
		if (!failure)
			return -ENOMEM;
		rc->failures = failure;
		rc->failures_room = room;
	}
	failure = &rc->failures[rc->n_failures++];
	failure->type = object->rec.type;
	memcpy(failure->key, object->key, sizeof(failure->key));
	failure->error = *error;
	dvs_error_object(&failure->error, failure->type->name, failure->key);
	return 0;
}

static void sort_failures(struct dvs_reconcile *rc)
{
	if (rc->n_failures > 1)
		qsort(rc->failures, rc->n_failures, sizeof(*rc->failures), order_failures);
}

/* Transactions */

static int send_step(struct dvs_client *client, const struct dvs_diff_step *step,
		     struct dvs_error *err)
{
	const struct dvs_record *rec = &step->object->rec;
	int ret = step->is_delete ? dvs_client_delete(client, rec->type, rec->data, err)
				  : dvs_client_put(client, rec->type, rec->data, err);

	if (ret < 0)
		dvs_error_object(err, rec->type->name, step->object->key);
	return ret;
}

/* The switch has taken the step. The diff keeps nothing of it. */
static int mirror_step(struct dvs_reconcile *rc, struct dvs_diff_step *step)
{
	struct dvs_config_object *object = step->object;
	int ret =
		swap_in_mirror(rc, object->rec.type, object->key, step->is_delete ? NULL : object);

	if (ret < 0 || step->is_delete)
		free(object);
	step->object = NULL;
	return ret;
}

/* Ends a transaction that failed, and finds out whether the connection has. */
static int end_failed(struct dvs_client *client, int code, struct dvs_error *err)
{
	struct dvs_error unused;
	int ret = dvs_client_abort(client, &unused);

	if (ret == -ENOTCONN || ret == -EPIPE || ret == -ETIMEDOUT || ret == -EPROTO)
		return lost(err);
	return code;
}

/* All steps or none, and the mirror with them. */
static int commit_steps(struct dvs_reconcile *rc, struct dvs_client *client,
			struct dvs_diff_step *steps, unsigned int n, struct dvs_error *err)
{
	uint64_t generation;
	int ret;

	*err = (struct dvs_error){0};
	ret = dvs_client_begin(client, err);
	for (unsigned int i = 0; i < n && ret == 0; i++)
		ret = send_step(client, &steps[i], err);
	if (ret == 0)
		ret = dvs_client_commit(client, &generation, err);
	if (ret < 0)
		return end_failed(client, ret, err);
	if (generation > rc->generation + 1)
		rc->is_stale = true;
	rc->generation = generation;
	for (unsigned int i = 0; i < n; i++)
		if (mirror_step(rc, &steps[i]) < 0)
			ret = -ENOMEM;
	/* The mirror is not what the switch has: list it again. */
	return ret < 0 ? lost(err) : 0;
}

static int one_by_one(struct dvs_reconcile *rc, struct dvs_client *client, struct dvs_diff *diff,
		      struct dvs_error *err)
{
	bool is_progress = true;
	int ret = 0;

	/* Again while it helps: a segment is free only after its ports have moved. */
	while (is_progress && ret == 0) {
		is_progress = false;
		rc->n_failures = 0;
		for (unsigned int i = 0; i < diff->n && ret == 0; i++) {
			struct dvs_diff_step *step = &diff->steps[i];

			if (!step->object)
				continue;
			ret = commit_steps(rc, client, step, 1, err);
			if (ret == 0)
				is_progress = true;
			else if (ret != -ENOTCONN)
				ret = add_failure(rc, step->object, err);
		}
		is_progress = is_progress && rc->n_failures > 0;
	}
	sort_failures(rc);
	return ret;
}

static int in_transactions(struct dvs_reconcile *rc, struct dvs_client *client,
			   struct dvs_diff *diff, struct dvs_error *err)
{
	for (unsigned int i = 0; i < diff->n; i += DVS_WIRE_TXN_MAX) {
		unsigned int left = diff->n - i;
		int ret = commit_steps(rc, client, diff->steps + i,
				       left < DVS_WIRE_TXN_MAX ? left : DVS_WIRE_TXN_MAX, err);

		if (ret < 0)
			return ret;
	}
	rc->n_failures = 0;
	return 0;
}

int dvs_reconcile_all(struct dvs_reconcile *rc, struct dvs_client *client,
		      const struct dvs_intent *intent, struct dvs_error *err)
{
	struct dvs_diff diff;
	int ret = dvs_diff_make(&diff, intent, &rc->mirror);

	if (ret < 0)
		return dvs_error_set(err, ret, NULL, NULL, "out of memory");
	ret = in_transactions(rc, client, &diff, err);
	if (ret < 0 && ret != -ENOTCONN)
		ret = one_by_one(rc, client, &diff, err);
	dvs_diff_fini(&diff);
	return ret;
}

int dvs_reconcile_retry(struct dvs_reconcile *rc, struct dvs_client *client,
			const struct dvs_intent *intent, struct dvs_error *err)
{
	struct dvs_diff diff;
	int ret = dvs_diff_make(&diff, intent, &rc->mirror);

	if (ret < 0)
		return dvs_error_set(err, ret, NULL, NULL, "out of memory");
	ret = one_by_one(rc, client, &diff, err);
	dvs_diff_fini(&diff);
	return ret;
}

/* kept has what the diff puts so far: those can be referred to as well. */
static bool has_refs(const struct dvs_reconcile *rc, const struct dvs_config_set *kept,
		     const struct dvs_record *rec)
{
	for (unsigned int i = 0; i < rec->type->n_fields; i++) {
		const struct dvs_field *ref = &rec->type->fields[i];
		const struct dvs_type *type = ref->ref ? dvs_type_by_name(ref->ref) : NULL;
		const char *name = (const char *)rec->data + ref->offset;

		if (!type || !dvs_type_is_in_switch(type) || name[0] == '\0')
			continue;
		if (!dvs_config_set_lookup(&rc->mirror, type, name) &&
		    !dvs_config_set_lookup(kept, type, name))
			return false;
	}
	return true;
}

/* Takes out of the diff what cannot work now; returns how much, or -ENOMEM. */
static int leave_out(const struct dvs_reconcile *rc, struct dvs_diff *diff)
{
	struct dvs_config_set kept;
	struct dvs_config_object *old;
	unsigned int n = 0, left = 0;
	int ret = 0;

	dvs_config_set_init(&kept);
	for (unsigned int i = 0; i < diff->n; i++) {
		struct dvs_config_object *object = diff->steps[i].object, *copy;

		if (has_failed(rc, object) ||
		    (!diff->steps[i].is_delete && !has_refs(rc, &kept, &object->rec))) {
			free(object);
			left++;
			continue;
		}
		diff->steps[n++] = diff->steps[i];
		if (diff->steps[i].is_delete || ret < 0)
			continue;
		copy = dvs_config_object_create(&object->rec);
		if (!copy ||
		    dvs_config_set_swap(&kept, object->rec.type, object->key, copy, &old) < 0) {
			free(copy);
			ret = -ENOMEM;
		}
	}
	diff->n = n;
	dvs_config_set_fini(&kept);
	return ret < 0 ? ret : (int)left;
}

int dvs_reconcile_change(struct dvs_reconcile *rc, struct dvs_client *client,
			 const struct dvs_intent *intent, unsigned int *ret_left,
			 struct dvs_error *err)
{
	struct dvs_diff diff;
	int left, ret = dvs_diff_make(&diff, intent, &rc->mirror);

	if (ret < 0)
		return dvs_error_set(err, ret, NULL, NULL, "out of memory");
	left = leave_out(rc, &diff);
	if (left < 0)
		ret = dvs_error_set(err, left, NULL, NULL, "out of memory");
	else if (diff.n > DVS_WIRE_TXN_MAX)
		ret = dvs_error_set(err, -E2BIG, NULL, NULL,
				    "the change touches %u objects, at most %u can be changed at "
				    "once",
				    diff.n, DVS_WIRE_TXN_MAX);
	else if (diff.n > 0)
		ret = commit_steps(rc, client, diff.steps, diff.n, err);
	dvs_diff_fini(&diff);
	if (ret == 0)
		*ret_left = (unsigned int)left;
	return ret;
}
