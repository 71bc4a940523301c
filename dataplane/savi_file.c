/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file of learnt bindings: a head, then records as they are dumped, with the time of day at
 * which each ends. It was written by this program, and is believed only when its checksum is right
 * and each record passes the checks for peers' structs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "savi_private.h"
#include "switch_private.h"

#define MAGIC	    "dvsbind1"
#define RECORDS_MAX (1024u * 1024u)

struct head {
	char magic[8];
	uint32_t record_size;
	uint32_t n;
	uint64_t checksum; /* of the records */
};

struct record {
	struct dvs_binding_entry entry;
	uint64_t ends; /* seconds of CLOCK_REALTIME; 0: never */
};

static uint64_t checksum(const void *data, size_t length)
{
	const uint8_t *bytes = data;
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t time_of_day(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec;
}

/* ---- load ---- */

/* The records; NULL: there is no file, or it is not to be believed. */
static struct record *read_records(const char *path, uint32_t *ret_n)
{
	struct record *records = NULL;
	struct head head;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return NULL;
	if (fread(&head, sizeof(head), 1, file) == 1 &&
	    memcmp(head.magic, MAGIC, sizeof(head.magic)) == 0 &&
	    head.record_size == sizeof(*records) && head.n <= RECORDS_MAX)
		records = calloc(head.n + 1u, sizeof(*records));
	if (records != NULL && (fread(records, sizeof(*records), head.n, file) != head.n ||
				checksum(records, head.n * sizeof(*records)) != head.checksum)) {
		free(records);
		records = NULL;
	}
	fclose(file);
	if (records == NULL)
		dvs_log_warning("%s: not read: damaged, or of another version", path);
	else
		*ret_n = head.n;
	return records;
}

void dvs_savi_load(struct dvs_switch *sw, struct dvs_savi *savi)
{
	uint64_t now = time_of_day();
	struct record *records;
	uint32_t n = 0;

	records = read_records(savi->path, &n);
	if (records == NULL)
		return;
	savi->kept = calloc(n + 1u, sizeof(savi->kept[0]));
	for (uint32_t i = 0; savi->kept != NULL && i < n; i++) {
		struct dvs_binding_entry *entry = &records[i].entry;
		uint64_t left = records[i].ends > now ? records[i].ends - now : 0;

		if (dvs_type_check(&dvs_binding_entry_type, entry, NULL) < 0 ||
		    entry->kind == DVS_BINDING_STATIC || (records[i].ends != 0 && left == 0) ||
		    left > INT32_MAX)
			continue;
		entry->lease_s = left == 0 ? 0 : sw->shared.now_s + (uint32_t)left;
		savi->kept[savi->n_kept++] = *entry;
	}
	free(records);
	dvs_log_info("%s: %u learnt binding(s) wait for their ports", savi->path, savi->n_kept);
}

/* ---- save ---- */

static void fill_record(const struct dvs_switch *sw, const struct dvs_port_object *port,
			const struct dvs_learnt *learnt, struct record *record)
{
	uint32_t left_s = dvs_savi_left_s(sw, port, learnt);

	dvs_switch_binding_entry(sw, port, learnt, &record->entry);
	record->ends = left_s == 0 ? 0 : time_of_day() + left_s;
}

/* What ports have, then what still waits for its port. */
static struct record *make_records(struct dvs_switch *sw, uint32_t *ret_n)
{
	const struct dvs_savi *savi = sw->savi;
	const struct dvs_port_object *port;
	const struct dvs_learnt *learnt;
	struct record *records;
	uint32_t id = 0, n = savi->n_kept, used = 0;

	while ((port = (const void *)dvs_table_next(&sw->model.ports, &id)) != NULL)
		n += port->n_learnt;
	records = calloc(n + 1u, sizeof(*records));
	if (records == NULL)
		return NULL;
	id = 0;
	while ((port = (const void *)dvs_table_next(&sw->model.ports, &id)) != NULL)
		LIST_FOREACH(learnt, &port->learnt, of_port)
	fill_record(sw, port, learnt, &records[used++]);
	for (uint32_t i = 0; i < savi->n_kept; i++) {
		uint32_t expires_s = savi->kept[i].lease_s;
		int32_t left = (int32_t)(expires_s - sw->shared.now_s);

		if (expires_s != 0 && left <= 0)
			continue;
		records[used].entry = savi->kept[i];
		records[used++].ends = expires_s == 0 ? 0 : time_of_day() + (uint32_t)left;
	}
	*ret_n = used;
	return records;
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

static int write_file(const char *path, const struct record *records, uint32_t n)
{
	struct head head = {MAGIC, sizeof(*records), n, checksum(records, n * sizeof(*records))};
	char beside[4096];
	int fd, rc;

	if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, &head, sizeof(head));
	if (rc == 0)
		rc = write_all(fd, records, n * sizeof(*records));
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(beside, path) < 0)
		rc = -errno;
	return rc;
}

void dvs_savi_save(struct dvs_switch *sw)
{
	struct dvs_savi *savi = sw->savi;
	struct record *records;
	uint32_t n = 0;
	int rc;

	savi->is_dirty = false;
	if (savi->path == NULL)
		return;
	records = make_records(sw, &n);
	rc = records != NULL ? write_file(savi->path, records, n) : -ENOMEM;
	free(records);
	if (rc < 0 && !savi->has_failed)
		dvs_log_error("%s: learnt bindings are not kept: %s", savi->path, strerror(-rc));
	savi->has_failed = rc < 0;
	savi->is_dirty = rc < 0; /* tried again in a second */
}
