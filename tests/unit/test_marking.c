/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classes and marks: what a port is trusted with, DSCP and checksums in all shapes of frames, who
 * owns the bytes that are written, priorities in trunks' tags, colors. Random frames under random
 * policies are in test_marking_twin.c.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_mbuf.h>

#include "array.h"
#include "bytes.h"
#include "class.h"
#include "dsfield.h"
#include "inject.h"
#include "packet_maker.h"
#include "random.h"
#include "stages.h"
#include "tcp_frame.h"

#define AF11 10
#define AF12 12
#define AF13 14
#define EF   46

static struct fixture f;
static struct dvs_mem_frame got; /* large, so not on the stack */

static int set_up(void **state)
{
	(void)state;
	fixture_create_lan(&f, 1, false, "p1 p2");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

/* Words FIELD=VALUE of p1. */
static void set(const char *words)
{
	char copy[256], *rest = NULL;

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		char *equals = strchr(word, '=');

		*equals = '\0';
		fixture_set(&f, "p1", word, equals + 1);
	}
}

/* A UDP packet of the version to all, with this octet of DSCP and ECN. */
static void make(struct packet *packet, unsigned int version, uint8_t field)
{
	packet_begin(packet, 0xff, 1, version == 4 ? 0x0800 : 0x86dd);
	if (version == 4)
		packet_ipv4(packet, 0x0a000001, 0x0a000002, 17);
	else
		packet_ipv6(packet, "fe80::1", "fe80::2", 17, 64);
	packet_udp(packet, 1000, 2000);
	packet_put(packet, "0123456789abcdef", 16);
	if (version == 4) {
		packet->bytes[packet->l3 + 1] = field;
	} else {
		packet->bytes[packet->l3] |= field >> 4;
		packet->bytes[packet->l3 + 1] = (uint8_t)(field << 4);
	}
	packet_end(packet);
}

static uint8_t field_of(const uint8_t *ip)
{
	return (uint8_t)(ip[0] >> 4 == 4 ? ip[1] : (ip[0] << 4 | ip[1] >> 4));
}

static void send(const void *bytes, uint32_t length)
{
	assert_int_equal(dvs_mem_inject(fixture_dev(&f, "p1"), 0, bytes, length, NULL), 0);
	fixture_run(&f, 1);
}

static void receive(void)
{
	assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	assert_int_equal(fixture_received(&f, "p2"), 0);
}

/* Sends such a packet; what arrives has the octet, and is the same else. */
static void expect_field(unsigned int version, uint8_t before, uint8_t after)
{
	struct packet packet, wanted;

	make(&packet, version, before);
	make(&wanted, version, after);
	send(packet.bytes, packet.length);
	receive();
	assert_int_equal(got.length, wanted.length);
	assert_memory_equal(got.data, wanted.bytes, wanted.length);
	assert_true(packet_is_sound(got.data, got.length));
}

/* Class of the first frame of the worker's last batch that had any. */
static unsigned int class_left(const struct dvs_worker *worker)
{
	return (worker->batch.tci[0] & DVS_TCI_CLASS) >> DVS_TCI_CLASS_SHIFT;
}

static unsigned int last_class(void)
{
	return class_left(dvs_switch_worker(f.sw, 0));
}

static unsigned int class_of_packet(unsigned int version, uint8_t field)
{
	struct packet packet;

	make(&packet, version, field);
	send(packet.bytes, packet.length);
	receive();
	assert_memory_equal(got.data, packet.bytes, packet.length);
	return last_class();
}

/* With a C-tag, or without for -1. */
static unsigned int class_of_tagged(int pcp)
{
	uint8_t plain[FIXTURE_FRAME], frame[FIXTURE_FRAME + 4];
	const uint8_t tag[4] = {0x81, 0, (uint8_t)((unsigned int)pcp << 5), 5};

	fixture_frame(plain, 0xff, 1);
	memcpy(frame, plain, 12);
	memcpy(frame + 12, tag, 4);
	memcpy(frame + 16, plain + 12, FIXTURE_FRAME - 12);
	if (pcp < 0)
		send(plain, sizeof(plain));
	else
		send(frame, sizeof(frame));
	receive();
	return last_class();
}

static void nothing_is_trusted_at_first(void **state)
{
	const struct dvs_snapshot *snapshot = f.sw->shared.snapshot;
	uint64_t bits = DVS_STAGE_BIT_CLASSIFY | DVS_STAGE_BIT_MARK;

	(void)state;
	assert_int_equal(snapshot->ports[fixture_dev(&f, "p1")->id].stages & bits, 0);
	assert_int_equal(class_of_packet(4, EF << 2), 0);
	assert_int_equal(class_of_tagged(7), 0);
	set("default_class=3");
	assert_int_equal(class_of_packet(4, EF << 2), 3);
	assert_int_equal(class_of_tagged(7), 3);
	snapshot = f.sw->shared.snapshot;
	assert_int_equal(snapshot->ports[fixture_dev(&f, "p1")->id].stages & bits,
			 DVS_STAGE_BIT_CLASSIFY);
	set("default_class=0");
	snapshot = f.sw->shared.snapshot;
	assert_int_equal(snapshot->ports[fixture_dev(&f, "p1")->id].stages & bits, 0);
}

static void dscp_is_trusted(void **state)
{
	(void)state;
	set("trust=dscp default_class=2");
	for (unsigned int version = 4; version <= 6; version += 2)
		for (unsigned int dscp = 0; dscp < 64; dscp++)
			assert_int_equal(class_of_packet(version, (uint8_t)(dscp << 2 | 3)),
					 dscp >> 3);
	assert_int_equal(class_of_tagged(7), 2);
	set("class_of_dscp=46:7,0-7:4,63:0");
	assert_int_equal(class_of_packet(4, EF << 2), 7);
	assert_int_equal(class_of_packet(6, EF << 2), 7);
	assert_int_equal(class_of_packet(4, 0), 4);
	assert_int_equal(class_of_packet(6, 7 << 2), 4);
	assert_int_equal(class_of_packet(4, 8 << 2), 1);
	assert_int_equal(class_of_packet(4, 63 << 2), 0);
}

static void pcp_is_trusted(void **state)
{
	(void)state;
	set("trust=pcp default_class=2");
	for (int pcp = 0; pcp < 8; pcp++)
		assert_int_equal(class_of_tagged(pcp), pcp);
	assert_int_equal(class_of_tagged(-1), 2);
	assert_int_equal(class_of_packet(4, EF << 2), 2);
	set("class_of_pcp=0:1,1:0");
	assert_int_equal(class_of_tagged(0), 1);
	assert_int_equal(class_of_tagged(1), 0);
	assert_int_equal(class_of_tagged(2), 2);
	set("vlan_mode=access"); /* the tag has VLAN id 5 */
	set("vlan_filter=off");
	assert_int_equal(class_of_tagged(0), 1);
	set("vlan_pcp=6"); /* is the priority of all */
	assert_int_equal(class_of_tagged(-1), 6);
}

static void dscp_is_marked_by_class(void **state)
{
	(void)state;
	set("mark_dscp=0:10");
	for (unsigned int version = 4; version <= 6; version += 2)
		for (unsigned int field = 0; field < 256; field++)
			expect_field(version, (uint8_t)field, (uint8_t)(AF11 << 2 | (field & 3)));
	assert_int_equal(fixture_state(&f, "p1").marked, 2 * (256 - 4));
	set("trust=dscp mark_dscp=5:0,0:63");
	for (unsigned int version = 4; version <= 6; version += 2) {
		expect_field(version, EF << 2 | 1, 1);
		expect_field(version, 2, 63 << 2 | 2);
		expect_field(version, 8 << 2, 8 << 2);
	}
}

/* Every change of every header: the sum is what counting all over again gives. */
static void checksums_are_right(void **state)
{
	struct packet packet;

	(void)state;
	for (unsigned int i = 0; i < 3000; i++) {
		char text[16];
		uint16_t was;

		make(&packet, 4, (uint8_t)random_below(256));
		dvs_store16(packet.bytes + packet.l3 + 4, (uint16_t)random_below(65536));
		packet_end(&packet);
		if (i % 16 == 0) {
			snprintf(text, sizeof(text), "0:%u", random_below(64));
			fixture_set(&f, "p1", "mark_dscp", text);
		}
		send(packet.bytes, packet.length);
		receive();
		assert_true(packet_is_sound(got.data, got.length));
		/* One that is wrong is not put right. */
		was = dvs_load16(packet.bytes + packet.l3 + 10);
		dvs_store16(packet.bytes + packet.l3 + 10, (uint16_t)(was ^ 0x0100));
		send(packet.bytes, packet.length);
		receive();
		assert_false(packet_is_sound(got.data, got.length));
	}
}

/* Every checksum, for some changes: the sum stays the same modulo 65535 (RFC 1624 section 3). */
static void sums_stay_for_every_checksum(void **state)
{
	uint8_t ip[20] = {0x45};

	(void)state;
	for (unsigned int i = 0; i < 64; i++) {
		unsigned int before = random_below(256), after = random_below(256);

		for (unsigned int sum = 0; sum < 65536; sum++) {
			ip[1] = (uint8_t)before;
			dvs_store16(ip + 10, (uint16_t)sum);
			dvs_dsfield_set(ip, 0x0800, (uint8_t)after);
			assert_int_equal(ip[1], after);
			assert_int_equal(dvs_load16(ip + 10),
					 (sum + before + 65535 - after) % 65535);
		}
	}
}

static void fragments_are_marked(void **state)
{
	static const uint16_t offsets[] = {0x2000, 0x2001, 0x1fff, 0x4000};
	struct packet packet;

	(void)state;
	set("mark_dscp=0:46");
	for (unsigned int i = 0; i < COUNT_OF(offsets); i++) {
		make(&packet, 4, 1);
		dvs_store16(packet.bytes + packet.l3 + 6, offsets[i]);
		packet_end(&packet);
		send(packet.bytes, packet.length);
		receive();
		assert_int_equal(field_of(got.data + 14), EF << 2 | 1);
		assert_true(packet_is_sound(got.data, got.length));
	}
}

/* Not IP, or not enough of it: no byte changes. */
static void what_is_no_packet_stays(void **state)
{
	struct packet packet, arp;

	(void)state;
	set("mark_dscp=0:46 marker_rate=1kbps marker_burst=1500 marker_excess=1500");
	set("marker=srtcm marker_yellow=drop");
	packet_arp(&arp, 0xff, 1, 1, 1, 0x0a000001, 0x0a000002);
	for (unsigned int i = 0; i < 100; i++) { /* and no marker counts it */
		send(arp.bytes, arp.length);
		receive();
		assert_memory_equal(got.data, arp.bytes, arp.length);
	}
	for (unsigned int version = 4; version <= 6; version += 2) {
		make(&packet, version, 0);
		packet.bytes[packet.l3] = (uint8_t)(0x55 - version); /* another version */
		send(packet.bytes, packet.length);
		receive();
		assert_memory_equal(got.data, packet.bytes, packet.length);
		make(&packet, version, 0);
		send(packet.bytes, version == 4 ? 14 + 19 : 14 + 39);
		receive();
		assert_memory_equal(got.data, packet.bytes, got.length);
	}
	make(&packet, 4, 0);
	packet.bytes[packet.l3] = 0x44; /* a header of 16 bytes */
	send(packet.bytes, packet.length);
	receive();
	assert_memory_equal(got.data, packet.bytes, packet.length);
	assert_int_equal(fixture_state(&f, "p1").marked, 0);
}

/* A large frame is marked once, so that all its segments are. */
static void large_frames_are_marked(void **state)
{
	static struct tcp_frame frame;
	struct tcp_frame_plan plan = {
		.payload = 20000, .gso_size = 1428, .tcp_options = 12, .flags = 0x18};
	unsigned int n = 0;

	(void)state;
	set("mark_dscp=0:46");
	for (unsigned int is_v6 = 0; is_v6 < 2; is_v6++) {
		for (unsigned int has_vlan = 0; has_vlan < 2; has_vlan++) {
			plan.is_v6 = is_v6 != 0;
			plan.has_vlan = has_vlan != 0;
			tcp_frame_build(&frame, &plan);
			memset(frame.bytes, 0xff, 6);
			frame.bytes[6] = 0x02;
			dvs_portdev_set_link(fixture_dev(&f, "p2"), DVS_LINK_UP, 1, 0);
			assert_int_equal(dvs_mem_inject(fixture_dev(&f, "p1"), 0, frame.bytes,
							frame.length, &frame.offload),
					 0);
			fixture_run(&f, 1);
			for (n = 0; dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got); n++) {
				const char *wrong;

				assert_int_equal(field_of(got.data + frame.l3) >> 2, EF);
				if (is_v6 == 0)
					assert_int_equal(slow_sum(got.data + frame.l3,
								  (got.data[frame.l3] & 15u) * 4,
								  0),
							 0xffff);
				/* As if the guest had marked it. */
				frame.bytes[frame.l3 + 1] = got.data[frame.l3 + 1];
				frame.bytes[frame.l3] = got.data[frame.l3];
				wrong = tcp_frame_judge(&frame, n, got.data, got.length);
				if (wrong != NULL)
					fail_msg("segment %u: %s", n, wrong);
			}
			assert_int_equal(n, 15);
		}
	}
}

/* ---- whose bytes are written ---- */

static struct dvs_worker *begin_batch(void)
{
	struct dvs_worker *worker = dvs_switch_worker(f.sw, 0);

	worker->snapshot = f.sw->shared.snapshot;
	dvs_batch_begin(&worker->batch, 0, 0);
	worker->batch.n = 1;
	worker->batch.mbuf[0] = NULL;
	worker->batch.in_port[0] = fixture_dev(&f, "p1")->id;
	worker->batch.offload[0] = (struct dvs_offload){0};
	return worker;
}

static void run_stages(struct dvs_worker *worker)
{
	dvs_stage_parse(worker, &worker->batch);
	dvs_stage_classify(worker, &worker->batch);
	dvs_stage_mark(worker, &worker->batch);
}

/* A frame whose bytes are in a guest: its header's copy is written to. */
static void guests_memory_is_not_written(void **state)
{
	struct dvs_worker *worker;
	struct dvs_batch *batch;
	struct packet packet, guest;

	(void)state;
	set("mark_dscp=0:46");
	worker = begin_batch();
	batch = &worker->batch;
	make(&packet, 4, 0);
	guest = packet;
	batch->header[0] = memcpy(batch->snapshot[0], guest.bytes, 40);
	batch->header_len[0] = 40;
	batch->length[0] = guest.length;
	batch->extents[0] = (struct dvs_extent){guest.bytes + 40, guest.length - 40};
	batch->extent[0] = 0;
	batch->extents_of[0] = 1;
	run_stages(worker);
	assert_memory_equal(guest.bytes, packet.bytes, sizeof(packet.bytes));
	assert_ptr_equal(batch->header[0], batch->snapshot[0]);
	assert_int_equal(field_of(batch->header[0] + 14), EF << 2);
	assert_true(dvs_batch_is_pending(batch, 0));
}

/* An mbuf that somebody else reads too is not written to either. */
static void shared_buffers_are_not_written(void **state)
{
	struct dvs_worker *worker;
	struct dvs_batch *batch;
	struct packet packet;
	struct rte_mbuf *mbuf, *clone;
	uint8_t bytes[256];

	(void)state;
	set("mark_dscp=0:46");
	worker = begin_batch();
	batch = &worker->batch;
	make(&packet, 6, 0);
	mbuf = rte_pktmbuf_alloc(worker->pool);
	memcpy(rte_pktmbuf_append(mbuf, 200), packet.bytes, 200);
	clone = rte_pktmbuf_clone(mbuf, worker->pool);
	for (unsigned int turn = 0; turn < 2; turn++) { /* the original, then its clone */
		struct rte_mbuf *sent = turn == 0 ? mbuf : clone;
		struct rte_mbuf *other = turn == 0 ? clone : mbuf;

		rte_mbuf_refcnt_update(sent, 1);
		batch->mbuf[0] = sent;
		batch->header[0] = rte_pktmbuf_mtod(sent, const uint8_t *);
		batch->header_len[0] = 200;
		batch->length[0] = 200;
		run_stages(worker);
		assert_true(dvs_batch_is_pending(batch, 0));
		assert_int_equal(field_of(batch->header[0] + 14), EF << 2);
		assert_memory_equal(rte_pktmbuf_mtod(other, const uint8_t *), packet.bytes, 200);
		assert_int_equal(batch->mbuf[0]->pkt_len, 200);
		assert_int_equal(rte_pktmbuf_read(batch->mbuf[0], 128, 72, bytes) == NULL, 0);
		rte_pktmbuf_free(batch->mbuf[0]);
	}
	rte_pktmbuf_free(mbuf);
	rte_pktmbuf_free(clone);
	batch->n = 0;
}

static void without_buffers_it_is_dropped(void **state)
{
	struct rte_mbuf *mbufs[1024], *mbuf, *clone;
	struct dvs_worker *worker;
	struct packet packet;
	unsigned int n = 0;

	(void)state;
	set("mark_dscp=0:46");
	worker = begin_batch();
	make(&packet, 4, 0);
	mbuf = rte_pktmbuf_alloc(worker->pool);
	memcpy(rte_pktmbuf_append(mbuf, 200), packet.bytes, 200);
	clone = rte_pktmbuf_clone(mbuf, worker->pool);
	worker->batch.mbuf[0] = clone;
	worker->batch.header[0] = rte_pktmbuf_mtod(clone, const uint8_t *);
	worker->batch.header_len[0] = 200;
	worker->batch.length[0] = 200;
	while (rte_pktmbuf_alloc_bulk(worker->pool, mbufs + n, 1) == 0 && n < COUNT_OF(mbufs) - 1) {
		struct rte_mbuf *chained = mbufs[n];

		/* Hundreds hang behind each, so that few are to be remembered. */
		while (chained->next == NULL && rte_mempool_avail_count(worker->pool) != 0 &&
		       mbufs[n]->nb_segs < 60 &&
		       (chained->next = rte_pktmbuf_alloc(worker->pool))) {
			mbufs[n]->nb_segs++;
			chained = chained->next;
		}
		n++;
	}
	run_stages(worker);
	assert_int_equal(worker->batch.verdict[0], DVS_VERDICT_DROP + DVS_DROP_NO_BUFFER);
	assert_memory_equal(rte_pktmbuf_mtod(mbuf, const uint8_t *), packet.bytes, 200);
	rte_pktmbuf_free_bulk(mbufs, n);
	rte_pktmbuf_free(mbuf);
	rte_pktmbuf_free(clone);
	worker->batch.n = 0;
}

/* ---- priorities in tags ---- */

static void put_trunk(struct fixture *fixture)
{
	struct dvs_segment segment = fixture_segment("s10");
	struct dvs_port port = fixture_port("a", "s10");

	segment.vlan = 10;
	assert_int_equal(fixture_put(fixture, &dvs_segment_type, &segment), 0);
	assert_int_equal(fixture_put(fixture, &dvs_port_type, &port), 0);
	fixture_add_segment(fixture, "native");
	port = fixture_port("t", "native");
	port.policy.vlan_mode = DVS_VLAN_TRUNK;
	assert_int_equal(dvs_vlan_list_parse("10", &port.policy.vlan_trunk), 0);
	assert_int_equal(fixture_put(fixture, &dvs_port_type, &port), 0);
}

/* The tag that a packet from a has behind the trunk. */
static uint16_t tci_of_packet(struct fixture *fixture, unsigned int version, uint8_t field)
{
	struct packet packet;

	make(&packet, version, field);
	assert_int_equal(
		dvs_mem_inject(fixture_dev(fixture, "a"), 0, packet.bytes, packet.length, NULL), 0);
	fixture_run(fixture, 1);
	assert_true(dvs_mem_collect(fixture_dev(fixture, "t"), 0, &got));
	assert_int_equal(got.length, packet.length + 4);
	assert_int_equal(dvs_load16(got.data + 12), 0x8100);
	return dvs_load16(got.data + 14);
}

static void check_priorities(uint16_t n_workers)
{
	struct fixture fixture;

	fixture_create(&fixture, n_workers, false);
	put_trunk(&fixture);
	assert_int_equal(tci_of_packet(&fixture, 4, EF << 2), 10);
	fixture_set(&fixture, "a", "trust", "dscp");
	fixture_set(&fixture, "a", "mark_pcp", "0:1,5:4,7:7");
	assert_int_equal(tci_of_packet(&fixture, 4, EF << 2), 4 << 13 | 10);
	assert_int_equal(class_left(dvs_switch_worker(fixture.sw, n_workers - 1u)), 5);
	assert_int_equal(tci_of_packet(&fixture, 6, 0), 1 << 13 | 10);
	assert_int_equal(tci_of_packet(&fixture, 6, 56 << 2), 7 << 13 | 10);
	assert_int_equal(tci_of_packet(&fixture, 4, 16 << 2), 10); /* not in the map */
	fixture_set(&fixture, "a", "vlan_pcp", "2");
	assert_int_equal(tci_of_packet(&fixture, 4, 16 << 2), 2 << 13 | 10);
	assert_int_equal(tci_of_packet(&fixture, 4, EF << 2), 4 << 13 | 10);
	fixture_free(&fixture);
}

static void tags_get_the_classs_priority(void **state)
{
	(void)state;
	check_priorities(1);
}

static void classes_are_handed_over(void **state)
{
	(void)state;
	check_priorities(2);
}

static void the_switch_s_own_frames_are_control(void **state)
{
	uint8_t frame[FIXTURE_FRAME];
	const struct dvs_port_object *port =
		(const void *)dvs_table_lookup(&f.sw->model.ports, "p2");

	(void)state;
	fixture_frame(frame, 0xff, 1);
	assert_int_equal(dvs_inject(f.sw, (uint16_t)port->segment->object.id,
				    (uint16_t)port->object.id, frame, sizeof(frame)),
			 0);
	fixture_run(&f, 1);
	assert_int_equal(fixture_received(&f, "p2"), 1);
	assert_int_equal(last_class(), DVS_CLASS_CONTROL);
}

/* ---- colors ---- */

#define SHORT 44 /* bytes of make()'s IPv4 packet */

static void colors_are_marked_and_dropped(void **state)
{
	struct dvs_port_state port;

	(void)state;
	set("mtu=68 marker_rate=1Mbps marker_burst=88 marker_excess=88 marker=srtcm");
	for (unsigned int i = 0; i < 2; i++)
		expect_field(4, AF13 << 2 | 1, AF11 << 2 | 1); /* blind: it is green now */
	for (unsigned int i = 0; i < 2; i++)
		expect_field(4, AF11 << 2 | 2, AF12 << 2 | 2);
	for (unsigned int i = 0; i < 3; i++) {
		struct packet packet;

		make(&packet, 4, AF11 << 2);
		send(packet.bytes, packet.length);
		assert_int_equal(fixture_received(&f, "p2"), 0);
	}
	port = fixture_state(&f, "p1");
	assert_int_equal(port.green, 2);
	assert_int_equal(port.yellow, 2);
	assert_int_equal(port.red, 3);
	assert_int_equal(port.marked, 4);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_MARKER), 3);
	set("marker_red=mark");
	expect_field(4, AF11 << 2 | 3, AF13 << 2 | 3);
	expect_field(4, 34 << 2, 38 << 2); /* AF41 */
	expect_field(4, EF << 2, EF << 2); /* has no precedence */
	set("marker_red=pass");
	expect_field(4, AF11 << 2, AF11 << 2);
	dvs_clock_warp(&f.clock, SHORT * 8 * 1000); /* one more packet */
	expect_field(4, AF12 << 2, AF11 << 2);
	expect_field(4, AF12 << 2, AF12 << 2);
	set("marker_yellow=drop");
	dvs_clock_warp(&f.clock, 1000000000);
	for (unsigned int i = 0; i < 2; i++)
		expect_field(4, AF12 << 2, AF11 << 2);
	for (unsigned int i = 0; i < 2; i++)
		fixture_send(&f, "p1", 0xff, 1); /* no IP: no color */
	fixture_run(&f, 1);
	assert_int_equal(fixture_received(&f, "p2"), 2);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_MARKER), 3);
}

/* Aware of the color that a packet came with, though its class's DSCP hides that. */
static void colors_that_are_known_do_not_get_better(void **state)
{
	(void)state;
	set("marker_rate=1Mbps marker_peak=10Mbps marker_burst=15000 marker_excess=15000 "
	    "marker=trtcm marker_aware=true marker_red=mark");
	expect_field(4, AF11 << 2, AF11 << 2);
	expect_field(4, AF12 << 2, AF12 << 2);
	expect_field(4, AF13 << 2, AF13 << 2);
	expect_field(4, EF << 2, EF << 2);
	set("mark_dscp=0:26"); /* AF31 */
	expect_field(6, AF12 << 2, 28 << 2);
	expect_field(6, AF13 << 2, 30 << 2);
	expect_field(6, 0, 26 << 2);
}

/* A large frame pays for the packets that it becomes, headers and all. */
static void large_frames_pay_for_their_packets(void **state)
{
	static struct tcp_frame frame;
	const struct tcp_frame_plan plan = {.payload = 10000, .gso_size = 1000, .flags = 0x10};
	struct packet packet;

	(void)state;
	set("marker_rate=1Mbps marker_burst=1500 marker_excess=1500 marker=srtcm "
	    "marker_yellow=drop");
	tcp_frame_build(&frame, &plan);
	memset(frame.bytes, 0xff, 6);
	frame.bytes[6] = 0x02;
	assert_int_equal(
		dvs_mem_inject(fixture_dev(&f, "p1"), 0, frame.bytes, frame.length, &frame.offload),
		0);
	fixture_run(&f, 1);
	receive();
	/* 10 packets of 1040 bytes are paid: 10400 - 1500 are owed, and 44 more are to be there. */
	dvs_clock_warp(&f.clock, (10400 - 1500 + SHORT) * UINT64_C(8000) - 10);
	make(&packet, 4, 0);
	send(packet.bytes, packet.length);
	assert_int_equal(fixture_received(&f, "p2"), 0);
	dvs_clock_warp(&f.clock, 20);
	send(packet.bytes, packet.length);
	receive();
}

/* ---- what is refused ---- */

static void bad_markers_are_refused(void **state)
{
	static const struct {
		const char *words, *field, *text;
	} cases[] = {
		{"marker=srtcm", "marker_rate", "needs a rate"},
		{"marker=srtcm marker_rate=100pps", "marker_rate", "bits a second"},
		{"marker=srtcm marker_rate=999bps", "marker_rate", "1kbps"},
		{"marker=trtcm marker_rate=1Mbps", "marker_peak", "needs a rate"},
		{"marker=trtcm marker_rate=1Mbps marker_peak=5pps", "marker_peak", "bits a second"},
		{"marker=trtcm marker_rate=2Mbps marker_peak=1Mbps", "marker_peak", "RFC 2698"},
		{"marker=srtcm marker_rate=1Mbps marker_burst=1499", "marker_burst", "MTU"},
		{"marker=srtcm marker_rate=1Mbps marker_excess=1499", "marker_excess", "MTU"},
		{"marker=srtcm marker_rate=1kbps marker_burst=1000000", "marker_burst", "an hour"},
		{"marker=trtcm marker_rate=1kbps marker_peak=1kbps marker_excess=1000000",
		 "marker_excess", "an hour"},
		{"marker=srtcm marker_rate=1Mbps mtu=9000 marker_burst=8999", "marker_burst",
		 "MTU"},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(cases); i++) {
		struct dvs_port port = fixture_port("p1", "lan");
		char copy[128], *rest = NULL;

		snprintf(copy, sizeof(copy), "%s", cases[i].words);
		for (char *word = strtok_r(copy, " ", &rest); word != NULL;
		     word = strtok_r(NULL, " ", &rest)) {
			char *equals = strchr(word, '=');

			*equals = '\0';
			assert_int_equal(dvs_field_parse(dvs_type_field(&dvs_port_type, word),
							 equals + 1, &port, NULL),
					 0);
		}
		assert_int_equal(fixture_put(&f, &dvs_port_type, &port), -EINVAL);
		assert_string_equal(f.err.field, cases[i].field);
		assert_non_null(strstr(f.err.text, cases[i].text));
	}
	set("marker_rate=1kbps"); /* without a marker nothing is wrong */
	set("marker=srtcm");
}

static void automatic_bursts(void **state)
{
	static const struct {
		const char *rate;
		uint64_t bytes;
	} cases[] = {{"1kbps", 65536},
		     {"5Mbps", 65536},
		     {"80Mbps", 1000000},
		     {"10Gbps", 125000000},
		     {"1000Gbps", DVS_MARKER_BURST_MAX}};

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(cases); i++) {
		struct dvs_port port = fixture_port("p1", "lan");
		uint64_t committed, excess;

		port.policy.marker = DVS_MARKER_SINGLE_RATE;
		dvs_field_parse(dvs_type_field(&dvs_port_type, "marker_rate"), cases[i].rate, &port,
				NULL);
		assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
		dvs_policy_marker_bursts(&port.policy, &committed, &excess);
		assert_int_equal(committed, cases[i].bytes);
		assert_int_equal(excess, cases[i].bytes);
	}
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		EACH(nothing_is_trusted_at_first),
		EACH(dscp_is_trusted),
		EACH(pcp_is_trusted),
		EACH(dscp_is_marked_by_class),
		EACH(checksums_are_right),
		cmocka_unit_test(sums_stay_for_every_checksum),
		EACH(fragments_are_marked),
		EACH(what_is_no_packet_stays),
		EACH(large_frames_are_marked),
		EACH(guests_memory_is_not_written),
		EACH(shared_buffers_are_not_written),
		EACH(without_buffers_it_is_dropped),
		cmocka_unit_test(tags_get_the_classs_priority),
		cmocka_unit_test(classes_are_handed_over),
		EACH(the_switch_s_own_frames_are_control),
		EACH(colors_are_marked_and_dropped),
		EACH(colors_that_are_known_do_not_get_better),
		EACH(large_frames_pay_for_their_packets),
		EACH(bad_markers_are_refused),
		EACH(automatic_bursts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
