/* SPDX-License-Identifier: BSD-3-Clause */
/* Uplinks that ports and port groups share, and classes of traffic: who gets how much of what. */
#include "fixture.h"

#include <string.h>

#include "egress.h"

#define LENGTH 1000
#define US     UINT64_C(1000)
#define MS     (1000 * US)
#define UPLINK 9 /* last octet of the MAC behind it */

static struct fixture f;

/* VMs p1 to p4 with MACs 1 to 4, and an uplink of 80 Mbps: 10 frames a millisecond. */
static void set_up(void)
{
	struct dvs_static_mac mac;

	fixture_create_lan(&f, 1, false, "up p1 p2 p3 p4");
	mac = fixture_mac("lan", "02:00:00:00:00:09", "up");
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	fixture_set(&f, "up", "uplink", "true");
	fixture_set(&f, "up", "to_rate", "80Mbps");
}

/* A frame from p1 ... to the uplink; dscp of its packet. */
static void send(unsigned int from, uint8_t dscp)
{
	char name[] = {'p', (char)('0' + from), '\0'};
	uint8_t frame[LENGTH] = {0};

	fixture_frame(frame, UPLINK, (uint8_t)from);
	memcpy(frame + 12, "\x08\x00\x45", 3);
	frame[15] = (uint8_t)(dscp << 2);
	frame[16] = (LENGTH - 14) >> 8;
	frame[17] = (uint8_t)(LENGTH - 14);
	frame[22] = 64;
	frame[23] = 17;
	assert_int_equal(dvs_mem_inject(fixture_dev(&f, name), 0, frame, LENGTH, NULL), 0);
}

/* Frames that came to the uplink by the last octet of their source. */
static void receive(unsigned int by_source[16])
{
	static struct dvs_mem_frame frame;

	while (dvs_mem_collect(fixture_dev(&f, "up"), 0, &frame))
		by_source[frame.data[11] & 15]++;
}

/* Each of p1 to p4 has so many frames a millisecond to send, for that time. */
static void offer(const unsigned int load[4], unsigned int ms, unsigned int by_source[16])
{
	memset(by_source, 0, 16 * sizeof(by_source[0]));
	for (unsigned int i = 0; i < ms; i++) {
		for (unsigned int p = 0; p < 4; p++)
			for (unsigned int k = 0; k < load[p]; k++)
				send(p + 1, 0);
		for (unsigned int k = 0; k < 50; k++) {
			dvs_clock_warp(&f.clock, 20 * US);
			fixture_run(&f, 1);
		}
		receive(by_source);
	}
}

static void assert_near(unsigned int got, unsigned int wanted)
{
	assert_in_range(got, wanted * 98 / 100, wanted * 102 / 100 + 1);
}

static void run_dry(void)
{
	unsigned int by_source[16];

	offer((const unsigned int[]){0, 0, 0, 0}, 200, by_source);
	fixture_free(&f);
}

static const unsigned int all[] = {12, 12, 12, 12};

static void ports_share_an_uplink(void **state)
{
	unsigned int got[16];

	(void)state;
	set_up();
	fixture_set(&f, "p2", "uplink_shares", "200");
	fixture_set(&f, "p3", "uplink_shares", "300");
	fixture_set(&f, "p4", "uplink_shares", "400");
	offer(all, 100, got);
	offer(all, 500, got);
	assert_near(got[1], 500);
	assert_near(got[2], 1000);
	assert_near(got[3], 1500);
	assert_near(got[4], 2000);
	/* What two of them leave the others have. */
	offer((const unsigned int[]){12, 0, 0, 12}, 200, got);
	offer((const unsigned int[]){12, 0, 0, 12}, 500, got);
	assert_near(got[1], 1000);
	assert_near(got[4], 4000);
	run_dry();
}

static void groups_share_an_uplink(void **state)
{
	unsigned int got[16];

	(void)state;
	set_up();
	fixture_set(&f, "p1", "group", "gold");
	fixture_set(&f, "p1", "group_shares", "300");
	offer(all, 100, got);
	offer(all, 500, got);
	assert_near(got[1], 3750);
	assert_near(got[2], 417);
	assert_near(got[3], 417);
	assert_near(got[4], 417);
	run_dry();
}

static void reservations_are_kept(void **state)
{
	unsigned int got[16];

	(void)state;
	set_up();
	fixture_set(&f, "p4", "uplink_reservation", "40Mbps");
	fixture_set(&f, "p3", "group", "gold");
	offer(all, 200, got);
	offer(all, 500, got);
	assert_near(got[4], 2500);
	assert_in_range(got[3], 1200, 2600);
	assert_near(got[1] + got[2] + got[3], 2500);
	run_dry();
}

static void limits_hold_for_ports_and_groups(void **state)
{
	unsigned int got[16];

	(void)state;
	set_up();
	fixture_set(&f, "up", "to_rate", "off");
	fixture_set(&f, "p1", "uplink_limit", "8Mbps");
	for (unsigned int p = 0; p < 2; p++) {
		static const char *const names[] = {"p3", "p4"};

		fixture_set(&f, names[p], "group", "slow");
		fixture_set(&f, names[p], "group_limit", "16Mbps");
	}
	offer((const unsigned int[]){6, 6, 6, 6}, 100, got);
	offer((const unsigned int[]){6, 6, 6, 6}, 200, got);
	assert_near(got[1], 200);
	assert_near(got[2], 1200);
	assert_near(got[3], 200);
	assert_near(got[4], 200);
	fixture_set(&f, "p1", "uplink_limit", "off");
	offer((const unsigned int[]){6, 6, 6, 6}, 200, got);
	offer((const unsigned int[]){6, 6, 6, 6}, 200, got);
	assert_near(got[1], 1200);
	run_dry();
}

/* Its queue is what is lost with a port that sent; what others have waiting is not touched. */
static void a_sender_goes(void **state)
{
	unsigned int got[16];

	(void)state;
	set_up();
	offer((const unsigned int[]){12, 12, 0, 0}, 50, got);
	fixture_delete_port(&f, "p1");
	offer((const unsigned int[]){0, 0, 0, 0}, 100, got);
	assert_in_range(got[1] + got[2], 650, 750); /* 1200 less those that went */
	assert_int_equal(f.sw->workers[0]->egress.n_mbufs, 0);
	run_dry();
}

static void priority_goes_first(void **state)
{
	static struct dvs_mem_frame frame;
	struct dvs_queue_state q;
	unsigned int before = 0;
	uint64_t cursor = 0;
	bool is_here = false;
	int n;

	(void)state;
	set_up();
	fixture_set(&f, "p1", "trust", "dscp");
	fixture_set(&f, "up", "class_ceiling", "20Mbps");
	fixture_set(&f, "up", "class_priority", "5");
	for (unsigned int i = 0; i < 100; i++)
		send(1, 0);
	fixture_run(&f, 5);
	while (dvs_mem_collect(fixture_dev(&f, "up"), 0, &frame))
		;
	send(1, 46); /* expedited forwarding: class 5 */
	for (unsigned int i = 0; i < 100; i++) {
		dvs_clock_warp(&f.clock, 20 * US);
		fixture_run(&f, 1);
	}
	while (dvs_mem_collect(fixture_dev(&f, "up"), 0, &frame)) {
		is_here |= frame.data[15] == 46 << 2;
		before += !is_here;
	}
	assert_true(is_here);
	assert_in_range(before, 0, 1);
	do {
		n = dvs_switch_dump(f.sw, &dvs_queue_type, &cursor, &q, 1);
	} while (n == 1 && !(q.class == 5 && strcmp(q.from, "p1") == 0));
	assert_int_equal(n, 1);
	assert_int_equal(q.frames, 1);
	run_dry();
}

static void classes_have_shares(void **state)
{
	static struct dvs_mem_frame frame;
	unsigned int n[8] = {0};

	(void)state;
	set_up();
	fixture_set(&f, "p1", "trust", "dscp");
	fixture_set(&f, "up", "class_shares", "1:30");
	for (unsigned int i = 0; i < 300; i++) {
		for (unsigned int k = 0; k < 12; k++) {
			send(1, 0);
			send(1, 8);
		}
		for (unsigned int k = 0; k < 50; k++) {
			dvs_clock_warp(&f.clock, 20 * US);
			fixture_run(&f, 1);
		}
		while (dvs_mem_collect(fixture_dev(&f, "up"), 0, &frame))
			n[frame.data[15] >> 5] += i >= 100;
	}
	assert_near(n[0], 500);
	assert_near(n[1], 1500);
	run_dry();
}

/* ---- what is refused ---- */

/* The port with a field set: which field is wrong; "": none. */
static const char *refused(const char *port, const char *field, const char *text)
{
	struct dvs_port config;
	uint64_t cursor = 0;

	do {
		assert_int_equal(dvs_switch_dump(f.sw, &dvs_port_type, &cursor, &config, 1), 1);
	} while (strcmp(config.name, port) != 0);
	assert_int_equal(
		dvs_field_parse(dvs_type_field(&dvs_port_type, field), text, &config, NULL), 0);
	if (fixture_put(&f, &dvs_port_type, &config) == 0)
		return "";
	assert_true(f.err.text[0] != '\0');
	return f.err.field;
}

static void impossible_reservations_are_refused(void **state)
{
	(void)state;
	set_up();
	assert_string_equal(refused("p1", "uplink_reservation", "50Mbps"), "");
	assert_string_equal(refused("p2", "uplink_reservation", "31Mbps"), "uplink_reservation");
	assert_string_equal(refused("p2", "uplink_reservation", "30Mbps"), "");
	assert_string_equal(refused("up", "to_rate", "79Mbps"), "uplink_reservation");
	assert_string_equal(refused("up", "to_rate", "off"), "uplink_reservation");
	assert_string_equal(refused("p2", "uplink_limit", "20Mbps"), "uplink_reservation");
	assert_string_equal(refused("p3", "uplink_limit", "1kbps"), "uplink_limit");
	assert_string_equal(refused("p3", "uplink_limit", "100pps"), "uplink_limit");
	assert_string_equal(refused("p3", "class_priority", "5"), "class_ceiling");
	assert_string_equal(refused("p3", "class_shares", "5:0"), "class_shares");
	assert_string_equal(refused("up", "uplink", "false"), "");
	fixture_free(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_share_an_uplink),
		cmocka_unit_test(groups_share_an_uplink),
		cmocka_unit_test(reservations_are_kept),
		cmocka_unit_test(limits_hold_for_ports_and_groups),
		cmocka_unit_test(a_sender_goes),
		cmocka_unit_test(priority_goes_first),
		cmocka_unit_test(classes_have_shares),
		cmocka_unit_test(impossible_reservations_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
