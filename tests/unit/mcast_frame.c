/* SPDX-License-Identifier: BSD-3-Clause */
#include "mcast_frame.h"

#include <stdlib.h>

#include "bytes.h"
#include "checksum.h"
#include "igmp.h"
#include "mld.h"

#define ETHERNET 14

struct dvs_ip mcast_ip(const char *text)
{
	struct dvs_ip ip = {{0}};

	if (text[0] != '\0' && dvs_ip_parse(text, &ip) < 0)
		abort();
	return ip;
}

static void write_ethernet(struct mcast_frame *frame, uint8_t host, const struct dvs_ip *dst)
{
	uint8_t *to = frame->bytes;

	if (dvs_ip_is_v4(dst)) {
		to[0] = 0x01;
		to[2] = 0x5e;
		memcpy(to + 3, dst->bytes + 13, 3);
		to[3] &= 0x7f;
		dvs_store16(to + 12, 0x0800);
	} else {
		to[0] = to[1] = 0x33;
		memcpy(to + 2, dst->bytes + 12, 4);
		dvs_store16(to + 12, 0x86dd);
	}
	to[6] = 2;
	to[11] = host;
}

/* IPv4 with router alert; returns where the payload begins. */
static uint8_t *write_v4(struct mcast_frame *frame, uint8_t host, const struct dvs_ip *dst,
			 uint8_t protocol, uint32_t payload)
{
	uint8_t *ip = frame->bytes + ETHERNET;

	ip[0] = 0x46;
	dvs_store16(ip + 2, (uint16_t)(24 + payload));
	ip[8] = 1;
	ip[9] = protocol;
	dvs_store32(ip + 12, 0x0a000000u + host);
	dvs_store32(ip + 16, dvs_ip_to4(dst));
	ip[20] = 0x94;
	ip[21] = 4;
	dvs_store16(ip + 10, dvs_checksum_end(dvs_checksum_add(0, ip, 24)));
	frame->length = ETHERNET + 24 + payload;
	return ip + 24;
}

/* IPv6; with a hop-by-hop header and router alert for ICMPv6. */
static uint8_t *write_v6(struct mcast_frame *frame, uint8_t host, const struct dvs_ip *dst,
			 uint8_t protocol, uint32_t payload)
{
	static const uint8_t alert[8] = {58, 0, 5, 2, 0, 0, 1, 0};
	uint32_t extension = protocol == 58 ? 8 : 0;
	uint8_t *ip = frame->bytes + ETHERNET;

	ip[0] = 0x60;
	dvs_store16(ip + 4, (uint16_t)(extension + payload));
	ip[6] = protocol == 58 ? 0 : protocol;
	ip[7] = 1;
	ip[8] = 0xfe;
	ip[9] = 0x80;
	ip[23] = host;
	memcpy(ip + 24, dst->bytes, DVS_IP_LEN);
	memcpy(ip + 40, alert, extension);
	frame->length = ETHERNET + 40 + extension + payload;
	return ip + 40 + extension;
}

struct mcast_frame mcast_payload(uint8_t host, const char *group)
{
	struct mcast_frame frame = {0};
	struct dvs_ip dst = mcast_ip(group);
	uint8_t *udp;

	write_ethernet(&frame, host, &dst);
	udp = dvs_ip_is_v4(&dst) ? write_v4(&frame, host, &dst, 17, 16)
				 : write_v6(&frame, host, &dst, 17, 16);
	udp[3] = 9;
	dvs_store16(udp + 4, 16);
	udp[8] = host;
	return frame;
}

struct mcast_frame mcast_igmp(uint8_t host, uint8_t type, const char *dst_text, const char *group)
{
	struct dvs_ip dst = mcast_ip(dst_text), ip = mcast_ip(group);
	struct mcast_frame frame = {0};
	uint8_t *igmp;

	write_ethernet(&frame, host, &dst);
	igmp = write_v4(&frame, host, &dst, 2, 8);
	igmp[0] = type;
	dvs_store32(igmp + 4, dvs_ip_to4(&ip));
	dvs_store16(igmp + 2, dvs_checksum_end(dvs_checksum_add(0, igmp, 8)));
	return frame;
}

struct mcast_frame mcast_report(uint8_t host, uint8_t record, const char *group,
				unsigned int n_sources)
{
	struct dvs_ip ip = mcast_ip(group);
	bool is_v6 = !dvs_ip_is_v4(&ip);
	uint32_t address = is_v6 ? 16 : 4, length = 8 + 4 + address * (1 + n_sources), sum;
	struct dvs_ip dst = mcast_ip(is_v6 ? "ff02::16" : "224.0.0.22");
	struct mcast_frame frame = {0};
	uint8_t *report;

	write_ethernet(&frame, host, &dst);
	report = is_v6 ? write_v6(&frame, host, &dst, 58, length)
		       : write_v4(&frame, host, &dst, 2, length);
	report[0] = is_v6 ? 143 : 0x22;
	report[7] = 1;
	report[8] = record;
	report[11] = (uint8_t)n_sources;
	memcpy(report + 12, ip.bytes + 16 - address, address);
	memset(report + 12 + address, 9, n_sources * address);
	sum = is_v6 ? dvs_checksum_ipv6(frame.bytes + ETHERNET + 8, length, 58) : 0;
	dvs_store16(report + 2, dvs_checksum_end(dvs_checksum_add(sum, report, length)));
	return frame;
}

struct mcast_frame mcast_query(uint8_t host, bool is_v6, const char *group, const char *source,
			       uint32_t response_ms)
{
	const uint8_t mac[6] = {2, [5] = host};
	struct mcast_frame frame = {0};
	struct dvs_query query = {
		.mac = mac,
		.group = mcast_ip(group),
		.version = is_v6 ? 2 : 3,
		.robustness = 2,
		.response_ms = response_ms,
		.interval_s = 125,
	};

	if (source[0] != '\0')
		query.source = mcast_ip(source);
	else if (is_v6)
		query.source = (struct dvs_ip){{0xfe, 0x80, [15] = host}};
	else
		query.source = dvs_ip_from4(0x0a000000u + host);
	frame.length = is_v6 ? dvs_mld_write_query(&query, frame.bytes)
			     : dvs_igmp_write_query(&query, frame.bytes);
	return frame;
}
