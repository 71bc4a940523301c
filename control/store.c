/* SPDX-License-Identifier: BSD-3-Clause */
/* What all stores have in common: records to and from JSON texts. */
#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "field_json.h"

const char *dvs_store_name(const struct dvs_store *store)
{
	return store->name;
}

uint64_t dvs_store_revision(const struct dvs_store *store)
{
	return store->revision;
}

void dvs_store_close(struct dvs_store *store)
{
	if (store)
		store->ops->close(store);
}

/* What the store holds cannot be used: says so with the cause that err has. */
static int refuse_content(const char *store_name, const char *type, const char *key,
			  struct dvs_error *err)
{
	char object[2 * sizeof(err->object)], cause[512], where[2 * sizeof(err->object)];
	bool is_newer = err->code == -ENOENT || err->code == -EPROTONOSUPPORT;

	snprintf(where, sizeof(where), "%s %s", type, key);
	snprintf(object, sizeof(object), "store %s", store_name);
	err->object[0] = '\0';
	dvs_error_print(err, cause, sizeof(cause));
	if (is_newer)
		return dvs_error_set(err, -EPROTONOSUPPORT, object, NULL,
				     "%.64s: %.80s; a newer version of dvs-controld wrote it: use "
				     "that version",
				     where, cause);
	return dvs_error_set(err, -EUCLEAN, object, NULL, "%.64s: %.150s", where, cause);
}

struct loader {
	struct dvs_store *store;
	struct dvs_intent *intent;
};

static int load_object(const char *type_name, const char *key, const char *json, void *arg,
		       struct dvs_error *err)
{
	const struct dvs_type *type = dvs_type_by_name(type_name);
	struct loader *loader = arg;
	struct dvs_record rec;
	char found_key[DVS_KEY_TEXT_MAX];
	json_error_t json_err;
	json_t *fields;
	int ret;

	if (!type || dvs_config_index(type) < 0) {
		dvs_error_set(err, -EPROTONOSUPPORT, NULL, NULL, "unknown type of object");
		return refuse_content(loader->store->name, type_name, key, err);
	}
	fields = json_loads(json, JSON_REJECT_DUPLICATES, &json_err);
	if (!fields) {
		dvs_error_set(err, -EUCLEAN, NULL, NULL, "not JSON: %s", json_err.text);
		return refuse_content(loader->store->name, type_name, key, err);
	}
	dvs_record_init(&rec, type);
	ret = dvs_record_set_json(&rec, fields, err);
	json_decref(fields);
	if (ret == 0 && strcmp(dvs_type_key(type, rec.data, found_key), key) != 0)
		ret = dvs_error_set(err, -EUCLEAN, NULL, NULL, "its content is of another object");
	if (ret == 0)
		ret = dvs_intent_add(loader->intent, &rec, err);
	return ret < 0 ? refuse_content(loader->store->name, type_name, key, err) : 0;
}

int dvs_store_load(struct dvs_store *store, struct dvs_intent *intent, struct dvs_error *err)
{
	struct loader loader = {store, intent};
	int ret = store->ops->walk(store, load_object, &loader, err);

	if (ret == 0) {
		ret = dvs_intent_check(intent, err);
		if (ret < 0) {
			char cause[512], object[2 * sizeof(err->object)];

			snprintf(object, sizeof(object), "store %s", store->name);
			dvs_error_print(err, cause, sizeof(cause));
			ret = dvs_error_set(err, -EUCLEAN, object, NULL,
					    "what it holds is not consistent: %.150s", cause);
		}
	}
	if (ret < 0)
		dvs_intent_rollback(intent);
	else
		dvs_intent_commit(intent);
	return ret;
}

int dvs_store_begin(struct dvs_store *store, struct dvs_error *err)
{
	return store->ops->begin(store, err);
}

int dvs_store_put(struct dvs_store *store, const struct dvs_record *rec, struct dvs_error *err)
{
	json_t *fields = dvs_type_json(rec->type, rec->data, rec->set);
	char *json = fields ? json_dumps(fields, JSON_COMPACT) : NULL;
	char key[DVS_KEY_TEXT_MAX];
	int ret;

	json_decref(fields);
	if (!json)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	dvs_type_key(rec->type, rec->data, key);
	ret = store->ops->put(store, rec->type->name, key, json, err);
	free(json);
	return ret;
}

int dvs_store_delete(struct dvs_store *store, const struct dvs_type *type, const char *key,
		     struct dvs_error *err)
{
	return store->ops->remove(store, type->name, key, err);
}

int dvs_store_commit(struct dvs_store *store, uint64_t *ret_revision, struct dvs_error *err)
{
	int ret = store->ops->commit(store, err);

	if (ret == 0)
		*ret_revision = store->revision;
	return ret;
}

void dvs_store_rollback(struct dvs_store *store)
{
	store->ops->rollback(store);
}
