/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "suggest.h"

#define COUNT_MAX 1000000

enum option_id {
	OPT_SOCKET = 256,
	OPT_SWITCH_SOCKET,
	OPT_JSON,
	OPT_DRY_RUN,
	OPT_WATCH,
	OPT_COUNT,
};

const struct option dvs_long_options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"file", required_argument, NULL, 'f'},
	{"dry-run", no_argument, NULL, OPT_DRY_RUN},
	{"watch", optional_argument, NULL, OPT_WATCH},
	{"count", required_argument, NULL, OPT_COUNT},
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"switch-socket", required_argument, NULL, OPT_SWITCH_SOCKET},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

const char dvs_options_help[] =
	"  --json                  print JSON, errors too\n"
	"  -f, --file FILE         apply: read it; export: write it; - is standard input or "
	"output\n"
	"  --dry-run               check and say what would change, change nothing\n"
	"  --watch [SECONDS]       repeat, with rates (default 1 second)\n"
	"  --count N               end a watch after N times\n"
	"  --socket PATH           socket of dvs-controld (" DVS_RPC_CLIENT_SOCKET ")\n"
	"  --switch-socket PATH    socket of dvs-switchd (" DVS_WIRE_SOCKET ")\n"
	"  -h, --help              print help\n"
	"  -V, --version           print the version\n";

/* "--watch 2" as well as "--watch=2": getopt knows only the latter for an optional argument. */
static const char *watch_argument(int argc, char **argv)
{
	unsigned int unused;

	if (optarg)
		return optarg;
	if (optind < argc && dvs_number_ms(argv[optind], &unused) == 0)
		return argv[optind++];
	return "1";
}

static int set_watch(struct dvs_ctl *ctl, const char *text)
{
	ctl->is_watching = true;
	ctl->given |= DVS_OPT_WATCH;
	if (dvs_number_ms(text, &ctl->interval_ms) == 0)
		return DVS_EXIT_OK;
	return dvs_ctl_usage(ctl, "--watch: \"%s\" is not a number of seconds from 0.1 to 3600",
			     text);
}

static int set_count(struct dvs_ctl *ctl, const char *text)
{
	ctl->given |= DVS_OPT_WATCH;
	if (dvs_number_uint(text, 1, COUNT_MAX, &ctl->count) == 0)
		return DVS_EXIT_OK;
	return dvs_ctl_usage(ctl, "--count: \"%s\" is not a number from 1 to %d", text, COUNT_MAX);
}

static int unknown_option(const struct dvs_ctl *ctl, const char *word)
{
	char known[DVS_SUGGEST_WORD_MAX];
	struct dvs_error err;
	struct dvs_suggest s;

	dvs_error_set(&err, -EINVAL, NULL, NULL, "unknown option \"%s\"", word);
	dvs_suggest_init(&s, word);
	for (const struct option *o = dvs_long_options; o->name; o++) {
		snprintf(known, sizeof(known), "--%s", o->name);
		dvs_suggest_offer(&s, known);
	}
	dvs_ctl_add_suggestion(&err, dvs_suggest_best(&s));
	return dvs_ctl_fail(ctl, DVS_EXIT_USAGE, &err);
}

/* An option that getopt refused; word is what the user wrote. */
static int refuse_option(const struct dvs_ctl *ctl, int id, const char *word)
{
	if (id == ':')
		return dvs_ctl_usage(ctl, "option %s needs a value", word);
	if (optopt >= OPT_SOCKET)
		return dvs_ctl_usage(ctl, "option %s takes no value", word);
	return unknown_option(ctl, word);
}

static int take_option(struct dvs_ctl *ctl, int id, int argc, char **argv, const char *word)
{
	switch (id) {
	case 'f':
		ctl->file = optarg;
		ctl->given |= DVS_OPT_FILE;
		return DVS_EXIT_OK;
	case OPT_SOCKET:
		ctl->socket = optarg;
		return DVS_EXIT_OK;
	case OPT_SWITCH_SOCKET:
		ctl->switch_socket = optarg;
		return DVS_EXIT_OK;
	case OPT_JSON:
		ctl->is_json = true;
		return DVS_EXIT_OK;
	case OPT_DRY_RUN:
		ctl->is_dry_run = true;
		ctl->given |= DVS_OPT_DRY_RUN;
		return DVS_EXIT_OK;
	case OPT_WATCH:
		return set_watch(ctl, watch_argument(argc, argv));
	case OPT_COUNT:
		return set_count(ctl, optarg);
	default:
		return refuse_option(ctl, id, word);
	}
}

int dvs_options_parse(struct dvs_ctl *ctl, int argc, char **argv, bool *ret_help)
{
	int id, code = DVS_EXIT_OK, word = 1;

	/* JSON for the errors of the options before it, too. */
	for (int i = 1; i < argc; i++)
		ctl->is_json |= strcmp(argv[i], "--json") == 0;
	opterr = 0;
	while (code == DVS_EXIT_OK &&
	       (id = getopt_long(argc, argv, ":f:hV", dvs_long_options, NULL)) != -1) {
		word = optind - 1;
		if (id == 'h')
			*ret_help = true;
		else if (id == 'V') {
			printf("dvsctl %s\n", DVS_VERSION);
			exit(DVS_EXIT_OK);
		} else
			code = take_option(ctl, id, argc, argv, argv[word]);
	}
	return code;
}
