/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that outlive the switch: what was written is read back, anything else is refused whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "state_file.h"

#define HEAD 24 /* bytes of the file before its records */

struct record {
	uint32_t number;
	uint32_t twice;
};

static bool is_valid(const void *data)
{
	const struct record *record = data;

	return record->twice == 2 * record->number;
}

static const struct dvs_state_kind kind = {
	.name = "numbers",
	.what = "numbers",
	.magic = "numbers1",
	.record_size = sizeof(struct record),
	.records_max = 100000,
	.is_valid = is_valid,
};

static char directory[64];
static struct dvs_state_file file;

static int set_up(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/dvs-state-XXXXXX");
	assert_non_null(mkdtemp(directory));
	assert_int_equal(dvs_state_file_init(&file, &kind, directory), 0);
	return 0;
}

static int tear_down(void **state)
{
	char beside[128];

	(void)state;
	snprintf(beside, sizeof(beside), "%s.new", file.path);
	unlink(beside);
	rmdir(beside);
	unlink(file.path);
	assert_int_equal(rmdir(directory), 0);
	dvs_state_file_fini(&file);
	return 0;
}

static void write_numbers(uint32_t n, uint32_t now_s)
{
	struct record *records = calloc(n + 1u, sizeof(*records));

	assert_non_null(records);
	for (uint32_t i = 0; i < n; i++)
		records[i] = (struct record){i + 7, 2 * (i + 7)};
	dvs_state_file_write(&file, records, n, now_s);
	free(records);
}

/* How many there are, -1: the file is refused, or is not there. */
static int numbers(void)
{
	uint32_t n = 0;
	struct record *records = dvs_state_file_read(&file, &n);

	if (records == NULL)
		return -1;
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(records[i].number, i + 7);
	free(records);
	return (int)n;
}

static void what_was_written_is_read(void **state)
{
	(void)state;
	assert_int_equal(numbers(), -1);
	write_numbers(3, 1);
	assert_int_equal(numbers(), 3);
	write_numbers(0, 2);
	assert_int_equal(numbers(), 0);
	write_numbers(100000, 3);
	assert_int_equal(numbers(), 100000);
	assert_false(file.has_failed);
}

static void no_directory_keeps_nothing(void **state)
{
	struct dvs_state_file none;

	(void)state;
	assert_int_equal(dvs_state_file_init(&none, &kind, ""), 0);
	none.is_dirty = true;
	assert_false(dvs_state_file_is_due(&none, 100));
	dvs_state_file_write(&none, NULL, 0, 100);
	assert_null(dvs_state_file_read(&none, &(uint32_t){0}));
	dvs_state_file_fini(&none);
}

/* Once a second, and less often when it is long. */
static void writing_is_limited(void **state)
{
	(void)state;
	assert_false(dvs_state_file_is_due(&file, 10));
	file.is_dirty = true;
	assert_true(dvs_state_file_is_due(&file, 10));
	write_numbers(3, 10);
	assert_false(file.is_dirty);
	file.is_dirty = true;
	assert_false(dvs_state_file_is_due(&file, 10));
	assert_true(dvs_state_file_is_due(&file, 11));
	write_numbers(100000, 11);
	file.is_dirty = true;
	assert_false(dvs_state_file_is_due(&file, 17));
	assert_true(dvs_state_file_is_due(&file, 18));
}

/* ---- other files ---- */

static long size_of_file(void)
{
	struct stat info;

	assert_int_equal(stat(file.path, &info), 0);
	return (long)info.st_size;
}

static void flip_a_bit(long at)
{
	FILE *stream = fopen(file.path, "r+");
	int byte;

	assert_non_null(stream);
	assert_int_equal(fseek(stream, at, SEEK_SET), 0);
	byte = fgetc(stream);
	assert_int_equal(fseek(stream, at, SEEK_SET), 0);
	fputc(byte ^ 4, stream);
	fclose(stream);
}

static void any_changed_bit_is_seen(void **state)
{
	long size;

	(void)state;
	write_numbers(3, 1);
	size = size_of_file();
	assert_int_equal(size, HEAD + 3 * sizeof(struct record));
	for (long at = 0; at < size; at++) {
		flip_a_bit(at);
		assert_int_equal(numbers(), -1);
		flip_a_bit(at);
		assert_int_equal(numbers(), 3);
	}
}

static void any_other_length_is_seen(void **state)
{
	(void)state;
	for (long length = 0; length < HEAD + 3 * (long)sizeof(struct record); length++) {
		write_numbers(3, 1);
		assert_int_equal(truncate(file.path, length), 0);
		assert_int_equal(numbers(), -1);
	}
	write_numbers(3, 1);
	assert_int_equal(truncate(file.path, size_of_file() + 1), 0);
	assert_int_equal(numbers(), -1);
}

/* The checksum is right: one record in the middle is not. */
static void a_bad_record_refuses_all(void **state)
{
	const struct record records[3] = {{7, 14}, {8, 17}, {9, 18}};

	(void)state;
	dvs_state_file_write(&file, records, 3, 1);
	assert_int_equal(numbers(), -1);
}

static void another_kind_is_refused(void **state)
{
	const struct dvs_state_kind few = {
		.name = "numbers",
		.what = "numbers",
		.magic = "numbers1",
		.record_size = sizeof(struct record),
		.records_max = 2,
		.is_valid = is_valid,
	};

	(void)state;
	write_numbers(3, 1);
	file.kind = &few;
	assert_int_equal(numbers(), -1);
	write_numbers(3, 1); /* nor are so many written */
	assert_true(file.has_failed && file.is_dirty);
	file.kind = &kind;
	assert_int_equal(numbers(), 3);
}

/* Nothing waits for the other end of a pipe, or follows a link. */
static void only_plain_files_are_read(void **state)
{
	char target[128];

	(void)state;
	assert_int_equal(mkfifo(file.path, 0600), 0);
	assert_int_equal(numbers(), -1);
	write_numbers(3, 1); /* takes its place */
	assert_int_equal(numbers(), 3);
	snprintf(target, sizeof(target), "%s.new", file.path);
	assert_int_equal(rename(file.path, target), 0);
	assert_int_equal(symlink(target, file.path), 0);
	assert_int_equal(numbers(), -1);
	unlink(file.path);
	assert_int_equal(mkdir(file.path, 0700), 0);
	assert_int_equal(numbers(), -1);
	assert_int_equal(rmdir(file.path), 0);
}

static void what_cannot_be_written_is_tried_again(void **state)
{
	char beside[128];

	(void)state;
	write_numbers(3, 1);
	snprintf(beside, sizeof(beside), "%s.new", file.path);
	assert_int_equal(mkdir(beside, 0700), 0);
	write_numbers(5, 2);
	assert_true(file.has_failed && file.is_dirty);
	assert_int_equal(numbers(), 3); /* the old one stands */
	assert_false(dvs_state_file_is_due(&file, 2));
	assert_true(dvs_state_file_is_due(&file, 3));
	assert_int_equal(rmdir(beside), 0);
	assert_int_equal(symlink("/dev/full", beside), 0); /* is not followed */
	write_numbers(5, 3);
	assert_false(file.has_failed || file.is_dirty);
	assert_int_equal(numbers(), 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_read),
		TEST(no_directory_keeps_nothing),
		TEST(writing_is_limited),
		TEST(any_changed_bit_is_seen),
		TEST(any_other_length_is_seen),
		TEST(a_bad_record_refuses_all),
		TEST(another_kind_is_refused),
		TEST(only_plain_files_are_read),
		TEST(what_cannot_be_written_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
