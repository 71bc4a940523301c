/* SPDX-License-Identifier: BSD-3-Clause */
#include "fdb_twin.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct fdb_twin *fdb_twin_create(uint32_t max)
{
	struct fdb_twin *twin = calloc(1, sizeof(*twin));

	assert(twin);
	twin->entries = calloc(max, sizeof(*twin->entries));
	assert(twin->entries);
	twin->max = max;
	for (uint32_t i = 0; i < 65536; i++) {
		twin->segments[i] = (struct fdb_twin_segment){300, UINT32_MAX};
		twin->ports[i] = (struct fdb_twin_port){UINT32_MAX, false};
	}
	return twin;
}

void fdb_twin_free(struct fdb_twin *twin)
{
	if (!twin)
		return;
	free(twin->entries);
	free(twin);
}

struct fdb_twin_entry *fdb_twin_lookup(struct fdb_twin *twin, uint64_t key)
{
	for (uint32_t i = 0; i < twin->n; i++) {
		if (twin->entries[i].key == key)
			return &twin->entries[i];
	}
	return NULL;
}

uint32_t fdb_twin_port_count(const struct fdb_twin *twin, uint16_t port)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < twin->n; i++)
		n += !twin->entries[i].is_static && twin->entries[i].port == port;
	return n;
}

static bool is_port_full(const struct fdb_twin *twin, uint16_t port)
{
	return fdb_twin_port_count(twin, port) >= twin->ports[port].limit;
}

bool fdb_twin_has_room(struct fdb_twin *twin, uint64_t key, uint16_t port)
{
	uint32_t dynamic = 0;

	for (uint32_t i = 0; i < twin->n; i++)
		dynamic += (uint16_t)twin->entries[i].key == (uint16_t)key &&
			   !twin->entries[i].is_static;
	return !fdb_twin_lookup(twin, key) && dynamic < twin->segments[(uint16_t)key].limit &&
	       !is_port_full(twin, port);
}

static bool is_earlier(uint32_t a_s, uint32_t b_s)
{
	return (int32_t)(a_s - b_s) < 0;
}

static void add(struct fdb_twin *twin, struct fdb_twin_entry entry)
{
	assert(twin->n < twin->max);
	twin->entries[twin->n++] = entry;
}

enum dvs_fdb_result fdb_twin_learn(struct fdb_twin *twin, uint64_t key, uint16_t port,
				   uint32_t now_s)
{
	struct fdb_twin_entry *entry = fdb_twin_lookup(twin, key);

	if (!entry) {
		if (is_port_full(twin, port))
			return DVS_FDB_PORT_FULL;
		if (!fdb_twin_has_room(twin, key, port))
			return DVS_FDB_REFUSED;
		add(twin, (struct fdb_twin_entry){.key = key, .port = port, .last_s = now_s});
		return DVS_FDB_ADDED;
	}
	if (entry->is_static)
		return DVS_FDB_IS_STATIC;
	if (entry->port != port && twin->ports[entry->port].is_sticky)
		return DVS_FDB_IS_STICKY;
	if (entry->port != port && is_port_full(twin, port))
		return DVS_FDB_PORT_FULL;
	if (is_earlier(entry->last_s, now_s))
		entry->last_s = now_s;
	if (entry->port == port)
		return DVS_FDB_REFRESHED;
	entry->port = port;
	entry->moves++;
	return DVS_FDB_MOVED;
}

void fdb_twin_touch(struct fdb_twin *twin, uint64_t key, uint32_t now_s)
{
	struct fdb_twin_entry *entry = fdb_twin_lookup(twin, key);

	if (entry && is_earlier(entry->last_s, now_s))
		entry->last_s = now_s;
}

void fdb_twin_set_static(struct fdb_twin *twin, uint64_t key, uint16_t port)
{
	struct fdb_twin_entry *entry = fdb_twin_lookup(twin, key);

	if (!entry) {
		add(twin, (struct fdb_twin_entry){.key = key, .port = port, .is_static = true});
		return;
	}
	entry->port = port;
	entry->is_static = true;
	entry->last_s = 0;
}

int fdb_twin_remove(struct fdb_twin *twin, uint64_t key)
{
	struct fdb_twin_entry *entry = fdb_twin_lookup(twin, key);

	if (!entry)
		return -ENOENT;
	*entry = twin->entries[--twin->n];
	return 0;
}

void fdb_twin_set_segment(struct fdb_twin *twin, uint16_t segment, uint32_t age_s, uint32_t limit)
{
	twin->segments[segment] = (struct fdb_twin_segment){age_s, limit};
}

void fdb_twin_set_port(struct fdb_twin *twin, uint16_t port, uint32_t limit, bool is_sticky)
{
	twin->ports[port] = (struct fdb_twin_port){limit != 0 ? limit : UINT32_MAX, is_sticky};
}

uint32_t fdb_twin_flush(struct fdb_twin *twin, uint16_t segment, uint16_t port, bool with_static)
{
	uint32_t before = twin->n, kept = 0;

	for (uint32_t i = 0; i < before; i++) {
		const struct fdb_twin_entry *entry = &twin->entries[i];
		bool is_meant = (segment == 0 || (uint16_t)entry->key == segment) &&
				(port == UINT16_MAX || entry->port == port);

		if (!is_meant || (entry->is_static && !with_static))
			twin->entries[kept++] = *entry;
	}
	twin->n = kept;
	return before - kept;
}

uint32_t fdb_twin_age(struct fdb_twin *twin, uint32_t now_s)
{
	uint32_t before = twin->n, kept = 0;

	for (uint32_t i = 0; i < before; i++) {
		const struct fdb_twin_entry *entry = &twin->entries[i];
		uint32_t age_s = twin->segments[(uint16_t)entry->key].age_s;
		int64_t idle_s = (int32_t)(now_s - entry->last_s);

		if (entry->is_static || age_s == 0 || idle_s <= (int64_t)age_s ||
		    twin->ports[entry->port].is_sticky)
			twin->entries[kept++] = *entry;
	}
	twin->n = kept;
	return before - kept;
}
