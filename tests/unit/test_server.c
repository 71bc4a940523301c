/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/server: connections, their limits in number and time, and the socket. */
#include "server_fixture.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "eal.h"

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

static void too_many_clients(void **state)
{
	struct dvs_client *clients[DVS_WIRE_CLIENTS_MAX], *one_more = NULL;
	struct dvs_error err;
	int64_t deadline;

	(void)state;
	for (unsigned int i = 0; i < DVS_WIRE_CLIENTS_MAX; i++)
		clients[i] = connect_client();
	assert_int_equal(dvs_client_connect(server_path, "test", 10000, &one_more, &err), -EBUSY);
	assert_null(one_more);
	for (unsigned int i = 0; i < DVS_WIRE_CLIENTS_MAX; i++)
		assert_int_equal(count_segments(clients[i]), 0);
	dvs_client_free(clients[0]);
	deadline = server_now_ms() + 5000;
	while (dvs_client_connect(server_path, "test", 10000, &clients[0], &err) < 0)
		assert_true(err.code == -EBUSY && server_now_ms() < deadline);
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
	end_ms = server_now_ms() + 5000;
	while (ret == 0 && server_now_ms() < end_ms)
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

static int second_server(void *arg)
{
	struct dvs_server *second = NULL;

	return dvs_server_create(control.base, control.sw, server_path, NULL, &second, arg);
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
	assert_string_equal(err.object, server_path);
	assert_int_equal(count_segments(client), 0);
	dvs_client_free(client);
}

static void socket_mode(void **state)
{
	struct stat file;

	(void)state;
	assert_int_equal(stat(server_path, &file), 0);
	assert_true(S_ISSOCK(file.st_mode));
	assert_int_equal(file.st_mode & 07777, 0660);
	assert_int_equal(stat(server_directory, &file), 0);
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
	strcpy(address.sun_path, server_path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(access(server_path, F_OK), 0);
	assert_int_equal(in_control(make_switch, &err), 0);
	dvs_client_free(connect_client());
}

static int make_only_server(void *arg)
{
	return dvs_server_create(control.base, control.sw, server_path, NULL, &control.server, arg);
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
	file = fopen(server_path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(in_control(make_only_server, &err), -EEXIST);
	assert_non_null(strstr(err.text, "not a socket"));
	unlink(server_path);
	assert_int_equal(mkdir(server_path, 0700), 0);
	assert_int_equal(in_control(make_only_server, &err), -EEXIST);
	rmdir(server_path);
	assert_int_equal(in_control(make_only_server, &err), 0);
}

/* Who put another file there keeps it. */
static void socket_replaced(void **state)
{
	struct dvs_error err;
	FILE *file;

	(void)state;
	unlink(server_path);
	file = fopen(server_path, "w");
	assert_non_null(file);
	fclose(file);
	in_control(free_only_server, NULL);
	assert_int_equal(access(server_path, F_OK), 0);
	unlink(server_path);
	assert_int_equal(in_control(make_only_server, &err), 0);
}

static int make_with_bad_group(void *arg)
{
	struct dvs_server *server = NULL;
	char other[100];

	snprintf(other, sizeof(other), "%s2", server_path);
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
	snprintf(other, sizeof(other), "%s2", server_path);
	assert_int_equal(access(other, F_OK), -1);
	assert_int_equal(in_control(make_with_long_path, &err), -ENAMETOOLONG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVER_TEST(hello),
		SERVER_TEST(hello_refused),
		SERVER_TEST(nothing_before_hello),
		SERVER_TEST(too_many_clients),
		SERVER_TEST(silent_connections),
		SERVER_TEST(ten_thousand_connections),
		SERVER_TEST(hello_in_time),
		SERVER_TEST(transaction_in_time),
		SERVER_TEST(busy_transaction_in_time),
		SERVER_TEST(never_reads),
		SERVER_TEST(reads_late),
		SERVER_TEST(socket_in_use),
		SERVER_TEST(socket_mode),
		SERVER_TEST(socket_stale),
		SERVER_TEST(socket_path_taken),
		SERVER_TEST(socket_replaced),
		SERVER_TEST(socket_options),
	};

	if (dvs_test_eal_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, server_start, server_stop);
}
