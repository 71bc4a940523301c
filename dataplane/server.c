/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections of the API server: who may come, what is read, what waits to be sent, who has to go.
 *
 * A client is freed by its own callbacks; by take_connection, to make room, in a callback of no
 * client; and by dvs_server_free. Who finds it broken elsewhere (an event that cannot be sent while
 * another client's request is handled) marks it dead and activates its timer.
 */
#include "server_private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define ACCEPTS_MAX	16  /* connections taken before others get their turn */
#define REQUESTS_MAX	16  /* requests of one client before others get their turn */
#define PAUSE_MS	100 /* without new connections when the process has no descriptor left */
#define LOG_INTERVAL_MS 10000
#define LOG_MAX		20 /* complaints in an interval */

static const struct dvs_server_limits default_limits = {
	.hello_ms = 5000, .unread_ms = 10000, .transaction_ms = 30000};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct timeval to_timeval(uint64_t ms)
{
	return (struct timeval){.tv_sec = (time_t)(ms / 1000),
				.tv_usec = (suseconds_t)(ms % 1000 * 1000)};
}

void dvs_server_complain(struct dvs_server_client *client, const char *format, ...)
{
	struct dvs_server *server = client->server;
	uint64_t now = now_ms();
	char text[640];
	va_list args;

	if (now - server->logged_ms >= LOG_INTERVAL_MS) {
		if (server->n_logged > LOG_MAX)
			dvs_log_warning("%u more messages about clients were not logged",
					server->n_logged - LOG_MAX);
		server->logged_ms = now;
		server->n_logged = 0;
	}
	if (++server->n_logged > LOG_MAX)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	dvs_log_warning("client %s (pid %d): %s", client->has_hello ? client->name : "unknown",
			(int)client->pid, text);
}

static void client_free(struct dvs_server_client *client)
{
	struct dvs_server *server = client->server;
	struct dvs_server_packet *packet;

	while ((packet = TAILQ_FIRST(&client->queue))) {
		TAILQ_REMOVE(&client->queue, packet, link);
		free(packet);
	}
	dvs_transaction_end(server, &client->transaction);
	if (client->on_read)
		event_free(client->on_read);
	if (client->on_write)
		event_free(client->on_write);
	if (client->on_time)
		event_free(client->on_time);
	close(client->fd);
	TAILQ_REMOVE(&server->clients, client, link);
	server->n_clients--;
	dvs_switch_set_clients(server->sw, server->n_clients);
	free(client);
}

/* When the client has waited or kept us waiting for too long; 0 = never. */
static uint64_t client_deadline(const struct dvs_server_client *client)
{
	const struct dvs_server_limits *limits = &client->server->limits;

	if (!TAILQ_EMPTY(&client->queue))
		return client->sent_ms + limits->unread_ms;
	if (!client->has_hello)
		return client->accepted_ms + limits->hello_ms;
	if (client->transaction.is_open)
		return client->transaction.begun_ms + limits->transaction_ms;
	return 0;
}

/* Watches for what the client's state calls for. Does not free it. */
static void client_update(struct dvs_server_client *client)
{
	uint64_t deadline = client_deadline(client), now = now_ms();
	bool has_output = !TAILQ_EMPTY(&client->queue);
	struct timeval left = to_timeval(deadline > now ? deadline - now : 0);

	if (client->is_closing && !has_output)
		client->is_dead = true;
	if (client->is_dead) {
		event_active(client->on_time, EV_TIMEOUT, 0);
		return;
	}
	if (has_output || client->is_closing)
		event_del(client->on_read);
	else if (event_add(client->on_read, NULL) < 0)
		client->is_dead = true;
	if (!has_output)
		event_del(client->on_write);
	else if (event_add(client->on_write, NULL) < 0)
		client->is_dead = true;
	if (deadline == 0)
		event_del(client->on_time);
	else
		event_add(client->on_time, &left);
	if (client->is_dead)
		event_active(client->on_time, EV_TIMEOUT, 0);
}

/* The end of each of the client's callbacks. */
static void client_settle(struct dvs_server_client *client)
{
	if (client->is_dead || (client->is_closing && TAILQ_EMPTY(&client->queue)))
		client_free(client);
	else
		client_update(client);
}

/* 1 = the socket took it, 0 = it has no room now, negative errno = the client is gone. */
static int client_write(struct dvs_server_client *client, const void *data, size_t length)
{
	ssize_t sent;

	do
		sent = send(client->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0) {
		client->sent_ms = now_ms();
		return 1;
	}
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? 0 : -errno;
}

/* Sends a packet after those that wait, or lets it wait. */
static void client_send(struct dvs_server_client *client, const void *data, size_t length)
{
	struct dvs_server_packet *packet;
	int ret = 0;

	if (client->is_dead)
		return;
	if (TAILQ_EMPTY(&client->queue)) {
		ret = client_write(client, data, length);
		client->sent_ms = now_ms();
	}
	if (ret > 0)
		return;
	packet = ret == 0 ? malloc(sizeof(*packet) + length) : NULL;
	if (!packet) {
		client->is_dead = true;
		return;
	}
	packet->length = (uint32_t)length;
	memcpy(packet->data, data, length);
	TAILQ_INSERT_TAIL(&client->queue, packet, link);
	client->n_queued++;
}

static void client_reply(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
			 int status, size_t body_length)
{
	struct dvs_wire_header header = {
		.length = (uint32_t)(sizeof(header) + body_length),
		.type = msg->header.type,
		.flags = DVS_WIRE_REPLY,
		.request_id = msg->header.request_id,
		.status = status,
	};

	memcpy(client->server->out, &header, sizeof(header));
	client_send(client, client->server->out, header.length);
}

static void client_reply_error(struct dvs_server_client *client, const struct dvs_wire_msg *msg,
			       int status, const struct dvs_error *err)
{
	struct dvs_error *body =
		(struct dvs_error *)(client->server->out + sizeof(struct dvs_wire_header));

	*body = *err;
	body->code = status;
	client_reply(client, msg, status, sizeof(*body));
}

/* The last that the client gets: an error about the connection itself. */
static void client_refuse(struct dvs_server_client *client, int code, const char *text)
{
	static const struct dvs_wire_msg none = {.header.type = DVS_WIRE_NONE};
	struct dvs_error err;

	dvs_error_set(&err, code, NULL, NULL, "%s", text);
	client_reply_error(client, &none, code, &err);
	client->is_closing = true;
}

static void client_request(struct dvs_server_client *client, size_t length)
{
	struct dvs_server *server = client->server;
	struct dvs_error err = {0};
	struct dvs_wire_msg msg;
	size_t body_length;
	bool close_after;
	int ret;

	client->received_ms = now_ms();
	ret = length > sizeof(server->in) ? -EMSGSIZE
					  : dvs_wire_decode(server->in, length, false, &msg);
	if (ret < 0) {
		dvs_server_complain(client, "cut off: sent a malformed packet of %zu bytes",
				    length);
		client_refuse(client, ret,
			      ret == -EOPNOTSUPP ? "there is no such request" : "malformed packet");
		return;
	}
	ret = dvs_server_handle(client, &msg, server->out + sizeof(struct dvs_wire_header),
				&body_length, &close_after, &err);
	if (ret < 0)
		client_reply_error(client, &msg, ret, &err);
	else
		client_reply(client, &msg, 0, body_length);
	client->is_closing |= close_after;
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
	struct dvs_server_client *client = arg;

	(void)what;
	for (unsigned int i = 0; i < REQUESTS_MAX; i++) {
		ssize_t length = recv(fd, client->server->in, sizeof(client->server->in),
				      MSG_DONTWAIT | MSG_TRUNC);

		if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
			break;
		if (length <= 0) {
			client->is_dead = true;
			break;
		}
		client_request(client, (size_t)length);
		if (client->is_dead || client->is_closing || !TAILQ_EMPTY(&client->queue))
			break;
	}
	client_settle(client);
}

static void client_send_event(struct dvs_server_client *client, const struct dvs_wire_event *event)
{
	struct dvs_wire_header header = {.type = DVS_WIRE_EVENT, .flags = DVS_WIRE_REPLY};
	uint8_t packet[sizeof(header) + sizeof(*event)];

	header.length = sizeof(packet);
	memcpy(packet, &header, sizeof(header));
	memcpy(packet + sizeof(header), event, sizeof(*event));
	client_send(client, packet, sizeof(packet));
}

static void on_write(evutil_socket_t fd, short what, void *arg)
{
	struct dvs_server_client *client = arg;
	struct dvs_server_packet *packet;
	int ret;

	(void)fd;
	(void)what;
	while ((packet = TAILQ_FIRST(&client->queue))) {
		ret = client_write(client, packet->data, packet->length);
		client->is_dead |= ret < 0;
		if (ret <= 0)
			break;
		TAILQ_REMOVE(&client->queue, packet, link);
		client->n_queued--;
		free(packet);
		if (TAILQ_EMPTY(&client->queue) && client->has_held) {
			client->has_held = false;
			client_send_event(client, &client->held);
		}
	}
	client_settle(client);
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
	struct dvs_server_client *client = arg;
	uint64_t deadline = client_deadline(client);

	(void)fd;
	(void)what;
	if (!client->is_dead && deadline != 0 && now_ms() >= deadline) {
		if (!TAILQ_EMPTY(&client->queue)) {
			dvs_server_complain(client, "cut off: it does not read its replies");
			client->is_dead = true;
		} else if (!client->has_hello) {
			client_refuse(client, -ETIMEDOUT, "no HELLO in time");
		} else {
			dvs_server_complain(client, "cut off: it does not end its transaction");
			client_refuse(client, -ETIMEDOUT, "no commit in time of a transaction");
		}
	}
	client_settle(client);
}

static void on_switch_event(const struct dvs_wire_event *event, void *arg)
{
	struct dvs_server *server = arg;
	struct dvs_server_client *client;

	TAILQ_FOREACH (client, &server->clients, link) {
		struct dvs_wire_event own = *event;

		dvs_server_make_printable(own.text, sizeof(own.text));
		if (!client->is_subscribed || client->is_dead || client->is_closing)
			continue;
		own.sequence = ++client->sequence;
		if (client->has_held || client->n_queued >= DVS_SERVER_EVENTS_MAX) {
			client->held = own;
			client->has_held = true;
			continue;
		}
		client_send_event(client, &own);
		client_update(client);
	}
}

static pid_t peer_pid(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.pid : 0;
}

/* Takes over fd; it is closed on failure. */
static int client_create(struct dvs_server *server, int fd, struct dvs_server_client **ret_client)
{
	struct dvs_server_client *client = calloc(1, sizeof(*client));

	if (!client) {
		close(fd);
		return -ENOMEM;
	}
	client->server = server;
	client->fd = fd;
	client->pid = peer_pid(fd);
	client->accepted_ms = client->received_ms = client->sent_ms = now_ms();
	TAILQ_INIT(&client->queue);
	TAILQ_INSERT_TAIL(&server->clients, client, link);
	server->n_clients++;
	dvs_switch_set_clients(server->sw, server->n_clients);
	client->on_read = event_new(server->base, fd, EV_READ | EV_PERSIST, on_read, client);
	client->on_write = event_new(server->base, fd, EV_WRITE | EV_PERSIST, on_write, client);
	client->on_time = event_new(server->base, -1, 0, on_time, client);
	if (!client->on_read || !client->on_write || !client->on_time) {
		client_free(client);
		return -ENOMEM;
	}
	*ret_client = client;
	return 0;
}

/* The oldest connection that has not said HELLO makes room for the new one. */
static struct dvs_server_client *find_silent(struct dvs_server *server)
{
	struct dvs_server_client *client;

	TAILQ_FOREACH (client, &server->clients, link)
		if (!client->has_hello)
			return client;
	return NULL;
}

static void take_connection(struct dvs_server *server, int fd)
{
	struct dvs_server_client *client, *silent = NULL;
	bool is_full = server->n_clients >= DVS_WIRE_CLIENTS_MAX;

	if (is_full)
		silent = find_silent(server);
	if (client_create(server, fd, &client) < 0)
		return;
	if (is_full && !silent)
		silent = client;
	if (silent) {
		dvs_server_complain(silent, "refused: there are %u connections already",
				    DVS_WIRE_CLIENTS_MAX);
		client_refuse(silent, -EBUSY, "too many connections to the switch");
		client_free(silent); /* its reply is in its socket, which is empty before */
	}
	if (silent != client)
		client_update(client);
}

static void on_connect(evutil_socket_t fd, short what, void *arg)
{
	struct dvs_server *server = arg;
	const struct timeval pause = {.tv_usec = PAUSE_MS * 1000};

	(void)what;
	for (unsigned int i = 0; i < ACCEPTS_MAX; i++) {
		int client_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (client_fd >= 0) {
			take_connection(server, client_fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			dvs_log_warning("socket %s: no new connections for %d ms: %s",
					server->socket.path, PAUSE_MS, strerrordesc_np(errno));
			event_del(server->on_connect);
			event_add(server->on_resume, &pause);
		}
		break;
	}
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct dvs_server *server = arg;

	(void)fd;
	(void)what;
	event_add(server->on_connect, NULL);
}

int dvs_server_create(struct event_base *base, struct dvs_switch *sw, const char *path,
		      const char *group, struct dvs_server **ret_server, struct dvs_error *err)
{
	struct dvs_server *server = calloc(1, sizeof(*server));
	int ret;

	if (!server)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	server->base = base;
	server->sw = sw;
	server->limits = default_limits;
	TAILQ_INIT(&server->clients);
	ret = dvs_unix_socket_listen(&server->socket, path, SOCK_SEQPACKET, group, err);
	if (ret < 0) {
		free(server);
		return ret;
	}
	server->on_connect =
		event_new(base, server->socket.fd, EV_READ | EV_PERSIST, on_connect, server);
	server->on_resume = event_new(base, -1, 0, on_resume, server);
	if (!server->on_connect || !server->on_resume || event_add(server->on_connect, NULL) < 0) {
		dvs_server_free(server);
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory for the event loop");
	}
	dvs_switch_set_event_fn(sw, on_switch_event, server);
	*ret_server = server;
	return 0;
}

void dvs_server_free(struct dvs_server *server)
{
	struct dvs_server_client *client;

	if (!server)
		return;
	dvs_switch_set_event_fn(server->sw, NULL, NULL);
	while ((client = TAILQ_FIRST(&server->clients)))
		client_free(client);
	if (server->on_connect)
		event_free(server->on_connect);
	if (server->on_resume)
		event_free(server->on_resume);
	dvs_unix_socket_close(&server->socket);
	free(server);
}

void dvs_server_set_limits(struct dvs_server *server, const struct dvs_server_limits *limits)
{
	server->limits = *limits;
}
