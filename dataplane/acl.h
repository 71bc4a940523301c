/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * acl.h - an access control list, compiled: frames are matched against all rules at once.
 *
 * The rules become tries of DPDK's librte_acl, which looks at each octet of a key once, however
 * many rules there are, and at several keys side by side. There is a trie for each direction and
 * each kind of IP (frames that are not IP are in the one for IPv4); what no rule of a trie asks for
 * it does not look at.
 *
 * A rule that asks for ports, ICMP types or TCP flags matches only packets that show them. Later
 * fragments do not: they match by addresses and protocol, or not at all. That is safe as far as the
 * first fragment was stopped, since nothing can be made of the rest. So that no first fragment
 * hides what the list looks at, or is written over by a later one (RFC 1858, RFC 3128, RFC 7112),
 * such packets are opaque (acl_key.h) and are not let through.
 *
 * Threads: _create, _free: control; _classify: workers. A compiled list does not change.
 */
#ifndef DVS_ACL_H
#define DVS_ACL_H

#include <stdbool.h>
#include <stdint.h>

#include "objects.h"

struct dvs_acl;

/* What a key shows, as bits. */
enum dvs_acl_shows {
	DVS_ACL_SHOWS_IP = 1,
	DVS_ACL_SHOWS_PORTS = 2,
	DVS_ACL_SHOWS_ICMP = 4,
	DVS_ACL_SHOWS_TCP = 8, /* its flags */
};

/* A frame as it is matched; network byte order. */
struct dvs_acl_key {
	uint8_t shows;
	uint8_t pad[3];
	uint8_t src_mac[DVS_MAC_LEN], dst_mac[DVS_MAC_LEN];
	uint16_t ethertype, vlan;
	uint8_t protocol, tcp_flags, icmp_type, icmp_code;
	uint16_t src_port, dst_port;
	uint8_t pcp, dei; /* dei: 0 or 1 */
	uint8_t more_pad[2];
	union {
		struct {
			uint8_t src[4], dst[4];
		} v4;
		struct {
			uint8_t src[DVS_IP_LEN], dst[DVS_IP_LEN];
		} v6;
	};
};

/* What the rules of one direction look at. */
struct dvs_acl_needs {
	bool anything; /* there are rules, or what no rule matches is denied */
	bool ip;
	bool transport;
	bool tcp_flags;
	bool ethertype;
};

/*
 * rules: by number; all have been checked (acl_rule.h). -ENOMEM: the tries do not fit into memory;
 * err says what to do.
 */
int dvs_acl_create(const struct dvs_acl_list *list, const struct dvs_acl_rule *const *rules,
		   unsigned int n, struct dvs_acl **ret_acl, struct dvs_error *err);
void dvs_acl_free(struct dvs_acl *acl);

const struct dvs_acl_needs *dvs_acl_needs(const struct dvs_acl *acl,
					  enum dvs_acl_direction direction);

/* The bitmap of those of n <= 64 keys that are denied; all keys are IPv6, or none is. */
uint64_t dvs_acl_classify(const struct dvs_acl *acl, enum dvs_acl_direction direction, bool is_v6,
			  const struct dvs_acl_key *const *keys, unsigned int n);

#endif
