/* SPDX-License-Identifier: BSD-3-Clause */
/* dvsctl: the operator's hand. Options, and the way to a command's handler. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "standard_streams.h"
#include "suggest.h"

#define TIMEOUT_MS  30000
#define COMPLETE_MS 2000 /* nobody waits longer for a completion */

static int unknown_command(const struct dvs_ctl *ctl, const char *word)
{
	struct dvs_suggest s;
	struct dvs_error err;

	dvs_suggest_init(&s, word);
	for (unsigned int i = 0; i < dvs_n_commands; i++)
		if (!dvs_commands[i].object)
			dvs_suggest_offer(&s, dvs_commands[i].verb);
	for (unsigned int i = 0; i < dvs_n_config_types; i++)
		dvs_suggest_offer(&s, dvs_config_types[i]->name);
	dvs_error_set(&err, -EINVAL, NULL, NULL, "unknown command \"%s\"; see dvsctl help", word);
	dvs_ctl_add_suggestion(&err, dvs_suggest_best(&s));
	return dvs_ctl_fail(ctl, DVS_EXIT_USAGE, &err);
}

/* verb NULL: none was given. */
static int unknown_verb(const struct dvs_ctl *ctl, const struct dvs_type *type, const char *verb)
{
	char verbs[128] = "";
	struct dvs_suggest s;
	struct dvs_error err;

	dvs_suggest_init(&s, verb ? verb : "");
	for (unsigned int i = 0; i < dvs_n_commands; i++) {
		const struct dvs_command *command = &dvs_commands[i];
		size_t used = strlen(verbs);

		if (dvs_command_find(type->name, command->verb) != command)
			continue;
		dvs_suggest_offer(&s, command->verb);
		snprintf(verbs + used, sizeof(verbs) - used, "%s%s", used > 0 ? ", " : "",
			 command->verb);
	}
	if (verb)
		dvs_error_set(&err, -EINVAL, NULL, NULL, "%s: unknown verb \"%s\"; there are %s",
			      type->name, verb, verbs);
	else
		dvs_error_set(&err, -EINVAL, NULL, NULL, "%s: a verb is missing; there are %s",
			      type->name, verbs);
	dvs_ctl_add_suggestion(&err, dvs_suggest_best(&s));
	return dvs_ctl_fail(ctl, DVS_EXIT_USAGE, &err);
}

static int refuse_options(const struct dvs_ctl *ctl, const struct dvs_command *command,
			  const struct dvs_type *type)
{
	unsigned int wrong = ctl->given & ~command->options;
	const char *name = "--watch";
	char usage[DVS_FIELD_TEXT_MAX];

	if (wrong & DVS_OPT_FILE)
		name = "--file";
	else if (wrong & DVS_OPT_DRY_RUN)
		name = "--dry-run";
	return dvs_ctl_usage(ctl, "%s does not go with this command: dvsctl %s", name,
			     dvs_command_usage(command, type, usage));
}

static int run(struct dvs_ctl *ctl, int argc, char **argv)
{
	const struct dvs_type *type = dvs_object_type(argv[0]);
	const struct dvs_command *command;
	int n_words = type ? 2 : 1;

	if (type && argc < 2)
		return unknown_verb(ctl, type, NULL);
	command = dvs_command_find(type ? type->name : NULL, argv[n_words - 1]);
	if (!command)
		return type ? unknown_verb(ctl, type, argv[1]) : unknown_command(ctl, argv[0]);
	if ((ctl->given & ~command->options) != 0)
		return refuse_options(ctl, command, type);
	return command->run(ctl, type, argc - n_words, argv + n_words);
}

/* What was printed has to have arrived: a full disk must not look like success. */
static int close_output(const struct dvs_ctl *ctl, int code)
{
	struct dvs_error err;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	dvs_error_set(&err, -errno, NULL, NULL, "writing the output: %m");
	fprintf(stderr, "dvsctl: %s\n", err.text);
	(void)ctl;
	return code == DVS_EXIT_OK ? DVS_EXIT_FAILED : code;
}

int main(int argc, char **argv)
{
	struct dvs_ctl ctl = {
		.socket = DVS_RPC_CLIENT_SOCKET,
		.switch_socket = DVS_WIRE_SOCKET,
		.timeout_ms = TIMEOUT_MS,
	};
	bool is_help = false;
	int code;

	dvs_standard_streams_hold();
	if (argc > 1 && strcmp(argv[1], "__complete") == 0) {
		ctl.timeout_ms = COMPLETE_MS;
		code = dvs_complete(&ctl, argc - 2, argv + 2);
		dvs_ctl_fini(&ctl);
		return code;
	}
	code = dvs_options_parse(&ctl, argc, argv, &is_help);
	if (code != DVS_EXIT_OK)
		return code;
	if (is_help) {
		code = dvs_help(&ctl, NULL, argc - optind, argv + optind);
	} else if (optind == argc) {
		code = dvs_ctl_usage(&ctl, "a command is missing; see dvsctl help");
	} else {
		code = run(&ctl, argc - optind, argv + optind);
	}
	dvs_ctl_fini(&ctl);
	return close_output(&ctl, code);
}
