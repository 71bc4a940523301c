/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/base: texts, errors, MAC addresses, the field engine; and the tables of all types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "ip.h"
#include "log.h"
#include "mac.h"
#include "objects.h"
#include "text.h"

/* One field of each kind that the tables of the switch do not have with all its corners. */
struct sample {
	uint64_t flags64;
	uint64_t big;
	uint64_t rate;
	uint32_t count;
	uint16_t mode;
	uint8_t on;
	uint8_t color;
	uint8_t small;
	uint8_t mac[6];
	char name[DVS_NAME_LEN];
	char short_name[8];
	char note[16];
	char path[32];
	struct dvs_prefix prefix;
	struct dvs_ip ip;
	uint8_t map[8];
};

static const char *const colors[] = {"red", "green", "blue", NULL};
static const char *const bits[] = {"a", "bb", "ccc", NULL};

#define AT(member)                                                                                 \
	.offset = (uint16_t)offsetof(struct sample, member),                                       \
	.size = (uint16_t)sizeof(((struct sample *)NULL)->member)

static const struct dvs_field sample_fields[] = {
	{.name = "name", .type = DVS_FIELD_NAME, AT(name), .flags = DVS_FIELD_KEY},
	{.name = "mac", .type = DVS_FIELD_MAC, AT(mac), .flags = DVS_FIELD_KEY},
	{.name = "short_name", .type = DVS_FIELD_NAME, AT(short_name)},
	{.name = "note", .type = DVS_FIELD_STRING, AT(note)},
	{.name = "path", .type = DVS_FIELD_PATH, AT(path)},
	{.name = "flags64", .type = DVS_FIELD_FLAGS, AT(flags64), .names = bits},
	{.name = "big", .type = DVS_FIELD_UINT, AT(big)},
	{.name = "count",
	 .type = DVS_FIELD_UINT,
	 AT(count),
	 .min = 5,
	 .max = 10,
	 .default_text = "7",
	 .unit = "things"},
	{.name = "small", .type = DVS_FIELD_UINT, AT(small)},
	{.name = "mode", .type = DVS_FIELD_MODE, AT(mode), .default_text = "0640"},
	{.name = "rate", .type = DVS_FIELD_RATE, AT(rate), .default_text = "off"},
	{.name = "on", .type = DVS_FIELD_BOOL, AT(on), .default_text = "true"},
	{.name = "color",
	 .type = DVS_FIELD_ENUM,
	 AT(color),
	 .names = colors,
	 .flags = DVS_FIELD_REQUIRED},
	{.name = "prefix", .type = DVS_FIELD_PREFIX, AT(prefix)},
	{.name = "ip", .type = DVS_FIELD_IP, AT(ip)},
	{.name = "map", .type = DVS_FIELD_MAP, AT(map), .max = 63, .default_text = "none"},
};

static const struct dvs_type sample_type = {.name = "sample",
					    .plural = "samples",
					    .size = sizeof(struct sample),
					    .n_fields = COUNT_OF(sample_fields),
					    .fields = sample_fields};

static const struct dvs_type *const all_types[] = {
	&dvs_segment_type,  &dvs_portgroup_type,  &dvs_port_type,      &dvs_mac_type,
	&sample_type,	    &dvs_port_state_type, &dvs_fdb_entry_type, &dvs_drop_type,
	&dvs_switch_type,   &dvs_binding_type,	  &dvs_group_type,     &dvs_group_state_type,
	&dvs_duplicate_type};

static void text_is_printable(void **state)
{
	static const struct {
		const char *text;
		bool is_printable;
	} cases[] = {
		{"", true},
		{"plain ~ text", true},
		{"gr\xc3\xbc\xc3\x9f", true},
		{"\xe2\x82\xac \xf0\x9f\x90\xa7", true},
		{"tab\t", false},
		{"line\n", false},
		{"\x1b[2J", false},
		{"\x7f", false},
		{"\xc2\x85", false},		 /* C1 NEL */
		{"\xc0\xaf", false},		 /* overlong '/' */
		{"\xe0\x80\xaf", false},	 /* overlong '/' */
		{"\xf0\x80\x80\xaf", false},	 /* overlong '/' */
		{"\xed\xa0\x80", false},	 /* surrogate */
		{"\xf4\x90\x80\x80", false},	 /* beyond U+10FFFF */
		{"\xf8\x88\x80\x80\x80", false}, /* five bytes */
		{"\x80", false},
		{"\xc3", false},
		{"\xe2\x82", false},
		{"\xe2\x80\xae", false}, /* right-to-left override */
		{"\xe2\x80\xa8", false}, /* line separator */
	};
	char member[4] = {'a', 'b', 'c', 'd'};

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(dvs_text_is_printable(cases[i].text, strlen(cases[i].text)),
				 cases[i].is_printable);
	assert_false(dvs_text_is_printable("a\0b", 3));
	assert_false(dvs_text_is_member(member, sizeof(member)));
	member[3] = '\0';
	assert_true(dvs_text_is_member(member, sizeof(member)));
}

static void text_copy(void **state)
{
	char small[6], one[1];

	(void)state;
	assert_string_equal(dvs_text_copy(small, sizeof(small), "abc"), "abc");
	assert_string_equal(dvs_text_copy(small, sizeof(small), "abcdefgh"), "abcde");
	assert_string_equal(dvs_text_copy(small, sizeof(small), "a\n\x1b\xff"), "a???");
	assert_string_equal(dvs_text_copy(small, sizeof(small), "abc\xe2\x82\xac"), "abc");
	assert_string_equal(dvs_text_copy(small, sizeof(small), "ab\xe2\x82\xac"),
			    "ab\xe2\x82\xac");
	assert_string_equal(dvs_text_copy(one, sizeof(one), "abc"), "");
}

static void error_texts(void **state)
{
	struct dvs_error err;
	char text[512], huge[400];

	(void)state;
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(dvs_error_set(NULL, -EPERM, "a", "b", "c"), -EPERM);
	assert_int_equal(dvs_error_set(&err, -EINVAL, NULL, "mtu", "%d\nis bad", 12), -EINVAL);
	assert_string_equal(dvs_error_print(&err, text, sizeof(text)), "mtu: 12?is bad");
	assert_int_equal(dvs_error_object(&err, "port", "vm1"), -EINVAL);
	assert_int_equal(dvs_error_object(&err, "port", "other"), -EINVAL);
	assert_string_equal(dvs_error_print(&err, text, sizeof(text)), "port vm1: mtu: 12?is bad");
	dvs_error_set(&err, -EIO, err.object, err.field, "also %s", err.text);
	assert_string_equal(dvs_error_print(&err, text, sizeof(text)),
			    "port vm1: mtu: also 12?is bad");
	dvs_error_set(&err, -EIO, huge, huge, "%s%s", huge, huge);
	assert_int_equal(strlen(err.object), sizeof(err.object) - 1);
	assert_int_equal(strlen(err.field), sizeof(err.field) - 1);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	dvs_error_set(&err, -ENOENT, NULL, NULL, "%s", "");
	dvs_error_object(&err, "port", NULL);
	assert_string_equal(dvs_error_print(&err, text, sizeof(text)),
			    "port: No such file or directory");
}

static void log_levels(void **state)
{
	enum dvs_log_level level = DVS_LOG_ERROR;

	(void)state;
	assert_int_equal(dvs_log_parse_level("debug", &level), 0);
	assert_int_equal(level, DVS_LOG_DEBUG);
	assert_int_equal(dvs_log_parse_level("loud", &level), -EINVAL);
	assert_int_equal(level, DVS_LOG_DEBUG);
}

static void mac_texts(void **state)
{
	static const char *const bad[] = {
		"",
		"52:54:00:00:00",
		"52:54:00:00:00:0",
		"52:54:00:00:00:011",
		"52:54:00-00:00:01",
		"52.54.00.00.00.01",
		"5254000000010000a",
		"52:54:00:00:00:0g",
		" 2:54:00:00:00:01",
		"52:54:00:00:00:01 ",
		":::::::::::::::::",
	};
	static const uint8_t expected[6] = {0x52, 0x54, 0xab, 0xCD, 0x0f, 0xf0};
	uint8_t mac[6] = {0};
	char text[DVS_MAC_TEXT_LEN];

	(void)state;
	assert_int_equal(dvs_mac_parse("52:54:aB:Cd:0f:F0", mac), 0);
	assert_memory_equal(mac, expected, 6);
	assert_string_equal(dvs_mac_print(mac, text), "52:54:ab:cd:0f:f0");
	memset(mac, 0, sizeof(mac));
	assert_int_equal(dvs_mac_parse("52-54-ab-cd-0f-f0", mac), 0);
	assert_memory_equal(mac, expected, 6);
	for (unsigned int i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(dvs_mac_parse(bad[i], mac), -EINVAL);
	assert_memory_equal(mac, expected, 6);
}

static void mac_classes(void **state)
{
	uint8_t mac[6] = {0x01, 0x80, 0xc2, 0, 0, 0x0f};

	(void)state;
	assert_true(dvs_mac_is_group(mac));
	assert_true(dvs_mac_is_reserved(mac));
	mac[5] = 0x10;
	assert_false(dvs_mac_is_reserved(mac));
	memset(mac, 0, sizeof(mac));
	assert_true(dvs_mac_is_zero(mac));
	assert_false(dvs_mac_is_group(mac));
}

static struct dvs_prefix prefix(const char *text)
{
	struct dvs_prefix ret;

	assert_int_equal(dvs_prefix_parse(text, &ret), 0);
	return ret;
}

static void ip_classes(void **state)
{
	const struct dvs_prefix net = prefix("10.1.0.0/23"), host = prefix("10.1.1.255");
	const struct dvs_prefix other = prefix("10.1.2.0"), six = prefix("2001:db8::/33");
	const struct dvs_prefix none = {.length = 0};
	struct dvs_ip ip;

	(void)state;
	assert_true(dvs_prefix_has(&net, &host.ip));
	assert_false(dvs_prefix_has(&net, &other.ip));
	assert_false(dvs_prefix_has(&none, &other.ip));
	assert_true(dvs_prefix_overlaps(&net, &host));
	assert_true(dvs_prefix_overlaps(&host, &net));
	assert_false(dvs_prefix_overlaps(&net, &other));
	assert_false(dvs_prefix_overlaps(&net, &six));
	assert_false(dvs_prefix_overlaps(&none, &six));
	assert_true(dvs_ip_is_v4(&net.ip));
	assert_false(dvs_ip_is_v4(&six.ip));
	assert_int_equal(dvs_ip_to4(&host.ip), 0x0a0101ff);
	assert_true(dvs_ip_is_group(&(struct dvs_ip){.bytes = {0xff, 2}}));
	assert_int_equal(dvs_ip_parse("224.0.0.1", &ip), 0);
	assert_true(dvs_ip_is_group(&ip));
	assert_int_equal(dvs_ip_parse("0.0.0.0", &ip), 0);
	assert_true(dvs_ip_is_unspecified(&ip));
	assert_int_equal(dvs_ip_parse("febf::1", &ip), 0);
	assert_true(dvs_ip_is_link_local6(&ip));
	assert_int_equal(dvs_ip_parse("fec0::1", &ip), 0);
	assert_false(dvs_ip_is_link_local6(&ip));
}

/* Every text: what parse says, and when it is good, what print gives back. */
static const struct {
	const char *field, *text;
	int ret;
	const char *printed;
} texts[] = {
	{"on", "yes", 0, "true"},
	{"on", "off", 0, "false"},
	{"on", "1", 0, "true"},
	{"on", "True", 0, "true"},
	{"on", "FALSE", 0, "false"},
	{"on", "truee", -EINVAL, NULL},
	{"on", "2", -EINVAL, NULL},
	{"on", "", -EINVAL, NULL},
	{"big", "18446744073709551615", 0, "18446744073709551615"},
	{"big", "0xffffffffffffffff", 0, "18446744073709551615"},
	{"big", "18446744073709551616", -ERANGE, NULL},
	{"big", "-1", -EINVAL, NULL},
	{"big", "+1", -EINVAL, NULL},
	{"big", " 1", -EINVAL, NULL},
	{"big", "1k", -EINVAL, NULL},
	{"big", "0x", -EINVAL, NULL},
	{"big", "010", 0, "10"},
	{"count", "5", 0, "5"},
	{"count", "10", 0, "10"},
	{"count", "4", -ERANGE, NULL},
	{"count", "11", -ERANGE, NULL},
	{"small", "255", 0, "255"},
	{"small", "256", -ERANGE, NULL},
	{"name", "vm-1.a_b", 0, "vm-1.a_b"},
	{"name", "0", 0, "0"},
	{"name", "", -EINVAL, NULL},
	{"name", "-a", -EINVAL, NULL},
	{"name", ".a", -EINVAL, NULL},
	{"name", "a/b", -EINVAL, NULL},
	{"name", "a b", -EINVAL, NULL},
	{"name", "gr\xc3\xbcn", -EINVAL, NULL},
	{"name", "0123456789012345678901234567890", 0, "0123456789012345678901234567890"},
	{"name", "01234567890123456789012345678901", -E2BIG, NULL},
	{"short_name", "", 0, ""},
	{"short_name", "1234567", 0, "1234567"},
	{"short_name", "12345678", -E2BIG, NULL},
	{"note", "", 0, ""},
	{"note", "a \xe2\x82\xac b", 0, "a \xe2\x82\xac b"},
	{"note", "a\tb", -EINVAL, NULL},
	{"note", "0123456789012345", -E2BIG, NULL},
	{"path", "", 0, ""},
	{"path", "/run/a..b/.c", 0, "/run/a..b/.c"},
	{"path", "run/a", -EINVAL, NULL},
	{"path", "/", -EINVAL, NULL},
	{"path", "/run//a", -EINVAL, NULL},
	{"path", "/run/", -EINVAL, NULL},
	{"path", "/run/../a", -EINVAL, NULL},
	{"path", "/run/.", -EINVAL, NULL},
	{"path", "/run/a\nb", -EINVAL, NULL},
	{"path", "/23456789012345678901234567890123", -E2BIG, NULL},
	{"mac", "52-54-00-00-00-AA", 0, "52:54:00:00:00:aa"},
	{"mac", "01:00:5e:00:00:01", -EINVAL, NULL},
	{"mac", "ff:ff:ff:ff:ff:ff", -EINVAL, NULL},
	{"mac", "00:00:00:00:00:00", -EINVAL, NULL},
	{"mac", "", -EINVAL, NULL},
	{"color", "green", 0, "green"},
	{"color", "gree", -EINVAL, NULL},
	{"color", "1", -EINVAL, NULL},
	{"color", "", -EINVAL, NULL},
	{"flags64", "none", 0, "none"},
	{"flags64", "ccc,a", 0, "a,ccc"},
	{"flags64", "a,a", 0, "a"},
	{"flags64", "a,", -EINVAL, NULL},
	{"flags64", ",a", -EINVAL, NULL},
	{"flags64", "a,none", -EINVAL, NULL},
	{"flags64", "b", -EINVAL, NULL},
	{"flags64", "", -EINVAL, NULL},
	{"mode", "0777", 0, "0777"},
	{"mode", "7", 0, "0007"},
	{"mode", "1777", -ERANGE, NULL},
	{"mode", "0688", -EINVAL, NULL},
	{"mode", "0x1", -EINVAL, NULL},
	{"ip", "192.0.2.1", 0, "192.0.2.1"},
	{"ip", "2001:DB8:0::1", 0, "2001:db8::1"},
	{"ip", "::ffff:192.0.2.1", 0, "192.0.2.1"},
	{"ip", "0.0.0.0", 0, "0.0.0.0"},
	{"ip", "", 0, ""},
	{"ip", "::", -EINVAL, NULL},
	{"ip", "192.0.2", -EINVAL, NULL},
	{"ip", "fe80::1%eth0", -EINVAL, NULL},
	{"ip", "192.0.2.1/24", -EINVAL, NULL},
	{"prefix", "", 0, ""},
	{"prefix", "10.0.0.5", 0, "10.0.0.5"},
	{"prefix", "10.0.0.5/32", 0, "10.0.0.5"},
	{"prefix", "10.0.0.0/24", 0, "10.0.0.0/24"},
	{"prefix", "0.0.0.0/0", 0, "0.0.0.0/0"},
	{"prefix", "10.0.0.5/24", -EINVAL, NULL},
	{"prefix", "10.0.0.128/25", 0, "10.0.0.128/25"},
	{"prefix", "10.0.0.64/25", -EINVAL, NULL},
	{"prefix", "10.0.0.0/33", -EINVAL, NULL},
	{"prefix", "10.0.0.0/", -EINVAL, NULL},
	{"prefix", "10.0.0.0/+8", -EINVAL, NULL},
	{"prefix", "10.0.0.0/08", -EINVAL, NULL},
	{"prefix", "10.0.0.0/8/8", -EINVAL, NULL},
	{"prefix", "10.0.0", -EINVAL, NULL},
	{"prefix", "010.0.0.1", -EINVAL, NULL},
	{"prefix", "2001:DB8:0:0::5", 0, "2001:db8::5"},
	{"prefix", "2001:db8::/64", 0, "2001:db8::/64"},
	{"prefix", "2001:db8::1/64", -EINVAL, NULL},
	{"prefix", "2001:db8::/129", -EINVAL, NULL},
	{"prefix", "::ffff:10.0.0.5", 0, "10.0.0.5"},
	{"prefix", "fe80::1%eth0", -EINVAL, NULL},
	{"prefix", "1:2:3:4:5:6:7:8:9", -EINVAL, NULL},
	{"rate", "off", 0, "off"},
	{"rate", "0", 0, "off"},
	{"rate", "0kpps", 0, "off"},
	{"rate", "0.0bps", 0, "off"},
	{"rate", "1bps", 0, "1bps"},
	{"rate", "1pps", 0, "1pps"},
	{"rate", "1000pps", 0, "1kpps"},
	{"rate", "10kpps", 0, "10kpps"},
	{"rate", "1.5Gbps", 0, "1.5Gbps"},
	{"rate", "1500000000bps", 0, "1.5Gbps"},
	{"rate", "0.5Mbps", 0, "500kbps"},
	{"rate", "1.050kbps", 0, "1.05kbps"},
	{"rate", "1234567bps", 0, "1234.567kbps"},
	{"rate", "1234567001bps", 0, "1234567.001kbps"},
	{"rate", "999bps", 0, "999bps"},
	{"rate", "1.0000bps", 0, "1bps"},
	{"rate", "1000Gbps", 0, "1000Gbps"},
	{"rate", "1000000000000bps", 0, "1000Gbps"},
	{"rate", "1Gpps", 0, "1Gpps"},
	{"rate", "1000000000001bps", -ERANGE, NULL},
	{"rate", "1001Gbps", -ERANGE, NULL},
	{"rate", "999999999999999Gbps", -ERANGE, NULL},
	{"rate", "1.001Gpps", -ERANGE, NULL},
	{"rate", "0.5bps", -EINVAL, NULL},
	{"rate", "1.0005kbps", -EINVAL, NULL},
	{"rate", "1", -EINVAL, NULL},
	{"rate", "1k", -EINVAL, NULL},
	{"rate", "pps", -EINVAL, NULL},
	{"rate", ".5kpps", -EINVAL, NULL},
	{"rate", "5.kpps", -EINVAL, NULL},
	{"rate", "1.2.3kpps", -EINVAL, NULL},
	{"rate", "1Kpps", -EINVAL, NULL},
	{"rate", "1 pps", -EINVAL, NULL},
	{"rate", "-1pps", -EINVAL, NULL},
	{"rate", "1ppss", -EINVAL, NULL},
	{"rate", "0000000000000001pps", -EINVAL, NULL},
	{"rate", "", -EINVAL, NULL},
	{"map", "none", 0, "none"},
	{"map", "5:46", 0, "5:46"},
	{"map", "0:0", 0, "0:0"},
	{"map", "7:63,0:0", 0, "0:0,7:63"},
	{"map", "0-7:12", 0, "0-7:12"},
	{"map", "3:1,4-5:1,6:2", 0, "3-5:1,6:2"},
	{"map", "0:0,1:1,2:2,3:3,4:4,5:5,6:6,7:7", 0, "0:0,1:1,2:2,3:3,4:4,5:5,6:6,7:7"},
	{"map", "005:046", 0, "5:46"},
	{"map", "8:1", -ERANGE, NULL},
	{"map", "1:64", -ERANGE, NULL},
	{"map", "0001:1", -ERANGE, NULL},
	{"map", "1:0001", -ERANGE, NULL},
	{"map", "5-4:1", -ERANGE, NULL},
	{"map", "6-8:1", -ERANGE, NULL},
	{"map", "99999999999:1", -ERANGE, NULL},
	{"map", "1:1,1:1", -EINVAL, NULL},
	{"map", "0-7:1,3:2", -EINVAL, NULL},
	{"map", "1", -EINVAL, NULL},
	{"map", "1:", -EINVAL, NULL},
	{"map", ":1", -EINVAL, NULL},
	{"map", "1-:1", -EINVAL, NULL},
	{"map", "1:1,", -EINVAL, NULL},
	{"map", ",1:1", -EINVAL, NULL},
	{"map", "1:1 ", -EINVAL, NULL},
	{"map", "1=1", -EINVAL, NULL},
	{"map", "none,1:1", -EINVAL, NULL},
	{"map", "", -EINVAL, NULL},
};

static void values(void **state)
{
	char text[DVS_FIELD_TEXT_MAX];

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(texts); i++) {
		const struct dvs_field *field = dvs_type_field(&sample_type, texts[i].field);
		struct sample object, before;
		struct dvs_error err = {0};
		int ret;

		memset(&object, 0xa5, sizeof(object));
		before = object;
		ret = dvs_field_parse(field, texts[i].text, &object, &err);
		if (ret != texts[i].ret)
			fail_msg("%s=%s: %d", texts[i].field, texts[i].text, ret);
		assert_int_equal(err.code, texts[i].ret);
		if (ret < 0) {
			assert_memory_equal(&object, &before, sizeof(object));
			assert_string_equal(err.field, texts[i].field);
			assert_non_null(strstr(err.text, "; allowed: "));
			continue;
		}
		assert_string_equal(dvs_field_print(field, &object, text), texts[i].printed);
		assert_int_equal(dvs_field_check(field, &object, NULL), 0);
	}
}

static void allowed_texts(void **state)
{
	static const char *const cases[][2] = {
		{"count", "5 to 10 things"},
		{"small", "0 to 255"},
		{"on", "true or false"},
		{"color", "one of red, green, blue"},
		{"flags64", "none, or with commas between: a, bb, ccc"},
		{"mode", "octal permission bits, 0 to 0777"},
		{"name", "1 to 31 of A-Z a-z 0-9 . _ -, starting with a letter or digit"},
		{"short_name",
		 "1 to 7 of A-Z a-z 0-9 . _ -, starting with a letter or digit, or empty"},
	};
	char text[DVS_FIELD_TEXT_MAX], printed[512];
	struct sample object = {0};
	struct dvs_error err;

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(
			dvs_field_allowed(dvs_type_field(&sample_type, cases[i][0]), text),
			cases[i][1]);
	assert_string_equal(dvs_field_allowed(dvs_type_field(&dvs_port_type, "workers"), text),
			    "none, or numbers 0 to 63 with commas between");
	dvs_field_parse(dvs_type_field(&sample_type, "count"), "12", &object, &err);
	assert_string_equal(dvs_error_print(&err, printed, sizeof(printed)),
			    "count: '12' is out of range; allowed: 5 to 10 things");
}

static void fill_sample(struct sample *object)
{
	dvs_type_defaults(&sample_type, object);
	strcpy(object->name, "one");
	object->mac[0] = 0x52;
}

/* Structs of a hostile peer: each bad member is found and named. */
static void hostile_structs(void **state)
{
	const struct dvs_prefix mapped_cut = {dvs_ip_from4(0), 95, {0}};
	struct sample good, bad;
	struct dvs_error err;

	(void)state;
	fill_sample(&good);
	assert_int_equal(dvs_type_check(&sample_type, &good, &err), 0);
#define REFUSED(change, name_of_field)                                                             \
	do {                                                                                       \
		bad = good;                                                                        \
		change;                                                                            \
		assert_true(dvs_type_check(&sample_type, &bad, &err) < 0);                         \
		assert_string_equal(err.field, name_of_field);                                     \
	} while (0)
	REFUSED(memset(bad.name, 'a', sizeof(bad.name)), "name");
	REFUSED(bad.name[0] = '\0', "name");
	REFUSED(bad.name[1] = '\n', "name");
	REFUSED(memset(bad.mac, 0, 6), "mac");
	REFUSED(bad.mac[0] = 0x01, "mac");
	REFUSED(memset(bad.short_name, 'a', sizeof(bad.short_name)), "short_name");
	REFUSED(memset(bad.note, 'a', sizeof(bad.note)), "note");
	REFUSED(bad.note[0] = '\x1b', "note");
	REFUSED(bad.note[0] = '\xff', "note");
	REFUSED(strcpy(bad.path, "relative"), "path");
	REFUSED(bad.flags64 = 8, "flags64");
	REFUSED(bad.flags64 = UINT64_C(1) << 63, "flags64");
	REFUSED(bad.count = 4, "count");
	REFUSED(bad.count = UINT32_MAX, "count");
	REFUSED(bad.mode = 01000, "mode");
	REFUSED(bad.rate = UINT64_C(1) << 63, "rate");
	REFUSED(bad.rate = UINT64_MAX, "rate");
	REFUSED(bad.rate = UINT64_C(1000000000001), "rate");
	REFUSED(bad.on = 2, "on");
	REFUSED(bad.color = 3, "color");
	REFUSED(bad.color = 255, "color");
	REFUSED(bad.prefix.length = 129, "prefix");
	REFUSED(bad.prefix.ip.bytes[15] = 1, "prefix");
	REFUSED(bad.prefix.pad[2] = 1, "prefix");
	REFUSED(bad.prefix = mapped_cut, "prefix");
#undef REFUSED
}

static void records(void **state)
{
	struct dvs_record rec;
	struct dvs_error err = {0};
	const struct dvs_field *count = dvs_type_field(&sample_type, "count");
	const struct sample *object = (const struct sample *)rec.data;
	char text[DVS_FIELD_TEXT_MAX], key[DVS_KEY_TEXT_MAX];

	(void)state;
	dvs_record_init(&rec, &sample_type);
	assert_int_equal(object->count, 7);
	assert_int_equal(object->mode, 0640);
	assert_int_equal(object->on, 1);
	assert_int_equal(rec.set, 0);
	assert_int_equal(dvs_record_check(&rec, &err), -EINVAL);
	assert_string_equal(err.field, "name");
	assert_int_equal(dvs_record_set(&rec, "name", "default", &err), 0);
	assert_string_equal(object->name, "default");
	assert_int_equal(dvs_record_set(&rec, "name", "", &err), -EINVAL);
	assert_string_equal(err.object, "sample default");
	assert_int_equal(dvs_record_set(&rec, "mac", "52:54:00:00:00:01", &err), 0);
	assert_int_equal(dvs_record_check(&rec, &err), -EINVAL);
	assert_string_equal(err.field, "color");
	assert_int_equal(dvs_record_set(&rec, "color", "red", &err), 0);
	assert_int_equal(dvs_record_check(&rec, &err), 0);
	assert_int_equal(dvs_record_set(&rec, "count", "9", &err), 0);
	assert_true(dvs_record_is_set(&rec, count));
	assert_int_equal(dvs_record_set(&rec, "count", "99", &err), -ERANGE);
	assert_string_equal(dvs_record_print(&rec, count, text), "9");
	assert_int_equal(dvs_record_set(&rec, "count", "", &err), 0);
	assert_false(dvs_record_is_set(&rec, count));
	assert_string_equal(dvs_record_print(&rec, count, text), "7");
	assert_int_equal(dvs_record_set(&rec, "colour", "red", &err), -ENOENT);
	assert_non_null(strstr(err.text, "known are name, mac, short_name"));
	assert_string_equal(dvs_type_key(&sample_type, rec.data, key), "default/52:54:00:00:00:01");

	dvs_record_init(&rec, &dvs_port_type);
	assert_int_equal(dvs_record_set(&rec, "segment", "lan", &err), -EPERM);
	dvs_record_init(&rec, &dvs_port_state_type);
	assert_int_equal(dvs_record_set(&rec, "link", "up", &err), -EPERM);
}

static void differences(void **state)
{
	struct sample a, b;

	(void)state;
	fill_sample(&a);
	b = a;
	assert_int_equal(dvs_type_diff(&sample_type, &a, &b), 0);
	strcpy(a.note, "x");
	strcpy(b.note, "x");
	b.note[5] = 'y'; /* behind the end of the text */
	assert_int_equal(dvs_type_diff(&sample_type, &a, &b), 0);
	b.count = 8;
	b.mac[5] = 1;
	assert_int_equal(dvs_type_diff(&sample_type, &a, &b),
			 dvs_field_bit(&sample_type, dvs_type_field(&sample_type, "count")) |
				 dvs_field_bit(&sample_type, dvs_type_field(&sample_type, "mac")));
	assert_int_equal(dvs_field_uint(dvs_type_field(&sample_type, "count"), &b), 8);
	assert_int_equal(dvs_field_uint(dvs_type_field(&sample_type, "note"), &b), 0);
}

static void check_row(const struct dvs_type *type, const struct dvs_field *field)
{
	char text[DVS_FIELD_TEXT_MAX];
	_Alignas(8) uint8_t object[DVS_RECORD_MAX] = {0};
	unsigned int n_names = 0;

	assert_true(field->offset + field->size <= type->size);
	assert_true(strlen(dvs_field_allowed(field, text)) < DVS_FIELD_TEXT_MAX - 1);
	assert_true(field->size < DVS_FIELD_TEXT_MAX);
	if (field->default_text)
		assert_int_equal(dvs_field_parse(field, field->default_text, object, NULL), 0);
	if (type != &sample_type)
		assert_non_null(field->help);
	while (field->names && field->names[n_names])
		n_names++;
	if (field->type == DVS_FIELD_ENUM || field->type == DVS_FIELD_FLAGS)
		assert_true(n_names > 0);
	if (field->type == DVS_FIELD_FLAGS) {
		assert_true(n_names <= 8u * field->size);
		memset(object, 0xff, sizeof(object));
		assert_true(strlen(dvs_field_print(field, object, text)) < DVS_FIELD_TEXT_MAX - 1);
	}
	if (field->ref)
		assert_non_null(dvs_type_by_name(field->ref));
}

static void tables(void **state)
{
	(void)state;
	for (unsigned int t = 0; t < COUNT_OF(all_types); t++) {
		const struct dvs_type *type = all_types[t];

		assert_true(type->n_fields <= DVS_FIELDS_MAX);
		assert_true(type->size <= DVS_RECORD_MAX);
		for (unsigned int i = 0; i < type->n_fields; i++) {
			check_row(type, &type->fields[i]);
			assert_ptr_equal(dvs_type_field(type, type->fields[i].name),
					 &type->fields[i]);
		}
		if (type == &sample_type)
			continue;
		assert_ptr_equal(dvs_type_by_id(type->id), type);
		assert_ptr_equal(dvs_type_by_name(type->name), type);
	}
	assert_null(dvs_type_by_id(0));
	assert_null(dvs_type_by_name("sample"));
	assert_string_equal(dvs_drop_name(DVS_DROP_RUNT), "runt");
	assert_string_equal(dvs_drop_name(DVS_DROP_N_REASONS), "unknown");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_printable),
		cmocka_unit_test(text_copy),
		cmocka_unit_test(error_texts),
		cmocka_unit_test(log_levels),
		cmocka_unit_test(mac_texts),
		cmocka_unit_test(mac_classes),
		cmocka_unit_test(ip_classes),
		cmocka_unit_test(values),
		cmocka_unit_test(allowed_texts),
		cmocka_unit_test(hostile_structs),
		cmocka_unit_test(records),
		cmocka_unit_test(differences),
		cmocka_unit_test(tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
