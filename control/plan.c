/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool dvs_type_is_in_switch(const struct dvs_type *type)
{
	return dvs_config_index(type) >= 0 && type != &dvs_portgroup_type;
}

static int add_step(struct dvs_plan *plan, bool is_delete, const struct dvs_record *rec)
{
	struct dvs_object *object;

	if (plan->n == plan->room) {
		unsigned int room = plan->room ? 2 * plan->room : 16;
		struct dvs_step *steps = reallocarray(plan->steps, room, sizeof(*steps));

		if (!steps)
			return -ENOMEM;
		plan->steps = steps;
		plan->room = room;
	}
	object = dvs_object_create(rec);
	if (!object)
		return -ENOMEM;
	plan->steps[plan->n++] = (struct dvs_step){is_delete, object};
	return 0;
}

static int plan_deletes(struct dvs_plan *plan, const struct dvs_type *type,
			const struct dvs_model *model, const struct dvs_object_set *actual)
{
	int ret = 0;

	for (unsigned int i = 0; i < dvs_object_set_count(actual, type) && ret == 0; i++) {
		const struct dvs_object *has = dvs_object_set_at(actual, type, i);

		if (!dvs_model_lookup(model, type, has->key))
			ret = add_step(plan, true, &has->rec);
	}
	return ret;
}

static int plan_puts(struct dvs_plan *plan, const struct dvs_type *type,
		     const struct dvs_model *model, const struct dvs_object_set *actual)
{
	struct dvs_record wanted;
	int ret = 0;

	dvs_record_init(&wanted, type);
	for (unsigned int i = 0; i < dvs_model_count(model, type) && ret == 0; i++) {
		const struct dvs_object *object = dvs_model_at(model, type, i);
		const struct dvs_object *has = dvs_object_set_lookup(actual, type, object->key);

		dvs_model_effective(model, &object->rec, wanted.data);
		if (!has || dvs_type_diff(type, has->rec.data, wanted.data) != 0)
			ret = add_step(plan, false, &wanted);
	}
	return ret;
}

int dvs_plan_make(struct dvs_plan *ret_plan, const struct dvs_model *model,
		  const struct dvs_object_set *actual)
{
	struct dvs_plan plan = {0};
	int ret = 0;

	/* First phase: the model; it was changed and checked by the caller. */

	/* Second phase: delete what is gone, users before what they use. */
	for (unsigned int t = dvs_n_config_types; t-- > 0 && ret == 0;)
		if (dvs_type_is_in_switch(dvs_config_types[t]))
			ret = plan_deletes(&plan, dvs_config_types[t], model, actual);

	/* Third phase: change and add. */
	for (unsigned int t = 0; t < dvs_n_config_types && ret == 0; t++)
		if (dvs_type_is_in_switch(dvs_config_types[t]))
			ret = plan_puts(&plan, dvs_config_types[t], model, actual);

	if (ret < 0)
		dvs_plan_fini(&plan);
	else
		*ret_plan = plan;
	return ret;
}

void dvs_plan_fini(struct dvs_plan *plan)
{
	for (unsigned int i = 0; i < plan->n; i++)
		free(plan->steps[i].object);
	free(plan->steps);
	memset(plan, 0, sizeof(*plan));
}
