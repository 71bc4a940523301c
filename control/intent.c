/* SPDX-License-Identifier: BSD-3-Clause */
#include "intent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of before and after one belongs to the set, the other to the undo list. */
struct undo {
	const struct dvs_type *type;
	struct dvs_config_object *before, *after;
};

struct dvs_intent {
	struct dvs_config_set set;
	struct undo *undo;
	unsigned int n_undo, undo_room;
};

int dvs_intent_create(struct dvs_intent **ret_intent)
{
	struct dvs_intent *intent = calloc(1, sizeof(*intent));

	if (!intent)
		return -ENOMEM;
	dvs_config_set_init(&intent->set);
	*ret_intent = intent;
	return 0;
}

void dvs_intent_free(struct dvs_intent *intent)
{
	if (!intent)
		return;
	dvs_intent_rollback(intent);
	dvs_config_set_fini(&intent->set);
	free(intent->undo);
	free(intent);
}

const struct dvs_record *dvs_intent_lookup(const struct dvs_intent *intent,
					   const struct dvs_type *type, const char *key)
{
	const struct dvs_config_object *object = dvs_config_set_lookup(&intent->set, type, key);

	return object ? &object->rec : NULL;
}

unsigned int dvs_intent_count(const struct dvs_intent *intent, const struct dvs_type *type)
{
	return dvs_config_set_count(&intent->set, type);
}

const struct dvs_config_object *dvs_intent_at(const struct dvs_intent *intent,
					      const struct dvs_type *type, unsigned int index)
{
	return dvs_config_set_at(&intent->set, type, index);
}

/* Copies the value of to from a row with the same name in an object that rec refers to. */
static void inherit(const struct dvs_intent *intent, const struct dvs_record *rec,
		    const struct dvs_field *to, uint8_t *object)
{
	for (unsigned int i = 0; i < rec->type->n_fields; i++) {
		const struct dvs_field *ref = &rec->type->fields[i], *from;
		const struct dvs_record *parent;

		if (!ref->ref || (ref->flags & DVS_FIELD_DERIVED) != 0)
			continue;
		parent = dvs_intent_lookup(intent, dvs_type_by_name(ref->ref),
					   (const char *)rec->data + ref->offset);
		from = parent ? dvs_type_field(parent->type, to->name) : NULL;
		if (!from || from->type != to->type || from->size != to->size)
			continue;
		memcpy(object + to->offset, parent->data + from->offset, to->size);
		return;
	}
}

void dvs_intent_effective(const struct dvs_intent *intent, const struct dvs_record *rec,
			  void *ret_object)
{
	memcpy(ret_object, rec->data, rec->type->size);
	for (unsigned int i = 0; i < rec->type->n_fields; i++) {
		const struct dvs_field *field = &rec->type->fields[i];
		bool is_open =
			(field->flags & DVS_FIELD_POLICY) != 0 && !dvs_record_is_set(rec, field);

		if (is_open || (field->flags & DVS_FIELD_DERIVED) != 0)
			inherit(intent, rec, field, ret_object);
	}
}

static int make_undo_room(struct dvs_intent *intent)
{
	unsigned int room = intent->undo_room ? 2 * intent->undo_room : 16;
	struct undo *undo;

	if (intent->n_undo < intent->undo_room)
		return 0;
	undo = reallocarray(intent->undo, room, sizeof(*undo));
	if (!undo)
		return -ENOMEM;
	intent->undo = undo;
	intent->undo_room = room;
	return 0;
}

static int no_memory(struct dvs_error *err, const struct dvs_type *type, const char *key)
{
	dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	return dvs_error_object(err, type->name, key);
}

/* Puts object (NULL: nothing) in the place of key and notes how to go back. */
static int edit(struct dvs_intent *intent, const struct dvs_type *type, const char *key,
		struct dvs_config_object *object, struct dvs_error *err)
{
	struct undo *undo;

	if (make_undo_room(intent) < 0)
		return no_memory(err, type, key);
	undo = &intent->undo[intent->n_undo];
	if (dvs_config_set_swap(&intent->set, type, key, object, &undo->before) < 0)
		return no_memory(err, type, key);
	undo->type = type;
	undo->after = object;
	intent->n_undo++;
	return 0;
}

static int put(struct dvs_intent *intent, const struct dvs_record *rec, struct dvs_error *err)
{
	struct dvs_config_object *object = dvs_config_object_create(rec);
	int ret;

	if (!object)
		return no_memory(err, rec->type, NULL);
	ret = edit(intent, rec->type, object->key, object, err);
	if (ret < 0)
		free(object);
	return ret;
}

static int refuse(struct dvs_error *err, int code, const struct dvs_type *type, const char *key,
		  const char *text)
{
	dvs_error_set(err, code, NULL, NULL, "%s", text);
	return dvs_error_object(err, type->name, key);
}

int dvs_intent_add(struct dvs_intent *intent, const struct dvs_record *rec, struct dvs_error *err)
{
	char key[DVS_KEY_TEXT_MAX];
	int ret = dvs_record_check(rec, err);

	if (ret < 0)
		return ret;
	dvs_type_key(rec->type, rec->data, key);
	if (dvs_intent_lookup(intent, rec->type, key))
		return refuse(err, -EEXIST, rec->type, key, "exists already");
	return put(intent, rec, err);
}

int dvs_intent_set(struct dvs_intent *intent, const struct dvs_record *rec, struct dvs_error *err)
{
	const struct dvs_record *before;
	char key[DVS_KEY_TEXT_MAX];
	int ret = dvs_record_check(rec, err);

	if (ret < 0)
		return ret;
	before = dvs_intent_lookup(intent, rec->type, dvs_type_key(rec->type, rec->data, key));
	if (!before)
		return refuse(err, -ENOENT, rec->type, key, "does not exist");
	return dvs_record_is_equal(before, rec) ? 0 : put(intent, rec, err);
}

int dvs_intent_delete(struct dvs_intent *intent, const struct dvs_type *type, const char *key,
		      struct dvs_error *err)
{
	if (!dvs_intent_lookup(intent, type, key))
		return refuse(err, -ENOENT, type, key, "does not exist");
	return edit(intent, type, key, NULL, err);
}

unsigned int dvs_intent_n_edits(const struct dvs_intent *intent)
{
	return intent->n_undo;
}

struct dvs_intent_edit dvs_intent_edit_at(const struct dvs_intent *intent, unsigned int index)
{
	const struct undo *undo = &intent->undo[index];

	return (struct dvs_intent_edit){
		.type = undo->type,
		.key = undo->after ? undo->after->key : undo->before->key,
		.before = undo->before ? &undo->before->rec : NULL,
		.after = undo->after ? &undo->after->rec : NULL,
	};
}

bool dvs_intent_is_edited(const struct dvs_intent *intent, const struct dvs_type *type,
			  const char *key)
{
	for (unsigned int i = 0; i < intent->n_undo; i++) {
		struct dvs_intent_edit made = dvs_intent_edit_at(intent, i);

		if (made.type == type && strcmp(made.key, key) == 0)
			return true;
	}
	return false;
}

void dvs_intent_commit(struct dvs_intent *intent)
{
	for (unsigned int i = 0; i < intent->n_undo; i++)
		free(intent->undo[i].before);
	intent->n_undo = 0;
}

void dvs_intent_rollback(struct dvs_intent *intent)
{
	while (intent->n_undo > 0) {
		const struct undo *undo = &intent->undo[--intent->n_undo];
		const char *key = undo->after ? undo->after->key : undo->before->key;
		struct dvs_config_object *after;

		/* Cannot fail: so many objects were in the set before. */
		dvs_config_set_swap(&intent->set, undo->type, key, undo->before, &after);
		free(after);
	}
}

int dvs_record_from_key(struct dvs_record *rec, const struct dvs_type *type, const char *key,
			struct dvs_error *err)
{
	char part[DVS_KEY_TEXT_MAX];
	const char *rest = key;

	dvs_record_init(rec, type);
	for (unsigned int i = 0; i < type->n_fields; i++) {
		bool is_prefix = type->fields[i].type == DVS_FIELD_PREFIX; /* has a '/' itself */
		size_t length = rest ? strcspn(rest, is_prefix ? "" : "/") : 0;
		int ret;

		if ((type->fields[i].flags & DVS_FIELD_KEY) == 0)
			continue;
		if (length >= sizeof(part)) {
			dvs_error_set(err, -E2BIG, NULL, type->fields[i].name, "is too long");
			return dvs_error_object(err, type->name, NULL);
		}
		memcpy(part, rest ? rest : "", length);
		part[length] = '\0';
		ret = dvs_record_set(rec, type->fields[i].name, part, err);
		if (ret < 0)
			return ret;
		rest = rest && rest[length] == '/' ? rest + length + 1 : NULL;
	}
	if (rest)
		return refuse(err, -EINVAL, type, key, "the name has more parts than it should");
	return 0;
}

bool dvs_record_is_equal(const struct dvs_record *a, const struct dvs_record *b)
{
	return a->type == b->type && a->set == b->set &&
	       dvs_type_diff(a->type, a->data, b->data) == 0;
}
