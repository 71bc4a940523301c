/* SPDX-License-Identifier: BSD-3-Clause */
#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define RECORDS_S 16384 /* for so many records more there is a second more between two writes */
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

struct head {
	char magic[8];
	uint32_t record_size;
	uint32_t n;
	uint64_t checksum; /* of the members before, and of the records */
};

static uint64_t hash_more(uint64_t hash, const void *data, size_t length) /* FNV-1a */
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * FNV_PRIME;
	return hash;
}

static uint64_t checksum(const struct head *head, const void *records)
{
	uint64_t hash = hash_more(FNV_BASIS, head, offsetof(struct head, checksum));

	return hash_more(hash, records, (size_t)head->n * head->record_size);
}

uint64_t dvs_state_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec;
}

int dvs_state_file_init(struct dvs_state_file *file, const struct dvs_state_kind *kind,
			const char *state_dir)
{
	memset(file, 0, sizeof(*file));
	file->kind = kind;
	if (state_dir == NULL || state_dir[0] == '\0')
		return 0;
	if (asprintf(&file->path, "%s/%s", state_dir, kind->name) < 0) {
		file->path = NULL;
		return -ENOMEM;
	}
	return 0;
}

void dvs_state_file_fini(struct dvs_state_file *file)
{
	free(file->path);
	file->path = NULL;
}

/* ---- read ---- */

static int read_all(int fd, void *data, size_t length)
{
	char *at = data;

	while (length != 0) {
		ssize_t n = read(fd, at, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

/* Is there, behind the head, what it says? */
static bool is_head_sound(const struct dvs_state_kind *kind, const struct head *head, off_t size)
{
	return memcmp(head->magic, kind->magic, sizeof(head->magic)) == 0 &&
	       head->record_size == kind->record_size && head->n <= kind->records_max &&
	       (uint64_t)size == sizeof(*head) + (uint64_t)head->n * head->record_size;
}

static bool are_records_sound(const struct dvs_state_kind *kind, const struct head *head,
			      const char *records)
{
	if (checksum(head, records) != head->checksum)
		return false;
	for (uint32_t i = 0; i < head->n; i++)
		if (!kind->is_valid(records + (size_t)i * head->record_size))
			return false;
	return true;
}

/* -EBADMSG: it is not as it was written. */
static int read_open(const struct dvs_state_kind *kind, int fd, void **ret_records, uint32_t *ret_n)
{
	struct head head;
	struct stat info;
	void *records;
	int rc;

	if (fstat(fd, &info) < 0)
		return -errno;
	rc = read_all(fd, &head, sizeof(head));
	if (rc < 0 || !is_head_sound(kind, &head, info.st_size))
		return rc < 0 ? rc : -EBADMSG;
	records = calloc(head.n + 1u, head.record_size);
	if (records == NULL)
		return -ENOMEM;
	rc = read_all(fd, records, (size_t)head.n * head.record_size);
	if (rc == 0 && !are_records_sound(kind, &head, records))
		rc = -EBADMSG;
	if (rc < 0) {
		free(records);
		return rc;
	}
	*ret_records = records;
	*ret_n = head.n;
	return 0;
}

void *dvs_state_file_read(const struct dvs_state_file *file, uint32_t *ret_n)
{
	void *records = NULL;
	int fd, rc;

	if (file->path == NULL)
		return NULL;
	fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return NULL;
	rc = fd < 0 ? -errno : read_open(file->kind, fd, &records, ret_n);
	if (fd >= 0)
		close(fd);
	if (rc < 0)
		dvs_log_warning("%s: %s are lost: %s", file->path, file->kind->what,
				rc == -EBADMSG ? "the file is damaged, or of another version"
					       : strerror(-rc));
	return records;
}

/* ---- write ---- */

bool dvs_state_file_is_due(const struct dvs_state_file *file, uint32_t now_s)
{
	return file->path != NULL && file->is_dirty && (int32_t)(now_s - file->next_s) >= 0;
}

static int write_all(int fd, const void *data, size_t length)
{
	const char *at = data;

	while (length != 0) {
		ssize_t n = write(fd, at, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

static int write_file(const struct dvs_state_file *file, const void *records, uint32_t n)
{
	struct head head = {.record_size = file->kind->record_size, .n = n};
	char beside[PATH_MAX];
	int fd, rc;

	memcpy(head.magic, file->kind->magic, sizeof(head.magic));
	head.checksum = checksum(&head, records);
	if (snprintf(beside, sizeof(beside), "%s.new", file->path) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	unlink(beside); /* of a switch that died; or whatever it is */
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, &head, sizeof(head));
	if (rc == 0)
		rc = write_all(fd, records, (size_t)n * head.record_size);
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(beside, file->path) < 0)
		rc = -errno;
	return rc;
}

void dvs_state_file_write(struct dvs_state_file *file, const void *records, uint32_t n,
			  uint32_t now_s)
{
	int rc = -ENOMEM;

	if (file->path == NULL)
		return;
	if (records != NULL)
		rc = n <= file->kind->records_max ? write_file(file, records, n) : -EFBIG;
	if (rc < 0 && !file->has_failed)
		dvs_log_error("%s: %s are not kept: %s", file->path, file->kind->what,
			      strerror(-rc));
	file->has_failed = rc < 0;
	file->is_dirty = rc < 0;
	file->next_s = now_s + 1 + n / RECORDS_S;
}
