/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/base/unix_socket: whose a path is, and what a sweep removes. */
#include "unix_socket.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/dvs-test-XXXXXX");
	return mkdtemp(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(directory);
}

static const char *path_of(const char *name)
{
	static char paths[4][sizeof(((struct dvs_unix_socket *)NULL)->path)];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static int socket_for(const char *name, int type, struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	strcpy(ret_address->sun_path, path_of(name));
	return socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
}

/* A bound socket that does not listen; the descriptor. */
static int bind_at(const char *name, int type)
{
	struct sockaddr_un address;
	int fd = socket_for(name, type, &address);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static bool is_there(const char *name)
{
	struct stat found;

	return lstat(path_of(name), &found) == 0;
}

static void a_path_has_one_owner(void **state)
{
	static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct dvs_unix_socket sock, other = {.fd = -7};
		struct dvs_error err;

		close(bind_at("s", types[1 - i])); /* dead, and of the other type */
		assert_int_equal(dvs_unix_socket_listen(&sock, path_of("s"), types[i], NULL, &err),
				 0);
		for (unsigned int k = 0; k < 2; k++)
			assert_int_equal(
				dvs_unix_socket_listen(&other, path_of("s"), types[k], NULL, &err),
				-EADDRINUSE);
		assert_int_equal(other.fd, -7);
		assert_true(is_there("s"));
		dvs_unix_socket_close(&sock);
		assert_false(is_there("s"));
	}
}

static void makes_the_directory(void **state)
{
	struct dvs_unix_socket sock;
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_unix_socket_listen(&sock, path_of("new/s"), SOCK_STREAM, NULL, &err),
			 0);
	dvs_unix_socket_close(&sock);
	assert_int_equal(rmdir(path_of("new")), 0);
}

static void sweeps_dead_sockets_only(void **state)
{
	static const char *const kept[] = {"live.sock",	     "full.sock", "packets.sock",
					   "datagrams.sock", "file.sock", "link.sock",
					   "directory.sock", "dead"};
	struct dvs_unix_socket live, packets, full;
	int datagrams = bind_at("datagrams.sock", SOCK_DGRAM), fds[200];
	struct sockaddr_un address;
	struct dvs_error err;
	int refused = 0;

	(void)state;
	assert_int_equal(
		dvs_unix_socket_listen(&live, path_of("live.sock"), SOCK_STREAM, NULL, &err), 0);
	assert_int_equal(dvs_unix_socket_listen(&packets, path_of("packets.sock"), SOCK_SEQPACKET,
						NULL, &err),
			 0);
	assert_int_equal(
		dvs_unix_socket_listen(&full, path_of("full.sock"), SOCK_STREAM, NULL, &err), 0);
	for (unsigned int i = 0; i < 200; i++) { /* more than wait in its queue */
		fds[i] = socket_for("full.sock", SOCK_STREAM, &address);
		if (connect(fds[i], (struct sockaddr *)&address, sizeof(address)) < 0)
			refused = errno;
	}
	assert_int_equal(refused, EAGAIN);
	fclose(fopen(path_of("file.sock"), "w"));
	assert_int_equal(mkdir(path_of("directory.sock"), 0700), 0);
	close(bind_at("dead", SOCK_STREAM));
	close(bind_at("dead1.sock", SOCK_STREAM));
	close(bind_at("dead2.sock", SOCK_SEQPACKET));
	assert_int_equal(symlink(path_of("dead"), path_of("link.sock")), 0);

	assert_int_equal(dvs_unix_socket_sweep(directory), 2);
	assert_false(is_there("dead1.sock") || is_there("dead2.sock"));
	for (unsigned int i = 0; i < 8; i++)
		if (!is_there(kept[i]))
			fail_msg("%s has gone", kept[i]);
	assert_int_equal(dvs_unix_socket_sweep(path_of("nowhere")), 0);
	assert_int_equal(dvs_unix_socket_sweep(path_of("file.sock")), -ENOTDIR);

	for (unsigned int i = 0; i < 200; i++)
		close(fds[i]);
	close(datagrams);
	dvs_unix_socket_close(&live);
	dvs_unix_socket_close(&packets);
	dvs_unix_socket_close(&full);
	rmdir(path_of("directory.sock"));
	for (unsigned int i = 3; i < 8; i++)
		unlink(path_of(kept[i]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_path_has_one_owner, set_up, tear_down),
		cmocka_unit_test_setup_teardown(makes_the_directory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sweeps_dead_sockets_only, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
