/* SPDX-License-Identifier: BSD-3-Clause */
#include "diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool dvs_type_is_in_switch(const struct dvs_type *type)
{
	return dvs_config_index(type) >= 0 && type != &dvs_portgroup_type;
}

static int add_step(struct dvs_diff *diff, bool is_delete, const struct dvs_record *rec)
{
	struct dvs_config_object *object;

	if (diff->n == diff->room) {
		unsigned int room = diff->room ? 2 * diff->room : 16;
		struct dvs_diff_step *steps = reallocarray(diff->steps, room, sizeof(*steps));

		if (!steps)
			return -ENOMEM;
		diff->steps = steps;
		diff->room = room;
	}
	object = dvs_config_object_create(rec);
	if (!object)
		return -ENOMEM;
	diff->steps[diff->n++] = (struct dvs_diff_step){is_delete, object};
	return 0;
}

static int diff_deletes(struct dvs_diff *diff, const struct dvs_type *type,
			const struct dvs_intent *intent, const struct dvs_config_set *actual)
{
	int ret = 0;

	for (unsigned int i = 0; i < dvs_config_set_count(actual, type) && ret == 0; i++) {
		const struct dvs_config_object *has = dvs_config_set_at(actual, type, i);

		if (!dvs_intent_lookup(intent, type, has->key))
			ret = add_step(diff, true, &has->rec);
	}
	return ret;
}

static int diff_puts(struct dvs_diff *diff, const struct dvs_type *type,
		     const struct dvs_intent *intent, const struct dvs_config_set *actual)
{
	struct dvs_record wanted;
	int ret = 0;

	dvs_record_init(&wanted, type);
	for (unsigned int i = 0; i < dvs_intent_count(intent, type) && ret == 0; i++) {
		const struct dvs_config_object *object = dvs_intent_at(intent, type, i);
		const struct dvs_config_object *has =
			dvs_config_set_lookup(actual, type, object->key);

		dvs_intent_effective(intent, &object->rec, wanted.data);
		if (!has || dvs_type_diff(type, has->rec.data, wanted.data) != 0)
			ret = add_step(diff, false, &wanted);
	}
	return ret;
}

int dvs_diff_make(struct dvs_diff *ret_diff, const struct dvs_intent *intent,
		  const struct dvs_config_set *actual)
{
	struct dvs_diff diff = {0};
	int ret = 0;

	/* First phase: the intent; it was changed and checked by the caller. */

	/* Second phase: delete what is gone, users before what they use. */
	for (unsigned int t = dvs_n_config_types; t-- > 0 && ret == 0;)
		if (dvs_type_is_in_switch(dvs_config_types[t]))
			ret = diff_deletes(&diff, dvs_config_types[t], intent, actual);

	/* Third phase: change and add. */
	for (unsigned int t = 0; t < dvs_n_config_types && ret == 0; t++)
		if (dvs_type_is_in_switch(dvs_config_types[t]))
			ret = diff_puts(&diff, dvs_config_types[t], intent, actual);

	if (ret < 0)
		dvs_diff_fini(&diff);
	else
		*ret_diff = diff;
	return ret;
}

void dvs_diff_fini(struct dvs_diff *diff)
{
	for (unsigned int i = 0; i < diff->n; i++)
		free(diff->steps[i].object);
	free(diff->steps);
	memset(diff, 0, sizeof(*diff));
}
