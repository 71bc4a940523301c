/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of frontends, as librte_vhost would read them: which come through, and with what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gate.h"
#include "message.h"

#define FDS_MAX	     DVS_VHOST_REGIONS_MAX
#define MEMORY	     (1u << 20)
#define SET_INFLIGHT 32
#define POSTCOPY     28
#define IOTLB	     22
#define NOFD	     0x100

static int ends[2]; /* the frontend's, and the library's */
static int memory, event, pipes[2];

static int set_up(void **state)
{
	(void)state;
	memory = memfd_create("guest", MFD_CLOEXEC);
	event = eventfd(0, EFD_CLOEXEC);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || memory < 0 || event < 0 ||
	    ftruncate(memory, MEMORY) < 0 || pipe(pipes) < 0)
		return -1;
	return dvs_vhost_gate_watch(ends[1]);
}

static int tear_down(void **state)
{
	(void)state;
	close(memory);
	close(event);
	for (int i = 0; i < 2; i++) {
		close(pipes[i]);
		close(ends[i]);
	}
	return 0;
}

static unsigned int count_fds(void)
{
	unsigned int n = 0;
	DIR *dir = opendir("/proc/self/fd");

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void send_message(const struct dvs_vhost_message *message, size_t bytes, const int *fds,
			 unsigned int n_fds)
{
	union {
		char room[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {(void *)(uintptr_t)message, bytes};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (n_fds > 0) {
		struct cmsghdr *part;

		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		part = CMSG_FIRSTHDR(&msg);
		part->cmsg_level = SOL_SOCKET;
		part->cmsg_type = SCM_RIGHTS;
		part->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(part), fds, n_fds * sizeof(int));
	}
	assert_int_equal(sendmsg(ends[0], &msg, 0), bytes);
}

/* As the library does it; returns what recvmsg did, and closes the descriptors that came. */
static ssize_t read_message(unsigned int *ret_fds)
{
	union {
		char room[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	char head[DVS_VHOST_HEADER_BYTES];
	struct iovec iov = {head, sizeof(head)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.room,
			     .msg_controllen = sizeof(control.room)};
	ssize_t n = recvmsg(ends[1], &msg, 0);
	struct cmsghdr *part = CMSG_FIRSTHDR(&msg);

	*ret_fds = 0;
	if (n > 0 && part != NULL)
		for (; *ret_fds < (part->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++*ret_fds) {
			int fd;

			memcpy(&fd, CMSG_DATA(part) + *ret_fds * sizeof(int), sizeof(fd));
			close(fd);
		}
	return n;
}

/* Does the message come through, with all of its descriptors? If not, with none. */
static bool passes(const struct dvs_vhost_message *message, const int *fds, unsigned int n_fds)
{
	unsigned int before = count_fds(), got;
	ssize_t n;

	send_message(message, DVS_VHOST_HEADER_BYTES + message->size, fds, n_fds);
	n = read_message(&got);
	assert_int_equal(count_fds(), before);
	if (n < 0) {
		assert_int_equal(errno, EPROTO);
		set_up(NULL); /* the library would have ended the connection */
		return false;
	}
	assert_int_equal(n, DVS_VHOST_HEADER_BYTES);
	assert_int_equal(got, n_fds);
	if (message->size > 0)
		assert_int_equal(recv(ends[1], (uint8_t[512]){0}, 512, 0), message->size);
	return true;
}

static struct dvs_vhost_message make(uint32_t request, uint32_t size)
{
	return (struct dvs_vhost_message){.request = request, .flags = 1, .size = size};
}

static struct dvs_vhost_message make_table(unsigned int n)
{
	struct dvs_vhost_message table = make(DVS_VHOST_SET_MEM_TABLE, 8 + 32 * n);

	table.memory.n_regions = n;
	for (unsigned int i = 0; i < n; i++)
		table.memory.regions[i].bytes = MEMORY;
	return table;
}

static void test_requests(void **state)
{
	static const uint32_t unknown[] = {0,  IOTLB, 24,	    26, POSTCOPY,  29,
					   30, 31,    SET_INFLIGHT, 41, UINT32_MAX};
	struct dvs_vhost_message message = make(DVS_VHOST_GET_FEATURES, 0);

	(void)state;
	assert_true(passes(&message, NULL, 0));
	message = make(DVS_VHOST_SET_FEATURES, 8);
	assert_true(passes(&message, NULL, 0));
	assert_false(passes(&message, &memory, 1));
	message = make(DVS_VHOST_SET_FEATURES, 7);
	assert_false(passes(&message, NULL, 0));
	for (unsigned int i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		message = make(unknown[i], 20);
		assert_false(passes(&message, &memory, 1));
	}
}

static void test_memory(void **state)
{
	int fds[FDS_MAX], read_only = open("/proc/self/exe", O_RDONLY);
	struct dvs_vhost_message table = make_table(FDS_MAX);

	(void)state;
	for (unsigned int i = 0; i < FDS_MAX; i++)
		fds[i] = memory;
	assert_true(passes(&table, fds, FDS_MAX));
	assert_false(passes(&table, fds, FDS_MAX - 1));
	table.memory.regions[5].bytes = 0;
	assert_false(passes(&table, fds, FDS_MAX));
	table = make_table(FDS_MAX);
	table.size -= 32;
	assert_false(passes(&table, fds, FDS_MAX));

	table = make_table(1);
	assert_true(passes(&table, fds, 1));
	assert_false(passes(&table, &event, 1));
	assert_false(passes(&table, &read_only, 1));
	table.memory.regions[0].offset = UINT64_MAX - MEMORY;
	assert_false(passes(&table, fds, 1));
	table.memory.regions[0].offset = UINT64_MAX - MEMORY + 1;
	assert_false(passes(&table, fds, 1));
	table.memory.regions[0].offset = 0;
	table.memory.regions[0].bytes = UINT64_C(1) << 62;
	assert_false(passes(&table, fds, 1));
	close(read_only);
}

static void test_log(void **state)
{
	struct dvs_vhost_message message = make(DVS_VHOST_SET_LOG_BASE, 16);

	(void)state;
	message.log.bytes = 4096;
	assert_true(passes(&message, &memory, 1));
	assert_false(passes(&message, &event, 1));
	message.log.offset = 4096;
	assert_false(passes(&message, &memory, 1));
	message.log.offset = message.log.bytes = 0;
	assert_false(passes(&message, &memory, 1));
}

static void test_events(void **state)
{
	struct dvs_vhost_message message = make(DVS_VHOST_SET_VRING_CALL, 8);

	(void)state;
	assert_int_equal(fcntl(event, F_GETFL) & O_NONBLOCK, 0);
	assert_true(passes(&message, &event, 1));
	assert_int_equal(fcntl(event, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_true(passes(&message, &pipes[1], 1));
	assert_int_equal(fcntl(pipes[1], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_false(passes(&message, &memory, 1));
	assert_false(passes(&message, &ends[0], 1));
	message.mac[1] = NOFD >> 8;
	assert_true(passes(&message, NULL, 0));
	message = make(DVS_VHOST_SET_VRING_KICK, 8);
	assert_true(passes(&message, &event, 1));
	assert_false(passes(&message, &memory, 1));
}

/* A head without its body, with a descriptor: what the body says is not known. */
static void test_half(void **state)
{
	struct dvs_vhost_message table = make_table(1);
	unsigned int before = count_fds(), got;

	(void)state;
	send_message(&table, DVS_VHOST_HEADER_BYTES, &memory, 1);
	assert_int_equal(read_message(&got), -1);
	assert_int_equal(count_fds(), before);
}

/* Whoever else calls recvmsg gets what is there. */
static void test_others(void **state)
{
	struct dvs_vhost_message message = make(SET_INFLIGHT, 0);
	char all[sizeof(message)];
	struct iovec iov = {all, sizeof(all)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	unsigned int got;

	(void)state;
	send_message(&message, DVS_VHOST_HEADER_BYTES, NULL, 0);
	assert_int_equal(recvmsg(ends[1], &msg, 0), DVS_VHOST_HEADER_BYTES);
	send_message(&message, DVS_VHOST_HEADER_BYTES, &memory, 1);
	assert_int_equal(read_message(&got), -1);
	/* From now on it is not watched, as its number may be another socket's. */
	send_message(&message, DVS_VHOST_HEADER_BYTES, &memory, 1);
	assert_int_equal(read_message(&got), DVS_VHOST_HEADER_BYTES);
	assert_int_equal(got, 1);
	assert_int_equal(dvs_vhost_gate_watch(-1), -EMFILE);
	assert_int_equal(dvs_vhost_gate_watch(1 << 20), -EMFILE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_requests, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_log, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_events, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_half, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
