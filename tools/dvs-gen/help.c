/* SPDX-License-Identifier: BSD-3-Clause */
/* Help and completion, from the table of options. */
#include <stdio.h>
#include <string.h>

#include "option_table.h"

#define COLUMN 26

static void print_row(const struct dvs_option_row *row)
{
	int n = printf("  --%s%s%s", row->name, row->argument != NULL ? " " : "",
		       row->argument != NULL ? row->argument : "");
	const char *line = row->help;

	if (n >= COLUMN) {
		putchar('\n');
		n = 0;
	}
	for (;;) {
		const char *end = strchrnul(line, '\n');

		printf("%*s%.*s\n", COLUMN - n, "", (int)(end - line), line);
		if (*end == '\0')
			return;
		line = end + 1;
		n = 0;
	}
}

void dvs_gen_print_help(void)
{
	printf("Usage: dvs-gen [run] OPTION...           send and receive, measure loss and "
	       "latency\n"
	       "       dvs-gen search OPTION...          the highest rate without too much loss\n"
	       "       dvs-gen replay FILE OPTION...     send what a capture file has\n"
	       "\n"
	       "  dvs-gen --port virtio-user:/run/dvs/vhost/vm1.sock \\\n"
	       "          --port virtio-user:/run/dvs/vhost/vm2.sock \\\n"
	       "          --rate 1Mpps --size 64 --flows 1000 --time 10\n");
	for (unsigned int g = 0; g < dvs_option_n_groups; g++) {
		printf("\n%s\n", dvs_option_groups[g].title);
		for (unsigned int i = 0; i < dvs_option_groups[g].n; i++)
			print_row(&dvs_option_groups[g].rows[i]);
	}
	printf("\nExit status: 0 done, 1 failed, 2 wrong usage, 3 more was lost than --loss "
	       "allows\n"
	       "(search: no rate was found).\n");
}

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Values of an option: the words of a choice. */
static void complete_value(const struct dvs_option_row *row, const char *prefix)
{
	static const char *const kinds[] = {"virtio-user:", "tap:", "af-packet:", "pci:", "vdev:"};
	const char *word = row->words != NULL || row->argument == NULL ? row->words : row->argument;

	if (strcmp(row->name, "port") == 0) {
		for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (starts_with(kinds[i], prefix))
				printf("%s\n", kinds[i]);
		return;
	}
	if (word == NULL || strchr(word, '|') == NULL)
		return;
	while (word != NULL) {
		const char *end = strchrnul(word, '|');
		size_t length = (size_t)(end - word);

		if (strncmp(word, prefix, strlen(prefix)) == 0)
			printf("%.*s\n", (int)length, word);
		word = *end == '|' ? end + 1 : NULL;
	}
}

/* Candidates for the last of the words, one a line; ":files" asks for names of files. */
void dvs_gen_print_completion(int n, char **words)
{
	static const char *const modes[] = {"run", "search", "replay"};
	const char *last = n > 0 ? words[n - 1] : "";
	const char *before = n > 1 ? words[n - 2] : "";
	const struct dvs_option_row *row = NULL;

	if (starts_with(before, "--"))
		row = dvs_option_find(before + 2, strlen(before) - 2);
	if (row != NULL && row->argument != NULL) {
		complete_value(row, last);
		return;
	}
	if (strcmp(before, "replay") == 0 && !starts_with(last, "-")) {
		printf(":files\n");
		return;
	}
	for (unsigned int i = 0; n <= 1 && i < 3; i++)
		if (starts_with(modes[i], last))
			printf("%s\n", modes[i]);
	if (last[0] != '\0' && last[0] != '-')
		return;
	last += last[0] == '-';
	last += last[0] == '-';
	for (unsigned int g = 0; g < dvs_option_n_groups; g++)
		for (unsigned int i = 0; i < dvs_option_groups[g].n; i++)
			if (starts_with(dvs_option_groups[g].rows[i].name, last))
				printf("--%s\n", dvs_option_groups[g].rows[i].name);
}
