/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes an intent equal to a set of objects, as edits of one change. */
#include <errno.h>
#include <stdio.h>

#include "intent_yaml.h"

/* From the end: a deletion moves what comes after it. */
static int delete_gone(struct dvs_intent *intent, const struct dvs_type *type,
		       const struct dvs_config_set *wanted, struct dvs_error *err)
{
	int ret = 0;

	for (unsigned int i = dvs_intent_count(intent, type); i-- > 0 && ret == 0;) {
		char key[DVS_KEY_TEXT_MAX];

		snprintf(key, sizeof(key), "%s", dvs_intent_at(intent, type, i)->key);
		if (!dvs_config_set_lookup(wanted, type, key))
			ret = dvs_intent_delete(intent, type, key, err);
	}
	return ret;
}

static int change_and_add(struct dvs_intent *intent, const struct dvs_type *type,
			  const struct dvs_config_set *wanted, struct dvs_error *err)
{
	int ret = 0;

	for (unsigned int i = 0; i < dvs_config_set_count(wanted, type) && ret == 0; i++) {
		const struct dvs_config_object *object = dvs_config_set_at(wanted, type, i);

		if (dvs_intent_lookup(intent, type, object->key))
			ret = dvs_intent_set(intent, &object->rec, err);
		else
			ret = dvs_intent_add(intent, &object->rec, err);
	}
	return ret;
}

int dvs_intent_replace(struct dvs_intent *intent, const struct dvs_config_set *wanted,
		       struct dvs_error *err)
{
	int ret = 0;

	for (unsigned int t = dvs_n_config_types; t-- > 0 && ret == 0;)
		ret = delete_gone(intent, dvs_config_types[t], wanted, err);
	for (unsigned int t = 0; t < dvs_n_config_types && ret == 0; t++)
		ret = change_and_add(intent, dvs_config_types[t], wanted, err);
	return ret;
}
