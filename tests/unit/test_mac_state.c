/* SPDX-License-Identifier: BSD-3-Clause */
/* What of ports' MACs outlives the switch: sticky ones, first sources, ports that are shut. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mac_state.h"
#include "state_file.h"

#define STICKY	1u
#define GUARDED 2u /* forged_transmit */
#define LIMITED 4u /* to two MACs; then it is shut */

static struct fixture f;
static char directory[64], path[80];

static void start(void)
{
	fixture_create_in(&f, 1, false, directory);
	fixture_add_segment(&f, "lan");
	fixture_add_segment(&f, "other");
}

static int set_up(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/dvs-macs-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/macs", directory);
	start();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	unlink(path);
	assert_int_equal(rmdir(directory), 0);
	return 0;
}

/* The switch dies a second after what it did last; what it writes as it is freed does not count. */
static void restart(void)
{
	char before[96];

	fixture_warp(&f, 2);
	snprintf(before, sizeof(before), "%s.before", path);
	rename(path, before);
	dvs_switch_free(f.sw);
	unlink(path);
	rename(before, path);
	start();
}

static void add(const char *name, const char *segment, unsigned int policies)
{
	struct dvs_port port = fixture_port(name, segment);

	port.policy.mac_sticky = (policies & STICKY) != 0;
	if ((policies & GUARDED) != 0)
		port.policy.forged_transmit = DVS_GUARD_ENFORCE;
	if ((policies & LIMITED) != 0) {
		port.policy.mac_limit = 2;
		port.policy.mac_limit_action = DVS_MAC_LIMIT_SHUTDOWN;
	}
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
}

static void send_from(const char *port, uint8_t src)
{
	fixture_send(&f, port, 0xff, src);
	fixture_run(&f, 2);
}

/* A port that receives what is sent to all; add it last. */
static bool is_heard(const char *port, uint8_t src)
{
	fixture_received(&f, "ear");
	send_from(port, src);
	return fixture_received(&f, "ear") != 0;
}

/* Who has the MAC; "". */
static const char *owner(uint8_t mac)
{
	static struct dvs_fdb_entry entry;
	uint64_t cursor = 0;

	do {
		if (dvs_switch_dump(f.sw, &dvs_fdb_entry_type, &cursor, &entry, 1) == 1 &&
		    entry.mac[5] == mac)
			return entry.port;
	} while (cursor != 0);
	return "";
}

/* ---- sticky ---- */

static void sticky_macs_come_back(void **state)
{
	(void)state;
	add("p1", "lan", STICKY);
	add("p2", "lan", 0);
	send_from("p1", 1);
	send_from("p1", 2);
	send_from("p2", 3);
	restart();
	restart(); /* nobody's yet: they wait on */
	add("p2", "lan", STICKY);
	send_from("p2", 1); /* a thief that is there first */
	assert_string_equal(owner(1), "p2");
	add("p1", "lan", STICKY);
	assert_string_equal(owner(1), "p1");
	assert_string_equal(owner(2), "p1");
	assert_string_equal(owner(3), "");
	send_from("p2", 1);
	assert_string_equal(owner(1), "p1");
	fixture_warp(&f, 1000);
	assert_string_equal(owner(2), "p1");
	restart();
	add("p1", "lan", STICKY);
	assert_string_equal(owner(2), "p1");
}

static void what_was_flushed_stays_away(void **state)
{
	uint32_t flushed;

	(void)state;
	add("p1", "lan", STICKY);
	add("p2", "other", STICKY);
	send_from("p1", 1);
	send_from("p2", 2);
	restart();
	assert_int_equal(dvs_switch_mac_flush(f.sw, "lan", "", &flushed, &f.err), 0);
	restart();
	add("p1", "lan", STICKY);
	add("p2", "other", STICKY);
	assert_string_equal(owner(1), "");
	assert_string_equal(owner(2), "p2");
	assert_int_equal(dvs_switch_mac_flush(f.sw, "", "p2", &flushed, &f.err), 0);
	restart();
	add("p2", "other", STICKY);
	assert_string_equal(owner(2), "");
}

/* All that limits what a port learns holds for what it learns back. */
static void the_ports_policy_comes_first(void **state)
{
	struct dvs_port port;

	(void)state;
	add("p1", "lan", STICKY);
	for (uint8_t mac = 1; mac <= 9; mac++)
		send_from("p1", mac);
	restart();
	add("p1", "lan", STICKY | LIMITED);
	assert_int_equal(fixture_state(&f, "p1").macs, 2);
	restart();
	port = fixture_port("p1", "lan");
	port.policy.mac_sticky = 1;
	port.policy.mac_change = DVS_GUARD_ENFORCE;
	port.mac[0] = 2;
	port.mac[5] = 77;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	assert_int_equal(fixture_state(&f, "p1").macs, 0);
	port.policy.mac_change = DVS_GUARD_OFF;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	send_from("p1", 1);
	restart();
	add("p1", "lan", 0); /* not sticky any more */
	assert_string_equal(owner(1), "");
	fixture_set(&f, "p1", "mac_sticky", "true");
	assert_string_equal(owner(1), "");
}

/* ---- first source, shut ---- */

static void first_source_stands(void **state)
{
	(void)state;
	add("p1", "lan", GUARDED);
	send_from("p1", 1);
	restart();
	add("p1", "lan", GUARDED);
	add("ear", "lan", 0);
	assert_int_equal(fixture_state(&f, "p1").mac[5], 1);
	assert_false(is_heard("p1", 2));
	assert_true(is_heard("p1", 1));
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_FORGED_SOURCE), 1);
}

static void shut_port_stays_shut(void **state)
{
	uint32_t flushed;

	(void)state;
	add("p1", "lan", LIMITED);
	for (uint8_t mac = 1; mac <= 3; mac++)
		send_from("p1", mac);
	assert_int_equal(fixture_state(&f, "p1").link, DVS_LINK_DOWN);
	restart();
	add("p1", "lan", LIMITED);
	add("ear", "lan", 0);
	assert_int_equal(fixture_state(&f, "p1").link, DVS_LINK_DOWN);
	assert_false(fixture_dev(&f, "p1")->config.enabled);
	assert_non_null(strstr(fixture_state(&f, "p1").error, "more than 2 MACs"));
	assert_false(is_heard("p1", 1));
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_PORT_DISABLED), 1);
	/* An operator brings it back, and that holds, too. */
	assert_int_equal(dvs_switch_mac_flush(f.sw, "", "p1", &flushed, &f.err), 0);
	assert_true(is_heard("p1", 1));
	restart();
	add("p1", "lan", LIMITED);
	assert_int_equal(fixture_state(&f, "p1").link, DVS_LINK_UP);
}

static void disabled_and_enabled_by_hand(void **state)
{
	(void)state;
	add("p1", "lan", LIMITED);
	for (uint8_t mac = 1; mac <= 3; mac++)
		send_from("p1", mac);
	restart();
	add("p1", "lan", LIMITED);
	fixture_set(&f, "p1", "enabled", "false");
	fixture_set(&f, "p1", "enabled", "true");
	assert_int_equal(fixture_state(&f, "p1").link, DVS_LINK_UP);
}

static void disabled_while_the_switch_is_away(void **state)
{
	struct dvs_port port = fixture_port("p1", "lan");

	(void)state;
	add("p1", "lan", LIMITED);
	for (uint8_t mac = 1; mac <= 3; mac++)
		send_from("p1", mac);
	restart();
	port.enabled = 0;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	assert_string_equal(fixture_state(&f, "p1").error, "");
	fixture_set(&f, "p1", "enabled", "true");
	assert_int_equal(fixture_state(&f, "p1").link, DVS_LINK_UP);
}

/* ---- ports that are not what they were ---- */

static void ports_that_go_take_it_along(void **state)
{
	(void)state;
	for (const char *name = "p1\0p2\0p3\0"; name[0] != '\0'; name += 3) {
		add("p1", "lan", STICKY);
		add("p2", "lan", LIMITED);
		add("p3", "lan", GUARDED);
		send_from("p1", 1);
		for (uint8_t mac = 2; mac <= 4; mac++)
			send_from("p2", mac);
		send_from("p3", 5);
		fixture_warp(&f, 2); /* what there is, is in the file */
		fixture_delete_port(&f, name);
		restart();
		add("p1", "lan", STICKY);
		add("p2", "lan", LIMITED);
		add("p3", "lan", GUARDED);
		assert_string_equal(owner(1), name[1] == '1' ? "" : "p1");
		assert_int_equal(fixture_state(&f, "p2").link,
				 name[1] == '2' ? DVS_LINK_UP : DVS_LINK_DOWN);
		assert_int_equal(fixture_state(&f, "p3").mac[5], name[1] == '3' ? 0 : 5);
	}
}

/* The operator has made a port of that name elsewhere while the switch was away. */
static void another_segment_is_another_port(void **state)
{
	(void)state;
	add("p1", "lan", STICKY | GUARDED);
	add("p2", "lan", LIMITED);
	send_from("p1", 1);
	for (uint8_t mac = 2; mac <= 4; mac++)
		send_from("p2", mac);
	restart();
	add("p1", "other", STICKY | GUARDED);
	add("p2", "other", LIMITED);
	assert_string_equal(owner(1), "");
	assert_int_equal(fixture_state(&f, "p1").mac[5], 0);
	assert_int_equal(fixture_state(&f, "p2").link, DVS_LINK_UP);
	/* It has gone for good. */
	fixture_delete_port(&f, "p1");
	fixture_delete_port(&f, "p2");
	add("p1", "lan", STICKY | GUARDED);
	add("p2", "lan", LIMITED);
	assert_string_equal(owner(1), "");
	assert_int_equal(fixture_state(&f, "p1").mac[5], 0);
	assert_int_equal(fixture_state(&f, "p2").link, DVS_LINK_UP);
}

static int refuse(struct dvs_portdev *dev, struct dvs_error *err)
{
	(void)dev;
	return dvs_error_set(err, -EACCES, NULL, NULL, "refused");
}

/* A transaction that fails takes nothing from the port that comes later. */
static void failed_transactions_change_nothing(void **state)
{
	struct dvs_port ports[2] = {fixture_port("p1", "lan"), fixture_port("p2", "lan")};
	const struct dvs_change changes[2] = {{DVS_CHANGE_PUT, &dvs_port_type, &ports[0]},
					      {DVS_CHANGE_PUT, &dvs_port_type, &ports[1]}};
	struct dvs_portdev_ops broken = dvs_mem_ops;

	(void)state;
	add("p1", "lan", STICKY | GUARDED);
	send_from("p1", 1);
	restart();
	broken.create = refuse;
	dvs_switch_register_kind(f.sw, DVS_PORT_TAP, &broken);
	ports[1].kind = DVS_PORT_TAP;
	assert_int_equal(dvs_switch_apply(f.sw, changes, 2, NULL, &f.err), -EACCES);
	add("p1", "lan", STICKY | GUARDED);
	assert_string_equal(owner(1), "p1");
	assert_int_equal(fixture_state(&f, "p1").mac[5], 1);
}

/* ---- the file ---- */

static void damaged_files_are_as_good_as_none(void **state)
{
	FILE *file;

	(void)state;
	add("p1", "lan", STICKY | GUARDED);
	send_from("p1", 1);
	fixture_warp(&f, 2);
	assert_int_equal(truncate(path, 100), 0);
	restart();
	add("p1", "lan", STICKY | GUARDED);
	assert_string_equal(owner(1), "");
	send_from("p1", 1);
	restart();
	add("p1", "lan", STICKY | GUARDED);
	assert_string_equal(owner(1), "p1");
	fixture_warp(&f, 2);
	file = fopen(path, "r+");
	assert_non_null(file);
	fseek(file, 24 + 32, SEEK_SET);
	fputc('X', file);
	fclose(file);
	restart();
	add("p1", "lan", STICKY | GUARDED);
	assert_string_equal(owner(1), "");
	assert_int_equal(fixture_state(&f, "p1").mac[5], 0);
}

/* As mac_state.c has it. */
struct record {
	char port[DVS_NAME_LEN], segment[DVS_NAME_LEN];
	uint64_t waits_since;
	uint8_t mac[DVS_MAC_LEN], kind, pad;
};

static bool always(const void *record)
{
	(void)record;
	return true;
}

/* Writes it with a checksum that is right; is the switch's port shut by it? */
static bool shuts(const struct record *records, uint32_t n)
{
	static const struct dvs_state_kind kind = {.name = "macs",
						   .what = "MACs",
						   .magic = "dvsmacs1",
						   .record_size = sizeof(struct record),
						   .records_max = 100,
						   .is_valid = always};
	struct dvs_state_file file;

	dvs_switch_free(f.sw);
	assert_int_equal(dvs_state_file_init(&file, &kind, directory), 0);
	dvs_state_file_write(&file, records, n, 1);
	dvs_state_file_fini(&file);
	start();
	add("p1", "lan", LIMITED);
	return fixture_state(&f, "p1").link == DVS_LINK_DOWN;
}

static void each_record_is_checked(void **state)
{
	const struct record good = {.port = "p1", .segment = "lan", .kind = 2};
	struct record records[2] = {good, good};

	(void)state;
	assert_true(shuts(records, 2));
	records[1].kind = 3;
	assert_false(shuts(records, 2));
	records[1] = good;
	memset(records[1].port, 'x', sizeof(records[1].port));
	assert_false(shuts(records, 2));
	records[1] = good;
	records[1].segment[0] = '\0';
	assert_false(shuts(records, 2));
	records[1] = good;
	records[1].kind = 0; /* sticky, and no MAC */
	assert_false(shuts(records, 2));
	records[1].mac[0] = 1; /* a group */
	assert_false(shuts(records, 2));
	records[1].mac[0] = 2;
	assert_true(shuts(records, 2));
}

static void nothing_waits_for_ever(void **state)
{
	struct record record = {.port = "p1", .segment = "lan", .kind = 2};

	(void)state;
	record.waits_since = dvs_state_time() - DVS_MAC_STATE_WAIT_S + 100;
	assert_true(shuts(&record, 1));
	record.waits_since = dvs_state_time() - DVS_MAC_STATE_WAIT_S - 100;
	assert_false(shuts(&record, 1));
	record.waits_since = UINT64_MAX; /* a clock that was wrong */
	assert_true(shuts(&record, 1));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(sticky_macs_come_back),
		TEST(what_was_flushed_stays_away),
		TEST(the_ports_policy_comes_first),
		TEST(first_source_stands),
		TEST(shut_port_stays_shut),
		TEST(disabled_and_enabled_by_hand),
		TEST(disabled_while_the_switch_is_away),
		TEST(ports_that_go_take_it_along),
		TEST(another_segment_is_another_port),
		TEST(failed_transactions_change_nothing),
		TEST(damaged_files_are_as_good_as_none),
		TEST(each_record_is_checked),
		TEST(nothing_waits_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
