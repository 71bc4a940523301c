/* SPDX-License-Identifier: BSD-3-Clause */
/* help: commands from the command table, fields from the field tables. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "suggest.h"

static void print_command(const struct dvs_command *command, const struct dvs_type *type)
{
	char usage[DVS_FIELD_TEXT_MAX];

	printf("  dvsctl %s\n      %s\n", dvs_command_usage(command, type, usage), command->help);
}

static void print_overview(void)
{
	printf("Usage: dvsctl [OPTION]... OBJECT VERB [WORD]...\n"
	       "       dvsctl [OPTION]... COMMAND [WORD]...\n"
	       "Shows and changes a virtual switch.\n\nObjects:\n");
	for (unsigned int i = 0; i < dvs_n_config_types; i++)
		printf("  %-10s  %s\n", dvs_config_types[i]->name, dvs_config_types[i]->help);
	printf("  Verbs: add, set, del, show (mac also: duplicates, flush). `dvsctl help OBJECT`\n"
	       "  tells the fields, `dvsctl help VERB` how it is used.\n\nCommands:\n");
	for (unsigned int i = 0; i < dvs_n_commands; i++)
		if (!dvs_commands[i].object)
			printf("  %-10s  %s\n", dvs_commands[i].verb, dvs_commands[i].help);
	printf("\nOptions, anywhere:\n%s", dvs_options_help);
	printf("\nExamples:\n"
	       "  dvsctl segment add lan\n"
	       "  dvsctl portgroup add vms segment=lan\n"
	       "  dvsctl port add vm1 group=vms\n"
	       "  dvsctl port set vm1 mtu=9000     (mtu= inherits from the group again)\n"
	       "  dvsctl port show vm1\n"
	       "\nExit status: 0 done; 1 refused or failed; 2 wrong usage; 3 a daemon cannot be "
	       "reached.\n");
}

static bool is_shown(const struct dvs_field *field)
{
	return (field->flags & DVS_FIELD_DERIVED) == 0;
}

#define LABEL_WIDTH 22
#define LINE_WIDTH  100

/* Words behind a label that only the first line has, in lines of LINE_WIDTH. */
static void print_wrapped(const char *label, const char *text)
{
	int used = printf("  %-*s", LABEL_WIDTH, label);
	const int indent = used;

	while (*text) {
		int length = (int)strcspn(text, " ");

		if (used > indent && used + length >= LINE_WIDTH)
			used = printf("\n%*s", indent, "") - 1;
		used += printf("%s%.*s", used > indent ? " " : "", length, text);
		text += length + (text[length] == ' ');
	}
	printf("\n");
}

static void print_field(const struct dvs_type *type, const struct dvs_field *field)
{
	char allowed[DVS_FIELD_TEXT_MAX], line[2 * DVS_FIELD_TEXT_MAX];

	print_wrapped(field->name, field->help);
	if (field->flags & DVS_FIELD_STATE)
		return;
	snprintf(line, sizeof(line), "%s%s%s%s%s", dvs_field_allowed(field, allowed),
		 field->ref ? "; an existing " : "", field->ref ? field->ref : "",
		 field->default_text ? "; default " : "",
		 field->default_text ? field->default_text : "");
	print_wrapped("", line);
	if (field->flags & DVS_FIELD_KEY)
		print_wrapped("", "the name of the object, not to be changed");
	else if (field->flags & DVS_FIELD_REQUIRED)
		print_wrapped("", "must be given");
	if ((field->flags & DVS_FIELD_POLICY) && type == &dvs_port_type)
		print_wrapped("", "when not set, the port group's value");
	if (field->flags & DVS_FIELD_RECREATE)
		print_wrapped("", "a change interrupts the port: its session starts anew");
}

static void print_fields(const struct dvs_type *type, const char *heading)
{
	printf("\n%s\n", heading);
	for (unsigned int i = 0; i < type->n_fields; i++)
		if (is_shown(&type->fields[i]))
			print_field(type, &type->fields[i]);
}

static void print_object(const struct dvs_type *type)
{
	printf("%s: %s\n\n", type->name, type->help);
	for (unsigned int i = 0; i < dvs_n_commands; i++)
		if (dvs_command_find(type->name, dvs_commands[i].verb) == &dvs_commands[i])
			print_command(&dvs_commands[i], type);
	print_fields(type, "Fields:");
	if (type == &dvs_port_type)
		print_fields(&dvs_port_state_type, "Live state and counters (show, stats):");
	if (type == &dvs_mac_type)
		print_fields(&dvs_fdb_entry_type, "Entries of the MAC table (show):");
	if (type == &dvs_group_type)
		print_fields(&dvs_group_state_type, "Members and routers (show):");
}

static json_t *optional(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *field_json(const struct dvs_field *field)
{
	char allowed[DVS_FIELD_TEXT_MAX];

	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:b, s:b, s:b, s:b, s:b, s:s}", "name",
			 field->name, "allowed", dvs_field_allowed(field, allowed), "default",
			 optional(field->default_text), "unit", optional(field->unit), "ref",
			 optional(field->ref), "key", (field->flags & DVS_FIELD_KEY) != 0,
			 "required", (field->flags & DVS_FIELD_REQUIRED) != 0, "policy",
			 (field->flags & DVS_FIELD_POLICY) != 0, "state",
			 (field->flags & DVS_FIELD_STATE) != 0, "restarts",
			 (field->flags & DVS_FIELD_RECREATE) != 0, "help", field->help);
}

static json_t *object_json(const struct dvs_type *type)
{
	json_t *fields = json_array();

	for (unsigned int i = 0; i < type->n_fields; i++)
		if (is_shown(&type->fields[i]))
			json_array_append_new(fields, field_json(&type->fields[i]));
	return json_pack("{s:s, s:s, s:o}", "name", type->name, "help", type->help, "fields",
			 fields);
}

static void print_overview_json(void)
{
	json_t *objects = json_array(), *commands = json_array();
	char usage[DVS_FIELD_TEXT_MAX];

	for (unsigned int i = 0; i < dvs_n_config_types; i++)
		json_array_append_new(objects, object_json(dvs_config_types[i]));
	for (unsigned int i = 0; i < dvs_n_commands; i++)
		if (!dvs_commands[i].object)
			json_array_append_new(
				commands,
				json_pack("{s:s, s:s, s:s}", "name", dvs_commands[i].verb, "usage",
					  dvs_command_usage(&dvs_commands[i], NULL, usage), "help",
					  dvs_commands[i].help));
	dvs_ctl_json(json_pack("{s:o, s:o}", "objects", objects, "commands", commands));
}

/* "help port mtu", "help port add". */
static int help_on_part(const struct dvs_ctl *ctl, const struct dvs_type *type, const char *word)
{
	const struct dvs_field *field = dvs_type_field(type, word);
	const struct dvs_command *command = dvs_command_find(type->name, word);
	struct dvs_suggest s;
	struct dvs_error err;

	if (field && is_shown(field)) {
		if (ctl->is_json)
			dvs_ctl_json(field_json(field));
		else
			print_field(type, field);
		return DVS_EXIT_OK;
	}
	if (command) {
		print_command(command, type);
		return DVS_EXIT_OK;
	}
	dvs_suggest_init(&s, word);
	for (unsigned int i = 0; i < type->n_fields; i++)
		if (is_shown(&type->fields[i]))
			dvs_suggest_offer(&s, type->fields[i].name);
	dvs_error_set(&err, -1, NULL, NULL, "%s has no field or verb \"%s\"", type->name, word);
	dvs_ctl_add_suggestion(&err, dvs_suggest_best(&s));
	return dvs_ctl_fail(ctl, DVS_EXIT_USAGE, &err);
}

/* "help set": the verb of each object that has it; false: none has. */
static bool help_on_verb(const char *verb)
{
	bool is_known = false;

	for (unsigned int i = 0; i < dvs_n_config_types; i++) {
		const struct dvs_command *command =
			dvs_command_find(dvs_config_types[i]->name, verb);

		if (command)
			print_command(command, dvs_config_types[i]);
		is_known |= command != NULL;
	}
	return is_known;
}

int dvs_help(struct dvs_ctl *ctl, const struct dvs_type *unused, int argc, char **argv)
{
	const struct dvs_type *type = argc > 0 ? dvs_object_type(argv[0]) : NULL;
	const struct dvs_command *command = argc > 0 ? dvs_command_find(NULL, argv[0]) : NULL;

	(void)unused;
	if (argc == 0) {
		if (ctl->is_json)
			print_overview_json();
		else
			print_overview();
	} else if (type && argc > 1) {
		return help_on_part(ctl, type, argv[1]);
	} else if (type) {
		if (ctl->is_json)
			dvs_ctl_json(object_json(type));
		else
			print_object(type);
	} else if (command) {
		print_command(command, NULL);
	} else if (!help_on_verb(argv[0])) {
		return dvs_ctl_usage(ctl, "there is no help on \"%s\"; see dvsctl help", argv[0]);
	}
	return DVS_EXIT_OK;
}
