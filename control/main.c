/* SPDX-License-Identifier: BSD-3-Clause */
/* dvs-controld: options, and the event loop until a signal ends it. */
#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "methods.h"
#include "rpc_server.h"
#include "standard_streams.h"

#define STORE_PATH "/var/lib/dvs/intent.db"

struct options {
	struct dvs_rpc_server_options server;
	const char *switch_socket;
	const char *store;
};

static const char usage[] =
	"Usage: dvs-controld [OPTION]...\n"
	"Keeps the operator's intent and programs dvs-switchd with it.\n"
	"\n"
	"  --socket PATH         operator API, JSON-RPC 2.0 (" DVS_RPC_SOCKET ")\n"
	"  --socket-group GROUP  group that may use it\n"
	"  --switch-socket PATH  socket of dvs-switchd (" DVS_WIRE_SOCKET ")\n"
	"  --store PATH          SQLite file with the intent (" STORE_PATH ")\n"
	"  --log-level LEVEL     error, warning, notice, info or debug (info)\n"
	"  --version             print the version and exit\n"
	"  --help                print this and exit\n"
	"\n"
	"Exit status: 0 ended by a signal, 1 could not start, 2 wrong usage.\n";

enum {
	OPTION_SOCKET = 256,
	OPTION_SOCKET_GROUP,
	OPTION_SWITCH_SOCKET,
	OPTION_STORE,
	OPTION_LOG_LEVEL,
	OPTION_VERSION,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{"socket", required_argument, NULL, OPTION_SOCKET},
	{"socket-group", required_argument, NULL, OPTION_SOCKET_GROUP},
	{"switch-socket", required_argument, NULL, OPTION_SWITCH_SOCKET},
	{"store", required_argument, NULL, OPTION_STORE},
	{"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
	{"version", no_argument, NULL, OPTION_VERSION},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

static void set_log_level(const char *text)
{
	enum dvs_log_level level;

	if (dvs_log_parse_level(text, &level) < 0) {
		fprintf(stderr,
			"dvs-controld: --log-level: '%s' is not valid; allowed: error, warning, "
			"notice, info, debug\n",
			text);
		exit(2);
	}
	dvs_log_set_level(level);
}

static void take_option(struct options *options, int option)
{
	switch (option) {
	case OPTION_SOCKET:
		options->server.path = optarg;
		break;
	case OPTION_SOCKET_GROUP:
		options->server.group = optarg;
		break;
	case OPTION_SWITCH_SOCKET:
		options->switch_socket = optarg;
		break;
	case OPTION_STORE:
		options->store = optarg;
		break;
	case OPTION_LOG_LEVEL:
		set_log_level(optarg);
		break;
	case OPTION_VERSION:
		printf("dvs-controld %s\n", DVS_VERSION);
		exit(0);
	case OPTION_HELP:
		fputs(usage, stdout);
		exit(0);
	default:
		fputs("Try 'dvs-controld --help'.\n", stderr);
		exit(2);
	}
}

static void parse_options(int argc, char **argv, struct options *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		take_option(options, option);
	if (optind < argc) {
		fprintf(stderr, "dvs-controld: unknown argument '%s'\n%s", argv[optind],
			"Try 'dvs-controld --help'.\n");
		exit(2);
	}
}

/* The directory of a path of ours, when it is missing: a first start on a bare system. */
static void make_directory_of(const char *path, mode_t mode)
{
	char *directory = strdup(path), *slash = directory ? strrchr(directory, '/') : NULL;

	if (slash && slash != directory) {
		*slash = '\0';
		if (mkdir(directory, mode) < 0 && errno != EEXIST)
			dvs_log_warning("%s: the directory cannot be made: %s", directory,
					strerrordesc_np(errno));
	}
	free(directory);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	(void)what;
	dvs_log_notice("ending: %s", strsignal((int)number));
	event_base_loopbreak(arg);
}

static int fail(const struct dvs_error *err)
{
	char text[512];

	dvs_log_error("cannot start: %s", dvs_error_print(err, text, sizeof(text)));
	return 1;
}

/* Everything that has to be freed, in the order in which it is made. */
struct daemon {
	struct event_base *base;
	struct event *signals[2];
	struct dvs_control *control;
	struct dvs_rpc rpc;
	struct dvs_rpc_server *server;
};

static int start_loop(struct daemon *daemon, struct dvs_error *err)
{
	static const int numbers[] = {SIGTERM, SIGINT};

	signal(SIGPIPE, SIG_IGN);
	daemon->base = event_base_new();
	if (!daemon->base)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no event loop");
	for (unsigned int i = 0; i < 2; i++) {
		daemon->signals[i] =
			evsignal_new(daemon->base, numbers[i], on_signal, daemon->base);
		if (!daemon->signals[i] || event_add(daemon->signals[i], NULL) < 0)
			return dvs_error_set(err, -ENOMEM, NULL, NULL, "no signal handler");
	}
	return 0;
}

static int start_control(struct daemon *daemon, const struct options *options,
			 struct dvs_error *err)
{
	struct dvs_store *store;
	int ret = dvs_store_open_sqlite(options->store, &store, err);

	if (ret < 0)
		return ret;
	ret = dvs_control_create(daemon->base, store, options->switch_socket, &daemon->control,
				 err);
	if (ret < 0)
		dvs_store_close(store);
	return ret;
}

/* The socket comes last: whoever finds it finds a daemon that is ready. */
static int start(struct daemon *daemon, const struct options *options, struct dvs_error *err)
{
	int ret = start_loop(daemon, err);

	if (ret == 0)
		ret = start_control(daemon, options, err);
	if (ret < 0)
		return ret;
	daemon->rpc = (struct dvs_rpc){dvs_control_methods, daemon->control};
	return dvs_rpc_server_create(daemon->base, &daemon->rpc, &options->server, &daemon->server,
				     err);
}

static void stop(struct daemon *daemon)
{
	dvs_rpc_server_free(daemon->server);
	dvs_control_free(daemon->control);
	for (unsigned int i = 0; i < 2; i++)
		if (daemon->signals[i])
			event_free(daemon->signals[i]);
	if (daemon->base)
		event_base_free(daemon->base);
}

int main(int argc, char **argv)
{
	struct options options = {
		.server = {.path = DVS_RPC_SOCKET},
		.switch_socket = DVS_WIRE_SOCKET,
		.store = STORE_PATH,
	};
	struct daemon daemon = {0};
	struct dvs_error err = {0};
	int status = 0;

	dvs_standard_streams_hold();
	parse_options(argc, argv, &options);
	umask(0027);
	make_directory_of(options.server.path, 0755);
	make_directory_of(options.store, 0750);
	if (start(&daemon, &options, &err) < 0) {
		status = fail(&err);
	} else {
		dvs_log_notice(
			"dvs-controld %s: %s, store %s at revision %llu", DVS_VERSION,
			options.server.path, options.store,
			(unsigned long long)dvs_store_revision(dvs_control_store(daemon.control)));
		event_base_dispatch(daemon.base);
	}
	stop(&daemon);
	return status;
}
