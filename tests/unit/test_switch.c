/* SPDX-License-Identifier: BSD-3-Clause */
/* Transactions: all or nothing, whatever fails; references, limits, dumps, and no leak. */
#include "fixture.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

/*
 * An in-memory port that owns something, as real ones do: the path of its socket. A second port
 * that wants the same is refused, and so is every port at the path /broken.
 */
#define OWNERS_MAX 2048

static struct fixture f;
static char owned[OWNERS_MAX][DVS_SOCKET_PATH_MAX];
static unsigned int n_owned, n_tried, n_created, n_updated;
static const char *broken = "/broken";

static int owner_create(struct dvs_portdev *dev, struct dvs_error *err)
{
	int rc;

	n_tried++;
	for (unsigned int i = 0; i < n_owned; i++)
		if (dev->config.socket[0] != '\0' && strcmp(owned[i], dev->config.socket) == 0)
			return dvs_error_set(err, -EADDRINUSE, NULL, "socket", "%s is in use",
					     dev->config.socket);
	if (strcmp(dev->config.socket, broken) == 0)
		return dvs_error_set(err, -EACCES, NULL, "socket", "%s: permission denied",
				     dev->config.socket);
	rc = dvs_mem_ops.create(dev, err);
	if (rc == 0) {
		assert_in_range(n_owned, 0, OWNERS_MAX - 1);
		strcpy(owned[n_owned++], dev->config.socket);
		n_created++;
	}
	return rc;
}

static void owner_destroy(struct dvs_portdev *dev)
{
	unsigned int i = 0;

	while (i < n_owned && strcmp(owned[i], dev->config.socket) != 0)
		i++;
	assert_in_range(i, 0, n_owned - 1);
	memmove(owned[i], owned[--n_owned], sizeof(owned[0]));
	dvs_mem_ops.destroy(dev);
}

static void owner_update(struct dvs_portdev *dev, const struct dvs_port *old)
{
	(void)dev, (void)old;
	n_updated++;
}

static struct dvs_portdev_ops owner_ops;

static int set_up(void **state)
{
	(void)state;
	fixture_create(&f, 2, false);
	owner_ops = dvs_mem_ops;
	owner_ops.create = owner_create;
	owner_ops.destroy = owner_destroy;
	owner_ops.update = owner_update;
	broken = "/broken";
	dvs_switch_register_kind(f.sw, DVS_PORT_VHOST_USER, &owner_ops);
	fixture_add_segment(&f, "lan");
	fixture_add_segment(&f, "wan");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	assert_int_equal(n_owned, 0);
	return 0;
}

static struct dvs_port owner_port(const char *name, const char *segment, const char *socket)
{
	struct dvs_port port = fixture_port(name, segment);

	strcpy(port.socket, socket);
	return port;
}

static int apply(const struct dvs_change *changes, unsigned int n)
{
	memset(&f.err, 0, sizeof(f.err));
	return dvs_switch_apply(f.sw, changes, n, NULL, &f.err);
}

#define PUT(type, object)                                                                          \
	{                                                                                          \
		DVS_CHANGE_PUT, &dvs_##type##_type, &(object)                                      \
	}
#define DELETE(type, object)                                                                       \
	{                                                                                          \
		DVS_CHANGE_DELETE, &dvs_##type##_type, &(object)                                   \
	}

static unsigned int count(const struct dvs_type *type)
{
	static uint8_t records[64 * DVS_RECORD_MAX];
	uint64_t cursor = 0;
	unsigned int n = 0;

	do {
		int rc = dvs_switch_dump(f.sw, type, &cursor, records, 64);

		assert_true(rc >= 0);
		n += (unsigned int)rc;
	} while (cursor != 0);
	return n;
}

static bool has_mac(const char *segment, uint8_t last, const char *port, uint8_t kind)
{
	struct dvs_fdb_entry entry;
	uint64_t cursor = 0;

	do {
		if (dvs_switch_dump(f.sw, &dvs_fdb_entry_type, &cursor, &entry, 1) == 1 &&
		    strcmp(entry.segment, segment) == 0 && entry.mac[5] == last &&
		    strcmp(entry.port, port) == 0 && entry.kind == kind)
			return true;
	} while (cursor != 0);
	return false;
}

/* ---- validation ---- */

static void references_must_exist(void **state)
{
	struct dvs_port port = fixture_port("p1", "nowhere");
	struct dvs_static_mac mac = fixture_mac("lan", "02:00:00:00:00:01", "p1");

	(void)state;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), -ENOENT);
	assert_string_equal(f.err.object, "port p1");
	assert_string_equal(f.err.field, "segment");
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), -ENOENT);
	assert_string_equal(f.err.object, "mac lan/02:00:00:00:00:01");
	assert_string_equal(f.err.field, "port");
	fixture_add_port(&f, "p1", "wan");
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), -EINVAL);
	assert_int_equal(count(&dvs_port_type), 1);
	assert_int_equal(count(&dvs_mac_type), 0);
}

static void order_within_a_transaction_does_not_matter(void **state)
{
	struct dvs_segment segment = fixture_segment("new");
	struct dvs_port port = fixture_port("p1", "new");
	struct dvs_static_mac mac = fixture_mac("new", "02:00:00:00:00:01", "p1");
	const struct dvs_change add[] = {PUT(mac, mac), PUT(port, port), PUT(segment, segment)};
	const struct dvs_change del[] = {DELETE(segment, segment), DELETE(port, port),
					 DELETE(mac, mac)};

	(void)state;
	assert_int_equal(apply(add, 3), 0);
	assert_true(has_mac("new", 1, "p1", DVS_FDB_STATIC));
	assert_int_equal(apply(del, 3), 0);
	assert_int_equal(count(&dvs_segment_type), 2);
	assert_int_equal(count(&dvs_port_type), 0);
	assert_int_equal(count(&dvs_fdb_entry_type), 0);
}

static void what_is_referred_to_cannot_go(void **state)
{
	struct dvs_segment segment = fixture_segment("lan");
	struct dvs_port port = fixture_port("p1", "lan"), moved = fixture_port("p1", "wan");
	struct dvs_static_mac mac = fixture_mac("lan", "02:00:00:00:00:01", "p1");
	struct dvs_static_mac there = fixture_mac("wan", "02:00:00:00:00:01", "p1");
	struct dvs_port bad = fixture_port("bad", "nowhere");
	const struct dvs_change move[] = {DELETE(mac, mac), PUT(port, moved), PUT(mac, there)};
	const struct dvs_change refused[] = {DELETE(mac, mac), PUT(port, moved), PUT(port, bad)};

	(void)state;
	fixture_add_port(&f, "p1", "lan");
	assert_int_equal(fixture_delete(&f, &dvs_segment_type, &segment), -EBUSY);
	assert_string_equal(f.err.object, "segment lan");
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	assert_int_equal(fixture_delete(&f, &dvs_port_type, &port), -EBUSY);
	assert_string_equal(f.err.object, "port p1");
	assert_int_equal(fixture_put(&f, &dvs_port_type, &moved), -EBUSY);
	assert_int_equal(count(&dvs_segment_type), 2);
	assert_int_equal(count(&dvs_port_type), 1);
	/* Refused transactions leave no trace in what is counted. */
	assert_int_equal(apply(refused, 3), -ENOENT);
	assert_int_equal(fixture_delete(&f, &dvs_segment_type, &segment), -EBUSY);
	assert_int_equal(apply(move, 3), 0);
	assert_true(has_mac("wan", 1, "p1", DVS_FDB_STATIC));
	assert_int_equal(count(&dvs_fdb_entry_type), 1);
}

static void last_word_on_an_object_counts(void **state)
{
	struct dvs_port port = fixture_port("p1", "nowhere"), good = fixture_port("p1", "lan");
	const struct dvs_change fixed[] = {PUT(port, port), DELETE(port, port), PUT(port, good)};
	const struct dvs_change nothing[] = {PUT(port, port), DELETE(port, port)};
	const struct dvs_change twice[] = {DELETE(port, port), DELETE(port, port)};

	(void)state;
	assert_int_equal(apply(nothing, 2), 0);
	assert_int_equal(count(&dvs_port_type), 0);
	assert_int_equal(apply(fixed, 3), 0);
	assert_int_equal(count(&dvs_port_type), 1);
	assert_int_equal(apply(twice, 2), -ENOENT);
	assert_int_equal(count(&dvs_port_type), 1);
	assert_int_equal(fixture_delete(&f, &dvs_segment_type, &(struct dvs_segment){"nowhere"}),
			 -ENOENT);
	assert_string_equal(f.err.object, "segment nowhere");
}

static void other_types_are_not_the_switchs(void **state)
{
	struct dvs_portgroup group = {"group"};
	uint64_t cursor = 0;

	(void)state;
	assert_int_equal(fixture_put(&f, &dvs_portgroup_type, &group), -EOPNOTSUPP);
	assert_int_equal(dvs_switch_dump(f.sw, &dvs_portgroup_type, &cursor, &group, 1),
			 -EOPNOTSUPP);
}

static void limits_hold_and_all_can_be_replaced(void **state)
{
	static struct dvs_port ports[DVS_PORTS_MAX + 1];
	static struct dvs_change changes[2 * DVS_PORTS_MAX];
	char name[DVS_NAME_LEN];

	(void)state;
	for (unsigned int i = 0; i <= DVS_PORTS_MAX; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		ports[i] = fixture_port(name, "lan");
		changes[i] = (struct dvs_change)PUT(port, ports[i]);
	}
	assert_int_equal(apply(changes, DVS_PORTS_MAX + 1), -ENOSPC);
	assert_int_equal(count(&dvs_port_type), 0);
	assert_int_equal(apply(changes, DVS_PORTS_MAX), 0);
	assert_int_equal(apply(&changes[DVS_PORTS_MAX], 1), -ENOSPC);
	for (unsigned int i = 0; i < DVS_PORTS_MAX; i++) {
		static struct dvs_port others[DVS_PORTS_MAX];

		snprintf(name, sizeof(name), "q%u", i);
		others[i] = fixture_port(name, "wan");
		changes[i] = (struct dvs_change)PUT(port, others[i]);
		changes[DVS_PORTS_MAX + i] = (struct dvs_change)DELETE(port, ports[i]);
	}
	assert_int_equal(apply(changes, 2 * DVS_PORTS_MAX), 0);
	assert_int_equal(count(&dvs_port_type), DVS_PORTS_MAX);
	assert_int_equal(count(&dvs_port_state_type), DVS_PORTS_MAX);
}

/* ---- undo ---- */

static void failed_creation_undoes_everything(void **state)
{
	struct dvs_segment segment = fixture_segment("new"), aged = fixture_segment("lan");
	struct dvs_port a = owner_port("a", "lan", "/a"), changed = a,
			b = owner_port("b", "lan", "/b"), bad = owner_port("c", "new", "/broken"),
			again = owner_port("b", "wan", "/a2");
	struct dvs_static_mac mac = fixture_mac("lan", "02:00:00:00:00:0b", "b");
	struct dvs_static_mac extra = fixture_mac("lan", "02:00:00:00:00:0a", "a");
	const struct dvs_change changes[] = {
		PUT(segment, segment), PUT(segment, aged), DELETE(mac, mac), PUT(port, again),
		PUT(port, changed),    PUT(mac, extra),	   PUT(port, bad)};
	uint64_t generation = 0;
	struct dvs_portdev *dev_a;

	(void)state;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &a), 0);
	assert_int_equal(fixture_put(&f, &dvs_port_type, &b), 0);
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	generation = dvs_switch_generation(f.sw);
	dev_a = fixture_dev(&f, "a");
	n_updated = f.configs = 0;
	aged.age_s = 5;
	changed.policy.mtu = 9000;

	assert_int_equal(apply(changes, COUNT_OF(changes)), -EACCES);
	assert_string_equal(f.err.object, "port c");
	assert_string_equal(f.err.field, "socket");
	assert_int_equal(dvs_switch_generation(f.sw), generation);
	assert_int_equal(f.configs, 0);
	assert_int_equal(n_updated, 0);
	assert_int_equal(count(&dvs_segment_type), 2);
	assert_int_equal(count(&dvs_port_type), 2);
	assert_int_equal(n_owned, 2);
	assert_ptr_equal(fixture_dev(&f, "a"), dev_a);
	assert_string_equal(fixture_dev(&f, "b")->config.socket, "/b");
	assert_int_equal(fixture_state(&f, "a").mtu, 1500);
	assert_true(has_mac("lan", 0x0b, "b", DVS_FDB_STATIC));
	assert_false(has_mac("lan", 0x0a, "a", DVS_FDB_STATIC));
	fixture_send(&f, "a", 0x0b, 1); /* and it forwards as before */
	fixture_run(&f, 2);
	assert_int_equal(fixture_received(&f, "b"), 1);
}

static void deleted_ports_come_back(void **state)
{
	struct dvs_port a = owner_port("a", "lan", "/a"), b = owner_port("b", "lan", "/b"),
			bad = owner_port("c", "lan", "/b");
	const struct dvs_change changes[] = {DELETE(port, a), PUT(port, bad)};

	(void)state;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &a), 0);
	assert_int_equal(fixture_put(&f, &dvs_port_type, &b), 0);
	assert_int_equal(apply(changes, 2), -EADDRINUSE);
	assert_int_equal(n_owned, 2);
	fixture_send(&f, "b", 0xff, 2);
	fixture_run(&f, 2);
	assert_int_equal(fixture_received(&f, "a"), 1);
}

static void renamed_port_takes_over_the_socket(void **state)
{
	struct dvs_port a = owner_port("a", "lan", "/same"), b = owner_port("b", "lan", "/same");
	const struct dvs_change changes[] = {PUT(port, b), DELETE(port, a)};

	(void)state;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &a), 0);
	assert_int_equal(fixture_put(&f, &dvs_port_type, &b), -EADDRINUSE);
	assert_int_equal(apply(changes, 2), 0);
	assert_int_equal(count(&dvs_port_type), 1);
	assert_int_equal(n_owned, 1);
}

static uint64_t mac_walks(void)
{
	struct dvs_fdb_stats stats;

	dvs_fdb_stats(f.sw->fdb, &stats);
	return stats.walks;
}

/* However many ports and segments go at once, the MAC table is walked once for each kind of end. */
static void departures_share_walks(void **state)
{
	struct dvs_port ports[40];
	struct dvs_segment other = fixture_segment("other");
	struct dvs_change changes[41];
	uint64_t before;

	(void)state;
	fixture_add_segment(&f, "other");
	for (unsigned int i = 0; i < 40; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%u", i);
		fixture_add_port(&f, name, i < 20 ? "lan" : "other");
		ports[i] = fixture_port(name, "lan");
		fixture_send(&f, name, 0xff, (uint8_t)(i + 1));
		changes[i] = (struct dvs_change){i < 20 ? DVS_CHANGE_DELETE : DVS_CHANGE_PUT,
						 &dvs_port_type, &ports[i]};
	}
	changes[40] = (struct dvs_change){DVS_CHANGE_DELETE, &dvs_segment_type, &other};
	fixture_run(&f, 2);
	before = mac_walks();
	assert_int_equal(dvs_switch_apply(f.sw, changes, 41, NULL, &f.err), 0);
	assert_int_equal(mac_walks() - before, 2);
	fixture_run(&f, 1);
	for (unsigned int i = 20; i < 40; i++)
		fixture_received(&f, ports[i].name);
	fixture_send(&f, "p20", 22, 21); /* p21 was learnt in the other segment */
	fixture_run(&f, 1);
	assert_int_equal(fixture_received(&f, "p30"), 1);
}

/* A port that cannot even come back is tried again until it does. */
static void lost_port_is_repaired(void **state)
{
	struct dvs_port a = owner_port("a", "lan", "/a"), other = owner_port("a", "lan", "/broken");
	struct dvs_static_mac mac = fixture_mac("lan", "02:00:00:00:00:0a", "a");
	struct dvs_port_state lost;

	(void)state;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &a), 0);
	fixture_add_port(&f, "b", "lan");
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	broken = "/a"; /* from now on */
	strcpy(other.socket, "/a");
	other.queues = 2;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &other), -EACCES);
	lost = fixture_state(&f, "a");
	assert_int_equal(lost.link, DVS_LINK_DOWN);
	assert_string_equal(lost.error, "/a: permission denied");
	fixture_send(&f, "b", 0x0a, 2);
	fixture_run(&f, 1);
	fixture_warp(&f, 2);
	assert_string_equal(fixture_state(&f, "a").error, "/a: permission denied");
	broken = "/broken";
	fixture_warp(&f, 2);
	assert_int_equal(fixture_state(&f, "a").link, DVS_LINK_UP);
	assert_string_equal(fixture_state(&f, "a").error, "");
	assert_int_equal(fixture_dev(&f, "a")->config.queues, 1);
	fixture_send(&f, "b", 0x0a, 2);
	fixture_run(&f, 2);
	assert_int_equal(fixture_received(&f, "a"), 1);
}

static void pass_seconds(unsigned int seconds)
{
	for (unsigned int i = 0; i < seconds; i++) {
		dvs_clock_warp(&f.clock, 1000000000u);
		dvs_switch_poll(f.sw);
	}
}

/* A port that stays lost costs ever less, and is told once for each reason. */
static void lost_port_is_tried_less_often(void **state)
{
	struct dvs_port a = owner_port("a", "lan", "/a"), other = a, taken;
	unsigned int links;

	(void)state;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &a), 0);
	dvs_switch_poll(f.sw);
	broken = "/a";
	other.queues = 2;
	links = f.links;
	n_tried = 0;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &other), -EACCES);
	assert_int_equal(n_tried, 2);
	pass_seconds(100); /* after 1, 2, 4, 8, 16 and then 30 seconds each */
	assert_in_range(n_tried, 2 + 7, 2 + 9);
	assert_int_equal(f.links, links + 1);
	/* Another reason. */
	broken = "/broken";
	taken = owner_port("b", "lan", "/a");
	assert_int_equal(fixture_put(&f, &dvs_port_type, &taken), 0);
	dvs_switch_poll(f.sw);
	links = f.links;
	pass_seconds(70);
	assert_int_equal(f.links, links + 1);
	assert_string_equal(fixture_state(&f, "a").error, "/a is in use");
	/* What the operator tries does not put the next trial off. */
	n_tried = 0;
	pass_seconds(31);
	assert_in_range(n_tried, 1, 2);
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(fixture_put(&f, &dvs_port_type, &other), -EADDRINUSE);
		pass_seconds(1);
	}
	assert_in_range(n_tried, 2 * 5 + 3, 2 * 5 + 6);
	fixture_delete_port(&f, "b");
	pass_seconds(31);
	assert_int_equal(fixture_state(&f, "a").link, DVS_LINK_UP);
}

static void lost_port_can_be_deleted_and_changed(void **state)
{
	struct dvs_port a = owner_port("a", "lan", "/a"), other = a;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		broken = "/broken";
		assert_int_equal(fixture_put(&f, &dvs_port_type, &a), 0);
		other.queues = 3;
		broken = "/a";
		assert_int_equal(fixture_put(&f, &dvs_port_type, &other), -EACCES);
		if (i == 0) {
			fixture_delete_port(&f, "a");
			continue;
		}
		broken = "/broken";
		assert_int_equal(fixture_put(&f, &dvs_port_type, &other), 0);
		assert_int_equal(fixture_dev(&f, "a")->config.queues, 3);
	}
}

/* ---- changes ---- */

static void only_recreate_fields_end_a_session(void **state)
{
	struct dvs_port a = owner_port("a", "lan", "/a");
	struct dvs_static_mac mac = fixture_mac("lan", "02:00:00:00:00:0a", "a");
	struct dvs_portdev *dev;

	(void)state;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &a), 0);
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	n_created = n_updated = 0;
	dev = fixture_dev(&f, "a");
	a.policy.mtu = 9000;
	strcpy(a.description, "text");
	assert_int_equal(fixture_put(&f, &dvs_port_type, &a), 0);
	assert_int_equal(n_created, 0);
	assert_int_equal(n_updated, 1);
	assert_ptr_equal(fixture_dev(&f, "a"), dev);
	assert_int_equal(fixture_put(&f, &dvs_port_type, &a), 0); /* the same again */
	assert_int_equal(n_updated, 1);
	a.queues = 2;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &a), 0);
	assert_int_equal(n_created, 1);
	assert_int_equal(fixture_state(&f, "a").queues, 2);
	assert_true(has_mac("lan", 0x0a, "a", DVS_FDB_STATIC));
}

static void moved_port_leaves_its_macs_behind(void **state)
{
	struct dvs_port port = fixture_port("p1", "wan");

	(void)state;
	fixture_add_port(&f, "p1", "lan");
	fixture_add_port(&f, "p2", "lan");
	fixture_add_port(&f, "w1", "wan");
	fixture_send(&f, "p1", 0xff, 1);
	fixture_run(&f, 2);
	assert_true(has_mac("lan", 1, "p1", DVS_FDB_DYNAMIC));
	fixture_send(&f, "p1", 0xff, 5); /* its report is still under way when the port moves */
	for (unsigned int w = 0; w < 2; w++)
		dvs_worker_sweep(dvs_switch_worker(f.sw, w));
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	assert_int_equal(count(&dvs_fdb_entry_type), 0);
	fixture_run(&f, 2);
	fixture_received(&f, "p2");
	fixture_send(&f, "p1", 0xff, 1);
	fixture_run(&f, 2);
	assert_int_equal(fixture_received(&f, "p2"), 0);
	assert_int_equal(fixture_received(&f, "w1"), 1);
	assert_true(has_mac("wan", 1, "p1", DVS_FDB_DYNAMIC));
	assert_string_equal(fixture_state(&f, "p1").segment, "wan");
	/* The counts of ports moved with it. */
	assert_int_equal(fixture_delete(&f, &dvs_segment_type, &(struct dvs_segment){"lan"}),
			 -EBUSY);
	fixture_delete_port(&f, "p2");
	assert_int_equal(fixture_delete(&f, &dvs_segment_type, &(struct dvs_segment){"lan"}), 0);
}

static void deleted_port_is_forgotten(void **state)
{
	(void)state;
	fixture_add_port(&f, "p1", "lan");
	fixture_add_port(&f, "p2", "lan");
	fixture_send(&f, "p1", 0xff, 1);
	for (unsigned int w = 0; w < 2; w++)
		dvs_worker_sweep(dvs_switch_worker(f.sw, w));
	fixture_delete_port(&f, "p1"); /* the report is under way */
	dvs_switch_poll(f.sw);
	assert_int_equal(count(&dvs_fdb_entry_type), 0);
	fixture_add_port(&f, "p3", "lan"); /* takes the id */
	fixture_received(&f, "p2");
	fixture_send(&f, "p2", 1, 2);
	fixture_run(&f, 2);
	assert_int_equal(fixture_state(&f, "p2").flooded, 1);
	assert_int_equal(fixture_state(&f, "p3").rx_frames, 0);
}

static void static_entry_changes_its_port(void **state)
{
	struct dvs_static_mac mac = fixture_mac("lan", "02:00:00:00:00:01", "p1");

	(void)state;
	fixture_add_port(&f, "p1", "lan");
	fixture_add_port(&f, "p2", "lan");
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	strcpy(mac.port, "p2");
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	assert_true(has_mac("lan", 1, "p2", DVS_FDB_STATIC));
	assert_int_equal(count(&dvs_fdb_entry_type), 1);
	fixture_delete_port(&f, "p1"); /* nothing refers to it any more */
	assert_true(has_mac("lan", 1, "p2", DVS_FDB_STATIC));
}

static void events_are_told(void **state)
{
	(void)state;
	f.configs = f.links = 0;
	fixture_add_port(&f, "p1", "lan");
	assert_int_equal(f.configs, 1);
	assert_int_equal(f.last.generation, dvs_switch_generation(f.sw));
	dvs_switch_poll(f.sw);
	assert_int_equal(f.links, 1);
	assert_int_equal(f.last.link, DVS_LINK_UP);
	assert_string_equal(f.last.port, "p1");
	dvs_portdev_set_link(fixture_dev(&f, "p1"), DVS_LINK_DOWN, 0, 0);
	dvs_switch_poll(f.sw);
	dvs_switch_poll(f.sw);
	assert_int_equal(f.links, 2);
	assert_int_equal(f.last.link, DVS_LINK_DOWN);
}

/* ---- dumps ---- */

static void dumps_come_in_chunks(void **state)
{
	struct dvs_port ports[3];
	struct dvs_switch_state sw;
	struct dvs_worker_state workers[3];
	uint64_t cursor = 0;
	unsigned int n = 0;
	char name[DVS_NAME_LEN];

	(void)state;
	for (unsigned int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		fixture_add_port(&f, name, "lan");
	}
	do {
		int rc = dvs_switch_dump(f.sw, &dvs_port_type, &cursor, ports, 3);

		assert_in_range(rc, 0, 3);
		for (int i = 0; i < rc; i++) {
			snprintf(name, sizeof(name), "p%u", n++);
			assert_string_equal(ports[i].name, name);
		}
		if (n == 3) /* what changes meanwhile does not disturb */
			fixture_delete_port(&f, "p1");
	} while (cursor != 0);
	assert_int_equal(n, 10);
	assert_int_equal(dvs_switch_dump(f.sw, &dvs_switch_type, &cursor, &sw, 1), 1);
	assert_int_equal(sw.ports, 9);
	assert_int_equal(sw.segments, 2);
	assert_int_equal(sw.workers, 2);
	assert_int_equal(sw.buffers, DVS_TEST_BUFFERS);
	assert_int_equal(sw.boot_epoch, dvs_switch_boot_epoch(f.sw));
	assert_int_equal(dvs_switch_dump(f.sw, &dvs_worker_type, &cursor, workers, 3), 2);
	assert_int_equal(workers[0].queues + workers[1].queues, 9);
	assert_int_equal(cursor, 0);
	assert_int_equal(dvs_switch_dump(f.sw, &dvs_worker_type, &cursor, workers, 1), 1);
	assert_int_equal(cursor, 1);
	assert_int_equal(dvs_switch_dump(f.sw, &dvs_worker_type, &cursor, workers, 1), 1);
	assert_int_equal(workers[0].id, 1);
}

static void drops_are_dumped_by_port_and_reason(void **state)
{
	struct dvs_drop drop;
	uint64_t cursor = 0, total = 0;
	unsigned int n = 0;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		char name[] = {'p', (char)('0' + i), '\0'};

		fixture_add_port(&f, name, "lan");
		assert_int_equal(dvs_mem_inject(fixture_dev(&f, name), 0, "x", 1, NULL), 0);
		fixture_send(&f, name, 2, 0);
	}
	fixture_run(&f, 2);
	do {
		int rc = dvs_switch_dump(f.sw, &dvs_drop_type, &cursor, &drop, 1);

		for (int i = 0; i < rc; i++, n++) {
			assert_int_equal(drop.reason, DVS_DROP_RUNT);
			assert_int_equal(drop.port[1], '0' + n);
			total += drop.frames;
		}
	} while (cursor != 0);
	assert_int_equal(n, 3);
	assert_int_equal(total, 3);
	for (unsigned int i = 0; i < 3; i++)
		fixture_received(&f, (char[]){'p', (char)('0' + i), '\0'});
}

/* ---- leaks ---- */

static void one_round(void)
{
	struct dvs_segment segment = fixture_segment("loop");
	struct dvs_port port = fixture_port("loop", "loop"),
			bad = owner_port("x", "loop", "/broken");
	struct dvs_static_mac mac = fixture_mac("loop", "02:00:00:00:00:01", "loop");
	const struct dvs_change add[] = {PUT(segment, segment), PUT(port, port), PUT(mac, mac)};
	const struct dvs_change change[] = {PUT(port, port), PUT(port, bad)};
	const struct dvs_change del[] = {DELETE(mac, mac), DELETE(port, port),
					 DELETE(segment, segment)};

	assert_int_equal(apply(add, 3), 0);
	fixture_send(&f, "stays", 0xff, 9);
	fixture_send(&f, "loop", 0xff, 7);
	fixture_run(&f, 1);
	port.queues = 2;
	assert_int_equal(apply(change, 2), -EACCES);
	assert_int_equal(apply(del, 3), 0);
	fixture_run(&f, 2);
	fixture_received(&f, "stays");
}

static void thousand_rounds_do_not_leak(void **state)
{
	struct mallinfo2 before, after;

	(void)state;
	fixture_add_port(&f, "stays", "lan");
	for (unsigned int i = 0; i < 100; i++)
		one_round();
	before = mallinfo2();
	for (unsigned int i = 0; i < 1000; i++)
		one_round();
	after = mallinfo2();
	assert_in_range(after.uordblks, 0, before.uordblks + 4096);
	assert_in_range(after.hblkhd, 0, before.hblkhd);
	assert_int_equal(count(&dvs_segment_type), 2);
	assert_int_equal(count(&dvs_port_type), 1);
	assert_int_equal(n_owned, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* p1 invents more MACs than there is room for reports; p2's is learnt all the same. */
static void inventor_does_not_keep_others_from_learning(void **state)
{
	uint8_t frame[FIXTURE_FRAME];
	uint64_t value;
	uint32_t lan;

	(void)state;
	fixture_create_lan(&f, 1, false, "p1 p2");
	for (unsigned int i = 0; i < 2 * DVS_LEARN_RING / DVS_LEARN_BATCH_LIMIT; i++) {
		for (unsigned int k = 0; k < DVS_LEARN_BATCH_LIMIT; k++) {
			fixture_frame(frame, 0xff, (uint8_t)k);
			frame[10] = (uint8_t)(i + 1);
			dvs_mem_inject(fixture_dev(&f, "p1"), 0, frame, sizeof(frame), NULL);
		}
		dvs_worker_sweep(dvs_switch_worker(f.sw, 0));
		fixture_received(&f, "p2");
	}
	fixture_send(&f, "p2", 0xff, 9);
	fixture_run(&f, 1);
	fixture_received(&f, "p1");
	fixture_frame(frame, 0xff, 9);
	lan = dvs_table_lookup(&f.sw->model.segments, "lan")->id;
	value = dvs_fdb_lookup(f.sw->fdb, dvs_fdb_key(frame + 6, (uint16_t)lan));
	assert_true(value != DVS_FDB_MISS);
	assert_int_equal(dvs_fdb_port(value), fixture_dev(&f, "p2")->id);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inventor_does_not_keep_others_from_learning),
		TEST(references_must_exist),
		TEST(order_within_a_transaction_does_not_matter),
		TEST(what_is_referred_to_cannot_go),
		TEST(last_word_on_an_object_counts),
		TEST(other_types_are_not_the_switchs),
		TEST(limits_hold_and_all_can_be_replaced),
		TEST(failed_creation_undoes_everything),
		TEST(deleted_ports_come_back),
		TEST(renamed_port_takes_over_the_socket),
		TEST(departures_share_walks),
		TEST(lost_port_is_repaired),
		TEST(lost_port_is_tried_less_often),
		TEST(lost_port_can_be_deleted_and_changed),
		TEST(only_recreate_fields_end_a_session),
		TEST(moved_port_leaves_its_macs_behind),
		TEST(deleted_port_is_forgotten),
		TEST(static_entry_changes_its_port),
		TEST(events_are_told),
		TEST(dumps_come_in_chunks),
		TEST(drops_are_dumped_by_port_and_reason),
		TEST(thousand_rounds_do_not_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
