/* SPDX-License-Identifier: BSD-3-Clause */
#include "mld.h"

#include <errno.h>

#include "bytes.h"
#include "checksum.h"
#include "ethernet.h"
#include "igmp.h"
#include "ipv6.h"

#define TYPE_QUERY	130
#define TYPE_REPORT_V1	131
#define TYPE_DONE	132
#define TYPE_REPORT_V2	143
#define TYPE_ROUTER	151 /* RFC 4286 section 3.2.2 */

#define MESSAGE_LENGTH	24 /* version 1; all but reports of version 2 */
#define QUERY_LENGTH_V2 28 /* without sources */
#define RECORDS_AT	8
#define PIM_HELLO	0x20 /* version 2, type 0 */
#define PIM_LENGTH	4
#define HOP_BY_HOP	8 /* bytes, with router alert alone */
#define OPTION_PAD1	0
#define OPTION_ALERT	5 /* RFC 2711 */

static const struct dvs_ip all_nodes = {{0xff, 0x02, [15] = 1}};
static const struct dvs_ip pim_routers = {{0xff, 0x02, [15] = 13}};

/* Is there a router alert of value 0, MLD, among the hop-by-hop options behind the IPv6 header? */
static bool has_alert(const uint8_t *data)
{
	struct dvs_bytes options = {data + DVS_IPV6_HEADER + 2,
				    (data[DVS_IPV6_HEADER + 1] + 1u) * 8 - 2};

	if (data[6] != 0)
		return false;
	while (options.left != 0) {
		const uint8_t *type = dvs_bytes_take(&options, 1), *length, *value;

		if (*type == OPTION_PAD1)
			continue;
		length = dvs_bytes_take(&options, 1);
		value = length != NULL ? dvs_bytes_take(&options, *length) : NULL;
		if (value == NULL)
			return false;
		if (*type == OPTION_ALERT)
			return *length == 2 && dvs_load16(value) == 0;
	}
	return false;
}

static int parse_query(const uint8_t *mld, const struct dvs_ipv6 *ip,
		       struct dvs_membership *message)
{
	uint16_t code = dvs_load16(mld + 4);
	bool is_general = dvs_ip_is_unspecified(&message->group);

	message->kind = DVS_MEMBERSHIP_QUERY;
	if (!is_general && !dvs_ip_is_multicast(&message->group))
		return -EBADMSG;
	if (!dvs_ip_is_equal(&ip->dst, is_general ? &all_nodes : &message->group) ||
	    dvs_ip_is_unspecified(&ip->src))
		return -EBADMSG;
	if (ip->payload == MESSAGE_LENGTH) { /* RFC 3810 section 8.1 */
		message->version = 1;
		message->response_ms = code;
		return 0;
	}
	if (ip->payload < QUERY_LENGTH_V2)
		return -EBADMSG;
	message->version = 2;
	message->response_ms = dvs_membership_time(code, 16);
	message->is_suppressed = (mld[24] & 8) != 0;
	message->robustness = mld[24] & 7;
	message->interval_s = dvs_membership_time(mld[25], 8);
	message->n_sources = dvs_load16(mld + 26);
	if (message->n_sources * (uint32_t)DVS_IP_LEN > ip->payload - QUERY_LENGTH_V2 ||
	    (is_general && message->n_sources != 0))
		return -EBADMSG;
	return 0;
}

static int parse_report(const uint8_t *mld, const struct dvs_ipv6 *ip,
			struct dvs_membership *message)
{
	message->kind = DVS_MEMBERSHIP_REPORT;
	if (mld[0] == TYPE_REPORT_V2) {
		message->version = 2;
		message->n_records = dvs_load16(mld + 6);
		message->address_length = DVS_IP_LEN;
		message->records = mld + RECORDS_AT;
		message->length = ip->payload - RECORDS_AT;
	} else {
		message->version = 1;
		message->n_records = 1;
		message->change = mld[0] == TYPE_DONE ? DVS_MEMBERSHIP_LEAVE : DVS_MEMBERSHIP_JOIN;
	}
	return dvs_membership_is_sound(message) ? 0 : -EBADMSG;
}

static bool is_mld(uint8_t type)
{
	return type == TYPE_QUERY || type == TYPE_REPORT_V1 || type == TYPE_DONE ||
	       type == TYPE_REPORT_V2 || type == TYPE_ROUTER;
}

/* What every message has to be like; all of the packet can be read. */
static int check_envelope(const uint8_t *data, const struct dvs_ipv6 *ip)
{
	const uint8_t *mld = data + ip->upper;
	uint32_t sum;

	if (ip->has_fragment_header || ip->hop_limit != 1 || !has_alert(data))
		return -EBADMSG;
	if (!dvs_ip_is_link_local6(&ip->src) && !dvs_ip_is_unspecified(&ip->src))
		return -EBADMSG;
	if (ip->payload <
	    (mld[0] == TYPE_REPORT_V2 || mld[0] == TYPE_ROUTER ? RECORDS_AT : MESSAGE_LENGTH))
		return -EBADMSG;
	sum = dvs_checksum_ipv6(data + 8, ip->payload, DVS_PROTOCOL_ICMPV6);
	return dvs_checksum_end(dvs_checksum_add(sum, mld, ip->payload)) == 0 ? 0 : -EBADMSG;
}

static int parse_message(const uint8_t *data, uint32_t length, const struct dvs_ipv6 *ip,
			 struct dvs_membership *message)
{
	const uint8_t *mld = data + ip->upper;
	int ret;

	if (ip->payload < 1 || ip->offset != 0)
		return -ENOMSG;
	if (ip->upper >= length)
		return -E2BIG;
	if (!is_mld(mld[0]))
		return -ENOMSG;
	if (ip->payload > length - ip->upper)
		return -E2BIG;
	ret = check_envelope(data, ip);
	if (ret < 0)
		return ret;
	if (mld[0] == TYPE_ROUTER) {
		message->kind = DVS_MEMBERSHIP_ADVERTISED;
		return 0;
	}
	if (mld[0] != TYPE_REPORT_V2)
		memcpy(message->group.bytes, mld + 8, DVS_IP_LEN);
	return mld[0] == TYPE_QUERY ? parse_query(mld, ip, message)
				    : parse_report(mld, ip, message);
}

static int parse_pim(const uint8_t *data, uint32_t length, const struct dvs_ipv6 *ip,
		     struct dvs_membership *message)
{
	const uint8_t *pim = data + ip->upper;
	uint32_t sum;

	if (ip->has_fragment_header || ip->payload < PIM_LENGTH ||
	    !dvs_ip_is_equal(&ip->dst, &pim_routers))
		return -ENOMSG;
	if (ip->upper >= length)
		return -E2BIG;
	if (pim[0] != PIM_HELLO)
		return -ENOMSG;
	if (ip->payload > length - ip->upper)
		return -E2BIG;
	sum = dvs_checksum_ipv6(data + 8, ip->payload, DVS_PROTOCOL_PIM);
	if (dvs_checksum_end(dvs_checksum_add(sum, pim, ip->payload)) != 0)
		return -ENOMSG;
	message->kind = DVS_MEMBERSHIP_ADVERTISED;
	return 0;
}

int dvs_mld_parse(const uint8_t *data, uint32_t length, uint32_t total,
		  struct dvs_membership *ret_message)
{
	struct dvs_membership message = {.kind = DVS_MEMBERSHIP_OTHER};
	struct dvs_ipv6 ip;
	int ret = dvs_ipv6_parse(data, length, total, &ip);

	if (ret < 0)
		return ret;
	message.source = ip.src;
	if (ip.protocol == DVS_PROTOCOL_ICMPV6)
		ret = parse_message(data, length, &ip, &message);
	else if (ip.protocol == DVS_PROTOCOL_PIM)
		ret = parse_pim(data, length, &ip, &message);
	else
		ret = -ENOMSG;
	if (ret == 0)
		*ret_message = message;
	return ret;
}

/* ---- write ---- */

static void write_ethernet(const struct dvs_query *query, const struct dvs_ip *dst, uint8_t *frame)
{
	frame[0] = frame[1] = 0x33; /* RFC 2464 section 7 */
	memcpy(frame + 2, dst->bytes + 12, 4);
	memcpy(frame + 6, query->mac, 6);
	dvs_store16(frame + 12, DVS_IPV6_ETHERTYPE);
}

static void write_ip(const struct dvs_query *query, const struct dvs_ip *dst, uint32_t payload,
		     uint8_t *ip)
{
	static const uint8_t alert[HOP_BY_HOP] = {
		DVS_PROTOCOL_ICMPV6, 0, OPTION_ALERT, 2, 0, 0, 1, 0}; /* PadN of none at the end */

	memset(ip, 0, DVS_IPV6_HEADER);
	ip[0] = 0x60;
	dvs_store16(ip + 4, (uint16_t)(HOP_BY_HOP + payload));
	ip[7] = 1;
	memcpy(ip + 8, query->source.bytes, DVS_IP_LEN);
	memcpy(ip + 24, dst->bytes, DVS_IP_LEN);
	memcpy(ip + DVS_IPV6_HEADER, alert, sizeof(alert));
}

uint32_t dvs_mld_write_query(const struct dvs_query *query, uint8_t frame[DVS_QUERY_MAX])
{
	const struct dvs_ip *dst =
		dvs_ip_is_unspecified(&query->group) ? &all_nodes : &query->group;
	uint32_t length = query->version == 2 ? QUERY_LENGTH_V2 : MESSAGE_LENGTH, sum;
	uint8_t *ip = frame + DVS_ETHERNET_HEADER, *mld = ip + DVS_IPV6_HEADER + HOP_BY_HOP;

	write_ethernet(query, dst, frame);
	write_ip(query, dst, length, ip);
	memset(mld, 0, length);
	mld[0] = TYPE_QUERY;
	if (dst != &all_nodes)
		memcpy(mld + 8, dst->bytes, DVS_IP_LEN);
	if (query->version == 2) {
		dvs_store16(mld + 4, (uint16_t)dvs_membership_code(query->response_ms, 16));
		mld[24] = query->robustness & 7;
		mld[25] = (uint8_t)dvs_membership_code(query->interval_s, 8);
	} else {
		dvs_store16(mld + 4,
			    (uint16_t)(query->response_ms > UINT16_MAX ? UINT16_MAX
								       : query->response_ms));
	}
	sum = dvs_checksum_ipv6(ip + 8, length, DVS_PROTOCOL_ICMPV6);
	dvs_store16(mld + 2, dvs_checksum_end(dvs_checksum_add(sum, mld, length)));
	return DVS_ETHERNET_HEADER + DVS_IPV6_HEADER + HOP_BY_HOP + length;
}
