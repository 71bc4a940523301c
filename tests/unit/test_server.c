/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dataplane/server: a real switch and its server on an event loop in a thread of their own; good
 * clients through the client library, bad ones through bare sockets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "client.h"
#include "eal.h"
#include "log.h"
#include "port_mem.h"
#include "server.h"
#include "switch.h"

static const struct dvs_server_limits patient = {
	.hello_ms = 60000, .unread_ms = 60000, .transaction_ms = 60000};

static char directory[32], path[80];

/* The control thread: runs functions that the test's thread hands over by a pipe. */
static struct {
	pthread_t thread;
	int to_loop[2], from_loop[2];
	struct event_base *base;
	struct dvs_switch *sw;
	struct dvs_server *server;
} control;

struct job {
	int (*run)(void *arg);
	void *arg;
};

static void on_job(evutil_socket_t fd, short what, void *arg)
{
	struct job job;
	int result = 0;

	(void)what;
	(void)arg;
	if (read(fd, &job, sizeof(job)) != sizeof(job))
		return;
	if (job.run)
		result = job.run(job.arg);
	else
		event_base_loopbreak(control.base);
	if (write(control.from_loop[1], &result, sizeof(result)) != sizeof(result))
		abort();
}

static void on_poll(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (control.sw)
		dvs_switch_poll(control.sw);
}

static void *control_run(void *arg)
{
	const struct timeval interval = {.tv_usec = 1000};
	struct event *job =
		event_new(control.base, control.to_loop[0], EV_READ | EV_PERSIST, on_job, NULL);
	struct event *timer = event_new(control.base, -1, EV_PERSIST, on_poll, NULL);

	event_add(job, NULL);
	event_add(timer, &interval);
	event_base_dispatch(control.base);
	event_free(timer);
	event_free(job);
	return arg;
}

/* Runs in the control thread and returns what it returns; run NULL ends the loop. */
static int in_control(int (*run)(void *arg), void *arg)
{
	struct job job = {run, arg};
	int result;

	assert_int_equal(write(control.to_loop[1], &job, sizeof(job)), sizeof(job));
	assert_int_equal(read(control.from_loop[0], &result, sizeof(result)), sizeof(result));
	return result;
}

/* A kind of port whose error is cut within a character, and says more than it should. */
static void get_odd_state(struct dvs_portdev *dev, struct dvs_port_state *state)
{
	(void)dev;
	memset(state->error, 'x', sizeof(state->error));
	memcpy(state->error, "a\nb", 3);
	memcpy(state->error + sizeof(state->error) - 3, "\xe2\x82", 3);
	strcpy(state->endpoint, "memory");
}

static struct dvs_portdev_ops odd_ops;

static int make_switch(void *arg)
{
	struct dvs_switch_options options = {.n_workers = 1, .buffers = 2048, .mac_capacity = 1024};
	struct dvs_error *err = arg;
	int ret = dvs_switch_create(&options, &control.sw, err);

	odd_ops = dvs_mem_ops;
	odd_ops.get_state = get_odd_state;
	if (ret == 0) {
		dvs_switch_register_kind(control.sw, DVS_PORT_TAP, &odd_ops);
		ret = dvs_server_create(control.base, control.sw, path, NULL, &control.server, err);
	}
	if (ret == 0)
		dvs_server_set_limits(control.server, &patient);
	return ret;
}

static int free_switch(void *arg)
{
	(void)arg;
	dvs_server_free(control.server);
	dvs_switch_free(control.sw);
	control.server = NULL;
	control.sw = NULL;
	return 0;
}

static int set_limits(void *arg)
{
	dvs_server_set_limits(control.server, arg);
	return 0;
}

static int count_fds(void)
{
	DIR *fds = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(fds))
		n++;
	closedir(fds);
	return n;
}

static int fds_before;

static int set_up(void **state)
{
	struct dvs_error err;
	char text[512];

	(void)state;
	if (in_control(make_switch, &err) < 0)
		fail_msg("%s", dvs_error_print(&err, text, sizeof(text)));
	fds_before = count_fds();
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The server closes its ends of what the test closed: soon, and all. */
static int tear_down(void **state)
{
	int64_t deadline = now_ms() + 5000;

	(void)state;
	while (count_fds() > fds_before && now_ms() < deadline)
		usleep(1000);
	assert_int_equal(count_fds(), fds_before);
	in_control(free_switch, NULL);
	assert_int_equal(access(path, F_OK), -1);
	return 0;
}

static struct dvs_client *connect_client(void)
{
	struct dvs_client *client = NULL;
	struct dvs_error err;
	char text[512];

	if (dvs_client_connect(path, "test", 10000, &client, &err) < 0)
		fail_msg("%s", dvs_error_print(&err, text, sizeof(text)));
	return client;
}

/* A bare connection; what waits for it for too long fails. */
static int connect_bare(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval limit = {.tv_sec = 20};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say_hello(int fd)
{
	static _Alignas(8) uint8_t packet[DVS_WIRE_MSG_MAX];
	struct dvs_wire_header header = {.type = DVS_WIRE_HELLO, .request_id = 1};
	struct dvs_wire_hello hello = {.version_min = 1, .version_max = 1, .client = "bare"};
	int length = dvs_wire_encode(packet, &header, &hello, sizeof(hello), NULL, 0);

	assert_int_equal(send(fd, packet, (size_t)length, 0), length);
	assert_int_equal(recv(fd, packet, sizeof(packet), 0),
			 sizeof(header) + sizeof(struct dvs_wire_hello_reply));
}

/* The connection's last words: one error reply of that type, then its end. */
static void expect_refusal(int fd, uint16_t type, int code)
{
	_Alignas(8) uint8_t packet[1024];
	struct dvs_wire_msg msg = {0};
	ssize_t length;

	/* ECONNRESET tells once that the server did not read all. */
	do
		length = recv(fd, packet, sizeof(packet), 0);
	while (length < 0 && errno == ECONNRESET);
	assert_true(length > 0);
	assert_int_equal(dvs_wire_decode(packet, (size_t)length, true, &msg), 0);
	assert_int_equal(msg.header.type, type);
	assert_int_equal(msg.header.status, code);
	assert_non_null(msg.error);
	assert_true(msg.error->text[0] != '\0');
	do
		length = recv(fd, packet, sizeof(packet), 0);
	while (length < 0 && errno == ECONNRESET);
	assert_int_equal(length, 0);
}

static void make_segment(struct dvs_segment *segment, unsigned int number)
{
	dvs_type_defaults(&dvs_segment_type, segment);
	snprintf(segment->name, sizeof(segment->name), "s%u", number);
}

static void put_segment(struct dvs_client *client, unsigned int number)
{
	struct dvs_segment segment;

	make_segment(&segment, number);
	assert_int_equal(dvs_client_put(client, &dvs_segment_type, &segment, NULL), 0);
}

static uint64_t commit(struct dvs_client *client)
{
	struct dvs_error err;
	uint64_t generation = 0;
	char text[512];

	if (dvs_client_commit(client, &generation, &err) < 0)
		fail_msg("%s", dvs_error_print(&err, text, sizeof(text)));
	return generation;
}

static int count_record(const struct dvs_type *type, const void *record, void *arg)
{
	(void)type;
	(void)record;
	(*(unsigned int *)arg)++;
	return 0;
}

static unsigned int count_segments(struct dvs_client *client)
{
	unsigned int n = 0;

	assert_int_equal(dvs_client_dump(client, &dvs_segment_type, count_record, &n, NULL), 0);
	return n;
}

static int take_switch(const struct dvs_type *type, const void *record, void *arg)
{
	(void)type;
	memcpy(arg, record, sizeof(struct dvs_switch_state));
	return 0;
}

static void hello(void **state)
{
	struct dvs_client *client = connect_client();
	struct dvs_switch_state sw = {0};

	(void)state;
	assert_int_not_equal(dvs_client_hello(client)->boot_epoch, 0);
	assert_int_equal(dvs_client_hello(client)->version, DVS_WIRE_VERSION);
	assert_string_equal(dvs_client_hello(client)->software, "dvs-switchd " DVS_VERSION);
	assert_int_equal(dvs_client_dump(client, &dvs_switch_type, take_switch, &sw, NULL), 0);
	assert_int_equal(sw.boot_epoch, dvs_client_hello(client)->boot_epoch);
	assert_int_equal(sw.clients, 1);
	dvs_client_free(client);
}

static void hello_refused(void **state)
{
	static const struct {
		uint16_t min, max;
	} versions[] = {{0, 0}, {2, 9}, {2, 1}, {UINT16_MAX, UINT16_MAX}};
	_Alignas(8) uint8_t packet[DVS_WIRE_MSG_MAX];
	struct dvs_wire_header header = {.type = DVS_WIRE_HELLO, .request_id = 1};

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		struct dvs_wire_hello body = {versions[i].min, versions[i].max, {0}, "bare"};
		int fd = connect_bare();
		int length = dvs_wire_encode(packet, &header, &body, sizeof(body), NULL, 0);

		assert_int_equal(send(fd, packet, (size_t)length, 0), length);
		expect_refusal(fd, DVS_WIRE_HELLO, -EPROTONOSUPPORT);
		close(fd);
	}
}

static void nothing_before_hello(void **state)
{
	_Alignas(8) uint8_t packet[DVS_WIRE_MSG_MAX];
	struct dvs_wire_dump dump = {.type = DVS_TYPE_SWITCH};
	struct dvs_wire_header header = {.type = DVS_WIRE_DUMP, .request_id = 9};
	int fd = connect_bare();
	int length = dvs_wire_encode(packet, &header, &dump, sizeof(dump), NULL, 0);

	(void)state;
	assert_int_equal(send(fd, packet, (size_t)length, 0), length);
	expect_refusal(fd, DVS_WIRE_DUMP, -EPROTO);
	close(fd);
}

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

static void too_many_clients(void **state)
{
	struct dvs_client *clients[DVS_WIRE_CLIENTS_MAX], *one_more = NULL;
	struct dvs_error err;
	int64_t deadline;

	(void)state;
	for (unsigned int i = 0; i < DVS_WIRE_CLIENTS_MAX; i++)
		clients[i] = connect_client();
	assert_int_equal(dvs_client_connect(path, "test", 10000, &one_more, &err), -EBUSY);
	assert_null(one_more);
	for (unsigned int i = 0; i < DVS_WIRE_CLIENTS_MAX; i++)
		assert_int_equal(count_segments(clients[i]), 0);
	dvs_client_free(clients[0]);
	deadline = now_ms() + 5000;
	while (dvs_client_connect(path, "test", 10000, &clients[0], &err) < 0)
		assert_true(err.code == -EBUSY && now_ms() < deadline);
	for (unsigned int i = 0; i < DVS_WIRE_CLIENTS_MAX; i++)
		dvs_client_free(clients[i]);
}

/* All places are taken by connections that say nothing: they make room, the oldest first. */
static void silent_connections(void **state)
{
	struct dvs_client *client;
	int fds[DVS_WIRE_CLIENTS_MAX];

	(void)state;
	for (unsigned int i = 0; i < DVS_WIRE_CLIENTS_MAX; i++)
		fds[i] = connect_bare();
	client = connect_client();
	assert_int_equal(count_segments(client), 0);
	expect_refusal(fds[0], DVS_WIRE_NONE, -EBUSY);
	for (unsigned int i = 0; i < DVS_WIRE_CLIENTS_MAX; i++)
		close(fds[i]);
	dvs_client_free(client);
}

static void ten_thousand_connections(void **state)
{
	struct dvs_client *client = connect_client();
	int fds[200];

	(void)state;
	memset(fds, -1, sizeof(fds));
	for (unsigned int i = 0; i < 10000; i++) {
		unsigned int slot = i % 200;

		if (fds[slot] >= 0)
			close(fds[slot]);
		fds[slot] = connect_bare();
		if (i % 100 == 0)
			assert_int_equal(count_segments(client), 0);
	}
	for (unsigned int slot = 0; slot < 200; slot++)
		close(fds[slot]);
	dvs_client_free(client);
}

static void hello_in_time(void **state)
{
	struct dvs_server_limits limits = patient;
	struct dvs_client *client = connect_client();
	int fd;

	(void)state;
	limits.hello_ms = 100;
	in_control(set_limits, &limits);
	fd = connect_bare();
	expect_refusal(fd, DVS_WIRE_NONE, -ETIMEDOUT);
	close(fd);
	assert_int_equal(count_segments(client), 0);
	dvs_client_free(client);
}

static void transaction_in_time(void **state)
{
	struct dvs_server_limits limits = patient;
	struct dvs_client *idle = connect_client(), *client = connect_client();
	struct dvs_wire_event event;
	struct dvs_error err;

	(void)state;
	limits.transaction_ms = 100;
	in_control(set_limits, &limits);
	assert_int_equal(dvs_client_begin(client, NULL), 0);
	assert_int_equal(dvs_client_event(client, 5000, &event), -EPIPE);
	assert_int_equal(dvs_client_begin(client, &err), -ENOTCONN);
	assert_int_equal(count_segments(idle), 0);
	dvs_client_free(client);
	dvs_client_free(idle);
}

/* Other requests do not buy it more time: what it has staged takes room from all. */
static void busy_transaction_in_time(void **state)
{
	struct dvs_server_limits limits = patient;
	struct dvs_client *client = connect_client();
	unsigned int n = 0;
	int64_t end_ms;
	int ret = 0;

	(void)state;
	limits.transaction_ms = 100;
	in_control(set_limits, &limits);
	assert_int_equal(dvs_client_begin(client, NULL), 0);
	end_ms = now_ms() + 5000;
	while (ret == 0 && now_ms() < end_ms)
		ret = dvs_client_dump(client, &dvs_segment_type, count_record, &n, NULL);
	assert_true(ret < 0);
	dvs_client_free(client);
}

/* Sends requests and reads nothing until the server takes no more; the number sent. */
static unsigned int stuff(int fd)
{
	_Alignas(8) uint8_t packet[DVS_WIRE_MSG_MAX];
	struct dvs_wire_header header = {.type = DVS_WIRE_DUMP};
	struct dvs_wire_dump dump = {.type = DVS_TYPE_SEGMENT};
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	unsigned int n = 0;

	while (poll(&poll_fd, 1, 50) == 1 && (poll_fd.revents & POLLHUP) == 0) {
		header.request_id = n + 1;
		dvs_wire_encode(packet, &header, &dump, sizeof(dump), NULL, 0);
		if (send(fd, packet, sizeof(header) + sizeof(dump), MSG_NOSIGNAL | MSG_DONTWAIT) <
		    0)
			break;
		n++;
	}
	return n;
}

static void fill_segments(struct dvs_client *client, unsigned int n)
{
	assert_int_equal(dvs_client_begin(client, NULL), 0);
	for (unsigned int i = 0; i < n; i++)
		put_segment(client, i);
	commit(client);
}

static void never_reads(void **state)
{
	struct dvs_server_limits limits = patient;
	struct dvs_client *client = connect_client();
	struct pollfd poll_fd = {.events = 0};

	(void)state;
	limits.unread_ms = 500;
	in_control(set_limits, &limits);
	fill_segments(client, 300);
	poll_fd.fd = connect_bare();
	say_hello(poll_fd.fd);
	assert_true(stuff(poll_fd.fd) > 10);
	assert_int_equal(count_segments(client), 300);
	/* It is cut off (POLLHUP comes unasked). */
	assert_int_equal(poll(&poll_fd, 1, 5000), 1);
	assert_true(poll_fd.revents & POLLHUP);
	assert_int_equal(count_segments(client), 300);
	close(poll_fd.fd);
	dvs_client_free(client);
}

/* One that reads late gets every reply, in order, once. */
static void reads_late(void **state)
{
	struct dvs_client *client = connect_client();
	_Alignas(8) uint8_t packet[DVS_WIRE_MSG_MAX];
	unsigned int n;
	int fd = connect_bare();

	(void)state;
	fill_segments(client, 300);
	say_hello(fd);
	n = stuff(fd);
	for (unsigned int i = 1; i <= n; i++) {
		struct dvs_wire_msg msg;
		ssize_t length = recv(fd, packet, sizeof(packet), 0);

		assert_true(length > 0);
		assert_int_equal(dvs_wire_decode(packet, (size_t)length, true, &msg), 0);
		assert_int_equal(msg.header.request_id, i);
		assert_int_equal(msg.header.status, 0);
	}
	close(fd);
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

static int second_server(void *arg)
{
	struct dvs_server *second = NULL;

	return dvs_server_create(control.base, control.sw, path, NULL, &second, arg);
}

static void socket_in_use(void **state)
{
	struct dvs_client *client = connect_client();
	struct dvs_error err;
	char pid[32];

	(void)state;
	assert_int_equal(in_control(second_server, &err), -EADDRINUSE);
	snprintf(pid, sizeof(pid), "in use by pid %d;", (int)getpid());
	assert_non_null(strstr(err.text, pid));
	assert_string_equal(err.object, path);
	assert_int_equal(count_segments(client), 0);
	dvs_client_free(client);
}

static void socket_mode(void **state)
{
	struct stat file;

	(void)state;
	assert_int_equal(stat(path, &file), 0);
	assert_true(S_ISSOCK(file.st_mode));
	assert_int_equal(file.st_mode & 07777, 0660);
	assert_int_equal(stat(directory, &file), 0);
	assert_int_equal(file.st_mode & 07777, 0755);
}

static void socket_stale(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct dvs_error err;
	int fd;

	(void)state;
	in_control(free_switch, NULL);
	fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(in_control(make_switch, &err), 0);
	dvs_client_free(connect_client());
}

static int make_only_server(void *arg)
{
	return dvs_server_create(control.base, control.sw, path, NULL, &control.server, arg);
}

static int free_only_server(void *arg)
{
	(void)arg;
	dvs_server_free(control.server);
	control.server = NULL;
	return 0;
}

static void socket_path_taken(void **state)
{
	struct dvs_error err;
	FILE *file;

	(void)state;
	in_control(free_only_server, NULL);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(in_control(make_only_server, &err), -EEXIST);
	assert_non_null(strstr(err.text, "not a socket"));
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(in_control(make_only_server, &err), -EEXIST);
	rmdir(path);
	assert_int_equal(in_control(make_only_server, &err), 0);
}

/* Who put another file there keeps it. */
static void socket_replaced(void **state)
{
	struct dvs_error err;
	FILE *file;

	(void)state;
	unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	in_control(free_only_server, NULL);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	assert_int_equal(in_control(make_only_server, &err), 0);
}

static int make_with_bad_group(void *arg)
{
	struct dvs_server *server = NULL;
	char other[100];

	snprintf(other, sizeof(other), "%s2", path);
	return dvs_server_create(control.base, control.sw, other, "no-such-group", &server, arg);
}

static int make_with_long_path(void *arg)
{
	struct dvs_server *server = NULL;
	char other[200];

	memset(other, 'a', sizeof(other) - 1);
	other[sizeof(other) - 1] = '\0';
	return dvs_server_create(control.base, control.sw, other, NULL, &server, arg);
}

static void socket_options(void **state)
{
	struct dvs_error err;
	char other[100];

	(void)state;
	assert_int_equal(in_control(make_with_bad_group, &err), -ENOENT);
	assert_string_equal(err.field, "socket-group");
	snprintf(other, sizeof(other), "%s2", path);
	assert_int_equal(access(other, F_OK), -1);
	assert_int_equal(in_control(make_with_long_path, &err), -ENAMETOOLONG);
}

static int start_control(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/dvs-server-XXXXXX");
	if (!mkdtemp(directory) || pipe(control.to_loop) < 0 || pipe(control.from_loop) < 0)
		return -1;
	rmdir(directory); /* the server makes it */
	snprintf(path, sizeof(path), "%s/switchd.sock", directory);
	control.base = event_base_new();
	dvs_log_set_level(DVS_LOG_ERROR);
	return control.base ? pthread_create(&control.thread, NULL, control_run, NULL) : -1;
}

static int stop_control(void **state)
{
	(void)state;
	in_control(NULL, NULL);
	pthread_join(control.thread, NULL);
	event_base_free(control.base);
	for (unsigned int i = 0; i < 2; i++) {
		close(control.to_loop[i]);
		close(control.from_loop[i]);
	}
	return rmdir(directory);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVER_TEST(hello),
		SERVER_TEST(hello_refused),
		SERVER_TEST(nothing_before_hello),
		SERVER_TEST(transactions),
		SERVER_TEST(refused_operations),
		SERVER_TEST(left_transaction),
		SERVER_TEST(long_dump),
		SERVER_TEST(bounded_transaction),
		SERVER_TEST(garbage),
		SERVER_TEST(half_a_message),
		SERVER_TEST(random_packets),
		SERVER_TEST(too_many_clients),
		SERVER_TEST(silent_connections),
		SERVER_TEST(ten_thousand_connections),
		SERVER_TEST(hello_in_time),
		SERVER_TEST(transaction_in_time),
		SERVER_TEST(busy_transaction_in_time),
		SERVER_TEST(never_reads),
		SERVER_TEST(reads_late),
		SERVER_TEST(events),
		SERVER_TEST(unprintable_texts),
		SERVER_TEST(lost_events),
		SERVER_TEST(socket_in_use),
		SERVER_TEST(socket_mode),
		SERVER_TEST(socket_stale),
		SERVER_TEST(socket_path_taken),
		SERVER_TEST(socket_replaced),
		SERVER_TEST(socket_options),
	};

	if (dvs_test_eal_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, start_control, stop_control);
}
