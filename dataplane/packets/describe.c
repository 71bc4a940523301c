/* SPDX-License-Identifier: BSD-3-Clause */
#include "describe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "ethernet.h"
#include "ip.h"
#include "mac.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define VLAN_TAGS_MAX	4
#define CHAIN_MAX	8 /* IPv6 extension headers that are looked behind */

/* The line as far as it is written. */
struct line {
	char *buf;
	size_t used;
};

struct name {
	unsigned int number;
	const char *name;
};

static __attribute__((format(printf, 2, 3))) void add(struct line *line, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line->buf + line->used, DVS_DESCRIBE_MAX - line->used, format, args);
	va_end(args);
	if (n > 0)
		line->used += (size_t)n;
	if (line->used > DVS_DESCRIBE_MAX - 1)
		line->used = DVS_DESCRIBE_MAX - 1;
}

static void add_end(struct line *line)
{
	add(line, " ...");
}

static void add_mac(struct line *line, const uint8_t *mac)
{
	char text[DVS_MAC_TEXT_LEN];

	add(line, "%s", dvs_mac_print(mac, text));
}

static void add_ip4(struct line *line, const uint8_t *ip)
{
	add(line, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
}

static void add_ip6(struct line *line, const uint8_t *bytes)
{
	char text[DVS_IP_TEXT_LEN];
	struct dvs_ip ip;

	memcpy(ip.bytes, bytes, DVS_IP_LEN);
	add(line, "%s", dvs_ip_print(&ip, text));
}

/* "WHAT name" or, for numbers without one, "WHAT type number". */
static void add_name(struct line *line, const char *what, const struct name *names, size_t n,
		     unsigned int number)
{
	for (size_t i = 0; i < n; i++)
		if (names[i].number == number) {
			add(line, " %s %s", what, names[i].name);
			return;
		}
	add(line, " %s type %u", what, number);
}

/* ---- ARP (RFC 826, RFC 5227) ---- */

static void describe_arp(struct line *line, struct dvs_bytes bytes)
{
	const uint8_t *arp = dvs_bytes_take(&bytes, 28);
	unsigned int operation;

	add(line, " ARP");
	if (arp == NULL) {
		add_end(line);
		return;
	}
	if (dvs_load16(arp) != 1 || dvs_load16(arp + 2) != DVS_IPV4_ETHERTYPE || arp[4] != 6 ||
	    arp[5] != 4) {
		add(line, " hardware %u protocol 0x%04x lengths %u %u", dvs_load16(arp),
		    dvs_load16(arp + 2), arp[4], arp[5]);
		return;
	}
	operation = dvs_load16(arp + 6);
	if (operation == 1 && dvs_load32(arp + 14) == 0) {
		add(line, " probe for ");
		add_ip4(line, arp + 24);
	} else if (operation == 1 && memcmp(arp + 14, arp + 24, 4) == 0) {
		add(line, " announces ");
		add_ip4(line, arp + 14);
	} else if (operation == 1) {
		add(line, " who-has ");
		add_ip4(line, arp + 24);
		add(line, " tell ");
		add_ip4(line, arp + 14);
	} else if (operation == 2) {
		add(line, " reply ");
		add_ip4(line, arp + 14);
		add(line, " is-at ");
		add_mac(line, arp + 8);
	} else {
		add(line, " operation %u", operation);
	}
}

/* ---- DHCP ---- */

/* RFC 2132 section 9.6: the message's type, which is rarely among the bytes that are kept. */
static unsigned int dhcp4_type(struct dvs_bytes options)
{
	const uint8_t *option;

	while ((option = dvs_bytes_take(&options, 1)) != NULL && option[0] != 255) {
		const uint8_t *length = option[0] == 0 ? NULL : dvs_bytes_take(&options, 1);
		const uint8_t *value;

		if (option[0] == 0)
			continue;
		if (length == NULL)
			break;
		value = dvs_bytes_take(&options, length[0]);
		if (value == NULL)
			break;
		if (option[0] == 53 && length[0] == 1)
			return value[0];
	}
	return 0;
}

static void describe_dhcp4(struct line *line, struct dvs_bytes bytes)
{
	static const struct name types[] = {{1, "discover"}, {2, "offer"}, {3, "request"},
					    {4, "decline"},  {5, "ack"},   {6, "nak"},
					    {7, "release"},  {8, "inform"}};
	const uint8_t *bootp = dvs_bytes_take(&bytes, 34); /* to the client's MAC */
	unsigned int type = 0;

	if (bootp == NULL) {
		add(line, " DHCP");
		add_end(line);
		return;
	}
	if (dvs_bytes_take(&bytes, 236 - 34 + 4) != NULL)
		type = dhcp4_type(bytes);
	if (type != 0)
		add_name(line, "DHCP", types, COUNT_OF(types), type);
	else if (bootp[0] == 1 || bootp[0] == 2)
		add(line, " DHCP from a %s", bootp[0] == 1 ? "client" : "server");
	else
		add(line, " DHCP operation %u", bootp[0]);
	add(line, " for ");
	add_mac(line, bootp + 28);
}

static void describe_dhcp6(struct line *line, struct dvs_bytes bytes)
{
	static const struct name types[] = {
		{1, "solicit"},	    {2, "advertise"},	 {3, "request"},      {4, "confirm"},
		{5, "renew"},	    {6, "rebind"},	 {7, "reply"},	      {8, "release"},
		{9, "decline"},	    {10, "reconfigure"}, {11, "information"}, {12, "relay-forward"},
		{13, "relay-reply"}};
	const uint8_t *type = dvs_bytes_take(&bytes, 1);

	if (type == NULL)
		add(line, " DHCPv6 ...");
	else
		add_name(line, "DHCPv6", types, COUNT_OF(types), type[0]);
}

/* ---- ICMP, IGMP, ICMPv6 ---- */

static void describe_icmp(struct line *line, struct dvs_bytes bytes)
{
	static const struct name types[] = {
		{0, "echo reply"},     {3, "unreachable"},	    {5, "redirect"},
		{8, "echo request"},   {9, "router advertisement"}, {10, "router solicitation"},
		{11, "time exceeded"}, {12, "parameter problem"}};
	const uint8_t *type = dvs_bytes_take(&bytes, 1);

	if (type == NULL)
		add(line, " ICMP ...");
	else
		add_name(line, "ICMP", types, COUNT_OF(types), type[0]);
}

static void describe_igmp(struct line *line, struct dvs_bytes bytes)
{
	static const struct name types[] = {{0x11, "query"},
					    {0x12, "v1 report"},
					    {0x16, "v2 report"},
					    {0x17, "leave"},
					    {0x22, "v3 report"}};
	const uint8_t *igmp = dvs_bytes_take(&bytes, 8);

	if (igmp == NULL) {
		add(line, " IGMP ...");
		return;
	}
	add_name(line, "IGMP", types, COUNT_OF(types), igmp[0]);
	if (igmp[0] != 0x22 && dvs_load32(igmp + 4) != 0) {
		add(line, " for ");
		add_ip4(line, igmp + 4);
	}
}

static void describe_icmp6(struct line *line, struct dvs_bytes bytes)
{
	static const struct name types[] = {{1, "unreachable"},
					    {2, "packet too big"},
					    {3, "time exceeded"},
					    {4, "parameter problem"},
					    {128, "echo request"},
					    {129, "echo reply"},
					    {130, "MLD query"},
					    {131, "MLD report"},
					    {132, "MLD done"},
					    {133, "router solicitation"},
					    {134, "router advertisement"},
					    {135, "neighbor solicitation"},
					    {136, "neighbor advertisement"},
					    {137, "redirect"},
					    {143, "MLDv2 report"}};
	const uint8_t *icmp = dvs_bytes_take(&bytes, 8), *target;

	if (icmp == NULL) {
		add(line, " ICMPv6 ...");
		return;
	}
	add_name(line, "ICMPv6", types, COUNT_OF(types), icmp[0]);
	if ((icmp[0] < 135 || icmp[0] > 137) && (icmp[0] < 130 || icmp[0] > 132))
		return;
	target = dvs_bytes_take(&bytes, DVS_IP_LEN);
	if (target == NULL) {
		add_end(line);
		return;
	}
	add(line, " for ");
	add_ip6(line, target);
}

/* ---- TCP and UDP ---- */

static void describe_tcp(struct line *line, struct dvs_bytes bytes)
{
	static const char *const flags[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
	const uint8_t *tcp = dvs_bytes_take(&bytes, 14);
	const char *before = " [";

	add(line, " TCP");
	if (tcp == NULL) {
		add_end(line);
		return;
	}
	add(line, " %u > %u", dvs_load16(tcp), dvs_load16(tcp + 2));
	for (unsigned int i = 0; i < COUNT_OF(flags); i++)
		if ((tcp[13] >> i & 1) != 0) {
			add(line, "%s%s", before, flags[i]);
			before = ",";
		}
	if (tcp[13] != 0)
		add(line, "]");
}

static void describe_udp(struct line *line, struct dvs_bytes bytes)
{
	const uint8_t *udp = dvs_bytes_take(&bytes, 8);
	unsigned int src, dst;

	if (udp == NULL) {
		add(line, " UDP ...");
		return;
	}
	src = dvs_load16(udp);
	dst = dvs_load16(udp + 2);
	if ((src == 67 || src == 68) && (dst == 67 || dst == 68))
		describe_dhcp4(line, bytes);
	else if ((src == 546 || src == 547) && (dst == 546 || dst == 547))
		describe_dhcp6(line, bytes);
	else
		add(line, " UDP %u > %u", src, dst);
}

static void describe_upper(struct line *line, struct dvs_bytes bytes, unsigned int protocol)
{
	switch (protocol) {
	case 1:
		describe_icmp(line, bytes);
		break;
	case 2:
		describe_igmp(line, bytes);
		break;
	case 6:
		describe_tcp(line, bytes);
		break;
	case 17:
		describe_udp(line, bytes);
		break;
	case 58:
		describe_icmp6(line, bytes);
		break;
	default:
		add(line, " protocol %u", protocol);
	}
}

/* ---- IP ---- */

static void describe_ip4(struct line *line, struct dvs_bytes bytes)
{
	struct dvs_bytes whole = bytes;
	const uint8_t *ip = dvs_bytes_take(&bytes, 20);
	unsigned int fragment, header;

	add(line, " IPv4");
	if (ip == NULL) {
		add_end(line);
		return;
	}
	if (ip[0] >> 4 != 4) {
		add(line, " version %u", ip[0] >> 4);
		return;
	}
	add(line, " ");
	add_ip4(line, ip + 12);
	add(line, " > ");
	add_ip4(line, ip + 16);
	fragment = dvs_load16(ip + 6) & 0x1fffu;
	if (fragment != 0) {
		add(line, " protocol %u, fragment at %u", ip[9], fragment * 8);
		return;
	}
	if ((ip[6] & 0x20) != 0)
		add(line, " first fragment");
	header = (ip[0] & 15u) * 4;
	if (header < 20)
		add(line, " header of %u bytes", header);
	else if (dvs_bytes_take(&whole, header) == NULL)
		add_end(line);
	else
		describe_upper(line, whole, ip[9]);
}

/* Hop-by-hop, routing and destination options; what follows, with the protocol in *next. */
static bool skip_options(struct dvs_bytes *bytes, unsigned int *next)
{
	const uint8_t *head = dvs_bytes_take(bytes, 2);

	if (head == NULL || dvs_bytes_take(bytes, head[1] * 8u + 6) == NULL)
		return false;
	*next = head[0];
	return true;
}

/* True: the upper header is next. */
static bool skip_extensions(struct line *line, struct dvs_bytes *bytes, unsigned int *next)
{
	for (unsigned int n = 0; n < CHAIN_MAX; n++) {
		const uint8_t *head;

		if (*next == 0 || *next == 43 || *next == 60) {
			if (!skip_options(bytes, next))
				break;
			continue;
		}
		if (*next != 44)
			return true;
		head = dvs_bytes_take(bytes, 8);
		if (head == NULL)
			break;
		*next = head[0];
		if ((dvs_load16(head + 2) & 0xfff8) != 0) {
			add(line, " protocol %u, fragment at %u", *next,
			    dvs_load16(head + 2) & 0xfff8u);
			return false;
		}
		if ((head[3] & 1) != 0)
			add(line, " first fragment");
	}
	add_end(line);
	return false;
}

static void describe_ip6(struct line *line, struct dvs_bytes bytes)
{
	const uint8_t *ip = dvs_bytes_take(&bytes, 40);
	unsigned int next;

	add(line, " IPv6");
	if (ip == NULL) {
		add_end(line);
		return;
	}
	if (ip[0] >> 4 != 6) {
		add(line, " version %u", ip[0] >> 4);
		return;
	}
	add(line, " ");
	add_ip6(line, ip + 8);
	add(line, " > ");
	add_ip6(line, ip + 24);
	next = ip[6];
	if (skip_extensions(line, &bytes, &next))
		describe_upper(line, bytes, next);
}

/* ---- Ethernet ---- */

/* IEEE 802.2: what is in frames with a length. */
static void describe_llc(struct line *line, struct dvs_bytes bytes, unsigned int length)
{
	const uint8_t *llc = dvs_bytes_take(&bytes, 3), *snap;

	if (llc == NULL) {
		add(line, " 802.3 length %u ...", length);
		return;
	}
	snap = llc[0] == 0xaa && llc[1] == 0xaa ? dvs_bytes_take(&bytes, 5) : NULL;
	if (llc[0] == 0x42 && llc[1] == 0x42)
		add(line, " STP BPDU");
	else if (snap != NULL && memcmp(snap, "\x00\x00\x0c\x01\x0b", 5) == 0)
		add(line, " PVST BPDU");
	else if (snap != NULL)
		add(line, " SNAP %02x%02x%02x type 0x%04x", snap[0], snap[1], snap[2],
		    dvs_load16(snap + 3));
	else
		add(line, " LLC %02x %02x", llc[0], llc[1]);
}

static void describe_type(struct line *line, struct dvs_bytes bytes, unsigned int type)
{
	static const struct name names[] = {{0x8809, "slow protocol (LACP)"},
					    {0x888e, "EAPOL"},
					    {0x8902, "CFM"},
					    {0x88cc, "LLDP"},
					    {0x8808, "MAC control"},
					    {0x8847, "MPLS"},
					    {0x8863, "PPPoE discovery"},
					    {0x8864, "PPPoE"},
					    {0x8035, "RARP"}};

	if (type < 0x0600) {
		describe_llc(line, bytes, type);
		return;
	}
	switch (type) {
	case DVS_IPV4_ETHERTYPE:
		describe_ip4(line, bytes);
		return;
	case DVS_ARP_ETHERTYPE:
		describe_arp(line, bytes);
		return;
	case DVS_IPV6_ETHERTYPE:
		describe_ip6(line, bytes);
		return;
	default:
		break;
	}
	for (unsigned int i = 0; i < COUNT_OF(names); i++)
		if (names[i].number == type) {
			add(line, " %s", names[i].name);
			return;
		}
	add(line, " ethertype 0x%04x", type);
}

static void describe_ethernet(struct line *line, struct dvs_bytes bytes)
{
	const uint8_t *addresses = dvs_bytes_take(&bytes, 12), *type;
	unsigned int tags = 0;

	if (addresses == NULL) {
		add(line, "no Ethernet header");
		return;
	}
	add_mac(line, addresses + 6);
	add(line, " > ");
	add_mac(line, addresses);
	while ((type = dvs_bytes_take(&bytes, 2)) != NULL) {
		bool is_service = dvs_load16(type) == 0x88a8;
		const uint8_t *tag;

		if ((dvs_load16(type) != 0x8100 && !is_service) || tags++ == VLAN_TAGS_MAX) {
			describe_type(line, bytes, dvs_load16(type));
			return;
		}
		tag = dvs_bytes_take(&bytes, 2);
		if (tag == NULL)
			break;
		add(line, " %svlan %u", is_service ? "s-" : "", dvs_load16(tag) & 0xfffu);
		if (tag[0] >> 5 != 0)
			add(line, " pcp %u", tag[0] >> 5);
	}
	add_end(line);
}

const char *dvs_describe_frame(const uint8_t *header, uint32_t header_length, uint32_t frame_length,
			       char buf[DVS_DESCRIBE_MAX])
{
	struct line line = {buf, 0};
	struct dvs_bytes bytes = {header, header_length};

	buf[0] = '\0';
	describe_ethernet(&line, bytes);
	add(&line, ", %u bytes", frame_length);
	return buf;
}
