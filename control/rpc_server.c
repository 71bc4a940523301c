/* SPDX-License-Identifier: BSD-3-Clause */
#include "rpc_server.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "unix_socket.h"

#define OUTPUT_PAUSE	(1u << 20)   /* replies that wait; beyond it requests wait too */
#define BUFFERED_MAX	(256u << 20) /* of all connections, in and out */
#define MESSAGES_A_TURN 16
#define PIECE_MAX	65536 /* looked at in one go */
#define TICKS_MAX	3     /* of half the patience each; see on_tick */

struct connection {
	TAILQ_ENTRY(connection) entry; /* the first is idle for the longest time */
	struct dvs_rpc_server *server;
	struct bufferevent *bev;
	struct event *ticker; /* runs while there is half a message, or replies wait */
	unsigned int half_ticks, unread_ticks;
	struct dvs_rpc_frame frame;
	struct timeval active_since;
	bool is_ended;	 /* the client sends no more */
	bool is_closing; /* only what is in the output is still sent */
};

TAILQ_HEAD(connections, connection);

struct dvs_rpc_server {
	struct event_base *base;
	const struct dvs_rpc *rpc;
	struct dvs_rpc_server_options options;
	struct dvs_unix_socket socket;
	struct evconnlistener *listener;
	struct event *pause_timer; /* pending while nothing is accepted */
	struct connections connections;
	unsigned int n_connections;
};

static void close_connection(struct connection *c)
{
	TAILQ_REMOVE(&c->server->connections, c, entry);
	c->server->n_connections--;
	if (c->ticker)
		event_free(c->ticker);
	bufferevent_free(c->bev);
	free(c);
}

static size_t buffered(const struct dvs_rpc_server *server)
{
	const struct connection *c;
	size_t n = 0;

	TAILQ_FOREACH (c, &server->connections, entry)
		n += evbuffer_get_length(bufferevent_get_input(c->bev)) +
		     evbuffer_get_length(bufferevent_get_output(c->bev));
	return n;
}

static void free_reply(const void *data, size_t length, void *arg)
{
	(void)data;
	(void)length;
	free(arg);
}

static void start_ticking(struct connection *c)
{
	unsigned int ms = c->server->options.patience_ms / 2;
	struct timeval period = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	if (!event_pending(c->ticker, EV_TIMEOUT, NULL))
		event_add(c->ticker, &period);
}

/* The reply is freed when it was sent. */
static void send_reply(struct connection *c, char *reply, size_t length)
{
	struct evbuffer *output = bufferevent_get_output(c->bev);

	if (reply && evbuffer_add_reference(output, reply, length, free_reply, reply) < 0)
		free(reply);
	start_ticking(c);
}

static void on_output(struct evbuffer *output, const struct evbuffer_cb_info *info, void *arg)
{
	struct connection *c = arg;

	(void)output;
	if (info->n_deleted > 0)
		c->unread_ticks = 0;
}

/* Closes the connection once all replies were taken. May free it at once. */
static void close_when_sent(struct connection *c)
{
	c->is_closing = true;
	bufferevent_disable(c->bev, EV_READ);
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
		close_connection(c);
}

static void cut_off(struct connection *c, enum dvs_rpc_code code, const char *why)
{
	size_t length;
	char *reply = dvs_rpc_error_text(code, why, &length);

	dvs_log_info("a client is cut off: %s", why);
	send_reply(c, reply, length);
	close_when_sent(c);
}

static void note_activity(struct connection *c)
{
	event_base_gettimeofday_cached(c->server->base, &c->active_since);
	TAILQ_REMOVE(&c->server->connections, c, entry);
	TAILQ_INSERT_TAIL(&c->server->connections, c, entry);
}

/* Looks at what has come in: as dvs_rpc_frame. */
static int look(struct connection *c, struct evbuffer *input)
{
	int ret = 0;

	while (ret == 0 && c->frame.length < evbuffer_get_length(input)) {
		struct evbuffer_ptr from;
		struct evbuffer_iovec piece;
		size_t n;

		evbuffer_ptr_set(input, &from, c->frame.length, EVBUFFER_PTR_SET);
		if (evbuffer_peek(input, PIECE_MAX, &from, &piece, 1) < 1)
			return -ENOMEM;
		n = piece.iov_len < PIECE_MAX ? piece.iov_len : PIECE_MAX;
		ret = dvs_rpc_frame(&c->frame, piece.iov_base, n);
	}
	return ret;
}

/* Only white space so far: no half message that anyone has to wait for. */
static bool is_blank(const struct connection *c)
{
	return c->frame.depth == 0;
}

static void serve_message(struct connection *c, struct evbuffer *input)
{
	size_t length = c->frame.length, reply_length;
	const char *bytes = (const char *)evbuffer_pullup(input, (ev_ssize_t)length);

	if (bytes) {
		char *reply = dvs_rpc_serve(c->server->rpc, bytes, length, &reply_length);

		send_reply(c, reply, reply_length);
	}
	evbuffer_drain(input, length);
	memset(&c->frame, 0, sizeof(c->frame));
}

/* After all that is complete was served. */
static void keep_half_message(struct connection *c, struct evbuffer *input)
{
	if (is_blank(c)) {
		evbuffer_drain(input, c->frame.length);
		memset(&c->frame, 0, sizeof(c->frame));
	} else {
		start_ticking(c);
	}
}

static void on_readable(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;
	struct evbuffer *input = bufferevent_get_input(bev);
	struct evbuffer *output = bufferevent_get_output(bev);

	if (c->is_closing)
		return;
	note_activity(c);
	for (unsigned int i = 0; i < MESSAGES_A_TURN; i++) {
		int ret;

		/* on_writable goes on. */
		if (evbuffer_get_length(output) >= OUTPUT_PAUSE) {
			bufferevent_disable(bev, EV_READ);
			return;
		}
		ret = look(c, input);
		if (ret == -EBADMSG)
			return cut_off(c, DVS_RPC_PARSE_ERROR,
				       "not JSON: a message is an object or an array");
		if (ret < 0)
			return cut_off(c, DVS_RPC_INVALID_REQUEST,
				       "the message is too long or too deep");
		if (ret == 0 && buffered(c->server) > BUFFERED_MAX)
			return cut_off(c, DVS_RPC_INTERNAL_ERROR, "too much is buffered");
		if (ret == 0 && c->is_ended)
			return close_when_sent(c);
		if (ret == 0)
			return keep_half_message(c, input);
		c->half_ticks = 0;
		serve_message(c, input);
	}
	/* Others first. */
	bufferevent_trigger(bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

/* All replies were taken. */
static void on_writable(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;

	if (c->is_closing) {
		close_connection(c);
		return;
	}
	if ((bufferevent_get_enabled(bev) & EV_READ) == 0) {
		if (!c->is_ended)
			bufferevent_enable(bev, EV_READ);
		bufferevent_trigger(bev, EV_READ,
				    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
	}
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct connection *c = arg;

	/* A client that sends no more still gets the replies to what it has sent. */
	if ((what & BEV_EVENT_EOF) != 0 && !c->is_closing) {
		c->is_ended = true;
		on_readable(bev, c);
		return;
	}
	close_connection(c);
}

/*
 * A client loses its patience after three ticks without progress. One would not do: a call of
 * another client may have held up the loop for longer than that, and this tick comes before what
 * has arrived or was taken meanwhile is seen.
 */
static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	bool is_half = !is_blank(c) && !c->is_closing;
	bool is_unread = evbuffer_get_length(bufferevent_get_output(c->bev)) > 0;

	(void)fd;
	(void)what;
	c->half_ticks = is_half ? c->half_ticks + 1 : 0;
	c->unread_ticks = is_unread ? c->unread_ticks + 1 : 0;
	if (!is_half && !is_unread) {
		event_del(c->ticker);
	} else if (c->unread_ticks >= TICKS_MAX) {
		dvs_log_info("a client is cut off: it does not read its replies");
		close_connection(c);
	} else if (c->half_ticks >= TICKS_MAX) {
		cut_off(c, DVS_RPC_PARSE_ERROR, "not JSON: the message did not end in time");
	}
}

/* A place for one more: false when all are taken and in use. */
static bool make_place(struct dvs_rpc_server *server)
{
	struct connection *oldest = TAILQ_FIRST(&server->connections);
	struct timeval now, idle;

	if (server->n_connections < DVS_RPC_CONNECTIONS_MAX)
		return true;
	event_base_gettimeofday_cached(server->base, &now);
	evutil_timersub(&now, &oldest->active_since, &idle);
	if (idle.tv_sec * 1000 + idle.tv_usec / 1000 < (long)server->options.idle_ms)
		return false;
	dvs_log_info("a client is cut off: it was idle and its place was needed");
	close_connection(oldest);
	return true;
}

static struct connection *make_connection(struct dvs_rpc_server *server, evutil_socket_t fd)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->server = server;
	c->ticker = event_new(server->base, -1, EV_PERSIST, on_tick, c);
	c->bev = c->ticker ? bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE) : NULL;
	if (!c->bev || !evbuffer_add_cb(bufferevent_get_output(c->bev), on_output, c)) {
		if (c->bev)
			bufferevent_free(c->bev);
		if (c->ticker)
			event_free(c->ticker);
		free(c);
		return NULL;
	}
	bufferevent_setcb(c->bev, on_readable, on_writable, on_event, c);
	return c;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
		      int length, void *arg)
{
	static const char full[] =
		"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32000,\"message\":\"too many "
		"connections\"},\"id\":null}\n";
	struct dvs_rpc_server *server = arg;
	struct connection *c;

	(void)listener;
	(void)address;
	(void)length;
	if (!make_place(server)) {
		ssize_t done = write(fd, full, sizeof(full) - 1);

		(void)done;
		close(fd);
		return;
	}
	c = make_connection(server, fd);
	if (!c) {
		close(fd);
		return;
	}
	TAILQ_INSERT_TAIL(&server->connections, c, entry);
	server->n_connections++;
	event_base_gettimeofday_cached(server->base, &c->active_since);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

/* Out of descriptors: not in a loop at full speed. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	const struct timeval second = {.tv_sec = 1};
	struct dvs_rpc_server *server = arg;

	dvs_log_warning("%s: a connection cannot be accepted: %s", server->socket.path,
			strerrordesc_np(errno));
	evconnlistener_disable(listener);
	event_add(server->pause_timer, &second);
}

static void on_pause_timer(evutil_socket_t fd, short what, void *arg)
{
	struct dvs_rpc_server *server = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(server->listener);
}

static void set_defaults(struct dvs_rpc_server_options *options)
{
	if (options->patience_ms == 0)
		options->patience_ms = 10000;
	if (options->idle_ms == 0)
		options->idle_ms = 5000;
}

int dvs_rpc_server_create(struct event_base *base, const struct dvs_rpc *rpc,
			  const struct dvs_rpc_server_options *options,
			  struct dvs_rpc_server **ret_server, struct dvs_error *err)
{
	struct dvs_rpc_server *server = calloc(1, sizeof(*server));
	int ret;

	if (!server)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	ret = dvs_unix_socket_listen(&server->socket, options->path, SOCK_STREAM, options->group,
				     err);
	if (ret < 0) {
		free(server);
		return ret;
	}
	server->base = base;
	server->rpc = rpc;
	server->options = *options;
	set_defaults(&server->options);
	TAILQ_INIT(&server->connections);
	server->pause_timer = event_new(base, -1, 0, on_pause_timer, server);
	server->listener = evconnlistener_new(base, on_accept, server, LEV_OPT_CLOSE_ON_EXEC, 0,
					      server->socket.fd);
	if (!server->pause_timer || !server->listener) {
		dvs_rpc_server_free(server);
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	}
	evconnlistener_set_error_cb(server->listener, on_accept_error);
	*ret_server = server;
	return 0;
}

void dvs_rpc_server_free(struct dvs_rpc_server *server)
{
	if (!server)
		return;
	while (!TAILQ_EMPTY(&server->connections))
		close_connection(TAILQ_FIRST(&server->connections));
	if (server->listener)
		evconnlistener_free(server->listener);
	if (server->pause_timer)
		event_free(server->pause_timer);
	dvs_unix_socket_close(&server->socket);
	free(server);
}

unsigned int dvs_rpc_server_connections(const struct dvs_rpc_server *server)
{
	return server->n_connections;
}
