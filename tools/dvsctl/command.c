/* SPDX-License-Identifier: BSD-3-Clause */
#include "command.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "entries.h"

const struct dvs_command dvs_commands[] = {
	{NULL, "status", dvs_status, "", 0, 0,
	 "Are both daemons well, and is the switch programmed as wanted?"},
	{NULL, "stats", dvs_stats, "[PORT...] [--watch [SECONDS]] [--count N]", DVS_OPT_WATCH,
	 DVS_OPERAND_PORTS, "Counters of ports; with --watch their rates"},
	{NULL, "drops", dvs_drops, "[PORT...] [--watch [SECONDS]] [--count N]", DVS_OPT_WATCH,
	 DVS_OPERAND_PORTS,
	 "Frames dropped or audited, by the port that received them, why, and the last of them"},
	{NULL, "qos", dvs_qos, "[show] [PORT...] [--watch [SECONDS]] [--count N]", DVS_OPT_WATCH,
	 DVS_OPERAND_PORTS,
	 "Queues towards ports: rates, what waits, for how long, what is dropped"},
	{NULL, "workers", dvs_workers, "[--watch [SECONDS]] [--count N]", DVS_OPT_WATCH, 0,
	 "How busy the polling threads are, and what a frame costs"},
	{NULL, "apply", dvs_apply, "-f FILE|- [--dry-run]", DVS_OPT_FILE | DVS_OPT_DRY_RUN, 0,
	 "Make the file (YAML) the whole intent; what is not in it is deleted"},
	{NULL, "export", dvs_export, "[-f FILE]", DVS_OPT_FILE, 0,
	 "Write the whole intent as YAML"},
	{NULL, "help", dvs_help, "[OBJECT [FIELD] | COMMAND]", 0, DVS_OPERAND_TOPICS,
	 "What commands there are, and what the fields of an object mean"},

	{"port", "show", dvs_port_show, "[%... | FIELD=VALUE...]", 0,
	 DVS_OPERAND_KEYS | DVS_OPERAND_FILTERS,
	 "Intent, policy in force and live state; all of it when names are given"},
	{"mac", "show", dvs_entries_show, "[FIELD=VALUE...]", 0, DVS_OPERAND_FILTERS,
	 "The MAC table of the switch: learnt and static entries"},
	{"mac", "duplicates", dvs_mac_duplicates, "", 0, 0,
	 "MACs that were active on two ports of late, and those that are held where they are"},
	{"mac", "flush", dvs_mac_flush, "[segment=NAME] [port=NAME]", 0, DVS_OPERAND_FILTERS,
	 "Forget learnt entries: all, or those of a segment, of a port, which is then as if new"},

	{"binding", "show", dvs_entries_show, "[FIELD=VALUE...]", 0, DVS_OPERAND_FILTERS,
	 "IP addresses that ports may send from: static and learnt ones"},
	{"group", "show", dvs_entries_show, "[FIELD=VALUE...]", 0, DVS_OPERAND_FILTERS,
	 "Members of multicast groups, router ports and queriers: learnt and static ones"},

	{DVS_ANY_OBJECT, "add", dvs_ctl_object_add, "%... [FIELD=VALUE...] [--dry-run]",
	 DVS_OPT_DRY_RUN, DVS_OPERAND_FIELDS, "Add objects, all or none"},
	{DVS_ANY_OBJECT, "set", dvs_ctl_object_set, "%... FIELD=VALUE... [--dry-run]",
	 DVS_OPT_DRY_RUN, DVS_OPERAND_KEYS | DVS_OPERAND_FIELDS,
	 "Change fields, all or none; FIELD= returns one to its default"},
	{DVS_ANY_OBJECT, "del", dvs_ctl_object_del, "%... [--dry-run]", DVS_OPT_DRY_RUN,
	 DVS_OPERAND_KEYS, "Delete objects, all or none"},
	{DVS_ANY_OBJECT, "show", dvs_ctl_object_show, "[%... | FIELD=VALUE...]", 0,
	 DVS_OPERAND_KEYS | DVS_OPERAND_FILTERS,
	 "List objects, all or those with these values; all fields when names are given"},
};
const unsigned int dvs_n_commands = sizeof(dvs_commands) / sizeof(dvs_commands[0]);

const struct dvs_type *dvs_object_type(const char *name)
{
	for (unsigned int i = 0; i < dvs_n_config_types; i++)
		if (strcmp(dvs_config_types[i]->name, name) == 0)
			return dvs_config_types[i];
	return NULL;
}

static bool is_object(const struct dvs_command *command, const char *object)
{
	if (!command->object || !object)
		return command->object == object;
	return strcmp(command->object, DVS_ANY_OBJECT) == 0 || strcmp(command->object, object) == 0;
}

const struct dvs_command *dvs_command_find(const char *object, const char *verb)
{
	for (unsigned int i = 0; i < dvs_n_commands; i++)
		if (is_object(&dvs_commands[i], object) && strcmp(dvs_commands[i].verb, verb) == 0)
			return &dvs_commands[i];
	return NULL;
}

const char *dvs_keys_print(const struct dvs_type *type, char buf[DVS_FIELD_TEXT_MAX])
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < type->n_fields; i++) {
		if ((type->fields[i].flags & DVS_FIELD_KEY) == 0)
			continue;
		snprintf(buf + used, DVS_FIELD_TEXT_MAX - used, "%s%s", used > 0 ? " " : "",
			 type->fields[i].name);
		used = strlen(buf);
	}
	for (char *c = buf; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return buf;
}

const char *dvs_command_usage(const struct dvs_command *command, const struct dvs_type *type,
			      char buf[DVS_FIELD_TEXT_MAX])
{
	const char *args = command->args, *percent = strchr(args, '%');
	char keys[DVS_FIELD_TEXT_MAX] = "";

	if (type)
		dvs_keys_print(type, keys);
	snprintf(buf, DVS_FIELD_TEXT_MAX, "%s%s%s%s%.*s%.99s%s", type ? type->name : "",
		 type ? " " : "", command->verb, args[0] ? " " : "",
		 percent ? (int)(percent - args) : (int)strlen(args), args, percent ? keys : "",
		 percent ? percent + 1 : "");
	return buf;
}
