/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An intent's file. What is accepted can be written, and what is written is read as the same; a
 * refusal says why.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "intent_yaml.h"
#include "text.h"

/* The set as an intent; nothing in it is checked, as it need not be consistent. */
static struct dvs_intent *make_intent(const struct dvs_config_set *set)
{
	struct dvs_intent *intent;
	struct dvs_error err;

	MUST(dvs_intent_create(&intent) == 0);
	MUST(dvs_intent_replace(intent, set, &err) == 0);
	dvs_intent_commit(intent);
	return intent;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dvs_config_set set, again;
	struct dvs_intent *intent;
	struct dvs_error err = {0};
	char *text;
	int ret = dvs_yaml_read((const char *)data, size, &set, &err);

	if (ret < 0) {
		MUST(err.code == ret && err.text[0] != '\0');
		MUST(dvs_text_is_member(err.text, sizeof(err.text)));
		return 0;
	}
	intent = make_intent(&set);
	MUST(dvs_yaml_write(intent, &text, &err) == 0);
	MUST(dvs_yaml_read(text, strlen(text), &again, &err) == 0);
	MUST(dvs_intent_replace(intent, &again, &err) == 0);
	MUST(dvs_intent_n_edits(intent) == 0);
	free(text);
	dvs_config_set_fini(&again);
	dvs_config_set_fini(&set);
	dvs_intent_free(intent);
	return 0;
}
