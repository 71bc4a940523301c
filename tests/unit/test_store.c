/* SPDX-License-Identifier: BSD-3-Clause */
/* control/store on SQLite: what is committed stays, whatever happens; what is not, is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control_fixture.h"
#include "store.h"

#define KILL_ROUNDS 60

static struct dvs_store *open_store(const char *path)
{
	struct dvs_store *store;
	struct dvs_error err;
	char text[512];

	if (dvs_store_open_sqlite(path, &store, &err) < 0)
		fail_msg("%s", dvs_error_print(&err, text, sizeof(text)));
	return store;
}

static struct dvs_intent *load(struct dvs_store *store)
{
	struct dvs_intent *intent;
	struct dvs_error err;
	char text[512];

	assert_int_equal(dvs_intent_create(&intent), 0);
	if (dvs_store_load(store, intent, &err) < 0)
		fail_msg("%s", dvs_error_print(&err, text, sizeof(text)));
	return intent;
}

static void put(struct dvs_store *store, const struct dvs_type *type, const char *words)
{
	struct dvs_record rec = fixture_record(type, words);
	struct dvs_error err;

	assert_int_equal(dvs_store_put(store, &rec, &err), 0);
}

static void begin(struct dvs_store *store)
{
	struct dvs_error err;

	assert_int_equal(dvs_store_begin(store, &err), 0);
}

static uint64_t commit(struct dvs_store *store)
{
	struct dvs_error err;
	uint64_t revision;

	assert_int_equal(dvs_store_commit(store, &revision, &err), 0);
	return revision;
}

/* A store with one segment, closed. */
static const char *make_store(const char *name)
{
	const char *path = fixture_path(name);
	struct dvs_store *store = open_store(path);

	begin(store);
	put(store, &dvs_segment_type, "name=lan age=60");
	commit(store);
	dvs_store_close(store);
	return path;
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void test_what_is_stored_comes_back(void **state)
{
	const char *path = fixture_path("plain.db");
	struct dvs_store *store = open_store(path);
	struct dvs_intent *intent;
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_store_revision(store), 0);
	begin(store);
	put(store, &dvs_mac_type, "segment=lan mac=52:54:00:00:00:01 port=vm1");
	put(store, &dvs_port_type, "name=vm1 group=vms features_off=tso4,csum");
	put(store, &dvs_portgroup_type, "name=vms segment=lan mtu=9000");
	put(store, &dvs_segment_type, "name=lan description=\xc3\xa4 forward_reserved=true");
	put(store, &dvs_segment_type, "name=gone");
	assert_int_equal(commit(store), 1);
	begin(store);
	assert_int_equal(dvs_store_delete(store, &dvs_segment_type, "gone", &err), 0);
	put(store, &dvs_segment_type, "name=lan description=\xc3\xa4");
	assert_int_equal(commit(store), 2);
	begin(store);
	put(store, &dvs_segment_type, "name=never");
	dvs_store_rollback(store);
	dvs_store_close(store);

	store = open_store(path);
	assert_int_equal(dvs_store_revision(store), 2);
	intent = load(store);
	assert_int_equal(dvs_intent_count(intent, &dvs_segment_type), 1);
	assert_int_equal(dvs_intent_count(intent, &dvs_port_type), 1);
	assert_int_equal(dvs_intent_count(intent, &dvs_mac_type), 1);
	{
		struct dvs_record lan =
			fixture_record(&dvs_segment_type, "name=lan description=\xc3\xa4");
		struct dvs_record vm1 =
			fixture_record(&dvs_port_type, "name=vm1 group=vms features_off=tso4,csum");

		assert_true(dvs_record_is_equal(dvs_intent_lookup(intent, &dvs_segment_type, "lan"),
						&lan));
		assert_true(dvs_record_is_equal(dvs_intent_lookup(intent, &dvs_port_type, "vm1"),
						&vm1));
	}
	dvs_intent_free(intent);
	dvs_store_close(store);
}

static int take_text(void *arg, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	snprintf(arg, 256, "%s", values[0]);
	return 0;
}

/* A later version may have other defaults. */
static void test_defaults_are_not_stored(void **state)
{
	const char *path = make_store("defaults.db");
	char json[256] = "";
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "SELECT json FROM objects", take_text, json, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	assert_string_equal(json, "{\"name\":\"lan\",\"age\":60}");
}

static void test_a_second_daemon_is_refused(void **state)
{
	const char *path = fixture_path("second.db");
	struct dvs_store *store = open_store(path), *other;
	struct dvs_error err;
	pid_t pid;
	int status;

	(void)state;
	assert_int_equal(dvs_store_open_sqlite(path, &other, &err), -EBUSY);
	assert_non_null(strstr(err.text, "second dvs-controld"));
	pid = fork();
	if (pid == 0)
		_exit(dvs_store_open_sqlite(path, &other, &err) == -EBUSY ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	dvs_store_close(store);
	dvs_store_close(open_store(path));
}

static void refuse_open(const char *path, int code, const char *text)
{
	struct dvs_store *store;
	struct dvs_error err = {0};

	assert_int_equal(dvs_store_open_sqlite(path, &store, &err), code);
	assert_non_null(strstr(err.object, "store /tmp/dvs-test-"));
	if (!strstr(err.text, text))
		fail_msg("'%s' is not in '%s'", text, err.text);
}

static void test_files_that_are_no_store_are_refused(void **state)
{
	const char *path = fixture_path("text.db");
	FILE *file = fopen(path, "w");

	(void)state;
	for (unsigned int i = 0; i < 1000; i++)
		fprintf(file, "this is no database\n");
	fclose(file);
	refuse_open(path, -EUCLEAN, "no database");
	path = fixture_path("other.db");
	run_sql(path, "CREATE TABLE cookies (name TEXT)");
	refuse_open(path, -EUCLEAN, "another program");
	path = make_store("newer.db");
	run_sql(path, "PRAGMA user_version = 2");
	refuse_open(path, -EPROTONOSUPPORT, "newer version");
	refuse_open(fixture_path("no/such/directory.db"), -EACCES, "directory");
}

/* SQLite takes this name for a file that nobody sees and that is gone at the end. */
static void test_a_store_without_a_name_is_refused(void **state)
{
	struct dvs_store *store;
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_store_open_sqlite("", &store, &err), -EINVAL);
}

static void test_a_revision_that_cannot_be_is_refused(void **state)
{
	static const char *const changes[] = {
		"UPDATE meta SET value = 'x'",
		"UPDATE meta SET value = -5",
		"UPDATE meta SET value = 9223372036854775807",
		"DELETE FROM meta",
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		char name[32];

		snprintf(name, sizeof(name), "revision%u.db", i);
		make_store(name);
		run_sql(fixture_path(name), changes[i]);
		refuse_open(fixture_path(name), -EUCLEAN, "damaged");
	}
}

/* Noise over the start of a page, which says what is where in it. */
static void damage(const char *path, unsigned int page)
{
	size_t header = page == 0 ? 100 : 0;
	unsigned char noise[1024];
	int fd = open(path, O_WRONLY);

	for (unsigned int i = 0; i < sizeof(noise); i++)
		noise[i] = (unsigned char)fixture_random();
	assert_int_equal(pwrite(fd, noise, sizeof(noise), (off_t)(page * 4096 + header)),
			 sizeof(noise));
	close(fd);
}

static void test_damage_is_found(void **state)
{
	(void)state;
	/* The schema, the objects, the revision. */
	for (unsigned int page = 0; page < 3; page++) {
		const char *path = make_store("damaged.db");

		damage(path, page);
		refuse_open(path, -EUCLEAN, "move it away");
		unlink(path);
	}
}

static void refuse_load(const char *path, int code, const char *text)
{
	struct dvs_store *store = open_store(path);
	struct dvs_intent *intent;
	struct dvs_error err = {0};

	assert_int_equal(dvs_intent_create(&intent), 0);
	assert_int_equal(dvs_store_load(store, intent, &err), code);
	if (!strstr(err.text, text))
		fail_msg("'%s' is not in '%s'", text, err.text);
	assert_int_equal(dvs_intent_count(intent, &dvs_segment_type), 0);
	dvs_intent_free(intent);
	dvs_store_close(store);
}

static void test_content_that_is_not_understood_is_refused(void **state)
{
	static const struct {
		const char *sql;
		int code;
		const char *text;
	} cases[] = {
		{"UPDATE objects SET json = '{\"name\":\"lan\",\"colour\":7}'", -EPROTONOSUPPORT,
		 "newer version"},
		{"INSERT INTO objects VALUES ('router', 'r', '{}', 1)", -EPROTONOSUPPORT,
		 "newer version"},
		{"UPDATE objects SET json = '{\"name\":\"lan\",\"age\":-3}'", -EUCLEAN,
		 "segment lan"},
		{"UPDATE objects SET json = 'nonsense'", -EUCLEAN, "not JSON"},
		{"UPDATE objects SET json = '{\"name\":\"wan\"}'", -EUCLEAN, "another object"},
		{"INSERT INTO objects VALUES ('portgroup', 'g', "
		 "'{\"name\":\"g\",\"segment\":\"x\"}', 1)",
		 -EUCLEAN, "not consistent"},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *path = make_store("content.db");

		run_sql(path, cases[i].sql);
		refuse_load(path, cases[i].code, cases[i].text);
		unlink(path);
	}
}

static int commit_two(struct dvs_store *store, unsigned int i, struct dvs_error *err)
{
	uint64_t revision;
	char words[64];

	begin(store);
	snprintf(words, sizeof(words), "name=a%u", i);
	put(store, &dvs_segment_type, words);
	snprintf(words, sizeof(words), "name=b%u", i);
	put(store, &dvs_segment_type, words);
	return dvs_store_commit(store, &revision, err);
}

/* Commits until that fails; returns how often it did not. */
static unsigned int fill_up(struct dvs_store *store, struct dvs_error *err)
{
	unsigned int n = 0;

	while (n < 10000 && commit_two(store, n, err) == 0)
		n++;
	assert_true(n > 10 && n < 10000);
	assert_int_equal(dvs_store_revision(store), n);
	assert_non_null(strstr(err->text, "nothing was stored"));
	return n;
}

/* The store has n commits, and with room it goes on as if nothing had happened. */
static void go_on(struct dvs_store *store, const char *path, unsigned int n)
{
	struct dvs_intent *intent;

	begin(store);
	put(store, &dvs_segment_type, "name=late");
	assert_int_equal(commit(store), n + 1);
	dvs_store_close(store);
	store = open_store(path);
	intent = load(store);
	assert_int_equal(dvs_intent_count(intent, &dvs_segment_type), 2 * n + 1);
	dvs_intent_free(intent);
	dvs_store_close(store);
}

static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_failed_write_stores_nothing(void **state)
{
	const char *path = fixture_path("limited.db");
	struct dvs_store *store = open_store(path);
	struct dvs_error err = {0};
	unsigned int n;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	set_file_limit(256 << 10);
	n = fill_up(store, &err);
	set_file_limit(RLIM_INFINITY);
	assert_int_equal(err.code, -EIO);
	go_on(store, path, n);
}

/* In a file system of its own with 256 kB, which has a big file in it for a while. */
static void on_a_full_disk(void)
{
	const char *path = fixture_path("full.db"), *ballast = fixture_path("ballast");
	struct dvs_store *store = open_store(path);
	struct dvs_error err = {0};
	int fd = open(ballast, O_WRONLY | O_CREAT, 0600);
	unsigned int n;

	assert_int_equal(posix_fallocate(fd, 0, 64 << 10), 0);
	n = fill_up(store, &err);
	assert_int_equal(err.code, -ENOSPC);
	assert_non_null(strstr(err.text, "the disk is full"));
	unlink(ballast);
	close(fd);
	go_on(store, path, n);
}

/* A mount namespace of its own; who is not root becomes so in a user namespace. */
static int enter_namespace(void)
{
	char map[32];
	int fd, length = snprintf(map, sizeof(map), "0 %u 1", (unsigned int)getuid());

	if (geteuid() == 0)
		return unshare(CLONE_NEWNS);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -1;
	fd = open("/proc/self/uid_map", O_WRONLY);
	return fd >= 0 && write(fd, map, (size_t)length) == length ? 0 : -1;
}

/* After fork(): a failed assertion ends the process and does not go on with the next test. */
static void become_child(void)
{
	setenv("CMOCKA_TEST_ABORT", "1", 1);
}

static void test_a_full_disk_stores_nothing(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		become_child();
		if (enter_namespace() < 0 ||
		    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("none", fixture_path(""), "tmpfs", 0, "size=256k") < 0)
			_exit(77);
		on_a_full_disk();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("no file system can be mounted here: skipped\n");
		skip();
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A writer whose state after change i is known from i alone: segments p and q have age i, segment
 * s(i % 50) is there when i / 50 is even. Each acknowledged change is told to the parent. */
static void write_forever(const char *path, uint32_t first, int fd)
{
	struct dvs_store *store;

	become_child();
	store = open_store(path);
	for (uint32_t i = first;; i++) {
		char words[64], name[16];
		struct dvs_error err;

		begin(store);
		snprintf(words, sizeof(words), "name=p age=%u", i);
		put(store, &dvs_segment_type, words);
		snprintf(name, sizeof(name), "s%u", i % 50);
		snprintf(words, sizeof(words), "name=%s", name);
		if (i / 50 % 2 == 0)
			put(store, &dvs_segment_type, words);
		else
			assert_int_equal(dvs_store_delete(store, &dvs_segment_type, name, &err), 0);
		snprintf(words, sizeof(words), "name=q age=%u", i);
		put(store, &dvs_segment_type, words);
		commit(store);
		if (write(fd, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

static uint32_t age_of(const struct dvs_intent *intent, const char *name)
{
	const struct dvs_record *rec = dvs_intent_lookup(intent, &dvs_segment_type, name);
	struct dvs_segment segment;

	assert_non_null(rec);
	memcpy(&segment, rec->data, sizeof(segment));
	return segment.age_s;
}

/* The store is at change i, wholly, with i the last acknowledged one or the one after it. */
static uint32_t check_after_kill(const char *path, uint32_t acknowledged)
{
	struct dvs_store *store = open_store(path);
	struct dvs_intent *intent = load(store);
	uint32_t i = 0;

	if (dvs_intent_count(intent, &dvs_segment_type) > 0) {
		i = age_of(intent, "p");
		assert_int_equal(age_of(intent, "q"), i);
	}
	assert_int_equal(dvs_store_revision(store), i);
	assert_true(i == acknowledged || i == acknowledged + 1);
	for (uint32_t slot = 0; slot < 50; slot++) {
		uint32_t last = i < slot ? 0 : i - (i - slot) % 50; /* that touched the slot */
		char name[16];

		snprintf(name, sizeof(name), "s%u", slot);
		assert_int_equal(dvs_intent_lookup(intent, &dvs_segment_type, name) != NULL,
				 last > 0 && last / 50 % 2 == 0);
	}
	dvs_intent_free(intent);
	dvs_store_close(store);
	return i;
}

static void test_kill_at_any_moment(void **state)
{
	const char *path = fixture_path("killed.db");
	uint32_t at = 0, n_changes = 0;

	(void)state;
	for (unsigned int round = 0; round < KILL_ROUNDS; round++) {
		uint32_t acknowledged = at, i;
		int fds[2], status;
		pid_t pid;

		assert_int_equal(pipe(fds), 0);
		pid = fork();
		if (pid == 0)
			write_forever(path, at + 1, fds[1]);
		close(fds[1]);
		usleep(1000 + fixture_random() % 40000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		while (read(fds[0], &i, sizeof(i)) == sizeof(i)) {
			acknowledged = i;
			n_changes++;
		}
		close(fds[0]);
		at = check_after_kill(path, acknowledged);
	}
	assert_true(n_changes > KILL_ROUNDS);
}

static int set_up(void **state)
{
	(void)state;
	fixture_directory();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_remove_directory();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_stored_comes_back),
		cmocka_unit_test(test_defaults_are_not_stored),
		cmocka_unit_test(test_a_second_daemon_is_refused),
		cmocka_unit_test(test_files_that_are_no_store_are_refused),
		cmocka_unit_test(test_a_store_without_a_name_is_refused),
		cmocka_unit_test(test_a_revision_that_cannot_be_is_refused),
		cmocka_unit_test(test_damage_is_found),
		cmocka_unit_test(test_content_that_is_not_understood_is_refused),
		cmocka_unit_test(test_a_failed_write_stores_nothing),
		cmocka_unit_test(test_a_full_disk_stores_nothing),
		cmocka_unit_test(test_kill_at_any_moment),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
