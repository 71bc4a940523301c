/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes a model equal to a set of objects, as edits of one change. */
#include <errno.h>
#include <stdio.h>

#include "intent_yaml.h"

/* From the end: a deletion moves what comes after it. */
static int delete_gone(struct dvs_model *model, const struct dvs_type *type,
		       const struct dvs_object_set *wanted, struct dvs_error *err)
{
	int ret = 0;

	for (unsigned int i = dvs_model_count(model, type); i-- > 0 && ret == 0;) {
		char key[DVS_KEY_TEXT_MAX];

		snprintf(key, sizeof(key), "%s", dvs_model_at(model, type, i)->key);
		if (!dvs_object_set_lookup(wanted, type, key))
			ret = dvs_model_delete(model, type, key, err);
	}
	return ret;
}

static int change_and_add(struct dvs_model *model, const struct dvs_type *type,
			  const struct dvs_object_set *wanted, struct dvs_error *err)
{
	int ret = 0;

	for (unsigned int i = 0; i < dvs_object_set_count(wanted, type) && ret == 0; i++) {
		const struct dvs_object *object = dvs_object_set_at(wanted, type, i);

		if (dvs_model_lookup(model, type, object->key))
			ret = dvs_model_set(model, &object->rec, err);
		else
			ret = dvs_model_add(model, &object->rec, err);
	}
	return ret;
}

int dvs_model_replace(struct dvs_model *model, const struct dvs_object_set *wanted,
		      struct dvs_error *err)
{
	int ret = 0;

	for (unsigned int t = dvs_n_config_types; t-- > 0 && ret == 0;)
		ret = delete_gone(model, dvs_config_types[t], wanted, err);
	for (unsigned int t = 0; t < dvs_n_config_types && ret == 0; t++)
		ret = change_and_add(model, dvs_config_types[t], wanted, err);
	return ret;
}
