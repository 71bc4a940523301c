/* SPDX-License-Identifier: BSD-3-Clause */
/* status: are both daemons well, and is the switch programmed as wanted? */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field_json.h"
#include "ctl_object.h"
#include "table.h"

/* One daemon's answer: an exit code with err, or what it said. */
struct controld {
	int code;
	struct dvs_error err;
	json_t *status;
};

struct switchd {
	int code;
	struct dvs_error err;
	struct dvs_rows rows;
};

/* A JSON value as one text. */
static const char *plain(const json_t *value, char *buf, size_t size)
{
	char *dumped;

	if (json_is_string(value)) {
		snprintf(buf, size, "%s", json_string_value(value));
		return buf;
	}
	dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	snprintf(buf, size, "%s", dumped ? dumped : "");
	free(dumped);
	return buf;
}

static void print_objects(const json_t *objects)
{
	char line[DVS_FIELD_TEXT_MAX] = "";

	for (unsigned int i = 0; i < dvs_n_config_types; i++) {
		const struct dvs_type *type = dvs_config_types[i];
		const json_t *n = json_object_get(objects, type->name);
		size_t used = strlen(line);

		if (json_is_integer(n))
			snprintf(line + used, sizeof(line) - used, "%s%" JSON_INTEGER_FORMAT " %s",
				 used > 0 ? ", " : "", json_integer_value(n),
				 json_integer_value(n) == 1 ? type->name : type->plural);
	}
	if (line[0] != '\0')
		dvs_show_line("objects", line, "");
}

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* What the switch refused. */
static void print_errors(const json_t *errors)
{
	json_t *entry;
	size_t i;

	json_array_foreach (errors, i, entry) {
		struct dvs_error err;
		char text[512];

		dvs_error_set(&err, -1, member(entry, "object"), member(entry, "field"), "%s",
			      member(entry, "text"));
		dvs_show_line("error", dvs_error_print(&err, text, sizeof(text)), "");
	}
}

static void print_controld(const struct dvs_ctl *ctl, const struct controld *daemon)
{
	const json_t *sw = json_object_get(daemon->status, "switch");
	char text[DVS_FIELD_TEXT_MAX];
	json_t *value;
	const char *name;

	printf("dvs-controld\n");
	dvs_show_line("socket", ctl->socket, "");
	if (daemon->code != DVS_EXIT_OK) {
		dvs_show_line("error", daemon->err.text, "");
		return;
	}
	json_object_foreach (daemon->status, name, value) {
		if (!json_is_object(value) && !json_is_array(value))
			dvs_show_line(name, plain(value, text, sizeof(text)), "");
	}
	print_objects(json_object_get(daemon->status, "objects"));
	snprintf(text, sizeof(text), "not connected: %s", member(sw, "why"));
	dvs_show_line("switch", json_is_true(json_object_get(sw, "connected")) ? "connected" : text,
		      "");
	if (json_object_get(sw, "applied_revision"))
		dvs_show_line("applied_revision",
			      plain(json_object_get(sw, "applied_revision"), text, sizeof(text)),
			      "");
	print_errors(json_object_get(sw, "errors"));
}

static void print_switchd(const struct dvs_ctl *ctl, const struct switchd *daemon)
{
	const struct dvs_type *type = &dvs_switch_type;
	char text[DVS_FIELD_TEXT_MAX], duration[DVS_HUMAN_MAX];

	printf("dvs-switchd\n");
	dvs_show_line("socket", ctl->switch_socket, "");
	if (daemon->code != DVS_EXIT_OK) {
		dvs_show_line("error", daemon->err.text, "");
		return;
	}
	for (unsigned int i = 0; daemon->rows.n > 0 && i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];
		const void *state = dvs_rows_get(&daemon->rows, 0);

		if (field->unit && strcmp(field->unit, "seconds") == 0)
			dvs_show_line(field->name,
				      dvs_duration_print(dvs_field_uint(field, state), duration),
				      "");
		else
			dvs_show_line(field->name, dvs_value_print_unit(field, state, text), "");
	}
}

static json_t *error_json(const struct dvs_error *err)
{
	return json_pack("{s:{s:s, s:s, s:s}}", "error", "object", err->object, "field", err->field,
			 "text", err->text);
}

static void print_json(const struct controld *controld, const struct switchd *switchd)
{
	json_t *sw;

	if (switchd->code != DVS_EXIT_OK)
		sw = error_json(&switchd->err);
	else if (switchd->rows.n > 0)
		sw = dvs_type_json(&dvs_switch_type, dvs_rows_get(&switchd->rows, 0),
				   DVS_FIELDS_ALL);
	else
		sw = json_null();
	dvs_ctl_json(json_pack("{s:o, s:o}", "controld",
			       controld->code != DVS_EXIT_OK ? error_json(&controld->err)
							     : json_incref(controld->status),
			       "switch", sw));
}

/* 0 when all is well. */
static int verdict(const struct controld *controld, const struct switchd *switchd)
{
	const json_t *sw = json_object_get(controld->status, "switch");

	if (controld->code == DVS_EXIT_UNREACHABLE || switchd->code == DVS_EXIT_UNREACHABLE)
		return DVS_EXIT_UNREACHABLE;
	if (controld->code != DVS_EXIT_OK || switchd->code != DVS_EXIT_OK)
		return DVS_EXIT_FAILED;
	if (!json_is_true(json_object_get(sw, "connected")) ||
	    !json_equal(json_object_get(sw, "applied_revision"),
			json_object_get(controld->status, "revision")) ||
	    json_array_size(json_object_get(sw, "errors")) > 0)
		return DVS_EXIT_FAILED;
	return DVS_EXIT_OK;
}

int dvs_status(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	struct controld controld = {0};
	struct switchd switchd = {0};
	int code;

	(void)type;
	if (argc > 0)
		return dvs_ctl_usage(ctl, "status takes no \"%s\"", argv[0]);
	controld.code = dvs_ctl_call(ctl, "status", json_object(), &controld.status, &controld.err);
	switchd.code = dvs_ctl_dump(ctl, &dvs_switch_type, &switchd.rows, &switchd.err);
	if (ctl->is_json) {
		print_json(&controld, &switchd);
	} else {
		print_controld(ctl, &controld);
		printf("\n");
		print_switchd(ctl, &switchd);
	}
	code = verdict(&controld, &switchd);
	json_decref(controld.status);
	dvs_rows_fini(&switchd.rows);
	return code;
}
