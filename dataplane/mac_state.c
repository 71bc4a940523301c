/* SPDX-License-Identifier: BSD-3-Clause */
#include "mac_state.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "fdb.h"
#include "field.h"
#include "log.h"
#include "state_file.h"
#include "switch_private.h"

enum kind {
	KIND_STICKY,
	KIND_FIRST, /* source that guards saw */
	KIND_SHUT,  /* without a MAC */
};

struct record {
	char port[DVS_NAME_LEN];
	char segment[DVS_NAME_LEN];
	uint64_t waits_since; /* dvs_state_time(); 0: the port was there */
	uint8_t mac[DVS_MAC_LEN];
	uint8_t kind; /* enum kind */
	uint8_t pad;
};

struct dvs_mac_state {
	struct dvs_state_file file;
	uint32_t polled_s;
	uint64_t sticky_changes; /* of the MAC table, as seen last */
	struct record *kept;	 /* of ports that are not there yet */
	uint32_t n_kept;
};

/* ---- the file ---- */

#define AT(member)                                                                                 \
	.offset = (uint16_t)offsetof(struct record, member),                                       \
	.size = (uint16_t)sizeof(((struct record *)NULL)->member)

static const char *const kind_names[] = {"sticky", "first", "shut", NULL};

static const struct dvs_field fields[] = {
	{.name = "port", .type = DVS_FIELD_NAME, AT(port), .flags = DVS_FIELD_REQUIRED},
	{.name = "segment", .type = DVS_FIELD_NAME, AT(segment), .flags = DVS_FIELD_REQUIRED},
	{.name = "mac", .type = DVS_FIELD_MAC, AT(mac)},
	{.name = "kind", .type = DVS_FIELD_ENUM, AT(kind), .names = kind_names},
};

static const struct dvs_type record_type = {.name = "record",
					    .size = sizeof(struct record),
					    .n_fields = COUNT_OF(fields),
					    .fields = fields};

static uint64_t mac_of(const struct record *record)
{
	return dvs_fdb_key(record->mac, 0) >> 16;
}

static bool is_valid(const void *data)
{
	const struct record *record = data;

	return dvs_type_check(&record_type, record, NULL) == 0 &&
	       (record->kind == KIND_SHUT) == (mac_of(record) == 0);
}

static const struct dvs_state_kind file_kind = {
	.name = "macs",
	.what = "sticky MACs, first sources and shut ports",
	.magic = "dvsmacs1",
	.record_size = sizeof(struct record),
	.records_max = DVS_FDB_CAPACITY_MAX + 2 * DVS_PORT_IDS,
	.is_valid = is_valid,
};

/* ---- what waits for its port ---- */

static void load(struct dvs_mac_state *state)
{
	uint64_t now = dvs_state_time();
	uint32_t n = 0;

	state->kept = dvs_state_file_read(&state->file, &n);
	if (state->kept == NULL)
		return;
	for (uint32_t i = 0; i < n; i++) {
		struct record *record = &state->kept[i];

		if (record->waits_since == 0 || record->waits_since > now) {
			record->waits_since = now;
			state->file.is_dirty = true;
		}
		if (now - record->waits_since <= DVS_MAC_STATE_WAIT_S)
			state->kept[state->n_kept++] = *record;
	}
	dvs_log_info("%s: %u record(s) of MACs and shut ports wait for their ports",
		     state->file.path, state->n_kept);
}

/* Of this kind, and of a port that is what it was; NULL. */
static const struct record *find(const struct dvs_mac_state *state, const struct dvs_port *config,
				 enum kind kind)
{
	for (uint32_t i = 0; i < state->n_kept; i++) {
		const struct record *record = &state->kept[i];

		if (record->kind == kind && strcmp(record->port, config->name) == 0)
			return strcmp(record->segment, config->segment) == 0 ? record : NULL;
	}
	return NULL;
}

bool dvs_mac_state_was_shut(const struct dvs_switch *sw, const struct dvs_port *config)
{
	return config->enabled && find(sw->mac_state, config, KIND_SHUT) != NULL;
}

uint64_t dvs_mac_state_mac(const struct dvs_switch *sw, const struct dvs_port *config)
{
	const struct record *record = find(sw->mac_state, config, KIND_FIRST);

	return record != NULL ? mac_of(record) : 0;
}

/* Whoever has it meanwhile was not there first. */
static void learn_back(struct dvs_switch *sw, const struct dvs_port_object *port,
		       const struct record *record)
{
	const struct dvs_segment_object *segment =
		(const void *)dvs_table_lookup(&sw->model.segments, record->segment);
	uint16_t id = (uint16_t)port->object.id;
	uint64_t key, value;

	if (!port->config.policy.mac_sticky || segment == NULL || !segment->object.exists ||
	    !dvs_port_is_member(&port->config, &segment->config))
		return;
	key = dvs_fdb_key(record->mac, (uint16_t)segment->object.id);
	value = dvs_fdb_lookup(sw->fdb, key);
	if (value != DVS_FDB_MISS && !dvs_fdb_is_static(value) && dvs_fdb_port(value) != id)
		dvs_fdb_remove(sw->fdb, key);
	dvs_fdb_learn(sw->fdb, key, id, sw->shared.now_s);
}

void dvs_mac_state_port_changed(struct dvs_switch *sw, struct dvs_port_object *port)
{
	struct dvs_mac_state *state = sw->mac_state;
	uint32_t left = 0;

	for (uint32_t i = 0; i < state->n_kept; i++) {
		const struct record *record = &state->kept[i];

		if (strcmp(record->port, port->config.name) != 0)
			state->kept[left++] = *record;
		else if (record->kind == KIND_STICKY)
			learn_back(sw, port, record);
	}
	if (left == state->n_kept)
		return;
	state->n_kept = left;
	state->file.is_dirty = true;
	if (port->config.policy.mac_change == DVS_GUARD_ENFORCE)
		dvs_switch_forget_others(sw, port);
}

void dvs_mac_state_port_gone(struct dvs_switch *sw, const struct dvs_port_object *port)
{
	if (port->noted_mac != 0 || port->noted_shut)
		sw->mac_state->file.is_dirty = true;
}

void dvs_mac_state_flush(struct dvs_switch *sw, const char *segment)
{
	struct dvs_mac_state *state = sw->mac_state;
	uint32_t left = 0;

	for (uint32_t i = 0; i < state->n_kept; i++) {
		const struct record *record = &state->kept[i];

		if (record->kind != KIND_STICKY ||
		    (segment[0] != '\0' && strcmp(record->segment, segment) != 0))
			state->kept[left++] = *record;
	}
	if (left == state->n_kept)
		return;
	state->n_kept = left;
	state->file.is_dirty = true;
}

/* ---- save ---- */

static uint64_t first_mac(const struct dvs_port_object *port)
{
	return port->dev != NULL ? __atomic_load_n(&port->dev->memory->mac, __ATOMIC_RELAXED)
				 : port->noted_mac;
}

/* Most records that there can be now. */
static uint32_t count(const struct dvs_switch *sw, bool *ret_has_sticky)
{
	const struct dvs_port_object *port;
	uint32_t id = 0, n = sw->mac_state->n_kept;

	*ret_has_sticky = false;
	while ((port = (const void *)dvs_table_next(&sw->model.ports, &id)) != NULL) {
		n += 2;
		if (!port->config.policy.mac_sticky)
			continue;
		*ret_has_sticky = true;
		n += dvs_fdb_port_count(sw->fdb, (uint16_t)port->object.id);
	}
	return n;
}

static void fill(struct record *record, enum kind kind, const struct dvs_port_object *port,
		 const char *segment, uint64_t mac)
{
	memset(record, 0, sizeof(*record));
	memcpy(record->port, port->config.name, sizeof(record->port));
	memcpy(record->segment, segment, sizeof(record->segment));
	for (unsigned int i = 0; i < DVS_MAC_LEN; i++)
		record->mac[i] = (uint8_t)(mac >> (40 - 8 * i));
	record->kind = (uint8_t)kind;
}

static uint32_t put_ports(const struct dvs_switch *sw, struct record *records)
{
	const struct dvs_port_object *port;
	uint32_t id = 0, n = 0;

	while ((port = (const void *)dvs_table_next(&sw->model.ports, &id)) != NULL) {
		uint64_t mac = first_mac(port);

		if (mac != 0)
			fill(&records[n++], KIND_FIRST, port, port->config.segment, mac);
		if (port->is_shut)
			fill(&records[n++], KIND_SHUT, port, port->config.segment, 0);
	}
	return n;
}

static uint32_t put_sticky(const struct dvs_switch *sw, struct record *records, uint32_t max)
{
	uint64_t cursor = 0;
	uint32_t n = 0;

	do {
		const struct dvs_segment_object *segment;
		const struct dvs_port_object *port;
		struct dvs_fdb_item item;
		bool is_found;

		cursor = dvs_fdb_walk(sw->fdb, cursor, &item, &is_found);
		if (!is_found || !item.is_sticky)
			continue;
		port = (const void *)dvs_table_at(&sw->model.ports, item.port);
		segment = (const void *)dvs_table_at(&sw->model.segments,
						     (uint32_t)(item.key & 0xffff));
		if (port != NULL && segment != NULL && n < max)
			fill(&records[n++], KIND_STICKY, port, segment->config.name,
			     item.key >> 16);
	} while (cursor != 0);
	return n;
}

/* What ports have, then what still waits for its port. */
static void save(struct dvs_switch *sw)
{
	struct dvs_mac_state *state = sw->mac_state;
	bool has_sticky;
	uint32_t max = count(sw, &has_sticky), n = 0;
	struct record *records = calloc(max + 1u, sizeof(*records));

	if (records != NULL) {
		n = put_ports(sw, records);
		if (has_sticky)
			n += put_sticky(sw, records + n, max - state->n_kept - n);
		for (uint32_t i = 0; i < state->n_kept; i++)
			records[n++] = state->kept[i];
	}
	dvs_state_file_write(&state->file, records, n, sw->shared.now_s);
	free(records);
}

/* Workers and limits.c change these, and tell nobody. */
static void note(struct dvs_switch *sw)
{
	struct dvs_mac_state *state = sw->mac_state;
	struct dvs_port_object *port;
	struct dvs_fdb_stats stats;
	uint32_t id = 0;

	dvs_fdb_stats(sw->fdb, &stats);
	if (stats.sticky_changes != state->sticky_changes)
		state->file.is_dirty = true;
	state->sticky_changes = stats.sticky_changes;
	while ((port = (void *)dvs_table_next(&sw->model.ports, &id)) != NULL) {
		uint64_t mac = first_mac(port);

		if (mac == port->noted_mac && port->is_shut == port->noted_shut)
			continue;
		port->noted_mac = mac;
		port->noted_shut = port->is_shut;
		state->file.is_dirty = true;
	}
}

void dvs_mac_state_poll(struct dvs_switch *sw)
{
	struct dvs_mac_state *state = sw->mac_state;

	if (state->polled_s == sw->shared.now_s)
		return;
	state->polled_s = sw->shared.now_s;
	note(sw);
	if (dvs_state_file_is_due(&state->file, sw->shared.now_s))
		save(sw);
}

/* ---- life ---- */

struct dvs_mac_state *dvs_mac_state_create(const char *state_dir)
{
	struct dvs_mac_state *state = calloc(1, sizeof(*state));

	if (state == NULL)
		return NULL;
	if (dvs_state_file_init(&state->file, &file_kind, state_dir) < 0) {
		free(state);
		return NULL;
	}
	load(state);
	return state;
}

void dvs_mac_state_free(struct dvs_switch *sw)
{
	struct dvs_mac_state *state = sw->mac_state;

	if (state == NULL)
		return;
	note(sw);
	if (state->file.path != NULL && state->file.is_dirty)
		save(sw);
	free(state->kept);
	dvs_state_file_fini(&state->file);
	free(state);
	sw->mac_state = NULL;
}
