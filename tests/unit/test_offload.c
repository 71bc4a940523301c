/* SPDX-License-Identifier: BSD-3-Clause */
/* Software checksum and segmentation over chains of any shape, and requests that lie. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_mbuf.h>

#include "eal.h"
#include "offload.h"
#include "random.h"
#include "tcp_frame.h"

#define N_SMALL	   2048 /* mbufs of 192 bytes: a frame of 64 KB becomes a long chain */
#define N_LARGE	   512
#define SMALL_ROOM 192
#define LARGE_ROOM 2048
#define HEADER_MAX 128
#define ROUND_MAX  64

static struct rte_mempool *small_pool, *large_pool;
static struct tcp_frame frame; /* large, so not on the stack */
static uint8_t flat[TCP_FRAME_MAX];

static int set_up(void **state)
{
	(void)state;
	if (dvs_test_eal_init() < 0)
		return -1;
	small_pool = rte_pktmbuf_pool_create("small", N_SMALL, 0, 0,
					     RTE_PKTMBUF_HEADROOM + SMALL_ROOM, SOCKET_ID_ANY);
	large_pool = rte_pktmbuf_pool_create("large", N_LARGE, 0, 0,
					     RTE_PKTMBUF_HEADROOM + LARGE_ROOM, SOCKET_ID_ANY);
	return small_pool && large_pool ? 0 : -1;
}

/* Whatever a test did, all mbufs must be back. */
static int all_back(void **state)
{
	(void)state;
	assert_int_equal(rte_mempool_avail_count(small_pool), N_SMALL);
	assert_int_equal(rte_mempool_avail_count(large_pool), N_LARGE);
	return 0;
}

static struct rte_mbuf *alloc(struct rte_mempool *pool)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

	assert_non_null(mbuf);
	return mbuf;
}

/* The bytes in a chain with pieces of random sizes from smallest to largest. */
static struct rte_mbuf *chain_of(const uint8_t *bytes, uint32_t n, uint32_t smallest,
				 uint32_t largest)
{
	struct rte_mempool *pool = largest > SMALL_ROOM ? large_pool : small_pool;
	struct rte_mbuf *head = alloc(pool), *tail = head;

	for (uint32_t at = 0; at < n;) {
		uint32_t piece = smallest + random_below(largest - smallest + 1);

		piece = RTE_MIN(piece, n - at);
		if (at > 0) {
			tail->next = alloc(pool);
			tail = tail->next;
			head->nb_segs++;
		}
		rte_memcpy(rte_pktmbuf_mtod(tail, uint8_t *), bytes + at, piece);
		tail->data_len = (uint16_t)piece;
		head->pkt_len += piece;
		at += piece;
	}
	return head;
}

/* The whole chain into flat[]; its length, checked against what the chain says of itself. */
static uint32_t flatten(const struct rte_mbuf *mbuf)
{
	unsigned int pieces = 0;
	uint32_t n = 0;

	for (const struct rte_mbuf *m = mbuf; m; m = m->next) {
		assert_true(n + m->data_len <= sizeof(flat));
		memcpy(flat + n, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len);
		n += m->data_len;
		pieces++;
	}
	assert_int_equal(n, mbuf->pkt_len);
	assert_int_equal(pieces, mbuf->nb_segs);
	return n;
}

static void check_checksum(uint8_t *bytes, uint32_t n, const struct dvs_offload *offload,
			   uint32_t largest_piece)
{
	uint32_t field = (uint32_t)offload->csum_start + offload->csum_offset;
	struct rte_mbuf *mbuf = chain_of(bytes, n, 1, largest_piece);
	uint16_t sum = slow_sum(bytes + offload->csum_start, n - offload->csum_start, 0);
	uint16_t expected = sum == UINT16_MAX ? sum : (uint16_t)~sum;

	dvs_offload_checksum(mbuf, offload);
	assert_int_equal(flatten(mbuf), n);
	assert_int_equal(flat[field] << 8 | flat[field + 1], expected);
	bytes[field] = flat[field];
	bytes[field + 1] = flat[field + 1];
	assert_memory_equal(flat, bytes, n);
	rte_pktmbuf_free(mbuf);
}

static void checksum_of_chains(void **state)
{
	static const uint32_t largest_piece[] = {1, 2, 3, 7, 64, 191, 1500};
	uint8_t bytes[1600];

	(void)state;
	for (unsigned int i = 0; i < 2000; i++) {
		uint32_t n = 60 + random_below(sizeof(bytes) - 60);
		struct dvs_offload offload = {.needs_csum = 1};

		for (uint32_t j = 0; j < n; j++)
			bytes[j] = (uint8_t)random_below(256);
		offload.csum_start = (uint16_t)(14 + random_below(n - 16));
		offload.csum_offset = (uint16_t)random_below(n - offload.csum_start - 1);
		check_checksum(bytes, n, &offload, largest_piece[i % 7]);
	}
}

/* A sum of which the complement is 0 must be sent as 0xffff. */
static void checksum_of_zero(void **state)
{
	struct dvs_offload offload = {.needs_csum = 1, .csum_start = 34, .csum_offset = 6};
	uint8_t bytes[60] = {0};

	(void)state;
	bytes[50] = 0xff;
	bytes[51] = 0xff;
	check_checksum(bytes, sizeof(bytes), &offload, 60);
	assert_int_equal(bytes[40] << 8 | bytes[41], 0xffff);
	memset(bytes, 0, sizeof(bytes));
	check_checksum(bytes, sizeof(bytes), &offload, 60);
	assert_int_equal(bytes[40] << 8 | bytes[41], 0xffff);
}

/* In a copy of exactly the size that may be read, so that a sanitizer sees a byte too many. */
static bool is_valid(const struct tcp_frame *f)
{
	uint32_t in_view = RTE_MIN(f->length, (uint32_t)HEADER_MAX);
	uint8_t *header = malloc(in_view);
	bool is;

	assert_non_null(header);
	memcpy(header, f->bytes, in_view);
	is = dvs_offload_is_valid(&f->offload, header, in_view, f->length);
	free(header);
	return is;
}

/* The next segments of frame, from number first on; how many. */
static unsigned int check_round(struct rte_mbuf *mbuf, struct rte_mempool *pool, unsigned int first,
				unsigned int max)
{
	uint32_t longest =
		dvs_offload_segment_length(&frame.offload, frame.bytes, HEADER_MAX, frame.length);
	struct rte_mbuf *segments[ROUND_MAX];
	int n = dvs_offload_segment(mbuf, &frame.offload, pool, first, segments, max);

	assert_true(n >= 0);
	for (unsigned int i = 0; i < (unsigned int)n; i++) {
		uint32_t length = flatten(segments[i]);
		const char *wrong = tcp_frame_judge(&frame, first + i, flat, length);

		if (wrong)
			fail_msg("segment %u: %s", first + i, wrong);
		assert_int_equal(segments[i]->port, 7);
		assert_true(first + i == 0 ? length == longest : length <= longest);
	}
	rte_pktmbuf_free_bulk(segments, (unsigned int)n);
	return (unsigned int)n;
}

/* Builds, segments and judges. */
static void check_segments(const struct tcp_frame_plan *plan, uint32_t smallest_piece,
			   uint32_t largest_piece, struct rte_mempool *pool)
{
	unsigned int expected = (plan->payload + plan->gso_size - 1) / plan->gso_size;
	struct rte_mbuf *mbuf;

	tcp_frame_build(&frame, plan);
	assert_true(is_valid(&frame));
	assert_int_equal(
		dvs_offload_segment_count(&frame.offload, frame.bytes, HEADER_MAX, frame.length),
		expected);
	mbuf = chain_of(frame.bytes, frame.length, smallest_piece, largest_piece);
	mbuf->port = 7;
	for (unsigned int done = 0; done < expected;) {
		unsigned int round = RTE_MIN(expected - done, (unsigned int)ROUND_MAX);

		assert_int_equal(check_round(mbuf, pool, done, ROUND_MAX), round);
		done += round;
	}
	assert_int_equal(check_round(mbuf, pool, expected, ROUND_MAX), 0);
	assert_int_equal(check_round(mbuf, pool, UINT32_MAX, ROUND_MAX), 0);
	assert_int_equal(check_round(mbuf, pool, expected / 2, 1), 1);
	assert_int_equal(flatten(mbuf), frame.length);
	assert_memory_equal(flat, frame.bytes, frame.length);
	rte_pktmbuf_free(mbuf);
}

static void segments_by_hand(void **state)
{
	const struct tcp_frame_plan plans[] = {
		{.flags = 0x99, .payload = 4344, .gso_size = 1448}, /* a multiple */
		{.flags = 0x99, .payload = 4345, .gso_size = 1448}, /* the last has one byte */
		{.flags = 0x99, .payload = 4343, .gso_size = 1448}, /* the last lacks one */
		{.flags = 0x99, .payload = 1448, .gso_size = 1448}, /* one segment */
		{.flags = 0x99, .payload = 1, .gso_size = UINT16_MAX},
		{.flags = 0x10, .payload = 64, .gso_size = DVS_GSO_SIZE_MIN},
		/* more than a round: as MTU 576 and 68 leave them, and the least */
		{.flags = 0x18, .payload = 65495, .gso_size = 536},
		{.is_v6 = true, .flags = 0x99, .payload = 65515, .gso_size = 524, .id = 9},
		{.flags = 0x99, .payload = 64 * 28, .gso_size = 28},
		{.flags = 0x99, .payload = 64 * 28 + 1, .gso_size = 28, .id = 65500},
		{.flags = 0x99, .payload = 30000, .gso_size = DVS_GSO_SIZE_MIN},
		{.is_v6 = true, .flags = 0xff, .payload = 65515, .gso_size = 1440},
		{.flags = 0x18, .payload = 65495, .gso_size = 1460, .id = 65530},
		{.flags = 0x18, .payload = 3000, .gso_size = 1460, .sequence = UINT32_MAX - 1460},
		{.flags = 0x18, .payload = 60000, .gso_size = 9000, .has_vlan = true},
		{.flags = 0x18, .payload = 3000, .gso_size = 1400, .has_zero_length = true},
		{.is_v6 = true, .payload = 3000, .gso_size = 1400, .has_zero_length = true},
		{.is_v6 = true, .has_routing = true, .payload = 3000, .gso_size = 1400},
		/* 126 bytes of headers: with four more they are not all in view */
		{.has_vlan = true,
		 .extra_ip = 32,
		 .tcp_options = 36,
		 .flags = 0x18,
		 .payload = 999,
		 .gso_size = 100},
	};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(plans); i++) {
		check_segments(&plans[i], 2000, 2000, large_pool);
		check_segments(&plans[i], 100, SMALL_ROOM, large_pool);
		check_segments(&plans[i], 2000, 2000, small_pool);
	}
}

static void segments_at_random(void **state)
{
	static const uint32_t smallest[] = {1, 40, 500};
	static const uint32_t largest[] = {64, SMALL_ROOM, LARGE_ROOM};

	(void)state;
	for (unsigned int i = 0; i < 1500; i++) {
		bool is_v6 = random_below(2);
		unsigned int shape = random_below(3);
		uint32_t gso_size = DVS_GSO_SIZE_MIN + random_below(shape ? 1500 : 200);
		struct tcp_frame_plan plan = {
			.is_v6 = is_v6,
			.has_vlan = random_below(2),
			.has_routing = is_v6 && random_below(4) == 0,
			.extra_ip = is_v6 ? 8 * random_below(2) : 4 * random_below(6),
			.tcp_options = 4 * random_below(5),
			.flags = (uint8_t)random_below(256),
			.id = (uint16_t)random_below(65536),
			.sequence = random_below(UINT32_MAX),
			.payload = 1 + random_below(shape == 2 ? 65000u : 6000u),
			.gso_size = (uint16_t)gso_size,
		};

		check_segments(&plan, smallest[shape], largest[shape],
			       random_below(2) ? small_pool : large_pool);
	}
}

/* The IP length is 0, so that a lie about another length is not found by this one. */
static const struct tcp_frame_plan plain_v4 = {
	.payload = 4000, .gso_size = 1000, .tcp_options = 12, .has_zero_length = true};
static const struct tcp_frame_plan plain_v6 = {
	.is_v6 = true, .extra_ip = 8, .payload = 4000, .gso_size = 1000, .has_zero_length = true};

/* One change that makes a good request a bad one: of the request, or of a byte of the frame. */
struct lie {
	const char *what;
	bool is_v6;
	uint16_t at; /* of the frame, 0 = none */
	uint8_t byte;
	uint32_t length;	   /* 0 = as built */
	struct dvs_offload change; /* members that are not 0 */
	bool without_csum, without_size;
};

static const struct lie lies[] = {
	{"unknown kind", .change = {.gso = 2}},
	{"UDP fragmentation", .change = {.gso = 3}},
	{"the other IP version", .change = {.gso = DVS_GSO_TCPV6}},
	{"the other IP version", .is_v6 = true, .change = {.gso = DVS_GSO_TCPV4}},
	{"no checksum requested", .without_csum = true},
	{"size 0", .without_size = true},
	{"size 7", .change = {.gso_size = DVS_GSO_SIZE_MIN - 1}},
	{"checksum not at TCP", .change = {.csum_start = 35}},
	{"checksum behind the frame", .change = {.csum_start = 5000}},
	{"checksum start overflows", .change = {.csum_start = UINT16_MAX}},
	{"checksum offset overflows", .change = {.csum_offset = UINT16_MAX}},
	{"both overflow", .change = {.csum_start = UINT16_MAX, .csum_offset = UINT16_MAX}},
	{"checksum not TCP's", .change = {.csum_offset = 6}},
	{"frame of 64 KB", .length = 14 + 65536, .change = {.gso_size = 9000}},
	{"frame of 64 KB", .is_v6 = true, .length = 54 + 65536, .change = {.gso_size = 9000}},
	{"frame of 4 GB", .length = UINT32_MAX, .change = {.gso_size = 9000}},
	{"no payload", .length = 14 + 20 + 32},
	{"half a TCP header", .length = 14 + 20 + 31},
	{"no TCP header", .length = 14 + 20},
	{"half an IP header", .length = 14 + 19},
	{"no IP header", .length = 14},
	{"half an Ethernet header", .length = 13},
	{"half a VLAN tag", .at = 12, .byte = 0x81, .length = 15},
	{"not IP", .at = 12, .byte = 0x09},
	{"a VLAN tag that is none", .at = 12, .byte = 0x81},
	{"IP version 5", .at = 14, .byte = 0x55},
	{"IP header of 16 bytes", .at = 14, .byte = 0x44},
	{"IP header of 60 bytes", .at = 14, .byte = 0x4f},
	{"IP length too long", .at = 16, .byte = 0xff},
	{"IP length too short", .at = 16, .byte = 0x01},
	{"more fragments", .at = 20, .byte = 0x20},
	{"fragment offset", .at = 21, .byte = 0x01},
	{"UDP", .at = 23, .byte = 17},
	{"TCP header of 16 bytes", .at = 14 + 20 + 12, .byte = 0x40},
	{"IPv6 version 4", .is_v6 = true, .at = 14, .byte = 0x40},
	{"IPv6 length too long", .is_v6 = true, .at = 18, .byte = 0xff},
	{"IPv6 without TCP", .is_v6 = true, .at = 14 + 40, .byte = 59},
	{"IPv6 extension out of view", .is_v6 = true, .at = 14 + 41, .byte = 0xff},
	{"IPv6 extension loop", .is_v6 = true, .at = 14 + 40, .byte = 60},
	{"IPv6 fragment", .is_v6 = true, .at = 20, .byte = 44},
	{"half an IPv6 header", .is_v6 = true, .length = 14 + 39},
};

static void tell(struct tcp_frame *f, const struct lie *lie)
{
	tcp_frame_build(f, lie->is_v6 ? &plain_v6 : &plain_v4);
	assert_true(is_valid(f));
	if (lie->at)
		f->bytes[lie->at] = lie->byte;
	if (lie->length)
		f->length = lie->length;
	if (lie->change.gso)
		f->offload.gso = lie->change.gso;
	if (lie->change.gso_size)
		f->offload.gso_size = lie->change.gso_size;
	if (lie->change.csum_start)
		f->offload.csum_start = lie->change.csum_start;
	if (lie->change.csum_offset)
		f->offload.csum_offset = lie->change.csum_offset;
	if (lie->without_csum)
		f->offload.needs_csum = 0;
	if (lie->without_size)
		f->offload.gso_size = 0;
}

static void lies_are_refused(void **state)
{
	struct rte_mbuf *segments[ROUND_MAX], *mbuf;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(lies); i++) {
		tell(&frame, &lies[i]);
		if (is_valid(&frame))
			fail_msg("accepted: %s (%u)", lies[i].what, i);
		if (frame.length > sizeof(frame.bytes))
			continue;
		/* Nor does segmentation believe what was not checked. */
		mbuf = chain_of(frame.bytes, frame.length, 100, LARGE_ROOM);
		assert_int_equal(dvs_offload_segment(mbuf, &frame.offload, large_pool, 0, segments,
						     ROUND_MAX),
				 -EINVAL);
		rte_pktmbuf_free(mbuf);
	}
}

static void headers_out_of_view(void **state)
{
	struct tcp_frame_plan plan = {.payload = 999, .gso_size = 100};

	(void)state;
	plan.has_vlan = true;
	plan.extra_ip = 32;
	plan.tcp_options = 40;
	tcp_frame_build(&frame, &plan);
	assert_int_equal(frame.headers, HEADER_MAX + 2);
	assert_false(is_valid(&frame));
	plan = (struct tcp_frame_plan){.is_v6 = true, .payload = 999, .gso_size = 100};
	for (plan.extra_ip = 56; plan.extra_ip < 200; plan.extra_ip += 8) {
		tcp_frame_build(&frame, &plan);
		assert_false(is_valid(&frame));
	}
}

/* A checksum request without GSO. UDP over IPv4 unless the case says otherwise. */
static void checksum_requests(void **state)
{
	const struct {
		uint16_t start, offset;
		uint8_t protocol;
		bool is_valid;
		uint8_t ip_byte; /* the first of the IP header, 0 = as it is */
	} cases[] = {
		{34, 6, 17, true},   /* UDP */
		{34, 16, 6, true},   /* TCP */
		{34, 2, 1, true},    /* ICMP */
		{84, 6, 17, true},   /* of an inner packet */
		{98, 0, 17, true},   /* the last two bytes */
		{99, 0, 17, false},  /* the last byte */
		{100, 0, 17, false}, /* nothing */
		{34, 65, 17, false},
		{34, UINT16_MAX, 17, false},
		{UINT16_MAX, UINT16_MAX, 17, false},
		{0, 0, 17, false},   /* the destination MAC */
		{14, 12, 17, false}, /* the source address */
		{33, 1, 17, false},  /* before UDP, field in it */
		{34, 0, 17, false},  /* the source port */
		{34, 3, 6, false},   /* half the destination port */
		{34, 0, 1, false},   /* ICMP's type */
		{36, 0, 1, false},   /* a sum of something else */
		{34, 12, 6, false},  /* TCP's flags */
		{34, 4, 17, false},  /* UDP's length */
		{34, 0, 58, false},  /* ICMPv6's type */
		{34, 8, 58, false},  /* what it tells */
		{34, 2, 58, true},   /* its checksum */
		{34, 8, 2, false},   /* IGMP's group */
		{34, 2, 132, false}, /* SCTP's ports */
		{34, 16, 47, true},  /* GRE carries what it will */
		{34, 16, 60, false}, /* no header that has one */
		{14, 12, 1, false},  /* but addresses */
		{32, 2, 1, false},
		{30, 6, 17, false, 0x44}, /* an IP header of 16 bytes */
		{38, 6, 17, true, 0x46},
		{34, 6, 17, false, 0x46}, /* the IP header is longer */
		{34, 6, 17, false, 0x35}, /* not version 4 */
	};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		tcp_frame_build(&frame, &plain_v4);
		frame.length = 100;
		frame.bytes[23] = cases[i].protocol;
		if (cases[i].ip_byte)
			frame.bytes[14] = cases[i].ip_byte;
		frame.offload = (struct dvs_offload){.needs_csum = 1,
						     .csum_start = cases[i].start,
						     .csum_offset = cases[i].offset};
		if (is_valid(&frame) != cases[i].is_valid)
			fail_msg("case %u", i);
		frame.offload.needs_csum = 0; /* then the numbers mean nothing */
		assert_true(is_valid(&frame));
	}
}

/* What is no IP, or hides where its checksum would be. */
static void checksums_of_other_frames(void **state)
{
	const struct {
		uint8_t type[2];
		bool is_valid;
	} cases[] = {
		{{0x08, 0x06}, false}, /* ARP */
		{{0x00, 0x40}, false}, /* 802.3 */
		{{0x81, 0x00}, false}, /* tags without end */
		{{0x88, 0x64}, true},  /* PPPoE */
	};

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		tcp_frame_build(&frame, &plain_v4);
		frame.length = 100;
		for (unsigned int at = 12; at <= 24; at += 4)
			memcpy(frame.bytes + at, cases[i].type, 2);
		frame.offload =
			(struct dvs_offload){.needs_csum = 1, .csum_start = 60, .csum_offset = 4};
		if (is_valid(&frame) != cases[i].is_valid)
			fail_msg("case %u", i);
	}
	tcp_frame_build(&frame, &plain_v4);
	frame.offload = (struct dvs_offload){.needs_csum = 1, .csum_start = 34, .csum_offset = 16};
	frame.bytes[20] = 0x20; /* more fragments */
	assert_false(is_valid(&frame));
	tcp_frame_build(&frame, &plain_v6);
	frame.bytes[20] = 51; /* authentication: the chain goes on */
	frame.offload = (struct dvs_offload){.needs_csum = 1, .csum_start = 54, .csum_offset = 16};
	assert_false(is_valid(&frame));
	frame.bytes[20] = 44; /* a whole packet with a fragment header */
	memset(frame.bytes + 54, 0, 8);
	frame.bytes[54] = 6;
	frame.offload.csum_start = 62;
	assert_false(is_valid(&frame));
}

/* Behind two tags, too, a request does not reach what decisions are made by. */
static void checksums_behind_tags(void **state)
{
	static const uint8_t tags[] = {0x88, 0xa8, 0, 5, 0x81, 0, 0, 6};
	uint32_t more;

	(void)state;
	for (more = 4; more <= sizeof(tags); more += 4) {
		tcp_frame_build(&frame, &plain_v4);
		memmove(frame.bytes + 12 + more, frame.bytes + 12, 200);
		memcpy(frame.bytes + 12, tags + sizeof(tags) - more, more);
		frame.length += more;
		frame.offload.csum_start = (uint16_t)(frame.offload.csum_start + more);
		assert_true(is_valid(&frame));
		frame.offload = (struct dvs_offload){
			.needs_csum = 1, .csum_start = (uint16_t)(14 + more), .csum_offset = 16};
		assert_false(is_valid(&frame)); /* the destination address */
	}
}

/* Any bytes: what is accepted can be carried out. */
static void noise(void **state)
{
	struct rte_mbuf *segments[ROUND_MAX], *mbuf;
	unsigned int accepted = 0;
	int n;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		tcp_frame_build(&frame, i % 2 ? &plain_v6 : &plain_v4);
		frame.length = 14 + random_below(2000);
		for (unsigned int j = random_below(4); j; j--)
			frame.bytes[12 + random_below(80)] = (uint8_t)random_below(256);
		frame.bytes[i % 2 ? 18 : 16] = 0;
		frame.bytes[i % 2 ? 19 : 17] = 0;
		frame.offload.gso_size = (uint16_t)random_below(300);
		if (!is_valid(&frame))
			continue;
		accepted++;
		mbuf = chain_of(frame.bytes, frame.length, 1, SMALL_ROOM);
		n = dvs_offload_segment(mbuf, &frame.offload, large_pool, 0, segments, ROUND_MAX);
		assert_true(n > 0);
		rte_pktmbuf_free_bulk(segments, (unsigned int)n);
		rte_pktmbuf_free(mbuf);
	}
	assert_true(accepted > 1000);
}

/* No memory at any point: nothing is left behind. */
static void without_room(void **state)
{
	struct rte_mbuf *segments[ROUND_MAX], *taken[N_SMALL], *mbuf;
	struct tcp_frame_plan plan = {.payload = 4000, .gso_size = 1000};
	unsigned int needed = 0;
	int n = -ENOMEM;

	(void)state;
	tcp_frame_build(&frame, &plan);
	mbuf = chain_of(frame.bytes, frame.length, LARGE_ROOM, LARGE_ROOM);
	for (; n == -ENOMEM && needed < 64; needed++) {
		assert_int_equal(rte_pktmbuf_alloc_bulk(small_pool, taken, N_SMALL - needed), 0);
		n = dvs_offload_segment(mbuf, &frame.offload, small_pool, 0, segments, 4);
		rte_pktmbuf_free_bulk(taken, N_SMALL - needed);
		if (n < 0)
			assert_int_equal(rte_mempool_avail_count(small_pool), N_SMALL);
	}
	assert_int_equal(n, 4);
	assert_true(needed > 20); /* each of four segments takes six */
	rte_pktmbuf_free_bulk(segments, 4);
	rte_pktmbuf_free(mbuf);
}

static void segment_length(void **state)
{
	(void)state;
	tcp_frame_build(&frame, &plain_v4);
	assert_int_equal(
		dvs_offload_segment_length(&frame.offload, frame.bytes, HEADER_MAX, frame.length),
		14 + 20 + 32 + 1000);
	frame.offload.gso_size = 5000;
	assert_int_equal(
		dvs_offload_segment_length(&frame.offload, frame.bytes, HEADER_MAX, frame.length),
		frame.length);
	frame.offload.gso = DVS_GSO_NONE;
	frame.offload.gso_size = 1000;
	assert_int_equal(
		dvs_offload_segment_length(&frame.offload, frame.bytes, HEADER_MAX, frame.length),
		frame.length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(checksum_of_chains, all_back),
		cmocka_unit_test_teardown(checksum_of_zero, all_back),
		cmocka_unit_test_teardown(segments_by_hand, all_back),
		cmocka_unit_test_teardown(segments_at_random, all_back),
		cmocka_unit_test_teardown(lies_are_refused, all_back),
		cmocka_unit_test_teardown(headers_out_of_view, all_back),
		cmocka_unit_test_teardown(checksum_requests, all_back),
		cmocka_unit_test_teardown(checksums_of_other_frames, all_back),
		cmocka_unit_test_teardown(checksums_behind_tags, all_back),
		cmocka_unit_test_teardown(noise, all_back),
		cmocka_unit_test_teardown(without_room, all_back),
		cmocka_unit_test_teardown(segment_length, all_back),
	};

	return cmocka_run_group_tests_name("offload", tests, set_up, NULL);
}
