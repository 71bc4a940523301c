/* SPDX-License-Identifier: BSD-3-Clause */
#include "frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

#include "sizes.h"

#define PORT_SOURCE	 0x8000u /* and 15 bits of the flow's number */
#define PORT_DESTINATION 5000u	 /* and the bits above */
#define VLAN_BYTES	 4u
#define VXLAN_BYTES	 8u
#define TTL		 64

_Static_assert(DVS_VXLAN_OUTER_BYTES == sizeof(struct ether_header) + sizeof(struct iphdr) +
						sizeof(struct udphdr) + VXLAN_BYTES,
	       "RFC 7348 section 5");

/* ---- checksums: RFC 1071; words in the byte order in which they lie in memory ---- */

static uint32_t sum_words(const uint8_t *bytes, uint32_t length, uint32_t sum)
{
	uint16_t word;

	for (; length > 1; length -= 2, bytes += 2) {
		memcpy(&word, bytes, 2);
		sum += word;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	if (length == 1) {
		word = htons((uint16_t)(*bytes << 8));
		sum += word;
	}
	return (sum & 0xffff) + (sum >> 16);
}

static inline uint32_t sum_32(uint32_t value)
{
	return (value & 0xffff) + (value >> 16);
}

static inline uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint32_t sum_pattern(uint32_t from, uint32_t to)
{
	uint32_t sum = 0;

	for (; from < to; from++) {
		sum += (from & 1) == 0 ? ntohs((uint16_t)(dvs_frame_pattern(from) << 8))
				       : ntohs(dvs_frame_pattern(from));
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

/* ---- templates ---- */

static uint32_t l3_bytes(const struct dvs_frame_options *o)
{
	return o->is_ipv6 ? (uint32_t)sizeof(struct ip6_hdr) : (uint32_t)sizeof(struct iphdr);
}

static uint32_t l4_bytes(const struct dvs_frame_options *o)
{
	return o->is_tcp ? (uint32_t)sizeof(struct tcphdr) : (uint32_t)sizeof(struct udphdr);
}

static uint32_t headers_bytes(const struct dvs_frame_options *o)
{
	return (uint32_t)sizeof(struct ether_header) + (o->vlan ? VLAN_BYTES : 0) + l3_bytes(o) +
	       l4_bytes(o);
}

uint32_t dvs_frame_shortest(const struct dvs_frame_options *options)
{
	uint32_t bytes = headers_bytes(options) + DVS_STAMP_BYTES + DVS_FCS_BYTES;

	return bytes > DVS_SIZE_MIN ? bytes : DVS_SIZE_MIN;
}

static uint32_t put_ethernet(uint8_t *at, const uint8_t *destination, const uint8_t *source,
			     uint16_t type)
{
	struct ether_header *header = (struct ether_header *)at;

	memcpy(header->ether_dhost, destination, 6);
	memcpy(header->ether_shost, source, 6);
	header->ether_type = htons(type);
	return (uint32_t)sizeof(*header);
}

static uint32_t put_tag(uint8_t *at, const struct dvs_frame_options *o, uint16_t type)
{
	uint16_t tag[2] = {htons((uint16_t)(o->priority << 13 | o->vlan)), htons(type)};

	at[-2] = ETHERTYPE_VLAN >> 8;
	at[-1] = ETHERTYPE_VLAN & 0xff;
	memcpy(at, tag, VLAN_BYTES);
	return VLAN_BYTES;
}

static void put_ipv4(uint8_t *at, uint32_t length, uint8_t protocol, uint32_t source,
		     uint32_t destination)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons((uint16_t)length),
		.frag_off = htons(IP_DF),
		.ttl = TTL,
		.protocol = protocol,
		.saddr = htonl(source),
		.daddr = htonl(destination),
	};

	memcpy(at, &ip, sizeof(ip));
}

static void put_ipv6(uint8_t *at, uint32_t length, uint8_t protocol, const uint8_t *source,
		     const uint8_t *destination)
{
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6u << 28),
		.ip6_plen = htons((uint16_t)length),
		.ip6_nxt = protocol,
		.ip6_hlim = TTL,
	};

	memcpy(&ip.ip6_src, source, 16);
	memcpy(&ip.ip6_dst, destination, 16);
	memcpy(at, &ip, sizeof(ip));
}

static void put_l4(uint8_t *at, bool is_tcp, uint32_t length)
{
	struct tcphdr tcp = {.doff = sizeof(struct tcphdr) / 4, .ack = 1, .window = 0xffff};
	struct udphdr udp = {.len = htons((uint16_t)length)};

	if (is_tcp)
		memcpy(at, &tcp, sizeof(tcp));
	else
		memcpy(at, &udp, sizeof(udp));
}

/* Outer headers of a frame of inner_length bytes; they do not change but for the source port. */
static uint32_t put_vxlan(uint8_t *at, const struct dvs_frame_options *o, uint32_t inner_length)
{
	uint32_t n = put_ethernet(at, o->outer_destination.mac, o->outer_source.mac, ETHERTYPE_IP);
	uint32_t udp_length = inner_length + VXLAN_BYTES + (uint32_t)sizeof(struct udphdr);
	struct udphdr udp = {.dest = htons(DVS_VXLAN_PORT), .len = htons((uint16_t)udp_length)};
	uint32_t vxlan[2] = {htonl(0x08000000), htonl(o->vni << 8)};
	uint16_t checksum;

	put_ipv4(at + n, udp_length + (uint32_t)sizeof(struct iphdr), IPPROTO_UDP,
		 o->outer_source.ipv4, o->outer_destination.ipv4);
	checksum = (uint16_t)~fold(sum_words(at + n, sizeof(struct iphdr), 0));
	memcpy(at + n + 10, &checksum, 2);
	n += (uint32_t)sizeof(struct iphdr);
	memcpy(at + n, &udp, sizeof(udp));
	n += (uint32_t)sizeof(udp);
	memcpy(at + n, vxlan, sizeof(vxlan));
	return n + VXLAN_BYTES;
}

/*
 * Sums of everything that is not patched. Patched words are 0 in the template then: ports and
 * stamp; the addresses' low 32 bits are cleared by the caller.
 */
static void sum_constants(struct dvs_frame_template *t, const struct dvs_frame_options *o,
			  uint32_t l4_length)
{
	uint32_t address_at = o->is_ipv6 ? 8 : 12;
	uint8_t protocol = o->is_tcp ? IPPROTO_TCP : IPPROTO_UDP;
	uint32_t pseudo = htons(protocol);

	/* With TSO the device adds the length of each segment. */
	if (t->segment == 0)
		pseudo += htons((uint16_t)l4_length);
	t->l4_sum = sum_words(t->bytes + t->ip + address_at, o->is_ipv6 ? 32 : 8, pseudo);
	if (!t->is_offloaded) {
		uint32_t payload = t->stamp + DVS_STAMP_BYTES;

		t->l4_sum = sum_words(t->bytes + t->l4, payload - t->l4, t->l4_sum);
		/* The pattern starts at an even offset from the L4 header and from the frame. */
		t->l4_sum += sum_pattern(payload, t->length);
	}
	if (!o->is_ipv6)
		t->ip_sum = sum_words(t->bytes + t->ip, sizeof(struct iphdr), 0);
}

static uint32_t low_32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, 4);
	return ntohl(value);
}

static void set_addresses(struct dvs_frame_template *t, const struct dvs_endpoint *source,
			  const struct dvs_endpoint *destination)
{
	uint32_t first = t->ip + (t->is_ipv6 ? 8u + 12u : 12u);

	t->source_mac = low_32(source->mac + 2);
	t->destination_mac = low_32(destination->mac + 2);
	t->source_ip = t->is_ipv6 ? low_32(source->ipv6 + 12) : source->ipv4;
	t->destination_ip = t->is_ipv6 ? low_32(destination->ipv6 + 12) : destination->ipv4;
	memset(t->bytes + first, 0, 4);
	memset(t->bytes + first + (t->is_ipv6 ? 16 : 4), 0, 4);
}

/* Headers of the inner (or only) frame at t->ethernet. */
static void put_headers(struct dvs_frame_template *t, const struct dvs_frame_options *o,
			const struct dvs_endpoint *source, const struct dvs_endpoint *destination)
{
	uint16_t type = o->is_ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP;
	uint8_t protocol = o->is_tcp ? IPPROTO_TCP : IPPROTO_UDP;
	uint32_t n = t->ethernet;

	n += put_ethernet(t->bytes + n, destination->mac, source->mac, type);
	if (o->vlan != 0)
		n += put_tag(t->bytes + n, o, type);
	t->ip = (uint16_t)n;
	if (o->is_ipv6)
		put_ipv6(t->bytes + n, t->length - n - l3_bytes(o), protocol, source->ipv6,
			 destination->ipv6);
	else
		put_ipv4(t->bytes + n, t->length - n, protocol, source->ipv4, destination->ipv4);
	n += l3_bytes(o);
	t->l4 = (uint16_t)n;
	put_l4(t->bytes + n, o->is_tcp, t->length - n);
	t->stamp = (uint16_t)(n + l4_bytes(o));
}

int dvs_frame_template_init(struct dvs_frame_template *template,
			    const struct dvs_frame_options *options,
			    const struct dvs_endpoint *source,
			    const struct dvs_endpoint *destination, uint32_t length,
			    struct dvs_error *err)
{
	uint32_t outer = options->has_vxlan ? DVS_VXLAN_OUTER_BYTES : 0;
	struct dvs_frame_template t = {
		.length = length - DVS_FCS_BYTES + outer,
		.ethernet = (uint16_t)outer,
		.is_ipv6 = options->is_ipv6,
		.is_tcp = options->is_tcp,
		.has_vxlan = options->has_vxlan,
		.is_offloaded = options->checksum == DVS_CHECKSUM_OFFLOAD || options->segment > 0,
		.segment = options->segment,
	};

	if (length < dvs_frame_shortest(options))
		return dvs_error_set(err, -EINVAL, NULL, "size",
				     "%u bytes are too short: the headers and %u bytes of stamp "
				     "need %u with FCS",
				     length, DVS_STAMP_BYTES, dvs_frame_shortest(options));
	t.has_l4_checksum = !t.is_offloaded && (t.is_ipv6 || t.is_tcp);
	for (uint32_t i = 0; i < DVS_FRAME_COPY_MAX; i++)
		t.bytes[i] = dvs_frame_pattern(i);
	if (options->has_vxlan)
		put_vxlan(t.bytes, options, length - DVS_FCS_BYTES);
	put_headers(&t, options, source, destination);
	memset(t.bytes + t.stamp, 0, DVS_STAMP_BYTES);
	t.copy_length = (uint16_t)((t.stamp + DVS_STAMP_BYTES + 63u) & ~63u);
	set_addresses(&t, source, destination);
	sum_constants(&t, options, t.length - t.l4);
	*template = t;
	return 0;
}

/* ---- frames ---- */

static inline void put_32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, 4);
}

static inline void put_16(uint8_t *at, uint16_t value)
{
	memcpy(at, &value, 2);
}

static inline uint32_t sum_stamp(const uint8_t *at)
{
	uint32_t words[3];
	uint16_t last;

	memcpy(words, at, 12);
	memcpy(&last, at + 12, 2);
	return sum_32(words[0]) + sum_32(words[1]) + sum_32(words[2]) + last;
}

void dvs_frame_build(const struct dvs_frame_template *t, const struct dvs_pick *pick,
		     const struct dvs_stamp *stamp, uint8_t *at)
{
	uint8_t *ethernet = at + t->ethernet, *ip = at + t->ip, *l4 = at + t->l4;
	uint32_t source = htonl(t->source_ip + pick->mac);
	uint32_t destination = htonl(t->destination_ip + pick->mac);
	uint16_t ports[2] = {
		htons((uint16_t)(PORT_SOURCE | (pick->number & 0x7fff))),
		htons((uint16_t)(PORT_DESTINATION + (pick->number >> 15))),
	};
	uint32_t addresses = sum_32(source) + sum_32(destination);

	for (uint32_t i = 0; i < t->copy_length; i += 64)
		memcpy(at + i, t->bytes + i, 64);
	put_32(ethernet + 2, htonl(t->destination_mac + pick->mac));
	put_32(ethernet + 8, htonl(t->source_mac + pick->mac));
	if (t->is_ipv6) {
		put_32(ip + 20, source);
		put_32(ip + 36, destination);
	} else {
		put_32(ip + 12, source);
		put_32(ip + 16, destination);
		put_16(ip + 10, (uint16_t)~fold(t->ip_sum + addresses));
	}
	memcpy(l4, ports, 4);
	dvs_stamp_write(at + t->stamp, stamp);
	if (t->has_vxlan)
		put_16(at + 34, htons((uint16_t)(0xc000u | ((pick->mac ^ pick->number) & 0x3fff))));
	if (t->has_l4_checksum) {
		uint32_t sum = t->l4_sum + addresses + ports[0] + ports[1];
		uint16_t checksum = (uint16_t)~fold(sum + sum_stamp(at + t->stamp));

		/* 0 in UDP says that there is none (RFC 8200 section 8.1). */
		put_16(l4 + (t->is_tcp ? 16 : 6), checksum == 0 && !t->is_tcp ? 0xffff : checksum);
	} else if (t->is_offloaded) {
		put_16(l4 + (t->is_tcp ? 16 : 6), fold(t->l4_sum + addresses));
	}
}
