/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture files: good ones, and what one may find on a disk. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "capture.h"

static char path[] = "/tmp/dvs-test-capture-XXXXXX";

struct record {
	uint32_t seconds, fraction, captured, length;
};

static void append(FILE *file, const void *bytes, size_t n)
{
	assert_int_equal(fwrite(bytes, 1, n, file), n);
}

static FILE *start(uint32_t magic, uint32_t link_type)
{
	const uint32_t header[6] = {magic, 4u << 16 | 2, 0, 0, 262144, link_type};
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	append(file, header, sizeof(header));
	return file;
}

static void add(FILE *file, struct record record)
{
	append(file, &record, sizeof(record));
	for (uint32_t i = 0; i < record.captured; i++) {
		uint8_t byte = (uint8_t)(record.captured + i);

		append(file, &byte, 1);
	}
}

static void test_good(void **state)
{
	struct dvs_capture c;
	FILE *file = start(0xa1b2c3d4, 1);

	(void)state;
	add(file, (struct record){100, 5, 60, 60});
	add(file, (struct record){100, 7, 1514, 1514});
	add(file, (struct record){101, 5, 100, 9000}); /* cut */
	add(file, (struct record){99, 0, 64, 64});     /* back in time */
	fclose(file);
	assert_int_equal(dvs_capture_load(path, &c, NULL), 0);
	assert_int_equal(c.n, 4);
	assert_int_equal(c.frames[0].ns, 0);
	assert_int_equal(c.frames[1].ns, 2000);
	assert_int_equal(c.frames[2].ns, 1000000000);
	assert_int_equal(c.frames[3].ns, 1000000000);
	assert_int_equal(c.frames[1].length, 1514);
	assert_int_equal(c.bytes[c.frames[2].offset], 100);
	assert_int_equal(c.bytes[c.frames[2].offset + 99], 199);
	assert_int_equal(c.n_cut, 1);
	assert_int_equal(c.longest, 1514);
	assert_int_equal(c.loop_ns, 1333333333);
	dvs_capture_free(&c);
}

static void test_nanoseconds_and_many(void **state)
{
	struct dvs_capture c;
	FILE *file = start(0xa1b23c4d, 1);

	(void)state;
	for (uint32_t i = 0; i < 5000; i++)
		add(file, (struct record){i, 123, 60 + i % 100, 60 + i % 100});
	fclose(file);
	assert_int_equal(dvs_capture_load(path, &c, NULL), 0);
	assert_int_equal(c.n, 5000);
	assert_int_equal(c.frames[4999].ns, UINT64_C(4999000000000));
	assert_int_equal(c.bytes[c.frames[4999].offset], 60 + 99);
	dvs_capture_free(&c);
}

static void refused(int code)
{
	struct dvs_capture c = {.n = 7};
	struct dvs_error err = {0};

	assert_int_equal(dvs_capture_load(path, &c, &err), code);
	assert_true(err.text[0] != '\0');
	assert_non_null(strstr(err.object, path));
	assert_int_equal(c.n, 7);
}

static void test_bad(void **state)
{
	FILE *file;

	(void)state;
	file = start(0xa1b2c3d4, 1); /* empty */
	fclose(file);
	refused(-EINVAL);
	file = start(0xa1b2c3d4, 113); /* Linux cooked */
	add(file, (struct record){1, 1, 60, 60});
	fclose(file);
	refused(-EINVAL);
	file = start(0x12345678, 1);
	fclose(file);
	refused(-EINVAL);
	file = start(0xa1b2c3d4, 1);
	add(file, (struct record){1, 1, 13, 13}); /* no Ethernet header */
	fclose(file);
	refused(-EINVAL);
	file = start(0xa1b2c3d4, 1);
	add(file, (struct record){1, 1, 70000, 70000});
	fclose(file);
	refused(-EINVAL);
	file = start(0xa1b2c3d4, 1);
	add(file, (struct record){1, 1, 60, 60});
	append(file, "\1\2\3\4\5", 5); /* ends in a record */
	fclose(file);
	refused(-EINVAL);
	file = start(0xa1b2c3d4, 1);
	add(file, (struct record){1, 1, 60, 60});
	append(file, "\1\0\0\0\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16);
	fclose(file);
	refused(-EINVAL);
}

static void test_no_file(void **state)
{
	struct dvs_capture c;
	struct dvs_error err = {0};

	(void)state;
	assert_int_equal(dvs_capture_load("/no/such/file", &c, &err), -ENOENT);
	assert_int_equal(dvs_capture_load("/", &c, &err), -EINVAL);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_nanoseconds_and_many),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
