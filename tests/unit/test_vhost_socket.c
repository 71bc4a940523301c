/* SPDX-License-Identifier: BSD-3-Clause */
/* Socket files of vhost-user ports, in a directory of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vhost_socket.h"

#define NOBODY 65534

static char base[] = "/tmp/dvs-socket-XXXXXX";
static struct dvs_error err;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(strrchr(base, '-'), "-XXXXXX");
	memset(&err, 0, sizeof(err));
	return mkdtemp(base) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *under_base(const char *name)
{
	static char path[DVS_SOCKET_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

static int bind_socket(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void test_path(void **state)
{
	struct dvs_port port = {.name = "vm1"};
	char path[DVS_SOCKET_PATH_MAX], dir[200];

	(void)state;
	assert_int_equal(dvs_vhost_socket_path(&port, "/run/x", path, &err), 0);
	assert_string_equal(path, "/run/x/vm1.sock");
	strcpy(port.socket, "/a/b");
	assert_int_equal(dvs_vhost_socket_path(&port, "/run/x", path, &err), 0);
	assert_string_equal(path, "/a/b");

	/* 107 characters are the most: sun_path has 108 with the NUL. */
	port.socket[0] = '\0';
	memset(dir, 'd', sizeof(dir));
	dir[0] = '/';
	dir[DVS_SOCKET_PATH_MAX - 1 - strlen("/vm1.sock")] = '\0';
	assert_int_equal(dvs_vhost_socket_path(&port, dir, path, &err), 0);
	assert_int_equal(strlen(path), DVS_SOCKET_PATH_MAX - 1);
	strcat(dir, "d");
	assert_int_equal(dvs_vhost_socket_path(&port, dir, path, &err), -ENAMETOOLONG);
	assert_string_equal(err.field, "socket");
	assert_int_equal(dvs_vhost_socket_path(&port, NULL, path, &err), -EINVAL);
}

static void test_owner(void **state)
{
	struct dvs_port port = {.name = "vm1"};
	struct dvs_vhost_owner owner;

	(void)state;
	assert_int_equal(dvs_vhost_socket_owner(&port, &owner, &err), 0);
	assert_true(owner.uid == (uid_t)-1 && owner.gid == (gid_t)-1);
	strcpy(port.socket_owner, "root");
	strcpy(port.socket_group, "root");
	assert_int_equal(dvs_vhost_socket_owner(&port, &owner, &err), 0);
	assert_true(owner.uid == 0 && owner.gid == 0);
	strcpy(port.socket_group, "no-such-group");
	owner.gid = 77;
	assert_int_equal(dvs_vhost_socket_owner(&port, &owner, &err), -ENOENT);
	assert_string_equal(err.field, "socket_group");
	assert_non_null(strstr(err.text, "no-such-group"));
	assert_int_equal(owner.gid, 77);
	strcpy(port.socket_owner, "no-such-user");
	assert_int_equal(dvs_vhost_socket_owner(&port, &owner, &err), -ENOENT);
	assert_string_equal(err.field, "socket_owner");
}

static void test_directory(void **state)
{
	struct stat st;

	(void)state;
	umask(022);
	assert_int_equal(dvs_vhost_socket_prepare(under_base("a/b/vm1.sock"), &err), 0);
	assert_int_equal(stat(under_base("a/b"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	assert_int_equal(access(under_base("a/b/vm1.sock"), F_OK), -1);

	close(open(under_base("file"), O_CREAT | O_WRONLY, 0600));
	assert_int_equal(dvs_vhost_socket_prepare(under_base("file/vm1.sock"), &err), -ENOTDIR);
	assert_string_equal(err.field, "socket");
	assert_int_equal(dvs_vhost_socket_prepare("relative", &err), -EINVAL);
}

static void test_not_writable(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(under_base("ro"), 0755), 0);
	assert_int_equal(chmod(base, 0755), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int rc = -1;

		if (setresuid(NOBODY, NOBODY, NOBODY) == 0)
			rc = dvs_vhost_socket_prepare(under_base("ro/vm1.sock"), &err);
		_exit(rc == -EACCES && strcmp(err.field, "socket") == 0 &&
				      strstr(err.text, "65534") != NULL
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_stale(void **state)
{
	(void)state;
	close(bind_socket(under_base("vm1.sock")));
	assert_int_equal(access(under_base("vm1.sock"), F_OK), 0);
	assert_int_equal(dvs_vhost_socket_prepare(under_base("vm1.sock"), &err), 0);
	assert_int_equal(access(under_base("vm1.sock"), F_OK), -1);
}

static void test_in_use(void **state)
{
	char pid[16];
	int fd = bind_socket(under_base("vm1.sock"));

	(void)state;
	assert_int_equal(listen(fd, 1), 0);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	/* Also when the backlog is full after a few tries. */
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(dvs_vhost_socket_prepare(under_base("vm1.sock"), &err),
				 -EADDRINUSE);
		assert_string_equal(err.field, "socket");
		if (i == 0)
			assert_non_null(strstr(err.text, pid));
	}
	assert_int_equal(access(under_base("vm1.sock"), F_OK), 0);
	close(fd);
	assert_int_equal(dvs_vhost_socket_prepare(under_base("vm1.sock"), &err), 0);
}

static void test_other_socket_type(void **state)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	(void)state;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", under_base("log"));
	assert_int_equal(bind(fd, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(dvs_vhost_socket_prepare(under_base("log"), &err), -EADDRINUSE);
	assert_int_equal(access(under_base("log"), F_OK), 0);
	close(fd);
}

static void test_not_a_socket(void **state)
{
	char target[DVS_SOCKET_PATH_MAX];

	(void)state;
	close(open(under_base("file"), O_CREAT | O_WRONLY, 0600));
	assert_int_equal(dvs_vhost_socket_prepare(under_base("file"), &err), -EEXIST);
	assert_int_equal(access(under_base("file"), F_OK), 0);

	/* A link is not followed, whatever it points to. */
	strcpy(target, under_base("stale"));
	close(bind_socket(target));
	assert_int_equal(symlink(target, under_base("link")), 0);
	assert_int_equal(dvs_vhost_socket_prepare(under_base("link"), &err), -EEXIST);
	assert_int_equal(access(target, F_OK), 0);
}

/* A check alone changes nothing. */
static void test_check(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(dvs_vhost_socket_check(under_base("a/b/vm1.sock"), &err), 0);
	assert_int_equal(access(under_base("a"), F_OK), -1);
	close(bind_socket(under_base("stale.sock")));
	assert_int_equal(dvs_vhost_socket_check(under_base("stale.sock"), &err), 0);
	assert_int_equal(access(under_base("stale.sock"), F_OK), 0);
	fd = bind_socket(under_base("vm1.sock"));
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(dvs_vhost_socket_check(under_base("vm1.sock"), &err), -EADDRINUSE);
	close(fd);
	close(open(under_base("file"), O_CREAT | O_WRONLY, 0600));
	assert_int_equal(dvs_vhost_socket_check(under_base("file"), &err), -EEXIST);
	assert_int_equal(dvs_vhost_socket_check(under_base("file/vm1.sock"), &err), -ENOTDIR);
}

static void test_secure(void **state)
{
	struct dvs_vhost_owner owner = {(uid_t)-1, (gid_t)-1};
	struct stat st;

	(void)state;
	close(bind_socket(under_base("vm1.sock")));
	assert_int_equal(dvs_vhost_socket_secure(under_base("vm1.sock"), &owner, 0640, &err), 0);
	assert_int_equal(stat(under_base("vm1.sock"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_uid, geteuid());
	owner.uid = 1;
	owner.gid = 2;
	if (geteuid() != 0) {
		assert_int_equal(
			dvs_vhost_socket_secure(under_base("vm1.sock"), &owner, 0600, &err),
			-EPERM);
		assert_string_equal(err.field, "socket_owner");
		return;
	}
	assert_int_equal(dvs_vhost_socket_secure(under_base("vm1.sock"), &owner, 0600, &err), 0);
	assert_int_equal(stat(under_base("vm1.sock"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_uid, 1);
	assert_int_equal(st.st_gid, 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_path),
		TEST(test_owner),
		TEST(test_directory),
		TEST(test_not_writable),
		TEST(test_stale),
		TEST(test_in_use),
		TEST(test_other_socket_type),
		TEST(test_not_a_socket),
		TEST(test_check),
		TEST(test_secure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
