/* SPDX-License-Identifier: BSD-3-Clause */
/* Bindings that are learnt: p1 and p3 are VMs, a DHCP server is behind p2. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "packet_maker.h"
#include "savi.h"

#define IP4(last) (0x0a000000u + (last))

static struct fixture f;
static struct packet p;
static char state_dir[] = "/tmp/dvs-savi-XXXXXX";

static void add_ports(void)
{
	fixture_add_segment(&f, "lan");
	fixture_add_port(&f, "p1", "lan");
	fixture_add_port(&f, "p2", "lan");
	fixture_add_port(&f, "p3", "lan");
	for (unsigned int i = 0; i < 2; i++) {
		const char *port = i == 0 ? "p1" : "p3";

		fixture_set(&f, port, "ip_binding", "enforce");
		fixture_set(&f, port, "binding_learn", "dhcp4,dhcp6,slaac");
		fixture_set(&f, port, "binding_limit", "3");
	}
	fixture_set(&f, "p2", "dhcp_trusted", "true");
}

static int set_up(void **state)
{
	(void)state;
	fixture_create(&f, 1, false);
	add_ports();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_check_invariant(&f);
	fixture_free(&f);
	return 0;
}

static void discard(void)
{
	fixture_received(&f, "p1");
	fixture_received(&f, "p2");
	fixture_received(&f, "p3");
}

static void send_from(const char *port)
{
	packet_end(&p);
	assert_int_equal(dvs_mem_inject(fixture_dev(&f, port), 0, p.bytes, p.length, NULL), 0);
	fixture_run(&f, 1);
	discard();
}

/* Entries in force; *ret_last is one of the port's. */
static unsigned int entries(const char *port, struct dvs_binding_entry *ret_last)
{
	struct dvs_binding_entry entry;
	uint64_t cursor = 0;
	unsigned int n = 0;

	do {
		if (dvs_switch_dump(f.sw, &dvs_binding_entry_type, &cursor, &entry, 1) == 1 &&
		    strcmp(entry.port, port) == 0) {
			*ret_last = entry;
			n++;
		}
	} while (cursor != 0);
	return n;
}

static unsigned int count(const char *port)
{
	struct dvs_binding_entry entry;

	return entries(port, &entry);
}

static bool passes4(const char *port, uint8_t mac, uint32_t src)
{
	packet_begin(&p, 0xff, mac, 0x0800);
	packet_ipv4(&p, src, IP4(99), 17);
	packet_udp(&p, 1000, 2000);
	packet_end(&p);
	dvs_mem_inject(fixture_dev(&f, port), 0, p.bytes, p.length, NULL);
	fixture_run(&f, 1);
	fixture_received(&f, "p1");
	fixture_received(&f, "p3");
	return fixture_received(&f, "p2") == 1;
}

/* ---- DHCP for IPv4 ---- */

static void client4(const char *port, uint8_t mac, uint8_t type, uint32_t xid, uint32_t ciaddr)
{
	uint8_t option[4] = {53, 1, type, 255};

	packet_begin(&p, 0xff, mac, 0x0800);
	packet_ipv4(&p, ciaddr, UINT32_MAX, 17);
	packet_udp(&p, 68, 67);
	packet_dhcp4(&p, 1, mac, xid, 0);
	dvs_store32(p.bytes + 14 + 28 + 12, ciaddr);
	packet_put(&p, option, 4);
	send_from(port);
}

static void server4(const char *port, uint8_t type, uint8_t chaddr, uint32_t xid, uint32_t yiaddr,
		    uint32_t lease_s)
{
	uint8_t options[10] = {53, 1, type, 51, 4};

	dvs_store32(options + 5, lease_s);
	options[9] = 255;
	packet_begin(&p, 0xff, 9, 0x0800);
	packet_ipv4(&p, IP4(254), UINT32_MAX, 17);
	packet_udp(&p, 67, 68);
	packet_dhcp4(&p, 2, chaddr, xid, yiaddr);
	packet_put(&p, options, sizeof(options));
	send_from(port);
}

static void lease4(const char *port, uint8_t mac, uint32_t xid, uint32_t ip, uint32_t lease_s)
{
	client4(port, mac, 3, xid, 0);
	server4("p2", 5, mac, xid, ip, lease_s);
}

static void ack_binds_and_lease_ends(void **state)
{
	struct dvs_binding_entry entry;

	(void)state;
	assert_false(passes4("p1", 1, IP4(5)));
	lease4("p1", 1, 7, IP4(5), 100);
	assert_int_equal(entries("p1", &entry), 1);
	assert_int_equal(entry.kind, DVS_BINDING_DHCP4);
	assert_int_equal(entry.mac[5], 1);
	assert_in_range(entry.lease_s, 98, 100);
	assert_string_equal(entry.segment, "lan");
	assert_true(passes4("p1", 1, IP4(5)));
	assert_false(passes4("p1", 2, IP4(5)));
	assert_false(passes4("p3", 1, IP4(5)));
	assert_int_equal(fixture_state(&f, "p1").bindings, 1);
	fixture_warp(&f, 60);
	lease4("p1", 1, 8, IP4(5), 100); /* renewed */
	fixture_warp(&f, 60);
	assert_true(passes4("p1", 1, IP4(5)));
	fixture_warp(&f, 45);
	assert_int_equal(count("p1"), 0);
	assert_false(passes4("p1", 1, IP4(5)));
	lease4("p1", 1, 9, IP4(5), UINT32_MAX);
	fixture_warp(&f, 100000);
	assert_int_equal(entries("p1", &entry), 1);
	assert_int_equal(entry.lease_s, 0);
}

static void only_answers_of_trusted_ports_count(void **state)
{
	(void)state;
	client4("p1", 1, 3, 7, 0);
	server4("p3", 5, 1, 7, IP4(5), 100); /* not a server's port */
	server4("p2", 5, 1, 8, IP4(6), 100); /* another transaction */
	server4("p2", 5, 2, 7, IP4(6), 100); /* another client */
	server4("p2", 6, 1, 7, IP4(6), 100); /* NAK */
	assert_int_equal(count("p1") + count("p3"), 0);
	fixture_set(&f, "p1", "binding_learn", "dhcp6");
	lease4("p1", 1, 7, IP4(5), 100);
	assert_int_equal(count("p1"), 0);
}

static void answer_may_be_first(void **state)
{
	(void)state;
	server4("p2", 5, 1, 7, IP4(5), 100);
	assert_int_equal(count("p1"), 0);
	client4("p1", 1, 3, 7, 0);
	assert_int_equal(count("p1"), 1);
	server4("p2", 5, 1, 8, IP4(6), 100);
	fixture_warp(&f, 5);
	client4("p1", 1, 3, 8, 0);
	assert_int_equal(count("p1"), 1);
}

static void release_and_decline_unbind(void **state)
{
	(void)state;
	lease4("p1", 1, 7, IP4(5), 100);
	client4("p3", 1, 7, 8, IP4(5)); /* another VM cannot */
	assert_int_equal(count("p1"), 1);
	client4("p1", 1, 7, 8, IP4(5));
	assert_int_equal(count("p1"), 0);
	lease4("p1", 1, 7, IP4(5), 100);
	packet_begin(&p, 0xff, 1, 0x0800);
	packet_ipv4(&p, 0, UINT32_MAX, 17);
	packet_udp(&p, 68, 67);
	packet_dhcp4(&p, 1, 1, 9, 0);
	packet_put(&p, "\x35\1\4\x32\4\x0a\0\0\5\xff", 10);
	send_from("p1");
	assert_int_equal(count("p1"), 0);
}

static void address_moves_to_its_new_client(void **state)
{
	(void)state;
	lease4("p1", 1, 7, IP4(5), 100);
	lease4("p3", 3, 8, IP4(5), 100);
	assert_int_equal(count("p1"), 0);
	assert_int_equal(count("p3"), 1);
	assert_false(passes4("p1", 1, IP4(5)));
}

static void limit_refuses(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		lease4("p1", 1, 10 + i, IP4(10 + i), 100);
	assert_int_equal(count("p1"), 3);
	assert_int_equal(fixture_state(&f, "p1").bindings_refused, 2);
	assert_true(passes4("p1", 1, IP4(12)));
	assert_false(passes4("p1", 1, IP4(13)));
	fixture_set(&f, "p1", "binding_learn", "none");
	assert_int_equal(count("p1"), 0);
	assert_false(passes4("p1", 1, IP4(12)));
}

static void operators_word_comes_first(void **state)
{
	struct dvs_binding binding = {.port = "p1", .mac = {2, 0, 0, 0, 0, 8}};

	(void)state;
	lease4("p1", 1, 7, IP4(5), 100);
	dvs_prefix_parse("10.0.0.5", &binding.address);
	assert_int_equal(fixture_put(&f, &dvs_binding_type, &binding), 0);
	assert_false(passes4("p1", 1, IP4(5)));
	assert_true(passes4("p1", 8, IP4(5)));
	assert_int_equal(fixture_delete(&f, &dvs_binding_type, &binding), 0);
	assert_true(passes4("p1", 1, IP4(5)));
}

/* What another port has by configuration is not given away. */
static void server_cannot_give_what_is_bound(void **state)
{
	struct dvs_binding binding = {.port = "p3"};

	(void)state;
	dvs_prefix_parse("10.0.0.5", &binding.address);
	assert_int_equal(fixture_put(&f, &dvs_binding_type, &binding), 0);
	lease4("p1", 1, 7, IP4(5), 100);
	assert_int_equal(count("p1"), 0);
	assert_int_equal(fixture_state(&f, "p1").bindings_refused, 1);
	assert_false(passes4("p1", 1, IP4(5)));
	assert_int_equal(fixture_delete(&f, &dvs_binding_type, &binding), 0);
	lease4("p1", 1, 8, IP4(5), 100);
	assert_int_equal(count("p1"), 1);
}

/* Gives back what is p1's: the server would believe it. */
static void others_leases_are_not_given_back(void **state)
{
	static const char *const types[] = {"\x35\1\4", "\x35\1\7"};

	(void)state;
	fixture_set(&f, "p1", "dhcp_guard", "enforce");
	fixture_set(&f, "p3", "dhcp_guard", "enforce");
	lease4("p1", 1, 7, IP4(5), 100);
	lease4("p3", 3, 7, IP4(6), 100);
	for (unsigned int i = 0; i < 4; i++) {
		packet_begin(&p, 0xff, 3, 0x0800);
		packet_ipv4(&p, IP4(6), UINT32_MAX, 17);
		packet_udp(&p, 68, 67);
		packet_dhcp4(&p, 1, 3, 9, 0);
		p.bytes[14 + 28 + 12] = 10;
		p.bytes[14 + 28 + 15] = i < 2 ? 5 : 6;
		packet_put(&p, types[i % 2], 3);
		packet_put(&p, i < 2 ? "\x32\4\x0a\0\0\5\xff" : "\x32\4\x0a\0\0\6\xff", 7);
		send_from("p3");
		assert_int_equal(fixture_drops(&f, "p3", DVS_DROP_DHCP_FORGED), i < 2 ? i + 1 : 2);
		if (i == 2)
			lease4("p3", 3, 8, IP4(6), 100);
	}
	assert_int_equal(count("p1"), 1);
	assert_int_equal(count("p3"), 0);
	packet_begin(&p, 0xff, 3, 0x0800);
	packet_ipv4(&p, 0, UINT32_MAX, 17);
	packet_udp(&p, 68, 67);
	packet_dhcp4(&p, 1, 3, 9, 0);
	packet_put(&p, "\x35\1\3\x3d\7\1\2\0\0\0\0\1\xff", 13); /* a client id of p1's MAC */
	send_from("p3");
	assert_int_equal(fixture_drops(&f, "p3", DVS_DROP_DHCP_FORGED), 3);
}

/* p3 asks in the name of p1's MAC, from its own. */
static void request_in_anothers_name(void **state)
{
	(void)state;
	client4("p1", 1, 3, 7, 0);
	packet_begin(&p, 0xff, 3, 0x0800);
	packet_ipv4(&p, 0, UINT32_MAX, 17);
	packet_udp(&p, 68, 67);
	packet_dhcp4(&p, 1, 1, 7, 0);
	packet_put(&p, "\x35\1\3\xff", 4);
	send_from("p3");
	server4("p2", 5, 1, 7, IP4(5), 100);
	assert_int_equal(count("p1"), 1);
	assert_int_equal(count("p3"), 0);
}

/* ---- DHCP for IPv6 ---- */

static void dhcp6(const char *port, uint8_t mac, uint16_t to, uint8_t type, uint32_t valid_s)
{
	uint8_t lifetimes[8];

	packet_begin_to(&p, (uint8_t[6]){0x33, 0x33, 0, 1, 0, 2}, mac, 0x86dd);
	packet_ipv6(&p, mac == 1 ? "fe80::ff:fe00:1" : "fe80::ff:fe00:9", "ff02::1:2", 17, 1);
	packet_udp(&p, to == 547 ? 546 : 547, to);
	packet_put(&p, &type, 1);
	packet_put(&p,
		   "\0\0\7"
		   "\0\1\0\4abcd"
		   "\0\3\0\x28"
		   "0123"
		   "00000000",
		   3 + 8 + 16);
	packet_put(&p, "\0\5\0\x18\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\5", 20);
	dvs_store32(lifetimes, valid_s);
	dvs_store32(lifetimes + 4, valid_s);
	packet_put(&p, lifetimes, 8);
	send_from(port);
}

static bool passes6(const char *src)
{
	packet_begin(&p, 0xff, 1, 0x86dd);
	packet_ipv6(&p, src, "ff02::1", 17, 64);
	packet_udp(&p, 1000, 2000);
	packet_end(&p);
	dvs_mem_inject(fixture_dev(&f, "p1"), 0, p.bytes, p.length, NULL);
	fixture_run(&f, 1);
	fixture_received(&f, "p3");
	return fixture_received(&f, "p2") == 1;
}

static void reply_binds(void **state)
{
	struct dvs_binding_entry entry;

	(void)state;
	dhcp6("p2", 9, 546, 7, 50); /* nobody asked */
	fixture_warp(&f, 5);
	assert_false(passes6("2001:db8::5"));
	dhcp6("p1", 1, 547, 3, 0);
	dhcp6("p2", 9, 546, 7, 50);
	assert_int_equal(entries("p1", &entry), 1);
	assert_int_equal(entry.kind, DVS_BINDING_DHCP6);
	assert_int_equal(entry.mac[5], 1);
	assert_true(passes6("2001:db8::5"));
	dhcp6("p2", 9, 546, 7, 0); /* not any more */
	assert_int_equal(count("p1"), 0);
	dhcp6("p2", 9, 546, 7, 50);
	dhcp6("p1", 1, 547, 8, 0); /* released */
	assert_int_equal(count("p1"), 0);
	dhcp6("p1", 1, 547, 5, 0);
	dhcp6("p2", 9, 546, 7, 50);
	assert_int_equal(count("p1"), 1);
	fixture_warp(&f, 60);
	assert_int_equal(count("p1"), 0);
}

static void others_leases_are_not_given_back6(void **state)
{
	(void)state;
	fixture_set(&f, "p1", "dhcp_guard", "enforce");
	fixture_set(&f, "p3", "dhcp_guard", "enforce");
	dhcp6("p1", 1, 547, 3, 0);
	dhcp6("p2", 9, 546, 7, 50);
	assert_int_equal(count("p1"), 1);
	dhcp6("p3", 1, 547, 8, 0);
	assert_int_equal(fixture_drops(&f, "p3", DVS_DROP_DHCP_FORGED), 1);
	dhcp6("p1", 1, 547, 8, 0);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_DHCP_FORGED), 0);
	assert_int_equal(count("p1"), 0);
}

/* ---- duplicate address detection ---- */

static void ask(const char *port, uint8_t mac, const char *target)
{
	packet_nd(&p, 0, mac, 135, "::", "ff02::1:ff00:1", target, 0, 0);
	send_from(port);
}

static void wait_ms(uint32_t ms)
{
	dvs_clock_warp(&f.clock, ms * UINT64_C(1000000));
	fixture_run(&f, 1);
}

static void dad(const char *port, uint8_t mac, const char *target)
{
	ask(port, mac, target);
	wait_ms(500);
}

static void first_come_first_served(void **state)
{
	struct dvs_binding_entry entry;

	(void)state;
	assert_false(passes6("2001:db8::1"));
	dad("p1", 1, "2001:db8::1");
	assert_int_equal(entries("p1", &entry), 1);
	assert_int_equal(entry.kind, DVS_BINDING_SLAAC);
	assert_true(passes6("2001:db8::1"));
	dad("p3", 3, "2001:db8::1");
	assert_int_equal(count("p3"), 0);
	assert_int_equal(fixture_state(&f, "p3").bindings_refused, 1);
}

/* A router without guard or binding is known by what it answers. */
static void asked_for_what_others_have(void **state)
{
	(void)state;
	ask("p1", 1, "fe80::1");
	packet_nd(&p, 0, 9, 136, "fe80::1", "ff02::1", "fe80::1", 9, 0x20);
	send_from("p2");
	wait_ms(600);
	assert_int_equal(count("p1"), 0);
	assert_false(passes6("fe80::1"));
	assert_int_equal(fixture_state(&f, "p1").bindings_refused, 1);
	ask("p1", 1, "fe80::2");
	wait_ms(400);
	assert_false(passes6("fe80::2")); /* not yet */
	ask("p3", 3, "fe80::2");
	ask("p1", 1, "fe80::2"); /* once more, as hosts do */
	packet_nd(&p, 0, 3, 136, "fe80::ff:fe00:3", "ff02::1", "fe80::2", 3, 0x20);
	send_from("p3"); /* it is not its own to defend */
	packet_nd(&p, 0, 1, 136, "fe80::ff:fe00:1", "ff02::1", "fe80::2", 1, 0x20);
	send_from("p1");
	wait_ms(100);
	assert_true(passes6("fe80::2"));
	ask("p1", 1, "fe80::3");
	fixture_set(&f, "p1", "binding_learn", "none");
	fixture_set(&f, "p1", "binding_learn", "slaac");
	fixture_delete_port(&f, "p1");
	fixture_add_port(&f, "p1", "lan");
	wait_ms(600);
	assert_int_equal(count("p1"), 0);
}

/* One that was found first does not stay when a server gives the address to another port, and a
 * lease does not become more than a lease by asking. */
static void leases_and_found_addresses(void **state)
{
	struct dvs_binding_entry entry;

	(void)state;
	dad("p3", 3, "2001:db8::5");
	assert_int_equal(count("p3"), 1);
	dhcp6("p1", 1, 547, 3, 0);
	dhcp6("p2", 9, 546, 7, 50);
	assert_int_equal(count("p3"), 0);
	assert_int_equal(entries("p1", &entry), 1);
	dad("p1", 1, "2001:db8::5");
	assert_int_equal(entries("p1", &entry), 1);
	assert_int_equal(entry.kind, DVS_BINDING_DHCP6);
	fixture_warp(&f, 60);
	assert_int_equal(count("p1"), 0);
}

/* Beyond what can be learnt from, nothing is asked either. */
static void floods_are_stopped(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 60; i++)
		client4("p1", 1, 1, i, 0);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_LEARN_LIMIT), 10);
	for (uint32_t i = 0; i < 60; i++)
		ask("p1", 1, "2001:db8::1");
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_LEARN_LIMIT), 20);
	lease4("p3", 3, 7, IP4(5), 100); /* another port's are not its affair */
	assert_int_equal(count("p3"), 1);
	fixture_set(&f, "p1", "ip_binding", "audit");
	client4("p1", 1, 1, 99, 0);
	assert_int_equal(fixture_drops(&f, "p1", DVS_DROP_LEARN_LIMIT), 20);
	assert_int_equal(fixture_audited(&f, "p1", DVS_DROP_LEARN_LIMIT), 1);
}

static void silent_addresses_make_room_and_end(void **state)
{
	(void)state;
	dad("p1", 1, "2001:db8::1");
	fixture_warp(&f, 10);
	dad("p1", 1, "2001:db8::2");
	fixture_warp(&f, 10);
	dad("p1", 1, "2001:db8::3");
	fixture_warp(&f, 10);
	assert_true(passes6("2001:db8::1")); /* the oldest, but not silent */
	dad("p1", 1, "2001:db8::4");
	assert_true(passes6("2001:db8::1"));
	assert_false(passes6("2001:db8::2"));
	assert_true(passes6("2001:db8::4"));
	fixture_warp(&f, DVS_SLAAC_SILENCE_S - 10);
	assert_true(passes6("2001:db8::4"));
	fixture_warp(&f, DVS_SLAAC_SILENCE_S - 10);
	assert_int_equal(count("p1"), 1);
	assert_false(passes6("2001:db8::1"));
	assert_true(passes6("2001:db8::4"));
}

/* ---- over a restart ---- */

static void restart(void)
{
	dvs_switch_free(f.sw);
	fixture_create_in(&f, 1, false, state_dir);
}

static void path_of(char path[64], const char *name)
{
	snprintf(path, 64, "%s/%s", state_dir, name);
}

static void flip_a_byte(const char *path, long at)
{
	FILE *file = fopen(path, "r+");
	int byte;

	assert_non_null(file);
	fseek(file, at, SEEK_SET);
	byte = fgetc(file);
	fseek(file, at, SEEK_SET);
	fputc(byte ^ 1, file);
	fclose(file);
}

static void bindings_outlive_the_switch(void **state)
{
	struct dvs_binding_entry entry;
	char path[64];

	(void)state;
	assert_non_null(mkdtemp(state_dir));
	path_of(path, "bindings");
	restart();
	add_ports();
	lease4("p1", 1, 7, IP4(5), 1000);
	lease4("p3", 3, 8, IP4(6), 1000);
	fixture_warp(&f, 2); /* written */
	assert_int_equal(access(path, R_OK), 0);
	restart();
	fixture_warp(&f, 2);
	restart(); /* still nobody's: it waits on */
	add_ports();
	assert_int_equal(entries("p1", &entry), 1);
	assert_in_range(entry.lease_s, 900, 1000);
	assert_true(passes4("p1", 1, IP4(5)));
	fixture_set(&f, "p3", "binding_learn", "none");
	fixture_warp(&f, 2);
	restart();
	add_ports();
	assert_int_equal(count("p1"), 1);
	assert_int_equal(count("p3"), 0);
	fixture_warp(&f, 2);
	flip_a_byte(path, 60);
	restart();
	add_ports();
	assert_int_equal(count("p1"), 0);
	unlink(path);
	rmdir(state_dir);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(ack_binds_and_lease_ends),
		TEST(only_answers_of_trusted_ports_count),
		TEST(answer_may_be_first),
		TEST(release_and_decline_unbind),
		TEST(address_moves_to_its_new_client),
		TEST(limit_refuses),
		TEST(operators_word_comes_first),
		TEST(server_cannot_give_what_is_bound),
		TEST(request_in_anothers_name),
		TEST(others_leases_are_not_given_back),
		TEST(reply_binds),
		TEST(others_leases_are_not_given_back6),
		TEST(first_come_first_served),
		TEST(asked_for_what_others_have),
		TEST(leases_and_found_addresses),
		TEST(floods_are_stopped),
		TEST(silent_addresses_make_room_and_end),
		TEST(bindings_outlive_the_switch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
