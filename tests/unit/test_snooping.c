/* SPDX-License-Identifier: BSD-3-Clause */
/* IGMP and MLD snooping through the whole pipeline: who gets what, and when that ends. */
#include <errno.h>
#include <string.h>

#include "bytes.h"
#include "fixture.h"
#include "igmp.h"
#include "mcast_frame.h"
#include "mld.h"

#define N_PORTS 5
#define ALL	0x1f /* bitmap of ports p0 to p4 */

static struct dvs_mem_frame got; /* too big for a stack */

static const char *name_of(unsigned int port)
{
	static const char *const names[N_PORTS] = {"p0", "p1", "p2", "p3", "p4"};

	return names[port];
}

static void put_segment(struct fixture *fixture, const struct dvs_segment *segment)
{
	assert_int_equal(fixture_put(fixture, &dvs_segment_type, segment), 0);
}

static struct dvs_segment lan(bool is_querier)
{
	struct dvs_segment segment = fixture_segment("lan");

	segment.mcast_snooping = 1;
	segment.mcast_querier = is_querier;
	segment.mcast_interval_s = 20;
	segment.mcast_response_ms = 2000;
	segment.mcast_last_member_ms = 500;
	return segment;
}

static void discard(struct fixture *fixture)
{
	fixture_run(fixture, 4);
	for (unsigned int p = 0; p < N_PORTS; p++)
		fixture_received(fixture, name_of(p));
}

/* Moves the clock in steps as they are in life, and throws away what is sent meanwhile. */
static void pass(struct fixture *fixture, unsigned int ms)
{
	for (unsigned int at = 0; at < ms; at += 50) {
		dvs_clock_warp(&fixture->clock, 50 * UINT64_C(1000000));
		discard(fixture);
	}
}

static void set_up(struct fixture *fixture, uint16_t n_workers, bool is_querier)
{
	struct dvs_segment segment = lan(is_querier);

	fixture_create(fixture, n_workers, false);
	put_segment(fixture, &segment);
	for (unsigned int p = 0; p < N_PORTS; p++)
		fixture_add_port(fixture, name_of(p), "lan");
	discard(fixture);
}

static void send(struct fixture *fixture, unsigned int port, struct mcast_frame frame)
{
	assert_int_equal(dvs_mem_inject(fixture_dev(fixture, name_of(port)), 0, frame.bytes,
					frame.length, NULL),
			 0);
	fixture_run(fixture, 4);
	fixture_check_invariant(fixture);
}

/* Bitmap of the ports that got something. */
static unsigned int receivers(struct fixture *fixture)
{
	unsigned int ports = 0;

	for (unsigned int p = 0; p < N_PORTS; p++) {
		unsigned int n = fixture_received(fixture, name_of(p));

		assert_true(n <= 1);
		ports |= n << p;
	}
	return ports;
}

static unsigned int who_gets(struct fixture *fixture, unsigned int from, const char *group)
{
	discard(fixture);
	send(fixture, from, mcast_payload((uint8_t)(from + 1), group));
	return receivers(fixture);
}

/* The only frame that waits at the port is a query; its group as text. */
static const char *query_at(struct fixture *fixture, unsigned int port, char text[DVS_IP_TEXT_LEN])
{
	struct dvs_portdev *dev = fixture_dev(fixture, name_of(port));
	struct dvs_membership message;
	int ret;

	assert_true(dvs_mem_collect(dev, 0, &got));
	ret = dvs_load16(got.data + 12) == 0x0800
		      ? dvs_igmp_parse(got.data + 14, got.length - 14, got.length - 14, &message)
		      : dvs_mld_parse(got.data + 14, got.length - 14, got.length - 14, &message);
	assert_int_equal(ret, 0);
	assert_int_equal(message.kind, DVS_MEMBERSHIP_QUERY);
	assert_int_equal(dvs_mem_pending(dev, 0), 0);
	return dvs_ip_is_unspecified(&message.group) ? "" : dvs_ip_print(&message.group, text);
}

static void change_policy(struct fixture *fixture, unsigned int port, unsigned int router,
			  bool fast_leave, uint32_t limit)
{
	struct dvs_port config = fixture_port(name_of(port), "lan");

	config.policy.mcast_router = (uint8_t)router;
	config.policy.mcast_fast_leave = fast_leave;
	config.policy.mcast_limit = limit;
	assert_int_equal(fixture_put(fixture, &dvs_port_type, &config), 0);
}

/* ---- who gets what ---- */

static void floods_when_off(void **state)
{
	struct fixture fixture;
	struct dvs_segment off = fixture_segment("lan");

	(void)state;
	set_up(&fixture, 1, false);
	put_segment(&fixture, &off);
	send(&fixture, 1, mcast_report(2, 4, "239.1.1.1", 0));
	assert_int_equal(receivers(&fixture), ALL & ~2u);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), ALL & ~1u);
	fixture_free(&fixture);
}

static void floods_until_somebody_asks(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, false);
	send(&fixture, 1, mcast_report(2, 4, "239.1.1.1", 0));
	assert_int_equal(receivers(&fixture), 0);
	assert_int_equal(fixture_drops(&fixture, "p1", DVS_DROP_NO_LISTENER), 1);
	pass(&fixture, 5000);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), ALL & ~1u);
	assert_int_equal(who_gets(&fixture, 0, "ff0e::1"), ALL & ~1u);

	/* A query whose source is of another snooping switch does not count. */
	send(&fixture, 4, mcast_query(5, false, "", "0.0.0.0", 1000));
	assert_int_equal(receivers(&fixture), ALL & ~0x10u);
	pass(&fixture, 5000);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), ALL & ~1u);

	/* One that does: with the last answer, and of its family. */
	send(&fixture, 4, mcast_query(5, false, "", "", 1000));
	assert_int_equal(receivers(&fixture), ALL & ~0x10u);
	send(&fixture, 1, mcast_report(2, 2, "239.1.1.1", 0));
	assert_int_equal(receivers(&fixture), 0x10);
	pass(&fixture, 1000);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), ALL & ~1u);
	pass(&fixture, 2000);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x12);
	assert_int_equal(who_gets(&fixture, 0, "ff0e::1"), ALL & ~1u);
	fixture_free(&fixture);
}

static void members_only(uint16_t n_workers)
{
	struct fixture fixture;
	uint8_t other[FIXTURE_FRAME];

	set_up(&fixture, n_workers, true);
	send(&fixture, 1, mcast_report(2, 4, "239.1.1.1", 0));
	send(&fixture, 2, mcast_igmp(3, 0x16, "239.1.1.1", "239.1.1.1"));
	send(&fixture, 3, mcast_report(4, 4, "ff0e::7", 0));
	pass(&fixture, 3000);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x6);
	assert_int_equal(who_gets(&fixture, 1, "239.1.1.1"), 0x4);
	assert_int_equal(who_gets(&fixture, 0, "ff0e::7"), 0x8);
	/* 225.1.1.1 has the same MAC. */
	assert_int_equal(who_gets(&fixture, 0, "225.1.1.1"), 0);
	assert_int_equal(fixture_drops(&fixture, "p0", DVS_DROP_NO_LISTENER), 1);
	/* Link-local ones, and what is not IP, go to all. */
	assert_int_equal(who_gets(&fixture, 0, "224.0.0.251"), ALL & ~1u);
	assert_int_equal(who_gets(&fixture, 0, "ff02::1:ff00:1"), ALL & ~1u);
	fixture_frame(other, 2, 1);
	other[0] = 0x03;
	assert_int_equal(dvs_mem_inject(fixture_dev(&fixture, "p0"), 0, other, sizeof(other), NULL),
			 0);
	fixture_run(&fixture, 4);
	assert_int_equal(receivers(&fixture), ALL & ~1u);
	fixture_send(&fixture, "p0", 0xff, 1);
	fixture_run(&fixture, 4);
	assert_int_equal(receivers(&fixture), ALL & ~1u);
	fixture_check_invariant(&fixture);
	fixture_free(&fixture);
}

static void members_only_with_one_worker(void **state)
{
	(void)state;
	members_only(1);
}

static void members_only_with_three_workers(void **state)
{
	(void)state;
	members_only(3);
}

static void unknown_groups_can_be_flooded(void **state)
{
	struct dvs_segment segment = lan(true);
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, true);
	send(&fixture, 1, mcast_report(2, 4, "239.1.1.1", 0));
	pass(&fixture, 3000);
	segment.mcast_flood_unknown = 1;
	put_segment(&fixture, &segment);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x2);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.2"), ALL & ~1u);
	fixture_free(&fixture);
}

/* A tag that is payload hides who listens behind it. */
static void tagged_payload_is_flooded(void **state)
{
	struct mcast_frame frame = mcast_payload(1, "239.9.9.9");
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, true);
	pass(&fixture, 3000);
	memmove(frame.bytes + 16, frame.bytes + 12, frame.length - 12);
	dvs_store32(frame.bytes + 12, 0x81000005);
	frame.length += 4;
	send(&fixture, 0, frame);
	assert_int_equal(receivers(&fixture), ALL & ~1u);
	fixture_free(&fixture);
}

/* ---- how it ends ---- */

static void memberships_expire(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, true);
	send(&fixture, 1, mcast_report(2, 4, "239.1.1.1", 0));
	pass(&fixture, 41000);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x2);
	send(&fixture, 1, mcast_report(2, 2, "239.1.1.1", 0));
	pass(&fixture, 41000);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x2);
	pass(&fixture, 2000);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0);
	fixture_free(&fixture);
}

static void last_member_is_asked_for(const char *group, struct mcast_frame joining,
				     struct mcast_frame leaving)
{
	char text[DVS_IP_TEXT_LEN];
	struct fixture fixture;

	set_up(&fixture, 1, true);
	pass(&fixture, 6000);
	send(&fixture, 1, joining);
	assert_int_equal(who_gets(&fixture, 0, group), 0x2);
	send(&fixture, 1, leaving);
	fixture_run(&fixture, 1); /* the first query, to that port alone */
	assert_string_equal(query_at(&fixture, 1, text), group);
	assert_int_equal(receivers(&fixture), 0);
	send(&fixture, 1, leaving); /* no storm of queries */
	assert_int_equal(receivers(&fixture), 0);
	pass(&fixture, 400);
	for (unsigned int ms = 0; ms < 300; ms += 50) {
		dvs_clock_warp(&fixture.clock, 50 * UINT64_C(1000000));
		fixture_run(&fixture, 2);
	}
	assert_string_equal(query_at(&fixture, 1, text), group);
	assert_int_equal(who_gets(&fixture, 0, group), 0x2);
	pass(&fixture, 1000);
	assert_int_equal(who_gets(&fixture, 0, group), 0);

	/* Somebody else behind the port answers. */
	send(&fixture, 1, joining);
	send(&fixture, 1, leaving);
	pass(&fixture, 300);
	send(&fixture, 1, joining);
	pass(&fixture, 2000);
	assert_int_equal(who_gets(&fixture, 0, group), 0x2);
	fixture_free(&fixture);
}

static void leave_of_each_version(void **state)
{
	(void)state;
	last_member_is_asked_for("239.1.1.1", mcast_igmp(2, 0x16, "239.1.1.1", "239.1.1.1"),
				 mcast_igmp(2, 0x17, "224.0.0.2", "239.1.1.1"));
	last_member_is_asked_for("239.1.1.1", mcast_report(2, 4, "239.1.1.1", 0),
				 mcast_report(2, 3, "239.1.1.1", 0));
	last_member_is_asked_for("239.1.1.1", mcast_report(2, 5, "239.1.1.1", 1),
				 mcast_report(2, 6, "239.1.1.1", 1));
	last_member_is_asked_for("ff0e::1", mcast_report(2, 4, "ff0e::1", 0),
				 mcast_report(2, 3, "ff0e::1", 0));
}

static void fast_leave(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, true);
	pass(&fixture, 6000);
	change_policy(&fixture, 1, 0, true, 0);
	send(&fixture, 1, mcast_report(2, 4, "239.1.1.1", 0));
	send(&fixture, 1, mcast_report(2, 6, "239.1.1.1", 1)); /* not the last source */
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x2);
	send(&fixture, 1, mcast_report(2, 3, "239.1.1.1", 0));
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0);
	fixture_free(&fixture);
}

/* A host of version 1 cannot say that it leaves, so nobody else's leave ends it. */
static void old_hosts_stay(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, true);
	pass(&fixture, 6000);
	change_policy(&fixture, 1, 0, true, 0);
	send(&fixture, 1, mcast_igmp(2, 0x12, "239.1.1.1", "239.1.1.1"));
	send(&fixture, 1, mcast_igmp(3, 0x17, "224.0.0.2", "239.1.1.1"));
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x2);
	fixture_free(&fixture);
}

static void another_queriers_question_ends_it(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, false);
	send(&fixture, 4, mcast_query(5, false, "", "", 1000));
	send(&fixture, 1, mcast_report(2, 4, "239.1.1.1", 0));
	send(&fixture, 2, mcast_report(3, 4, "239.1.1.1", 0));
	pass(&fixture, 3000);
	send(&fixture, 1, mcast_report(2, 3, "239.1.1.1", 0));
	assert_int_equal(receivers(&fixture), 0x10); /* it is told, and we do not ask */
	send(&fixture, 4, mcast_query(5, false, "239.1.1.1", "", 1000));
	send(&fixture, 2, mcast_report(3, 2, "239.1.1.1", 0));
	pass(&fixture, 3000);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x14);
	fixture_free(&fixture);
}

/* ---- routers and queriers ---- */

static void router_ports(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, true);
	pass(&fixture, 6000);
	send(&fixture, 4, mcast_query(200, false, "", "", 1000)); /* not elected, but there */
	change_policy(&fixture, 3, DVS_MCAST_ROUTER_ALWAYS, false, 0);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x18);
	assert_int_equal(who_gets(&fixture, 0, "ff0e::1"), 0x8);
	send(&fixture, 1, mcast_report(2, 4, "239.1.1.1", 0));
	assert_int_equal(receivers(&fixture), 0x18);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x1a);
	assert_int_equal(who_gets(&fixture, 3, "239.1.1.1"), 0x12);

	change_policy(&fixture, 3, DVS_MCAST_ROUTER_AUTO, false, 0);
	change_policy(&fixture, 4, DVS_MCAST_ROUTER_NEVER, false, 0);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x2);
	send(&fixture, 4, mcast_query(1, false, "", "", 1000));
	assert_int_equal(receivers(&fixture), 0);
	assert_int_equal(fixture_drops(&fixture, "p4", DVS_DROP_MCAST_QUERY), 1);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.2"), 0);

	change_policy(&fixture, 4, DVS_MCAST_ROUTER_AUTO, false, 0);
	send(&fixture, 4, mcast_query(200, true, "", "", 1000));
	assert_int_equal(who_gets(&fixture, 0, "ff0e::1"), 0x10);
	pass(&fixture, 260000); /* the robustness times the announced interval, and more */
	assert_int_equal(who_gets(&fixture, 0, "ff0e::1"), 0);
	fixture_free(&fixture);
}

static bool has_row(struct fixture *fixture, unsigned int kind, const char *group, const char *port,
		    const char *address)
{
	struct dvs_ip ip = mcast_ip(group), from = mcast_ip(address);
	struct dvs_group_state row;
	uint64_t cursor = 0;
	bool is_found = false;

	do {
		if (dvs_switch_dump(fixture->sw, &dvs_group_state_type, &cursor, &row, 1) == 1)
			is_found |= row.kind == kind && strcmp(row.port, port) == 0 &&
				    dvs_ip_is_equal(&row.group, &ip) &&
				    (address[0] == '\0' || dvs_ip_is_equal(&row.address, &from));
	} while (cursor != 0);
	return is_found;
}

/* Did the switch ask in that time? */
static bool asks_within(struct fixture *fixture, unsigned int ms)
{
	bool has_asked = false;

	for (unsigned int at = 0; at < ms; at += 50) {
		dvs_clock_warp(&fixture->clock, 50 * UINT64_C(1000000));
		fixture_run(fixture, 1);
		fixture_run(fixture, 1);
		while (dvs_mem_collect(fixture_dev(fixture, "p0"), 0, &got))
			has_asked |= dvs_load16(got.data + 12) == 0x0800;
		for (unsigned int p = 1; p < N_PORTS; p++)
			fixture_received(fixture, name_of(p));
	}
	return has_asked;
}

static void the_lowest_address_asks(void **state)
{
	struct dvs_segment segment = lan(true);
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, true);
	segment.mcast_querier_ip = mcast_ip("10.0.0.100");
	put_segment(&fixture, &segment);
	assert_true(asks_within(&fixture, 21000));
	assert_true(has_row(&fixture, DVS_GROUP_QUERIER, "224.0.0.0", "", "10.0.0.100"));
	send(&fixture, 4, mcast_query(101, false, "", "", 1000));
	discard(&fixture);
	assert_true(asks_within(&fixture, 21000));
	send(&fixture, 4, mcast_query(99, false, "", "", 1000));
	discard(&fixture);
	assert_true(has_row(&fixture, DVS_GROUP_QUERIER, "224.0.0.0", "p4", "10.0.0.99"));
	assert_false(asks_within(&fixture, 60000));
	send(&fixture, 3, mcast_query(99, false, "", "", 1000)); /* it has moved */
	discard(&fixture);
	send(&fixture, 2, mcast_query(98, false, "", "", 1000));
	discard(&fixture);
	assert_true(has_row(&fixture, DVS_GROUP_QUERIER, "224.0.0.0", "p2", "10.0.0.98"));
	assert_true(asks_within(&fixture, 260000));
	assert_true(has_row(&fixture, DVS_GROUP_QUERIER, "224.0.0.0", "", "10.0.0.100"));

	send(&fixture, 4, mcast_query(99, false, "", "", 1000));
	discard(&fixture);
	segment.mcast_querier_ip = mcast_ip("10.0.0.9"); /* lower by configuration */
	put_segment(&fixture, &segment);
	assert_true(asks_within(&fixture, 1000));
	segment.mcast_querier = 0;
	put_segment(&fixture, &segment);
	assert_false(asks_within(&fixture, 30000));
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), ALL & ~1u);
	fixture_free(&fixture);
}

/* Queries are as configured, and those at the start follow each other quickly. */
static void queries_of_older_versions(void **state)
{
	struct dvs_segment segment = lan(true);
	struct dvs_membership message;
	struct fixture fixture;

	(void)state;
	segment.mcast_igmp = DVS_IGMP_V2;
	segment.mcast_mld = DVS_MLD_V1;
	fixture_create(&fixture, 1, false);
	put_segment(&fixture, &segment);
	for (unsigned int p = 0; p < N_PORTS; p++)
		fixture_add_port(&fixture, name_of(p), "lan");
	dvs_clock_warp(&fixture.clock, 1000 * UINT64_C(1000000));
	for (unsigned int round = 0; round < 2; round++) {
		fixture_run(&fixture, 1);
		fixture_run(&fixture, 1);
		assert_true(dvs_mem_collect(fixture_dev(&fixture, "p0"), 0, &got));
		assert_int_equal(
			dvs_igmp_parse(got.data + 14, got.length - 14, got.length - 14, &message),
			0);
		assert_int_equal(message.version, 2);
		assert_int_equal(message.response_ms, 2000);
		assert_true(dvs_mem_collect(fixture_dev(&fixture, "p0"), 0, &got));
		assert_int_equal(
			dvs_mld_parse(got.data + 14, got.length - 14, got.length - 14, &message),
			0);
		assert_int_equal(message.version, 1);
		discard(&fixture);
		dvs_clock_warp(&fixture.clock, 5000 * UINT64_C(1000000));
	}
	fixture_free(&fixture);
}

/* ---- limits, configuration ---- */

static void limits_hold(void **state)
{
	struct dvs_segment segment = lan(true);
	struct dvs_switch_state totals;
	struct fixture fixture;
	uint64_t cursor = 0;

	(void)state;
	set_up(&fixture, 1, true);
	segment.mcast_groups = 3;
	put_segment(&fixture, &segment);
	pass(&fixture, 6000);
	change_policy(&fixture, 1, 0, false, 2);
	for (unsigned int i = 1; i < 5; i++) {
		char group[16];

		snprintf(group, sizeof(group), "239.1.1.%u", i);
		send(&fixture, 1, mcast_report(2, 4, group, 0));
		send(&fixture, 2, mcast_report(3, 4, group, 0));
	}
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.2"), 0x6);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.3"), 0x4);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.4"), 0);
	assert_int_equal(dvs_switch_dump(fixture.sw, &dvs_switch_type, &cursor, &totals, 1), 1);
	assert_int_equal(totals.groups, 3);
	assert_int_equal(totals.groups_refused, 3);
	fixture_free(&fixture);
}

static struct dvs_static_group static_group(const char *group, const char *port)
{
	struct dvs_static_group object = {.segment = "lan", .group = mcast_ip(group)};

	snprintf(object.port, sizeof(object.port), "%s", port);
	return object;
}

static void static_groups(void **state)
{
	struct dvs_static_group group = static_group("239.5.5.5", "p3");
	struct dvs_static_group bad = static_group("224.0.0.5", "p3");
	struct dvs_port moved = fixture_port("p3", "other");
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, true);
	fixture_add_segment(&fixture, "other");
	pass(&fixture, 6000);
	assert_int_equal(fixture_put(&fixture, &dvs_group_type, &group), 0);
	assert_int_equal(who_gets(&fixture, 0, "239.5.5.5"), 0x8);
	send(&fixture, 3, mcast_report(4, 4, "239.5.5.5", 0));
	send(&fixture, 3, mcast_report(4, 3, "239.5.5.5", 0));
	pass(&fixture, 50000);
	assert_int_equal(who_gets(&fixture, 0, "239.5.5.5"), 0x8);
	assert_true(has_row(&fixture, DVS_GROUP_STATIC, "239.5.5.5", "p3", ""));

	assert_int_equal(fixture_put(&fixture, &dvs_group_type, &bad), -EINVAL);
	assert_string_equal(fixture.err.field, "group");
	bad = static_group("239.1.1.1", "nobody");
	assert_int_equal(fixture_put(&fixture, &dvs_group_type, &bad), -ENOENT);
	assert_int_equal(fixture_put(&fixture, &dvs_port_type, &moved), -EBUSY);
	assert_int_equal(fixture_delete(&fixture, &dvs_port_type, &moved), -EBUSY);
	assert_int_equal(fixture_delete(&fixture, &dvs_group_type, &group), 0);
	assert_int_equal(who_gets(&fixture, 0, "239.5.5.5"), 0);
	fixture_free(&fixture);
}

static void impossible_segments(void **state)
{
	struct dvs_segment segment = lan(true);
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, true);
	segment.mcast_querier_ip = mcast_ip("239.1.1.1");
	assert_int_equal(fixture_put(&fixture, &dvs_segment_type, &segment), -EINVAL);
	assert_string_equal(fixture.err.field, "mcast_querier_ip");
	segment = lan(true);
	segment.mcast_querier_ip6 = mcast_ip("2001:db8::1");
	assert_int_equal(fixture_put(&fixture, &dvs_segment_type, &segment), -EINVAL);
	segment = lan(true);
	segment.mcast_response_ms = 20000;
	assert_int_equal(fixture_put(&fixture, &dvs_segment_type, &segment), -EINVAL);
	assert_string_equal(fixture.err.field, "mcast_response");
	fixture_free(&fixture);
}

/* Ports that go take their memberships along; another segment is not reached. */
static void ports_come_and_go(void **state)
{
	struct dvs_segment other = fixture_segment("other");
	struct dvs_port moved = fixture_port("p1", "other");
	char text[DVS_IP_TEXT_LEN];
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, true);
	put_segment(&fixture, &other);
	pass(&fixture, 6000);
	send(&fixture, 1, mcast_report(2, 4, "239.1.1.1", 0));
	send(&fixture, 2, mcast_report(3, 4, "239.1.1.1", 0));
	assert_int_equal(fixture_put(&fixture, &dvs_port_type, &moved), 0);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x4);
	assert_false(has_row(&fixture, DVS_GROUP_DYNAMIC, "239.1.1.1", "p1", ""));
	fixture_delete_port(&fixture, "p2");
	assert_false(has_row(&fixture, DVS_GROUP_DYNAMIC, "239.1.1.1", "p2", ""));
	fixture_add_port(&fixture, "p2", "lan");
	fixture_run(&fixture, 1);
	fixture_run(&fixture, 1);
	assert_true(dvs_mem_collect(fixture_dev(&fixture, "p2"), 0, &got)); /* IGMP, then MLD */
	assert_string_equal(query_at(&fixture, 2, text), "");		    /* asked as it comes */
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0);
	fixture_free(&fixture);
}

/* Off and on again: nothing is lost on the way. */
static void changes_live(void **state)
{
	struct dvs_segment on = lan(true), off = fixture_segment("lan");
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1, true);
	send(&fixture, 1, mcast_report(2, 4, "239.1.1.1", 0));
	pass(&fixture, 6000);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x2);
	put_segment(&fixture, &off);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), ALL & ~1u);
	assert_false(has_row(&fixture, DVS_GROUP_DYNAMIC, "239.1.1.1", "p1", ""));
	put_segment(&fixture, &on);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), ALL & ~1u);
	send(&fixture, 1, mcast_report(2, 2, "239.1.1.1", 0));
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), ALL & ~1u);
	pass(&fixture, 3000);
	assert_int_equal(who_gets(&fixture, 0, "239.1.1.1"), 0x2);
	fixture_free(&fixture);
}

static void malformed_ones_are_dropped(void **state)
{
	struct mcast_frame bad4 = mcast_report(2, 4, "239.1.1.1", 0);
	struct mcast_frame bad6 = mcast_report(2, 4, "ff0e::1", 0);
	struct dvs_segment off = fixture_segment("lan");
	struct fixture fixture;

	(void)state;
	bad4.bytes[bad4.length - 1] ^= 1;
	bad6.bytes[14 + 7] = 64; /* hop limit */
	set_up(&fixture, 1, true);
	pass(&fixture, 6000);
	send(&fixture, 1, bad4);
	send(&fixture, 1, bad6);
	assert_int_equal(receivers(&fixture), 0);
	assert_int_equal(fixture_drops(&fixture, "p1", DVS_DROP_BAD_IGMP), 1);
	assert_int_equal(fixture_drops(&fixture, "p1", DVS_DROP_BAD_MLD), 1);
	put_segment(&fixture, &off);
	send(&fixture, 1, bad4);
	assert_int_equal(receivers(&fixture), ALL & ~2u);
	fixture_free(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floods_when_off),
		cmocka_unit_test(floods_until_somebody_asks),
		cmocka_unit_test(members_only_with_one_worker),
		cmocka_unit_test(members_only_with_three_workers),
		cmocka_unit_test(unknown_groups_can_be_flooded),
		cmocka_unit_test(tagged_payload_is_flooded),
		cmocka_unit_test(memberships_expire),
		cmocka_unit_test(leave_of_each_version),
		cmocka_unit_test(fast_leave),
		cmocka_unit_test(old_hosts_stay),
		cmocka_unit_test(another_queriers_question_ends_it),
		cmocka_unit_test(router_ports),
		cmocka_unit_test(the_lowest_address_asks),
		cmocka_unit_test(queries_of_older_versions),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(static_groups),
		cmocka_unit_test(impossible_segments),
		cmocka_unit_test(ports_come_and_go),
		cmocka_unit_test(changes_live),
		cmocka_unit_test(malformed_ones_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
