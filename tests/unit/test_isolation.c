/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who may talk to whom within a segment: private VLANs (each pair of roles, unicast and flooded, by
 * one worker and handed over between three), VEPA, and unknown unicast that ports do not want.
 */
#include "fixture.h"

#include <string.h>

static struct fixture f;

static void create(uint16_t n_workers)
{
	fixture_create(&f, n_workers, false);
	fixture_add_segment(&f, "lan");
}

static int set_up(void **state)
{
	(void)state;
	create(1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

static void add(const char *name, enum dvs_private_vlan role, uint16_t community,
		enum dvs_guard_mode mode)
{
	struct dvs_port port = fixture_port(name, "lan");

	port.policy.private_vlan = (uint8_t)role;
	port.policy.community = community;
	port.policy.private_vlan_mode = (uint8_t)mode;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
}

/* Sends, and says which of n ports p0, p1, ... got the frame, as a bitmap. */
static unsigned int outcome(const char *from, uint8_t dst, uint8_t src, unsigned int n)
{
	unsigned int got = 0;

	fixture_send(&f, from, dst, src);
	fixture_run(&f, 2);
	for (unsigned int p = 0; p < n; p++) {
		unsigned int frames = fixture_received(&f, (char[]){'p', (char)('0' + p), '\0'});

		assert_in_range(frames, 0, 1);
		got |= frames << p;
	}
	return got;
}

/* ---- private VLAN ---- */

#define PORTS 8

static const struct {
	enum dvs_private_vlan role;
	uint16_t community;
} roles[PORTS] = {
	{DVS_PRIVATE_VLAN_OFF, 0},	 {DVS_PRIVATE_VLAN_PROMISCUOUS, 7},
	{DVS_PRIVATE_VLAN_COMMUNITY, 0}, {DVS_PRIVATE_VLAN_COMMUNITY, 0},
	{DVS_PRIVATE_VLAN_COMMUNITY, 7}, {DVS_PRIVATE_VLAN_COMMUNITY, DVS_COMMUNITY_MAX},
	{DVS_PRIVATE_VLAN_ISOLATED, 0},	 {DVS_PRIVATE_VLAN_ISOLATED, 7},
};

static bool may_talk(unsigned int a, unsigned int b)
{
	if (roles[a].role <= DVS_PRIVATE_VLAN_PROMISCUOUS ||
	    roles[b].role <= DVS_PRIVATE_VLAN_PROMISCUOUS)
		return true;
	return roles[a].role == DVS_PRIVATE_VLAN_COMMUNITY && roles[a].role == roles[b].role &&
	       roles[a].community == roles[b].community;
}

static void keeps_pairs_apart(uint16_t n_workers)
{
	uint64_t refused = 0;

	create(n_workers);
	for (unsigned int p = 0; p < PORTS; p++)
		add((char[]){'p', (char)('0' + p), '\0'}, roles[p].role, roles[p].community,
		    DVS_GUARD_ENFORCE);
	for (unsigned int a = 0; a < PORTS; a++) {
		unsigned int wanted = 0;

		for (unsigned int b = 0; b < PORTS; b++)
			wanted |= (unsigned int)(a != b && may_talk(a, b)) << b;
		assert_int_equal(outcome((char[]){'p', (char)('0' + a), '\0'}, 0xff,
					 (uint8_t)(a + 1), PORTS),
				 wanted);
		assert_int_equal(outcome((char[]){'p', (char)('0' + a), '\0'}, 0x99,
					 (uint8_t)(a + 1), PORTS),
				 wanted); /* to nobody known */
	}
	for (unsigned int a = 0; a < PORTS; a++)
		for (unsigned int b = 0; b < PORTS; b++) {
			bool may = may_talk(a, b);

			if (a == b)
				continue;
			refused += !may;
			assert_int_equal(outcome((char[]){'p', (char)('0' + a), '\0'},
						 (uint8_t)(b + 1), (uint8_t)(a + 1), PORTS),
					 (unsigned int)may << b);
		}
	for (unsigned int p = 0; p < PORTS; p++)
		refused -= fixture_drops(&f, (char[]){'p', (char)('0' + p), '\0'},
					 DVS_DROP_PRIVATE_VLAN);
	assert_int_equal(refused, 0);
	tear_down(NULL);
}

static void private_vlan_of_one_worker(void **state)
{
	(void)state;
	keeps_pairs_apart(1);
}

static void private_vlan_of_three_workers(void **state)
{
	(void)state;
	keeps_pairs_apart(3);
}

static void private_vlan_audits_and_is_off(void **state)
{
	(void)state;
	add("p0", DVS_PRIVATE_VLAN_ISOLATED, 0, DVS_GUARD_AUDIT);
	add("p1", DVS_PRIVATE_VLAN_ISOLATED, 0, DVS_GUARD_OFF);
	assert_int_equal(outcome("p0", 0xff, 1, 2), 2);
	assert_int_equal(outcome("p1", 0xff, 2, 2), 1);
	assert_int_equal(outcome("p0", 2, 1, 2), 2);
	assert_int_equal(outcome("p1", 1, 2, 2), 1);
	assert_int_equal(fixture_audited(&f, "p0", DVS_DROP_PRIVATE_VLAN), 2);
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_PRIVATE_VLAN), 0);
	add("p2", DVS_PRIVATE_VLAN_OFF, 0, DVS_GUARD_ENFORCE);
	assert_int_equal(outcome("p0", 0xff, 1, 3), 6);
	assert_int_equal(fixture_audited(&f, "p0", DVS_DROP_PRIVATE_VLAN), 2); /* p2 may have it */
	assert_int_equal(fixture_drops(&f, "p0", DVS_DROP_PRIVATE_VLAN), 0);
}

static void isolated_flood_to_nobody_is_a_drop(void **state)
{
	(void)state;
	add("p0", DVS_PRIVATE_VLAN_ISOLATED, 0, DVS_GUARD_ENFORCE);
	add("p1", DVS_PRIVATE_VLAN_ISOLATED, 0, DVS_GUARD_ENFORCE);
	for (unsigned int i = 0; i < 5; i++)
		fixture_send(&f, "p0", 0xff, 1);
	assert_int_equal(outcome("p0", 0xff, 1, 2), 0);
	assert_int_equal(fixture_drops(&f, "p0", DVS_DROP_PRIVATE_VLAN), 6);
}

/* ---- unknown unicast ---- */

static void add_blocker(const char *name, enum dvs_guard_mode mode)
{
	struct dvs_port port = fixture_port(name, "lan");

	port.policy.unknown_unicast_block = (uint8_t)mode;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
}

static void unknown_unicast_does_not_reach_blockers(uint16_t n_workers)
{
	create(n_workers);
	fixture_add_port(&f, "p0", "lan");
	add_blocker("p1", DVS_GUARD_ENFORCE);
	add_blocker("p2", DVS_GUARD_AUDIT);
	add_blocker("p3", DVS_GUARD_OFF);
	assert_int_equal(outcome("p0", 0xff, 1, 4), 0xe);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(outcome("p0", 0x99, 1, 4), 0xc);
	assert_int_equal(fixture_state(&f, "p1").tx_dropped, 3);
	assert_int_equal(fixture_audited(&f, "p2", DVS_DROP_UNKNOWN_BLOCKED), 3);
	assert_int_equal(outcome("p1", 0xff, 2, 4), 0xd);
	assert_int_equal(outcome("p0", 2, 1, 4), 0x2); /* known */
	fixture_delete_port(&f, "p2");
	fixture_delete_port(&f, "p3");
	assert_int_equal(outcome("p0", 0x99, 1, 2), 0);
	assert_int_equal(fixture_drops(&f, "p0", DVS_DROP_UNKNOWN_BLOCKED), 1);
	tear_down(NULL);
}

static void unknown_unicast_of_one_worker(void **state)
{
	(void)state;
	unknown_unicast_does_not_reach_blockers(1);
}

static void unknown_unicast_of_three_workers(void **state)
{
	(void)state;
	unknown_unicast_does_not_reach_blockers(3);
}

/* ---- VEPA ---- */

static void add_vepa(const char *name, bool is_uplink, bool is_vepa)
{
	struct dvs_port port = fixture_port(name, "lan");

	port.uplink = is_uplink;
	port.policy.vepa = is_vepa;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
}

/* p0 and p1 are VMs in VEPA mode, p2 one that is not, p3 is the uplink. */
static void vepa_goes_out_and_comes_back(uint16_t n_workers)
{
	create(n_workers);
	add_vepa("p0", false, true);
	add_vepa("p1", false, true);
	add_vepa("p2", false, false);
	assert_int_equal(outcome("p0", 0xff, 1, 3), 0);
	assert_int_equal(fixture_drops(&f, "p0", DVS_DROP_NO_UPLINK), 1);
	add_vepa("p3", true, true); /* an uplink is in no VEPA mode itself */
	assert_int_equal(outcome("p0", 0xff, 1, 4), 8);
	assert_int_equal(outcome("p1", 0xff, 2, 4), 8);
	assert_int_equal(outcome("p1", 1, 2, 4), 8); /* known behind p0, yet out */
	assert_int_equal(outcome("p3", 1, 2, 4), 1); /* and back */
	assert_int_equal(outcome("p3", 0xff, 1, 4), 6);
	assert_int_equal(outcome("p3", 0xff, 2, 4), 5);
	assert_int_equal(outcome("p3", 0x99, 2, 4), 5);
	assert_int_equal(f.moves, 0); /* the MACs are where they were */
	assert_int_equal(outcome("p3", 2, 1, 4), 2);
	assert_int_equal(outcome("p2", 1, 3, 4), 1);
	assert_int_equal(outcome("p3", 0xff, 9, 4), 7);
	assert_int_equal(outcome("p0", 9, 1, 4), 8);
	/* Both ends of a reflected frame are p0's. */
	assert_int_equal(outcome("p0", 0xff, 5, 4), 8);
	assert_int_equal(outcome("p3", 5, 1, 4), 0);
	assert_int_equal(fixture_drops(&f, "p3", DVS_DROP_SAME_PORT), 1);
	tear_down(NULL);
}

/* p2 gets a copy of all, once. */
static void vepa_beside_a_promiscuous_port(uint16_t n_workers)
{
	create(n_workers);
	add_vepa("p0", false, true);
	add_vepa("p1", false, true);
	add_vepa("p2", false, false);
	add_vepa("p3", true, false);
	fixture_set(&f, "p2", "promiscuous", "true");
	assert_int_equal(outcome("p1", 0xff, 2, 4), 8);
	assert_int_equal(outcome("p0", 0xff, 1, 4), 8);
	assert_int_equal(outcome("p0", 2, 1, 4), 8);
	assert_int_equal(outcome("p3", 2, 1, 4), 6);
	tear_down(NULL);
}

static void vepa_and_promiscuous_of_one_worker(void **state)
{
	(void)state;
	vepa_beside_a_promiscuous_port(1);
}

static void vepa_and_promiscuous_of_three_workers(void **state)
{
	(void)state;
	vepa_beside_a_promiscuous_port(3);
}

static void vepa_of_one_worker(void **state)
{
	(void)state;
	vepa_goes_out_and_comes_back(1);
}

static void vepa_of_three_workers(void **state)
{
	(void)state;
	vepa_goes_out_and_comes_back(3);
}

/* Reflected before the control thread has learnt the source: it is not at the uplink. */
static void vepa_is_not_fooled_by_a_quick_reflection(void **state)
{
	(void)state;
	add_vepa("p0", false, true);
	add_vepa("p1", true, false);
	fixture_send(&f, "p0", 0xff, 1);
	dvs_worker_sweep(dvs_switch_worker(f.sw, 0));
	fixture_send(&f, "p1", 0xff, 1);
	fixture_run(&f, 1);
	fixture_received(&f, "p0");
	fixture_received(&f, "p1");
	add_vepa("p2", false, false);
	assert_int_equal(outcome("p2", 1, 3, 3), 1);
}

/* With two uplinks a frame leaves once; each source by one of them; by the other when it is down.
 */
static void vepa_chooses_an_uplink(void **state)
{
	unsigned int seen = 0;

	(void)state;
	add_vepa("p0", false, true);
	add_vepa("p1", true, false);
	add_vepa("p2", true, false);
	for (unsigned int src = 1; src < 30; src++) {
		unsigned int got = outcome("p0", 0xff, (uint8_t)src, 3);

		assert_true(got == 2 || got == 4);
		assert_int_equal(outcome("p0", 0x99, (uint8_t)src, 3), got);
		seen |= got;
	}
	assert_int_equal(seen, 6);
	dvs_portdev_set_link(fixture_dev(&f, "p1"), DVS_LINK_DOWN, 0, 0);
	for (unsigned int src = 1; src < 30; src++)
		assert_int_equal(outcome("p0", 0xff, (uint8_t)src, 3), 4);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(private_vlan_of_one_worker),
		cmocka_unit_test(private_vlan_of_three_workers),
		TEST(private_vlan_audits_and_is_off),
		TEST(isolated_flood_to_nobody_is_a_drop),
		cmocka_unit_test(unknown_unicast_of_one_worker),
		cmocka_unit_test(unknown_unicast_of_three_workers),
		cmocka_unit_test(vepa_of_one_worker),
		cmocka_unit_test(vepa_of_three_workers),
		cmocka_unit_test(vepa_and_promiscuous_of_one_worker),
		cmocka_unit_test(vepa_and_promiscuous_of_three_workers),
		TEST(vepa_is_not_fooled_by_a_quick_reflection),
		TEST(vepa_chooses_an_uplink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
