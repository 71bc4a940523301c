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

/* The set as a model; nothing in it is checked, as it need not be consistent. */
static struct dvs_model *make_model(const struct dvs_object_set *set)
{
	struct dvs_model *model;
	struct dvs_error err;

	MUST(dvs_model_create(&model) == 0);
	MUST(dvs_model_replace(model, set, &err) == 0);
	dvs_model_commit(model);
	return model;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dvs_object_set set, again;
	struct dvs_model *model;
	struct dvs_error err = {0};
	char *text;
	int ret = dvs_yaml_read((const char *)data, size, &set, &err);

	if (ret < 0) {
		MUST(err.code == ret && err.text[0] != '\0');
		MUST(dvs_text_is_member(err.text, sizeof(err.text)));
		return 0;
	}
	model = make_model(&set);
	MUST(dvs_yaml_write(model, &text, &err) == 0);
	MUST(dvs_yaml_read(text, strlen(text), &again, &err) == 0);
	MUST(dvs_model_replace(model, &again, &err) == 0);
	MUST(dvs_model_n_edits(model) == 0);
	free(text);
	dvs_object_set_fini(&again);
	dvs_object_set_fini(&set);
	dvs_model_free(model);
	return 0;
}
