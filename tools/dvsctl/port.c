/* SPDX-License-Identifier: BSD-3-Clause */
/* port show: what operators want (dvs-controld) beside what is (dvs-switchd). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "drops.h"
#include "field_json.h"
#include "ctl_object.h"
#include "operands.h"
#include "table.h"
#include "text.h"

/* One port; what is not known is NULL. */
struct port {
	char name[DVS_NAME_LEN];
	const json_t *object;	     /* dvs-controld's record */
	const json_t *group;	     /* of its port group */
	struct dvs_record intent;    /* what the operator set */
	struct dvs_record effective; /* with the policy resolved */
	const struct dvs_port_state *state;
};

struct view {
	struct port *ports;
	size_t n;
	json_t *objects, *groups; /* NULL: dvs-controld was not reached */
	json_t *refused;	  /* what the switch refused; NULL: not known */
	struct dvs_rows states, drops;
	bool has_switch;
	struct dvs_error controld_err, switch_err;
};

/* Gathering */

static const json_t *find_group(const json_t *groups, const char *name)
{
	json_t *group;
	size_t i;

	json_array_foreach (groups, i, group)
		if (strcmp(dvs_ctl_object_key(group), name) == 0)
			return group;
	return NULL;
}

static void fill_intent(const struct view *view, struct port *port, const json_t *object)
{
	const json_t *policy = json_object_get(object, "effective");
	const struct dvs_type *type = &dvs_port_type;

	port->object = object;
	dvs_ctl_object_record(type, object, &port->intent);
	port->effective = port->intent;
	for (unsigned int i = 0; i < type->n_fields; i++) {
		const json_t *value = json_object_get(policy, type->fields[i].name);

		if (value)
			dvs_record_set_json_field(&port->effective, type->fields[i].name, value,
						  NULL);
	}
	port->group = find_group(view->groups, ((struct dvs_port *)port->intent.data)->group);
}

static struct port *find_port(const struct view *view, const char *name)
{
	for (size_t i = 0; i < view->n; i++)
		if (strcmp(view->ports[i].name, name) == 0)
			return &view->ports[i];
	return NULL;
}

static int compare_names(const void *a, const void *b)
{
	return strverscmp(((const struct port *)a)->name, ((const struct port *)b)->name);
}

static const struct dvs_port_state *find_state(const struct view *view, const char *name)
{
	struct dvs_port_state wanted = {0};

	if (!view->has_switch)
		return NULL;
	snprintf(wanted.name, sizeof(wanted.name), "%s", name);
	return dvs_rows_find(&view->states, &wanted);
}

/* Ports of either daemon, each once, by name. */
static int join(struct view *view)
{
	size_t n_intent = json_array_size(view->objects);

	view->ports = calloc(n_intent + view->states.n + 1, sizeof(*view->ports));
	if (!view->ports)
		return -ENOMEM;
	for (size_t i = 0; i < n_intent; i++) {
		const json_t *object = json_array_get(view->objects, i);
		struct port *port = &view->ports[view->n++];

		dvs_text_copy(port->name, sizeof(port->name), dvs_ctl_object_key(object));
		fill_intent(view, port, object);
		port->state = find_state(view, port->name);
	}
	qsort(view->ports, view->n, sizeof(*view->ports), compare_names);
	n_intent = view->n;
	for (size_t row = 0; row < view->states.n; row++) {
		const struct dvs_port_state *state = dvs_rows_get(&view->states, row);
		struct port wanted = {0};

		memcpy(wanted.name, state->name, sizeof(wanted.name));
		if (bsearch(&wanted, view->ports, n_intent, sizeof(wanted), compare_names))
			continue;
		wanted.state = state;
		view->ports[view->n++] = wanted;
	}
	qsort(view->ports, view->n, sizeof(*view->ports), compare_names);
	return 0;
}

/* Why a port is not in the switch, NULL when that is not known. */
static const char *refusal_of(const struct view *view, const struct port *port)
{
	char object[DVS_KEY_TEXT_MAX];
	json_t *error;
	size_t i;

	snprintf(object, sizeof(object), "%s %s", dvs_port_type.name, port->name);
	json_array_foreach (view->refused, i, error) {
		const char *name = json_string_value(json_object_get(error, "object"));

		if (name && strcmp(name, object) == 0)
			return json_string_value(json_object_get(error, "text"));
	}
	return NULL;
}

/* When a port is not in the switch, dvs-controld may know why. */
static void find_refusals(struct dvs_ctl *ctl, struct view *view)
{
	struct dvs_error unused;
	json_t *status;
	size_t i = 0;

	while (i < view->n && view->ports[i].state)
		i++;
	if (i == view->n || !view->objects || !view->has_switch ||
	    dvs_ctl_call(ctl, "status", json_object(), &status, &unused) != DVS_EXIT_OK)
		return;
	view->refused = json_incref(json_object_get(json_object_get(status, "switch"), "errors"));
	json_decref(status);
}

/* Asks both daemons; one of them is enough. */
static int gather(struct dvs_ctl *ctl, struct view *view, bool with_drops)
{
	int controld = dvs_ctl_list(ctl, &dvs_port_type, NULL, &view->objects, &view->controld_err);
	int sw;

	if (controld == DVS_EXIT_OK)
		controld = dvs_ctl_list(ctl, &dvs_portgroup_type, NULL, &view->groups,
					&view->controld_err);
	sw = dvs_ctl_dump(ctl, &dvs_port_state_type, &view->states, &view->switch_err);
	if (sw == DVS_EXIT_OK && with_drops)
		sw = dvs_ctl_dump(ctl, &dvs_drop_type, &view->drops, &view->switch_err);
	view->has_switch = sw == DVS_EXIT_OK;
	if (controld != DVS_EXIT_OK && sw != DVS_EXIT_OK)
		return controld;
	if (controld != DVS_EXIT_OK) {
		json_decref(view->objects);
		view->objects = NULL;
	}
	if (join(view) < 0) {
		dvs_error_set(&view->controld_err, -ENOMEM, NULL, NULL, "out of memory");
		return DVS_EXIT_FAILED;
	}
	find_refusals(ctl, view);
	return DVS_EXIT_OK;
}

static void view_fini(struct view *view)
{
	free(view->ports);
	json_decref(view->objects);
	json_decref(view->groups);
	json_decref(view->refused);
	dvs_rows_fini(&view->states);
	dvs_rows_fini(&view->drops);
}

static void note_unreachable(const struct view *view)
{
	char text[512];

	if (!view->objects)
		dvs_ctl_note("only live state is shown: %s",
			     dvs_error_print(&view->controld_err, text, sizeof(text)));
	if (!view->has_switch)
		dvs_ctl_note("no live state is shown: %s",
			     dvs_error_print(&view->switch_err, text, sizeof(text)));
}

/* Table */

static bool is_intent_field(const struct dvs_field *field)
{
	return field >= dvs_port_type.fields &&
	       field < dvs_port_type.fields + dvs_port_type.n_fields;
}

static void cell(const void *arg, size_t row, const struct dvs_column *column,
		 char buf[DVS_FIELD_TEXT_MAX])
{
	const struct view *view = arg;
	const struct port *port = &view->ports[row];
	const struct dvs_field *field = column->field;

	strcpy(buf, "-");
	if (is_intent_field(field) && port->object)
		dvs_value_print(field, port->effective.data, buf);
	else if (is_intent_field(field) && port->state)
		field = dvs_type_field(&dvs_port_state_type, field->name);
	if (field && !is_intent_field(field) && port->state)
		dvs_value_print(field, port->state, buf);
	else if (field && strcmp(field->name, "error") == 0 && refusal_of(view, port))
		snprintf(buf, DVS_FIELD_TEXT_MAX, "%s", refusal_of(view, port));
}

static bool has_errors(const struct view *view)
{
	if (json_array_size(view->refused) > 0)
		return true;
	for (size_t row = 0; row < view->states.n; row++)
		if (((const struct dvs_port_state *)dvs_rows_get(&view->states, row))->error[0])
			return true;
	return false;
}

static void print_table(const struct view *view)
{
	const struct dvs_type *intent = &dvs_port_type, *state = &dvs_port_state_type;
	const unsigned int left_out = DVS_FIELD_WIDE | DVS_FIELD_DERIVED | DVS_FIELD_COUNTER;
	struct dvs_table table = {.n_rows = view->n, .cell = cell, .arg = view};

	for (unsigned int i = 0; view->objects && i < intent->n_fields; i++)
		if ((intent->fields[i].flags & left_out) == 0)
			dvs_table_add_field(&table, &intent->fields[i]);
	for (unsigned int i = 0; view->has_switch && i < state->n_fields; i++) {
		const struct dvs_field *field = &state->fields[i];
		const struct dvs_field *same = dvs_type_field(intent, field->name);
		bool is_there = view->objects && same && (same->flags & left_out) == 0;

		if ((field->flags & left_out) == 0 && !is_there)
			dvs_table_add_field(&table, field);
	}
	if (has_errors(view))
		dvs_table_add_field(&table, dvs_type_field(state, "error"));
	dvs_table_print(&table, stdout);
}

/* All of one port */

/* Where a policy value comes from: "port", "group vms" or "default"; "" for other fields. */
static const char *source_of(const struct port *port, const struct dvs_field *field, char buf[64])
{
	const json_t *set = json_object_get(port->group, "set");
	json_t *name;
	size_t i;

	buf[0] = '\0';
	if ((field->flags & DVS_FIELD_POLICY) == 0)
		return buf;
	if (dvs_record_is_set(&port->intent, field))
		return strcpy(buf, "port");
	json_array_foreach (set, i, name) {
		if (!json_is_string(name) || strcmp(json_string_value(name), field->name) != 0)
			continue;
		snprintf(buf, 64, "group %s", ((const struct dvs_port *)port->intent.data)->group);
		return buf;
	}
	return strcpy(buf, "default");
}

static void print_intent(const struct port *port)
{
	const struct dvs_type *type = &dvs_port_type;
	char value[DVS_FIELD_TEXT_MAX], source[64], note[80];

	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];

		if (field->flags & (DVS_FIELD_KEY | DVS_FIELD_DERIVED))
			continue;
		if (field->flags & DVS_FIELD_POLICY)
			snprintf(note, sizeof(note), "(%s)", source_of(port, field, source));
		else
			strcpy(note, dvs_record_is_set(&port->intent, field) ? "" : "(default)");
		dvs_show_line(field->name, dvs_value_print_unit(field, port->effective.data, value),
			      note);
	}
}

/* Rows of the live state with, or without, the COUNTER flag. */
static void print_state(const struct port *port, unsigned int counter)
{
	const struct dvs_type *type = &dvs_port_state_type;
	char value[DVS_FIELD_TEXT_MAX];

	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];

		if ((field->flags & DVS_FIELD_KEY) != 0 ||
		    (field->flags & DVS_FIELD_COUNTER) != counter)
			continue;
		dvs_show_line(field->name, dvs_value_print_unit(field, port->state, value), "");
	}
}

static void print_drops(const struct view *view, const struct port *port)
{
	bool is_first = true;

	for (size_t row = 0; row < view->drops.n; row++) {
		const struct dvs_drop *drop = dvs_rows_get(&view->drops, row);
		char frames[64], text[DVS_DESCRIBE_MAX];

		if (strcmp(drop->port, port->name) != 0 || (drop->frames | drop->audited) == 0)
			continue;
		if (is_first)
			printf("dropped, by reason\n");
		is_first = false;
		snprintf(frames, sizeof(frames), "%llu", (unsigned long long)drop->frames);
		if (drop->audited != 0)
			snprintf(frames, sizeof(frames), "%llu and %llu audited",
				 (unsigned long long)drop->frames,
				 (unsigned long long)drop->audited);
		dvs_show_line(dvs_drop_name(drop->reason), frames, dvs_drop_meaning(drop->reason));
		if (dvs_drop_describe(drop, text))
			dvs_show_line("", text, "");
	}
}

static void print_port(const struct view *view, const char *name)
{
	const struct port *port = find_port(view, name);

	if (!port)
		return;
	printf("port %s\n", port->name);
	if (port->object)
		print_intent(port);
	else if (view->objects)
		dvs_show_line("intent", "unknown to dvs-controld", "");
	if (!port->state) {
		if (view->has_switch)
			dvs_show_line("state", "not in the switch", "");
		if (refusal_of(view, port))
			dvs_show_line("error", refusal_of(view, port), "");
		return;
	}
	printf("state\n");
	print_state(port, 0);
	printf("counters\n");
	print_state(port, DVS_FIELD_COUNTER);
	print_drops(view, port);
}

/* JSON */

static json_t *sources_json(const struct port *port)
{
	const struct dvs_type *type = &dvs_port_type;
	json_t *json = json_object();
	char source[64];

	for (unsigned int i = 0; i < type->n_fields; i++)
		if (type->fields[i].flags & DVS_FIELD_POLICY)
			json_object_set_new(json, type->fields[i].name,
					    json_string(source_of(port, &type->fields[i], source)));
	return json;
}

static json_t *drops_json(const struct view *view, const struct port *port)
{
	json_t *json = json_array();

	for (size_t row = 0; row < view->drops.n; row++) {
		const struct dvs_drop *drop = dvs_rows_get(&view->drops, row);

		if (strcmp(drop->port, port->name) == 0 && (drop->frames | drop->audited) != 0)
			json_array_append_new(json, dvs_drop_json(drop));
	}
	return json;
}

/* dvs-controld's record with "source" and "state", which are null where they are not known. */
static json_t *port_json(const struct view *view, const struct port *port, bool with_drops)
{
	json_t *json = port->object ? json_copy((json_t *)(uintptr_t)port->object)
				    : json_pack("{s:s, s:s, s:n, s:n, s:n}", "type", "port", "key",
						port->name, "fields", "set", "effective");

	json_object_set_new(json, "source", port->object ? sources_json(port) : json_null());
	json_object_set_new(
		json, "state",
		port->state ? dvs_type_json(&dvs_port_state_type, port->state, DVS_FIELDS_ALL)
			    : json_null());
	json_object_set_new(json, "refused",
			    refusal_of(view, port) ? json_string(refusal_of(view, port))
						   : json_null());
	if (with_drops)
		json_object_set_new(json, "drops",
				    port->state ? drops_json(view, port) : json_null());
	return json;
}

static void add_error(json_t *errors, const struct dvs_error *err)
{
	json_array_append_new(errors, json_pack("{s:s, s:s, s:s}", "object", err->object, "field",
						err->field, "text", err->text));
}

static void print_json(const struct view *view, const struct dvs_operands *ops)
{
	json_t *ports = json_array(), *errors = json_array();

	for (size_t i = 0; i < view->n && ops->n_objects == 0; i++)
		json_array_append_new(ports, port_json(view, &view->ports[i], false));
	for (unsigned int i = 0; i < ops->n_objects; i++)
		json_array_append_new(ports, port_json(view, find_port(view, ops->words[i]), true));
	if (!view->objects)
		add_error(errors, &view->controld_err);
	if (!view->has_switch)
		add_error(errors, &view->switch_err);
	dvs_ctl_json(json_pack("{s:o, s:o}", "ports", ports, "errors", errors));
}

/* All named ports are known, to one of the daemons at least. */
static int check_names(struct dvs_ctl *ctl, const struct view *view, const struct dvs_operands *ops)
{
	struct dvs_error err;

	for (unsigned int i = 0; i < ops->n_objects; i++) {
		if (find_port(view, ops->words[i]))
			continue;
		/* Only dvs-controld could say that there is no such port. */
		if (!view->objects)
			return dvs_ctl_fail(ctl, DVS_EXIT_UNREACHABLE, &view->controld_err);
		return dvs_ctl_fail(
			ctl, dvs_ctl_object_absent(ctl, &dvs_port_type, ops->words[i], &err), &err);
	}
	return DVS_EXIT_OK;
}

/* Keeps the ports whose fields, with the policy resolved, are as wanted. */
static int choose(struct dvs_ctl *ctl, struct view *view, const struct dvs_filter *filter)
{
	size_t n = 0;

	if (filter->fields == 0)
		return DVS_EXIT_OK;
	if (!view->objects)
		return dvs_ctl_fail(ctl, DVS_EXIT_UNREACHABLE, &view->controld_err);
	for (size_t i = 0; i < view->n; i++)
		if (view->ports[i].object &&
		    dvs_filter_matches(filter, &dvs_port_type, view->ports[i].effective.data))
			view->ports[n++] = view->ports[i];
	view->n = n;
	return DVS_EXIT_OK;
}

static int show(struct dvs_ctl *ctl, const struct dvs_operands *ops,
		const struct dvs_filter *filter)
{
	struct view view = {0};
	int code = gather(ctl, &view, ops->n_objects > 0);

	if (code != DVS_EXIT_OK) {
		if (!ctl->is_json && view.switch_err.code != 0 && !view.has_switch)
			dvs_ctl_note("%s: %s", view.switch_err.object, view.switch_err.text);
		dvs_ctl_fail(ctl, code, &view.controld_err);
		view_fini(&view);
		return code;
	}
	code = check_names(ctl, &view, ops);
	if (code == DVS_EXIT_OK)
		code = choose(ctl, &view, filter);
	if (code == DVS_EXIT_OK && ctl->is_json) {
		print_json(&view, ops);
	} else if (code == DVS_EXIT_OK) {
		note_unreachable(&view);
		if (ops->n_objects == 0)
			print_table(&view);
		for (unsigned int i = 0; i < ops->n_objects; i++) {
			if (i > 0)
				printf("\n");
			print_port(&view, ops->words[i]);
		}
	}
	view_fini(&view);
	return code;
}

int dvs_port_show(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	return dvs_ctl_show(ctl, type, argc, argv, show);
}
