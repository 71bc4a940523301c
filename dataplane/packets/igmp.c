/* SPDX-License-Identifier: BSD-3-Clause */
#include "igmp.h"

#include <errno.h>

#include "bytes.h"
#include "checksum.h"
#include "ethernet.h"
#include "ipv4.h"

#define TYPE_QUERY	0x11
#define TYPE_REPORT_V1	0x12
#define TYPE_DVMRP	0x13
#define TYPE_REPORT_V2	0x16
#define TYPE_LEAVE	0x17
#define TYPE_REPORT_V3	0x22
#define TYPE_ROUTER	0x30 /* RFC 4286 section 3.2.1 */

#define ALL_SYSTEMS	0xe0000001 /* 224.0.0.1 */
#define PIM_ROUTERS	0xe000000d /* 224.0.0.13 */

#define MESSAGE_LENGTH	8  /* versions 1 and 2; what all have in common */
#define QUERY_LENGTH_V3 12 /* without sources */
#define V1_RESPONSE_MS	10000
#define TENTH_MS	100
#define PIM_HELLO	0x20 /* version 2, type 0 */
#define PIM_LENGTH	4
#define ALERT_LENGTH	4
#define HEADER_LENGTH	(DVS_IPV4_HEADER + ALERT_LENGTH)

static int parse_query(const uint8_t *igmp, uint32_t length, uint32_t dst,
		       struct dvs_membership *message)
{
	uint32_t group = dvs_load32(igmp + 4);

	message->kind = DVS_MEMBERSHIP_QUERY;
	message->group = dvs_ip_from4(group);
	if (group != 0 && !dvs_ip_is_multicast(&message->group))
		return -EBADMSG;
	if (dst != (group != 0 ? group : ALL_SYSTEMS))
		return -EBADMSG;
	if (length == MESSAGE_LENGTH) {
		message->version = igmp[1] != 0 ? 2 : 1;
		message->response_ms = igmp[1] != 0 ? igmp[1] * TENTH_MS : V1_RESPONSE_MS;
		return message->version == 1 && group != 0 ? -EBADMSG : 0;
	}
	if (length < QUERY_LENGTH_V3)
		return -EBADMSG;
	message->version = 3;
	message->response_ms = dvs_membership_time(igmp[1], 8) * TENTH_MS;
	message->is_suppressed = (igmp[8] & 8) != 0;
	message->robustness = igmp[8] & 7;
	message->interval_s = dvs_membership_time(igmp[9], 8);
	message->n_sources = dvs_load16(igmp + 10);
	if (message->n_sources * 4u > length - QUERY_LENGTH_V3 ||
	    (group == 0 && message->n_sources != 0))
		return -EBADMSG;
	return 0;
}

/* A report or leave of one group. */
static int parse_single(const uint8_t *igmp, uint8_t version, enum dvs_membership_change change,
			struct dvs_membership *message)
{
	message->kind = DVS_MEMBERSHIP_REPORT;
	message->version = version;
	message->change = (uint8_t)change;
	message->group = dvs_ip_from4(dvs_load32(igmp + 4));
	message->n_records = 1;
	return 0;
}

static int parse_records(const uint8_t *igmp, uint32_t length, struct dvs_membership *message)
{
	message->kind = DVS_MEMBERSHIP_REPORT;
	message->version = 3;
	message->n_records = dvs_load16(igmp + 6);
	message->address_length = 4;
	message->records = igmp + MESSAGE_LENGTH;
	message->length = length - MESSAGE_LENGTH;
	return 0;
}

static int parse_message(const uint8_t *igmp, uint32_t length, uint32_t dst,
			 struct dvs_membership *message)
{
	int ret = 0;

	/* RFC 4286 section 6: its other messages have 4 bytes. */
	if (length < 4 || dvs_checksum_end(dvs_checksum_add(0, igmp, length)) != 0)
		return -EBADMSG;
	if (igmp[0] == TYPE_ROUTER || igmp[0] == TYPE_DVMRP) {
		message->kind = DVS_MEMBERSHIP_ADVERTISED;
		return length >= MESSAGE_LENGTH ? 0 : -EBADMSG;
	}
	if (igmp[0] != TYPE_QUERY && igmp[0] != TYPE_REPORT_V1 && igmp[0] != TYPE_REPORT_V2 &&
	    igmp[0] != TYPE_LEAVE && igmp[0] != TYPE_REPORT_V3)
		return 0;
	if (length < MESSAGE_LENGTH)
		return -EBADMSG;
	if (igmp[0] == TYPE_QUERY)
		return parse_query(igmp, length, dst, message);
	if (igmp[0] == TYPE_REPORT_V3)
		ret = parse_records(igmp, length, message);
	else if (igmp[0] == TYPE_LEAVE)
		ret = parse_single(igmp, 2, DVS_MEMBERSHIP_LEAVE, message);
	else
		ret = parse_single(igmp, igmp[0] == TYPE_REPORT_V1 ? 1 : 2, DVS_MEMBERSHIP_JOIN,
				   message);
	return ret == 0 && !dvs_membership_is_sound(message) ? -EBADMSG : ret;
}

static int parse_pim(const uint8_t *pim, uint32_t length, const struct dvs_ipv4 *ip,
		     struct dvs_membership *message)
{
	if (ip->dst != PIM_ROUTERS || length < PIM_LENGTH || pim[0] != PIM_HELLO ||
	    dvs_checksum_end(dvs_checksum_add(0, pim, length)) != 0)
		return -ENOMSG;
	message->kind = DVS_MEMBERSHIP_ADVERTISED;
	return 0;
}

int dvs_igmp_parse(const uint8_t *data, uint32_t length, uint32_t total,
		   struct dvs_membership *ret_message)
{
	struct dvs_membership message = {.kind = DVS_MEMBERSHIP_OTHER};
	struct dvs_ipv4 ip;
	int ret;

	if (length < DVS_IPV4_HEADER ||
	    (data[9] != DVS_PROTOCOL_IGMP && data[9] != DVS_PROTOCOL_PIM))
		return -ENOMSG;
	ret = dvs_ipv4_parse(data, length, total, &ip);
	if (ret == 0 &&
	    (ip.is_fragment || dvs_checksum_end(dvs_checksum_add(0, data, ip.header_length)) != 0))
		ret = -EBADMSG;
	if (ret < 0)
		return data[9] == DVS_PROTOCOL_IGMP ? ret : -ENOMSG;
	if (ip.payload > length - ip.header_length)
		return -E2BIG;
	message.source = dvs_ip_from4(ip.src);
	ret = ip.protocol == DVS_PROTOCOL_PIM
		      ? parse_pim(data + ip.header_length, ip.payload, &ip, &message)
		      : parse_message(data + ip.header_length, ip.payload, ip.dst, &message);
	if (ret == 0)
		*ret_message = message;
	return ret;
}

/* ---- write ---- */

static void write_ethernet(const struct dvs_query *query, uint32_t dst, uint8_t *frame)
{
	static const uint8_t prefix[3] = {0x01, 0x00, 0x5e}; /* RFC 1112 section 6.4 */

	memcpy(frame, prefix, sizeof(prefix));
	frame[3] = (uint8_t)(dst >> 16 & 0x7f);
	dvs_store16(frame + 4, (uint16_t)dst);
	memcpy(frame + 6, query->mac, 6);
	dvs_store16(frame + 12, DVS_IPV4_ETHERTYPE);
}

/* TTL 1, internetwork control, router alert (RFC 3376 section 4, RFC 2113). */
static void write_ip(const struct dvs_query *query, uint32_t dst, uint32_t payload, uint8_t *ip)
{
	static const uint8_t alert[ALERT_LENGTH] = {0x94, ALERT_LENGTH, 0, 0};

	memset(ip, 0, HEADER_LENGTH);
	ip[0] = 0x40 | HEADER_LENGTH / 4;
	ip[1] = 0xc0;
	dvs_store16(ip + 2, (uint16_t)(HEADER_LENGTH + payload));
	ip[6] = 0x40; /* do not fragment */
	ip[8] = 1;
	ip[9] = DVS_PROTOCOL_IGMP;
	if (dvs_ip_is_v4(&query->source))
		dvs_store32(ip + 12, dvs_ip_to4(&query->source));
	dvs_store32(ip + 16, dst);
	memcpy(ip + DVS_IPV4_HEADER, alert, sizeof(alert));
	dvs_store16(ip + 10, dvs_checksum_end(dvs_checksum_add(0, ip, HEADER_LENGTH)));
}

uint32_t dvs_igmp_write_query(const struct dvs_query *query, uint8_t frame[DVS_QUERY_MAX])
{
	uint32_t group = dvs_ip_is_v4(&query->group) ? dvs_ip_to4(&query->group) : 0;
	uint32_t length = query->version == 3 ? QUERY_LENGTH_V3 : MESSAGE_LENGTH;
	uint8_t *igmp = frame + DVS_ETHERNET_HEADER + HEADER_LENGTH;
	uint32_t tenths = query->response_ms / TENTH_MS;

	write_ethernet(query, group != 0 ? group : ALL_SYSTEMS, frame);
	write_ip(query, group != 0 ? group : ALL_SYSTEMS, length, frame + DVS_ETHERNET_HEADER);
	memset(igmp, 0, length);
	igmp[0] = TYPE_QUERY;
	dvs_store32(igmp + 4, group);
	if (query->version == 3) {
		igmp[1] = (uint8_t)dvs_membership_code(tenths, 8);
		igmp[8] = query->robustness & 7;
		igmp[9] = (uint8_t)dvs_membership_code(query->interval_s, 8);
	} else {
		igmp[1] = (uint8_t)(tenths < 1 ? 1 : tenths > 255 ? 255 : tenths);
	}
	dvs_store16(igmp + 2, dvs_checksum_end(dvs_checksum_add(0, igmp, length)));
	return DVS_ETHERNET_HEADER + HEADER_LENGTH + length;
}
