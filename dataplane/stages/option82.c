/* SPDX-License-Identifier: BSD-3-Clause */
#include "option82.h"

#include <string.h>

#include <rte_mbuf.h>

#include "checksum.h"
#include "frame.h"
#include "ipv4.h"

#define SUBOPTION_CIRCUIT 1 /* RFC 3046 section 2.0 */
#define UDP_CHECKSUM_AT	  6
#define IP_CHECKSUM_AT	  10

/* There is none, and nobody is to make one. */
static void clear_udp_checksum(struct dvs_batch *batch, unsigned int i, uint8_t *udp)
{
	dvs_store16(udp + UDP_CHECKSUM_AT, 0);
	batch->offload[i] = (struct dvs_offload){0};
}

static void lengthen(uint8_t *ip, uint8_t *udp, uint32_t n)
{
	uint32_t header = (ip[0] & 15u) * 4;

	dvs_store16(ip + 2, (uint16_t)(dvs_load16(ip + 2) + n));
	dvs_store16(udp + 4, (uint16_t)(dvs_load16(udp + 4) + n));
	dvs_store16(ip + IP_CHECKSUM_AT, 0);
	dvs_store16(ip + IP_CHECKSUM_AT, dvs_checksum_end(dvs_checksum_add(0, ip, header)));
}

bool dvs_option82_insert(struct dvs_batch *batch, unsigned int i, uint32_t ip, uint32_t at,
			 const struct dvs_dhcp4 *dhcp, const struct dvs_snapshot_circuit *circuit,
			 uint32_t longest)
{
	struct rte_mbuf *mbuf = batch->mbuf[i];
	uint32_t n = 4u + circuit->length, end = at + dhcp->end, length = batch->length[i];
	uint8_t *frame;

	if (length + n > longest || rte_pktmbuf_append(mbuf, (uint16_t)n) == NULL)
		return false;
	frame = rte_pktmbuf_mtod(mbuf, uint8_t *);
	memmove(frame + end + n, frame + end, length - end);
	frame[end] = DVS_DHCP4_AGENT_INFO;
	frame[end + 1] = (uint8_t)(2u + circuit->length);
	frame[end + 2] = SUBOPTION_CIRCUIT;
	frame[end + 3] = circuit->length;
	memcpy(frame + end + 4, circuit->text, circuit->length);
	lengthen(frame + ip, frame + at - DVS_UDP_HEADER, n);
	dvs_frame_set_mbuf(batch, i, mbuf);
	clear_udp_checksum(batch, i, frame + at - DVS_UDP_HEADER);
	return true;
}

void dvs_option82_remove(struct dvs_batch *batch, unsigned int i, uint32_t at, uint32_t length,
			 const struct dvs_dhcp4 *dhcp)
{
	uint8_t *frame = rte_pktmbuf_mtod(batch->mbuf[i], uint8_t *), *message = frame + at;
	uint32_t behind = dhcp->agent_info + dhcp->agent_info_length;

	memmove(message + dhcp->agent_info, message + behind, length - behind);
	memset(message + length - dhcp->agent_info_length, 0, dhcp->agent_info_length);
	clear_udp_checksum(batch, i, message - DVS_UDP_HEADER);
}
