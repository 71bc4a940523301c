/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp_frame.h"

#include <string.h>

#define FIN 0x01
#define PSH 0x08
#define CWR 0x80

static void put(uint8_t *at, uint32_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static uint32_t get(const uint8_t *at, unsigned int bytes)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

uint16_t slow_sum(const uint8_t *bytes, size_t n, uint64_t start)
{
	uint64_t sum = start;

	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? bytes[i] : (uint64_t)bytes[i] << 8;
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)sum;
}

/* Pseudo-header: RFC 9293 section 3.1, RFC 8200 section 8.1 (of a routing header the last address).
 */
static uint16_t pseudo_sum(const struct tcp_frame *frame, const uint8_t *bytes, uint32_t tcp_bytes)
{
	const uint8_t *ip = bytes + frame->l3;
	uint64_t sum = 6 + (uint64_t)tcp_bytes;

	if (!frame->plan.is_v6)
		return slow_sum(ip + 12, 8, sum);
	sum = slow_sum(ip + 8, 16, sum);
	return slow_sum(frame->plan.has_routing ? ip + 40 + 8 : ip + 24, 16, sum);
}

static uint32_t build_ipv4(struct tcp_frame *frame)
{
	uint8_t *ip = frame->bytes + frame->l3;
	uint32_t ip_bytes = 20 + frame->plan.extra_ip;

	ip[0] = (uint8_t)(0x40 | ip_bytes / 4);
	put(ip + 4, frame->plan.id, 2);
	put(ip + 6, 0x4000, 2); /* do not fragment */
	ip[8] = 64;
	ip[9] = 6;
	memset(ip + 20, 1, frame->plan.extra_ip); /* no operation */
	return ip_bytes;
}

static uint32_t build_ipv6(struct tcp_frame *frame)
{
	uint8_t *ip = frame->bytes + frame->l3, *next = ip + 6;
	uint32_t at = 40;

	ip[0] = 0x60;
	ip[7] = 64;
	if (frame->plan.has_routing) {
		*next = 43;
		next = ip + at;
		put(ip + at + 1, 2 << 16 | 2 << 8 | 1, 3); /* 24 bytes, one address left */
		at += 24;
	}
	if (frame->plan.extra_ip) {
		*next = 60;
		next = ip + at;
		memset(ip + at, 0, frame->plan.extra_ip);
		ip[at + 1] = (uint8_t)(frame->plan.extra_ip / 8 - 1);
		at += frame->plan.extra_ip;
	}
	*next = 6;
	return at;
}

static void build_tcp(struct tcp_frame *frame)
{
	uint8_t *tcp = frame->bytes + frame->l4;
	uint32_t tcp_headers = 20 + frame->plan.tcp_options;

	put(tcp + 4, frame->plan.sequence, 4);
	tcp[12] = (uint8_t)(tcp_headers / 4 << 4);
	tcp[13] = frame->plan.flags;
	put(tcp + 16, pseudo_sum(frame, frame->bytes, tcp_headers + frame->plan.payload), 2);
	memset(tcp + 20, 1, frame->plan.tcp_options);
}

static void put_lengths(struct tcp_frame *frame)
{
	uint8_t *ip = frame->bytes + frame->l3;
	uint32_t length = frame->length - frame->l3;

	if (frame->plan.has_zero_length)
		length = frame->plan.is_v6 ? 40 : 0;
	if (frame->plan.is_v6) {
		put(ip + 4, length - 40, 2);
		return;
	}
	put(ip + 2, length, 2);
	put(ip + 10, 0, 2);
	put(ip + 10, ~slow_sum(ip, 20 + frame->plan.extra_ip, 0) & 0xffffu, 2);
}

void tcp_frame_build(struct tcp_frame *frame, const struct tcp_frame_plan *plan)
{
	uint32_t noise = 12345;

	*frame = (struct tcp_frame){.plan = *plan, .l3 = plan->has_vlan ? 18 : 14};
	for (uint32_t i = 0; i < sizeof(frame->bytes); i++) {
		noise = noise * 1103515245 + 12345;
		frame->bytes[i] = (uint8_t)(noise >> 16);
	}
	if (plan->has_vlan)
		put(frame->bytes + 12, 0x81000123, 4);
	put(frame->bytes + frame->l3 - 2, plan->is_v6 ? 0x86dd : 0x0800, 2);
	frame->l4 = frame->l3 + (plan->is_v6 ? build_ipv6(frame) : build_ipv4(frame));
	frame->headers = frame->l4 + 20 + plan->tcp_options;
	frame->length = frame->headers + plan->payload;
	build_tcp(frame);
	put_lengths(frame);
	frame->offload = (struct dvs_offload){
		.needs_csum = 1,
		.gso = plan->is_v6 ? DVS_GSO_TCPV6 : DVS_GSO_TCPV4,
		.has_ecn = (plan->flags & CWR) != 0,
		.gso_size = plan->gso_size,
		.csum_start = (uint16_t)frame->l4,
		.csum_offset = 16,
	};
}

static const char *judge_ip(const struct tcp_frame *frame, unsigned int index, const uint8_t *ip,
			    uint32_t length)
{
	const uint8_t *was = frame->bytes + frame->l3;
	uint32_t ip_bytes = frame->l4 - frame->l3;

	if (frame->plan.is_v6) {
		if (get(ip + 4, 2) != length - 40)
			return "IPv6 payload length";
		if (memcmp(ip, was, 4) != 0 || memcmp(ip + 6, was + 6, ip_bytes - 6) != 0)
			return "IPv6 header";
		return NULL;
	}
	if (get(ip + 2, 2) != length)
		return "IPv4 total length";
	if (get(ip + 4, 2) != ((frame->plan.id + index) & 0xffff))
		return "IPv4 id";
	if (slow_sum(ip, ip_bytes, 0) != 0xffff)
		return "IPv4 header checksum";
	if (memcmp(ip, was, 2) != 0 || memcmp(ip + 6, was + 6, 4) != 0 ||
	    memcmp(ip + 12, was + 12, ip_bytes - 12) != 0)
		return "IPv4 header";
	return NULL;
}

static const char *judge_tcp(const struct tcp_frame *frame, unsigned int index,
			     const uint8_t *segment, uint32_t length)
{
	const uint8_t *tcp = segment + frame->l4, *was = frame->bytes + frame->l4;
	uint32_t tcp_bytes = length - frame->l4, offset = index * frame->plan.gso_size;
	uint8_t flags = frame->plan.flags;

	if (index > 0)
		flags &= (uint8_t)~CWR;
	if (offset + frame->plan.gso_size < frame->plan.payload)
		flags &= (uint8_t) ~(FIN | PSH);
	if (get(tcp + 4, 4) != frame->plan.sequence + offset)
		return "TCP sequence number";
	if (tcp[13] != flags)
		return "TCP flags";
	if (slow_sum(tcp, tcp_bytes, pseudo_sum(frame, segment, tcp_bytes)) != 0xffff)
		return "TCP checksum";
	if (memcmp(tcp, was, 4) != 0 || memcmp(tcp + 8, was + 8, 5) != 0 ||
	    memcmp(tcp + 14, was + 14, 2) != 0 ||
	    memcmp(tcp + 18, was + 18, 2 + frame->plan.tcp_options) != 0)
		return "TCP header";
	return NULL;
}

const char *tcp_frame_judge(const struct tcp_frame *frame, unsigned int index,
			    const uint8_t *segment, uint32_t length)
{
	uint32_t offset = index * frame->plan.gso_size, left = frame->plan.payload - offset;
	uint32_t expected = left < frame->plan.gso_size ? left : frame->plan.gso_size;
	const char *wrong;

	if (offset >= frame->plan.payload || length != frame->headers + expected)
		return "length";
	if (memcmp(segment, frame->bytes, frame->l3) != 0)
		return "Ethernet header";
	wrong = judge_ip(frame, index, segment + frame->l3, length - frame->l3);
	if (!wrong)
		wrong = judge_tcp(frame, index, segment, length);
	if (!wrong &&
	    memcmp(segment + frame->headers, frame->bytes + frame->headers + offset, expected) != 0)
		wrong = "payload";
	return wrong;
}
