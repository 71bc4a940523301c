/* SPDX-License-Identifier: BSD-3-Clause */
#include "rpc.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"

#define CHUNK 65536u

struct dvs_rpc_client {
	int fd;
	unsigned int timeout_ms;
	json_int_t last_id;
	bool is_broken;
};

/* Text of a reply while it arrives. */
struct buffer {
	char *data;
	size_t length, capacity;
};

int dvs_rpc_client_connect(const char *path, unsigned int timeout_ms,
			   struct dvs_rpc_client **ret_rpc, struct dvs_error *err)
{
	struct timeval limit = {.tv_sec = timeout_ms / 1000,
				.tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct dvs_rpc_client *rpc;
	int fd, ret;

	if (strlen(path) >= sizeof(addr.sun_path))
		return dvs_error_set(err, -ENAMETOOLONG, NULL, NULL,
				     "socket path is longer than %zu bytes: %s",
				     sizeof(addr.sun_path) - 1, path);
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return dvs_error_set(err, -errno, NULL, NULL, "socket: %m");
	/* A full backlog makes connect wait; the limit on sending bounds that too. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		ret = dvs_error_set(err, errno == EAGAIN ? -ETIMEDOUT : -errno, NULL, NULL,
				    "%s: %m", path);
		close(fd);
		return ret;
	}
	rpc = calloc(1, sizeof(*rpc));
	if (!rpc) {
		close(fd);
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	}
	rpc->fd = fd;
	rpc->timeout_ms = timeout_ms;
	*ret_rpc = rpc;
	return 0;
}

void dvs_rpc_client_free(struct dvs_rpc_client *rpc)
{
	if (!rpc)
		return;
	close(rpc->fd);
	free(rpc);
}

bool dvs_rpc_client_is_broken(const struct dvs_rpc_client *rpc)
{
	return rpc->is_broken;
}

size_t dvs_json_scan(struct dvs_json_scan *scan, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (scan->is_escaped) {
			scan->is_escaped = false;
		} else if (scan->is_in_string) {
			scan->is_escaped = c == '\\';
			scan->is_in_string = c != '"';
		} else if (c == '"') {
			scan->is_in_string = true;
		} else if (c == '{' || c == '[') {
			scan->depth++;
		} else if ((c == '}' || c == ']') && scan->depth > 0 && --scan->depth == 0) {
			return i + 1;
		}
	}
	return 0;
}

/* Waits until the socket can do what events say; -ETIMEDOUT after the deadline. */
static int wait_for(const struct dvs_rpc_client *rpc, short events, uint64_t deadline_ns)
{
	struct pollfd pfd = {.fd = rpc->fd, .events = events};

	for (;;) {
		uint64_t now_ns = dvs_clock_monotonic_ns(NULL);
		int ret;

		if (now_ns >= deadline_ns)
			return -ETIMEDOUT;
		ret = poll(&pfd, 1, (int)((deadline_ns - now_ns) / 1000000u) + 1);
		if (ret > 0)
			return 0;
		if (ret < 0 && errno != EINTR)
			return -errno;
	}
}

static int send_all(const struct dvs_rpc_client *rpc, const char *text, size_t length,
		    uint64_t deadline_ns)
{
	while (length > 0) {
		ssize_t n = send(rpc->fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			text += n;
			length -= (size_t)n;
		} else if (errno == EAGAIN) {
			int ret = wait_for(rpc, POLLOUT, deadline_ns);

			if (ret < 0)
				return ret;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static int buffer_reserve(struct buffer *buf)
{
	size_t capacity = buf->capacity ? 2 * buf->capacity : CHUNK;
	char *data;

	if (buf->capacity - buf->length >= CHUNK / 2)
		return 0;
	if (capacity > DVS_RPC_CLIENT_REPLY_MAX)
		return -EMSGSIZE;
	data = realloc(buf->data, capacity);
	if (!data)
		return -ENOMEM;
	buf->data = data;
	buf->capacity = capacity;
	return 0;
}

static bool is_blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!strchr(" \t\r\n", text[i]) || text[i] == '\0')
			return false;
	return true;
}

/* Reads one JSON value into buf; buf->length is its end. */
static int receive_text(const struct dvs_rpc_client *rpc, struct buffer *buf, uint64_t deadline_ns)
{
	struct dvs_json_scan scan = {0};

	for (;;) {
		int ret = buffer_reserve(buf);
		size_t end;
		ssize_t n;

		if (ret < 0)
			return ret;
		n = recv(rpc->fd, buf->data + buf->length, buf->capacity - buf->length,
			 MSG_DONTWAIT);
		if (n == 0)
			return -EPIPE;
		if (n < 0 && errno == EAGAIN) {
			ret = wait_for(rpc, POLLIN, deadline_ns);
			if (ret < 0)
				return ret;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		end = dvs_json_scan(&scan, buf->data + buf->length, (size_t)n);
		if (end == 0 && scan.depth == 0 && !is_blank(buf->data + buf->length, (size_t)n))
			return -EPROTO;
		buf->length += end > 0 ? end : (size_t)n;
		if (end > 0)
			return 0;
	}
}

static int receive(const struct dvs_rpc_client *rpc, json_t **ret_reply, uint64_t deadline_ns)
{
	struct buffer buf = {0};
	int ret = receive_text(rpc, &buf, deadline_ns);

	if (ret == 0) {
		*ret_reply = json_loadb(buf.data, buf.length, JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(*ret_reply)) {
			json_decref(*ret_reply);
			ret = -EPROTO;
		}
	}
	free(buf.data);
	return ret;
}

/* Without "NAME: " at its beginning: the server's message names what its data has as well. */
static const char *skip_name(const char *text, const char *name)
{
	size_t length = name ? strlen(name) : 0;

	if (length > 0 && strncmp(text, name, length) == 0 && text[length] == ':' &&
	    text[length + 1] == ' ')
		return text + length + 2;
	return text;
}

/* The server's error object as ours. */
static int answered_error(const json_t *error, struct dvs_error *err)
{
	const json_t *data = json_object_get(error, "data");
	const char *object = json_string_value(json_object_get(data, "object"));
	const char *field = json_string_value(json_object_get(data, "field"));
	const char *text = json_string_value(json_object_get(error, "message"));
	json_int_t code = json_integer_value(json_object_get(data, "errno"));

	if (code < 0)
		code = -code;
	if (code <= 0 || code > 4095)
		code = EREMOTEIO;
	if (!text)
		text = "refused without a reason";
	text = skip_name(skip_name(text, object), field);
	return dvs_error_set(err, -(int)code, object, field, "%s", text);
}

static int broken(struct dvs_rpc_client *rpc, int code, struct dvs_error *err)
{
	rpc->is_broken = true;
	switch (code) {
	case -ETIMEDOUT:
		return dvs_error_set(err, code, NULL, NULL, "no answer within %u seconds",
				     (rpc->timeout_ms + 999) / 1000);
	case -EPIPE:
	case -ECONNRESET:
		return dvs_error_set(err, code, NULL, NULL,
				     "the connection ended before the answer came");
	case -EPROTO:
		return dvs_error_set(err, code, NULL, NULL, "the answer is not JSON-RPC 2.0");
	case -EMSGSIZE:
		return dvs_error_set(err, code, NULL, NULL, "the answer is longer than %u bytes",
				     DVS_RPC_CLIENT_REPLY_MAX);
	default:
		return dvs_error_set(err, code, NULL, NULL, "%s", strerrordesc_np(-code));
	}
}

static int exchange(struct dvs_rpc_client *rpc, const char *request, json_t **ret_reply)
{
	uint64_t deadline_ns = dvs_clock_monotonic_ns(NULL) + (uint64_t)rpc->timeout_ms * 1000000u;
	json_t *reply = NULL;
	int ret = send_all(rpc, request, strlen(request), deadline_ns);

	if (ret == 0)
		ret = send_all(rpc, "\n", 1, deadline_ns);
	if (ret == 0)
		ret = receive(rpc, &reply, deadline_ns);
	if (ret < 0)
		return ret;
	*ret_reply = reply;
	return 0;
}

/* Takes a reply apart: its result, or its error in err. */
static int take_result(struct dvs_rpc_client *rpc, const json_t *reply, json_t **ret_result,
		       struct dvs_error *err)
{
	json_t *error = json_object_get(reply, "error");
	json_t *result = json_object_get(reply, "result");

	if (json_is_object(error))
		return answered_error(error, err);
	if (!result || json_integer_value(json_object_get(reply, "id")) != rpc->last_id)
		return broken(rpc, -EPROTO, err);
	*ret_result = json_incref(result);
	return 0;
}

int dvs_rpc_client_call(struct dvs_rpc_client *rpc, const char *method, json_t *params,
			json_t **ret_result, struct dvs_error *err)
{
	json_t *request, *reply;
	char *text;
	int ret;

	if (rpc->is_broken) {
		json_decref(params);
		return dvs_error_set(err, -ENOTCONN, NULL, NULL, "the connection is broken");
	}
	request = json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id", ++rpc->last_id,
			    "method", method, "params", params);
	text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	json_decref(request);
	if (!text)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	ret = exchange(rpc, text, &reply);
	free(text);
	if (ret < 0)
		return broken(rpc, ret, err);
	ret = take_result(rpc, reply, ret_result, err);
	json_decref(reply);
	return ret;
}
