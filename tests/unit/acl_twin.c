/* SPDX-License-Identifier: BSD-3-Clause */
#include "acl_twin.h"

#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>

#include "acl_rule.h"

static unsigned int below(unsigned int n)
{
	return (unsigned int)rand() % n;
}

/* ---- match ---- */

/* ::/0 is of IPv6, though the form of IPv4's addresses begins with it. */
static bool prefix_has(const struct dvs_prefix *prefix, const uint8_t ip[DVS_IP_LEN], bool is_v6)
{
	if (!dvs_prefix_is_none(prefix) && dvs_ip_is_v4(&prefix->ip) == is_v6)
		return false;
	for (unsigned int bit = 0; bit < prefix->length; bit++)
		if (((prefix->ip.bytes[bit / 8] ^ ip[bit / 8]) >> (7 - bit % 8) & 1) != 0)
			return false;
	return true;
}

static void address(const struct acl_twin_key *key, bool is_dst, uint8_t ip[DVS_IP_LEN])
{
	const uint8_t *v4 = is_dst ? key->key.v4.dst : key->key.v4.src;

	memset(ip, 0, DVS_IP_LEN);
	if (key->is_v6) {
		memcpy(ip, is_dst ? key->key.v6.dst : key->key.v6.src, DVS_IP_LEN);
		return;
	}
	ip[10] = ip[11] = 0xff;
	memcpy(ip + 12, v4, 4);
}

static bool ip_matches(const struct dvs_acl_rule *rule, const struct acl_twin_key *key)
{
	uint8_t src[DVS_IP_LEN], dst[DVS_IP_LEN];

	if ((key->key.shows & DVS_ACL_SHOWS_IP) == 0)
		return false;
	address(key, false, src);
	address(key, true, dst);
	return prefix_has(&rule->src, src, key->is_v6) && prefix_has(&rule->dst, dst, key->is_v6) &&
	       (rule->protocol == 0 || rule->protocol == key->key.protocol);
}

static bool transport_matches(const struct dvs_acl_rule *rule, const struct dvs_acl_key *key)
{
	if (rule->src_port.end != 0 || rule->dst_port.end != 0)
		if ((key->shows & DVS_ACL_SHOWS_PORTS) == 0 ||
		    !dvs_range_has(&rule->src_port, rte_be_to_cpu_16(key->src_port)) ||
		    !dvs_range_has(&rule->dst_port, rte_be_to_cpu_16(key->dst_port)))
			return false;
	if (rule->icmp_type.end != 0 || rule->icmp_code.end != 0)
		if ((key->shows & DVS_ACL_SHOWS_ICMP) == 0 ||
		    !dvs_range_has(&rule->icmp_type, key->icmp_type) ||
		    !dvs_range_has(&rule->icmp_code, key->icmp_code))
			return false;
	if ((rule->tcp_set | rule->tcp_clear) != 0)
		if ((key->shows & DVS_ACL_SHOWS_TCP) == 0 ||
		    (key->tcp_flags & rule->tcp_set) != rule->tcp_set ||
		    (key->tcp_flags & rule->tcp_clear) != 0)
			return false;
	return true;
}

static bool matches(const struct dvs_acl_rule *rule, const struct acl_twin_key *key)
{
	if (rule->ethertype != 0 && rule->ethertype != rte_be_to_cpu_16(key->key.ethertype))
		return false;
	if (rule->vlan != 0 && rule->vlan != rte_be_to_cpu_16(key->key.vlan))
		return false;
	if (!dvs_range_has(&rule->pcp, key->key.pcp) ||
	    (rule->dei != DVS_ACL_DEI_ANY && (rule->dei == DVS_ACL_DEI_SET) != key->key.dei))
		return false;
	return dvs_mac_mask_has(&rule->src_mac, key->key.src_mac) &&
	       dvs_mac_mask_has(&rule->dst_mac, key->key.dst_mac) &&
	       (!dvs_acl_rule_needs_ip(rule) || ip_matches(rule, key)) &&
	       transport_matches(rule, &key->key);
}

bool acl_twin_denies(const struct dvs_acl_list *list, const struct dvs_acl_rule *const *rules,
		     unsigned int n, enum dvs_acl_direction direction,
		     const struct acl_twin_key *key)
{
	for (unsigned int i = 0; i < n; i++)
		if (rules[i]->direction == direction && matches(rules[i], key))
			return rules[i]->action == DVS_ACL_DENY;
	return list->default_action == DVS_ACL_DENY;
}

/* ---- a small world ---- */

static const uint8_t protocols[] = {1, 6, 17, 58, 132, 47};

static void random_mac(uint8_t mac[DVS_MAC_LEN])
{
	memset(mac, 0, DVS_MAC_LEN);
	mac[0] = (uint8_t)(2 * below(2) + below(2));
	mac[3] = (uint8_t)below(3);
	mac[5] = (uint8_t)below(4);
}

static void random_mask(struct dvs_mac_mask *mask)
{
	memset(mask, 0, sizeof(*mask));
	if (below(4) != 0)
		return;
	random_mac(mask->mac);
	for (unsigned int i = 0; i < DVS_MAC_LEN; i++) {
		mask->mask[i] = (uint8_t)(below(2) != 0 ? 0xff : below(256));
		mask->mac[i] &= mask->mask[i];
	}
}

static void random_ip(uint8_t ip[DVS_IP_LEN], bool is_v6)
{
	memset(ip, 0, DVS_IP_LEN);
	if (!is_v6)
		ip[10] = ip[11] = 0xff;
	else
		ip[0] = 0x20;
	ip[12] = 10;
	ip[13] = (uint8_t)below(2);
	ip[15] = (uint8_t)below(8);
}

static void random_prefix(struct dvs_prefix *prefix, bool is_v6)
{
	memset(prefix, 0, sizeof(*prefix));
	if (below(2) == 0)
		return;
	random_ip(prefix->ip.bytes, is_v6);
	prefix->length = (uint8_t)(is_v6 ? 1 + below(128) : DVS_IP4_BITS + below(33));
	for (unsigned int bit = prefix->length; bit < 128; bit++)
		prefix->ip.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

static void random_range(struct dvs_range *range, unsigned int most)
{
	*range = (struct dvs_range){0, 0};
	if (below(2) == 0)
		return;
	range->first = below(2) == 0 && most >= 20 ? below(20) : below(most + 1);
	range->end = range->first + 1 + (below(2) == 0 ? 0 : below(most + 1 - range->first));
}

struct dvs_acl_rule acl_twin_random_rule(void)
{
	static const uint16_t types[] = {0x0800, 0x86dd, 0x0806, 0x88b5};
	struct dvs_acl_rule rule;

	do {
		bool is_v6 = below(2) != 0;

		memset(&rule, 0, sizeof(rule));
		rule.action = (uint8_t)below(2);
		rule.direction = (uint8_t)below(2);
		random_mask(&rule.src_mac);
		random_mask(&rule.dst_mac);
		rule.ethertype = below(4) == 0 ? types[below(4)] : 0;
		rule.vlan = (uint16_t)(below(4) == 0 ? 1 + below(3) : 0);
		if (below(4) == 0)
			random_range(&rule.pcp, 7);
		rule.dei = (uint8_t)(below(4) == 0 ? below(3) : 0);
		random_prefix(&rule.src, is_v6);
		random_prefix(&rule.dst, is_v6);
		rule.protocol = below(2) == 0 ? protocols[below(sizeof(protocols))] : 0;
		if (below(2) == 0) {
			random_range(&rule.src_port, 65535);
			random_range(&rule.dst_port, 65535);
		} else if (below(2) == 0) {
			random_range(&rule.icmp_type, 255);
			random_range(&rule.icmp_code, 255);
		}
		if (below(4) == 0) {
			rule.tcp_set = below(256);
			rule.tcp_clear = below(256) & ~rule.tcp_set;
		}
	} while (dvs_acl_rule_check(&rule, NULL) < 0);
	return rule;
}

static void random_transport(struct dvs_acl_key *key)
{
	key->shows = DVS_ACL_SHOWS_IP;
	key->protocol = protocols[below(sizeof(protocols))];
	if (below(5) == 0) /* a later fragment */
		return;
	if (key->protocol == 6 || key->protocol == 17 || key->protocol == 132) {
		key->shows |= DVS_ACL_SHOWS_PORTS;
		key->src_port = (uint16_t)(below(2) == 0 ? below(20) << 8 : below(65536));
		key->dst_port = (uint16_t)(below(2) == 0 ? below(20) << 8 : below(65536));
	}
	if (key->protocol == 6) {
		key->shows |= DVS_ACL_SHOWS_TCP;
		key->tcp_flags = (uint8_t)below(256);
	}
	if (key->protocol == 1 || key->protocol == 58) {
		key->shows |= DVS_ACL_SHOWS_ICMP;
		key->icmp_type = (uint8_t)(below(2) == 0 ? below(20) : below(256));
		key->icmp_code = (uint8_t)below(20);
	}
}

struct acl_twin_key acl_twin_random_key(void)
{
	struct acl_twin_key key;
	uint8_t src[DVS_IP_LEN], dst[DVS_IP_LEN];
	unsigned int kind = below(5); /* 0: not IP */

	memset(&key, 0, sizeof(key));
	random_mac(key.key.src_mac);
	random_mac(key.key.dst_mac);
	key.key.vlan = rte_cpu_to_be_16((uint16_t)below(4));
	key.key.pcp = (uint8_t)below(8);
	key.key.dei = (uint8_t)below(2);
	key.is_v6 = kind >= 3;
	key.key.ethertype = rte_cpu_to_be_16(kind == 0	 ? (below(2) == 0 ? 0x0806 : 0x88b5)
					     : key.is_v6 ? 0x86dd
							 : 0x0800);
	if (kind == 0)
		return key;
	random_transport(&key.key);
	random_ip(src, key.is_v6);
	random_ip(dst, key.is_v6);
	if (key.is_v6) {
		memcpy(key.key.v6.src, src, DVS_IP_LEN);
		memcpy(key.key.v6.dst, dst, DVS_IP_LEN);
	} else {
		memcpy(key.key.v4.src, src + 12, 4);
		memcpy(key.key.v4.dst, dst + 12, 4);
	}
	return key;
}
