/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fills the templates of manual pages in at build time, so that what they say of fields and drop
 * reasons cannot go stale: `dvs-man TEMPLATE VERSION` writes the page to standard output.
 *
 * Lines of a template that are replaced:
 *	.\" @fields TYPE	what an operator sets: allowed values, default, meaning
 *	.\" @state TYPE		what the switch reports
 *	.\" @drops		drop reasons and what they mean
 *	.\" @options		dvs-gen's options, by groups
 * and in any line @VERSION@.
 */
#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "option_table.h"

#define LINE_LENGTH 1024

/* Text as roff: no command at its beginning, hyphens that can be copied. */
static void print_text(const char *text)
{
	if (text[0] == '.' || text[0] == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '\n')
			fputc(' ', stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			fputc(*text, stdout);
	}
}

static void print_sentence(const char *text, const char *end)
{
	print_text(text);
	printf("%s\n", end);
}

static void print_field(const struct dvs_type *type, const struct dvs_field *field)
{
	char allowed[DVS_FIELD_TEXT_MAX];

	printf(".TP\n.B ");
	print_sentence(field->name, "");
	print_sentence(field->help, ".");
	if (field->flags & DVS_FIELD_STATE)
		return;
	printf("Allowed: ");
	print_sentence(dvs_field_allowed(field, allowed), ".");
	if (field->ref) {
		printf("Names a ");
		print_sentence(field->ref, ".");
	}
	if ((field->flags & DVS_FIELD_POLICY) && type == &dvs_port_type)
		printf("Default: what the port group says.\n");
	else if (field->default_text) {
		printf("Default: ");
		print_sentence(field->default_text, ".");
	}
	if (field->flags & DVS_FIELD_KEY)
		printf("Names the object; cannot be changed.\n");
	else if (field->flags & DVS_FIELD_REQUIRED)
		printf("Must be given.\n");
	if (field->flags & DVS_FIELD_RECREATE)
		printf("A change interrupts the port: its session starts anew.\n");
}

static int print_fields(const char *type_name, bool is_state)
{
	const struct dvs_type *type = dvs_type_by_name(type_name);

	if (!type) {
		fprintf(stderr, "dvs-man: there is no type \"%s\"\n", type_name);
		return 1;
	}
	for (unsigned int i = 0; i < type->n_fields; i++) {
		unsigned int flags = type->fields[i].flags;

		if ((flags & DVS_FIELD_DERIVED) == 0 &&
		    is_state == ((flags & DVS_FIELD_STATE) != 0))
			print_field(type, &type->fields[i]);
	}
	return 0;
}

static void print_drops(void)
{
	for (unsigned int reason = 0; reason < DVS_DROP_N_REASONS; reason++) {
		printf(".TP\n.B ");
		print_sentence(dvs_drop_name(reason), "");
		print_sentence(dvs_drop_meaning(reason), ".");
	}
}

static void print_option(const struct dvs_option_row *row)
{
	printf(".TP\n.BR \\-\\-");
	print_text(row->name);
	if (row->argument != NULL) {
		printf(" \" \\fI");
		print_text(row->argument);
		printf("\\fP\"");
	}
	fputc('\n', stdout);
	print_sentence(row->help, "");
}

static void print_options(void)
{
	for (unsigned int g = 0; g < dvs_option_n_groups; g++) {
		printf(".SS %s\n", dvs_option_groups[g].title);
		for (unsigned int i = 0; i < dvs_option_groups[g].n; i++)
			print_option(&dvs_option_groups[g].rows[i]);
	}
}

static void print_line(const char *line, const char *version)
{
	static const char mark[] = "@VERSION@";
	const char *found = strstr(line, mark);

	if (found)
		printf("%.*s%s%s", (int)(found - line), line, version, found + sizeof(mark) - 1);
	else
		fputs(line, stdout);
}

static int take_line(const char *line, const char *version)
{
	char type[64];

	if (sscanf(line, ".\\\" @fields %63s", type) == 1)
		return print_fields(type, false);
	if (sscanf(line, ".\\\" @state %63s", type) == 1)
		return print_fields(type, true);
	if (strcmp(line, ".\\\" @drops\n") == 0)
		print_drops();
	else if (strcmp(line, ".\\\" @options\n") == 0)
		print_options();
	else
		print_line(line, version);
	return 0;
}

int main(int argc, char **argv)
{
	char line[LINE_LENGTH];
	FILE *in = argc == 3 ? fopen(argv[1], "re") : NULL;
	int code = 0;

	if (!in) {
		fprintf(stderr, "usage: dvs-man TEMPLATE VERSION\n");
		return 2;
	}
	while (code == 0 && fgets(line, sizeof(line), in))
		code = take_line(line, argv[2]);
	if (ferror(in) || fflush(stdout) != 0)
		code = 1;
	fclose(in);
	return code;
}
