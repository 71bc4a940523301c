/* SPDX-License-Identifier: BSD-3-Clause */
/* Values: one row of kinds[] for each enum dvs_field_type. */
#include "field.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "array.h"
#include "ip.h"
#include "mac.h"
#include "match.h"
#include "number_map.h"
#include "rate.h"
#include "text.h"
#include "vlan_list.h"

#define MODE_MAX 0777u

/* What a type of value needs; parse and check return 0 or a negative errno, without a message. */
struct kind {
	/* Writes at to (field->size bytes), which may be written on failure too. */
	int (*parse)(const struct dvs_field *field, const char *text, void *to);
	int (*check)(const struct dvs_field *field, const void *from);
	void (*print)(const struct dvs_field *field, const void *from, char *buf);
	void (*allowed)(const struct dvs_field *field, char *buf);
};

static bool may_be_empty(const struct dvs_field *field)
{
	return (field->flags & (DVS_FIELD_KEY | DVS_FIELD_REQUIRED)) == 0;
}

static uint64_t load_uint(const struct dvs_field *field, const void *from)
{
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (field->size) {
	case 1:
		return *(const uint8_t *)from;
	case 2:
		memcpy(&u16, from, sizeof(u16));
		return u16;
	case 4:
		memcpy(&u32, from, sizeof(u32));
		return u32;
	case 8:
		memcpy(&u64, from, sizeof(u64));
		return u64;
	default:
		return 0;
	}
}

static void store_uint(const struct dvs_field *field, uint64_t value, void *to)
{
	uint8_t u8 = (uint8_t)value;
	uint16_t u16 = (uint16_t)value;
	uint32_t u32 = (uint32_t)value;

	switch (field->size) {
	case 1:
		memcpy(to, &u8, sizeof(u8));
		break;
	case 2:
		memcpy(to, &u16, sizeof(u16));
		break;
	case 4:
		memcpy(to, &u32, sizeof(u32));
		break;
	case 8:
		memcpy(to, &value, sizeof(value));
		break;
	}
}

static uint64_t largest_uint(const struct dvs_field *field)
{
	if (field->max != 0)
		return field->max;
	return field->size >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * field->size)) - 1;
}

/* Digits only: no sign, no space, no empty text. -EINVAL, -ERANGE. */
static int parse_digits(const char *text, int base, uint64_t *ret_value)
{
	const char *digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";

	if (base == 8)
		digits = "01234567";
	if (text[0] == '\0' || text[strspn(text, digits)] != '\0')
		return -EINVAL;
	errno = 0;
	*ret_value = strtoull(text, NULL, base);
	return errno != 0 ? -ERANGE : 0;
}

static unsigned int names_count(const struct dvs_field *field)
{
	unsigned int n = 0;

	while (field->names[n])
		n++;
	return n;
}

/* Index of the name with that length, -EINVAL. */
static int names_lookup(const struct dvs_field *field, const char *name, size_t length)
{
	for (int i = 0; field->names[i]; i++)
		if (strlen(field->names[i]) == length && memcmp(field->names[i], name, length) == 0)
			return i;
	return -EINVAL;
}

/* Appends to text in buf[DVS_FIELD_TEXT_MAX]; what does not fit is cut. */
static void append(char *buf, const char *text)
{
	size_t used = strlen(buf);

	snprintf(buf + used, DVS_FIELD_TEXT_MAX - used, "%s", text);
}

static void append_names(const struct dvs_field *field, char *buf)
{
	for (unsigned int i = 0; field->names[i]; i++) {
		if (i > 0)
			append(buf, ", ");
		append(buf, field->names[i]);
	}
}

/* BOOL */

/* In any case, as YAML writes them: true, True, TRUE. */
static int bool_parse(const struct dvs_field *field, const char *text, void *to)
{
	static const char *const words[][2] = {
		{"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};

	for (unsigned int i = 0; i < COUNT_OF(words); i++) {
		for (unsigned int value = 0; value < 2; value++) {
			if (strcasecmp(text, words[i][value]) == 0) {
				store_uint(field, value, to);
				return 0;
			}
		}
	}
	return -EINVAL;
}

static int bool_check(const struct dvs_field *field, const void *from)
{
	return load_uint(field, from) <= 1 ? 0 : -EINVAL;
}

static void bool_print(const struct dvs_field *field, const void *from, char *buf)
{
	append(buf, load_uint(field, from) ? "true" : "false");
}

static void bool_allowed(const struct dvs_field *field, char *buf)
{
	(void)field;
	append(buf, "true or false");
}

/* UINT */

static int uint_parse(const struct dvs_field *field, const char *text, void *to)
{
	bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	uint64_t value;
	int ret = parse_digits(is_hex ? text + 2 : text, is_hex ? 16 : 10, &value);

	if (ret < 0)
		return ret;
	if (value < field->min || value > largest_uint(field))
		return -ERANGE;
	store_uint(field, value, to);
	return 0;
}

static int uint_check(const struct dvs_field *field, const void *from)
{
	uint64_t value = load_uint(field, from);

	return value >= field->min && value <= largest_uint(field) ? 0 : -ERANGE;
}

static void uint_print(const struct dvs_field *field, const void *from, char *buf)
{
	snprintf(buf, DVS_FIELD_TEXT_MAX, "%llu", (unsigned long long)load_uint(field, from));
}

static void uint_allowed(const struct dvs_field *field, char *buf)
{
	snprintf(buf, DVS_FIELD_TEXT_MAX, "%llu to %llu%s%s", (unsigned long long)field->min,
		 (unsigned long long)largest_uint(field), field->unit ? " " : "",
		 field->unit ? field->unit : "");
}

/* NAME, STRING, PATH: char[size], of which all after the text is zero when we write it */

static size_t string_max(const struct dvs_field *field)
{
	size_t most = (size_t)field->size - 1;

	return field->type == DVS_FIELD_NAME && most > DVS_NAME_LEN - 1 ? DVS_NAME_LEN - 1 : most;
}

static bool is_name(const char *text)
{
	static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		if (!strchr(alnum, text[i]) && (i == 0 || !strchr("._-", text[i])))
			return false;
	return length > 0;
}

static bool is_path(const char *text)
{
	const char *part = text;

	if (text[0] != '/')
		return false;
	while (part[0] == '/') {
		size_t length = strcspn(++part, "/");

		if (length == 0 || (length == 1 && part[0] == '.') ||
		    (length == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		part += length;
	}
	return true;
}

/* text is terminated. */
static int string_content(const struct dvs_field *field, const char *text)
{
	if (strlen(text) > string_max(field))
		return -E2BIG;
	if (text[0] == '\0')
		return may_be_empty(field) ? 0 : -EINVAL;
	if (!dvs_text_is_printable(text, strlen(text)))
		return -EINVAL;
	if (field->type == DVS_FIELD_NAME && !is_name(text))
		return -EINVAL;
	if (field->type == DVS_FIELD_PATH && !is_path(text))
		return -EINVAL;
	return 0;
}

static int string_parse(const struct dvs_field *field, const char *text, void *to)
{
	int ret = string_content(field, text);

	if (ret < 0)
		return ret;
	memset(to, 0, field->size);
	memcpy(to, text, strlen(text));
	return 0;
}

static int string_check(const struct dvs_field *field, const void *from)
{
	if (strnlen(from, field->size) >= field->size)
		return -E2BIG;
	return string_content(field, from);
}

static void string_print(const struct dvs_field *field, const void *from, char *buf)
{
	size_t length = strnlen(from, field->size);

	if (length > DVS_FIELD_TEXT_MAX - 1)
		length = DVS_FIELD_TEXT_MAX - 1;
	memcpy(buf, from, length);
	buf[length] = '\0';
}

static void string_allowed(const struct dvs_field *field, char *buf)
{
	const char *empty = may_be_empty(field) ? ", or empty" : "";
	size_t most = string_max(field);

	if (field->type == DVS_FIELD_NAME)
		snprintf(buf, DVS_FIELD_TEXT_MAX,
			 "1 to %zu of A-Z a-z 0-9 . _ -, starting with a letter or digit%s", most,
			 empty);
	else if (field->type == DVS_FIELD_PATH)
		snprintf(buf, DVS_FIELD_TEXT_MAX,
			 "an absolute path of at most %zu bytes without //, . or .. in it%s", most,
			 empty);
	else
		snprintf(buf, DVS_FIELD_TEXT_MAX,
			 "%sat most %zu bytes of UTF-8 without control characters",
			 empty[0] ? "" : "not empty, ", most);
}

/* MAC */

static int mac_check(const struct dvs_field *field, const void *from)
{
	if (dvs_mac_is_zero(from))
		return may_be_empty(field) ? 0 : -EINVAL;
	return dvs_mac_is_group(from) ? -EINVAL : 0;
}

static int mac_parse(const struct dvs_field *field, const char *text, void *to)
{
	int ret;

	if (text[0] == '\0')
		memset(to, 0, DVS_MAC_LEN);
	else if ((ret = dvs_mac_parse(text, to)) < 0)
		return ret;
	return mac_check(field, to);
}

static void mac_print(const struct dvs_field *field, const void *from, char *buf)
{
	(void)field;
	if (!dvs_mac_is_zero(from))
		dvs_mac_print(from, buf);
}

static void mac_allowed(const struct dvs_field *field, char *buf)
{
	snprintf(buf, DVS_FIELD_TEXT_MAX, "a unicast MAC address such as 52:54:00:00:00:01%s",
		 may_be_empty(field) ? ", or empty" : "");
}

/* ENUM */

static int enum_parse(const struct dvs_field *field, const char *text, void *to)
{
	int index = names_lookup(field, text, strlen(text));

	if (index < 0)
		return index;
	store_uint(field, (uint64_t)index, to);
	return 0;
}

static int enum_check(const struct dvs_field *field, const void *from)
{
	return load_uint(field, from) < names_count(field) ? 0 : -EINVAL;
}

static void enum_print(const struct dvs_field *field, const void *from, char *buf)
{
	uint64_t index = load_uint(field, from);

	if (index < names_count(field))
		append(buf, field->names[index]);
	else
		uint_print(field, from, buf);
}

static void enum_allowed(const struct dvs_field *field, char *buf)
{
	append(buf, "one of ");
	append_names(field, buf);
}

/* FLAGS */

static int flags_parse(const struct dvs_field *field, const char *text, void *to)
{
	uint64_t value = 0;

	if (strcmp(text, "none") == 0) {
		store_uint(field, 0, to);
		return 0;
	}
	for (;;) {
		size_t length = strcspn(text, ",");
		int index = names_lookup(field, text, length);

		if (index < 0)
			return index;
		value |= UINT64_C(1) << index;
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	store_uint(field, value, to);
	return 0;
}

static uint64_t known_flags(const struct dvs_field *field)
{
	unsigned int n = names_count(field);

	return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static int flags_check(const struct dvs_field *field, const void *from)
{
	return (load_uint(field, from) & ~known_flags(field)) == 0 ? 0 : -EINVAL;
}

static void flags_print(const struct dvs_field *field, const void *from, char *buf)
{
	uint64_t value = load_uint(field, from) & known_flags(field);

	if (value == 0)
		append(buf, "none");
	for (unsigned int i = 0; value >> i != 0; i++) {
		if (value >> i & 1) {
			if (buf[0] != '\0')
				append(buf, ",");
			append(buf, field->names[i]);
		}
		if (i == 63)
			break;
	}
}

static void flags_allowed(const struct dvs_field *field, char *buf)
{
	append(buf, "none, or with commas between: ");
	append_names(field, buf);
}

/* MODE */

static int mode_parse(const struct dvs_field *field, const char *text, void *to)
{
	uint64_t value;
	int ret = parse_digits(text, 8, &value);

	if (ret < 0)
		return ret;
	if (value > MODE_MAX)
		return -ERANGE;
	store_uint(field, value, to);
	return 0;
}

static int mode_check(const struct dvs_field *field, const void *from)
{
	return load_uint(field, from) <= MODE_MAX ? 0 : -ERANGE;
}

static void mode_print(const struct dvs_field *field, const void *from, char *buf)
{
	snprintf(buf, DVS_FIELD_TEXT_MAX, "%04o", (unsigned int)load_uint(field, from));
}

static void mode_allowed(const struct dvs_field *field, char *buf)
{
	(void)field;
	append(buf, "octal permission bits, 0 to 0777");
}

/* IP */

static bool is_no_ip(const void *from)
{
	static const struct dvs_ip zero;

	return memcmp(from, &zero, sizeof(zero)) == 0;
}

static int ip_check(const struct dvs_field *field, const void *from)
{
	return !is_no_ip(from) || may_be_empty(field) ? 0 : -EINVAL;
}

static int ip_parse(const struct dvs_field *field, const char *text, void *to)
{
	struct dvs_ip ip = {.bytes = {0}};
	int ret = text[0] == '\0' ? ip_check(field, &ip) : dvs_ip_parse(text, &ip);

	if (ret < 0 || (text[0] != '\0' && is_no_ip(&ip))) /* "::" would read as none */
		return -EINVAL;
	memcpy(to, &ip, sizeof(ip));
	return 0;
}

static void ip_print(const struct dvs_field *field, const void *from, char *buf)
{
	struct dvs_ip ip;

	(void)field;
	memcpy(&ip, from, sizeof(ip));
	if (!is_no_ip(from))
		dvs_ip_print(&ip, buf);
}

static void ip_allowed(const struct dvs_field *field, char *buf)
{
	snprintf(buf, DVS_FIELD_TEXT_MAX, "an IP address such as 10.0.0.5 or 2001:db8::5%s",
		 may_be_empty(field) ? ", or empty" : "");
}

/* PREFIX */

static int prefix_check(const struct dvs_field *field, const void *from)
{
	struct dvs_prefix prefix;

	memcpy(&prefix, from, sizeof(prefix));
	if (!dvs_prefix_is_valid(&prefix) || (prefix.pad[0] | prefix.pad[1] | prefix.pad[2]) != 0)
		return -EINVAL;
	return dvs_prefix_is_none(&prefix) && !may_be_empty(field) ? -EINVAL : 0;
}

static int prefix_parse(const struct dvs_field *field, const char *text, void *to)
{
	struct dvs_prefix prefix = {.length = 0};
	int ret = text[0] == '\0' ? 0 : dvs_prefix_parse(text, &prefix);

	if (ret < 0)
		return ret;
	memcpy(to, &prefix, sizeof(prefix));
	return prefix_check(field, to);
}

static void prefix_print(const struct dvs_field *field, const void *from, char *buf)
{
	struct dvs_prefix prefix;

	(void)field;
	memcpy(&prefix, from, sizeof(prefix));
	dvs_prefix_print(&prefix, buf);
}

static void prefix_allowed(const struct dvs_field *field, char *buf)
{
	snprintf(buf, DVS_FIELD_TEXT_MAX,
		 "an IP address such as 10.0.0.5 or 2001:db8::5, or a prefix such as 10.0.0.0/24 "
		 "without bits behind its length%s",
		 may_be_empty(field) ? ", or empty" : "");
}

/* RATE */

static int rate_parse(const struct dvs_field *field, const char *text, void *to)
{
	uint64_t rate;
	int ret = dvs_rate_parse(text, &rate);

	if (ret == 0)
		store_uint(field, rate, to);
	return ret;
}

static int rate_check(const struct dvs_field *field, const void *from)
{
	return dvs_rate_check(load_uint(field, from));
}

static void rate_print(const struct dvs_field *field, const void *from, char *buf)
{
	dvs_rate_print(load_uint(field, from), buf);
}

static void rate_allowed(const struct dvs_field *field, char *buf)
{
	(void)field;
	append(buf, "off, or a number up to 1G with pps (packets a second) or up to 1000G with bps "
		    "(bits a second), with k, M or G before the unit: 10kpps, 1.5Gbps");
}

/* VLANS */

static int vlans_check(const struct dvs_field *field, const void *from)
{
	struct dvs_vlan_list list;

	(void)field;
	memcpy(&list, from, sizeof(list));
	return dvs_vlan_list_is_canonical(&list) ? 0 : -EINVAL;
}

static int vlans_parse(const struct dvs_field *field, const char *text, void *to)
{
	struct dvs_vlan_list list;
	int ret = dvs_vlan_list_parse(text, &list);

	(void)field;
	if (ret == 0)
		memcpy(to, &list, sizeof(list));
	return ret;
}

static void vlans_print(const struct dvs_field *field, const void *from, char *buf)
{
	struct dvs_vlan_list list;

	(void)field;
	memcpy(&list, from, sizeof(list));
	dvs_vlan_list_print(&list, buf);
}

static void vlans_allowed(const struct dvs_field *field, char *buf)
{
	(void)field;
	snprintf(buf, DVS_FIELD_TEXT_MAX,
		 "none, all, or at most %u ids and ranges of 1 to %u such as 1-10,20",
		 DVS_VLAN_RANGES_MAX, DVS_VLAN_MAX);
}

/* RANGE */

static uint32_t range_most(const struct dvs_field *field)
{
	return field->max != 0 ? (uint32_t)field->max : UINT16_MAX;
}

static int range_check(const struct dvs_field *field, const void *from)
{
	struct dvs_range range;

	memcpy(&range, from, sizeof(range));
	return dvs_range_is_valid(&range, range_most(field)) ? 0 : -ERANGE;
}

static int range_parse(const struct dvs_field *field, const char *text, void *to)
{
	struct dvs_range range;
	int ret = dvs_range_parse(text, range_most(field), &range);

	if (ret == 0)
		memcpy(to, &range, sizeof(range));
	return ret;
}

static void range_print(const struct dvs_field *field, const void *from, char *buf)
{
	struct dvs_range range;

	(void)field;
	memcpy(&range, from, sizeof(range));
	dvs_range_print(&range, buf);
}

static void range_allowed(const struct dvs_field *field, char *buf)
{
	snprintf(buf, DVS_FIELD_TEXT_MAX, "any, a number up to %u, or a range such as 10-20",
		 range_most(field));
}

/* MAC_MASK */

static int mac_mask_check(const struct dvs_field *field, const void *from)
{
	(void)field;
	return dvs_mac_mask_is_valid(from) ? 0 : -EINVAL;
}

static int mac_mask_parse(const struct dvs_field *field, const char *text, void *to)
{
	(void)field;
	return dvs_mac_mask_parse(text, to);
}

static void mac_mask_print(const struct dvs_field *field, const void *from, char *buf)
{
	(void)field;
	dvs_mac_mask_print(from, buf);
}

static void mac_mask_allowed(const struct dvs_field *field, char *buf)
{
	(void)field;
	append(buf, "any, a MAC address, or one with a mask such as "
		    "01:00:00:00:00:00/01:00:00:00:00:00, without bits outside of the mask");
}

/* MAP */

static int map_check(const struct dvs_field *field, const void *from)
{
	return dvs_number_map_is_valid(from, field->size, (unsigned int)field->max) ? 0 : -ERANGE;
}

static int map_parse(const struct dvs_field *field, const char *text, void *to)
{
	return dvs_number_map_parse(text, field->size, (unsigned int)field->max, to);
}

static void map_print(const struct dvs_field *field, const void *from, char *buf)
{
	dvs_number_map_print(from, field->size, buf);
}

static void map_allowed(const struct dvs_field *field, char *buf)
{
	snprintf(buf, DVS_FIELD_TEXT_MAX,
		 "none, or keys of 0 to %u, each once or in a range, with what they become, 0 to "
		 "%u: 5:2,6-7:1",
		 field->size - 1u, (unsigned int)field->max);
}

static const struct kind kinds[] = {
	[DVS_FIELD_BOOL] = {bool_parse, bool_check, bool_print, bool_allowed},
	[DVS_FIELD_UINT] = {uint_parse, uint_check, uint_print, uint_allowed},
	[DVS_FIELD_NAME] = {string_parse, string_check, string_print, string_allowed},
	[DVS_FIELD_STRING] = {string_parse, string_check, string_print, string_allowed},
	[DVS_FIELD_PATH] = {string_parse, string_check, string_print, string_allowed},
	[DVS_FIELD_MAC] = {mac_parse, mac_check, mac_print, mac_allowed},
	[DVS_FIELD_ENUM] = {enum_parse, enum_check, enum_print, enum_allowed},
	[DVS_FIELD_FLAGS] = {flags_parse, flags_check, flags_print, flags_allowed},
	[DVS_FIELD_MODE] = {mode_parse, mode_check, mode_print, mode_allowed},
	[DVS_FIELD_IP] = {ip_parse, ip_check, ip_print, ip_allowed},
	[DVS_FIELD_PREFIX] = {prefix_parse, prefix_check, prefix_print, prefix_allowed},
	[DVS_FIELD_RATE] = {rate_parse, rate_check, rate_print, rate_allowed},
	[DVS_FIELD_RANGE] = {range_parse, range_check, range_print, range_allowed},
	[DVS_FIELD_MAC_MASK] = {mac_mask_parse, mac_mask_check, mac_mask_print, mac_mask_allowed},
	[DVS_FIELD_MAP] = {map_parse, map_check, map_print, map_allowed},
	[DVS_FIELD_VLANS] = {vlans_parse, vlans_check, vlans_print, vlans_allowed},
};

static const char *failure_text(int code)
{
	switch (code) {
	case -ERANGE:
		return "out of range";
	case -E2BIG:
		return "too long";
	default:
		return "not valid";
	}
}

/* "12 is out of range, allowed are 68 to 9216 bytes"; a long value is shown by its start. */
static int refuse(const struct dvs_field *field, int code, const char *value, struct dvs_error *err)
{
	char allowed[DVS_FIELD_TEXT_MAX], shown[64];

	if (!err)
		return code;
	dvs_field_allowed(field, allowed);
	if (value[0] == '\0')
		return dvs_error_set(err, code, NULL, field->name,
				     "an empty value is not valid; allowed: %s", allowed);
	dvs_text_copy(shown, sizeof(shown), value);
	return dvs_error_set(err, code, NULL, field->name, "'%s%s' is %s; allowed: %s", shown,
			     strlen(value) >= sizeof(shown) ? "..." : "", failure_text(code),
			     allowed);
}

int dvs_field_parse(const struct dvs_field *field, const char *text, void *object,
		    struct dvs_error *err)
{
	_Alignas(8) uint8_t value[DVS_RECORD_MAX];
	int ret = kinds[field->type].parse(field, text, value);

	if (ret < 0)
		return refuse(field, ret, text, err);
	memcpy((uint8_t *)object + field->offset, value, field->size);
	return 0;
}

int dvs_field_check(const struct dvs_field *field, const void *object, struct dvs_error *err)
{
	int ret = kinds[field->type].check(field, (const uint8_t *)object + field->offset);
	char value[DVS_FIELD_TEXT_MAX];

	return ret < 0 ? refuse(field, ret, dvs_field_print(field, object, value), err) : 0;
}

const char *dvs_field_print(const struct dvs_field *field, const void *object,
			    char buf[DVS_FIELD_TEXT_MAX])
{
	buf[0] = '\0';
	kinds[field->type].print(field, (const uint8_t *)object + field->offset, buf);
	return buf;
}

uint64_t dvs_field_uint(const struct dvs_field *field, const void *object)
{
	switch (field->type) {
	case DVS_FIELD_BOOL:
	case DVS_FIELD_UINT:
	case DVS_FIELD_ENUM:
	case DVS_FIELD_FLAGS:
	case DVS_FIELD_MODE:
	case DVS_FIELD_RATE:
		return load_uint(field, (const uint8_t *)object + field->offset);
	default:
		return 0;
	}
}

const char *dvs_field_allowed(const struct dvs_field *field, char buf[DVS_FIELD_TEXT_MAX])
{
	buf[0] = '\0';
	kinds[field->type].allowed(field, buf);
	return buf;
}
