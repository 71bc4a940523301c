/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/packets/describe: a line for each protocol, and for each of them cut anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"

#define ETHERNET "ffffffffffff 525400000001 "
#define IP4	 ETHERNET "0800 4500001c 00000000 40"
#define IP6	 ETHERNET "86dd 60000000 0018"
#define FE80_1	 "fe800000000000000000000000000001"
#define FF02_1	 "ff020000000000000000000000000001"

static const struct {
	const char *hex, *line;
} cases[] = {
	{ETHERNET "0806 0001080006040001 525400000001 0a000009 000000000000 0a000001",
	 "52:54:00:00:00:01 > ff:ff:ff:ff:ff:ff ARP who-has 10.0.0.1 tell 10.0.0.9, 60 bytes"},
	{ETHERNET "8100 0005 0806 0001080006040001 525400000001 0a000009 000000000000 0a000001",
	 "52:54:00:00:00:01 > ff:ff:ff:ff:ff:ff vlan 5 ARP who-has 10.0.0.1 tell 10.0.0.9, "
	 "60 bytes"},
	{ETHERNET "0806 0001080006040001 525400000001 00000000 000000000000 0a000001",
	 "* ARP probe for 10.0.0.1, 60 bytes"},
	{ETHERNET "0806 0001080006040001 525400000001 0a000001 000000000000 0a000001",
	 "* ARP announces 10.0.0.1, 60 bytes"},
	{ETHERNET "0806 0001080006040002 525400000001 0a000001 000000000000 0a000009",
	 "* ARP reply 10.0.0.1 is-at 52:54:00:00:00:01, 60 bytes"},
	{ETHERNET "0806 0001080006040008 525400000001 0a000001 000000000000 0a000009",
	 "* ARP operation 8, 60 bytes"},
	{ETHERNET "0806 0006080008040001 525400000001 0a000001 000000000000 0a000009",
	 "* ARP hardware 6 protocol 0x0800 lengths 8 4, 60 bytes"},
	{ETHERNET "88a8 6007 8100 e008 88b5",
	 "* s-vlan 7 pcp 3 vlan 8 pcp 7 ethertype 0x88b5, 60 bytes"},
	{ETHERNET "88cc 0207", "* LLDP, 60 bytes"},
	{ETHERNET "8809 01", "* slow protocol (LACP), 60 bytes"},
	{ETHERNET "0026 424203", "* STP BPDU, 60 bytes"},
	{ETHERNET "0032 aaaa03 00000c010b", "* PVST BPDU, 60 bytes"},
	{ETHERNET "0032 aaaa03 00000c2000", "* SNAP 00000c type 0x2000, 60 bytes"},
	{ETHERNET "0032 fefe03", "* LLC fe fe, 60 bytes"},
	{IP4 "060000 0a000001 0a000002 04d2 0050 00000000 00000000 5012",
	 "* IPv4 10.0.0.1 > 10.0.0.2 TCP 1234 > 80 [SYN,ACK], 60 bytes"},
	{IP4 "110000 0a000001 0a000002 04d2 0035 00080000",
	 "* IPv4 10.0.0.1 > 10.0.0.2 UDP 1234 > 53, 60 bytes"},
	{IP4 "010000 0a000001 0a000002 0800",
	 "* IPv4 10.0.0.1 > 10.0.0.2 ICMP echo request, 60 bytes"},
	{IP4 "010000 0a000001 0a000002 6300", "* IPv4 10.0.0.1 > 10.0.0.2 ICMP type 99, 60 bytes"},
	{IP4 "020000 0a000001 e0000005 16000000 e0000005",
	 "* IPv4 10.0.0.1 > 224.0.0.5 IGMP v2 report for 224.0.0.5, 60 bytes"},
	{IP4 "2f0000 0a000001 0a000002", "* IPv4 10.0.0.1 > 10.0.0.2 protocol 47, 60 bytes"},
	{ETHERNET "0800 4500001c 000000b9 40110000 0a000001 0a000002",
	 "* IPv4 10.0.0.1 > 10.0.0.2 protocol 17, fragment at 1480, 60 bytes"},
	{ETHERNET "0800 4500001c 00002000 40110000 0a000001 0a000002 04d2 0035 00080000",
	 "* IPv4 10.0.0.1 > 10.0.0.2 first fragment UDP 1234 > 53, 60 bytes"},
	{ETHERNET "0800 4400001c 00000000 40110000 0a000001 0a000002",
	 "* IPv4 10.0.0.1 > 10.0.0.2 header of 16 bytes, 60 bytes"},
	{ETHERNET "0800 7500001c 00000000 40110000 0a000001 0a000002",
	 "* IPv4 version 7, 60 bytes"},
	{IP4 "110000 00000000 ffffffff 0044 0043 01000000 01010600 00000000 00000000 00000000 "
	     "00000000 00000000 00000000 525400000001",
	 "* IPv4 0.0.0.0 > 255.255.255.255 DHCP from a client for 52:54:00:00:00:01, 60 bytes"},
	{IP6 "3aff " FE80_1 FF02_1 "87000000 00000000 " FE80_1,
	 "* IPv6 fe80::1 > ff02::1 ICMPv6 neighbor solicitation for fe80::1, 60 bytes"},
	{IP6 "3aff " FE80_1 FF02_1 "86000000 00000000",
	 "* IPv6 fe80::1 > ff02::1 ICMPv6 router advertisement, 60 bytes"},
	{IP6 "3aff " FE80_1 FF02_1 "87000000 00000000 fe80",
	 "* IPv6 fe80::1 > ff02::1 ICMPv6 neighbor solicitation ..., 60 bytes"},
	{IP6 "11ff " FE80_1 FF02_1 "0222 0223 00080000 01",
	 "* IPv6 fe80::1 > ff02::1 DHCPv6 solicit, 60 bytes"},
	{IP6 "00ff " FE80_1 FF02_1 "3a00050200000000 8f000000 00000000",
	 "* IPv6 fe80::1 > ff02::1 ICMPv6 MLDv2 report, 60 bytes"},
	{IP6 "2cff " FE80_1 FF02_1 "3a000001 00000000 86000000 00000000",
	 "* IPv6 fe80::1 > ff02::1 first fragment ICMPv6 router advertisement, 60 bytes"},
	{IP6 "2cff " FE80_1 FF02_1 "3a000040 00000000",
	 "* IPv6 fe80::1 > ff02::1 protocol 58, fragment at 64, 60 bytes"},
	{IP6 "00ff " FE80_1 FF02_1 "3aff050200000000", "* IPv6 fe80::1 > ff02::1 ..., 60 bytes"},
	{ETHERNET "0800", "* IPv4 ..., 60 bytes"},
	{ETHERNET, "* ..., 60 bytes"},
	{"ffff", "no Ethernet header, 60 bytes"},
};

static unsigned int parse_hex(const char *hex, uint8_t *bytes)
{
	unsigned int n = 0;

	while (*hex != '\0') {
		char digits[3] = {hex[0], hex[1], '\0'};

		if (*hex == ' ') {
			hex++;
			continue;
		}
		bytes[n++] = (uint8_t)strtoul(digits, NULL, 16);
		hex += 2;
	}
	return n;
}

static void every_protocol_has_its_line(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[256];
		unsigned int n = parse_hex(cases[i].hex, bytes);
		char line[DVS_DESCRIBE_MAX], wanted[DVS_DESCRIBE_MAX];

		snprintf(wanted, sizeof(wanted), "%s%s",
			 cases[i].line[0] == '*' ? "52:54:00:00:00:01 > ff:ff:ff:ff:ff:ff" : "",
			 cases[i].line + (cases[i].line[0] == '*'));
		assert_string_equal(dvs_describe_frame(bytes, n, 60, line), wanted);
	}
}

/* In memory of just that size, so that a sanitizer sees what is read behind it. */
static void frames_may_end_anywhere(void **state)
{
	char line[DVS_DESCRIBE_MAX];

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[256];
		unsigned int whole = parse_hex(cases[i].hex, bytes);

		for (unsigned int n = 0; n <= whole; n++) {
			uint8_t *cut = malloc(n != 0 ? n : 1);

			assert_non_null(cut);
			memcpy(cut, bytes, n);
			dvs_describe_frame(cut, n, n, line);
			assert_non_null(strstr(line, " bytes"));
			free(cut);
		}
	}
}

/* A DHCP message that is there in whole says its type; options that loop end. */
static void dhcp_types_are_found(void **state)
{
	uint8_t frame[400] = {0};
	char line[DVS_DESCRIBE_MAX];

	(void)state;
	parse_hex(IP4 "110000 00000000 ffffffff 0044 0043 01000000 01010600", frame);
	memcpy(frame + 14 + 28 + 236, "\x63\x82\x53\x63\x00\x0c\x02hi\x35\x01\x01\xff", 13);
	dvs_describe_frame(frame, sizeof(frame), 400, line);
	assert_non_null(strstr(line, "DHCP discover for 00:00:00:00:00:00, 400 bytes"));
	frame[14 + 28 + 236 + 6] = 0xff; /* a length that lies */
	dvs_describe_frame(frame, sizeof(frame), 400, line);
	assert_non_null(strstr(line, "DHCP from a client"));
}

static void tags_without_end_do_no_harm(void **state)
{
	uint8_t frame[1500];
	char line[DVS_DESCRIBE_MAX];

	(void)state;
	for (unsigned int i = 0; i < sizeof(frame); i += 4)
		memcpy(frame + i, "\x81\x00\xff\xff", 4);
	dvs_describe_frame(frame, sizeof(frame), sizeof(frame), line);
	assert_non_null(strstr(line, "ethertype 0x8100, 1500 bytes"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_protocol_has_its_line),
		cmocka_unit_test(frames_may_end_anywhere),
		cmocka_unit_test(dhcp_types_are_found),
		cmocka_unit_test(tags_without_end_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
