/* SPDX-License-Identifier: BSD-3-Clause */
/* dvs-switchd: options, start-up in one ordered list, the control thread's event loop. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/event.h>
#include <rte_eal.h>

#include "environment.h"
#include "log.h"
#include "port_tap.h"
#include "server.h"
#include "standard_streams.h"
#include "switch.h"
#include "unix_socket.h"
#include "vhost.h"

#define DEFAULT_BUFFERS	   16384
#define DEFAULT_MACS	   65536
#define DEFAULT_IDLE_AFTER 300
#define BUFFERS_MIN	   2048
#define BUFFERS_MAX	   4194304
#define DEFAULT_BALANCE	   5
#define BALANCE_MAX	   3600
#define IDLE_AFTER_MAX	   1000000
#define DEFAULT_VHOST_DIR  "/run/dvs/vhost"
#define DEFAULT_STATE_DIR  "/var/lib/dvs"
#define DEFAULT_STATE_DIR  "/var/lib/dvs"

struct options {
	const char *socket;
	const char *socket_group;
	const char *vhost_dir;
	const char *state_dir;
	struct dvs_environment_options eal;
	uint32_t mac_capacity;
	uint32_t idle_after_us;
	uint32_t balance_s;
};

struct daemon {
	struct event_base *base;
	struct dvs_switch *sw;
	struct dvs_server *server;
	struct event *poll_timer, *on_wake;
	struct event *on_term;
	struct event *on_int;
};

static void print_help(void)
{
	printf("Usage: dvs-switchd [OPTION]... [-- EAL-ARGUMENT...]\n"
	       "The packet switch: serves VM NICs over vhost-user and kernel taps. It is\n"
	       "configured by dvs-controld over its socket, and runs in the foreground.\n\n"
	       "  --socket PATH        socket for dvs-controld and dvsctl (%s)\n"
	       "  --socket-group NAME  group that may use the socket (the process's group)\n"
	       "  --vhost-dir DIR      vhost-user sockets of ports without a path of their own\n"
	       "                       (%s)\n"
	       "  --state-dir DIR      what outlives the switch: learnt bindings, sticky MACs,\n"
	       "                       ports that are shut; empty = nothing does (%s)\n"
	       "  --workers N|LIST     number of polling threads, or their CPUs as 2,4-6 (\"3,\"\n"
	       "                       is CPU 3 only); default: one a NUMA node\n"
	       "  --memory KIND        auto, hugepages or ordinary (auto)\n"
	       "  --buffers N          packet buffers of each NUMA node, %d to %d (%d)\n"
	       "  --mac-table N        MAC table entries, 1024 to 1048576 (%d)\n"
	       "  --idle-after US      a worker without frames for so many microseconds sleeps\n"
	       "                       until guests notify it; 0 to %d, 0 = never (%d)\n"
	       "  --balance S          a queue of a busy worker moves to another at most every S\n"
	       "                       seconds; 0 to %d, 0 = never (%d)\n"
	       "  --log-level LEVEL    error, warning, notice, info or debug (info)\n"
	       "  --version            print the version\n"
	       "  --help               print this\n\n"
	       "Exit status: 0 ended by SIGTERM or SIGINT, 1 failure, 2 wrong usage.\n",
	       DVS_WIRE_SOCKET, DEFAULT_VHOST_DIR, DEFAULT_STATE_DIR, BUFFERS_MIN, BUFFERS_MAX,
	       DEFAULT_BUFFERS, DEFAULT_MACS, IDLE_AFTER_MAX, DEFAULT_IDLE_AFTER, BALANCE_MAX,
	       DEFAULT_BALANCE);
}

static int parse_number(const char *name, const char *text, unsigned long min, unsigned long max,
			uint32_t *ret_value)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < min ||
	    value > max) {
		fprintf(stderr, "dvs-switchd: --%s: \"%s\" is not a number from %lu to %lu\n", name,
			text, min, max);
		return -EINVAL;
	}
	*ret_value = (uint32_t)value;
	return 0;
}

static int parse_memory(const char *text, enum dvs_memory *ret_memory)
{
	if (dvs_memory_parse(text, ret_memory) == 0)
		return 0;
	fprintf(stderr, "dvs-switchd: --memory: \"%s\" is not one of auto, hugepages, ordinary\n",
		text);
	return -EINVAL;
}

static int parse_log_level(const char *text)
{
	enum dvs_log_level level;

	if (dvs_log_parse_level(text, &level) < 0) {
		fprintf(stderr,
			"dvs-switchd: --log-level: \"%s\" is not one of error, warning, notice, "
			"info, debug\n",
			text);
		return -EINVAL;
	}
	dvs_log_set_level(level);
	return 0;
}

enum option_id {
	OPT_SOCKET = 256,
	OPT_SOCKET_GROUP,
	OPT_VHOST_DIR,
	OPT_STATE_DIR,
	OPT_WORKERS,
	OPT_MEMORY,
	OPT_BUFFERS,
	OPT_MAC_TABLE,
	OPT_IDLE_AFTER,
	OPT_BALANCE,
	OPT_LOG_LEVEL,
	OPT_VERSION,
	OPT_HELP,
};

static const struct option long_options[] = {
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"socket-group", required_argument, NULL, OPT_SOCKET_GROUP},
	{"vhost-dir", required_argument, NULL, OPT_VHOST_DIR},
	{"state-dir", required_argument, NULL, OPT_STATE_DIR},
	{"workers", required_argument, NULL, OPT_WORKERS},
	{"memory", required_argument, NULL, OPT_MEMORY},
	{"buffers", required_argument, NULL, OPT_BUFFERS},
	{"mac-table", required_argument, NULL, OPT_MAC_TABLE},
	{"idle-after", required_argument, NULL, OPT_IDLE_AFTER},
	{"balance", required_argument, NULL, OPT_BALANCE},
	{"log-level", required_argument, NULL, OPT_LOG_LEVEL},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

/* 0, 1 to exit with success at once, or -EINVAL after a message. */
static int parse_option(int id, const char *arg, struct options *opts)
{
	switch (id) {
	case OPT_SOCKET:
		opts->socket = arg;
		return 0;
	case OPT_SOCKET_GROUP:
		opts->socket_group = arg;
		return 0;
	case OPT_VHOST_DIR:
		opts->vhost_dir = arg;
		return 0;
	case OPT_STATE_DIR:
		opts->state_dir = arg;
		return 0;
	case OPT_WORKERS:
		opts->eal.workers = arg;
		return 0;
	case OPT_MEMORY:
		return parse_memory(arg, &opts->eal.memory);
	case OPT_BUFFERS:
		return parse_number("buffers", arg, BUFFERS_MIN, BUFFERS_MAX, &opts->eal.buffers);
	case OPT_MAC_TABLE:
		return parse_number("mac-table", arg, 1024, 1048576, &opts->mac_capacity);
	case OPT_IDLE_AFTER:
		return parse_number("idle-after", arg, 0, IDLE_AFTER_MAX, &opts->idle_after_us);
	case OPT_BALANCE:
		return parse_number("balance", arg, 0, BALANCE_MAX, &opts->balance_s);
	case OPT_LOG_LEVEL:
		return parse_log_level(arg);
	case OPT_VERSION:
		printf("dvs-switchd %s\n", DVS_VERSION);
		return 1;
	case OPT_HELP:
		print_help();
		return 1;
	default:
		fprintf(stderr, "Try dvs-switchd --help\n");
		return -EINVAL;
	}
}

static int parse_options(int argc, char **argv, struct options *opts)
{
	int id, rc = 0;

	while (rc == 0 && (id = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		rc = parse_option(id, optarg, opts);
	if (rc != 0)
		return rc;
	if (optind < argc && strcmp(argv[optind - 1], "--") != 0) {
		fprintf(stderr, "dvs-switchd: unexpected argument \"%s\"; try --help\n",
			argv[optind]);
		return -EINVAL;
	}
	opts->eal.extra = &argv[optind];
	return 0;
}

/* The timer, or somebody who does not want to wait for it. */
static void on_poll(evutil_socket_t fd, short what, void *arg)
{
	struct timeval next = {0};
	struct daemon *d = arg;
	uint64_t times;

	if ((what & EV_READ) != 0 && read(fd, &times, sizeof(times)) < 0)
		dvs_log_debug("eventfd: %s", strerror(errno));
	next.tv_usec = (suseconds_t)dvs_switch_poll(d->sw);
	event_add(d->poll_timer, &next);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)what;
	dvs_log_notice("signal %d: ending", (int)fd);
	event_base_loopbreak(d->base);
}

static int add_events(struct daemon *d)
{
	const struct timeval at_once = {0};

	d->on_term = evsignal_new(d->base, SIGTERM, on_signal, d);
	d->on_int = evsignal_new(d->base, SIGINT, on_signal, d);
	d->poll_timer = event_new(d->base, -1, 0, on_poll, d);
	d->on_wake =
		event_new(d->base, dvs_switch_wake_fd(d->sw), EV_READ | EV_PERSIST, on_poll, d);
	if (d->on_term == NULL || d->on_int == NULL || d->poll_timer == NULL || d->on_wake == NULL)
		return -ENOMEM;
	if (event_add(d->on_term, NULL) < 0 || event_add(d->on_int, NULL) < 0 ||
	    event_add(d->on_wake, NULL) < 0 || event_add(d->poll_timer, &at_once) < 0)
		return -ENOMEM;
	return 0;
}

/* A port takes eight or so, and the usual limit is 1024. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* A switch that was killed leaves its ports' sockets, also of those that have been deleted since.
 */
static void sweep_sockets(const char *vhost_dir)
{
	int n = dvs_unix_socket_sweep(vhost_dir);

	if (n < 0)
		dvs_log_warning("%s: cannot look for sockets that a switch left: %s", vhost_dir,
				strerror(-n));
	else if (n > 0)
		dvs_log_notice("%s: removed %d socket(s) that a switch left", vhost_dir, n);
}

/* Everything in the order in which it depends on what came before; daemon_stop mirrors it. */
static int daemon_start(struct daemon *d, const struct options *opts, struct dvs_error *err)
{
	struct dvs_switch_options sw_opts = {
		.mac_capacity = opts->mac_capacity,
		.buffers = opts->eal.buffers,
		.idle_after_us = opts->idle_after_us,
		.balance_s = opts->balance_s,
		.vhost_dir = opts->vhost_dir,
		.state_dir = opts->state_dir,
	};
	int rc;

	allow_descriptors();
	d->base = event_base_new();
	if (d->base == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "libevent did not start");
	rc = dvs_environment_init(&opts->eal, &sw_opts, err);
	if (rc < 0)
		return rc;
	rc = dvs_switch_create(&sw_opts, &d->sw, err);
	if (rc < 0)
		return rc;
	dvs_switch_register_kind(d->sw, DVS_PORT_VHOST_USER, &dvs_vhost_ops);
	dvs_switch_register_kind(d->sw, DVS_PORT_TAP, &dvs_tap_ops);
	rc = dvs_switch_start(d->sw);
	if (rc < 0)
		return dvs_error_set(err, rc, NULL, "workers", "workers did not start: %s",
				     strerror(-rc));
	rc = dvs_server_create(d->base, d->sw, opts->socket, opts->socket_group, &d->server, err);
	if (rc < 0)
		return rc;
	sweep_sockets(opts->vhost_dir);
	rc = add_events(d);
	if (rc < 0)
		return dvs_error_set(err, rc, NULL, NULL, "no memory for the event loop");
	dvs_log_notice("dvs-switchd %s is ready: %u worker(s), %s, socket %s", DVS_VERSION,
		       sw_opts.n_workers, sw_opts.memory, opts->socket);
	return 0;
}

static void free_event(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

static void daemon_stop(struct daemon *d)
{
	free_event(d->on_wake);
	free_event(d->poll_timer);
	free_event(d->on_int);
	free_event(d->on_term);
	dvs_server_free(d->server);
	dvs_switch_free(d->sw);
	if (d->base != NULL)
		event_base_free(d->base);
	rte_eal_cleanup();
}

int main(int argc, char **argv)
{
	struct options opts = {
		.socket = DVS_WIRE_SOCKET,
		.vhost_dir = DEFAULT_VHOST_DIR,
		.state_dir = DEFAULT_STATE_DIR,
		.eal = {.buffers = DEFAULT_BUFFERS},
		.mac_capacity = DEFAULT_MACS,
		.idle_after_us = DEFAULT_IDLE_AFTER,
		.balance_s = DEFAULT_BALANCE,
	};
	struct daemon d = {0};
	struct dvs_error err = {0};
	char text[512];
	int rc;

	dvs_standard_streams_hold();
	rc = parse_options(argc, argv, &opts);
	if (rc != 0)
		return rc < 0 ? 2 : 0;
	signal(SIGPIPE, SIG_IGN);
	rc = daemon_start(&d, &opts, &err);
	if (rc < 0)
		dvs_log_error("%s", dvs_error_print(&err, text, sizeof(text)));
	else if (event_base_dispatch(d.base) < 0)
		rc = -EIO;
	daemon_stop(&d);
	return rc < 0 ? 1 : 0;
}
