/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Access control lists: compiled ones against a twin that walks the rules; what is seen of frames;
 * lists in the switch, for frames from and to ports.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl_key.h"
#include "acl_rule.h"
#include "acl_twin.h"
#include "eal.h"

static struct fixture f;

/* ---- against the twin ---- */

#define KEYS 64

static void agrees(unsigned int n, unsigned int rounds, enum dvs_acl_action rest)
{
	struct dvs_acl_list list = {.name = "a", .default_action = (uint8_t)rest};
	struct dvs_acl_rule *rules = calloc(n, sizeof(*rules));
	const struct dvs_acl_rule **order = calloc(n, sizeof(*order));
	struct dvs_error err;
	struct dvs_acl *acl;

	for (unsigned int i = 0; i < n; i++) {
		rules[i] = acl_twin_random_rule();
		order[i] = &rules[i];
	}
	assert_int_equal(dvs_acl_create(&list, order, n, &acl, &err), 0);
	for (unsigned int round = 0; round < rounds; round++) {
		struct acl_twin_key keys[KEYS];
		const struct dvs_acl_key *of_kind[KEYS];
		unsigned int index[KEYS];

		for (unsigned int k = 0; k < KEYS; k++)
			keys[k] = acl_twin_random_key();
		for (unsigned int kind = 0; kind < 4; kind++) {
			enum dvs_acl_direction direction = (enum dvs_acl_direction)(kind / 2);
			unsigned int n_kind = 0;
			uint64_t denied;

			for (unsigned int k = 0; k < KEYS; k++)
				if (keys[k].is_v6 == kind % 2) {
					index[n_kind] = k;
					of_kind[n_kind++] = &keys[k].key;
				}
			denied = dvs_acl_classify(acl, direction, kind % 2, of_kind, n_kind);
			for (unsigned int k = 0; k < n_kind; k++)
				assert_int_equal(denied >> k & 1,
						 acl_twin_denies(&list, order, n, direction,
								 &keys[index[k]]));
		}
	}
	dvs_acl_free(acl);
	free(order);
	free(rules);
}

static void is_as_the_twin_says(void **state)
{
	(void)state;
	assert_int_equal(dvs_test_eal_init(), 0);
	agrees(0, 1, DVS_ACL_PERMIT);
	agrees(0, 1, DVS_ACL_DENY);
	for (unsigned int i = 0; i < 60; i++) {
		agrees(1, 20, DVS_ACL_DENY);
		agrees(5, 20, DVS_ACL_PERMIT);
		agrees(20, 20, DVS_ACL_DENY);
	}
	agrees(200, 100, DVS_ACL_PERMIT);
}

/* ---- what is seen of frames ---- */

static struct dvs_batch batch;

static const struct dvs_acl_needs all_needs = {true, true, true, true, true};

/* 02:..:01 to 02:..:02, IPv4 from 10.0.0.1 to 10.0.0.2, TCP of 20 octets, in batch at 0. */
static uint8_t *ipv4_frame(uint8_t protocol, uint16_t fragment, uint16_t ip_payload)
{
	uint8_t *frame = batch.snapshot[0], *ip = frame + 14;

	memset(frame, 0, DVS_SNAPSHOT_BYTES);
	fixture_frame(frame, 2, 1);
	frame[12] = 8;
	frame[13] = 0;
	ip[0] = 0x45;
	ip[2] = (uint8_t)((20 + ip_payload) >> 8);
	ip[3] = (uint8_t)(20 + ip_payload);
	ip[6] = (uint8_t)(fragment >> 8);
	ip[7] = (uint8_t)fragment;
	ip[9] = protocol;
	ip[12] = ip[16] = 10;
	ip[15] = 1;
	ip[19] = 2;
	batch.mbuf[0] = NULL;
	batch.header[0] = frame;
	batch.length[0] = 34u + ip_payload;
	batch.header_len[0] = (uint16_t)(batch.length[0] < DVS_SNAPSHOT_BYTES ? batch.length[0]
									      : DVS_SNAPSHOT_BYTES);
	batch.l3[0] = 14;
	batch.ethertype[0] = 0x0800;
	memset(&batch.offload[0], 0, sizeof(batch.offload[0]));
	return ip + 20;
}

static enum dvs_acl_kind fill(const struct dvs_acl_needs *needs, struct dvs_acl_key *key)
{
	return dvs_acl_key_fill(&batch, 0, 7, needs, key);
}

static void tcp_is_seen(void **state)
{
	uint8_t *tcp = ipv4_frame(6, 0, 20);
	struct dvs_acl_key key;

	(void)state;
	tcp[1] = 22;
	tcp[3] = 80;
	tcp[12] = 0x50;
	tcp[13] = 0x12;
	assert_int_equal(fill(&all_needs, &key), DVS_ACL_KIND_V4);
	assert_int_equal(key.shows, DVS_ACL_SHOWS_IP | DVS_ACL_SHOWS_PORTS | DVS_ACL_SHOWS_TCP);
	assert_int_equal(key.src_port, 22 << 8);
	assert_int_equal(key.dst_port, 80 << 8);
	assert_int_equal(key.tcp_flags, 0x12);
	assert_int_equal(key.vlan, 7 << 8);
	assert_int_equal(key.v4.dst[3], 2);
	assert_int_equal(key.src_mac[5], 1);
}

static void fragments_are_judged_by_what_they_show(void **state)
{
	const struct dvs_acl_needs ports = {true, true, true, false},
				   ip = {true, true, false, false};
	struct dvs_acl_key key;

	(void)state;
	ipv4_frame(6, 0x2000, 24); /* the first one, with all of the header */
	assert_int_equal(fill(&all_needs, &key), DVS_ACL_KIND_V4);
	assert_int_equal(key.shows & DVS_ACL_SHOWS_TCP, DVS_ACL_SHOWS_TCP);
	ipv4_frame(6, 0x2000, 8); /* the flags would come in the next */
	assert_int_equal(fill(&all_needs, &key), DVS_ACL_KIND_OPAQUE);
	assert_int_equal(fill(&ip, &key), DVS_ACL_KIND_V4);
	ipv4_frame(6, 1, 24); /* and here they are */
	assert_int_equal(fill(&all_needs, &key), DVS_ACL_KIND_OPAQUE);
	assert_int_equal(fill(&ports, &key), DVS_ACL_KIND_V4);
	assert_int_equal(key.shows, DVS_ACL_SHOWS_IP);
	ipv4_frame(6, 100, 24); /* a later one shows addresses and protocol */
	assert_int_equal(fill(&all_needs, &key), DVS_ACL_KIND_V4);
	assert_int_equal(key.shows, DVS_ACL_SHOWS_IP);
	assert_int_equal(key.protocol, 6);
}

static void opaque_ones(void **state)
{
	const struct dvs_acl_needs mac = {.anything = true};
	const struct dvs_acl_needs type = {.anything = true, .ethertype = true};
	struct dvs_acl_key key;

	(void)state;
	ipv4_frame(6, 0, 20)[-20] = 0x65; /* version 6 */
	assert_int_equal(fill(&all_needs, &key), DVS_ACL_KIND_OPAQUE);
	assert_int_equal(fill(&mac, &key), DVS_ACL_KIND_V4);
	assert_int_equal(key.shows, 0);
	ipv4_frame(17, 0, 3);
	assert_int_equal(fill(&all_needs, &key), DVS_ACL_KIND_OPAQUE);
	ipv4_frame(1, 0, 1);
	assert_int_equal(fill(&all_needs, &key), DVS_ACL_KIND_OPAQUE);
	ipv4_frame(6, 0, 20);
	batch.ethertype[0] = 0x8100; /* a third tag */
	assert_int_equal(fill(&all_needs, &key), DVS_ACL_KIND_OPAQUE);
	assert_int_equal(fill(&type, &key), DVS_ACL_KIND_OPAQUE);
	assert_int_equal(fill(&mac, &key), DVS_ACL_KIND_V4);
	memcpy(ipv4_frame(6, 0, 20) - 20, "\xaa\xaa\3\0\0\0\x86\xdd", 8); /* SNAP */
	batch.ethertype[0] = 40;
	assert_int_equal(fill(&all_needs, &key), DVS_ACL_KIND_OPAQUE);
	assert_int_equal(fill(&type, &key), DVS_ACL_KIND_OPAQUE);
	assert_int_equal(fill(&mac, &key), DVS_ACL_KIND_V4);
}

/* ---- rules ---- */

static void impossible_rules_are_refused(void **state)
{
	static const struct {
		const char *fields[8];
		const char *field; /* NULL: possible */
	} cases[] = {
		{{"protocol", "6", "dst_port", "80"}, NULL},
		{{"dst_port", "80-90", "src", "2001:db8::/32"}, NULL},
		{{"ethertype", "0x0806"}, NULL},
		{{"src", "10.0.0.0/8", "dst", "2001:db8::1"}, "dst"},
		{{"src", "10.0.0.0/8", "ethertype", "0x86dd"}, "ethertype"},
		{{"protocol", "17", "ethertype", "0x0806"}, "ethertype"},
		{{"protocol", "1", "dst_port", "80"}, "protocol"},
		{{"protocol", "17", "tcp_set", "syn"}, "protocol"},
		{{"protocol", "6", "icmp_type", "8"}, "protocol"},
		{{"dst_port", "1", "icmp_type", "8"}, "icmp_type"},
		{{"tcp_set", "syn,ack", "tcp_clear", "ack"}, "tcp_clear"},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dvs_acl_rule rule;
		struct dvs_record rec;
		struct dvs_error err = {0};

		dvs_record_init(&rec, &dvs_acl_rule_type);
		for (unsigned int k = 0; cases[i].fields[k] != NULL; k += 2)
			assert_int_equal(dvs_record_set(&rec, cases[i].fields[k],
							cases[i].fields[k + 1], &err),
					 0);
		memcpy(&rule, rec.data, sizeof(rule));
		assert_int_equal(dvs_acl_rule_check(&rule, &err),
				 cases[i].field != NULL ? -EINVAL : 0);
		if (cases[i].field != NULL)
			assert_string_equal(err.field, cases[i].field);
	}
}

static void values_of_rules(void **state)
{
	static const struct {
		const char *field, *text, *printed; /* NULL: refused */
	} cases[] = {
		{"dst_port", "any", "any"},
		{"dst_port", "0", "0"},
		{"dst_port", "65535", "65535"},
		{"dst_port", "1-65535", "1-65535"},
		{"dst_port", "7-7", "7"},
		{"dst_port", "65536", NULL},
		{"dst_port", "9-8", NULL},
		{"dst_port", "-8", NULL},
		{"dst_port", "8-", NULL},
		{"dst_port", "99999999999", NULL},
		{"icmp_type", "255", "255"},
		{"icmp_type", "256", NULL},
		{"pcp", "any", "any"},
		{"pcp", "0", "0"},
		{"pcp", "5-7", "5-7"},
		{"pcp", "8", NULL},
		{"dei", "any", "any"},
		{"dei", "set", "set"},
		{"dei", "clear", "clear"},
		{"dei", "1", NULL},
		{"src_mac", "any", "any"},
		{"src_mac", "52:54:00:00:00:01", "52:54:00:00:00:01"},
		{"src_mac", "01:00:00:00:00:00/01:00:00:00:00:00",
		 "01:00:00:00:00:00/01:00:00:00:00:00"},
		{"src_mac", "02:00:00:00:00:00/ff:ff:ff:ff:ff:ff", "02:00:00:00:00:00"},
		{"src_mac", "02:00:00:00:00:01/ff:ff:ff:00:00:00", NULL},
		{"src_mac", "02:00:00:00:00:01/", NULL},
		{"src_mac", "/ff:ff:ff:00:00:00", NULL},
	};
	char text[DVS_FIELD_TEXT_MAX];

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dvs_record rec;
		struct dvs_error err;
		int rc;

		dvs_record_init(&rec, &dvs_acl_rule_type);
		rc = dvs_record_set(&rec, cases[i].field, cases[i].text, &err);
		assert_int_equal(rc == 0, cases[i].printed != NULL);
		if (rc == 0)
			assert_string_equal(
				dvs_record_print(&rec, dvs_type_field(rec.type, cases[i].field),
						 text),
				cases[i].printed);
	}
}

/* ---- in the switch ---- */

static int put_list(const char *name, enum dvs_acl_action rest)
{
	struct dvs_acl_list list = {.default_action = (uint8_t)rest};

	snprintf(list.name, sizeof(list.name), "%s", name);
	return fixture_put(&f, &dvs_acl_type, &list);
}

/* A rule by destination MAC 02:00:00:00:00:NN; 0: any. */
static struct dvs_acl_rule mac_rule(const char *acl, uint16_t number, enum dvs_acl_action action,
				    enum dvs_acl_direction direction, uint8_t dst)
{
	struct dvs_acl_rule rule = {
		.number = number, .action = (uint8_t)action, .direction = (uint8_t)direction};

	snprintf(rule.acl, sizeof(rule.acl), "%s", acl);
	if (dst != 0) {
		rule.dst_mac.mac[0] = 2;
		rule.dst_mac.mac[5] = dst;
		memset(rule.dst_mac.mask, 0xff, DVS_MAC_LEN);
	}
	return rule;
}

static void add_rule(struct dvs_acl_rule rule)
{
	assert_int_equal(fixture_put(&f, &dvs_acl_rule_type, &rule), 0);
}

static int put_port(const char *name, const char *acl, enum dvs_guard_mode mode)
{
	struct dvs_port port = fixture_port(name, "lan");

	snprintf(port.policy.acl, sizeof(port.policy.acl), "%s", acl);
	port.policy.acl_mode = (uint8_t)mode;
	return fixture_put(&f, &dvs_port_type, &port);
}

static void create(uint16_t n_workers)
{
	fixture_create(&f, n_workers, false);
	fixture_add_segment(&f, "lan");
	assert_int_equal(put_list("a", DVS_ACL_PERMIT), 0);
}

static void destroy(void)
{
	fixture_check_invariant(&f);
	fixture_free(&f);
}

static unsigned int outcome(const char *from, uint8_t dst, uint8_t src)
{
	unsigned int got = 0;

	fixture_send(&f, from, dst, src);
	fixture_run(&f, 2);
	for (unsigned int p = 0; p < 3; p++)
		got |= fixture_received(&f, (char[]){'p', (char)('0' + p), '\0'}) << p;
	return got;
}

static void lists_judge_frames_from_ports(void **state)
{
	struct dvs_acl_rule rule;

	(void)state;
	create(1);
	add_rule(mac_rule("a", 10, DVS_ACL_DENY, DVS_ACL_FROM, 9));
	assert_int_equal(put_port("p0", "a", DVS_GUARD_ENFORCE), 0);
	assert_int_equal(put_port("p1", "", DVS_GUARD_ENFORCE), 0);
	assert_int_equal(put_port("p2", "", DVS_GUARD_ENFORCE), 0);
	assert_int_equal(outcome("p0", 8, 1), 6);
	assert_int_equal(outcome("p0", 9, 1), 0);
	assert_int_equal(outcome("p1", 9, 2), 5);
	assert_int_equal(fixture_drops(&f, "p0", DVS_DROP_ACL), 1);
	add_rule(mac_rule("a", 5, DVS_ACL_PERMIT, DVS_ACL_FROM, 9)); /* before the other one */
	assert_int_equal(outcome("p0", 9, 1), 6);
	rule = mac_rule("a", 5, DVS_ACL_PERMIT, DVS_ACL_FROM, 9);
	assert_int_equal(fixture_delete(&f, &dvs_acl_rule_type, &rule), 0);
	assert_int_equal(outcome("p0", 9, 1), 0);
	assert_int_equal(put_port("p0", "a", DVS_GUARD_AUDIT), 0);
	assert_int_equal(outcome("p0", 9, 1), 6);
	assert_int_equal(fixture_audited(&f, "p0", DVS_DROP_ACL), 1);
	assert_int_equal(put_port("p0", "a", DVS_GUARD_OFF), 0);
	assert_int_equal(outcome("p0", 9, 1), 6);
	assert_int_equal(fixture_audited(&f, "p0", DVS_DROP_ACL), 1);
	destroy();
}

static void lists_judge_frames_to_ports(uint16_t n_workers)
{
	create(n_workers);
	assert_int_equal(put_port("p0", "", DVS_GUARD_ENFORCE), 0);
	assert_int_equal(put_port("p1", "a", DVS_GUARD_ENFORCE), 0);
	assert_int_equal(put_port("p2", "", DVS_GUARD_ENFORCE), 0);
	assert_int_equal(outcome("p1", 0xff, 2), 5);
	add_rule(mac_rule("a", 10, DVS_ACL_DENY, DVS_ACL_TO, 2));
	assert_int_equal(outcome("p0", 2, 1), 0);
	assert_int_equal(fixture_drops(&f, "p0", DVS_DROP_ACL_TO), 1);
	assert_int_equal(outcome("p0", 0xff, 1), 6);
	add_rule(mac_rule("a", 10, DVS_ACL_DENY, DVS_ACL_TO, 0));
	assert_int_equal(outcome("p0", 0xff, 1), 4);
	assert_int_equal(fixture_state(&f, "p1").tx_dropped, 1);
	assert_int_equal(outcome("p1", 0xff, 2), 5); /* its own are not to it */
	assert_int_equal(put_port("p1", "a", DVS_GUARD_AUDIT), 0);
	assert_int_equal(outcome("p0", 0xff, 1), 6);
	assert_int_equal(outcome("p0", 2, 1), 2);
	assert_int_equal(fixture_audited(&f, "p0", DVS_DROP_ACL_TO), 2);
	assert_int_equal(put_port("p1", "a", DVS_GUARD_ENFORCE), 0);
	fixture_delete_port(&f, "p2");
	fixture_send(&f, "p0", 0xff, 1);
	fixture_run(&f, 2);
	assert_int_equal(fixture_drops(&f, "p0", DVS_DROP_ACL_TO), 2);
	destroy();
}

static void to_ports_of_one_worker(void **state)
{
	(void)state;
	lists_judge_frames_to_ports(1);
}

static void to_ports_of_three_workers(void **state)
{
	(void)state;
	lists_judge_frames_to_ports(3);
}

/* A frame with a priority tag, to all; who gets it. */
static unsigned int outcome_of_priority(unsigned int pcp, bool dei)
{
	uint8_t frame[FIXTURE_FRAME + 4], plain[FIXTURE_FRAME];
	unsigned int got = 0;

	fixture_frame(plain, 0xff, 1);
	memcpy(frame, plain, 12);
	memcpy(frame + 16, plain + 12, sizeof(plain) - 12);
	frame[12] = 0x81;
	frame[13] = 0;
	frame[14] = (uint8_t)(pcp << 5 | (dei ? 0x10 : 0));
	frame[15] = 0;
	assert_int_equal(dvs_mem_inject(fixture_dev(&f, "p0"), 0, frame, sizeof(frame), NULL), 0);
	fixture_run(&f, 2);
	for (unsigned int p = 0; p < 3; p++)
		got |= fixture_received(&f, (char[]){'p', (char)('0' + p), '\0'}) << p;
	return got;
}

static struct dvs_acl_rule priority_rule(uint16_t number, enum dvs_acl_direction direction,
					 unsigned int first, unsigned int last,
					 enum dvs_acl_dei dei)
{
	struct dvs_acl_rule rule = mac_rule("a", number, DVS_ACL_DENY, direction, 0);

	rule.pcp = (struct dvs_range){first, last + 1};
	rule.dei = (uint8_t)dei;
	return rule;
}

/* Also where another worker sends them, to p1 and p2. */
static void priorities_are_those_of_the_tag(uint16_t n_workers)
{
	struct dvs_port port = fixture_port("p0", "lan");

	create(n_workers);
	port.policy.vlan_mode = DVS_VLAN_ACCESS;
	snprintf(port.policy.acl, sizeof(port.policy.acl), "a");
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	assert_int_equal(put_port("p1", "a", DVS_GUARD_ENFORCE), 0);
	assert_int_equal(put_port("p2", "", DVS_GUARD_ENFORCE), 0);
	for (unsigned int p = 0; n_workers == 2 && p < 3; p++)
		fixture_set(&f, (char[]){'p', (char)('0' + p), '\0'}, "workers",
			    p == 0 ? "0" : "1");
	add_rule(priority_rule(1, DVS_ACL_FROM, 6, 7, DVS_ACL_DEI_ANY));
	add_rule(priority_rule(2, DVS_ACL_TO, 0, 5, DVS_ACL_DEI_SET));
	add_rule(priority_rule(3, DVS_ACL_TO, 4, 4, DVS_ACL_DEI_CLEAR));
	assert_int_equal(outcome_of_priority(7, false), 0);
	assert_int_equal(outcome_of_priority(6, true), 0);
	assert_int_equal(outcome_of_priority(5, false), 6);
	assert_int_equal(outcome_of_priority(5, true), 4);
	assert_int_equal(outcome_of_priority(4, false), 4);
	assert_int_equal(outcome_of_priority(0, false), 6);
	assert_int_equal(outcome("p0", 0xff, 1), 6); /* no tag: 0 */
	assert_int_equal(outcome("p2", 0xff, 3), 3);
	port.policy.vlan_pcp = 1 + 7; /* whatever the tag says */
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	assert_int_equal(outcome("p0", 0xff, 1), 0);
	assert_int_equal(outcome_of_priority(0, false), 0);
	port.policy.vlan_pcp = 0;
	port.policy.vlan_mode = DVS_VLAN_GUEST; /* tags are payload */
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	assert_int_equal(outcome_of_priority(7, true), 6);
	destroy();
}

static void priorities_with_one_worker(void **state)
{
	(void)state;
	priorities_are_those_of_the_tag(1);
}

static void priorities_with_two_workers(void **state)
{
	(void)state;
	priorities_are_those_of_the_tag(2);
}

static void default_denies(void **state)
{
	(void)state;
	create(1);
	assert_int_equal(put_port("p0", "a", DVS_GUARD_ENFORCE), 0);
	assert_int_equal(put_port("p1", "", DVS_GUARD_ENFORCE), 0);
	assert_int_equal(put_port("p2", "", DVS_GUARD_ENFORCE), 0);
	assert_int_equal(outcome("p0", 9, 1), 6);
	assert_int_equal(put_list("a", DVS_ACL_DENY), 0);
	assert_int_equal(outcome("p0", 9, 1), 0);
	assert_int_equal(outcome("p1", 9, 2), 4);
	add_rule(mac_rule("a", 1, DVS_ACL_PERMIT, DVS_ACL_FROM, 9));
	assert_int_equal(outcome("p0", 9, 1), 6);
	destroy();
}

static void references_are_checked(void **state)
{
	struct dvs_acl_rule rule = mac_rule("b", 1, DVS_ACL_DENY, DVS_ACL_FROM, 9);
	struct dvs_acl_list list = {.name = "a"};

	(void)state;
	create(1);
	assert_int_equal(fixture_put(&f, &dvs_acl_rule_type, &rule), -ENOENT);
	assert_int_equal(put_port("p0", "b", DVS_GUARD_ENFORCE), -ENOENT);
	assert_string_equal(f.err.field, "acl");
	assert_int_equal(put_port("p0", "a", DVS_GUARD_ENFORCE), 0);
	assert_int_equal(fixture_delete(&f, &dvs_acl_type, &list), -EBUSY);
	assert_non_null(strstr(f.err.text, "port p0"));
	assert_int_equal(put_port("p0", "", DVS_GUARD_ENFORCE), 0);
	rule = mac_rule("a", 1, DVS_ACL_DENY, DVS_ACL_FROM, 9);
	add_rule(rule);
	assert_int_equal(fixture_delete(&f, &dvs_acl_type, &list), -EBUSY);
	assert_non_null(strstr(f.err.text, "acl_rule a/1"));
	rule.tcp_set = rule.tcp_clear = 1;
	assert_int_equal(fixture_put(&f, &dvs_acl_rule_type, &rule), -EINVAL);
	assert_string_equal(f.err.object, "acl_rule a/1");
	assert_int_equal(fixture_delete(&f, &dvs_acl_rule_type, &rule), 0);
	assert_int_equal(fixture_delete(&f, &dvs_acl_type, &list), 0);
	destroy();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_as_the_twin_says),
		cmocka_unit_test(tcp_is_seen),
		cmocka_unit_test(fragments_are_judged_by_what_they_show),
		cmocka_unit_test(opaque_ones),
		cmocka_unit_test(impossible_rules_are_refused),
		cmocka_unit_test(values_of_rules),
		cmocka_unit_test(lists_judge_frames_from_ports),
		cmocka_unit_test(to_ports_of_one_worker),
		cmocka_unit_test(to_ports_of_three_workers),
		cmocka_unit_test(priorities_with_one_worker),
		cmocka_unit_test(priorities_with_two_workers),
		cmocka_unit_test(default_denies),
		cmocka_unit_test(references_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
