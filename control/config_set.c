/* SPDX-License-Identifier: BSD-3-Clause */
#include "config_set.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int dvs_config_index(const struct dvs_type *type)
{
	assert(dvs_n_config_types <= DVS_CONFIG_TYPES_MAX);
	for (unsigned int i = 0; i < dvs_n_config_types; i++)
		if (dvs_config_types[i] == type)
			return (int)i;
	return -1;
}

static const struct dvs_config_list *list_of(const struct dvs_config_set *set,
					     const struct dvs_type *type)
{
	int index = dvs_config_index(type);

	assert(index >= 0);
	return &set->lists[index];
}

struct dvs_config_object *dvs_config_object_create(const struct dvs_record *rec)
{
	struct dvs_config_object *object = malloc(sizeof(*object));

	if (!object)
		return NULL;
	object->rec = *rec;
	dvs_type_key(rec->type, rec->data, object->key);
	return object;
}

void dvs_config_set_init(struct dvs_config_set *set)
{
	memset(set, 0, sizeof(*set));
}

void dvs_config_set_fini(struct dvs_config_set *set)
{
	for (unsigned int i = 0; i < dvs_n_config_types; i++) {
		struct dvs_config_list *list = &set->lists[i];

		for (unsigned int j = 0; j < list->n; j++)
			free(list->objects[j]);
		free(list->objects);
	}
	dvs_config_set_init(set);
}

/* Index of the first object whose key is not less; *ret_found: it is equal. */
static unsigned int find(const struct dvs_config_list *list, const char *key, bool *ret_found)
{
	unsigned int low = 0, high = list->n;

	*ret_found = false;
	while (low < high) {
		unsigned int middle = low + (high - low) / 2;
		int order = strcmp(list->objects[middle]->key, key);

		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct dvs_config_object *dvs_config_set_lookup(const struct dvs_config_set *set,
						      const struct dvs_type *type, const char *key)
{
	const struct dvs_config_list *list = list_of(set, type);
	bool found;
	unsigned int index = find(list, key, &found);

	return found ? list->objects[index] : NULL;
}

unsigned int dvs_config_set_count(const struct dvs_config_set *set, const struct dvs_type *type)
{
	return list_of(set, type)->n;
}

const struct dvs_config_object *dvs_config_set_at(const struct dvs_config_set *set,
						  const struct dvs_type *type, unsigned int index)
{
	return list_of(set, type)->objects[index];
}

static int make_room(struct dvs_config_list *list)
{
	unsigned int room = list->room ? 2 * list->room : 16;
	struct dvs_config_object **objects;

	if (list->n < list->room)
		return 0;
	objects = reallocarray(list->objects, room, sizeof(struct dvs_config_object *));
	if (!objects)
		return -ENOMEM;
	list->objects = objects;
	list->room = room;
	return 0;
}

static int insert(struct dvs_config_list *list, unsigned int index,
		  struct dvs_config_object *object)
{
	int ret = make_room(list);

	if (ret < 0)
		return ret;
	memmove(list->objects + index + 1, list->objects + index,
		(list->n - index) * sizeof(struct dvs_config_object *));
	list->objects[index] = object;
	list->n++;
	return 0;
}

static void cut_out(struct dvs_config_list *list, unsigned int index)
{
	list->n--;
	memmove(list->objects + index, list->objects + index + 1,
		(list->n - index) * sizeof(struct dvs_config_object *));
}

int dvs_config_set_swap(struct dvs_config_set *set, const struct dvs_type *type, const char *key,
			struct dvs_config_object *object, struct dvs_config_object **ret_old)
{
	struct dvs_config_list *list = &set->lists[dvs_config_index(type)];
	struct dvs_config_object *old;
	bool found;
	unsigned int index = find(list, key, &found);
	int ret;

	old = found ? list->objects[index] : NULL;
	if (found && object) {
		list->objects[index] = object;
	} else if (found) {
		cut_out(list, index);
	} else if (object) {
		ret = insert(list, index, object);
		if (ret < 0)
			return ret;
	}
	*ret_old = old;
	return 0;
}
