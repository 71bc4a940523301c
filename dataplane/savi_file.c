/* SPDX-License-Identifier: BSD-3-Clause */
/* The file of learnt bindings: records as they are dumped, with the time of day at which each ends.
 */
#include <stdlib.h>

#include "log.h"
#include "savi_private.h"
#include "switch_private.h"

struct record {
	struct dvs_binding_entry entry;
	uint64_t ends; /* dvs_state_time(); 0: never */
};

static bool is_valid(const void *data)
{
	const struct record *record = data;

	return dvs_type_check(&dvs_binding_entry_type, &record->entry, NULL) == 0 &&
	       record->entry.kind != DVS_BINDING_STATIC;
}

const struct dvs_state_kind dvs_savi_file = {
	.name = "bindings",
	.what = "learnt bindings",
	.magic = "dvsbind2",
	.record_size = sizeof(struct record),
	.records_max = 1024 * 1024,
	.is_valid = is_valid,
};

/* ---- load ---- */

void dvs_savi_load(struct dvs_switch *sw, struct dvs_savi *savi)
{
	uint64_t now = dvs_state_time();
	struct record *records;
	uint32_t n = 0;

	records = dvs_state_file_read(&savi->file, &n);
	if (records == NULL)
		return;
	savi->kept = calloc(n + 1u, sizeof(savi->kept[0]));
	for (uint32_t i = 0; savi->kept != NULL && i < n; i++) {
		struct dvs_binding_entry *entry = &records[i].entry;
		uint64_t left = records[i].ends > now ? records[i].ends - now : 0;

		if ((records[i].ends != 0 && left == 0) || left > INT32_MAX)
			continue;
		entry->lease_s = left == 0 ? 0 : sw->shared.now_s + (uint32_t)left;
		savi->kept[savi->n_kept++] = *entry;
	}
	free(records);
	dvs_log_info("%s: %u learnt binding(s) wait for their ports", savi->file.path,
		     savi->n_kept);
}

/* ---- save ---- */

static void fill_record(const struct dvs_switch *sw, const struct dvs_port_object *port,
			const struct dvs_learnt *learnt, struct record *record)
{
	uint32_t left_s = dvs_savi_left_s(sw, port, learnt);

	dvs_switch_binding_entry(sw, port, learnt, &record->entry);
	record->ends = left_s == 0 ? 0 : dvs_state_time() + left_s;
}

/* What ports have, then what still waits for its port. */
static struct record *make_records(struct dvs_switch *sw, uint32_t *ret_n)
{
	const struct dvs_savi *savi = sw->savi;
	const struct dvs_port_object *port;
	const struct dvs_learnt *learnt;
	struct record *records;
	uint32_t id = 0, n = savi->n_kept, used = 0;

	while ((port = (const void *)dvs_table_next(&sw->model.ports, &id)) != NULL)
		n += port->n_learnt;
	records = calloc(n + 1u, sizeof(*records));
	if (records == NULL)
		return NULL;
	id = 0;
	while ((port = (const void *)dvs_table_next(&sw->model.ports, &id)) != NULL)
		LIST_FOREACH(learnt, &port->learnt, of_port)
	fill_record(sw, port, learnt, &records[used++]);
	for (uint32_t i = 0; i < savi->n_kept; i++) {
		uint32_t expires_s = savi->kept[i].lease_s;
		int32_t left = (int32_t)(expires_s - sw->shared.now_s);

		if (expires_s != 0 && left <= 0)
			continue;
		records[used].entry = savi->kept[i];
		records[used++].ends = expires_s == 0 ? 0 : dvs_state_time() + (uint32_t)left;
	}
	*ret_n = used;
	return records;
}

void dvs_savi_save(struct dvs_switch *sw)
{
	uint32_t n = 0;
	struct record *records = make_records(sw, &n);

	dvs_state_file_write(&sw->savi->file, records, n, sw->shared.now_s);
	free(records);
}
