/* SPDX-License-Identifier: BSD-3-Clause */
/* ARP and ND suppression: the table of owners against a list, then who answers whom. p1 asks, p2
 * owns 10.0.0.2 and 2001:db8::2, p3 sees what is flooded. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "eal.h"
#include "neighbor.h"
#include "packet_maker.h"
#include "random.h"

#include <rte_rcu_qsbr.h>

#define IP4(last) (0x0a000000u + (last))
#define ADDRESSES 200
#define ROUNDS	  20000

/* ---- the table ---- */

struct twin {
	bool is_there;
	struct dvs_neighbor neighbor;
	uint32_t seen_s;
};

static void agrees_with_the_list(void **state)
{
	static struct twin twins[ADDRESSES];
	struct rte_rcu_qsbr *qsbr = aligned_alloc(64, 4096);
	struct dvs_neighbors *table;
	uint32_t now_s = 1;

	(void)state;
	assert_int_equal(dvs_test_eal_init(), 0);
	memset(qsbr, 0, 4096);
	assert_int_equal(rte_rcu_qsbr_init(qsbr, 1), 0);
	table = dvs_neighbors_create(qsbr);
	assert_non_null(table);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		uint32_t i = random_below(ADDRESSES);
		struct twin *twin = &twins[i];
		const struct dvs_ip ip = dvs_ip_from4(IP4(i / 2));
		uint16_t segment = (uint16_t)(1 + i % 2);
		struct dvs_neighbor found = {.mac = 1 + random_below(9),
					     .port = (uint16_t)(random_below(5)),
					     .flags = (uint8_t)(random_below(3))};
		uint32_t n = 0;
		int32_t at;

		switch (random_below(6)) {
		case 0:
			dvs_neighbor_remove(table, segment, &ip);
			twin->is_there = false;
			break;
		case 1:
			if (random_below(64) != 0)
				break;
			now_s += DVS_NEIGHBOR_AGE_S / 3;
			dvs_neighbors_age(table, now_s);
			for (uint32_t k = 0; k < ADDRESSES; k++)
				if (now_s - twins[k].seen_s > DVS_NEIGHBOR_AGE_S)
					twins[k].is_there = false;
			break;
		case 2:
			if (random_below(64) != 0)
				break;
			dvs_neighbors_forget(table, 3, 2);
			for (uint32_t k = 1; k < ADDRESSES; k += 2)
				if (twins[k].neighbor.port == 3)
					twins[k].is_there = false;
			break;
		default:
			assert_int_equal(dvs_neighbor_put(table, segment, &ip, &found, now_s), 0);
			if (found.flags == 0 && twin->is_there && twin->neighbor.mac == found.mac)
				found.flags = twin->neighbor.flags;
			*twin = (struct twin){true, found, now_s};
		}
		at = dvs_neighbor_lookup(table, segment, &ip, &found);
		assert_int_equal(at >= 0, twin->is_there);
		if (at >= 0) {
			assert_int_equal(found.mac, twin->neighbor.mac);
			assert_int_equal(found.port, twin->neighbor.port);
			assert_int_equal(found.flags, twin->neighbor.flags);
			dvs_neighbor_touch(table, at, now_s);
			twin->seen_s = now_s;
		}
		for (uint32_t k = 0; k < ADDRESSES; k++)
			n += twins[k].is_there;
		assert_int_equal(dvs_neighbors_count(table), n);
	}
	dvs_neighbors_free(table);
	free(qsbr);
}

static void a_port_has_its_part(void **state)
{
	struct rte_rcu_qsbr *qsbr = aligned_alloc(64, 4096);
	struct dvs_neighbor neighbor = {.mac = 1, .port = 7};
	struct dvs_neighbors *table;

	(void)state;
	memset(qsbr, 0, 4096);
	rte_rcu_qsbr_init(qsbr, 1);
	table = dvs_neighbors_create(qsbr);
	for (uint32_t i = 0; i < DVS_NEIGHBORS_PORT_MAX + 10; i++) {
		const struct dvs_ip ip = dvs_ip_from4(i + 1);

		assert_int_equal(dvs_neighbor_put(table, 1, &ip, &neighbor, 1),
				 i < DVS_NEIGHBORS_PORT_MAX ? 0 : -ENOSPC);
	}
	for (uint32_t i = 0; i < DVS_NEIGHBORS + 10; i++) {
		const struct dvs_ip ip = dvs_ip_from4(0x10000 + i);

		neighbor.port = (uint16_t)(8 + i / 1000);
		dvs_neighbor_put(table, 1, &ip, &neighbor, 1);
	}
	assert_in_range(dvs_neighbors_count(table), DVS_NEIGHBORS * 9 / 10, DVS_NEIGHBORS);
	dvs_neighbors_forget(table, DVS_NEIGHBOR_ANY, DVS_NEIGHBOR_ANY);
	assert_int_equal(dvs_neighbors_count(table), 0);
	for (uint32_t i = 0; i < 1000; i++) { /* positions come back */
		const struct dvs_ip ip = dvs_ip_from4(i + 1);

		assert_int_equal(dvs_neighbor_put(table, 1, &ip, &neighbor, 1), 0);
	}
	dvs_neighbors_free(table);
	free(qsbr);
}

/* ---- the switch ---- */

static struct fixture f;
static struct packet p;
static struct dvs_mem_frame got;

static int set_up(void **state)
{
	(void)state;
	fixture_create(&f, 1, false);
	fixture_add_segment(&f, "lan");
	fixture_add_port(&f, "p1", "lan");
	fixture_add_port(&f, "p2", "lan");
	fixture_add_port(&f, "p3", "lan");
	fixture_set(&f, "p1", "suppress", "enforce");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_check_invariant(&f);
	fixture_free(&f);
	return 0;
}

static void send_from(const char *port)
{
	assert_int_equal(dvs_mem_inject(fixture_dev(&f, port), 0, p.bytes, p.length, NULL), 0);
	fixture_run(&f, 1);
}

static void discard(void)
{
	fixture_received(&f, "p1");
	fixture_received(&f, "p2");
	fixture_received(&f, "p3");
}

static void expect(unsigned int p1, unsigned int p2, unsigned int p3)
{
	assert_int_equal(fixture_received(&f, "p1"), p1);
	assert_int_equal(fixture_received(&f, "p2"), p2);
	assert_int_equal(fixture_received(&f, "p3"), p3);
}

static void teach(void)
{
	packet_arp(&p, 0xff, 2, 1, 2, IP4(2), IP4(2));
	send_from("p2");
	packet_nd(&p, 0, 2, 136, "2001:db8::2", "ff02::1", "2001:db8::2", 2, 0x20);
	send_from("p2");
	discard();
}

static void ask(uint32_t target)
{
	packet_arp(&p, 0xff, 1, 1, 1, IP4(1), target);
	send_from("p1");
}

static void ask6(void)
{
	packet_nd(&p, 0, 1, 135, "2001:db8::1", "ff02::1:ff00:2", "2001:db8::2", 1, 0);
	send_from("p1");
}

static void answers_arp(void **state)
{
	(void)state;
	ask(IP4(2));
	expect(0, 1, 1);
	teach();
	ask(IP4(2));
	assert_true(dvs_mem_collect(fixture_dev(&f, "p1"), 0, &got));
	expect(0, 0, 0);
	packet_arp(&p, 1, 2, 2, 2, IP4(2), IP4(1));
	memcpy(p.bytes + 14 + 18, (uint8_t[6]){2, 0, 0, 0, 0, 1}, 6);
	assert_int_equal(got.length, p.length);
	assert_memory_equal(got.data, p.bytes, p.length);
	ask(IP4(3));
	expect(0, 1, 1);
	assert_int_equal(fixture_state(&f, "p1").dropped, 0);
}

static void answers_nd(void **state)
{
	(void)state;
	ask6();
	expect(0, 1, 1);
	teach();
	ask6();
	assert_true(dvs_mem_collect(fixture_dev(&f, "p1"), 0, &got));
	expect(0, 0, 0);
	packet_nd(&p, 1, 2, 136, "2001:db8::2", "2001:db8::1", "2001:db8::2", 2, 0x60);
	assert_int_equal(got.length, p.length);
	assert_true(packet_is_sound(got.data, got.length));
	assert_memory_equal(got.data, p.bytes, p.length);
}

static void answers_as_a_router_does(void **state)
{
	(void)state;
	packet_nd(&p, 0, 2, 135, "2001:db8::2", "ff02::1:ff00:9", "2001:db8::9", 2, 0);
	send_from("p2"); /* known, but not whether it is a router */
	discard();
	ask6();
	expect(0, 1, 0);
	packet_nd(&p, 0, 2, 136, "2001:db8::2", "ff02::1", "2001:db8::2", 2, 0xa0);
	send_from("p2");
	discard();
	ask6();
	assert_true(dvs_mem_collect(fixture_dev(&f, "p1"), 0, &got));
	assert_int_equal(got.data[14 + 44], 0xe0);
}

static void audits_and_makes_unicast(void **state)
{
	(void)state;
	teach();
	fixture_set(&f, "p1", "suppress", "unicast");
	ask(IP4(2));
	assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	assert_int_equal(got.data[5], 2);
	expect(0, 0, 0);
	ask6();
	expect(0, 1, 0);
	fixture_set(&f, "p3", "suppress", "audit");
	fixture_set(&f, "p1", "suppress", "audit");
	ask(IP4(2));
	ask6();
	expect(0, 2, 2);
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_SUPPRESSED), 2);
	fixture_set(&f, "p1", "suppress", "off");
	ask(IP4(2));
	expect(0, 1, 1);
}

static void conflicts_stay_visible(void **state)
{
	(void)state;
	teach();
	packet_arp(&p, 0xff, 1, 1, 1, 0, IP4(2)); /* probe */
	send_from("p1");
	expect(0, 1, 1);
	packet_arp(&p, 0xff, 1, 1, 1, IP4(1), IP4(1)); /* announcement */
	send_from("p1");
	expect(0, 1, 1);
	packet_nd(&p, 0, 1, 135, "::", "ff02::1:ff00:2", "2001:db8::2", 0, 0); /* DAD */
	send_from("p1");
	expect(0, 1, 1);
	packet_arp(&p, 2, 1, 1, 1, IP4(1), IP4(2)); /* is it still there? */
	send_from("p1");
	expect(0, 1, 0);
	packet_nd(&p, 2, 1, 135, "2001:db8::1", "2001:db8::2", "2001:db8::2", 1, 0);
	send_from("p1");
	expect(0, 1, 0);
}

static void owners_age_move_and_go(void **state)
{
	(void)state;
	teach();
	packet_arp(&p, 0xff, 2, 2, 2, IP4(2), IP4(2));
	send_from("p3"); /* it has moved */
	discard();
	ask(IP4(2));
	expect(1, 0, 0);
	fixture_warp(&f, DVS_NEIGHBOR_AGE_S + 2);
	ask(IP4(2));
	expect(0, 1, 1);
	teach();
	ask(IP4(2));
	expect(1, 0, 0);
	fixture_set(&f, "p2", "enabled", "false"); /* nobody is there to be answered for */
	ask(IP4(2));
	expect(0, 0, 1);
	fixture_delete_port(&f, "p2");
	fixture_add_port(&f, "p2", "lan");
	ask(IP4(2));
	expect(0, 1, 1);
}

static void bindings_own_addresses(void **state)
{
	struct dvs_binding binding = {.port = "p2", .mac = {2, 0, 0, 0, 0, 2}};

	(void)state;
	dvs_prefix_parse("10.0.0.2", &binding.address);
	assert_int_equal(fixture_put(&f, &dvs_binding_type, &binding), 0);
	ask(IP4(2));
	expect(1, 0, 0); /* nobody has seen it yet */
	packet_arp(&p, 0xff, 3, 2, 3, IP4(2), IP4(2));
	send_from("p3"); /* pretends to have it */
	discard();
	ask(IP4(2));
	assert_true(dvs_mem_collect(fixture_dev(&f, "p1"), 0, &got));
	assert_int_equal(got.data[11], 2);
	memset(binding.mac, 0, sizeof(binding.mac)); /* the owner has to be asked now */
	assert_int_equal(fixture_put(&f, &dvs_binding_type, &binding), 0);
	ask(IP4(2));
	expect(0, 1, 1);
	teach();
	ask(IP4(2));
	expect(1, 0, 0);
	assert_int_equal(fixture_delete(&f, &dvs_binding_type, &binding), 0);
	ask(IP4(2));
	expect(0, 1, 1);
}

static void limits_arp(void **state)
{
	unsigned int n = 0;

	(void)state;
	fixture_set(&f, "p1", "suppress", "off");
	fixture_set(&f, "p1", "arp_limit", "100pps"); /* a bucket of 10 */
	for (unsigned int i = 0; i < 20; i++) {
		ask(IP4(3));
		n += fixture_received(&f, "p2");
	}
	assert_in_range(n, 10, 11);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_ARP_LIMIT), 20 - n);
	ask6();
	assert_int_equal(fixture_received(&f, "p2"), 0);
	fixture_set(&f, "p1", "arp_limit_mode", "audit");
	ask(IP4(3));
	assert_int_equal(fixture_received(&f, "p2"), 1);
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_ARP_LIMIT), 1);
	fixture_send(&f, "p1", 0xff, 1); /* others go on */
	fixture_run(&f, 1);
	assert_int_equal(fixture_received(&f, "p2"), 1);
	discard();
}

static void isolated_ports_stay_apart(void **state)
{
	(void)state;
	teach();
	fixture_set(&f, "p1", "private_vlan", "isolated");
	ask(IP4(2));
	expect(1, 0, 0);
	fixture_set(&f, "p2", "private_vlan", "isolated");
	ask(IP4(2));
	expect(0, 0, 1);
}

/* Behind a tag that is payload there are other hosts. */
static void put_tag(void)
{
	memmove(p.bytes + 16, p.bytes + 12, p.length - 12);
	memcpy(p.bytes + 12, "\x81\0\0\7", 4);
	p.length += 4;
}

static void tags_are_another_network(void **state)
{
	(void)state;
	teach();
	packet_arp(&p, 0xff, 3, 1, 3, IP4(2), IP4(2));
	put_tag();
	send_from("p3");
	discard();
	ask(IP4(2));
	assert_true(dvs_mem_collect(fixture_dev(&f, "p1"), 0, &got));
	assert_int_equal(got.data[14 + 13], 2); /* still the owner's MAC */
	packet_arp(&p, 0xff, 1, 1, 1, IP4(1), IP4(2));
	put_tag();
	send_from("p1");
	expect(0, 1, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_list),
		cmocka_unit_test(a_port_has_its_part),
		TEST(answers_arp),
		TEST(answers_nd),
		TEST(answers_as_a_router_does),
		TEST(audits_and_makes_unicast),
		TEST(conflicts_stay_visible),
		TEST(owners_age_move_and_go),
		TEST(bindings_own_addresses),
		TEST(limits_arp),
		TEST(isolated_ports_stay_apart),
		TEST(tags_are_another_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
