/* SPDX-License-Identifier: BSD-3-Clause */
#include "nd.h"

#include <errno.h>

#include "bytes.h"

#define SOURCE_LINK_LAYER 1
#define TARGET_LINK_LAYER 2
#define ICMP_HEADER	  4

static bool is_any_solicited_node(const struct dvs_ip *ip)
{
	static const uint8_t prefix[13] = {0xff, 2, [11] = 1, [12] = 0xff};

	return memcmp(ip->bytes, prefix, sizeof(prefix)) == 0;
}

bool dvs_nd_is_solicited_node(const struct dvs_ip *ip, const struct dvs_ip *target)
{
	return is_any_solicited_node(ip) && memcmp(ip->bytes + 13, target->bytes + 13, 3) == 0;
}

/* Bytes before the options; 0: no such message. */
static uint32_t fixed_length(uint8_t type)
{
	switch (type) {
	case DVS_ND_ROUTER_SOLICITATION:
		return 8;
	case DVS_ND_ROUTER_ADVERTISEMENT:
		return 16;
	case DVS_ND_NEIGHBOR_SOLICITATION:
	case DVS_ND_NEIGHBOR_ADVERTISEMENT:
		return DVS_ND_NS_LENGTH;
	case DVS_ND_REDIRECT:
		return 40;
	default:
		return 0;
	}
}

/* A link-layer address option: its 6 bytes at value, of which there are n. */
static int take_mac(const uint8_t *value, uint32_t n, bool *has, uint8_t mac[6])
{
	static const uint8_t zero[6];

	if (*has || n != 6 || (value[0] & 1) != 0 || memcmp(value, zero, 6) == 0)
		return -EBADMSG;
	*has = true;
	memcpy(mac, value, 6);
	return 0;
}

static int walk_options(struct dvs_bytes *options, struct dvs_nd *nd)
{
	while (options->left != 0) {
		const uint8_t *head = dvs_bytes_take(options, 2), *value;
		uint32_t n;
		int ret = 0;

		if (head == NULL || head[1] == 0)
			return -EBADMSG;
		n = head[1] * 8u - 2;
		value = dvs_bytes_take(options, n);
		if (value == NULL)
			return -EBADMSG;
		if (head[0] == SOURCE_LINK_LAYER)
			ret = take_mac(value, n, &nd->has_source_mac, nd->source_mac);
		else if (head[0] == TARGET_LINK_LAYER)
			ret = take_mac(value, n, &nd->has_target_mac, nd->target_mac);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int check_solicitation(const struct dvs_nd *nd, const struct dvs_ipv6 *ip)
{
	bool is_unspecified = dvs_ip_is_unspecified(&ip->src);

	if (is_unspecified && nd->has_source_mac)
		return -EBADMSG;
	if (nd->type == DVS_ND_NEIGHBOR_SOLICITATION && is_unspecified &&
	    !is_any_solicited_node(&ip->dst))
		return -EBADMSG;
	return 0;
}

/* The rules that need more than one field. */
static int check(const struct dvs_nd *nd, const struct dvs_ipv6 *ip)
{
	if (dvs_ip_is_group(&nd->target) || dvs_ip_is_group(&ip->src))
		return -EBADMSG;
	switch (nd->type) {
	case DVS_ND_NEIGHBOR_ADVERTISEMENT:
		return nd->is_solicited && dvs_ip_is_group(&ip->dst) ? -EBADMSG : 0;
	case DVS_ND_ROUTER_ADVERTISEMENT:
	case DVS_ND_REDIRECT:
		return dvs_ip_is_link_local6(&ip->src) ? 0 : -EBADMSG;
	default:
		return check_solicitation(nd, ip);
	}
}

int dvs_nd_parse(const uint8_t *data, uint32_t length, const struct dvs_ipv6 *ip,
		 struct dvs_nd *ret_nd)
{
	struct dvs_bytes options = {data, ip->payload};
	struct dvs_nd nd = {.type = 0};
	uint32_t fixed;
	int ret;

	if (ip->payload < ICMP_HEADER)
		return -EBADMSG;
	if (length == 0)
		return -E2BIG;
	nd.type = data[0];
	fixed = fixed_length(nd.type);
	if (fixed == 0)
		return -ENOMSG;
	if (ip->has_fragment_header || ip->hop_limit != 255 || ip->payload < fixed)
		return -EBADMSG;
	if (length < ip->payload)
		return -E2BIG;
	if (data[1] != 0)
		return -EBADMSG;
	dvs_bytes_take(&options, fixed);
	ret = walk_options(&options, &nd);
	if (ret < 0)
		return ret;
	if (nd.type == DVS_ND_NEIGHBOR_ADVERTISEMENT) {
		nd.is_router = (data[4] & 0x80) != 0;
		nd.is_solicited = (data[4] & 0x40) != 0;
		nd.is_override = (data[4] & 0x20) != 0;
	}
	if (fixed >= DVS_ND_NS_LENGTH)
		memcpy(nd.target.bytes, data + 8, DVS_IP_LEN);
	ret = check(&nd, ip);
	if (ret == 0)
		*ret_nd = nd;
	return ret;
}
