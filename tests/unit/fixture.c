/* SPDX-License-Identifier: BSD-3-Clause */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include <rte_mempool.h>

#include "eal.h"

static void on_event(const struct dvs_wire_event *event, void *arg)
{
	struct fixture *fixture = arg;

	fixture->last = *event;
	fixture->links += event->kind == DVS_EVENT_LINK;
	fixture->configs += event->kind == DVS_EVENT_CONFIG;
	fixture->moves += event->kind == DVS_EVENT_MAC_MOVE;
}

void fixture_create(struct fixture *fixture, uint16_t n_workers, bool start)
{
	fixture_create_in(fixture, n_workers, start, NULL);
}

void fixture_create_in(struct fixture *fixture, uint16_t n_workers, bool start,
		       const char *state_dir)
{
	struct dvs_switch_options options = {
		.clock = &fixture->clock,
		.n_workers = n_workers,
		.mac_capacity = 4096,
		.buffers = DVS_TEST_BUFFERS,
		.memory = "ordinary pages",
		.vhost_dir = "/nowhere",
		.state_dir = state_dir,
	};

	memset(fixture, 0, sizeof(*fixture));
	assert_int_equal(dvs_test_eal_init(), 0);
	fixture->clock.now_ns = dvs_clock_warped_ns;
	fixture->clock.warped_ns = 12345;
	for (uint16_t i = 0; i < n_workers; i++)
		options.workers[i].lcore = i + 1u;
	assert_int_equal(dvs_switch_create(&options, &fixture->sw, &fixture->err), 0);
	dvs_switch_register_kind(fixture->sw, DVS_PORT_VHOST_USER, &dvs_mem_ops);
	dvs_switch_register_kind(fixture->sw, DVS_PORT_TAP, &dvs_mem_ops);
	dvs_switch_set_event_fn(fixture->sw, on_event, fixture);
	if (start)
		assert_int_equal(dvs_switch_start(fixture->sw), 0);
}

void fixture_create_lan(struct fixture *fixture, uint16_t n_workers, bool start, const char *ports)
{
	char words[64], *rest = NULL;

	fixture_create(fixture, n_workers, start);
	fixture_add_segment(fixture, "lan");
	snprintf(words, sizeof(words), "%s", ports);
	for (const char *name = strtok_r(words, " ", &rest); name != NULL;
	     name = strtok_r(NULL, " ", &rest))
		fixture_add_port(fixture, name, "lan");
}

void fixture_free(struct fixture *fixture)
{
	struct dvs_switch_state state;
	uint64_t cursor = 0;
	struct dvs_port port;

	dvs_switch_stop(fixture->sw);
	fixture_check_invariant(fixture);
	while (dvs_switch_dump(fixture->sw, &dvs_mac_type, &cursor, &(struct dvs_static_mac){""},
			       1) == 1) {
		struct dvs_static_mac mac;

		cursor = 0;
		dvs_switch_dump(fixture->sw, &dvs_mac_type, &cursor, &mac, 1);
		assert_int_equal(fixture_delete(fixture, &dvs_mac_type, &mac), 0);
		cursor = 0;
	}
	cursor = 0;
	while (dvs_switch_dump(fixture->sw, &dvs_port_type, &cursor, &port, 1) == 1) {
		assert_int_equal(fixture_delete(fixture, &dvs_port_type, &port), 0);
		cursor = 0;
	}
	cursor = 0;
	assert_int_equal(dvs_switch_dump(fixture->sw, &dvs_switch_type, &cursor, &state, 1), 1);
	assert_int_equal(state.buffers_free, state.buffers);
	dvs_switch_free(fixture->sw);
}

struct dvs_segment fixture_segment(const char *name)
{
	struct dvs_segment segment;

	dvs_type_defaults(&dvs_segment_type, &segment);
	snprintf(segment.name, sizeof(segment.name), "%s", name);
	return segment;
}

struct dvs_port fixture_port(const char *name, const char *segment)
{
	struct dvs_port port;

	dvs_type_defaults(&dvs_port_type, &port);
	snprintf(port.name, sizeof(port.name), "%s", name);
	snprintf(port.group, sizeof(port.group), "group");
	snprintf(port.segment, sizeof(port.segment), "%s", segment);
	return port;
}

struct dvs_static_mac fixture_mac(const char *segment, const char *mac, const char *port)
{
	struct dvs_static_mac object = {{0}};

	snprintf(object.segment, sizeof(object.segment), "%s", segment);
	snprintf(object.port, sizeof(object.port), "%s", port);
	assert_int_equal(dvs_mac_parse(mac, object.mac), 0);
	return object;
}

int fixture_put(struct fixture *fixture, const struct dvs_type *type, const void *object)
{
	struct dvs_change change = {DVS_CHANGE_PUT, type, object};

	memset(&fixture->err, 0, sizeof(fixture->err));
	return dvs_switch_apply(fixture->sw, &change, 1, NULL, &fixture->err);
}

int fixture_delete(struct fixture *fixture, const struct dvs_type *type, const void *object)
{
	struct dvs_change change = {DVS_CHANGE_DELETE, type, object};

	memset(&fixture->err, 0, sizeof(fixture->err));
	return dvs_switch_apply(fixture->sw, &change, 1, NULL, &fixture->err);
}

void fixture_add_segment(struct fixture *fixture, const char *name)
{
	struct dvs_segment segment = fixture_segment(name);

	assert_int_equal(fixture_put(fixture, &dvs_segment_type, &segment), 0);
}

void fixture_add_port(struct fixture *fixture, const char *name, const char *segment)
{
	struct dvs_port port = fixture_port(name, segment);

	assert_int_equal(fixture_put(fixture, &dvs_port_type, &port), 0);
}

void fixture_delete_port(struct fixture *fixture, const char *name)
{
	struct dvs_port port = fixture_port(name, "");

	assert_int_equal(fixture_delete(fixture, &dvs_port_type, &port), 0);
}

struct dvs_portdev *fixture_dev(struct fixture *fixture, const char *name)
{
	struct dvs_portdev *dev = dvs_switch_portdev(fixture->sw, name);

	assert_non_null(dev);
	return dev;
}

struct dvs_port_state fixture_state(struct fixture *fixture, const char *name)
{
	struct dvs_port_state state;
	uint64_t cursor = 0;

	do {
		if (dvs_switch_dump(fixture->sw, &dvs_port_state_type, &cursor, &state, 1) == 1 &&
		    strcmp(state.name, name) == 0)
			return state;
	} while (cursor != 0);
	fail_msg("no port %s", name);
	return state;
}

/* All zero when there is none. */
static struct dvs_drop find_drop(struct fixture *fixture, const char *name,
				 enum dvs_drop_reason reason)
{
	struct dvs_drop drop;
	uint64_t cursor = 0;

	do {
		if (dvs_switch_dump(fixture->sw, &dvs_drop_type, &cursor, &drop, 1) == 1 &&
		    strcmp(drop.port, name) == 0 && drop.reason == reason)
			return drop;
	} while (cursor != 0);
	return (struct dvs_drop){0};
}

uint64_t fixture_drops(struct fixture *fixture, const char *name, enum dvs_drop_reason reason)
{
	return find_drop(fixture, name, reason).frames;
}

uint64_t fixture_audited(struct fixture *fixture, const char *name, enum dvs_drop_reason reason)
{
	return find_drop(fixture, name, reason).audited;
}

void fixture_set(struct fixture *fixture, const char *port, const char *field, const char *text)
{
	const struct dvs_field *row = dvs_type_field(&dvs_port_type, field);
	struct dvs_port config;
	uint64_t cursor = 0;

	assert_non_null(row);
	do {
		assert_int_equal(dvs_switch_dump(fixture->sw, &dvs_port_type, &cursor, &config, 1),
				 1);
	} while (strcmp(config.name, port) != 0);
	assert_int_equal(dvs_field_parse(row, text, &config, NULL), 0);
	assert_int_equal(fixture_put(fixture, &dvs_port_type, &config), 0);
}

void fixture_run(struct fixture *fixture, unsigned int rounds)
{
	for (unsigned int r = 0; r < rounds; r++)
		for (unsigned int w = 0; w < fixture->sw->n_workers; w++)
			dvs_worker_sweep(dvs_switch_worker(fixture->sw, w));
	dvs_switch_poll(fixture->sw);
}

void fixture_warp(struct fixture *fixture, uint32_t seconds)
{
	struct dvs_fdb_stats stats;

	dvs_clock_warp(&fixture->clock, (uint64_t)seconds * 1000000000u);
	dvs_fdb_stats(fixture->sw->fdb, &stats);
	for (uint32_t seen = 0; seen < stats.buckets; seen += fixture->sw->age_step)
		dvs_switch_poll(fixture->sw);
}

void fixture_frame(uint8_t frame[FIXTURE_FRAME], uint8_t dst, uint8_t src)
{
	static const uint8_t prefix[5] = {0x02};

	memset(frame, 0, FIXTURE_FRAME);
	memcpy(frame, prefix, sizeof(prefix));
	frame[5] = dst;
	if (dst == 0xff)
		memset(frame, 0xff, DVS_MAC_LEN);
	memcpy(frame + 6, prefix, sizeof(prefix));
	frame[11] = src;
	frame[12] = 0x88; /* IEEE 802 local experimental EtherType */
	frame[13] = 0xb5;
}

void fixture_send(struct fixture *fixture, const char *port, uint8_t dst, uint8_t src)
{
	uint8_t frame[FIXTURE_FRAME];

	fixture_frame(frame, dst, src);
	assert_int_equal(dvs_mem_inject(fixture_dev(fixture, port), 0, frame, sizeof(frame), NULL),
			 0);
}

unsigned int fixture_received(struct fixture *fixture, const char *port)
{
	struct dvs_portdev *dev = fixture_dev(fixture, port);
	unsigned int n = 0;

	for (uint16_t q = 0; q < dev->config.queues; q++)
		n += dvs_mem_discard(dev, q);
	return n;
}

void fixture_check_invariant(struct fixture *fixture)
{
	struct dvs_port_state state;
	uint64_t cursor = 0;

	do {
		if (dvs_switch_dump(fixture->sw, &dvs_port_state_type, &cursor, &state, 1) == 1)
			assert_int_equal(state.rx_frames, state.delivered + state.dropped);
	} while (cursor != 0);
}
