/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses under guard: bindings, ARP, ND, DHCP, router advertisements; p1 is guarded, p2 gets all
 * that is flooded, p3 is another VM. */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "bytes.h"
#include "packet_maker.h"

#define IP4(last)   (0x0a000000u + (last))
#define LINK_LOCAL1 "fe80::ff:fe00:1" /* made from MAC 1 */
#define ALL_NODES   "ff02::1"

static struct fixture f;
static struct packet p;

static int bind_to(const char *port, const char *address, uint8_t mac)
{
	struct dvs_binding binding = {{0}};

	snprintf(binding.port, sizeof(binding.port), "%s", port);
	assert_int_equal(dvs_prefix_parse(address, &binding.address), 0);
	if (mac != 0)
		memcpy(binding.mac, (uint8_t[6]){2, 0, 0, 0, 0, mac}, 6);
	return fixture_put(&f, &dvs_binding_type, &binding);
}

static int unbind(const char *port, const char *address)
{
	struct dvs_binding binding = {{0}};

	snprintf(binding.port, sizeof(binding.port), "%s", port);
	assert_int_equal(dvs_prefix_parse(address, &binding.address), 0);
	return fixture_delete(&f, &dvs_binding_type, &binding);
}

static int set_up(void **state)
{
	(void)state;
	fixture_create_lan(&f, 1, false, "p1 p2 p3");
	fixture_set(&f, "p1", "ip_binding", "enforce");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_check_invariant(&f);
	unbind("p1", "10.0.0.1");
	unbind("p1", "10.0.1.0/24");
	unbind("p1", "2001:db8::1");
	unbind("p1", "10.0.0.2");
	fixture_free(&f);
	return 0;
}

/* Whether p2 got the frame that is in p, from the port. */
static bool passes_from(const char *port)
{
	assert_int_equal(dvs_mem_inject(fixture_dev(&f, port), 0, p.bytes, p.length, NULL), 0);
	fixture_run(&f, 1);
	fixture_received(&f, "p1");
	fixture_received(&f, "p3");
	return fixture_received(&f, "p2") == 1;
}

static bool passes(void)
{
	return passes_from("p1");
}

/* It does not pass, for this reason. */
static void expect_drop(enum dvs_drop_reason reason)
{
	uint64_t before = fixture_drops(&f, "p1", reason);

	assert_false(passes());
	assert_int_equal(fixture_drops(&f, "p1", reason), before + 1);
}

static void make_ipv4(uint8_t src_mac, uint32_t src)
{
	packet_begin(&p, 0xff, src_mac, 0x0800);
	packet_ipv4(&p, src, IP4(99), 17);
	packet_udp(&p, 1000, 2000);
	packet_put(&p, "0123456789", 10);
	packet_end(&p);
}

static void make_ipv6(uint8_t src_mac, const char *src)
{
	packet_begin(&p, 0xff, src_mac, 0x86dd);
	packet_ipv6(&p, src, ALL_NODES, 17, 64);
	packet_udp(&p, 1000, 2000);
	packet_end(&p);
}

/* ---- sources ---- */

static void binds_ipv4(void **state)
{
	(void)state;
	make_ipv4(1, IP4(1));
	expect_drop(DVS_DROP_IP_UNBOUND);
	assert_int_equal(bind_to("p1", "10.0.0.1", 0), 0);
	assert_true(passes());
	make_ipv4(1, IP4(2));
	expect_drop(DVS_DROP_IP_UNBOUND);
	assert_int_equal(bind_to("p1", "10.0.1.0/24", 0), 0);
	make_ipv4(1, IP4(0x17f));
	assert_true(passes());
	make_ipv4(1, IP4(0x27f));
	expect_drop(DVS_DROP_IP_UNBOUND);
	assert_int_equal(unbind("p1", "10.0.0.1"), 0);
	make_ipv4(1, IP4(1));
	expect_drop(DVS_DROP_IP_UNBOUND);
	assert_int_equal(unbind("p1", "10.0.0.1"), -ENOENT);
}

static void binds_with_a_mac(void **state)
{
	(void)state;
	assert_int_equal(bind_to("p1", "10.0.0.1", 1), 0);
	assert_int_equal(bind_to("p1", "10.0.0.2", 2), 0);
	make_ipv4(1, IP4(1));
	assert_true(passes());
	make_ipv4(2, IP4(1));
	expect_drop(DVS_DROP_IP_UNBOUND);
	make_ipv4(2, IP4(2));
	assert_true(passes());
	assert_int_equal(bind_to("p1", "10.0.0.1", 2), 0); /* changed */
	make_ipv4(2, IP4(1));
	assert_true(passes());
}

static void audits_and_lets_off(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "ip_binding", "audit");
	make_ipv4(1, IP4(1));
	assert_true(passes());
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_IP_UNBOUND), 1);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_IP_UNBOUND), 0);
	fixture_set(&f, "p1", "ip_binding", "off");
	assert_true(passes());
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_IP_UNBOUND), 1);
}

static void binds_ipv6(void **state)
{
	(void)state;
	make_ipv6(1, "2001:db8::1");
	expect_drop(DVS_DROP_IP_UNBOUND);
	assert_int_equal(bind_to("p1", "2001:db8::1", 0), 0);
	assert_true(passes());
	make_ipv6(1, LINK_LOCAL1); /* its own */
	assert_true(passes());
	make_ipv6(2, LINK_LOCAL1);
	expect_drop(DVS_DROP_IP_UNBOUND);
	make_ipv6(1, "fe80::1234");
	expect_drop(DVS_DROP_IP_UNBOUND);
	make_ipv6(1, "::");
	expect_drop(DVS_DROP_IP_UNBOUND);
}

static void refuses_malformed_ip(void **state)
{
	(void)state;
	assert_int_equal(bind_to("p1", "10.0.0.1", 0), 0);
	assert_int_equal(bind_to("p1", "2001:db8::1", 0), 0);
	make_ipv4(1, IP4(1));
	p.bytes[14] = 0x4f;
	expect_drop(DVS_DROP_BAD_IP);
	make_ipv4(1, IP4(1));
	p.bytes[20] = 0x3f; /* a fragment that ends behind 65535 */
	p.bytes[21] = 0xff;
	expect_drop(DVS_DROP_BAD_IP);
	make_ipv6(1, "2001:db8::1");
	p.bytes[18] = 1;
	expect_drop(DVS_DROP_BAD_IP);
	make_ipv6(1, "2001:db8::1");
	p.bytes[14 + 6] = 44; /* its UDP header read as one of fragments: more headers behind */
	memcpy(p.bytes + 14 + 40, (uint8_t[8]){60, 0, 0, 8}, 8);
	packet_put(&p, "01234567", 8);
	dvs_store16(p.bytes + 18, 16);
	expect_drop(DVS_DROP_BAD_IP);
}

/* In 802.3 frames, as RFC 1042 has it, with a priority tag or without. */
static void no_packet_hides_in_llc(void **state)
{
	static const uint8_t snap[4][8] = {
		{0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x06},
		{0xaa, 0xaa, 3, 0, 0, 0xf8, 0x86, 0xdd},
		{0xab, 0xaa, 3, 0, 0, 0, 0x81, 0x00},
		{0x06, 0x06, 3, 0x45},
	};

	(void)state;
	assert_int_equal(bind_to("p1", "10.0.0.1", 0), 0);
	for (unsigned int i = 0; i < 8; i++) {
		packet_begin(&p, 0xff, 1, i < 4 ? 46 : 0x8100);
		if (i >= 4)
			packet_put(&p, "\0\0\0\x2e", 4);
		packet_put(&p, snap[i % 4], 8);
		packet_put(&p, (uint8_t[38]){0}, 38);
		expect_drop(DVS_DROP_BAD_IP);
	}
	packet_begin(&p, 0xff, 1, 46);
	packet_put(&p, "\xaa\xaa\3\0\0\x0c\x20\0", 8); /* another protocol */
	packet_put(&p, (uint8_t[38]){0}, 38);
	assert_true(passes());
}

static void looks_behind_the_snapshot(void **state)
{
	const uint8_t options[8] = {60};

	(void)state;
	packet_begin(&p, 0xff, 1, 0x86dd);
	packet_ipv6(&p, "2001:db8::1", ALL_NODES, 60, 255);
	for (unsigned int i = 0; i < 7; i++)
		packet_put(&p, options, 8);
	packet_put(&p, (uint8_t[8]){58, 9}, 8); /* of 80 bytes */
	packet_put(&p, (uint8_t[72]){0}, 72);
	packet_put(&p, (uint8_t[16]){134}, 16);
	p.protocol = 0;
	packet_end(&p);
	fixture_set(&f, "p1", "ip_binding", "off");
	fixture_set(&f, "p1", "ra_guard", "enforce");
	expect_drop(DVS_DROP_BAD_ND); /* not from a link-local address */
	memcpy(p.bytes + 22, (uint8_t[2]){0xfe, 0x80}, 2);
	expect_drop(DVS_DROP_ROGUE_RA);
	fixture_set(&f, "p1", "router", "true");
	assert_true(passes());
}

/* ---- ARP ---- */

static void guards_arp(void **state)
{
	(void)state;
	packet_arp(&p, 0xff, 1, 1, 1, 0, IP4(1)); /* a probe claims nothing */
	assert_true(passes());
	packet_arp(&p, 0xff, 1, 2, 1, 0, IP4(1));
	expect_drop(DVS_DROP_ARP_UNBOUND);
	packet_arp(&p, 0xff, 1, 1, 1, IP4(1), IP4(1)); /* an announcement does */
	expect_drop(DVS_DROP_ARP_UNBOUND);
	packet_arp(&p, 0xff, 1, 1, 1, IP4(1), IP4(2));
	expect_drop(DVS_DROP_ARP_UNBOUND);
	assert_int_equal(bind_to("p1", "10.0.0.1", 0), 0);
	assert_true(passes());
	packet_arp(&p, 0xff, 1, 1, 1, IP4(1), IP4(1));
	assert_true(passes());
	packet_arp(&p, 0xff, 1, 2, 3, IP4(1), IP4(2)); /* another's MAC inside */
	expect_drop(DVS_DROP_ARP_UNBOUND);
	packet_arp(&p, 0xff, 1, 1, 1, IP4(1), IP4(2));
	p.bytes[14 + 4] = 8;
	expect_drop(DVS_DROP_BAD_ARP);
	packet_arp(&p, 0xff, 1, 1, 1, IP4(1), IP4(2));
	p.length = 14 + 27;
	expect_drop(DVS_DROP_BAD_ARP);
}

/* ---- ND ---- */

static void guards_nd(void **state)
{
	(void)state;
	packet_nd(&p, 0, 1, 135, "::", "ff02::1:ff00:1", "2001:db8::1", 0, 0); /* DAD */
	assert_true(passes());
	packet_nd(&p, 0, 1, 135, "2001:db8::1", "ff02::1:ff00:2", "2001:db8::2", 1, 0);
	expect_drop(DVS_DROP_ND_UNBOUND);
	packet_nd(&p, 0, 1, 136, LINK_LOCAL1, ALL_NODES, "2001:db8::1", 1, 0x20);
	expect_drop(DVS_DROP_ND_UNBOUND);
	packet_nd(&p, 0, 1, 136, LINK_LOCAL1, ALL_NODES, LINK_LOCAL1, 1, 0x20);
	assert_true(passes());
	assert_int_equal(bind_to("p1", "2001:db8::1", 0), 0);
	packet_nd(&p, 0, 1, 136, "2001:db8::1", ALL_NODES, "2001:db8::1", 1, 0x20);
	assert_true(passes());
	packet_nd(&p, 0, 1, 136, "2001:db8::1", ALL_NODES, "2001:db8::1", 3, 0x20);
	expect_drop(DVS_DROP_ND_UNBOUND);
	packet_nd(&p, 0, 1, 135, "2001:db8::1", "ff02::1:ff00:2", "2001:db8::2", 3, 0);
	expect_drop(DVS_DROP_ND_UNBOUND);
	packet_nd(&p, 0, 1, 135, "2001:db8::1", "ff02::1:ff00:2", "2001:db8::2", 1, 0);
	p.bytes[14 + 40 + 25] = 0; /* option of length 0 */
	expect_drop(DVS_DROP_BAD_ND);
	packet_nd(&p, 0, 1, 135, "2001:db8::1", "ff02::1:ff00:2", "2001:db8::2", 1, 0);
	p.bytes[14 + 7] = 64; /* from another link */
	expect_drop(DVS_DROP_BAD_ND);
}

static void nothing_bound_can_still_start(void **state)
{
	(void)state;
	packet_begin_to(&p, (uint8_t[6]){0x33, 0x33, 0, 0, 0, 2}, 1, 0x86dd);
	packet_ipv6(&p, "::", "ff02::2", 58, 255); /* router solicitation */
	packet_put(&p, (uint8_t[8]){133}, 8);
	packet_end(&p);
	assert_true(passes());
	packet_begin_to(&p, (uint8_t[6]){0x33, 0x33, 0, 0, 0, 22}, 1, 0x86dd);
	packet_ipv6(&p, "::", "ff02::16", 58, 1); /* MLDv2 report */
	packet_put(&p, (uint8_t[8]){143}, 8);
	packet_end(&p);
	assert_true(passes());
	packet_begin(&p, 0xff, 1, 0x0800);
	packet_ipv4(&p, 0, UINT32_MAX, 17);
	packet_udp(&p, 68, 67);
	packet_dhcp4(&p, 1, 1, 7, 0);
	packet_put(&p, "\x35\1\1\xff", 4);
	packet_end(&p);
	assert_true(passes());
	p.bytes[14 + 28] = 2; /* a reply is no client's */
	packet_end(&p);
	expect_drop(DVS_DROP_IP_UNBOUND);
	packet_begin(&p, 0xff, 1, 0x0800);
	packet_ipv4(&p, 0, UINT32_MAX, 17);
	packet_udp(&p, 68, 67);
	packet_put(&p, "0123", 4);
	packet_end(&p);
	expect_drop(DVS_DROP_BAD_DHCP);
}

static void ra_guard(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "ip_binding", "off");
	packet_begin_to(&p, (uint8_t[6]){0x33, 0x33, 0, 0, 0, 1}, 1, 0x86dd);
	packet_ipv6(&p, LINK_LOCAL1, ALL_NODES, 58, 255);
	packet_put(&p, (uint8_t[16]){134}, 16);
	packet_end(&p);
	assert_true(passes());
	fixture_set(&f, "p1", "ra_guard", "audit");
	assert_true(passes());
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_ROGUE_RA), 1);
	fixture_set(&f, "p1", "ra_guard", "enforce");
	expect_drop(DVS_DROP_ROGUE_RA);
	fixture_set(&f, "p1", "router", "true");
	assert_true(passes());
	fixture_set(&f, "p1", "router", "false");
	packet_nd(&p, 0, 1, 135, "2001:db8::1", "ff02::1:ff00:2", "2001:db8::2", 1, 0);
	assert_true(passes());
}

/* ---- DHCP ---- */

static void make_client(uint8_t chaddr)
{
	packet_begin(&p, 0xff, 1, 0x0800);
	packet_ipv4(&p, 0, UINT32_MAX, 17);
	packet_udp(&p, 68, 67);
	packet_dhcp4(&p, 1, chaddr, 7, 0);
	packet_put(&p, "\x35\1\1\xff", 4);
	packet_put(&p, "\0\0\0\0", 4);
	packet_end(&p);
}

static void make_server(uint16_t to)
{
	packet_begin(&p, 0xff, 1, 0x0800);
	packet_ipv4(&p, IP4(1), UINT32_MAX, 17);
	packet_udp(&p, 67, to);
	packet_dhcp4(&p, 2, 9, 7, IP4(50));
	packet_put(&p, "\x35\1\5\x52\6\1\4port\xff", 12);
	packet_end(&p);
}

static void servers_are_behind_trusted_ports(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "ip_binding", "off");
	make_server(68);
	assert_true(passes());
	fixture_set(&f, "p1", "dhcp_guard", "audit");
	assert_true(passes());
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_DHCP_SERVER), 1);
	fixture_set(&f, "p1", "dhcp_guard", "enforce");
	expect_drop(DVS_DROP_DHCP_SERVER);
	make_server(67);
	expect_drop(DVS_DROP_DHCP_SERVER);
	make_server(68);
	packet_put(&p, "\0\0\0\0", 4);
	packet_end(&p);
	p.bytes[14 + 6] = 0x20; /* a first fragment */
	expect_drop(DVS_DROP_BAD_DHCP);
	fixture_set(&f, "p1", "dhcp_trusted", "true");
	make_server(68);
	assert_true(passes());
	packet_begin(&p, 0xff, 1, 0x86dd);
	packet_ipv6(&p, LINK_LOCAL1, ALL_NODES, 17, 64);
	packet_udp(&p, 547, 546);
	packet_put(&p, "\2\0\0\1", 4);
	packet_end(&p);
	assert_true(passes());
	fixture_set(&f, "p1", "dhcp_trusted", "false");
	expect_drop(DVS_DROP_DHCP_SERVER);
}

static void clients_reach_trusted_ports_only(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "ip_binding", "off");
	fixture_set(&f, "p1", "dhcp_guard", "audit");
	make_client(1);
	assert_true(passes());
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_NO_DHCP_SERVER), 1);
	fixture_set(&f, "p1", "dhcp_guard", "enforce");
	expect_drop(DVS_DROP_NO_DHCP_SERVER);
	fixture_set(&f, "p3", "dhcp_trusted", "true");
	dvs_mem_inject(fixture_dev(&f, "p1"), 0, p.bytes, p.length, NULL);
	fixture_run(&f, 1);
	assert_int_equal(fixture_received(&f, "p3"), 1);
	assert_int_equal(fixture_received(&f, "p2"), 0);
	fixture_set(&f, "p2", "dhcp_trusted", "true");
	assert_true(passes());
	make_client(3);
	expect_drop(DVS_DROP_DHCP_FORGED);
	make_client(1);
	p.bytes[14 + 28 + 24 + 3] = 9; /* a relay's address */
	expect_drop(DVS_DROP_DHCP_RELAY);
	packet_begin_to(&p, (uint8_t[6]){0x33, 0x33, 0, 1, 0, 2}, 1, 0x86dd);
	packet_ipv6(&p, LINK_LOCAL1, "ff02::1:2", 17, 1);
	packet_udp(&p, 546, 547);
	packet_put(&p, "\1\0\0\1", 4);
	packet_end(&p);
	assert_true(passes());
	fixture_set(&f, "p2", "dhcp_trusted", "false");
	assert_false(passes());
	p.bytes[14 + 48] = 12; /* relay-forward */
	expect_drop(DVS_DROP_DHCP_RELAY);
}

/* A sum that is to be written over the client's MAC, once the guard has looked at it. */
static void checksums_are_made_before_judging(void **state)
{
	struct dvs_offload offload = {.needs_csum = 1, .csum_start = 14 + 28, .csum_offset = 32};
	uint64_t before;

	(void)state;
	fixture_set(&f, "p1", "dhcp_guard", "enforce");
	fixture_set(&f, "p2", "dhcp_trusted", "true");
	make_client(1);
	before = fixture_drops(&f, "p1", DVS_DROP_DHCP_FORGED);
	dvs_mem_inject(fixture_dev(&f, "p1"), 0, p.bytes, p.length, &offload);
	fixture_run(&f, 1);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_DHCP_FORGED), before + 1);
	offload = (struct dvs_offload){.needs_csum = 1, .csum_start = 14, .csum_offset = 14};
	packet_arp(&p, 0xff, 1, 1, 1, 0, IP4(1)); /* over the sender's address */
	before = fixture_drops(&f, "p1", DVS_DROP_BAD_OFFLOAD);
	dvs_mem_inject(fixture_dev(&f, "p1"), 0, p.bytes, p.length, &offload);
	fixture_run(&f, 1);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_BAD_OFFLOAD), before + 1);
}

static void option_82_goes_in_and_comes_out(void **state)
{
	struct dvs_mem_frame got;
	uint32_t before;

	(void)state;
	fixture_set(&f, "p1", "ip_binding", "off");
	fixture_set(&f, "p1", "dhcp_option82", "true");
	make_client(1);
	before = p.length;
	dvs_mem_inject(fixture_dev(&f, "p1"), 0, p.bytes, p.length, NULL);
	fixture_run(&f, 1);
	fixture_received(&f, "p3");
	assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	assert_int_equal(got.length, before + 4 + 6);
	assert_true(packet_is_sound(got.data, got.length));
	assert_memory_equal(got.data + before - 5, "\x52\x08\x01\x06lan/p1\xff\0\0\0\0", 15);
	make_server(68);
	fixture_set(&f, "p1", "dhcp_option82", "false");
	fixture_set(&f, "p1", "dhcp_trusted", "true");
	dvs_mem_inject(fixture_dev(&f, "p1"), 0, p.bytes, p.length, NULL);
	fixture_run(&f, 1);
	fixture_received(&f, "p3");
	assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	assert_int_equal(got.length, p.length);
	assert_true(packet_is_sound(got.data, got.length));
	assert_memory_equal(got.data + p.length - 12, "\x35\1\5\xff\0\0\0\0\0\0\0\0", 12);
	fixture_set(&f, "p1", "dhcp_trusted", "false");
	fixture_set(&f, "p1", "dhcp_option82", "true");
	make_client(1);
	p.length -= 8; /* with the option already */
	packet_put(&p, "\x35\1\1\x52\6\1\4port\xff", 12);
	packet_end(&p);
	expect_drop(DVS_DROP_DHCP_RELAY);
}

static void circuit_id_is_the_operators(void **state)
{
	struct dvs_mem_frame got;

	(void)state;
	fixture_set(&f, "p1", "ip_binding", "off");
	fixture_set(&f, "p1", "dhcp_option82", "true");
	fixture_set(&f, "p1", "circuit_id", "rack 7");
	make_client(1);
	dvs_mem_inject(fixture_dev(&f, "p1"), 0, p.bytes, p.length, NULL);
	fixture_run(&f, 1);
	fixture_received(&f, "p3");
	assert_true(dvs_mem_collect(fixture_dev(&f, "p2"), 0, &got));
	assert_memory_equal(got.data + p.length - 5, "\x52\x08\x01\x06rack 7\xff", 11);
	fixture_set(&f, "p1", "mtu", "300"); /* no room: it goes as it is */
	dvs_mem_inject(fixture_dev(&f, "p1"), 0, p.bytes, 14 + 28 + 244, NULL);
	fixture_run(&f, 1);
	fixture_received(&f, "p2");
	fixture_received(&f, "p3");
}

/* ---- configuration ---- */

static void bindings_are_checked(void **state)
{
	struct dvs_port port = fixture_port("p1", "lan");

	(void)state;
	assert_int_equal(bind_to("nope", "10.0.0.1", 0), -ENOENT);
	assert_string_equal(f.err.field, "port");
	assert_int_equal(bind_to("p1", "224.0.0.1", 0), -EINVAL);
	assert_int_equal(bind_to("p1", "0.0.0.0", 0), -EINVAL);
	assert_int_equal(bind_to("p1", "10.0.0.1", 0), 0);
	assert_int_equal(fixture_delete(&f, &dvs_port_type, &port), -EBUSY);
	assert_int_equal(unbind("p1", "10.0.0.1"), 0);
	assert_int_equal(fixture_delete(&f, &dvs_port_type, &port), 0);
	assert_int_equal(fixture_put(&f, &dvs_port_type, &port), 0);
}

static void set_survives_a_new_session_of_the_port(void **state)
{
	(void)state;
	assert_int_equal(bind_to("p1", "10.0.0.1", 0), 0);
	fixture_set(&f, "p1", "queues", "2"); /* made anew */
	make_ipv4(1, IP4(1));
	assert_true(passes());
	make_ipv4(1, IP4(2));
	assert_false(passes());
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(binds_ipv4),
		TEST(binds_with_a_mac),
		TEST(audits_and_lets_off),
		TEST(binds_ipv6),
		TEST(refuses_malformed_ip),
		TEST(no_packet_hides_in_llc),
		TEST(looks_behind_the_snapshot),
		TEST(guards_arp),
		TEST(guards_nd),
		TEST(nothing_bound_can_still_start),
		TEST(ra_guard),
		TEST(servers_are_behind_trusted_ports),
		TEST(clients_reach_trusted_ports_only),
		TEST(checksums_are_made_before_judging),
		TEST(option_82_goes_in_and_comes_out),
		TEST(circuit_id_is_the_operators),
		TEST(bindings_are_checked),
		TEST(set_survives_a_new_session_of_the_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
