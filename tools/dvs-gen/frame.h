/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frame.h - frames from a template: everything constant is there, a few words are patched.
 *
 *	[outer Ethernet, IPv4, UDP 4789, VXLAN]   with VXLAN (RFC 7348)
 *	Ethernet [802.1Q tag] IPv4 or IPv6, UDP or TCP, stamp, pattern
 *
 * Lengths count the FCS. With VXLAN the length is that of the inner frame, the one that a VM would
 * see; the frame on the wire is 50 bytes longer.
 *
 * Patched for each frame: the low 32 bits of both MACs and of both IP addresses (number of the MAC,
 * see flows.h), the ports, the stamp and the checksums. Checksums are kept right by arithmetic on
 * what was patched (RFC 1624), so a frame is not read again; UDP over IPv4 has none (RFC 768), to
 * be cheap. With DVS_CHECKSUM_OFFLOAD the device completes them.
 *
 * The payload is a pattern that depends on the offset only: a buffer that once had it needs no
 * writing, and the receiver can check it.
 *
 * Threads: templates do not change once made; building is pure.
 */
#ifndef DVS_GEN_FRAME_H
#define DVS_GEN_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "flows.h"
#include "stamp.h"

#define DVS_FRAME_COPY_MAX    192u /* headers and stamp fit */
#define DVS_VXLAN_OUTER_BYTES 50u

enum dvs_checksum {
	DVS_CHECKSUM_AUTO,    /* right, and none for UDP over IPv4 */
	DVS_CHECKSUM_OFFLOAD, /* L4 left to the device */
};

/* One end of a stream: addresses number 0; the others follow by addition. */
struct dvs_endpoint {
	uint8_t mac[6];
	uint32_t ipv4;	  /* host byte order */
	uint8_t ipv6[16]; /* the last 32 bits count */
};

struct dvs_frame_options {
	bool is_ipv6;
	bool is_tcp;
	enum dvs_checksum checksum;
	uint16_t segment; /* > 0: TCP payload bytes of a segment, the device cuts (TSO) */
	uint16_t vlan;	  /* 1 to 4094, 0 = no tag */
	uint8_t priority; /* of the tag, 0 to 7 */
	bool has_vxlan;
	uint32_t vni;
	struct dvs_endpoint outer_source, outer_destination; /* IPv4 */
};

struct dvs_frame_template {
	uint32_t length;		  /* of the frame that the driver sees: no FCS */
	uint16_t copy_length;		  /* multiple of 64 */
	uint16_t ethernet, ip, l4, stamp; /* offsets */
	bool is_ipv6, is_tcp, has_vxlan;
	bool has_l4_checksum; /* complete, computed here */
	bool is_offloaded;    /* the pseudo header's sum is there, the device does the rest */
	uint16_t segment;
	uint32_t source_mac, destination_mac; /* low 32 bits, host order */
	uint32_t source_ip, destination_ip;   /* low 32 bits, host order */
	uint32_t ip_sum, l4_sum;	      /* of the constant parts */
	uint8_t bytes[DVS_FRAME_COPY_MAX];
};

/* The byte of the pattern at an offset. */
static inline uint8_t dvs_frame_pattern(uint32_t offset)
{
	return (uint8_t)((offset & 63) * 5 + 17);
}

/* Bytes of headers and stamp, with FCS: the shortest length possible. */
uint32_t dvs_frame_shortest(const struct dvs_frame_options *options);

/* length counts the FCS. -EINVAL when headers and stamp do not fit into it. */
int dvs_frame_template_init(struct dvs_frame_template *template,
			    const struct dvs_frame_options *options,
			    const struct dvs_endpoint *source,
			    const struct dvs_endpoint *destination, uint32_t length,
			    struct dvs_error *err);

/*
 * Writes the first copy_length bytes of a frame (more than its length when that is short, so the
 * buffer must have room) to `at`. What follows is the pattern.
 */
void dvs_frame_build(const struct dvs_frame_template *template, const struct dvs_pick *pick,
		     const struct dvs_stamp *stamp, uint8_t *at);

#endif
