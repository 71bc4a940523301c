/* SPDX-License-Identifier: BSD-3-Clause */
/* Values that have a header of their own: addresses, rates, sets, ranges. */
#include "field_kind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ip.h"
#include "mac.h"
#include "match.h"
#include "number_map.h"
#include "rate.h"
#include "vlan_list.h"

/* MAC */

static int mac_check(const struct dvs_field *field, const void *from)
{
	if (dvs_mac_is_zero(from))
		return dvs_value_may_be_empty(field) ? 0 : -EINVAL;
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
		 dvs_value_may_be_empty(field) ? ", or empty" : "");
}

const struct dvs_value_kind dvs_kind_mac = {mac_parse, mac_check, mac_print, mac_allowed};

/* IP */

static bool is_no_ip(const void *from)
{
	static const struct dvs_ip zero;

	return memcmp(from, &zero, sizeof(zero)) == 0;
}

static int ip_check(const struct dvs_field *field, const void *from)
{
	return !is_no_ip(from) || dvs_value_may_be_empty(field) ? 0 : -EINVAL;
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
		 dvs_value_may_be_empty(field) ? ", or empty" : "");
}

const struct dvs_value_kind dvs_kind_ip = {ip_parse, ip_check, ip_print, ip_allowed};

/* PREFIX */

static int prefix_check(const struct dvs_field *field, const void *from)
{
	struct dvs_prefix prefix;

	memcpy(&prefix, from, sizeof(prefix));
	if (!dvs_prefix_is_valid(&prefix) || (prefix.pad[0] | prefix.pad[1] | prefix.pad[2]) != 0)
		return -EINVAL;
	return dvs_prefix_is_none(&prefix) && !dvs_value_may_be_empty(field) ? -EINVAL : 0;
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
		 dvs_value_may_be_empty(field) ? ", or empty" : "");
}

const struct dvs_value_kind dvs_kind_prefix = {prefix_parse, prefix_check, prefix_print,
					       prefix_allowed};

/* RATE */

static int rate_parse(const struct dvs_field *field, const char *text, void *to)
{
	uint64_t rate;
	int ret = dvs_rate_parse(text, &rate);

	if (ret == 0)
		dvs_value_store(field, rate, to);
	return ret;
}

static int rate_check(const struct dvs_field *field, const void *from)
{
	return dvs_rate_check(dvs_value_load(field, from));
}

static void rate_print(const struct dvs_field *field, const void *from, char *buf)
{
	dvs_rate_print(dvs_value_load(field, from), buf);
}

static void rate_allowed(const struct dvs_field *field, char *buf)
{
	(void)field;
	snprintf(buf, DVS_FIELD_TEXT_MAX, "%s",
		 "off, or a number up to 1G with pps (packets a second) or up to 1000G with bps "
		 "(bits a second), with k, M or G before the unit: 10kpps, 1.5Gbps");
}

const struct dvs_value_kind dvs_kind_rate = {rate_parse, rate_check, rate_print, rate_allowed};

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

const struct dvs_value_kind dvs_kind_vlans = {vlans_parse, vlans_check, vlans_print, vlans_allowed};

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

const struct dvs_value_kind dvs_kind_range = {range_parse, range_check, range_print, range_allowed};

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
	snprintf(buf, DVS_FIELD_TEXT_MAX, "%s",
		 "any, a MAC address, or one with a mask such as "
		 "01:00:00:00:00:00/01:00:00:00:00:00, without bits outside of the mask");
}

const struct dvs_value_kind dvs_kind_mac_mask = {mac_mask_parse, mac_mask_check, mac_mask_print,
						 mac_mask_allowed};

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

const struct dvs_value_kind dvs_kind_map = {map_parse, map_check, map_print, map_allowed};
