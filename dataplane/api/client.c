/* SPDX-License-Identifier: BSD-3-Clause */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define EVENTS_MAX    256u /* queued; a power of two */
#define COMMIT_FACTOR 10   /* a commit may take that many time limits */

struct dvs_client {
	int fd;	      /* the connection; shut down when it is broken */
	int wake_fd;  /* eventfd, readable while events are queued */
	int epoll_fd; /* both, for the caller's event loop */
	bool is_broken;
	unsigned int timeout_ms;
	uint32_t last_id;
	struct dvs_wire_hello_reply hello;
	uint32_t events_head, events_tail; /* [tail, head) modulo EVENTS_MAX are queued */
	struct dvs_wire_event events[EVENTS_MAX];
	_Alignas(8) uint8_t packet[DVS_WIRE_MSG_MAX];
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The connection is of no more use: its fd becomes readable (end of file) and stays so. */
static void give_up(struct dvs_client *client)
{
	client->is_broken = true;
	shutdown(client->fd, SHUT_RDWR);
}

static int fail(struct dvs_client *client, struct dvs_error *err, int code, const char *text)
{
	give_up(client);
	return dvs_error_set(err, code, NULL, NULL, "%s", text);
}

static bool has_events(const struct dvs_client *client)
{
	return client->events_head != client->events_tail;
}

/* A failure leaves dvs_client_fd not readable: nothing worse than a late event. */
static void set_wake(struct dvs_client *client, bool on)
{
	uint64_t count = 1;
	ssize_t done = on ? write(client->wake_fd, &count, sizeof(count))
			  : read(client->wake_fd, &count, sizeof(count));

	(void)done;
}

static void queue_event(struct dvs_client *client, const struct dvs_wire_event *event)
{
	if (client->events_head - client->events_tail == EVENTS_MAX)
		client->events_tail++;
	if (!has_events(client))
		set_wake(client, true);
	client->events[client->events_head++ % EVENTS_MAX] = *event;
}

static int wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};

	for (;;) {
		int64_t left = deadline - now_ms();
		int ret;

		if (left < 0)
			left = 0;
		ret = poll(&poll_fd, 1, (int)left);
		if (ret > 0)
			return 0;
		if (ret == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

static int send_packet(struct dvs_client *client, int length, int64_t deadline)
{
	int ret;

	while (send(client->fd, client->packet, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return -errno;
		ret = wait_for(client->fd, POLLOUT, deadline);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* One packet, decoded, if there is one: 1; 0 when there is none now; -EPIPE at the end of the
 * connection, -EPROTO for a packet that is no reply and no event. ECONNRESET is said once when the
 * switch closed with requests unread; what it sent before that is still there. */
static int receive_packet(struct dvs_client *client, struct dvs_wire_msg *ret_msg)
{
	ssize_t length;

	do
		length = recv(client->fd, client->packet, sizeof(client->packet),
			      MSG_DONTWAIT | MSG_TRUNC);
	while (length < 0 && (errno == EINTR || errno == ECONNRESET));
	if (length < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -EPIPE;
	if (length == 0)
		return -EPIPE;
	if (length > DVS_WIRE_MSG_MAX ||
	    dvs_wire_decode(client->packet, (size_t)length, true, ret_msg) < 0)
		return -EPROTO;
	return 1;
}

/* The next packet that is not an event; events are queued. */
static int receive_reply(struct dvs_client *client, int64_t deadline, struct dvs_wire_msg *ret_msg)
{
	for (;;) {
		struct dvs_wire_msg msg;
		int ret = receive_packet(client, &msg);

		if (ret == 0)
			ret = wait_for(client->fd, POLLIN, deadline);
		else if (ret > 0 && now_ms() > deadline)
			ret = -ETIMEDOUT;
		else if (ret > 0 && msg.header.type == DVS_WIRE_EVENT)
			queue_event(client, msg.body);
		else if (ret > 0)
			*ret_msg = msg;
		if (ret < 0 || (ret > 0 && msg.header.type != DVS_WIRE_EVENT))
			return ret;
	}
}

static int call_failed(struct dvs_client *client, int code, struct dvs_error *err)
{
	switch (code) {
	case -ETIMEDOUT:
		return fail(client, err, code, "the switch did not answer in time");
	case -EPIPE:
	case -ECONNRESET:
		return fail(client, err, -EPIPE, "the switch closed the connection");
	case -EPROTO:
		return fail(client, err, code, "the switch sent a malformed packet");
	default:
		return fail(client, err, code, strerrordesc_np(-code));
	}
}

/*
 * Sends a request and waits for its reply. A reply with an error fills err and returns its code;
 * ret_msg is valid until the next call.
 */
static int call(struct dvs_client *client, uint16_t type, const void *body, size_t body_length,
		const void *tail, size_t tail_length, struct dvs_wire_msg *ret_msg,
		struct dvs_error *err)
{
	unsigned int factor = type == DVS_WIRE_TXN_COMMIT ? COMMIT_FACTOR : 1;
	int64_t deadline = now_ms() + (int64_t)client->timeout_ms * factor;
	struct dvs_wire_header header = {.type = type};
	struct dvs_wire_msg msg;
	int ret, sent;

	if (client->is_broken)
		return dvs_error_set(err, -ENOTCONN, NULL, NULL, "no connection to the switch");
	if (++client->last_id == 0)
		client->last_id = 1;
	header.request_id = client->last_id;
	ret = dvs_wire_encode(client->packet, &header, body, body_length, tail, tail_length);
	if (ret < 0)
		return dvs_error_set(err, ret, NULL, NULL, "the request is too long");
	/* A switch that closes the connection may have said why: read that in any case. */
	sent = send_packet(client, ret, deadline);
	ret = sent == 0 || sent == -EPIPE || sent == -ECONNRESET
		      ? receive_reply(client, deadline, &msg)
		      : sent;
	if (ret < 0)
		return call_failed(client, ret, err);
	if (msg.header.type == DVS_WIRE_NONE) {
		give_up(client);
	} else if (msg.header.type != type || msg.header.request_id != header.request_id) {
		return fail(client, err, -EPROTO, "the switch answered another request");
	}
	if (msg.error) {
		if (err)
			*err = *msg.error;
		return msg.header.status;
	}
	*ret_msg = msg;
	return 0;
}

static int connect_failed(const char *path, int code, struct dvs_error *err)
{
	switch (code) {
	case -ENOENT:
		return dvs_error_set(err, code, path, NULL,
				     "no such socket; is dvs-switchd running?");
	case -ECONNREFUSED:
		return dvs_error_set(err, code, path, NULL,
				     "nobody listens; is dvs-switchd running?");
	case -EACCES:
		return dvs_error_set(err, code, path, NULL,
				     "permission denied; try as root or as a member of the "
				     "socket's group");
	case -EAGAIN:
		return dvs_error_set(err, -ETIMEDOUT, path, NULL,
				     "the switch did not take the connection in time");
	default:
		return dvs_error_set(err, code, path, NULL, "%s", strerrordesc_np(-code));
	}
}

static int open_socket(struct dvs_client *client, const char *path, struct dvs_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = client->timeout_ms / 1000,
				.tv_usec = client->timeout_ms % 1000 * 1000};

	if (strlen(path) >= sizeof(address.sun_path))
		return dvs_error_set(err, -ENAMETOOLONG, path, NULL,
				     "a socket's path has at most %zu bytes",
				     sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	client->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		return connect_failed(path, -errno, err);
	/* Bounds connect() while the switch's backlog is full. */
	setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(client->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return connect_failed(path, -errno, err);
	return 0;
}

static int open_loop_fds(struct dvs_client *client, struct dvs_error *err)
{
	struct epoll_event readable = {.events = EPOLLIN};

	client->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	client->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (client->wake_fd < 0 || client->epoll_fd < 0 ||
	    epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, client->fd, &readable) < 0 ||
	    epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, client->wake_fd, &readable) < 0)
		return dvs_error_set(err, -errno, NULL, NULL, "cannot watch the connection: %s",
				     strerrordesc_np(errno));
	return 0;
}

static int say_hello(struct dvs_client *client, const char *name, struct dvs_error *err)
{
	struct dvs_wire_hello hello = {.version_min = DVS_WIRE_VERSION_MIN,
				       .version_max = DVS_WIRE_VERSION};
	struct dvs_wire_msg msg;
	int ret;

	dvs_text_copy(hello.client, sizeof(hello.client), name);
	ret = call(client, DVS_WIRE_HELLO, &hello, sizeof(hello), NULL, 0, &msg, err);
	if (ret < 0)
		return ret;
	memcpy(&client->hello, msg.body, sizeof(client->hello));
	if (client->hello.version < DVS_WIRE_VERSION_MIN ||
	    client->hello.version > DVS_WIRE_VERSION)
		return fail(client, err, -EPROTONOSUPPORT,
			    "the switch chose a protocol version that was not offered");
	return 0;
}

int dvs_client_connect(const char *path, const char *name, unsigned int timeout_ms,
		       struct dvs_client **ret_client, struct dvs_error *err)
{
	struct dvs_client *client = calloc(1, sizeof(*client));
	int ret;

	if (!client)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	client->fd = client->wake_fd = client->epoll_fd = -1;
	client->timeout_ms = timeout_ms;
	if (!path)
		path = DVS_WIRE_SOCKET;
	ret = open_socket(client, path, err);
	if (ret == 0)
		ret = open_loop_fds(client, err);
	if (ret == 0)
		ret = say_hello(client, name, err);
	if (ret < 0) {
		if (err && err->object[0] == '\0')
			dvs_text_copy(err->object, sizeof(err->object), path);
		dvs_client_free(client);
		return ret;
	}
	*ret_client = client;
	return 0;
}

void dvs_client_free(struct dvs_client *client)
{
	if (!client)
		return;
	if (client->epoll_fd >= 0)
		close(client->epoll_fd);
	if (client->wake_fd >= 0)
		close(client->wake_fd);
	if (client->fd >= 0)
		close(client->fd);
	free(client);
}

int dvs_client_fd(const struct dvs_client *client)
{
	return client->epoll_fd;
}

const struct dvs_wire_hello_reply *dvs_client_hello(const struct dvs_client *client)
{
	return &client->hello;
}

int dvs_client_begin(struct dvs_client *client, struct dvs_error *err)
{
	struct dvs_wire_msg msg;

	return call(client, DVS_WIRE_TXN_BEGIN, NULL, 0, NULL, 0, &msg, err);
}

static int send_object(struct dvs_client *client, uint16_t request, const struct dvs_type *type,
		       const void *object, struct dvs_error *err)
{
	struct dvs_wire_object body = {.type = type->id, .size = type->size};
	struct dvs_wire_msg msg;

	return call(client, request, &body, sizeof(body), object, type->size, &msg, err);
}

int dvs_client_put(struct dvs_client *client, const struct dvs_type *type, const void *object,
		   struct dvs_error *err)
{
	return send_object(client, DVS_WIRE_OBJECT_PUT, type, object, err);
}

int dvs_client_delete(struct dvs_client *client, const struct dvs_type *type, const void *object,
		      struct dvs_error *err)
{
	return send_object(client, DVS_WIRE_OBJECT_DELETE, type, object, err);
}

int dvs_client_commit(struct dvs_client *client, uint64_t *ret_generation, struct dvs_error *err)
{
	struct dvs_wire_commit_reply reply;
	struct dvs_wire_msg msg;
	int ret = call(client, DVS_WIRE_TXN_COMMIT, NULL, 0, NULL, 0, &msg, err);

	if (ret < 0)
		return ret;
	memcpy(&reply, msg.body, sizeof(reply));
	if (ret_generation)
		*ret_generation = reply.generation;
	return 0;
}

int dvs_client_abort(struct dvs_client *client, struct dvs_error *err)
{
	struct dvs_wire_msg msg;

	return call(client, DVS_WIRE_TXN_ABORT, NULL, 0, NULL, 0, &msg, err);
}

/* The records of one reply, one after the other in our size. */
static int deliver_records(const struct dvs_type *type, const struct dvs_wire_dump_reply *reply,
			   const uint8_t *records, dvs_client_record_fn fn, void *arg,
			   struct dvs_error *err)
{
	_Alignas(8) uint8_t object[DVS_RECORD_MAX];

	for (uint32_t i = 0; i < reply->count; i++) {
		int ret = dvs_wire_object(type, records + (size_t)i * reply->size, reply->size,
					  object, err);

		if (ret == 0)
			ret = fn(type, object, arg);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int dvs_client_dump(struct dvs_client *client, const struct dvs_type *type, dvs_client_record_fn fn,
		    void *arg, struct dvs_error *err)
{
	struct dvs_wire_dump request = {.type = type->id};
	struct dvs_wire_dump_reply reply;
	struct dvs_wire_msg msg;
	int ret;

	for (;;) {
		ret = call(client, DVS_WIRE_DUMP, &request, sizeof(request), NULL, 0, &msg, err);
		if (ret < 0)
			return ret;
		memcpy(&reply, msg.body, sizeof(reply));
		if (reply.type != type->id)
			return fail(client, err, -EPROTO, "the switch dumped another type");
		ret = deliver_records(type, &reply, msg.tail, fn, arg, err);
		if (ret < 0 || reply.next_cursor == 0)
			return ret;
		if (reply.next_cursor <= request.cursor)
			return fail(client, err, -EPROTO, "the switch's dump does not get on");
		request.cursor = reply.next_cursor;
	}
}

int dvs_client_mac_flush(struct dvs_client *client, const char *segment, const char *port,
			 uint32_t *ret_flushed, struct dvs_error *err)
{
	struct dvs_wire_mac_flush_reply reply;
	struct dvs_wire_mac_flush body = {0};
	struct dvs_wire_msg msg;
	int ret;

	if (strlen(segment ? segment : "") >= sizeof(body.segment))
		return dvs_error_set(err, -E2BIG, NULL, "segment", "'%s' is too long", segment);
	if (strlen(port ? port : "") >= sizeof(body.port))
		return dvs_error_set(err, -E2BIG, NULL, "port", "'%s' is too long", port);
	strcpy(body.segment, segment ? segment : "");
	strcpy(body.port, port ? port : "");
	ret = call(client, DVS_WIRE_MAC_FLUSH, &body, sizeof(body), NULL, 0, &msg, err);
	if (ret < 0)
		return ret;
	memcpy(&reply, msg.body, sizeof(reply));
	if (ret_flushed)
		*ret_flushed = reply.flushed;
	return 0;
}

int dvs_client_subscribe(struct dvs_client *client, struct dvs_error *err)
{
	struct dvs_wire_msg msg;

	return call(client, DVS_WIRE_SUBSCRIBE, NULL, 0, NULL, 0, &msg, err);
}

static void take_event(struct dvs_client *client, struct dvs_wire_event *ret_event)
{
	*ret_event = client->events[client->events_tail++ % EVENTS_MAX];
	if (!has_events(client))
		set_wake(client, false);
}

/* What is in the socket goes into the queue; anything but an event ends the connection. */
static int fetch_event(struct dvs_client *client)
{
	struct dvs_wire_msg msg;
	int ret;

	if (client->is_broken)
		return -EPIPE;
	ret = receive_packet(client, &msg);
	if (ret > 0 && msg.header.type == DVS_WIRE_EVENT) {
		queue_event(client, msg.body);
	} else if (ret != 0) {
		give_up(client);
		return -EPIPE;
	}
	return ret;
}

int dvs_client_event(struct dvs_client *client, int wait_ms, struct dvs_wire_event *ret_event)
{
	int64_t deadline = now_ms() + wait_ms;

	while (!has_events(client)) {
		int ret = fetch_event(client);

		if (ret < 0)
			return ret;
		if (ret > 0)
			break;
		if (wait_ms == 0)
			return 0;
		if (wait_ms < 0)
			deadline = now_ms() + 60000;
		ret = wait_for(client->fd, POLLIN, deadline);
		if (ret == -ETIMEDOUT && wait_ms > 0)
			return 0;
		if (ret < 0 && ret != -ETIMEDOUT)
			return ret;
	}
	take_event(client, ret_event);
	return 1;
}
