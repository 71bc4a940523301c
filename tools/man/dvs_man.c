/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fills the templates of manual pages in at build time, so that what they say of fields and drop
 * reasons cannot go stale: `dvs-man TEMPLATE VERSION` writes the page to standard output.
 *
 * Lines of a template that are replaced:
 *	.\" @objects		the objects of operators, and what names them
 *	.\" @fields		their fields, a section each: allowed values, default, meaning
 *	.\" @state TYPE		what the switch reports
 *	.\" @drops		drop reasons and what they mean
 *	.\" @options		dvs-gen's options, by groups
 * and in any line @VERSION@.
 */
#include <ctype.h>
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

static void print_field(const struct dvs_field *field)
{
	char allowed[DVS_FIELD_TEXT_MAX];

	printf(".TP\n.B ");
	print_sentence(field->name, "");
	print_sentence(field->help, field->help[strlen(field->help) - 1] == '?' ? "" : ".");
	if (field->flags & DVS_FIELD_STATE)
		return;
	printf("Allowed: ");
	print_sentence(dvs_field_allowed(field, allowed), ".");
	if (field->ref) {
		printf("Names an existing ");
		print_sentence(field->ref, ".");
	}
	if (field->default_text) {
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

static int print_state(const char *type_name)
{
	const struct dvs_type *type = dvs_type_by_name(type_name);

	if (!type) {
		fprintf(stderr, "dvs-man: there is no type \"%s\"\n", type_name);
		return 1;
	}
	for (unsigned int i = 0; i < type->n_fields; i++)
		if (type->fields[i].flags & DVS_FIELD_STATE)
			print_field(&type->fields[i]);
	return 0;
}

static void print_capitals(const char *text)
{
	for (; *text; text++)
		fputc(toupper((unsigned char)*text), stdout);
}

/* The policy fields of ports are those of their groups, and stand there only. */
static void print_fields(const struct dvs_type *type)
{
	const char *first = NULL, *last = NULL;

	printf(".SH ");
	print_capitals(type->plural);
	fputc('\n', stdout);
	for (unsigned int i = 0; i < type->n_fields; i++) {
		const struct dvs_field *field = &type->fields[i];

		if (!dvs_field_is_given(field))
			continue;
		if (type != &dvs_port_type || (field->flags & DVS_FIELD_POLICY) == 0) {
			print_field(field);
			continue;
		}
		first = first ? first : field->name;
		last = field->name;
	}
	if (first)
		printf(".PP\nBesides, a port has all of\n.BR %s \" to \" %s\nof port groups. "
		       "A value there is the port's own, in place of its group's.\n",
		       first, last);
}

static void print_all_fields(void)
{
	for (unsigned int i = 0; i < dvs_n_config_types; i++)
		print_fields(dvs_config_types[i]);
}

/* "Named by SEGMENT MAC": of objects that have more than a name. */
static void print_keys(const struct dvs_type *type)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < type->n_fields; i++)
		n += (type->fields[i].flags & DVS_FIELD_KEY) != 0;
	if (n < 2)
		return;
	printf("Named by\n.I");
	for (unsigned int i = 0; i < type->n_fields; i++) {
		if ((type->fields[i].flags & DVS_FIELD_KEY) == 0)
			continue;
		fputc(' ', stdout);
		print_capitals(type->fields[i].name);
	}
	printf(".\n");
}

static void print_objects(void)
{
	for (unsigned int i = 0; i < dvs_n_config_types; i++) {
		printf(".TP\n.B ");
		print_sentence(dvs_config_types[i]->name, "");
		print_sentence(dvs_config_types[i]->help, ".");
		print_keys(dvs_config_types[i]);
	}
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

	if (sscanf(line, ".\\\" @state %63s", type) == 1)
		return print_state(type);
	if (strcmp(line, ".\\\" @objects\n") == 0)
		print_objects();
	else if (strcmp(line, ".\\\" @fields\n") == 0)
		print_all_fields();
	else if (strcmp(line, ".\\\" @drops\n") == 0)
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
