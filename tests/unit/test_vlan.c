/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VLANs: what tags mean at a port. Small cases first; then random frames between random ports,
 * whose outcome at each port must be that of a slow model (vlan_twin.h), by one worker and handed
 * over between three.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vlan_twin.h"

static struct fixture f;

static void set_policy(struct dvs_port *port, enum dvs_vlan_mode mode, const char *list)
{
	port->policy.vlan_mode = (uint8_t)mode;
	assert_int_equal(dvs_vlan_list_parse(list, &port->policy.vlan_trunk), 0);
}

static void add_port(const char *name, const char *segment, enum dvs_vlan_mode mode,
		     const char *list)
{
	struct dvs_port port = fixture_port(name, segment);

	set_policy(&port, mode, list);
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
}

static int put_segment(const char *name, uint16_t vlan)
{
	struct dvs_segment segment = fixture_segment(name);

	segment.vlan = vlan;
	return fixture_put(&f, &dvs_segment_type, &segment);
}

static int set_up(void **state)
{
	(void)state;
	fixture_create(&f, 1, false);
	assert_int_equal(put_segment("s10", 10), 0);
	assert_int_equal(put_segment("s20", 20), 0);
	add_port("a10", "s10", DVS_VLAN_ACCESS, "none");
	add_port("a20", "s20", DVS_VLAN_ACCESS, "none");
	add_port("t", "s10", DVS_VLAN_TRUNK, "20-30");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

/* A frame with up to two tags in front of its type; returns its length. */
static uint32_t build(uint8_t *frame, uint8_t dst, uint8_t src, uint32_t tag, uint32_t inner)
{
	uint8_t plain[FIXTURE_FRAME];
	uint32_t at = 12;

	fixture_frame(plain, dst, src);
	memcpy(frame, plain, at);
	for (uint32_t part = tag;; part = inner) {
		if (part != 0) {
			frame[at++] = (uint8_t)(part >> 24);
			frame[at++] = (uint8_t)(part >> 16);
			frame[at++] = (uint8_t)(part >> 8);
			frame[at++] = (uint8_t)part;
		}
		if (part == inner)
			break;
	}
	memcpy(frame + at, plain + 12, FIXTURE_FRAME - 12);
	return at + FIXTURE_FRAME - 12;
}

static void send_tagged(const char *port, uint8_t dst, uint8_t src, uint32_t tag, uint32_t inner)
{
	uint8_t frame[FIXTURE_FRAME + 8];
	uint32_t length = build(frame, dst, src, tag, inner);

	assert_int_equal(dvs_mem_inject(fixture_dev(&f, port), 0, frame, length, NULL), 0);
	fixture_run(&f, 1);
}

/* The port got this frame and nothing else. */
static void expect(const char *port, uint8_t dst, uint8_t src, uint32_t tag, uint32_t inner)
{
	static struct dvs_mem_frame got;
	uint8_t frame[FIXTURE_FRAME + 8];
	uint32_t length = build(frame, dst, src, tag, inner);

	assert_true(dvs_mem_collect(fixture_dev(&f, port), 0, &got));
	assert_int_equal(got.length, length);
	assert_memory_equal(got.data, frame, length);
	assert_int_equal(fixture_received(&f, port), 0);
}

static void expect_nothing(const char *port)
{
	assert_int_equal(fixture_received(&f, port), 0);
}

#define C(tci) (0x81000000u | (tci))
#define S(tci) (0x88a80000u | (tci))

static void list_is_canonical(void **state)
{
	static const struct {
		const char *text, *printed;
		int rc;
	} cases[] = {
		{"none", "none", 0},
		{"all", "all", 0},
		{"1-4094", "all", 0},
		{"20,1-10,4000-4094", "1-10,20,4000-4094", 0},
		{"5,1-4,6", "1-6", 0},
		{"7,7,7-7", "7", 0},
		{"1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31", NULL, 0},
		{"1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33", NULL, -E2BIG},
		{"0", NULL, -ERANGE},
		{"4095", NULL, -ERANGE},
		{"99999999999999999999", NULL, -ERANGE},
		{"10-5", NULL, -ERANGE},
		{"", NULL, -EINVAL},
		{",", NULL, -EINVAL},
		{"1,", NULL, -EINVAL},
		{"1-", NULL, -EINVAL},
		{"-1", NULL, -EINVAL},
		{"1-2-3", NULL, -EINVAL},
		{"1 2", NULL, -EINVAL},
		{"+1", NULL, -EINVAL},
		{"none,1", NULL, -EINVAL},
	};
	char text[DVS_VLAN_TEXT_MAX];

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dvs_vlan_list list = {{{1, 2}}};

		assert_int_equal(dvs_vlan_list_parse(cases[i].text, &list), cases[i].rc);
		if (cases[i].rc < 0)
			continue;
		assert_true(dvs_vlan_list_is_canonical(&list));
		assert_string_equal(dvs_vlan_list_print(&list, text),
				    cases[i].printed ? cases[i].printed : cases[i].text);
	}
}

static void list_that_is_not_canonical(void **state)
{
	struct dvs_vlan_list list = {{{0, 0}}};

	(void)state;
	assert_true(dvs_vlan_list_is_canonical(&list));
	list.ranges[1] = (struct dvs_vlan_range){5, 6};
	assert_false(dvs_vlan_list_is_canonical(&list)); /* a hole */
	list.ranges[0] = (struct dvs_vlan_range){3, 4};
	assert_false(dvs_vlan_list_is_canonical(&list)); /* 3-6 */
	list.ranges[0] = (struct dvs_vlan_range){3, 3};
	assert_true(dvs_vlan_list_is_canonical(&list));
	list.ranges[1].last = 4095;
	assert_false(dvs_vlan_list_is_canonical(&list));
	list.ranges[1].last = 4;
	assert_false(dvs_vlan_list_is_canonical(&list));
}

/* Sixteen longest ranges fit the text. */
static void list_text_is_long_enough(void **state)
{
	struct dvs_vlan_list list;
	char text[DVS_VLAN_TEXT_MAX];

	(void)state;
	for (unsigned int i = 0; i < DVS_VLAN_RANGES_MAX; i++)
		list.ranges[i] = (struct dvs_vlan_range){(uint16_t)(1000 + 10 * i),
							 (uint16_t)(1005 + 10 * i)};
	assert_true(dvs_vlan_list_is_canonical(&list));
	assert_int_equal(strlen(dvs_vlan_list_print(&list, text)), DVS_VLAN_TEXT_MAX - 1);
}

static void one_vlan_is_one_segments(void **state)
{
	(void)state;
	assert_int_equal(put_segment("other", 10), -EEXIST);
	assert_string_equal(f.err.object, "segment other");
	assert_non_null(strstr(f.err.text, "s10"));
	assert_int_equal(put_segment("other", 11), 0);
	assert_int_equal(put_segment("s10", 11), -EEXIST);
	assert_string_equal(f.err.object, "segment s10");
	assert_non_null(strstr(f.err.text, "other"));
	assert_int_equal(put_segment("none1", 0), 0);
	assert_int_equal(put_segment("none2", 0), 0);
}

static void two_segments_swap_vlans(void **state)
{
	struct dvs_segment segments[2] = {fixture_segment("s10"), fixture_segment("s20")};
	struct dvs_change changes[2] = {{DVS_CHANGE_PUT, &dvs_segment_type, &segments[0]},
					{DVS_CHANGE_PUT, &dvs_segment_type, &segments[1]}};

	(void)state;
	segments[0].vlan = 20;
	segments[1].vlan = 10;
	assert_int_equal(dvs_switch_apply(f.sw, changes, 2, NULL, &f.err), 0);
	send_tagged("a10", 0xff, 1, 0, 0);
	expect("t", 0xff, 1, 0, 0);
	send_tagged("t", 0xff, 1, C(20), 0); /* the native VLAN's own number is its, too */
	expect("a10", 0xff, 1, 0, 0);
	expect_nothing("a20");
	send_tagged("a20", 0xff, 1, 0, 0);
	expect_nothing("t");
}

static void trunk_translates(void **state)
{
	(void)state;
	send_tagged("a20", 0xff, 1, 0, 0);
	expect("t", 0xff, 1, C(20), 0);
	expect_nothing("a10");
	send_tagged("t", 1, 2, C(0xb014), 0); /* PCP 5, DEI */
	expect("a20", 1, 2, 0, 0);
	send_tagged("a20", 2, 1, 0, 0); /* known, behind the trunk */
	expect("t", 2, 1, C(20), 0);
	send_tagged("a10", 2, 1, 0, 0); /* not in this segment */
	expect("t", 2, 1, 0, 0);
	send_tagged("t", 0xff, 3, C(0x6000), 0);
	expect("a10", 0xff, 3, 0, 0);
	assert_int_equal(fixture_state(&f, "t").rx_bytes, 2 * (FIXTURE_FRAME + 4));
	assert_int_equal(fixture_state(&f, "t").tx_bytes, 3 * FIXTURE_FRAME + 2 * 4);
}

static void trunk_filters(void **state)
{
	struct dvs_port port = fixture_port("t", "s10");

	(void)state;
	assert_int_equal(put_segment("s40", 40), 0);
	add_port("a40", "s40", DVS_VLAN_ACCESS, "none");
	send_tagged("t", 0xff, 1, C(40), 0); /* there is such a segment, but not for this trunk */
	send_tagged("t", 0xff, 1, C(41), 0);
	assert_int_equal(fixture_drops(&f, "t", DVS_DROP_VLAN_NOT_ALLOWED), 2);
	send_tagged("t", 0xff, 1, C(21), 0); /* allowed, but of no segment */
	send_tagged("t", 0xff, 1, C(25), 0);
	assert_int_equal(fixture_drops(&f, "t", DVS_DROP_VLAN_UNKNOWN), 2);
	expect_nothing("a10");
	expect_nothing("a40");
	set_policy(&port, DVS_VLAN_TRUNK, "20-30");
	port.policy.vlan_filter = DVS_GUARD_AUDIT;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	send_tagged("t", 0xff, 1, C(40), 0);
	expect("a40", 0xff, 1, 0, 0);
	send_tagged("a40", 1, 2, 0, 0); /* it is not learnt there */
	expect_nothing("t");
	port.policy.vlan_filter = DVS_GUARD_OFF;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	send_tagged("t", 0xff, 1, C(40), 0);
	expect("a40", 0xff, 1, 0, 0);
	send_tagged("t", 0xff, 1, C(41), 0);
	assert_int_equal(fixture_drops(&f, "t", DVS_DROP_VLAN_UNKNOWN), 3);
	send_tagged("t", 0xff, 1, C(0xfff), 0);
	assert_int_equal(fixture_drops(&f, "t", DVS_DROP_VLAN_UNKNOWN), 4);
	assert_int_equal(fixture_drops(&f, "t", DVS_DROP_VLAN_NOT_ALLOWED), 2);
}

static void access_refuses_tags(void **state)
{
	struct dvs_port port = fixture_port("a10", "s10");

	(void)state;
	send_tagged("a10", 0xff, 1, C(10), 0);
	send_tagged("a10", 0xff, 1, S(10), 0);
	send_tagged("a10", 0xff, 1, S(0), 0);
	send_tagged("a10", 0xff, 1, C(0), C(20)); /* hidden behind a priority tag */
	send_tagged("a10", 0xff, 1, C(0), S(20));
	assert_int_equal(fixture_drops(&f, "a10", DVS_DROP_VLAN_TAGGED), 5);
	expect_nothing("t");
	send_tagged("a10", 0xff, 1, C(0xe000), 0);
	expect("t", 0xff, 1, 0, 0);
	set_policy(&port, DVS_VLAN_ACCESS, "none");
	port.policy.vlan_filter = DVS_GUARD_AUDIT;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	add_port("b10", "s10", DVS_VLAN_ACCESS, "none");
	send_tagged("a10", 0xff, 1, C(20), 0);
	expect("b10", 0xff, 1, C(20), 0);
	assert_int_equal(fixture_drops(&f, "a10", DVS_DROP_VLAN_TAGGED), 5);
}

/* A tag that is payload does not choose a VLAN behind a trunk to which its segment is native. */
static void native_does_not_let_payload_hop(void **state)
{
	(void)state;
	add_port("g10", "s10", DVS_VLAN_GUEST, "none");
	send_tagged("g10", 0xff, 1, C(20), 0);
	expect("t", 0xff, 1, C(0), C(20));
	expect("a10", 0xff, 1, C(20), 0);
	expect_nothing("a20");
	send_tagged("g10", 0xff, 1, S(20), 0); /* no tag of this trunk's kind */
	expect("t", 0xff, 1, S(20), 0);
	expect("a10", 0xff, 1, S(20), 0);
	send_tagged("t", 0xff, 1, C(0x200a), C(20)); /* its own VLAN by number, and one inside */
	expect("g10", 0xff, 1, C(20), 0);
	expect("a10", 0xff, 1, C(20), 0);
	expect_nothing("a20");
}

static void qinq_leaves_inner_tags_alone(void **state)
{
	(void)state;
	add_port("q", "s10", DVS_VLAN_QINQ, "20");
	add_port("g20", "s20", DVS_VLAN_GUEST, "none");
	send_tagged("g20", 0xff, 1, C(0x6007), 0);
	expect("q", 0xff, 1, S(20), C(0x6007));
	expect("t", 0xff, 1, C(20), C(0x6007));
	expect("a20", 0xff, 1, C(0x6007), 0);
	send_tagged("q", 0xff, 2, S(0x8014), C(7));
	expect("g20", 0xff, 2, C(7), 0);
	expect("t", 0xff, 2, C(0x8014), C(7));
	expect("a20", 0xff, 2, C(7), 0);
	send_tagged("q", 0xff, 2, C(20), 0); /* a C-tag is payload of the native segment */
	expect("a10", 0xff, 2, C(20), 0);
	expect("t", 0xff, 2, C(0), C(20));
	expect_nothing("g20");
}

static void priority_is_kept_or_rewritten(void **state)
{
	struct dvs_port port = fixture_port("a20", "s20");

	(void)state;
	send_tagged("a20", 0xff, 1, C(0xb000), 0);
	expect("t", 0xff, 1, C(0xb014), 0);
	set_policy(&port, DVS_VLAN_ACCESS, "none");
	port.policy.vlan_pcp = 1 + 3;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	send_tagged("a20", 0xff, 1, 0, 0);
	expect("t", 0xff, 1, C(0x6014), 0);
	send_tagged("a20", 0xff, 1, C(0xf000), 0);
	expect("t", 0xff, 1, C(0x7014), 0); /* DEI is the sender's */
	port.policy.vlan_mode = DVS_VLAN_GUEST;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	send_tagged("a20", 0xff, 1, C(0xf000), 0);
	expect("t", 0xff, 1, C(0x6014), C(0xf000));
	port.policy.vlan_pcp = 0;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	send_tagged("a20", 0xff, 1, 0, 0);
	expect("t", 0xff, 1, C(20), 0);
}

/* 1500 octets of payload, with as many tags as come and go. */
static void tags_do_not_count_for_the_mtu(void **state)
{
	static uint8_t frame[1524];
	static struct dvs_mem_frame got;

	(void)state;
	add_port("q20", "s20", DVS_VLAN_GUEST, "none");
	for (uint32_t tags = 0; tags <= 2; tags++) {
		uint32_t l3 = build(frame, 0xff, 1, tags > 0 ? C(7) : 0, tags > 1 ? C(8) : 0) -
			      FIXTURE_FRAME + 14;

		for (uint32_t extra = 0; extra <= 1; extra++) {
			uint32_t length = l3 + 1500 + extra;

			assert_int_equal(
				dvs_mem_inject(fixture_dev(&f, "q20"), 0, frame, length, NULL), 0);
			fixture_run(&f, 1);
			assert_int_equal(dvs_mem_collect(fixture_dev(&f, "t"), 0, &got), !extra);
			if (!extra)
				assert_int_equal(got.length, length + 4);
			assert_int_equal(fixture_received(&f, "a20"), !extra);
		}
	}
	assert_int_equal(fixture_drops(&f, "q20", DVS_DROP_OVERSIZE), 3);
	assert_int_equal(fixture_state(&f, "t").tx_dropped, 0);
}

static void csum_requests_move_with_the_tag(void **state)
{
	struct dvs_offload offload = {.needs_csum = 1, .csum_start = 20, .csum_offset = 16};
	static struct dvs_mem_frame got;
	uint8_t frame[FIXTURE_FRAME + 8];
	uint32_t length = build(frame, 0xff, 1, 0, 0);

	(void)state;
	dvs_mem_inject(fixture_dev(&f, "a20"), 0, frame, length, &offload);
	fixture_run(&f, 1);
	assert_true(dvs_mem_collect(fixture_dev(&f, "t"), 0, &got));
	assert_int_equal(got.offload.csum_start, 24);
	length = build(frame, 1, 2, C(20), 0);
	offload.csum_start = 24;
	dvs_mem_inject(fixture_dev(&f, "t"), 0, frame, length, &offload);
	fixture_run(&f, 1);
	assert_true(dvs_mem_collect(fixture_dev(&f, "a20"), 0, &got));
	assert_int_equal(got.offload.csum_start, 20);
	assert_int_equal(got.length, length - 4);
}

static void trunk_list_changes_forget_macs(void **state)
{
	struct dvs_port port = fixture_port("t", "s10");

	(void)state;
	add_port("b20", "s20", DVS_VLAN_ACCESS, "none");
	send_tagged("t", 0xff, 9, C(20), 0);
	fixture_received(&f, "a20");
	fixture_received(&f, "b20");
	send_tagged("a20", 9, 1, 0, 0);
	expect("t", 9, 1, C(20), 0);
	expect_nothing("b20");
	set_policy(&port, DVS_VLAN_TRUNK, "21");
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	send_tagged("a20", 9, 1, 0, 0);
	expect_nothing("t");
	expect("b20", 9, 1, 0, 0);
	set_policy(&port, DVS_VLAN_TRUNK, "20");
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	send_tagged("a20", 9, 1, 0, 0);
	expect("t", 9, 1, C(20), 0);
	expect("b20", 9, 1, 0, 0);
}

static void static_macs_hold_trunks(void **state)
{
	struct dvs_static_mac mac = fixture_mac("s20", "02:00:00:00:00:09", "t");
	struct dvs_port port = fixture_port("t", "s10");

	(void)state;
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), 0);
	send_tagged("a20", 9, 1, 0, 0);
	expect("t", 9, 1, C(20), 0);
	set_policy(&port, DVS_VLAN_TRUNK, "21");
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), -EBUSY);
	assert_int_equal(put_segment("s20", 50), -EBUSY);
	assert_int_equal(put_segment("s20", 30), 0);
	send_tagged("a20", 9, 1, 0, 0);
	expect("t", 9, 1, C(30), 0);
	/* A port that is made anew has its entries again, also of other segments. */
	set_policy(&port, DVS_VLAN_TRUNK, "20-30");
	port.queues = 2;
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	add_port("b20", "s20", DVS_VLAN_ACCESS, "none");
	send_tagged("a20", 9, 1, 0, 0);
	expect_nothing("b20");
	assert_int_equal(fixture_received(&f, "t"), 1);
	mac = fixture_mac("s20", "02:00:00:00:00:0a", "a10");
	assert_int_equal(fixture_put(&f, &dvs_mac_type, &mac), -EINVAL);
}

/* ---- against the twin ---- */

#define PORTS	 10
#define SEGMENTS 6
#define ROUNDS	 3000
#define CHANGES	 60

static const char *const random_lists[] = {"none", "all", "20", "10,20-30", "30-50,4094"};
static const uint16_t vlan_ids[SEGMENTS] = {0, 10, 20, 30, 40, 4094};

static void random_port(struct twin *twin, unsigned int p)
{
	struct dvs_port port;
	unsigned int s = (unsigned int)rand() % SEGMENTS;
	char name[8], segment[8];

	snprintf(name, sizeof(name), "p%u", p);
	snprintf(segment, sizeof(segment), "s%u", s);
	port = fixture_port(name, segment);
	set_policy(&port, (enum dvs_vlan_mode)(rand() % 4), random_lists[(unsigned int)rand() % 5]);
	port.policy.vlan_filter = (uint8_t)(rand() % 3);
	port.policy.vlan_pcp = (uint8_t)(rand() % 4 == 0 ? rand() % 9 : 0);
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
	twin_set_port(twin, p, s, &port.policy);
}

static uint32_t random_tag(void)
{
	static const uint16_t ids[] = {0, 10, 20, 30, 40, 4094, 4095, 99};
	uint32_t tci = (uint32_t)(rand() % 2 == 0 ? 0 : rand() % 16) << 12;

	switch (rand() % 4) {
	case 0:
		return 0;
	case 1:
		return S(tci | ids[rand() % 8]);
	default:
		return C(tci | ids[rand() % 8]);
	}
}

static void check_outcome(const struct twin *twin, unsigned int from)
{
	static struct dvs_mem_frame got;
	char name[8];

	for (unsigned int p = 0; p < PORTS; p++) {
		const struct twin_frame *wanted = &twin->out[p];
		bool has;

		snprintf(name, sizeof(name), "p%u", p);
		has = dvs_mem_collect(fixture_dev(&f, name), 0, &got);
		if (has != (wanted->length != 0))
			fail_msg("frame of p%u at %s: %d", from, name, has);
		if (!has)
			continue;
		assert_int_equal(got.length, wanted->length);
		assert_memory_equal(got.data, wanted->bytes, wanted->length);
		assert_int_equal(fixture_received(&f, name), 0);
	}
}

static void is_as_the_twin_says(uint16_t n_workers)
{
	static struct twin twin;
	char name[8];

	fixture_create(&f, n_workers, false);
	twin_init(&twin, PORTS);
	for (unsigned int s = 0; s < SEGMENTS; s++) {
		snprintf(name, sizeof(name), "s%u", s);
		assert_int_equal(put_segment(name, vlan_ids[s]), 0);
		twin_set_segment(&twin, s, vlan_ids[s]);
	}
	for (unsigned int p = 0; p < PORTS; p++)
		random_port(&twin, p);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		uint8_t frame[FIXTURE_FRAME + 8];
		unsigned int from = (unsigned int)rand() % PORTS;
		uint8_t dst = (uint8_t)(rand() % 3 == 0 ? 0xff : 1 + rand() % PORTS);
		uint32_t tag = random_tag(), inner = tag != 0 ? random_tag() : 0;
		uint32_t length = build(frame, dst, (uint8_t)(1 + from), tag, inner);

		if (round % (ROUNDS / CHANGES) == 0)
			random_port(&twin, (unsigned int)rand() % PORTS);
		snprintf(name, sizeof(name), "p%u", from);
		dvs_mem_inject(fixture_dev(&f, name), 0, frame, length, NULL);
		fixture_run(&f, 2);
		twin_send(&twin, from, frame, length);
		check_outcome(&twin, from);
	}
	fixture_free(&f);
}

static void one_worker_is_as_the_twin(void **state)
{
	(void)state;
	is_as_the_twin_says(1);
}

static void three_workers_are_as_the_twin(void **state)
{
	(void)state;
	is_as_the_twin_says(3);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_is_canonical),
		cmocka_unit_test(list_that_is_not_canonical),
		cmocka_unit_test(list_text_is_long_enough),
		TEST(one_vlan_is_one_segments),
		TEST(two_segments_swap_vlans),
		TEST(trunk_translates),
		TEST(trunk_filters),
		TEST(access_refuses_tags),
		TEST(native_does_not_let_payload_hop),
		TEST(qinq_leaves_inner_tags_alone),
		TEST(priority_is_kept_or_rewritten),
		TEST(tags_do_not_count_for_the_mtu),
		TEST(csum_requests_move_with_the_tag),
		TEST(trunk_list_changes_forget_macs),
		TEST(static_macs_hold_trunks),
		cmocka_unit_test(one_worker_is_as_the_twin),
		cmocka_unit_test(three_workers_are_as_the_twin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
