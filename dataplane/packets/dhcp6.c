/* SPDX-License-Identifier: BSD-3-Clause */
#include "dhcp6.h"

#include <errno.h>

#include "bytes.h"

#define DUID_MAX 130

enum option {
	OPTION_CLIENT_ID = 1,
	OPTION_SERVER_ID = 2,
	OPTION_IA_NA = 3,
	OPTION_IA_TA = 4,
	OPTION_ADDRESS = 5,
	OPTION_STATUS = 13,
	OPTION_IA_PD = 25,
	OPTION_PREFIX = 26,
};

/* The next option: false at the end, with *ret_error 0, or when it does not fit. */
static bool next_option(struct dvs_bytes *options, uint16_t *ret_code, struct dvs_bytes *ret_value,
			int *ret_error)
{
	const uint8_t *head;

	*ret_error = 0;
	if (options->left == 0)
		return false;
	head = dvs_bytes_take(options, 4);
	if (head == NULL || !dvs_bytes_split(options, dvs_load16(head + 2), ret_value)) {
		*ret_error = -EBADMSG;
		return false;
	}
	*ret_code = dvs_load16(head);
	return true;
}

static int take_status(const struct dvs_bytes *value, uint16_t *to)
{
	if (value->left < 2)
		return -EBADMSG;
	*to = dvs_load16(value->at);
	return 0;
}

/* The status that is among options which hold nothing else of interest. */
static int find_status(struct dvs_bytes options, uint16_t *ret_status)
{
	struct dvs_bytes value;
	uint16_t code;
	int ret;

	*ret_status = 0;
	while (next_option(&options, &code, &value, &ret))
		if (code == OPTION_STATUS && take_status(&value, ret_status) < 0)
			return -EBADMSG;
	return ret;
}

static void mask(struct dvs_prefix *prefix)
{
	for (unsigned int i = 0; i < DVS_IP_LEN; i++) {
		unsigned int before = 8 * i;
		unsigned int bits = prefix->length > before ? prefix->length - before : 0;

		if (bits < 8)
			prefix->ip.bytes[i] &= (uint8_t) ~(0xffu >> bits);
	}
}

/* An address (lifetimes behind it) or a prefix (lifetimes before it), and options about it. */
static int take_lease(uint16_t code, struct dvs_bytes value, struct dvs_dhcp6 *dhcp)
{
	bool is_prefix = code == OPTION_PREFIX;
	const uint8_t *fixed = dvs_bytes_take(&value, is_prefix ? 25 : 24);
	struct dvs_dhcp6_lease lease = {.prefix.length = 128};
	uint32_t preferred_s;
	uint16_t status;

	if (fixed == NULL)
		return -EBADMSG;
	memcpy(lease.prefix.ip.bytes, fixed + (is_prefix ? 9 : 0), DVS_IP_LEN);
	preferred_s = dvs_load32(fixed + (is_prefix ? 0 : 16));
	lease.valid_s = dvs_load32(fixed + (is_prefix ? 4 : 20));
	if (is_prefix)
		lease.prefix.length = fixed[8];
	if (lease.prefix.length > 128 || dvs_ip_is_group(&lease.prefix.ip) ||
	    find_status(value, &status) < 0)
		return -EBADMSG;
	if (status != 0 || preferred_s > lease.valid_s || lease.prefix.length == 0) {
		dhcp->has_others = true; /* clients ignore it (sections 21.6, 21.22) */
		return 0;
	}
	mask(&lease.prefix);
	if (dhcp->n_leases == DVS_DHCP6_LEASES_MAX)
		return -EBADMSG;
	dhcp->leases[dhcp->n_leases++] = lease;
	return 0;
}

/* An identity association: when its status is a failure, what it has of leases does not count. */
static int take_association(uint16_t code, struct dvs_bytes value, struct dvs_dhcp6 *dhcp)
{
	uint16_t wanted = code == OPTION_IA_PD ? OPTION_PREFIX : OPTION_ADDRESS;
	uint8_t n_before = dhcp->n_leases;
	struct dvs_bytes options;
	uint16_t status, inner;
	int ret;

	if (dvs_bytes_take(&value, code == OPTION_IA_TA ? 4 : 12) == NULL ||
	    find_status(value, &status) < 0)
		return -EBADMSG;
	while (next_option(&value, &inner, &options, &ret))
		if (inner == wanted && take_lease(inner, options, dhcp) < 0)
			return -EBADMSG;
	if (status != 0) {
		dhcp->has_others |= dhcp->n_leases != n_before;
		dhcp->n_leases = n_before;
	}
	return ret;
}

static int take_client_id(const struct dvs_bytes *value, struct dvs_dhcp6 *dhcp)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	if (dhcp->has_client_id || value->left == 0 || value->left > DUID_MAX)
		return -EBADMSG;
	for (uint32_t i = 0; i < value->left; i++)
		hash = (hash ^ value->at[i]) * UINT64_C(0x100000001b3);
	dhcp->has_client_id = true;
	dhcp->client_id = hash;
	return 0;
}

static int take_server_id(const struct dvs_bytes *value, struct dvs_dhcp6 *dhcp)
{
	if (dhcp->has_server_id || value->left == 0 || value->left > DUID_MAX)
		return -EBADMSG;
	dhcp->has_server_id = true;
	return 0;
}

static int take_option(uint16_t code, const struct dvs_bytes *value, struct dvs_dhcp6 *dhcp)
{
	switch (code) {
	case OPTION_CLIENT_ID:
		return take_client_id(value, dhcp);
	case OPTION_SERVER_ID:
		return take_server_id(value, dhcp);
	case OPTION_STATUS:
		return take_status(value, &dhcp->status);
	case OPTION_IA_NA:
	case OPTION_IA_TA:
	case OPTION_IA_PD:
		return take_association(code, *value, dhcp);
	default:
		return 0;
	}
}

int dvs_dhcp6_parse(const uint8_t *data, uint32_t length, struct dvs_dhcp6 *ret_dhcp)
{
	struct dvs_bytes options = {data, length}, value;
	struct dvs_dhcp6 dhcp = {.type = 0};
	const uint8_t *head = dvs_bytes_take(&options, 4);
	uint16_t code;
	int ret;

	if (head == NULL || head[0] == 0)
		return -EBADMSG;
	dhcp.type = head[0];
	dhcp.is_relay = dhcp.type == DVS_DHCP6_RELAY_FORWARD || dhcp.type == DVS_DHCP6_RELAY_REPLY;
	if (dhcp.is_relay) {
		*ret_dhcp = dhcp;
		return 0;
	}
	dhcp.xid = dvs_load32(head) & 0xffffff;
	while (next_option(&options, &code, &value, &ret))
		if (take_option(code, &value, &dhcp) < 0)
			return -EBADMSG;
	if (ret == 0)
		*ret_dhcp = dhcp;
	return ret;
}
