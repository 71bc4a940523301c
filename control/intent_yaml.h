/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * intent_yaml.h - the whole intent as a YAML file.
 *
 *	segments:
 *	  - name: lan
 *	portgroups:
 *	  - name: vms
 *	    segment: lan
 *	    mtu: 1500
 *	ports:
 *	  - name: vm1
 *	    group: vms
 *	macs:
 *	  - segment: lan
 *	    mac: "52:54:00:00:00:01"
 *	    port: vm1
 *
 * The shape comes from the field tables: one key for each configuration type (its plural), a list
 * of mappings under it, a key for each field, and values as in field.h. What is not given has its
 * default. Unknown keys, keys given twice, anchors and aliases, another shape, a second document
 * and an empty file (which would delete everything) are refused.
 *
 * Threads: the control thread only.
 */
#ifndef DVS_INTENT_YAML_H
#define DVS_INTENT_YAML_H

#include "intent.h"

#define DVS_YAML_MAX (16u << 20) /* bytes of a file */

/*
 * Reads a file into an empty set. The records are complete, but not checked against each other.
 * -EINVAL, -EEXIST (two objects with one key), -E2BIG, -ENOMEM and what dvs_record_set returns;
 * err, which must not be NULL, has line and column, and names object and field. ret_set is
 * untouched on failure; on success it is to be freed with dvs_config_set_fini.
 */
int dvs_yaml_read(const char *text, size_t length, struct dvs_config_set *ret_set,
		  struct dvs_error *err);

/* The intent as a file: the fields that are set, in the order of types and keys. To be freed with
 * free(). -ENOMEM. */
int dvs_yaml_write(const struct dvs_intent *intent, char **ret_text, struct dvs_error *err);

/*
 * Edits the intent so that it has what the set has and nothing else: deletes what is gone, changes
 * and adds. Errors as dvs_intent_add.
 */
int dvs_intent_replace(struct dvs_intent *intent, const struct dvs_config_set *wanted,
		       struct dvs_error *err);

#endif
