/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/api: the decoder against lies, objects of other ages, the client against a peer that
 * follows a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"
#include "wire.h"

static _Alignas(8) uint8_t packet[DVS_WIRE_MSG_MAX];

static int encode(uint16_t type, bool is_reply, int status, const void *body, size_t body_length,
		  const void *tail, size_t tail_length)
{
	struct dvs_wire_header header = {.type = type,
					 .flags = is_reply ? DVS_WIRE_REPLY : 0,
					 .request_id = type == DVS_WIRE_EVENT ? 0 : 7,
					 .status = status};

	return dvs_wire_encode(packet, &header, body, body_length, tail, tail_length);
}

static struct dvs_wire_header *packet_header(void)
{
	return (struct dvs_wire_header *)packet;
}

static int decode(int length, bool is_reply)
{
	struct dvs_wire_msg msg;

	return dvs_wire_decode(packet, (size_t)length, is_reply, &msg);
}

static void decode_requests(void **state)
{
	struct dvs_wire_hello hello = {.version_max = 1, .client = "test"};
	struct dvs_wire_msg msg = {0};
	int length = encode(DVS_WIRE_HELLO, false, 0, &hello, sizeof(hello), NULL, 0);

	(void)state;
	assert_int_equal(length, 56);
	assert_int_equal(dvs_wire_decode(packet, 56, false, &msg), 0);
	assert_memory_equal(msg.body, &hello, sizeof(hello));
	assert_int_equal(msg.tail_length, 0);
	for (int i = 0; i < 56; i++) {
		assert_int_equal(decode(i, false), -EBADMSG);
		if (i >= 16) {
			packet_header()->length = (uint32_t)i;
			assert_int_equal(decode(i, false), -EBADMSG);
			packet_header()->length = 56;
		}
	}
	assert_int_equal(decode(57, false), -EBADMSG);
	assert_int_equal(decode(56, true), -EBADMSG);
	packet_header()->status = -1;
	assert_int_equal(decode(56, false), -EBADMSG);
	packet_header()->status = 0;
	packet_header()->flags = 2;
	assert_int_equal(decode(56, false), -EBADMSG);
	packet_header()->flags = 0;
	packet_header()->type = DVS_WIRE_N_TYPES;
	assert_int_equal(decode(56, false), -EOPNOTSUPP);
	packet_header()->type = DVS_WIRE_NONE;
	assert_int_equal(decode(56, false), -EOPNOTSUPP);
	packet_header()->type = DVS_WIRE_EVENT;
	assert_int_equal(decode(56, false), -EOPNOTSUPP);
	packet_header()->type = DVS_WIRE_HELLO;
	assert_int_equal(decode(56, false), 0);
}

static void decode_strings(void **state)
{
	struct dvs_wire_hello hello = {.version_max = 1};
	struct dvs_wire_mac_flush flush = {.segment = "lan"};
	int length;

	(void)state;
	memset(hello.client, 'a', sizeof(hello.client));
	length = encode(DVS_WIRE_HELLO, false, 0, &hello, sizeof(hello), NULL, 0);
	assert_int_equal(decode(length, false), -EBADMSG);
	strcpy(hello.client, "evil\nname");
	length = encode(DVS_WIRE_HELLO, false, 0, &hello, sizeof(hello), NULL, 0);
	assert_int_equal(decode(length, false), -EBADMSG);
	length = encode(DVS_WIRE_MAC_FLUSH, false, 0, &flush, sizeof(flush), NULL, 0);
	assert_int_equal(decode(length, false), 0);
	memset(flush.port, 'a', sizeof(flush.port));
	length = encode(DVS_WIRE_MAC_FLUSH, false, 0, &flush, sizeof(flush), NULL, 0);
	assert_int_equal(decode(length, false), -EBADMSG);
}

static void decode_objects(void **state)
{
	struct dvs_segment segment = {.name = "lan"};
	struct dvs_wire_object object = {.type = DVS_TYPE_SEGMENT, .size = sizeof(segment)};
	struct dvs_wire_msg msg = {0};
	int length = encode(DVS_WIRE_OBJECT_PUT, false, 0, &object, sizeof(object), &segment,
			    sizeof(segment));

	(void)state;
	assert_int_equal(dvs_wire_decode(packet, (size_t)length, false, &msg), 0);
	assert_int_equal(msg.tail_length, sizeof(segment));
	assert_memory_equal(msg.tail, &segment, sizeof(segment));
	object.size++;
	length = encode(DVS_WIRE_OBJECT_PUT, false, 0, &object, sizeof(object), &segment,
			sizeof(segment));
	assert_int_equal(decode(length, false), -EBADMSG);
	object.size = 0;
	length = encode(DVS_WIRE_OBJECT_PUT, false, 0, &object, sizeof(object), NULL, 0);
	assert_int_equal(decode(length, false), -EBADMSG);
	object.size = DVS_RECORD_MAX + 1;
	length = encode(DVS_WIRE_OBJECT_PUT, false, 0, &object, sizeof(object),
			(uint8_t[DVS_RECORD_MAX + 1]){0}, DVS_RECORD_MAX + 1);
	assert_int_equal(decode(length, false), -EBADMSG);
	length = encode(DVS_WIRE_OBJECT_PUT, false, 0, &object, 4, NULL, 0);
	assert_int_equal(decode(length, false), -EBADMSG);
}

static void decode_dump_replies(void **state)
{
	struct dvs_wire_dump_reply reply = {.type = DVS_TYPE_MAC, .size = 72, .count = 2};
	uint8_t records[144] = {0};
	int length = encode(DVS_WIRE_DUMP, true, 0, &reply, sizeof(reply), records, 144);

	(void)state;
	assert_int_equal(decode(length, true), 0);
	length = encode(DVS_WIRE_DUMP, true, 0, &reply, sizeof(reply), records, 143);
	assert_int_equal(decode(length, true), -EBADMSG);
	reply.count = 0;
	length = encode(DVS_WIRE_DUMP, true, 0, &reply, sizeof(reply), NULL, 0);
	assert_int_equal(decode(length, true), 0);
	reply.size = 0;
	reply.count = UINT32_MAX;
	length = encode(DVS_WIRE_DUMP, true, 0, &reply, sizeof(reply), NULL, 0);
	assert_int_equal(decode(length, true), -EBADMSG);
	reply.size = 0x8000;
	reply.count = 0x20000; /* the product is 2^32 */
	length = encode(DVS_WIRE_DUMP, true, 0, &reply, sizeof(reply), NULL, 0);
	assert_int_equal(decode(length, true), -EBADMSG);
}

static void decode_errors(void **state)
{
	struct dvs_error err = {.code = -ENOENT, .object = "port vm1", .text = "is unknown"};
	struct dvs_wire_msg msg = {0};
	int length = encode(DVS_WIRE_TXN_COMMIT, true, -ENOENT, &err, sizeof(err), NULL, 0);

	(void)state;
	assert_int_equal(dvs_wire_decode(packet, (size_t)length, true, &msg), 0);
	assert_null(msg.body);
	assert_memory_equal(msg.error, &err, sizeof(err));
	packet_header()->type = DVS_WIRE_NONE;
	assert_int_equal(decode(length, true), 0);
	packet_header()->type = DVS_WIRE_EVENT;
	assert_int_equal(decode(length, true), -EBADMSG);
	packet_header()->type = DVS_WIRE_TXN_COMMIT;
	packet_header()->status = -EPERM; /* not what the error says */
	assert_int_equal(decode(length, true), -EBADMSG);
	packet_header()->status = INT32_MIN;
	assert_int_equal(decode(length, true), -EBADMSG);
	packet_header()->status = 1;
	assert_int_equal(decode(length, true), -EBADMSG);
	packet_header()->status = -ENOENT;
	memset(packet + 16 + offsetof(struct dvs_error, text), 'x', sizeof(err.text));
	assert_int_equal(decode(length, true), -EBADMSG);
}

static void decode_events(void **state)
{
	struct dvs_wire_event event = {.sequence = 1, .kind = DVS_EVENT_LINK, .port = "vm1"};
	int length = encode(DVS_WIRE_EVENT, true, 0, &event, sizeof(event), NULL, 0);

	(void)state;
	assert_int_equal(decode(length, true), 0);
	packet_header()->request_id = 1;
	assert_int_equal(decode(length, true), -EBADMSG);
	memset(event.text, 'x', sizeof(event.text));
	length = encode(DVS_WIRE_EVENT, true, 0, &event, sizeof(event), NULL, 0);
	assert_int_equal(decode(length, true), -EBADMSG);
}

static void encode_bounds(void **state)
{
	static uint8_t huge[DVS_WIRE_MSG_MAX];

	(void)state;
	assert_int_equal(encode(1, false, 0, huge, 8, huge, DVS_WIRE_MSG_MAX - 24),
			 DVS_WIRE_MSG_MAX);
	assert_int_equal(encode(1, false, 0, huge, 8, huge, DVS_WIRE_MSG_MAX - 23), -EMSGSIZE);
	assert_int_equal(encode(1, false, 0, huge, DVS_WIRE_MSG_MAX, NULL, 0), -EMSGSIZE);
	assert_int_equal(encode(1, false, 0, huge, 8, huge, SIZE_MAX), -EMSGSIZE);
	assert_string_equal(dvs_wire_type_name(DVS_WIRE_DUMP), "DUMP");
	assert_string_equal(dvs_wire_type_name(0), "unknown");
	assert_string_equal(dvs_wire_type_name(DVS_WIRE_N_TYPES), "unknown");
}

static void objects_of_other_ages(void **state)
{
	uint8_t wide[sizeof(struct dvs_segment) + 16] = {0};
	struct dvs_segment segment, got;
	struct dvs_error err;

	(void)state;
	dvs_type_defaults(&dvs_segment_type, &segment);
	strcpy(segment.name, "lan");
	memcpy(wide, &segment, sizeof(segment));
	memset(&got, 0xa5, sizeof(got));
	assert_int_equal(dvs_wire_object(&dvs_segment_type, wide, sizeof(wide), &got, &err), 0);
	assert_memory_equal(&got, &segment, sizeof(got));
	wide[sizeof(wide) - 1] = 1;
	memset(&got, 0xa5, sizeof(got));
	assert_int_equal(dvs_wire_object(&dvs_segment_type, wide, sizeof(wide), &got, &err),
			 -E2BIG);
	assert_int_equal(got.name[0], (char)0xa5);
	/* A peer from before forward_reserved existed. */
	segment.forward_reserved = 1;
	assert_int_equal(dvs_wire_object(&dvs_segment_type, &segment,
					 offsetof(struct dvs_segment, forward_reserved), &got,
					 &err),
			 0);
	assert_int_equal(got.forward_reserved, 0);
	assert_int_equal(got.mac_limit, segment.mac_limit);
	segment.mac_limit = 0;
	assert_int_equal(dvs_wire_object(&dvs_segment_type, &segment, sizeof(segment), &got, &err),
			 -ERANGE);
	assert_string_equal(err.field, "mac_limit");
	assert_string_equal(err.object, "segment");
}

static void keys(void **state)
{
	struct dvs_port given = {.name = "vm1", .kind = 99, .group = "\n"}, got;
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_wire_key(&dvs_port_type, &given, sizeof(given), &got, &err), 0);
	assert_string_equal(got.name, "vm1");
	assert_int_equal(got.kind, 0);
	assert_int_equal(got.policy.mtu, 1500);
	assert_string_equal(got.group, "");
	assert_int_equal(dvs_wire_key(&dvs_port_type, &given, 4, &got, &err), 0);
	given.name[0] = '/';
	assert_int_equal(dvs_wire_key(&dvs_port_type, &given, sizeof(given), &got, &err), -EINVAL);
	assert_string_equal(err.field, "name");
}

/* The client's peer: what it does with each request is up to the test. */
struct peer {
	char directory[32], path[64];
	int listener, fd;
	pthread_t thread;
	int (*serve)(struct peer *peer, const struct dvs_wire_msg *msg); /* < 0 ends */
	unsigned int served;
	_Alignas(8) uint8_t in[DVS_WIRE_MSG_MAX], out[DVS_WIRE_MSG_MAX];
};

static int answer(struct peer *peer, const struct dvs_wire_header *header, const void *body,
		  size_t body_length, const void *tail, size_t tail_length)
{
	int length = dvs_wire_encode(peer->out, header, body, body_length, tail, tail_length);

	return send(peer->fd, peer->out, (size_t)length, MSG_NOSIGNAL) == length ? 0 : -EPIPE;
}

static int answer_ok(struct peer *peer, const struct dvs_wire_msg *msg, const void *body,
		     size_t body_length)
{
	struct dvs_wire_header header = {.type = msg->header.type,
					 .flags = DVS_WIRE_REPLY,
					 .request_id = msg->header.request_id};

	return answer(peer, &header, body, body_length, NULL, 0);
}

static int answer_error(struct peer *peer, uint16_t type, uint32_t id, int code, const char *text)
{
	struct dvs_wire_header header = {
		.type = type, .flags = DVS_WIRE_REPLY, .request_id = id, .status = code};
	struct dvs_error err;

	dvs_error_set(&err, code, "switch", NULL, "%s", text);
	return answer(peer, &header, &err, sizeof(err), NULL, 0);
}

static int send_event(struct peer *peer, uint64_t sequence)
{
	struct dvs_wire_header header = {.type = DVS_WIRE_EVENT, .flags = DVS_WIRE_REPLY};
	struct dvs_wire_event event = {.sequence = sequence, .kind = DVS_EVENT_CONFIG};

	return answer(peer, &header, &event, sizeof(event), NULL, 0);
}

static void *peer_run(void *arg)
{
	struct peer *peer = arg;
	struct dvs_wire_hello_reply hello = {.version = 1, .boot_epoch = 42, .generation = 3};
	struct dvs_wire_msg msg;
	ssize_t length;
	int ret = 0;

	peer->fd = accept(peer->listener, NULL, NULL);
	while (ret >= 0 && (length = recv(peer->fd, peer->in, sizeof(peer->in), 0)) > 0) {
		if (dvs_wire_decode(peer->in, (size_t)length, false, &msg) < 0)
			break;
		peer->served++;
		if (peer->serve)
			ret = peer->serve(peer, &msg);
		if (ret == 0 && msg.header.type == DVS_WIRE_HELLO)
			ret = answer_ok(peer, &msg, &hello, sizeof(hello));
	}
	close(peer->fd);
	return NULL;
}

static struct peer *peer_start(int (*serve)(struct peer *peer, const struct dvs_wire_msg *msg))
{
	struct peer *peer = calloc(1, sizeof(*peer));
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	assert_non_null(peer);
	strcpy(peer->directory, "/tmp/dvs-wire-XXXXXX");
	assert_non_null(mkdtemp(peer->directory));
	snprintf(peer->path, sizeof(peer->path), "%s/sock", peer->directory);
	strcpy(address.sun_path, peer->path);
	peer->serve = serve;
	peer->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(peer->listener, (const struct sockaddr *)&address, sizeof(address)),
			 0);
	assert_int_equal(listen(peer->listener, 1), 0);
	assert_int_equal(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
	return peer;
}

/* The client is gone: the peer's thread ends. */
static void peer_stop(struct peer *peer)
{
	pthread_join(peer->thread, NULL);
	close(peer->listener);
	unlink(peer->path);
	rmdir(peer->directory);
	free(peer);
}

static struct dvs_client *connect_peer(struct peer *peer)
{
	struct dvs_client *client = NULL;
	struct dvs_error err;

	assert_int_equal(dvs_client_connect(peer->path, "test", 1000, &client, &err), 0);
	return client;
}

static bool is_readable(const struct dvs_client *client)
{
	struct pollfd poll_fd = {.fd = dvs_client_fd(client), .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

static int serve_transactions(struct peer *peer, const struct dvs_wire_msg *msg)
{
	struct dvs_wire_commit_reply commit = {.generation = 4};
	const struct dvs_wire_object *object = msg->body;
	struct dvs_segment segment;

	switch (msg->header.type) {
	case DVS_WIRE_HELLO:
		return 0;
	case DVS_WIRE_OBJECT_PUT:
		if (dvs_wire_object(dvs_type_by_id(object->type), msg->tail, msg->tail_length,
				    &segment, NULL) < 0)
			return answer_error(peer, msg->header.type, msg->header.request_id, -EINVAL,
					    "bad segment");
		return answer_ok(peer, msg, NULL, 0);
	case DVS_WIRE_TXN_COMMIT:
		return answer_ok(peer, msg, &commit, sizeof(commit));
	case DVS_WIRE_MAC_FLUSH:
		return answer_ok(peer, msg, &(struct dvs_wire_mac_flush_reply){.flushed = 9},
				 sizeof(struct dvs_wire_mac_flush_reply));
	default:
		return answer_ok(peer, msg, NULL, 0);
	}
}

static void client_calls(void **state)
{
	struct peer *peer = peer_start(serve_transactions);
	struct dvs_client *client = connect_peer(peer);
	struct dvs_segment segment;
	struct dvs_error err;
	uint64_t generation = 0;
	uint32_t flushed = 0;

	(void)state;
	assert_int_equal(dvs_client_hello(client)->boot_epoch, 42);
	assert_int_equal(dvs_client_begin(client, &err), 0);
	dvs_type_defaults(&dvs_segment_type, &segment);
	assert_int_equal(dvs_client_put(client, &dvs_segment_type, &segment, &err), -EINVAL);
	assert_string_equal(err.text, "bad segment");
	strcpy(segment.name, "lan");
	assert_int_equal(dvs_client_put(client, &dvs_segment_type, &segment, &err), 0);
	assert_int_equal(dvs_client_delete(client, &dvs_segment_type, &segment, &err), 0);
	assert_int_equal(dvs_client_commit(client, &generation, &err), 0);
	assert_int_equal(generation, 4);
	assert_int_equal(dvs_client_abort(client, NULL), 0);
	assert_int_equal(dvs_client_mac_flush(client, "lan", NULL, &flushed, &err), 0);
	assert_int_equal(flushed, 9);
	assert_int_equal(dvs_client_mac_flush(client, NULL, "0123456789012345678901234567890123",
					      NULL, &err),
			 -E2BIG);
	dvs_client_free(client);
	peer_stop(peer);
}

static int serve_dump(struct peer *peer, const struct dvs_wire_msg *msg)
{
	const struct dvs_wire_dump *dump = msg->body;
	struct dvs_wire_dump_reply reply = {.type = DVS_TYPE_DROP, .size = sizeof(struct dvs_drop)};
	struct dvs_drop drops[2] = {{.port = "a", .frames = dump->cursor},
				    {.port = "b", .frames = dump->cursor}};
	struct dvs_wire_header header = {.type = DVS_WIRE_DUMP,
					 .flags = DVS_WIRE_REPLY,
					 .request_id = msg->header.request_id};

	if (msg->header.type != DVS_WIRE_DUMP)
		return 0;
	if (dump->type == DVS_TYPE_WORKER) { /* for ever */
		reply.type = DVS_TYPE_WORKER;
		reply.next_cursor = 1;
		return answer(peer, &header, &reply, sizeof(reply), NULL, 0);
	}
	reply.count = 2;
	reply.next_cursor = dump->cursor < 2 ? dump->cursor + 1 : 0;
	if (send_event(peer, dump->cursor + 1) < 0)
		return -EPIPE;
	return answer(peer, &header, &reply, sizeof(reply), drops, sizeof(drops));
}

static int count_drop(const struct dvs_type *type, const void *record, void *arg)
{
	const struct dvs_drop *drop = record;
	unsigned int *count = arg;

	assert_ptr_equal(type, &dvs_drop_type);
	assert_int_equal(drop->frames, *count / 2);
	(*count)++;
	return *count == 100 ? -ECANCELED : 0;
}

static void client_dumps(void **state)
{
	struct peer *peer = peer_start(serve_dump);
	struct dvs_client *client = connect_peer(peer);
	struct dvs_wire_event event;
	struct dvs_error err;
	unsigned int count = 0;

	(void)state;
	assert_false(is_readable(client));
	assert_int_equal(dvs_client_dump(client, &dvs_drop_type, count_drop, &count, &err), 0);
	assert_int_equal(count, 6);
	/* The events that came between are there, and the loop's fd says so. */
	for (uint64_t sequence = 1; sequence <= 3; sequence++) {
		assert_true(is_readable(client));
		assert_int_equal(dvs_client_event(client, 0, &event), 1);
		assert_int_equal(event.sequence, sequence);
	}
	assert_false(is_readable(client));
	assert_int_equal(dvs_client_event(client, 0, &event), 0);
	assert_int_equal(dvs_client_event(client, 10, &event), 0);
	count = 99;
	assert_int_equal(dvs_client_dump(client, &dvs_worker_type, count_drop, &count, &err),
			 -EPROTO);
	assert_int_equal(dvs_client_begin(client, &err), -ENOTCONN);
	dvs_client_free(client);
	peer_stop(peer);
}

static int stop_at_once(const struct dvs_type *type, const void *record, void *arg)
{
	(void)type;
	(void)record;
	(void)arg;
	return -ECANCELED;
}

static void client_stops_dump(void **state)
{
	struct peer *peer = peer_start(serve_dump);
	struct dvs_client *client = connect_peer(peer);

	(void)state;
	assert_int_equal(dvs_client_dump(client, &dvs_drop_type, stop_at_once, NULL, NULL),
			 -ECANCELED);
	dvs_client_free(client);
	peer_stop(peer);
}

static int serve_flood(struct peer *peer, const struct dvs_wire_msg *msg)
{
	if (msg->header.type == DVS_WIRE_SUBSCRIBE) {
		for (uint64_t sequence = 1; sequence <= 300; sequence++)
			if (send_event(peer, sequence) < 0)
				return -EPIPE;
		return answer_ok(peer, msg, NULL, 0);
	}
	return msg->header.type == DVS_WIRE_HELLO ? 0 : -EPIPE;
}

/* 300 events before the reply: the oldest 44 are lost, and that is a gap. Then the peer goes. */
static void client_loses_events(void **state)
{
	struct peer *peer = peer_start(serve_flood);
	struct dvs_client *client = connect_peer(peer);
	struct dvs_wire_event event;
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_client_subscribe(client, &err), 0);
	for (uint64_t sequence = 45; sequence <= 300; sequence++) {
		assert_int_equal(dvs_client_event(client, 0, &event), 1);
		assert_int_equal(event.sequence, sequence);
	}
	assert_int_equal(dvs_client_event(client, 0, &event), 0);
	assert_int_equal(dvs_client_begin(client, &err), -EPIPE);
	assert_true(is_readable(client));
	assert_int_equal(dvs_client_event(client, -1, &event), -EPIPE);
	assert_int_equal(dvs_client_begin(client, &err), -ENOTCONN);
	dvs_client_free(client);
	peer_stop(peer);
}

static int serve_silence(struct peer *peer, const struct dvs_wire_msg *msg)
{
	(void)peer;
	return msg->header.type == DVS_WIRE_HELLO ? 0 : 1;
}

static void client_times_out(void **state)
{
	struct peer *peer = peer_start(serve_silence);
	struct dvs_client *client = NULL;
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_client_connect(peer->path, "test", 50, &client, &err), 0);
	assert_int_equal(dvs_client_begin(client, &err), -ETIMEDOUT);
	assert_int_equal(dvs_client_begin(client, &err), -ENOTCONN);
	dvs_client_free(client);
	peer_stop(peer);
}

static int serve_garbage(struct peer *peer, const struct dvs_wire_msg *msg)
{
	if (msg->header.type == DVS_WIRE_HELLO)
		return 0;
	memset(peer->out, 0xff, sizeof(peer->out));
	return send(peer->fd, peer->out, 1000, MSG_NOSIGNAL) == 1000 ? 1 : -EPIPE;
}

static void client_gets_garbage(void **state)
{
	struct peer *peer = peer_start(serve_garbage);
	struct dvs_client *client = connect_peer(peer);
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_client_begin(client, &err), -EPROTO);
	assert_int_equal(dvs_client_begin(client, &err), -ENOTCONN);
	dvs_client_free(client);
	peer_stop(peer);
}

static int serve_wrong_id(struct peer *peer, const struct dvs_wire_msg *msg)
{
	struct dvs_wire_msg other = *msg;

	if (msg->header.type == DVS_WIRE_HELLO)
		return 0;
	other.header.request_id++;
	return answer_ok(peer, &other, NULL, 0);
}

static void client_gets_wrong_reply(void **state)
{
	struct peer *peer = peer_start(serve_wrong_id);
	struct dvs_client *client = connect_peer(peer);
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_client_begin(client, &err), -EPROTO);
	dvs_client_free(client);
	peer_stop(peer);
}

static int serve_refusal(struct peer *peer, const struct dvs_wire_msg *msg)
{
	(void)msg;
	answer_error(peer, DVS_WIRE_NONE, 0, -EBUSY, "too many clients");
	return -EPIPE;
}

static void client_is_refused(void **state)
{
	struct peer *peer = peer_start(serve_refusal);
	struct dvs_client *client = NULL;
	struct dvs_error err = {0};

	(void)state;
	assert_int_equal(dvs_client_connect(peer->path, "test", 1000, &client, &err), -EBUSY);
	assert_null(client);
	assert_string_equal(err.text, "too many clients");
	peer_stop(peer);
}

static void client_without_switch(void **state)
{
	struct dvs_client *client = NULL;
	struct dvs_error err;
	char path[200];

	(void)state;
	assert_int_equal(dvs_client_connect("/tmp/dvs-wire-none", "test", 50, &client, &err),
			 -ENOENT);
	assert_string_equal(err.object, "/tmp/dvs-wire-none");
	assert_non_null(strstr(err.text, "is dvs-switchd running?"));
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(dvs_client_connect(path, "test", 50, &client, &err), -ENAMETOOLONG);
	assert_null(client);
	dvs_client_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode_requests),
		cmocka_unit_test(decode_strings),
		cmocka_unit_test(decode_objects),
		cmocka_unit_test(decode_dump_replies),
		cmocka_unit_test(decode_errors),
		cmocka_unit_test(decode_events),
		cmocka_unit_test(encode_bounds),
		cmocka_unit_test(objects_of_other_ages),
		cmocka_unit_test(keys),
		cmocka_unit_test(client_calls),
		cmocka_unit_test(client_dumps),
		cmocka_unit_test(client_stops_dump),
		cmocka_unit_test(client_loses_events),
		cmocka_unit_test(client_times_out),
		cmocka_unit_test(client_gets_garbage),
		cmocka_unit_test(client_gets_wrong_reply),
		cmocka_unit_test(client_is_refused),
		cmocka_unit_test(client_without_switch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
