/* SPDX-License-Identifier: BSD-3-Clause */
#include "dhcp4.h"

#include <errno.h>
#include <string.h>

#include "bytes.h"

#define COOKIE		   0x63825363u
#define COOKIE_AT	   236
#define SERVER_NAME_AT	   44
#define SERVER_NAME_LENGTH 64
#define FILE_AT		   108
#define FILE_LENGTH	   128
#define LONGEST		   65535u

enum option {
	OPTION_PAD = 0,
	OPTION_REQUESTED = 50,
	OPTION_LEASE = 51,
	OPTION_OVERLOAD = 52,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_CLIENT = 61,
	OPTION_END = 255,
};

enum overload {
	OVERLOAD_FILE = 1,
	OVERLOAD_SERVER_NAME = 2,
};

struct walk {
	const uint8_t *data;
	struct dvs_dhcp4 *dhcp;
	uint8_t overload;
	bool is_overloaded;    /* the field being walked is the file or the server name */
	uint8_t seen[256 / 8]; /* options of which a second one is refused */
};

static int see_once(struct walk *walk, uint8_t code)
{
	uint8_t bit = (uint8_t)(1u << code % 8);

	if ((walk->seen[code / 8] & bit) != 0)
		return -EBADMSG;
	walk->seen[code / 8] |= bit;
	return 0;
}

static int take_byte(struct walk *walk, uint8_t code, const uint8_t *value, uint8_t n, uint8_t *to)
{
	if (n != 1)
		return -EBADMSG;
	*to = value[0];
	return see_once(walk, code);
}

static int take_word(struct walk *walk, uint8_t code, const uint8_t *value, uint8_t n, uint32_t *to)
{
	if (n != 4)
		return -EBADMSG;
	*to = dvs_load32(value);
	return see_once(walk, code);
}

static int take_overload(struct walk *walk, const uint8_t *value, uint8_t n)
{
	if (walk->is_overloaded || n != 1 || value[0] < 1 || value[0] > 3)
		return -EBADMSG;
	walk->overload = value[0];
	return see_once(walk, OPTION_OVERLOAD);
}

static int take_agent_info(struct walk *walk, const uint8_t *value, uint8_t n)
{
	if (walk->is_overloaded)
		return -EBADMSG;
	walk->dhcp->agent_info = (uint16_t)(value - 2 - walk->data);
	walk->dhcp->agent_info_length = (uint16_t)(n + 2);
	return see_once(walk, DVS_DHCP4_AGENT_INFO);
}

/* RFC 2132 section 9.14: a hardware type and address, or anything else. */
static int take_client_id(struct walk *walk, const uint8_t *value, uint8_t n)
{
	if (n == 7 && value[0] == 1) {
		walk->dhcp->has_client_mac = true;
		memcpy(walk->dhcp->client_mac, value + 1, sizeof(walk->dhcp->client_mac));
	}
	return see_once(walk, OPTION_CLIENT);
}

static int take_option(struct walk *walk, uint8_t code, const uint8_t *value, uint8_t n)
{
	struct dvs_dhcp4 *dhcp = walk->dhcp;

	switch (code) {
	case OPTION_TYPE:
		return take_byte(walk, code, value, n, &dhcp->type);
	case OPTION_REQUESTED:
		return take_word(walk, code, value, n, &dhcp->requested);
	case OPTION_LEASE:
		return take_word(walk, code, value, n, &dhcp->lease_s);
	case OPTION_SERVER:
		return take_word(walk, code, value, n, &dhcp->server_id);
	case OPTION_OVERLOAD:
		return take_overload(walk, value, n);
	case OPTION_CLIENT:
		return take_client_id(walk, value, n);
	case DVS_DHCP4_AGENT_INFO:
		return take_agent_info(walk, value, n);
	default:
		return 0;
	}
}

/* One field, up to its End. */
static int walk_field(struct walk *walk, uint32_t at, uint32_t length)
{
	struct dvs_bytes field = {walk->data + at, length};

	for (;;) {
		const uint8_t *code = dvs_bytes_take(&field, 1), *n, *value;
		int ret;

		if (code == NULL)
			return -EBADMSG;
		if (*code == OPTION_PAD)
			continue;
		if (*code == OPTION_END) {
			if (!walk->is_overloaded)
				walk->dhcp->end = (uint16_t)(code - walk->data);
			return 0;
		}
		n = dvs_bytes_take(&field, 1);
		value = n != NULL ? dvs_bytes_take(&field, *n) : NULL;
		if (value == NULL)
			return -EBADMSG;
		ret = take_option(walk, *code, value, *n);
		if (ret < 0)
			return ret;
	}
}

static int walk_options(struct walk *walk, uint32_t length)
{
	int ret = walk_field(walk, DVS_DHCP4_FIXED, length - DVS_DHCP4_FIXED);

	walk->is_overloaded = true;
	if (ret == 0 && (walk->overload & OVERLOAD_FILE) != 0)
		ret = walk_field(walk, FILE_AT, FILE_LENGTH);
	if (ret == 0 && (walk->overload & OVERLOAD_SERVER_NAME) != 0)
		ret = walk_field(walk, SERVER_NAME_AT, SERVER_NAME_LENGTH);
	return ret;
}

int dvs_dhcp4_parse(const uint8_t *data, uint32_t length, struct dvs_dhcp4 *ret_dhcp)
{
	struct dvs_dhcp4 dhcp = {.type = DVS_DHCP4_BOOTP};
	struct walk walk = {.data = data, .dhcp = &dhcp};
	int ret;

	if (length < DVS_DHCP4_FIXED || length > LONGEST || dvs_load32(data + COOKIE_AT) != COOKIE)
		return -EBADMSG;
	dhcp.operation = data[0];
	if (dhcp.operation != DVS_DHCP4_BOOTREQUEST && dhcp.operation != DVS_DHCP4_BOOTREPLY)
		return -EBADMSG;
	if (data[1] != 1 || data[2] != 6 || (data[28] & 1) != 0)
		return -EBADMSG;
	dhcp.xid = dvs_load32(data + 4);
	dhcp.ciaddr = dvs_load32(data + 12);
	dhcp.yiaddr = dvs_load32(data + 16);
	dhcp.giaddr = dvs_load32(data + 24);
	memcpy(dhcp.chaddr, data + 28, sizeof(dhcp.chaddr));
	ret = walk_options(&walk, length);
	if (ret == 0)
		*ret_dhcp = dhcp;
	return ret;
}
