/* SPDX-License-Identifier: BSD-3-Clause */
/* Offload requests to and from the mbufs of librte_vhost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_net.h>

#include "eal.h"
#include "metadata.h"

#define FRAME_BYTES 900
#define MARK	    0xbeef /* in the checksum field: what the sender put there */

static struct rte_mempool *pool;

struct layout {
	uint16_t vlan; /* bytes of tags */
	uint8_t ip;
	uint16_t extension; /* bytes of an IPv6 destination options header */
	uint8_t protocol;
	uint8_t tcp_flags;
};

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* A frame as dequeued, and where its L4 header is. */
static struct rte_mbuf *make_frame(const struct layout *layout, uint16_t *ret_l4)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);
	uint8_t *frame, *ip;
	uint16_t l3 = (uint16_t)(14 + layout->vlan), l4;

	assert_non_null(mbuf);
	frame = (uint8_t *)rte_pktmbuf_append(mbuf, FRAME_BYTES);
	for (unsigned int i = 0; i < FRAME_BYTES; i++)
		frame[i] = (uint8_t)i;
	if (layout->vlan) {
		put16(frame + 12, RTE_ETHER_TYPE_VLAN);
		put16(frame + 14, 5);
	}
	put16(frame + l3 - 2, layout->ip == 4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6);
	ip = frame + l3;
	memset(ip, 0, 60);
	if (layout->ip == 4) {
		ip[0] = 0x45;
		put16(ip + 2, (uint16_t)(FRAME_BYTES - l3));
		ip[9] = layout->protocol;
		l4 = (uint16_t)(l3 + 20);
	} else {
		ip[0] = 0x60;
		ip[6] = layout->extension ? IPPROTO_DSTOPTS : layout->protocol;
		if (layout->extension) {
			ip[40] = layout->protocol;
			ip[41] = (uint8_t)(layout->extension / 8 - 1);
		}
		l4 = (uint16_t)(l3 + 40 + layout->extension);
	}
	if (layout->protocol == IPPROTO_TCP) {
		frame[l4 + 12] = 0x80; /* 32 bytes */
		frame[l4 + 13] = layout->tcp_flags;
		put16(frame + l4 + 16, MARK);
	} else {
		put16(frame + l4 + 6, MARK);
	}
	*ret_l4 = l4;
	return mbuf;
}

static const struct layout layouts[] = {
	{.ip = 4, .protocol = IPPROTO_TCP},
	{.ip = 4, .protocol = IPPROTO_UDP},
	{.ip = 4, .vlan = 4, .protocol = IPPROTO_TCP},
	{.ip = 6, .protocol = IPPROTO_TCP},
	{.ip = 6, .protocol = IPPROTO_UDP},
	{.ip = 6, .extension = 24, .protocol = IPPROTO_TCP},
	{.ip = 6, .vlan = 4, .extension = 8, .protocol = IPPROTO_UDP},
};

static void test_get_checksum(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(layouts); i++) {
		const struct dvs_offload zero = {0};
		struct dvs_offload offload;
		uint16_t l4;
		struct rte_mbuf *mbuf = make_frame(&layouts[i], &l4);

		dvs_vhost_metadata_get(mbuf, &offload);
		assert_memory_equal(&offload, &zero, sizeof(zero));
		mbuf->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_NONE;
		dvs_vhost_metadata_get(mbuf, &offload);
		assert_int_equal(offload.needs_csum, 1);
		assert_int_equal(offload.csum_start, l4);
		assert_int_equal(offload.csum_offset, layouts[i].protocol == IPPROTO_TCP ? 16 : 6);
		assert_int_equal(offload.gso, DVS_GSO_NONE);
		assert_true(dvs_offload_is_valid(&offload, rte_pktmbuf_mtod(mbuf, uint8_t *), 128,
						 FRAME_BYTES));
		rte_pktmbuf_free(mbuf);
	}
}

static void test_get_segmentation(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(layouts); i++) {
		struct layout layout = layouts[i];
		struct dvs_offload offload;
		struct rte_mbuf *mbuf;
		uint16_t l4;

		layout.tcp_flags = i % 2 ? 0x90 : 0x10; /* CWR or not, ACK */
		mbuf = make_frame(&layout, &l4);
		mbuf->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_NONE | RTE_MBUF_F_RX_LRO;
		mbuf->tso_segsz = 100;
		dvs_vhost_metadata_get(mbuf, &offload);
		assert_int_equal(offload.gso, layout.ip == 4 ? DVS_GSO_TCPV4 : DVS_GSO_TCPV6);
		assert_int_equal(offload.gso_size, 100);
		/* A guest that asks to segment UDP is refused later, by the frame itself. */
		assert_int_equal(dvs_offload_is_valid(&offload, rte_pktmbuf_mtod(mbuf, uint8_t *),
						      128, FRAME_BYTES),
				 layout.protocol == IPPROTO_TCP);
		if (layout.protocol == IPPROTO_TCP)
			assert_int_equal(offload.has_ecn, i % 2);
		rte_pktmbuf_free(mbuf);
	}
}

/* What rte_vhost_enqueue_burst does with a frame before it copies it must leave it alone. */
static void assert_untouched(struct rte_mbuf *sent, const struct rte_mbuf *mbuf,
			     const struct rte_mbuf *before, const uint8_t *data)
{
	uint8_t copy[FRAME_BYTES];

	assert_int_equal(rte_net_intel_cksum_prepare(sent), -ENOTSUP);
	assert_memory_equal(mbuf, before, sizeof(*mbuf));
	assert_memory_equal(rte_pktmbuf_mtod(mbuf, const uint8_t *), data, FRAME_BYTES);
	assert_int_equal(rte_mbuf_check(sent, 1, &(const char *){NULL}), 0);
	assert_memory_equal(rte_pktmbuf_read(sent, 0, FRAME_BYTES, copy), data, FRAME_BYTES);
}

static void test_view(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(layouts); i++) {
		bool is_tcp = layouts[i].protocol == IPPROTO_TCP;
		struct dvs_offload offload = {.needs_csum = 1};
		struct dvs_vhost_view view;
		struct rte_mbuf *mbuf, *sent, before;
		uint8_t data[FRAME_BYTES];

		mbuf = make_frame(&layouts[i], &offload.csum_start);
		offload.csum_offset = is_tcp ? 16 : 6;
		before = *mbuf;
		memcpy(data, rte_pktmbuf_mtod(mbuf, void *), FRAME_BYTES);
		assert_true(dvs_vhost_metadata_is_expressible(&offload));
		sent = dvs_vhost_metadata_view(&view, mbuf, data, &offload);
		assert_int_equal(sent->l2_len + sent->l3_len, offload.csum_start);
		assert_int_equal(sent->ol_flags & RTE_MBUF_F_TX_L4_MASK,
				 is_tcp ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM);
		assert_int_equal(sent->ol_flags & RTE_MBUF_F_TX_TCP_SEG, 0);
		assert_untouched(sent, mbuf, &before, data);
		if (is_tcp) {
			offload.gso = layouts[i].ip == 4 ? DVS_GSO_TCPV4 : DVS_GSO_TCPV6;
			offload.gso_size = 100;
			sent = dvs_vhost_metadata_view(&view, mbuf, data, &offload);
			assert_true(sent->ol_flags & RTE_MBUF_F_TX_TCP_SEG);
			assert_int_equal((sent->ol_flags & RTE_MBUF_F_TX_IPV4) != 0,
					 layouts[i].ip == 4);
			assert_int_equal(sent->tso_segsz, 100);
			assert_int_equal(sent->l4_len, 32);
			assert_untouched(sent, mbuf, &before, data);
		}
		rte_pktmbuf_free(mbuf);
	}
}

static void test_expressible(void **state)
{
	struct dvs_offload offload = {.needs_csum = 1, .csum_start = 638, .csum_offset = 16};

	(void)state;
	assert_true(dvs_vhost_metadata_is_expressible(&offload));
	offload.csum_start = 639;
	assert_false(dvs_vhost_metadata_is_expressible(&offload));
	offload.csum_start = 12;
	assert_false(dvs_vhost_metadata_is_expressible(&offload));
	offload.csum_start = 34;
	offload.csum_offset = 4; /* GRE */
	assert_false(dvs_vhost_metadata_is_expressible(&offload));
}

static int set_up(void **state)
{
	(void)state;
	if (dvs_test_eal_init() < 0)
		return -1;
	pool = rte_pktmbuf_pool_create("metadata", 63, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	return pool != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	unsigned int free_mbufs = rte_mempool_avail_count(pool);

	(void)state;
	rte_mempool_free(pool);
	return free_mbufs == 63 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get_checksum),
		cmocka_unit_test(test_get_segmentation),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_expressible),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
