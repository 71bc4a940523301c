/* SPDX-License-Identifier: BSD-3-Clause */
/* What MACs a port may have learnt, and what it gets: limits and their actions, sticky MACs, MAC
 * changes, promiscuous ports, duplicates and MACs that flap. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "stages.h"

static struct fixture f;

static int set_up(void **state)
{
	(void)state;
	fixture_create_lan(&f, 1, false, "p1 p2 p3");
	return 0;
}

static int set_up_two_workers(void **state)
{
	(void)state;
	fixture_create_lan(&f, 2, false, "p1 p2 p3");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

static void set_segment(uint32_t moves, uint32_t window_s, uint32_t hold_s)
{
	struct dvs_segment segment = fixture_segment("lan");

	segment.flap_moves = moves;
	segment.flap_window_s = window_s;
	segment.flap_hold_s = hold_s;
	assert_int_equal(fixture_put(&f, &dvs_segment_type, &segment), 0);
}

/* A frame; who gets it, as "12": p1 and p2. */
static const char *sent(const char *port, uint8_t dst, uint8_t src)
{
	static char got[8];

	fixture_send(&f, port, dst, src);
	fixture_run(&f, 2);
	got[0] = '\0';
	for (unsigned int i = 1; i <= 3; i++)
		if (fixture_received(&f, (const char *[]){"p1", "p2", "p3"}[i - 1]) != 0)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%u", i);
	return got;
}

/* Who has the MAC; NULL. */
static const char *owner(uint8_t mac, uint8_t *ret_kind)
{
	static struct dvs_fdb_entry entry;
	uint64_t cursor = 0;

	do {
		if (dvs_switch_dump(f.sw, &dvs_fdb_entry_type, &cursor, &entry, 1) != 1 ||
		    entry.mac[5] != mac)
			continue;
		if (ret_kind != NULL)
			*ret_kind = entry.kind;
		return entry.port;
	} while (cursor != 0);
	return NULL;
}

/* ---- limit ---- */

static void a_limit_drops_further_sources(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "mac_limit", "2");
	assert_string_equal(sent("p1", 0xff, 1), "23");
	assert_string_equal(sent("p1", 0xff, 2), "23");
	assert_string_equal(sent("p1", 0xff, 3), "");
	assert_string_equal(sent("p1", 0xff, 1), "23");
	assert_null(owner(3, NULL));
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_MAC_LIMIT), 1);
	assert_int_equal(fixture_state(&f, "p1").macs, 2);
	/* Room again when one has aged, or was flushed. */
	fixture_warp(&f, 200);
	sent("p1", 0xff, 1);
	fixture_warp(&f, 110);
	assert_string_equal(sent("p1", 0xff, 3), "23");
	assert_string_equal(sent("p1", 0xff, 2), "");
	/* A higher limit at once; a lower one throws nobody out. */
	fixture_set(&f, "p1", "mac_limit", "3");
	assert_string_equal(sent("p1", 0xff, 2), "23");
	fixture_set(&f, "p1", "mac_limit", "1");
	assert_string_equal(sent("p1", 0xff, 2), "23");
	assert_string_equal(sent("p1", 0xff, 4), "");
	fixture_set(&f, "p1", "mac_limit", "0");
	assert_string_equal(sent("p1", 0xff, 4), "23");
}

/* All in one batch, before the control thread has seen any of them. */
static void a_limit_holds_within_a_batch(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "mac_limit", "5");
	for (uint8_t mac = 1; mac <= 40; mac++)
		fixture_send(&f, "p1", 0xff, mac);
	dvs_worker_sweep(dvs_switch_worker(f.sw, 0));
	assert_int_equal(fixture_received(&f, "p2"), 5);
	for (uint8_t mac = 1; mac <= 40; mac++)
		fixture_send(&f, "p1", 0xff, mac);
	dvs_worker_sweep(dvs_switch_worker(f.sw, 0));
	assert_int_equal(fixture_received(&f, "p2"), 5);
	dvs_switch_poll(f.sw);
	assert_int_equal(fixture_state(&f, "p1").macs, 5);
	for (uint8_t mac = 1; mac <= 40; mac++)
		fixture_send(&f, "p1", 0xff, mac);
	fixture_run(&f, 1);
	assert_int_equal(fixture_received(&f, "p2"), 5);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_MAC_LIMIT), 105);
	fixture_received(&f, "p3");
}

/* A MAC that comes from another port counts like a new one. */
static void moves_count_too(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "mac_limit", "1");
	sent("p1", 0xff, 1);
	sent("p2", 0xff, 2);
	assert_string_equal(sent("p1", 0xff, 2), "");
	assert_string_equal(owner(2, NULL), "p2");
	assert_string_equal(sent("p2", 0xff, 1), "13");
	assert_string_equal(owner(1, NULL), "p2");
	assert_string_equal(sent("p1", 0xff, 2), "23");
	assert_string_equal(owner(2, NULL), "p1");
}

static void other_actions_let_frames_pass(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "mac_limit", "1");
	fixture_set(&f, "p1", "mac_limit_action", "flood");
	sent("p1", 0xff, 1);
	assert_string_equal(sent("p1", 0xff, 2), "23");
	assert_null(owner(2, NULL));
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_MAC_LIMIT), 1);
	fixture_set(&f, "p1", "mac_limit_action", "audit");
	assert_string_equal(sent("p1", 0xff, 2), "23");
	assert_string_equal(owner(2, NULL), "p1");
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_MAC_LIMIT), 2);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_MAC_LIMIT), 0);
}

static void shutdown_lasts_until_an_operator_acts(void **state)
{
	struct dvs_port_state port;
	uint32_t flushed;

	(void)state;
	fixture_set(&f, "p1", "mac_limit", "1");
	fixture_set(&f, "p1", "mac_limit_action", "shutdown");
	sent("p1", 0xff, 1);
	f.links = 0;
	assert_string_equal(sent("p1", 0xff, 2), "");
	port = fixture_state(&f, "p1");
	assert_int_equal(port.link, DVS_LINK_DOWN);
	assert_non_null(strstr(port.error, "more than 1 MACs"));
	dvs_switch_poll(f.sw);
	assert_int_equal(f.links, 1);
	assert_int_equal(f.last.link, DVS_LINK_DOWN);
	assert_non_null(strstr(f.last.text, "more than 1 MACs"));
	assert_string_equal(sent("p1", 0xff, 1), "");
	assert_string_equal(sent("p2", 0xff, 7), "3");
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_PORT_DISABLED), 1);
	/* Other changes do not enable it. */
	fixture_set(&f, "p1", "mtu", "1400");
	assert_string_equal(sent("p1", 0xff, 1), "");
	assert_int_equal(dvs_switch_mac_flush(f.sw, "", "p1", &flushed, &f.err), 0);
	assert_string_equal(sent("p1", 0xff, 1), "23");
	assert_string_equal(fixture_state(&f, "p1").error, "");
	assert_string_equal(sent("p1", 0xff, 2), "");
	fixture_set(&f, "p1", "enabled", "false");
	fixture_warp(&f, 1); /* its MACs go with its link */
	fixture_set(&f, "p1", "enabled", "true");
	assert_int_equal(fixture_state(&f, "p1").link, DVS_LINK_UP);
	assert_string_equal(sent("p1", 0xff, 5), "23");
}

/* ---- sticky ---- */

static void sticky_macs_stay(void **state)
{
	uint8_t kind;
	uint32_t flushed;

	(void)state;
	fixture_set(&f, "p1", "mac_sticky", "true");
	sent("p1", 0xff, 1);
	sent("p2", 0xff, 2);
	fixture_warp(&f, 1000);
	assert_null(owner(2, NULL));
	assert_string_equal(owner(1, &kind), "p1");
	assert_int_equal(kind, DVS_FDB_STICKY);
	sent("p2", 0xff, 1);
	assert_string_equal(owner(1, NULL), "p1");
	assert_string_equal(sent("p3", 1, 3), "1");
	/* Its link goes and comes. */
	dvs_portdev_set_link(fixture_dev(&f, "p1"), DVS_LINK_DOWN, 1, 0);
	fixture_warp(&f, 1);
	dvs_portdev_set_link(fixture_dev(&f, "p1"), DVS_LINK_UP, 1, 0);
	assert_string_equal(owner(1, NULL), "p1");
	assert_int_equal(dvs_switch_mac_flush(f.sw, "", "p1", &flushed, &f.err), 0);
	assert_int_equal(flushed, 1);
	sent("p2", 0xff, 1);
	assert_string_equal(owner(1, NULL), "p2");
	fixture_set(&f, "p1", "mac_sticky", "false");
	sent("p1", 0xff, 1);
	fixture_warp(&f, 1000);
	assert_null(owner(1, NULL));
}

/* ---- MAC changes ---- */

static void a_changed_mac_gets_nothing(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "mac", "02:00:00:00:00:01");
	sent("p1", 0xff, 1);
	sent("p1", 0xff, 9);
	assert_string_equal(owner(9, NULL), "p1");
	fixture_set(&f, "p1", "mac_change", "audit");
	assert_string_equal(sent("p1", 0xff, 9), "23");
	assert_string_equal(sent("p2", 9, 2), "1");
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_MAC_CHANGED), 1);
	/* What was learnt goes; its own MAC stays. */
	fixture_set(&f, "p1", "mac_change", "enforce");
	assert_null(owner(9, NULL));
	assert_string_equal(owner(1, NULL), "p1");
	/* It may send, and gets what is for all. */
	assert_string_equal(sent("p1", 0xff, 9), "23");
	assert_null(owner(9, NULL));
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_MAC_CHANGED), 2);
	assert_string_equal(sent("p2", 9, 2), "3");
	assert_string_equal(sent("p2", 0xff, 2), "13");
	assert_string_equal(sent("p2", 1, 2), "1");
	/* Unknown unicast for its own MAC comes, too. */
	fixture_warp(&f, 400);
	assert_null(owner(1, NULL));
	assert_string_equal(sent("p2", 1, 2), "13");
	fixture_set(&f, "p1", "mac_change", "off");
	assert_string_equal(sent("p2", 9, 2), "13");
}

/* Frames to several destinations in one batch have a set each. */
static void unicast_sets_differ_within_a_batch(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "mac", "02:00:00:00:00:01");
	fixture_set(&f, "p1", "mac_change", "enforce");
	fixture_set(&f, "p3", "mac", "02:00:00:00:00:03");
	fixture_set(&f, "p3", "mac_change", "enforce");
	for (unsigned int i = 0; i < 4; i++) {
		fixture_send(&f, "p2", 1, 2);
		fixture_send(&f, "p2", 3, 2);
		fixture_send(&f, "p2", 0xff, 2);
		fixture_send(&f, "p2", 9, 2);
	}
	fixture_run(&f, 1);
	assert_int_equal(fixture_received(&f, "p1"), 8);
	assert_int_equal(fixture_received(&f, "p3"), 8);
	assert_int_equal(fixture_drops(&f, "p2", DVS_DROP_NO_DESTINATION), 4);
}

static void both_policies_judge_one_frame(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "mac", "02:00:00:00:00:01");
	fixture_set(&f, "p1", "mac_change", "enforce");
	fixture_set(&f, "p1", "forged_transmit", "enforce");
	assert_string_equal(sent("p1", 0xff, 9), "");
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_FORGED_SOURCE), 1);
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_MAC_CHANGED), 0);
	assert_string_equal(sent("p1", 0xff, 1), "23");
}

/* ---- promiscuous ---- */

static void a_promiscuous_port_gets_all(void **state)
{
	(void)state;
	sent("p1", 0xff, 1);
	sent("p2", 0xff, 2);
	sent("p3", 0xff, 3);
	assert_string_equal(sent("p1", 2, 1), "2");
	fixture_set(&f, "p3", "promiscuous", "true");
	assert_string_equal(sent("p1", 2, 1), "23");
	assert_string_equal(sent("p2", 1, 2), "13");
	assert_string_equal(sent("p1", 3, 1), "3");
	assert_string_equal(sent("p3", 1, 3), "1");
	assert_string_equal(sent("p1", 0xff, 1), "23");
	assert_string_equal(sent("p1", 0x77, 1), "23");
	fixture_set(&f, "p1", "promiscuous", "true");
	assert_string_equal(sent("p2", 3, 2), "13");
	fixture_set(&f, "p3", "enabled", "false");
	assert_string_equal(sent("p2", 1, 2), "1");
	fixture_set(&f, "p3", "enabled", "true");
	fixture_set(&f, "p3", "promiscuous", "false");
	fixture_set(&f, "p1", "promiscuous", "false");
	assert_string_equal(sent("p1", 2, 1), "2");
}

/* Its own segment only, and what mac_change takes from others it has. */
static void promiscuous_ends_at_the_segment(void **state)
{
	struct dvs_port port;

	(void)state;
	fixture_add_segment(&f, "other");
	port = fixture_dev(&f, "p3")->config;
	snprintf(port.segment, sizeof(port.segment), "other");
	port.policy.promiscuous = 1;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	sent("p1", 0xff, 1);
	assert_string_equal(sent("p2", 1, 2), "1");
	fixture_set(&f, "p1", "promiscuous", "true");
	fixture_set(&f, "p1", "mac", "02:00:00:00:00:01");
	fixture_set(&f, "p1", "mac_change", "enforce");
	assert_string_equal(sent("p2", 0x55, 2), "1");
}

/* Stages that a port does not need are not called: a segment without promiscuous ports is free. */
static void promiscuous_costs_others_nothing(void **state)
{
	const struct dvs_snapshot *snapshot;
	uint16_t p1 = fixture_dev(&f, "p1")->id;

	(void)state;
	snapshot = f.sw->shared.snapshot;
	assert_int_equal(snapshot->ports[p1].stages, DVS_STAGES_ALWAYS);
	fixture_set(&f, "p2", "promiscuous", "true");
	snapshot = f.sw->shared.snapshot;
	assert_int_equal(snapshot->ports[p1].stages, DVS_STAGES_ALWAYS | DVS_STAGE_BIT_PROMISCUOUS);
}

/* ---- duplicates and flaps ---- */

static struct dvs_duplicate duplicate(void)
{
	struct dvs_duplicate found = {{0}};
	uint64_t cursor = 0;

	dvs_switch_dump(f.sw, &dvs_duplicate_type, &cursor, &found, 1);
	return found;
}

static void warp_s(uint32_t seconds)
{
	dvs_clock_warp(&f.clock, (uint64_t)seconds * 1000000000u);
	dvs_switch_poll(f.sw);
}

static void a_migration_is_no_duplicate(void **state)
{
	(void)state;
	sent("p1", 0xff, 1);
	sent("p2", 0xff, 1);
	assert_string_equal(duplicate().port, "");
	warp_s(20);
	sent("p1", 0xff, 1);
	assert_string_equal(duplicate().port, "");
	assert_int_equal(f.moves, 2);
}

static void a_clone_is_told_with_both_ports(void **state)
{
	struct dvs_duplicate found;

	(void)state;
	sent("p1", 0xff, 1);
	sent("p2", 0xff, 1);
	sent("p1", 0xff, 1);
	assert_int_equal(f.last.kind, DVS_EVENT_MAC_DUPLICATE);
	assert_string_equal(f.last.port, "p1");
	assert_string_equal(f.last.text, "p2");
	assert_string_equal(f.last.segment, "lan");
	assert_int_equal(f.last.mac[5], 1);
	found = duplicate();
	assert_int_equal(found.kind, DVS_DUPLICATE_ACTIVE);
	assert_string_equal(found.segment, "lan");
	assert_string_equal(found.port, "p1");
	assert_string_equal(found.other_port, "p2");
	assert_int_equal(found.moves, 2);
	/* Told once, listed as long as it is fresh, gone with a port. */
	memset(&f.last, 0, sizeof(f.last));
	sent("p2", 0xff, 1);
	assert_int_equal(f.last.kind, DVS_EVENT_MAC_MOVE);
	warp_s(400);
	assert_string_equal(duplicate().port, "");
	sent("p1", 0xff, 1);
	sent("p2", 0xff, 1);
	sent("p1", 0xff, 1);
	assert_string_equal(duplicate().port, "p1");
	fixture_delete_port(&f, "p1");
	assert_string_equal(duplicate().port, "");
	fixture_add_port(&f, "p1", "lan");
}

static void a_sticky_mac_has_duplicates_too(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "mac_sticky", "true");
	sent("p1", 0xff, 1);
	sent("p2", 0xff, 1);
	assert_int_equal(f.last.kind, DVS_EVENT_MAC_DUPLICATE);
	assert_string_equal(duplicate().port, "p1");
	assert_string_equal(duplicate().other_port, "p2");
}

static void a_mac_that_flaps_is_held(void **state)
{
	struct dvs_duplicate found;

	(void)state;
	set_segment(4, 10, 30);
	sent("p1", 0xff, 1);
	for (unsigned int i = 0; i < 4; i++)
		sent(i % 2 == 0 ? "p2" : "p1", 0xff, 1);
	assert_int_equal(f.last.kind, DVS_EVENT_MAC_HELD);
	assert_string_equal(owner(1, NULL), "p1");
	assert_int_equal(f.moves, 4);
	sent("p2", 0xff, 1);
	assert_string_equal(owner(1, NULL), "p1");
	found = duplicate();
	assert_string_equal(found.port, "p1");
	assert_string_equal(found.other_port, "p2");
	assert_int_equal(found.held_s, 30);
	/* The frames themselves pass. */
	assert_string_equal(sent("p2", 0xff, 1), "13");
	warp_s(31);
	sent("p2", 0xff, 1);
	assert_string_equal(owner(1, NULL), "p2");
	assert_int_equal(f.moves, 5);
}

static void slow_moves_are_not_held(void **state)
{
	(void)state;
	set_segment(4, 10, 30);
	sent("p1", 0xff, 1);
	for (unsigned int i = 0; i < 20; i++) {
		warp_s(4);
		sent(i % 2 == 0 ? "p2" : "p1", 0xff, 1);
	}
	assert_int_equal(f.moves, 20);
	set_segment(0, 10, 30);
	for (unsigned int i = 0; i < 40; i++)
		sent(i % 2 == 0 ? "p2" : "p1", 0xff, 1);
	assert_int_equal(f.moves, 60);
}

#define TEST(name)  cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST2(name) cmocka_unit_test_setup_teardown(name, set_up_two_workers, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_limit_drops_further_sources),
		TEST(a_limit_holds_within_a_batch),
		TEST(moves_count_too),
		TEST(other_actions_let_frames_pass),
		TEST(shutdown_lasts_until_an_operator_acts),
		TEST(sticky_macs_stay),
		TEST(a_changed_mac_gets_nothing),
		TEST2(a_changed_mac_gets_nothing),
		TEST(unicast_sets_differ_within_a_batch),
		TEST(both_policies_judge_one_frame),
		TEST(a_promiscuous_port_gets_all),
		TEST2(a_promiscuous_port_gets_all),
		TEST(promiscuous_ends_at_the_segment),
		TEST(promiscuous_costs_others_nothing),
		TEST(a_migration_is_no_duplicate),
		TEST(a_clone_is_told_with_both_ports),
		TEST(a_sticky_mac_has_duplicates_too),
		TEST(a_mac_that_flaps_is_held),
		TEST(slow_moves_are_not_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
