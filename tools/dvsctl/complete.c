/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Completion: candidates for the last of the words, one a line. ":files" asks the shell for file
 * names. Without a daemon there are no object names, and nothing is said about that.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "entries.h"
#include "options.h"

#define WORDS_MAX 256

struct line {
	struct dvs_ctl *ctl;
	char *words[WORDS_MAX]; /* without options */
	int n_words;
	const char *current;
};

struct candidate {
	const char *prefix; /* before each candidate: "group=" */
	const char *current;
};

static void print_candidate(const char *prefix, const char *word, const char *tail,
			    const char *current)
{
	char text[2 * DVS_FIELD_TEXT_MAX];

	snprintf(text, sizeof(text), "%s%s%s", prefix, word, tail);
	if (strncmp(text, current, strlen(current)) == 0)
		printf("%s\n", text);
}

static void print_key(const char *key, void *arg)
{
	const struct candidate *candidate = arg;

	print_candidate(candidate->prefix, key, "", candidate->current);
}

static void print_keys(const struct line *line, const char *type_name, const char *prefix)
{
	struct candidate candidate = {prefix, line->current};
	const struct dvs_type *type = dvs_object_type(type_name);

	if (type)
		dvs_ctl_each_key(line->ctl, type, print_key, &candidate);
}

static void print_value_names(const struct dvs_field *field, const char *prefix,
			      const char *current)
{
	static const char *const truths[] = {"true", "false", NULL};
	const char *const *names = field->type == DVS_FIELD_BOOL ? truths : field->names;

	for (unsigned int i = 0; names && names[i]; i++)
		print_candidate(prefix, names[i], "", current);
	if (field->type == DVS_FIELD_FLAGS || field->type == DVS_FIELD_VLANS ||
	    field->type == DVS_FIELD_MAP)
		print_candidate(prefix, "none", "", current);
	if (field->type == DVS_FIELD_VLANS)
		print_candidate(prefix, "all", "", current);
}

/* "features_off=csum,ts": what is already there is kept before the candidates. */
static void print_values(const struct line *line, const struct dvs_type *type)
{
	const char *equals = strchr(line->current, '=');
	const char *comma = strrchr(line->current, ',');
	char name[64], prefix[DVS_FIELD_TEXT_MAX];
	const struct dvs_field *field;

	snprintf(name, sizeof(name), "%.*s", (int)(equals - line->current), line->current);
	field = dvs_type_field(type, name);
	if (!field)
		return;
	if (field->type != DVS_FIELD_FLAGS || !comma)
		comma = equals;
	snprintf(prefix, sizeof(prefix), "%.*s", (int)(comma + 1 - line->current), line->current);
	if (field->ref)
		print_keys(line, field->ref, prefix);
	else if (field->type == DVS_FIELD_PATH)
		printf(":files\n");
	else
		print_value_names(field, prefix, line->current);
}

static bool is_given(const struct line *line, const char *name)
{
	size_t length = strlen(name);

	for (int i = 0; i < line->n_words; i++)
		if (strncmp(line->words[i], name, length) == 0 && line->words[i][length] == '=')
			return true;
	return false;
}

static void print_fields(const struct line *line, const struct dvs_type *type, unsigned int without)
{
	if (strchr(line->current, '=')) {
		print_values(line, type);
		return;
	}
	for (unsigned int i = 0; i < type->n_fields; i++)
		if ((type->fields[i].flags & without) == 0 && !is_given(line, type->fields[i].name))
			print_candidate("", type->fields[i].name, "=", line->current);
}

/* Of live entries, or else of the objects: when no name was given, and not all among the names. */
static void print_filters(const struct line *line, const struct dvs_command *command,
			  const struct dvs_type *type)
{
	const struct dvs_type *entries = dvs_entries_type(type);
	bool has_names = line->n_words > 2 && !strchr(line->words[2], '=');

	if ((command->operands & DVS_OPERAND_KEYS) == 0)
		print_fields(line, entries, 0);
	else if (!has_names && line->current[0] != '\0')
		print_fields(line, type, DVS_FIELD_DERIVED);
}

static void print_topics(const struct line *line, bool with_commands)
{
	for (unsigned int i = 0; i < dvs_n_config_types; i++)
		print_candidate("", dvs_config_types[i]->name, "", line->current);
	for (unsigned int i = 0; with_commands && i < dvs_n_commands; i++)
		if (!dvs_commands[i].object)
			print_candidate("", dvs_commands[i].verb, "", line->current);
}

static void print_operands(const struct line *line, const struct dvs_command *command,
			   const struct dvs_type *type)
{
	const unsigned int fixed = DVS_FIELD_KEY | DVS_FIELD_STATE | DVS_FIELD_DERIVED;
	bool has_fields = line->n_words > 0 && strchr(line->words[line->n_words - 1], '=');

	if ((command->operands & DVS_OPERAND_KEYS) && !has_fields && !strchr(line->current, '='))
		print_keys(line, type->name, "");
	/* A name comes before the fields. */
	if ((command->operands & DVS_OPERAND_FIELDS) && line->n_words > 2)
		print_fields(line, type, fixed);
	if (command->operands & DVS_OPERAND_FILTERS)
		print_filters(line, command, type);
	if (command->operands & DVS_OPERAND_PORTS)
		print_keys(line, dvs_port_type.name, "");
	if (command->operands & DVS_OPERAND_TOPICS)
		print_topics(line, true);
}

static void print_options(const struct line *line, const struct dvs_command *command)
{
	for (const struct option *o = dvs_long_options; o->name; o++) {
		unsigned int bit = 0;

		if (strcmp(o->name, "file") == 0)
			bit = DVS_OPT_FILE;
		else if (strcmp(o->name, "dry-run") == 0)
			bit = DVS_OPT_DRY_RUN;
		else if (strcmp(o->name, "watch") == 0 || strcmp(o->name, "count") == 0)
			bit = DVS_OPT_WATCH;
		if (bit == 0 || !command || (command->options & bit) != 0)
			print_candidate("--", o->name, "", line->current);
	}
}

static const struct option *option_of(const char *word)
{
	if (strncmp(word, "--", 2) != 0)
		return NULL;
	for (const struct option *o = dvs_long_options; o->name; o++)
		if (strcmp(o->name, word + 2) == 0)
			return o;
	return NULL;
}

/* Takes a word; true when it is an option whose value is the next word. */
static bool take_word(struct line *line, char *word)
{
	const struct option *option = option_of(word);

	if (strncmp(word, "--socket=", 9) == 0)
		line->ctl->socket = word + 9;
	else if (strncmp(word, "--switch-socket=", 16) == 0)
		line->ctl->switch_socket = word + 16;
	else if (word[0] != '-' && line->n_words < WORDS_MAX)
		line->words[line->n_words++] = word;
	return strcmp(word, "-f") == 0 || (option && option->has_arg == required_argument);
}

/* The words before the current one; true when the current one is the value of an option. */
static bool take_words(struct line *line, int argc, char **argv)
{
	bool is_value = false;

	for (int i = 0; i + 1 < argc; i++) {
		if (is_value) {
			if (strcmp(argv[i - 1], "--socket") == 0)
				line->ctl->socket = argv[i];
			else if (strcmp(argv[i - 1], "--switch-socket") == 0)
				line->ctl->switch_socket = argv[i];
			is_value = false;
		} else {
			is_value = take_word(line, argv[i]);
		}
	}
	return is_value;
}

static void print_verbs(const struct line *line, const struct dvs_type *type)
{
	for (unsigned int i = 0; i < dvs_n_commands; i++)
		if (dvs_command_find(type->name, dvs_commands[i].verb) == &dvs_commands[i])
			print_candidate("", dvs_commands[i].verb, "", line->current);
}

int dvs_complete(struct dvs_ctl *ctl, int argc, char **argv)
{
	struct line line = {.ctl = ctl, .current = argc > 0 ? argv[argc - 1] : ""};
	const struct dvs_command *command = NULL;
	const struct dvs_type *type;

	if (take_words(&line, argc, argv)) {
		if (strcmp(argv[argc - 2], "--count") != 0)
			printf(":files\n");
		return DVS_EXIT_OK;
	}
	type = line.n_words > 0 ? dvs_object_type(line.words[0]) : NULL;
	if (type && line.n_words > 1)
		command = dvs_command_find(type->name, line.words[1]);
	else if (!type && line.n_words > 0)
		command = dvs_command_find(NULL, line.words[0]);
	if (line.current[0] == '-')
		print_options(&line, command);
	else if (line.n_words == 0)
		print_topics(&line, true);
	else if (type && line.n_words == 1)
		print_verbs(&line, type);
	else if (command)
		print_operands(&line, command, type);
	return DVS_EXIT_OK;
}
