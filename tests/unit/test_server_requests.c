/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/server: requests, good and bad, transactions, dumps and events. */
#include "server_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "eal.h"

static void transactions(void **state)
{
	struct dvs_client *client = connect_client();
	struct dvs_segment segment;
	struct dvs_error err;
	uint64_t generation = dvs_client_hello(client)->generation;

	(void)state;
	make_segment(&segment, 1);
	assert_int_equal(dvs_client_put(client, &dvs_segment_type, &segment, &err), -EINVAL);
	assert_int_equal(dvs_client_commit(client, NULL, &err), -EINVAL);
	assert_int_equal(dvs_client_abort(client, &err), -EINVAL);

	assert_int_equal(dvs_client_begin(client, &err), 0);
	assert_int_equal(dvs_client_begin(client, &err), -EBUSY);
	put_segment(client, 1);
	put_segment(client, 2);
	assert_int_equal(count_segments(client), 0);
	assert_true(commit(client) > generation);
	assert_int_equal(count_segments(client), 2);

	assert_int_equal(dvs_client_begin(client, &err), 0);
	put_segment(client, 3);
	assert_int_equal(dvs_client_abort(client, &err), 0);
	assert_int_equal(count_segments(client), 2);

	/* Only the key of what is deleted has to be right. */
	memset(&segment, 0, sizeof(segment));
	strcpy(segment.name, "s1");
	assert_int_equal(dvs_client_begin(client, &err), 0);
	assert_int_equal(dvs_client_delete(client, &dvs_segment_type, &segment, &err), 0);
	commit(client);
	assert_int_equal(count_segments(client), 1);

	assert_int_equal(dvs_client_begin(client, &err), 0);
	put_segment(client, 4);
	assert_int_equal(dvs_client_delete(client, &dvs_segment_type, &segment, &err), 0);
	assert_int_equal(dvs_client_commit(client, NULL, &err), -ENOENT);
	assert_true(err.object[0] != '\0' && err.text[0] != '\0');
	assert_int_equal(count_segments(client), 1);
	dvs_client_free(client);
}

static void refused_operations(void **state)
{
	struct dvs_client *client = connect_client();
	struct dvs_segment segment;
	struct dvs_portgroup group;
	struct dvs_error err;

	(void)state;
	make_segment(&segment, 1);
	dvs_type_defaults(&dvs_portgroup_type, &group);
	assert_int_equal(dvs_client_begin(client, &err), 0);
	assert_int_equal(dvs_client_put(client, &dvs_portgroup_type, &group, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "segment, port, mac"));
	assert_int_equal(dvs_client_abort(client, &err), 0);

	assert_int_equal(dvs_client_begin(client, &err), 0);
	put_segment(client, 2);
	segment.mac_limit = 0;
	assert_int_equal(dvs_client_put(client, &dvs_segment_type, &segment, &err), -ERANGE);
	assert_string_equal(err.field, "mac_limit");
	assert_int_equal(dvs_client_commit(client, NULL, &err), -ECANCELED);
	assert_int_equal(count_segments(client), 0);
	assert_int_equal(dvs_client_begin(client, &err), 0);

	assert_int_equal(dvs_client_mac_flush(client, "none", NULL, NULL, &err), -ENOENT);
	assert_int_equal(dvs_client_dump(client, &dvs_portgroup_type, count_record, NULL, &err),
			 -EOPNOTSUPP);
	dvs_client_free(client);
}

/* A client that goes away takes its transaction with it. */
static void left_transaction(void **state)
{
	struct dvs_client *client = connect_client();

	(void)state;
	assert_int_equal(dvs_client_begin(client, NULL), 0);
	put_segment(client, 1);
	dvs_client_free(client);
	client = connect_client();
	assert_int_equal(count_segments(client), 0);
	dvs_client_free(client);
}

static void long_dump(void **state)
{
	struct dvs_client *client = connect_client();

	(void)state;
	assert_int_equal(dvs_client_begin(client, NULL), 0);
	for (unsigned int i = 0; i < 1000; i++)
		put_segment(client, i);
	commit(client);
	assert_int_equal(count_segments(client), 1000);
	dvs_client_free(client);
}

static void bounded_transaction(void **state)
{
	struct dvs_client *client = connect_client();
	struct dvs_segment segment;
	struct dvs_error err;

	(void)state;
	make_segment(&segment, 1);
	assert_int_equal(dvs_client_begin(client, NULL), 0);
	for (unsigned int i = 0; i < DVS_WIRE_TXN_MAX; i++)
		assert_int_equal(dvs_client_delete(client, &dvs_segment_type, &segment, NULL), 0);
	assert_int_equal(dvs_client_delete(client, &dvs_segment_type, &segment, &err), -ENOBUFS);
	dvs_client_free(client);
}

static void garbage(void **state)
{
	struct dvs_client *client = connect_client();
	static uint8_t packet[DVS_WIRE_MSG_MAX + 1];
	static const size_t lengths[] = {
		1, 15, 16, 17, 56, 1000, DVS_WIRE_MSG_MAX, DVS_WIRE_MSG_MAX + 1};

	(void)state;
	for (unsigned int i = 0; i < 3 * sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t length = lengths[i / 3];
		int fd = connect_bare();

		memset(packet, i % 3 == 1 ? 0xff : 0, sizeof(packet));
		if (i % 3 == 2) {
			say_hello(fd);
			memcpy(packet, &length, 2);
			packet[4] = DVS_WIRE_EVENT;
		}
		assert_int_equal(send(fd, packet, length, 0), length);
		expect_refusal(fd, DVS_WIRE_NONE,
			       i % 3 == 2 && length >= 16 && length <= DVS_WIRE_MSG_MAX
				       ? -EOPNOTSUPP
			       : length > DVS_WIRE_MSG_MAX ? -EMSGSIZE
							   : -EBADMSG);
		close(fd);
		assert_int_equal(count_segments(client), 0);
	}
	dvs_client_free(client);
}

static void half_a_message(void **state)
{
	_Alignas(8) uint8_t packet[DVS_WIRE_MSG_MAX];
	struct dvs_wire_header header = {.type = DVS_WIRE_DUMP, .request_id = 1};
	struct dvs_wire_dump dump = {.type = DVS_TYPE_SEGMENT};
	int fd = connect_bare();
	int length = dvs_wire_encode(packet, &header, &dump, sizeof(dump), NULL, 0);

	(void)state;
	say_hello(fd);
	assert_int_equal(send(fd, packet, (size_t)length / 2, 0), length / 2);
	expect_refusal(fd, DVS_WIRE_NONE, -EBADMSG);
	close(fd);
}

/* 20,000 random packets, well framed, on connections that are made anew when they are cut off. */
static void random_packets(void **state)
{
	struct dvs_client *client = connect_client();
	_Alignas(8) uint8_t packet[512], answer[DVS_WIRE_MSG_MAX];
	unsigned int seed = 1;
	int fd = -1;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		struct dvs_wire_header header = {.request_id = i + 1};
		size_t length = sizeof(header) + (size_t)rand_r(&seed) % 200;

		if (fd < 0) {
			fd = connect_bare();
			say_hello(fd);
		}
		for (size_t b = sizeof(header); b < length; b++)
			packet[b] = (uint8_t)(rand_r(&seed) % 4 ? 0 : rand_r(&seed));
		header.length = (uint32_t)length;
		header.type = (uint16_t)(rand_r(&seed) % (DVS_WIRE_N_TYPES + 1));
		if (header.type == DVS_WIRE_TXN_BEGIN)
			header.length = (uint32_t)(length = sizeof(header));
		memcpy(packet, &header, sizeof(header));
		if (send(fd, packet, length, MSG_NOSIGNAL) < 0 ||
		    recv(fd, answer, sizeof(answer), 0) <= 0) {
			close(fd);
			fd = -1;
		}
	}
	close(fd);
	assert_int_equal(count_segments(client), 0);
	dvs_client_free(client);
}

static void events(void **state)
{
	struct dvs_client *follower = connect_client(), *client = connect_client();
	struct dvs_wire_event event;

	(void)state;
	fill_segments(client, 1);
	assert_int_equal(dvs_client_subscribe(follower, NULL), 0);
	assert_int_equal(dvs_client_event(follower, 0, &event), 0);
	for (uint64_t sequence = 1; sequence <= 3; sequence++) {
		uint64_t generation;

		assert_int_equal(dvs_client_begin(client, NULL), 0);
		put_segment(client, 10 + (unsigned int)sequence);
		generation = commit(client);
		assert_int_equal(dvs_client_event(follower, 5000, &event), 1);
		assert_int_equal(event.kind, DVS_EVENT_CONFIG);
		assert_int_equal(event.sequence, sequence);
		assert_int_equal(event.generation, generation);
	}
	assert_int_equal(dvs_client_event(client, 0, &event), 0);
	dvs_client_free(client);
	dvs_client_free(follower);
}

static int take_port_state(const struct dvs_type *type, const void *record, void *arg)
{
	(void)type;
	memcpy(arg, record, sizeof(struct dvs_port_state));
	return 0;
}

/* Texts of the system reach clients printable, in dumps and in events. */
static void unprintable_texts(void **state)
{
	struct dvs_client *client = connect_client();
	struct dvs_port_state port_state = {0};
	struct dvs_wire_event event = {0};
	struct dvs_port port;
	struct dvs_error err;

	(void)state;
	dvs_type_defaults(&dvs_port_type, &port);
	strcpy(port.name, "p1");
	strcpy(port.group, "g");
	strcpy(port.segment, "s1");
	port.kind = DVS_PORT_TAP;
	assert_int_equal(dvs_client_subscribe(client, NULL), 0);
	assert_int_equal(dvs_client_begin(client, NULL), 0);
	put_segment(client, 1);
	assert_int_equal(dvs_client_put(client, &dvs_port_type, &port, NULL), 0);
	commit(client);
	assert_int_equal(
		dvs_client_dump(client, &dvs_port_state_type, take_port_state, &port_state, &err),
		0);
	assert_string_equal(port_state.name, "p1");
	assert_memory_equal(port_state.error, "a?bxxx", 6);
	assert_string_equal(port_state.error + sizeof(port_state.error) - 4, "x??");
	while (event.kind != DVS_EVENT_LINK)
		assert_int_equal(dvs_client_event(client, 5000, &event), 1);
	assert_string_equal(event.port, "p1");
	assert_memory_equal(event.text, "a?bxxx", 6);
	/* A port may hold descriptors. */
	assert_int_equal(dvs_client_begin(client, NULL), 0);
	assert_int_equal(dvs_client_delete(client, &dvs_port_type, &port, NULL), 0);
	commit(client);
	dvs_client_free(client);
}

/* A follower that sleeps through 3000 events: a gap, no more than is bounded, and the newest. */
static void lost_events(void **state)
{
	struct dvs_client *client = connect_client();
	_Alignas(8) uint8_t packet[1024];
	struct dvs_wire_header header = {
		.length = sizeof(header), .type = DVS_WIRE_SUBSCRIBE, .request_id = 2};
	uint64_t last = 0, generation = 0;
	unsigned int n = 0, n_gaps = 0;
	int fd = connect_bare();

	(void)state;
	say_hello(fd);
	assert_int_equal(send(fd, &header, sizeof(header), 0), sizeof(header));
	assert_int_equal(recv(fd, packet, sizeof(packet), 0), sizeof(header));
	for (unsigned int i = 0; i < 3000; i++) {
		assert_int_equal(dvs_client_begin(client, NULL), 0);
		put_segment(client, i % 7);
		generation = commit(client);
	}
	while (last < 3000) {
		struct dvs_wire_msg msg;
		const struct dvs_wire_event *event;
		ssize_t length = recv(fd, packet, sizeof(packet), 0);

		assert_true(length > 0);
		assert_int_equal(dvs_wire_decode(packet, (size_t)length, true, &msg), 0);
		assert_int_equal(msg.header.type, DVS_WIRE_EVENT);
		event = msg.body;
		assert_true(event->sequence > last);
		n_gaps += event->sequence != last + 1;
		last = event->sequence;
		n++;
		if (last == 3000)
			assert_int_equal(event->generation, generation);
	}
	assert_int_equal(n_gaps, 1);
	assert_true(n < 2000);
	close(fd);
	dvs_client_free(client);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVER_TEST(transactions),
		SERVER_TEST(refused_operations),
		SERVER_TEST(left_transaction),
		SERVER_TEST(long_dump),
		SERVER_TEST(bounded_transaction),
		SERVER_TEST(garbage),
		SERVER_TEST(half_a_message),
		SERVER_TEST(random_packets),
		SERVER_TEST(events),
		SERVER_TEST(unprintable_texts),
		SERVER_TEST(lost_events),
	};

	if (dvs_test_eal_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, server_start, server_stop);
}
