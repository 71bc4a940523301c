/* SPDX-License-Identifier: BSD-3-Clause */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "adopt.h"
#include "log.h"

struct dvs_control {
	struct dvs_store *store;
	struct dvs_intent *intent;
	struct dvs_switch_link *link;
	uint64_t adopted_revision; /* that was taken over from the switch; 0 = none */
};

/* Step 2: every edit into a transaction of the store, which stays open. */
static int write_edits(struct dvs_control *control, struct dvs_error *err)
{
	int ret = dvs_store_begin(control->store, err);

	if (ret < 0)
		return ret;
	for (unsigned int i = 0; i < dvs_intent_n_edits(control->intent) && ret == 0; i++) {
		struct dvs_intent_edit edit = dvs_intent_edit_at(control->intent, i);

		ret = edit.after ? dvs_store_put(control->store, edit.after, err)
				 : dvs_store_delete(control->store, edit.type, edit.key, err);
	}
	if (ret < 0)
		dvs_store_rollback(control->store);
	return ret;
}

static int store_adopted(struct dvs_control *control, const struct dvs_config_set *found,
			 uint64_t *ret_revision, struct dvs_error *err)
{
	int ret = dvs_intent_adopt(control->intent, found, err);

	if (ret == 0)
		ret = dvs_intent_check(control->intent, err);
	if (ret == 0)
		ret = write_edits(control, err);
	return ret < 0 ? ret : dvs_store_commit(control->store, ret_revision, err);
}

/* The store is new and the switch is not: what it has becomes the intent. */
static int adopt(void *arg, const struct dvs_config_set *found, uint64_t *ret_revision,
		 struct dvs_error *err)
{
	struct dvs_control *control = arg;
	char text[512];
	int ret = store_adopted(control, found, ret_revision, err);

	if (ret < 0) {
		dvs_intent_rollback(control->intent);
		dvs_error_print(err, text, sizeof(text));
		return dvs_error_set(err, ret, NULL, NULL,
				     "it has objects, the store is new, and they cannot be taken "
				     "over: %.120s; it is left as it is until there is an intent "
				     "(dvsctl apply -f FILE)",
				     text);
	}
	dvs_intent_commit(control->intent);
	control->adopted_revision = *ret_revision;
	dvs_log_warning("store %s is new, but the switch has %u segments, %u ports and %u static "
			"MACs: they were taken over as the intent, with port groups that fit",
			dvs_store_name(control->store),
			dvs_intent_count(control->intent, &dvs_segment_type),
			dvs_intent_count(control->intent, &dvs_port_type),
			dvs_intent_count(control->intent, &dvs_mac_type));
	dvs_log_warning("compare dvsctl export with what you know; dvsctl apply -f FILE replaces "
			"it");
	return 0;
}

int dvs_control_create(struct event_base *base, struct dvs_store *store, const char *switch_socket,
		       struct dvs_control **ret_control, struct dvs_error *err)
{
	struct dvs_control *control = calloc(1, sizeof(*control));
	int ret = control ? dvs_intent_create(&control->intent) : -ENOMEM;

	if (ret < 0) {
		dvs_error_set(err, ret, NULL, NULL, "out of memory");
	} else {
		ret = dvs_store_load(store, control->intent, err);
		if (ret == 0 && dvs_switch_link_create(base, switch_socket, control->intent,
						       dvs_store_revision(store), adopt, control,
						       &control->link) < 0)
			ret = dvs_error_set(err, -ENOMEM, NULL, NULL, "out of memory");
	}
	if (ret < 0) {
		dvs_control_free(control);
		return ret;
	}
	control->store = store;
	*ret_control = control;
	return 0;
}

void dvs_control_free(struct dvs_control *control)
{
	if (!control)
		return;
	dvs_switch_link_free(control->link);
	dvs_intent_free(control->intent);
	dvs_store_close(control->store);
	free(control);
}

const struct dvs_intent *dvs_control_intent(const struct dvs_control *control)
{
	return control->intent;
}

const struct dvs_store *dvs_control_store(const struct dvs_control *control)
{
	return control->store;
}

const struct dvs_switch_link *dvs_control_link(const struct dvs_control *control)
{
	return control->link;
}

bool dvs_control_has_adopted(const struct dvs_control *control)
{
	return control->adopted_revision != 0 &&
	       control->adopted_revision == dvs_store_revision(control->store);
}

struct dvs_intent *dvs_control_begin(struct dvs_control *control)
{
	dvs_switch_link_hurry(control->link);
	return control->intent;
}

void dvs_control_abort(struct dvs_control *control)
{
	dvs_intent_rollback(control->intent);
}

/* Step 4 has failed: the intent goes back, and the switch after it. */
static void take_back(struct dvs_control *control, bool is_programmed)
{
	struct dvs_error err;
	char text[512];

	dvs_intent_rollback(control->intent);
	if (is_programmed && dvs_switch_link_change(control->link, &err) < 0)
		dvs_log_error("a change that could not be stored could not be taken back from the "
			      "switch in one step: %s; it is tried object by object",
			      dvs_error_print(&err, text, sizeof(text)));
	dvs_switch_link_settle(control->link, dvs_store_revision(control->store));
}

/* What the operator has to know about a switch that has not got everything. */
static void fill_result(struct dvs_control *control, bool is_applied,
			struct dvs_control_result *ret_result)
{
	struct dvs_switch_link_state link;
	char text[400];

	ret_result->revision = dvs_store_revision(control->store);
	ret_result->is_applied = is_applied;
	ret_result->warning[0] = '\0';
	if (is_applied)
		return;
	dvs_switch_link_get_state(control->link, &link);
	if (!link.is_connected)
		snprintf(ret_result->warning, sizeof(ret_result->warning),
			 "stored, but not in the switch yet: %s",
			 dvs_error_print(&link.error, text, sizeof(text)));
	else if (link.n_failures > 0)
		snprintf(ret_result->warning, sizeof(ret_result->warning),
			 "the switch does not take %u object%s: %s", link.n_failures,
			 link.n_failures > 1 ? "s" : "",
			 dvs_error_print(&link.failures[0].error, text, sizeof(text)));
}

/* Steps 2 to 4 for edits that were checked. */
static int store_and_program(struct dvs_control *control, struct dvs_error *err)
{
	uint64_t revision;
	int programmed, ret = write_edits(control, err);

	if (ret < 0)
		return ret;
	programmed = dvs_switch_link_change(control->link, err);
	if (programmed < 0 && programmed != -ENOTCONN) {
		dvs_store_rollback(control->store);
		return programmed;
	}
	ret = dvs_store_commit(control->store, &revision, err);
	if (ret < 0)
		take_back(control, programmed == 0);
	return ret;
}

int dvs_control_commit(struct dvs_control *control, bool is_dry_run,
		       struct dvs_control_result *ret_result, struct dvs_error *err)
{
	int ret = dvs_intent_check(control->intent, err);
	bool is_applied;

	if (ret == 0 && !is_dry_run && dvs_intent_n_edits(control->intent) > 0)
		ret = store_and_program(control, err);
	if (ret < 0 || is_dry_run) {
		dvs_intent_rollback(control->intent);
		if (ret == 0)
			fill_result(control, false, ret_result);
		if (ret == 0)
			ret_result->warning[0] = '\0';
		return ret;
	}
	dvs_intent_commit(control->intent);
	is_applied = dvs_switch_link_settle(control->link, dvs_store_revision(control->store));
	fill_result(control, is_applied, ret_result);
	return 0;
}
