/* SPDX-License-Identifier: BSD-3-Clause */
/* mac duplicates and mac flush: the MAC table of the switch. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "entries.h"

int dvs_mac_duplicates(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	struct dvs_rows macs;
	struct dvs_error err;
	int code;

	(void)type;
	if (argc > 0)
		return dvs_ctl_usage(ctl, "\"%s\": mac duplicates takes no words", argv[0]);
	code = dvs_ctl_dump(ctl, &dvs_duplicate_type, &macs, &err);
	if (code != DVS_EXIT_OK)
		return dvs_ctl_fail(ctl, code, &err);
	if (!ctl->is_json && macs.n == 0)
		printf("no MAC is active on two ports\n");
	else
		dvs_entries_print(ctl, &macs, macs.type->plural);
	dvs_rows_fini(&macs);
	return DVS_EXIT_OK;
}

int dvs_mac_flush(struct dvs_ctl *ctl, const struct dvs_type *type, int argc, char **argv)
{
	const struct dvs_type *entry = dvs_entries_type(type);
	const dvs_field_set known = dvs_field_bit(entry, dvs_type_field(entry, "segment")) |
				    dvs_field_bit(entry, dvs_type_field(entry, "port"));
	struct dvs_fdb_entry wanted;
	struct dvs_filter filter;
	struct dvs_error err;
	uint32_t flushed;
	int code = dvs_entries_filter(ctl, type, "flush", argc, argv, &filter);

	if (code != DVS_EXIT_OK)
		return code;
	if ((filter.fields & ~known) != 0)
		return dvs_ctl_usage(ctl, "mac flush: only segment=NAME and port=NAME choose");
	memcpy(&wanted, filter.wanted, sizeof(wanted));
	code = dvs_ctl_mac_flush(ctl, wanted.segment, wanted.port, &flushed, &err);
	if (code != DVS_EXIT_OK)
		return dvs_ctl_fail(ctl, code, &err);
	if (ctl->is_json)
		dvs_ctl_json(json_pack("{s:I}", "flushed", (json_int_t)flushed));
	else
		printf("%u %s forgotten\n", flushed, flushed == 1 ? "entry" : "entries");
	return DVS_EXIT_OK;
}
