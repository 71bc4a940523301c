/* SPDX-License-Identifier: BSD-3-Clause */
#include "server_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "eal.h"
#include "log.h"
#include "port_mem.h"

const struct dvs_server_limits patient = {
	.hello_ms = 60000, .unread_ms = 60000, .transaction_ms = 60000};

char server_directory[32], server_path[80];

struct server_control control;

static pthread_t thread;
static int to_loop[2], from_loop[2];

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
	if (write(from_loop[1], &result, sizeof(result)) != sizeof(result))
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
	struct event *job = event_new(control.base, to_loop[0], EV_READ | EV_PERSIST, on_job, NULL);
	struct event *timer = event_new(control.base, -1, EV_PERSIST, on_poll, NULL);

	event_add(job, NULL);
	event_add(timer, &interval);
	event_base_dispatch(control.base);
	event_free(timer);
	event_free(job);
	return arg;
}

/* Runs in the control thread and returns what it returns; run NULL ends the loop. */
int in_control(int (*run)(void *arg), void *arg)
{
	struct job job = {run, arg};
	int result;

	assert_int_equal(write(to_loop[1], &job, sizeof(job)), sizeof(job));
	assert_int_equal(read(from_loop[0], &result, sizeof(result)), sizeof(result));
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

int make_switch(void *arg)
{
	struct dvs_switch_options options = {.n_workers = 1, .buffers = 2048, .mac_capacity = 1024};
	struct dvs_error *err = arg;
	int ret = dvs_switch_create(&options, &control.sw, err);

	odd_ops = dvs_mem_ops;
	odd_ops.get_state = get_odd_state;
	if (ret == 0) {
		dvs_switch_register_kind(control.sw, DVS_PORT_TAP, &odd_ops);
		ret = dvs_server_create(control.base, control.sw, server_path, NULL,
					&control.server, err);
	}
	if (ret == 0)
		dvs_server_set_limits(control.server, &patient);
	return ret;
}

int free_switch(void *arg)
{
	(void)arg;
	dvs_server_free(control.server);
	dvs_switch_free(control.sw);
	control.server = NULL;
	control.sw = NULL;
	return 0;
}

int set_limits(void *arg)
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

int server_set_up(void **state)
{
	struct dvs_error err;
	char text[512];

	(void)state;
	if (in_control(make_switch, &err) < 0)
		fail_msg("%s", dvs_error_print(&err, text, sizeof(text)));
	fds_before = count_fds();
	return 0;
}

int64_t server_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The server closes its ends of what the test closed: soon, and all. */
int server_tear_down(void **state)
{
	int64_t deadline = server_now_ms() + 5000;

	(void)state;
	while (count_fds() > fds_before && server_now_ms() < deadline)
		usleep(1000);
	assert_int_equal(count_fds(), fds_before);
	in_control(free_switch, NULL);
	assert_int_equal(access(server_path, F_OK), -1);
	return 0;
}

struct dvs_client *connect_client(void)
{
	struct dvs_client *client = NULL;
	struct dvs_error err;
	char text[512];

	if (dvs_client_connect(server_path, "test", 10000, &client, &err) < 0)
		fail_msg("%s", dvs_error_print(&err, text, sizeof(text)));
	return client;
}

/* A bare connection; what waits for it for too long fails. */
int connect_bare(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval limit = {.tv_sec = 20};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	strcpy(address.sun_path, server_path);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void say_hello(int fd)
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
void expect_refusal(int fd, uint16_t type, int code)
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

void make_segment(struct dvs_segment *segment, unsigned int number)
{
	dvs_type_defaults(&dvs_segment_type, segment);
	snprintf(segment->name, sizeof(segment->name), "s%u", number);
}

void put_segment(struct dvs_client *client, unsigned int number)
{
	struct dvs_segment segment;

	make_segment(&segment, number);
	assert_int_equal(dvs_client_put(client, &dvs_segment_type, &segment, NULL), 0);
}

uint64_t commit(struct dvs_client *client)
{
	struct dvs_error err;
	uint64_t generation = 0;
	char text[512];

	if (dvs_client_commit(client, &generation, &err) < 0)
		fail_msg("%s", dvs_error_print(&err, text, sizeof(text)));
	return generation;
}

int count_record(const struct dvs_type *type, const void *record, void *arg)
{
	(void)type;
	(void)record;
	(*(unsigned int *)arg)++;
	return 0;
}

unsigned int count_segments(struct dvs_client *client)
{
	unsigned int n = 0;

	assert_int_equal(dvs_client_dump(client, &dvs_segment_type, count_record, &n, NULL), 0);
	return n;
}

void fill_segments(struct dvs_client *client, unsigned int n)
{
	assert_int_equal(dvs_client_begin(client, NULL), 0);
	for (unsigned int i = 0; i < n; i++)
		put_segment(client, i);
	commit(client);
}

int server_start(void **state)
{
	(void)state;
	strcpy(server_directory, "/tmp/dvs-server-XXXXXX");
	if (!mkdtemp(server_directory) || pipe(to_loop) < 0 || pipe(from_loop) < 0)
		return -1;
	rmdir(server_directory); /* the server makes it */
	snprintf(server_path, sizeof(server_path), "%s/switchd.sock", server_directory);
	control.base = event_base_new();
	dvs_log_set_level(DVS_LOG_ERROR);
	return control.base ? pthread_create(&thread, NULL, control_run, NULL) : -1;
}

int server_stop(void **state)
{
	(void)state;
	in_control(NULL, NULL);
	pthread_join(thread, NULL);
	event_base_free(control.base);
	for (unsigned int i = 0; i < 2; i++) {
		close(to_loop[i]);
		close(from_loop[i]);
	}
	return rmdir(server_directory);
}
