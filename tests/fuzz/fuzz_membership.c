/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An IGMP or MLD packet, from the IP header on. Bit 0 of the first byte chooses the family; with
 * bit 1 the lengths and checksums are put right, as nobody guesses them; with bit 2 the last bytes
 * of the frame are not in the memory that can be read.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>

#include "bytes.h"
#include "checksum.h"
#include "igmp.h"
#include "mld.h"

#define PACKET_MAX 4096
#define UNREADABLE 10

/* Headers of usual length; packets with others are as they are. */
static void seal(uint8_t *data, uint32_t length, bool is_v6)
{
	uint32_t header = is_v6 ? 48 : (data[0] & 15u) * 4, sum = 0;

	if (length < header + 4 || header < 20)
		return;
	if (is_v6) {
		dvs_store16(data + 4, (uint16_t)(length - 40));
		sum = dvs_checksum_ipv6(data + 8, length - header, 58);
	} else {
		dvs_store16(data + 2, (uint16_t)length);
		dvs_store16(data + 10, 0);
		dvs_store16(data + 10, dvs_checksum_end(dvs_checksum_add(0, data, header)));
	}
	dvs_store16(data + header + 2, 0);
	dvs_store16(data + header + 2,
		    dvs_checksum_end(dvs_checksum_add(sum, data + header, length - header)));
}

static void check(const struct dvs_membership *message, const uint8_t *data, uint32_t length,
		  bool is_v6)
{
	struct dvs_membership_cursor at = {0};
	struct dvs_membership_record record;
	uint32_t n = 0;

	MUST(message->kind <= DVS_MEMBERSHIP_ADVERTISED);
	MUST(message->version <= (is_v6 ? 2 : 3));
	while (dvs_membership_next(message, &at, &record)) {
		MUST(dvs_ip_is_multicast(&record.group));
		MUST(dvs_ip_is_v4(&record.group) == !is_v6);
		MUST(record.change <= DVS_MEMBERSHIP_BLOCK);
		n++;
	}
	MUST(n == (message->kind == DVS_MEMBERSHIP_REPORT ? message->n_records : 0));
	if (message->records != NULL)
		MUST(message->records >= data &&
		     message->records + message->length <= data + length);
	if (message->kind == DVS_MEMBERSHIP_QUERY)
		MUST(dvs_ip_is_unspecified(&message->group) ||
		     dvs_ip_is_multicast(&message->group));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct dvs_membership message, untouched;
	uint32_t length, total;
	uint8_t *data;
	bool is_v6;
	int ret;

	if (size < 1 || size > PACKET_MAX)
		return 0;
	total = length = (uint32_t)size - 1;
	if ((input[0] & 4) != 0 && length >= UNREADABLE)
		length -= UNREADABLE;
	is_v6 = (input[0] & 1) != 0;
	data = malloc(total);
	MUST(data || total == 0);
	memcpy(data, input + 1, total);
	if ((input[0] & 2) != 0)
		seal(data, total, is_v6);
	data = realloc(data, length != 0 ? length : 1);
	MUST(data);
	memset(&message, 0xee, sizeof(message));
	untouched = message;
	ret = is_v6 ? dvs_mld_parse(data, length, total, &message)
		    : dvs_igmp_parse(data, length, total, &message);
	MUST(ret == 0 || ret == -EBADMSG || ret == -ENOMSG || ret == -E2BIG);
	if (ret == 0)
		check(&message, data, length, is_v6);
	else
		MUST(memcmp(&message, &untouched, sizeof(message)) == 0);
	free(data);
	return 0;
}
