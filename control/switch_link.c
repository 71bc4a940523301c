/* SPDX-License-Identifier: BSD-3-Clause */
#include "switch_link.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define CONNECT_MIN_MS	250
#define CONNECT_MAX_MS	500  /* guests wait for a switch that has come back */
#define CONNECT_HUNG_MS 2000 /* each attempt at a switch that hangs holds up our clients */
#define CALL_MS		2000
#define PROBE_MS	100 /* to find out whether a switch that has hung still does */
#define RETRY_MS	5000
#define EVENTS_A_TURN	256

struct dvs_switch_link {
	struct event_base *base;
	char *path;
	const struct dvs_intent *intent;
	struct dvs_client *client; /* NULL: not connected */
	struct dvs_reconcile rc;
	struct event *readable; /* of the client */
	struct event *connect_timer;
	struct event *retry_timer;
	unsigned int connect_ms; /* until the next attempt */
	uint64_t boot_epoch;
	uint64_t revision; /* of the intent */
	dvs_adopt_fn adopt;
	void *adopt_arg;
	uint64_t applied_revision;
	uint64_t next_sequence; /* of events; 0 = any */
	struct dvs_error error;
	bool is_error_logged;
};

static void start_timer(struct event *timer, unsigned int ms)
{
	struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	event_add(timer, &wait);
}

static bool is_hung(const struct dvs_switch_link *link)
{
	return link->error.code == -ETIMEDOUT;
}

/* From now, not from when the turn of the event loop began: what has failed may have taken long. */
static void start_connect_timer(struct dvs_switch_link *link)
{
	event_base_update_cache_time(link->base);
	start_timer(link->connect_timer, is_hung(link) ? CONNECT_HUNG_MS : link->connect_ms);
}

static void disconnect(struct dvs_switch_link *link, const struct dvs_error *cause)
{
	char text[512];

	link->error = *cause;
	if (link->error.object[0] == '\0')
		dvs_error_object(&link->error, link->path, NULL);
	if (!link->is_error_logged)
		dvs_log_warning("switch %s%s", dvs_error_print(&link->error, text, sizeof(text)),
				link->revision == 0 ? ""
						    : "; the intent is kept and programmed when it "
						      "is back");
	link->is_error_logged = true;
	if (link->readable)
		event_free(link->readable);
	link->readable = NULL;
	dvs_client_free(link->client);
	link->client = NULL;
	event_del(link->retry_timer);
	start_connect_timer(link);
	link->connect_ms =
		link->connect_ms < CONNECT_MAX_MS / 2 ? 2 * link->connect_ms : CONNECT_MAX_MS;
}

static void log_failures(const struct dvs_switch_link *link, unsigned int n_before)
{
	char text[512];

	if (link->rc.n_failures == n_before)
		return;
	for (unsigned int i = 0; i < link->rc.n_failures && i < 10; i++)
		dvs_log_warning("switch refuses %s; it is tried again",
				dvs_error_print(&link->rc.failures[i].error, text, sizeof(text)));
	if (link->rc.n_failures == 0)
		dvs_log_notice("the switch has taken what it had refused");
	else
		dvs_log_warning("%u objects are not in the switch", link->rc.n_failures);
}

/* After a reconciliation: notes how far the switch is, and when to try again. */
static void note_result(struct dvs_switch_link *link, unsigned int n_before)
{
	log_failures(link, n_before);
	if (link->rc.n_failures == 0)
		link->applied_revision = link->revision;
	else if (!event_pending(link->retry_timer, EV_TIMEOUT, NULL))
		start_timer(link->retry_timer, RETRY_MS);
}

static bool is_empty(const struct dvs_config_set *set)
{
	for (unsigned int t = 0; t < dvs_n_config_types; t++)
		if (dvs_config_set_count(set, dvs_config_types[t]) > 0)
			return false;
	return true;
}

/* Lists what the switch has and programs the difference. */
static void resync(struct dvs_switch_link *link)
{
	unsigned int n_before = link->rc.n_failures;
	struct dvs_error err;
	int ret = dvs_reconcile_list(&link->rc, link->client, &err);

	if (ret == 0 && link->revision == 0 && !is_empty(&link->rc.mirror))
		ret = link->adopt(link->adopt_arg, &link->rc.mirror, &link->revision, &err);
	if (ret == 0)
		ret = dvs_reconcile_all(&link->rc, link->client, link->intent, &err);
	if (ret < 0)
		disconnect(link, &err);
	else
		note_result(link, n_before);
}

static void log_mac(const struct dvs_wire_event *event)
{
	char mac[DVS_MAC_TEXT_LEN];

	dvs_log_notice("segment %.*s: %s %s port %.*s and port %.*s", DVS_NAME_LEN, event->segment,
		       dvs_mac_print(event->mac, mac),
		       event->kind == DVS_EVENT_MAC_DUPLICATE
			       ? "is active on two ports:"
			       : "moves too often and is held for a time; between",
		       DVS_NAME_LEN, event->port, DVS_NAME_LEN - 1, event->text);
}

static void log_event(const struct dvs_wire_event *event)
{
	if (event->kind == DVS_EVENT_MAC_DUPLICATE || event->kind == DVS_EVENT_MAC_HELD)
		log_mac(event);
	if (event->kind == DVS_EVENT_LINK)
		dvs_log_info("port %.*s: link %s%s%.*s", DVS_NAME_LEN, event->port,
			     event->link == DVS_LINK_UP ? "up" : "down", event->text[0] ? ": " : "",
			     (int)sizeof(event->text), event->text);
}

/* True: what we know of the switch is not complete any more. */
static bool is_news(struct dvs_switch_link *link, const struct dvs_wire_event *event)
{
	bool is_gap = link->next_sequence != 0 && event->sequence != link->next_sequence;

	link->next_sequence = event->sequence + 1;
	log_event(event);
	if (is_gap)
		dvs_log_notice("switch %s: events were lost, listing it again", link->path);
	else if (event->kind == DVS_EVENT_CONFIG && event->generation > link->rc.generation)
		dvs_log_notice("switch %s: another client changed its configuration, listing it "
			       "again",
			       link->path);
	else
		return false;
	if (event->kind == DVS_EVENT_CONFIG && event->generation > link->rc.generation)
		link->rc.generation = event->generation;
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct dvs_switch_link *link = arg;
	struct dvs_wire_event event;
	bool is_stale = false;
	int ret = 1;

	(void)fd;
	(void)what;
	for (unsigned int i = 0; i < EVENTS_A_TURN && ret == 1; i++) {
		ret = dvs_client_event(link->client, 0, &event);
		if (ret == 1 && is_news(link, &event))
			is_stale = true;
	}
	if (ret < 0) {
		struct dvs_error err;

		dvs_error_set(&err, -ENOTCONN, NULL, NULL, "the switch has gone away");
		disconnect(link, &err);
	} else if (is_stale || link->rc.is_stale) {
		resync(link);
	}
}

static int watch(struct dvs_switch_link *link, struct dvs_error *err)
{
	int ret = dvs_client_subscribe(link->client, err);

	if (ret < 0)
		return ret;
	link->next_sequence = 0;
	link->readable = event_new(link->base, dvs_client_fd(link->client), EV_READ | EV_PERSIST,
				   on_readable, link);
	if (!link->readable || event_add(link->readable, NULL) < 0)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	return 0;
}

/* A switch that has hung gets little time to show that it is well again, before it gets CALL_MS. */
static int connect_client(struct dvs_switch_link *link, struct dvs_error *err)
{
	struct dvs_client *probe;

	if (is_hung(link)) {
		int ret = dvs_client_connect(link->path, "dvs-controld", PROBE_MS, &probe, err);

		if (ret < 0)
			return ret;
		dvs_client_free(probe);
	}
	return dvs_client_connect(link->path, "dvs-controld", CALL_MS, &link->client, err);
}

/* Subscribed before it lists, so that no change falls in between. */
static void connect_now(struct dvs_switch_link *link)
{
	const struct dvs_wire_hello_reply *hello;
	struct dvs_error err;

	event_del(link->connect_timer);
	if (connect_client(link, &err) < 0 || watch(link, &err) < 0) {
		disconnect(link, &err);
		return;
	}
	hello = dvs_client_hello(link->client);
	dvs_log(DVS_LOG_NOTICE, "switch %s: connected to %.*s, boot epoch %" PRIu64, link->path,
		(int)sizeof(hello->software), hello->software, hello->boot_epoch);
	link->boot_epoch = hello->boot_epoch;
	link->rc.generation = hello->generation;
	link->applied_revision = 0;
	resync(link);
	if (link->client) {
		link->is_error_logged = false;
		link->connect_ms = CONNECT_MIN_MS;
	}
}

static void on_connect_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	connect_now(arg);
}

static void on_retry_timer(evutil_socket_t fd, short what, void *arg)
{
	struct dvs_switch_link *link = arg;

	(void)fd;
	(void)what;
	dvs_switch_link_settle(link, link->revision);
}

int dvs_switch_link_create(struct event_base *base, const char *path,
			   const struct dvs_intent *intent, uint64_t revision, dvs_adopt_fn adopt,
			   void *adopt_arg, struct dvs_switch_link **ret_link)
{
	struct dvs_switch_link *link = calloc(1, sizeof(*link));

	if (!link)
		return -ENOMEM;
	link->base = base;
	link->intent = intent;
	link->revision = revision;
	link->adopt = adopt;
	link->adopt_arg = adopt_arg;
	link->connect_ms = CONNECT_MIN_MS;
	dvs_reconcile_init(&link->rc);
	dvs_error_set(&link->error, -ENOTCONN, NULL, NULL, "not connected yet");
	link->path = strdup(path);
	link->connect_timer = event_new(base, -1, 0, on_connect_timer, link);
	link->retry_timer = event_new(base, -1, 0, on_retry_timer, link);
	if (!link->path || !link->connect_timer || !link->retry_timer) {
		dvs_switch_link_free(link);
		return -ENOMEM;
	}
	start_timer(link->connect_timer, 0);
	*ret_link = link;
	return 0;
}

void dvs_switch_link_free(struct dvs_switch_link *link)
{
	if (!link)
		return;
	if (link->readable)
		event_free(link->readable);
	if (link->connect_timer)
		event_free(link->connect_timer);
	if (link->retry_timer)
		event_free(link->retry_timer);
	dvs_client_free(link->client);
	dvs_reconcile_fini(&link->rc);
	free(link->path);
	free(link);
}

void dvs_switch_link_hurry(struct dvs_switch_link *link)
{
	/* A switch that hangs is not waited for at every change. */
	if (!link->client && !is_hung(link))
		connect_now(link);
}

int dvs_switch_link_change(struct dvs_switch_link *link, struct dvs_error *err)
{
	unsigned int left;
	int ret;

	if (!link->client) {
		*err = link->error;
		return -ENOTCONN;
	}
	ret = dvs_reconcile_change(&link->rc, link->client, link->intent, &left, err);
	if (ret == -ENOTCONN)
		disconnect(link, err);
	return ret;
}

bool dvs_switch_link_settle(struct dvs_switch_link *link, uint64_t revision)
{
	unsigned int n_before = link->rc.n_failures;
	struct dvs_error err;

	link->revision = revision;
	if (!link->client)
		return false;
	if (dvs_reconcile_retry(&link->rc, link->client, link->intent, &err) < 0) {
		disconnect(link, &err);
		return false;
	}
	note_result(link, n_before);
	return link->rc.n_failures == 0;
}

void dvs_switch_link_get_state(const struct dvs_switch_link *link,
			       struct dvs_switch_link_state *ret_state)
{
	*ret_state = (struct dvs_switch_link_state){
		.path = link->path,
		.is_connected = link->client != NULL,
		.boot_epoch = link->boot_epoch,
		.applied_revision = link->applied_revision,
		.failures = link->rc.failures,
		.n_failures = link->rc.n_failures,
		.error = link->error,
	};
}
