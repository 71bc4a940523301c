/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * control/control, switch_link and reconcile: an intent in a real store, programmed into a peer
 * that refuses, forgets, hangs, dies and comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "control.h"
#include "control_fixture.h"
#include "fake_switch.h"
#include "log.h"

static struct event_base *base;
static struct dvs_control *control;
static struct fake_switch fake;

static void open_control(void)
{
	struct dvs_store *store;
	struct dvs_error err;

	assert_int_equal(dvs_store_open_sqlite(fixture_path("i.db"), &store, &err), 0);
	assert_int_equal(dvs_control_create(base, store, fixture_path("s.sock"), &control, &err),
			 0);
}

static void close_control(void)
{
	dvs_control_free(control);
	control = NULL;
}

static int set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	dvs_log_set_level(DVS_LOG_ERROR - 1);
	fixture_directory();
	base = event_base_new();
	open_control();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close_control();
	event_base_free(base);
	fixture_remove_directory();
	return 0;
}

static struct dvs_switch_link_state link_state(void)
{
	struct dvs_switch_link_state state;

	dvs_switch_link_get_state(dvs_control_link(control), &state);
	return state;
}

/* Runs the event loop until the condition holds; false after ten seconds. */
static bool wait_until(bool (*condition)(void))
{
	uint64_t end = fixture_now_ms() + 10000;

	while (fixture_now_ms() < end) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (condition())
			return true;
		usleep(1000);
	}
	return false;
}

static void run_for(unsigned int ms)
{
	uint64_t end = fixture_now_ms() + ms;

	while (fixture_now_ms() < end) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
}

static bool is_connected(void)
{
	return link_state().is_connected;
}

static bool is_disconnected(void)
{
	return !link_state().is_connected;
}

static bool has_all(void)
{
	struct dvs_switch_link_state state = link_state();

	return state.is_connected && state.n_failures == 0 &&
	       state.applied_revision == dvs_store_revision(dvs_control_store(control));
}

static void start_switch(void)
{
	fake_switch_start(&fake, fixture_path("s.sock"));
	assert_true(wait_until(is_connected));
}

static void stop_switch(void)
{
	fake_switch_stop(&fake);
	assert_true(wait_until(is_disconnected));
}

/* The switch has exactly what the intent says. */
static bool is_in_switch(void)
{
	const struct dvs_intent *intent = dvs_control_intent(control);
	struct dvs_diff diff;
	bool is_equal;

	fake_switch_lock(&fake);
	assert_int_equal(dvs_diff_make(&diff, intent, &fake.objects), 0);
	fake_switch_unlock(&fake);
	is_equal = diff.n == 0;
	dvs_diff_fini(&diff);
	return is_equal;
}

static int commit(struct dvs_control_result *result, struct dvs_error *err)
{
	*err = (struct dvs_error){0};
	return dvs_control_commit(control, false, result, err);
}

static int add(const struct dvs_type *type, const char *words, struct dvs_control_result *result,
	       struct dvs_error *err)
{
	struct dvs_record rec = fixture_record(type, words);

	assert_int_equal(dvs_intent_add(dvs_control_begin(control), &rec, err), 0);
	return commit(result, err);
}

static int set(const struct dvs_type *type, const char *key, const char *name, const char *value,
	       struct dvs_control_result *result, struct dvs_error *err)
{
	struct dvs_intent *intent = dvs_control_begin(control);
	struct dvs_record rec = *dvs_intent_lookup(intent, type, key);

	assert_int_equal(dvs_record_set(&rec, name, value, err), 0);
	assert_int_equal(dvs_intent_set(intent, &rec, err), 0);
	return commit(result, err);
}

static void must_add(const struct dvs_type *type, const char *words, bool is_applied)
{
	struct dvs_control_result result;
	struct dvs_error err;

	assert_int_equal(add(type, words, &result, &err), 0);
	assert_int_equal(result.is_applied, is_applied);
	assert_int_equal(result.warning[0] == '\0', is_applied);
}

/* Nothing but segment lan, port group vms, ports vm1 to vm4, with or without a switch. */
static void fill(bool is_applied)
{
	struct dvs_intent *intent = dvs_control_begin(control);
	struct dvs_control_result result;
	struct dvs_error err;

	for (unsigned int t = dvs_n_config_types; t-- > 0;) {
		const struct dvs_type *type = dvs_config_types[t];

		while (dvs_intent_count(intent, type) > 0)
			assert_int_equal(dvs_intent_delete(intent, type,
							   dvs_intent_at(intent, type, 0)->key,
							   &err),
					 0);
	}
	assert_int_equal(commit(&result, &err), 0);
	must_add(&dvs_segment_type, "name=lan", is_applied);
	must_add(&dvs_portgroup_type, "name=vms segment=lan mtu=9000", is_applied);
	must_add(&dvs_port_type, "name=vm1 group=vms", is_applied);
	must_add(&dvs_port_type, "name=vm2 group=vms", is_applied);
	must_add(&dvs_port_type, "name=vm3 group=vms", is_applied);
	must_add(&dvs_port_type, "name=vm4 group=vms", is_applied);
	must_add(&dvs_mac_type, "segment=lan mac=52:54:00:00:00:01 port=vm1", is_applied);
}

static unsigned int count_written(void)
{
	unsigned int n;

	fake_switch_lock(&fake);
	n = fake.n_puts + fake.n_deletes + fake.n_commits;
	fake_switch_unlock(&fake);
	return n;
}

static void set_refused(const char *one, const char *two)
{
	fake_switch_lock(&fake);
	strcpy(fake.refuse[0], one);
	strcpy(fake.refuse[1], two);
	fake_switch_unlock(&fake);
}

static void test_what_was_stored_is_programmed_at_connection(void **state)
{
	(void)state;
	fill(false);
	start_switch();
	assert_true(wait_until(has_all));
	assert_true(is_in_switch());
	assert_int_equal(fake.n_commits, 1); /* all of it at once */
	assert_int_equal(link_state().boot_epoch, fake.boot_epoch);
	stop_switch();
}

static void test_changes_are_programmed_at_once(void **state)
{
	struct dvs_control_result result;
	unsigned int before;
	struct dvs_error err;

	(void)state;
	start_switch();
	fill(true);
	assert_true(is_in_switch());
	/* A port group's change reaches its four ports, and no more than these. */
	before = count_written();
	assert_int_equal(set(&dvs_portgroup_type, "vms", "mtu", "1400", &result, &err), 0);
	assert_true(is_in_switch());
	assert_int_equal(count_written() - before, 4 + 1);
	/* What the switch does not see is not sent. */
	before = count_written();
	assert_int_equal(set(&dvs_portgroup_type, "vms", "description", "x", &result, &err), 0);
	assert_true(result.is_applied);
	run_for(20);
	assert_int_equal(count_written(), before);
	stop_switch();
}

static void test_nothing_flaps_when_the_daemon_returns(void **state)
{
	unsigned int before;

	(void)state;
	start_switch();
	fill(true);
	before = count_written();
	close_control();
	open_control();
	assert_true(wait_until(has_all));
	run_for(50);
	assert_int_equal(count_written(), before);
	stop_switch();
}

static void test_a_restarted_switch_gets_everything_again(void **state)
{
	(void)state;
	start_switch();
	fill(true);
	stop_switch();
	start_switch();
	assert_true(wait_until(has_all));
	assert_true(is_in_switch());
	assert_int_equal(link_state().boot_epoch, fake.boot_epoch);
	stop_switch();
}

static void test_a_refused_change_is_taken_back(void **state)
{
	struct dvs_control_result result;
	struct dvs_error err;
	uint64_t revision;

	(void)state;
	start_switch();
	fill(true);
	revision = dvs_store_revision(dvs_control_store(control));
	set_refused("vm9", "");
	assert_int_equal(add(&dvs_port_type, "name=vm9 group=vms", &result, &err), -EADDRINUSE);
	assert_string_equal(err.object, "port vm9");
	assert_string_equal(err.field, "socket");
	assert_string_equal(err.text, "the socket is in use");
	assert_null(dvs_intent_lookup(dvs_control_intent(control), &dvs_port_type, "vm9"));
	assert_int_equal(dvs_store_revision(dvs_control_store(control)), revision);
	assert_true(has_all());
	assert_true(is_in_switch());
	close_control();
	open_control();
	assert_null(dvs_intent_lookup(dvs_control_intent(control), &dvs_port_type, "vm9"));
	assert_true(wait_until(is_connected));
	set_refused("", "");
	must_add(&dvs_port_type, "name=vm9 group=vms", true);
	stop_switch();
}

static void test_a_bad_port_does_not_keep_others_out(void **state)
{
	struct dvs_control_result result;
	struct dvs_error err;

	(void)state;
	fill(false);
	must_add(&dvs_mac_type, "segment=lan mac=52:54:00:00:00:02 port=vm2", false);
	fake_switch_start(&fake, fixture_path("s.sock"));
	set_refused("vm2", "vm3");
	assert_true(wait_until(is_connected));
	assert_int_equal(link_state().n_failures, 2);
	assert_string_equal(link_state().failures[0].error.object, "port vm2");
	assert_string_equal(link_state().failures[1].error.object, "port vm3");
	assert_int_equal(link_state().applied_revision, 0);
	assert_int_equal(dvs_config_set_count(&fake.objects, &dvs_port_type), 2);
	/* Others can be changed, which is said not to be all. */
	assert_int_equal(set(&dvs_port_type, "vm1", "mtu", "1400", &result, &err), 0);
	assert_false(result.is_applied);
	assert_non_null(strstr(result.warning, "port vm2: socket: the socket is in use"));
	assert_int_equal(set(&dvs_portgroup_type, "vms", "mtu", "1300", &result, &err), 0);
	assert_int_equal(link_state().n_failures, 2);
	/* Each change tries again, and so does time. */
	set_refused("vm3", "");
	assert_int_equal(set(&dvs_port_type, "vm1", "mtu", "1401", &result, &err), 0);
	assert_int_equal(link_state().n_failures, 1);
	set_refused("", "");
	assert_true(wait_until(has_all));
	assert_true(is_in_switch());
	stop_switch();
}

static void test_a_bad_port_can_be_deleted(void **state)
{
	struct dvs_control_result result;
	struct dvs_intent *intent;
	struct dvs_error err;

	(void)state;
	fill(false);
	fake_switch_start(&fake, fixture_path("s.sock"));
	set_refused("vm2", "");
	assert_true(wait_until(is_connected));
	assert_int_equal(link_state().n_failures, 1);
	intent = dvs_control_begin(control);
	assert_int_equal(dvs_intent_delete(intent, &dvs_port_type, "vm2", &err), 0);
	assert_int_equal(commit(&result, &err), 0);
	assert_true(result.is_applied);
	assert_true(is_in_switch());
	stop_switch();
}

static void test_what_others_change_is_put_right(void **state)
{
	(void)state;
	start_switch();
	fill(true);
	run_for(20);
	fake_switch_forget(&fake, &dvs_port_type, "vm4", true);
	assert_true(wait_until(is_in_switch));
	/* The event for it was lost: the gap says so. */
	fake_switch_forget(&fake, &dvs_port_type, "vm4", false);
	fake_switch_skip_event(&fake);
	run_for(50);
	assert_false(is_in_switch());
	fake_switch_send_event(&fake);
	assert_true(wait_until(is_in_switch));
	stop_switch();
}

static void test_own_changes_are_no_news(void **state)
{
	unsigned int before;

	(void)state;
	start_switch();
	fill(true);
	run_for(50);
	before = fake.n_dumps;
	must_add(&dvs_port_type, "name=vm5 group=vms", true);
	must_add(&dvs_port_type, "name=vm6 group=vms", true);
	run_for(50);
	assert_int_equal(fake.n_dumps, before);
	stop_switch();
}

static void lose_switch_in_commit(bool takes_it)
{
	struct dvs_control_result result;
	struct dvs_error err;

	start_switch();
	fill(true);
	fake_switch_lock(&fake);
	fake.drops_commit = true;
	fake.takes_dropped = takes_it;
	fake_switch_unlock(&fake);
	assert_int_equal(add(&dvs_port_type, "name=vm9 group=vms", &result, &err), 0);
	assert_false(result.is_applied);
	assert_non_null(strstr(result.warning, "stored, but not in the switch yet"));
	assert_true(wait_until(has_all));
	assert_true(is_in_switch());
	stop_switch();
}

/* Nobody knows whether the switch has taken the change: it is stored, and reconciled later. */
static void test_a_switch_that_dies_in_a_commit(void **state)
{
	(void)state;
	lose_switch_in_commit(false);
	lose_switch_in_commit(true);
}

/* For how long the event loop, and with it every client, was held up at once. */
static uint64_t longest_turn(unsigned int ms)
{
	uint64_t end = fixture_now_ms() + ms, longest = 0, start;

	while ((start = fixture_now_ms()) < end) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		longest = fixture_now_ms() - start > longest ? fixture_now_ms() - start : longest;
		usleep(1000);
	}
	return longest;
}

static void test_a_switch_that_hangs_is_given_up(void **state)
{
	struct dvs_control_result result;
	struct dvs_error err;
	uint64_t start;

	(void)state;
	start_switch();
	fill(true);
	fake_switch_lock(&fake);
	fake.is_hanging = true;
	fake_switch_unlock(&fake);
	start = fixture_now_ms();
	assert_int_equal(add(&dvs_port_type, "name=vm9 group=vms", &result, &err), 0);
	assert_false(result.is_applied);
	assert_true(fixture_now_ms() - start < 5000);
	/* The next attempt finds out that it hangs; those that follow take no time. */
	run_for(3000);
	assert_true(longest_turn(5000) < 1000);
	fake_switch_lock(&fake);
	fake.is_hanging = false;
	fake_switch_unlock(&fake);
	assert_true(wait_until(has_all));
	assert_true(is_in_switch());
	stop_switch();
}

static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_what_cannot_be_stored_leaves_the_switch(void **state)
{
	struct dvs_control_result result;
	struct dvs_error err;
	uint64_t revision;
	unsigned int before;

	(void)state;
	start_switch();
	fill(true);
	revision = dvs_store_revision(dvs_control_store(control));
	before = fake.n_commits;
	set_file_limit(0);
	assert_int_equal(add(&dvs_port_type, "name=vm9 group=vms", &result, &err), -EIO);
	assert_int_equal(set(&dvs_port_type, "vm1", "mtu", "1234", &result, &err), -EIO);
	set_file_limit(RLIM_INFINITY);
	assert_non_null(strstr(err.text, "nothing was stored"));
	/* There and back, twice. */
	assert_int_equal(fake.n_commits, before + 4);
	assert_null(dvs_intent_lookup(dvs_control_intent(control), &dvs_port_type, "vm9"));
	assert_int_equal(dvs_store_revision(dvs_control_store(control)), revision);
	assert_true(has_all());
	assert_true(is_in_switch());
	must_add(&dvs_port_type, "name=vm9 group=vms", true);
	stop_switch();
}

static void test_a_dry_run_changes_nothing(void **state)
{
	struct dvs_record rec = fixture_record(&dvs_port_type, "name=vm9 group=vms");
	struct dvs_control_result result;
	unsigned int before;
	struct dvs_error err;

	(void)state;
	start_switch();
	fill(true);
	before = count_written();
	assert_int_equal(dvs_intent_add(dvs_control_begin(control), &rec, &err), 0);
	assert_int_equal(dvs_control_commit(control, true, &result, &err), 0);
	assert_false(result.is_applied);
	assert_null(dvs_intent_lookup(dvs_control_intent(control), &dvs_port_type, "vm9"));
	assert_int_equal(count_written(), before);
	stop_switch();
}

/* Ports move to another segment while theirs is deleted, also when one of them is refused. */
static void test_moves_work_one_by_one_too(void **state)
{
	struct dvs_control_result result;
	struct dvs_record group, dmz = fixture_record(&dvs_segment_type, "name=dmz");
	struct dvs_intent *intent;
	struct dvs_error err;

	(void)state;
	start_switch();
	fill(true);
	stop_switch();
	intent = dvs_control_begin(control);
	assert_int_equal(dvs_intent_delete(intent, &dvs_mac_type, "lan/52:54:00:00:00:01", &err),
			 0);
	assert_int_equal(dvs_intent_add(intent, &dmz, &err), 0);
	group = *dvs_intent_lookup(intent, &dvs_portgroup_type, "vms");
	assert_int_equal(dvs_record_set(&group, "segment", "dmz", &err), 0);
	assert_int_equal(dvs_intent_set(intent, &group, &err), 0);
	assert_int_equal(dvs_intent_delete(intent, &dvs_segment_type, "lan", &err), 0);
	assert_int_equal(commit(&result, &err), 0);
	/* The switch that comes has the old state, and refuses the whole because of vm2. */
	fake_switch_start(&fake, fixture_path("s.sock"));
	fake_switch_lock(&fake);
	{
		struct dvs_record lan = fixture_record(&dvs_segment_type, "name=lan");
		struct dvs_record vm1 = fixture_record(&dvs_port_type, "name=vm1 group=vms");
		struct dvs_config_object *old;
		struct dvs_port port;

		memcpy(&port, vm1.data, sizeof(port));
		strcpy(port.segment, "lan");
		memcpy(vm1.data, &port, sizeof(port));
		assert_int_equal(dvs_config_set_swap(&fake.objects, lan.type, "lan",
						     dvs_config_object_create(&lan), &old),
				 0);
		assert_int_equal(dvs_config_set_swap(&fake.objects, vm1.type, "vm1",
						     dvs_config_object_create(&vm1), &old),
				 0);
	}
	strcpy(fake.refuse[0], "vm2");
	fake_switch_unlock(&fake);
	assert_true(wait_until(is_connected));
	assert_int_equal(link_state().n_failures, 1);
	assert_null(dvs_config_set_lookup(&fake.objects, &dvs_segment_type, "lan"));
	assert_int_equal(dvs_config_set_count(&fake.objects, &dvs_port_type), 3);
	stop_switch();
}

static void lose_store(void)
{
	static const char *const files[] = {"i.db", "i.db-wal", "i.db-shm", "i.db-journal"};

	close_control();
	for (unsigned int i = 0; i < 4; i++)
		unlink(fixture_path(files[i]));
	open_control();
}

static void assert_field(const struct dvs_type *type, const char *key, const char *name,
			 const char *value)
{
	const struct dvs_record *rec = dvs_intent_lookup(dvs_control_intent(control), type, key);
	const struct dvs_field *field = dvs_type_field(type, name);
	char text[DVS_FIELD_TEXT_MAX];

	assert_non_null(rec);
	assert_int_equal(dvs_record_is_set(rec, field), value != NULL);
	if (value)
		assert_string_equal(dvs_record_print(rec, field, text), value);
}

/* A new store does not know better than a switch that works. */
static void test_a_lost_store_takes_over_what_runs(void **state)
{
	struct dvs_control_result result;
	unsigned int before;
	struct dvs_error err;

	(void)state;
	start_switch();
	fill(true);
	assert_int_equal(set(&dvs_segment_type, "lan", "age", "60", &result, &err), 0);
	assert_int_equal(set(&dvs_port_type, "vm2", "mtu", "1500", &result, &err), 0);
	assert_int_equal(set(&dvs_port_type, "vm3", "queues", "2", &result, &err), 0);
	assert_int_equal(set(&dvs_portgroup_type, "vms", "features_off", "tso4", &result, &err), 0);
	must_add(&dvs_portgroup_type, "name=others segment=lan mtu=4000", true);
	must_add(&dvs_port_type, "name=vm5 group=others description=five", true);
	before = count_written();
	lose_store();
	assert_true(wait_until(has_all));
	run_for(50);
	assert_int_equal(count_written(), before);
	assert_true(is_in_switch());
	assert_int_equal(dvs_store_revision(dvs_control_store(control)), 1);
	assert_true(dvs_control_has_adopted(control));

	assert_field(&dvs_segment_type, "lan", "age", "60");
	assert_field(&dvs_segment_type, "lan", "mac_limit", NULL);
	assert_field(&dvs_portgroup_type, "vms", "segment", "lan");
	assert_field(&dvs_portgroup_type, "vms", "features_off", "tso4");
	assert_field(&dvs_portgroup_type, "vms", "mtu", NULL); /* not all agree */
	assert_field(&dvs_port_type, "vm1", "mtu", "9000");
	assert_field(&dvs_port_type, "vm2", "mtu", NULL);
	assert_field(&dvs_port_type, "vm1", "features_off", NULL);
	assert_field(&dvs_port_type, "vm1", "segment", NULL);
	assert_field(&dvs_port_type, "vm3", "queues", "2");
	assert_field(&dvs_portgroup_type, "others", "mtu", "4000");
	assert_field(&dvs_port_type, "vm5", "mtu", NULL);
	assert_field(&dvs_port_type, "vm5", "description", "five");
	assert_field(&dvs_mac_type, "lan/52:54:00:00:00:01", "port", "vm1");

	/* It is stored, and an intent like any other. */
	close_control();
	open_control();
	assert_true(wait_until(has_all));
	assert_false(dvs_control_has_adopted(control));
	assert_int_equal(count_written(), before);
	fill(true);
	assert_true(is_in_switch());
	stop_switch();
}

/* Two ports of a group in two segments: no intent says that. */
static void test_what_cannot_be_taken_over_is_left(void **state)
{
	struct dvs_control_result result;
	struct dvs_config_object *object, *old;
	struct dvs_error err;
	struct dvs_port port;

	(void)state;
	start_switch();
	fill(true);
	must_add(&dvs_segment_type, "name=dmz", true);
	close_control();
	fake_switch_lock(&fake);
	object = dvs_config_object_create(
		&dvs_config_set_lookup(&fake.objects, &dvs_port_type, "vm4")->rec);
	memcpy(&port, object->rec.data, sizeof(port));
	strcpy(port.segment, "dmz");
	memcpy(object->rec.data, &port, sizeof(port));
	assert_int_equal(dvs_config_set_swap(&fake.objects, &dvs_port_type, "vm4", object, &old),
			 0);
	free(old);
	fake_switch_unlock(&fake);
	lose_store();
	run_for(1500);
	assert_false(is_connected());
	assert_non_null(strstr(link_state().error.text, "cannot be taken over: port vm4"));
	assert_int_equal(dvs_config_set_count(&fake.objects, &dvs_port_type), 4);
	assert_int_equal(dvs_store_revision(dvs_control_store(control)), 0);
	assert_int_equal(dvs_intent_count(dvs_control_intent(control), &dvs_port_type), 0);
	/* An operator who says what there shall be is obeyed. */
	assert_int_equal(add(&dvs_segment_type, "name=lan", &result, &err), 0);
	assert_true(wait_until(has_all));
	assert_true(is_in_switch());
	assert_int_equal(dvs_config_set_count(&fake.objects, &dvs_port_type), 0);
	stop_switch();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_stored_is_programmed_at_connection),
		cmocka_unit_test(test_changes_are_programmed_at_once),
		cmocka_unit_test(test_nothing_flaps_when_the_daemon_returns),
		cmocka_unit_test(test_a_restarted_switch_gets_everything_again),
		cmocka_unit_test(test_a_refused_change_is_taken_back),
		cmocka_unit_test(test_a_bad_port_does_not_keep_others_out),
		cmocka_unit_test(test_a_bad_port_can_be_deleted),
		cmocka_unit_test(test_what_others_change_is_put_right),
		cmocka_unit_test(test_own_changes_are_no_news),
		cmocka_unit_test(test_a_switch_that_dies_in_a_commit),
		cmocka_unit_test(test_a_switch_that_hangs_is_given_up),
		cmocka_unit_test(test_what_cannot_be_stored_leaves_the_switch),
		cmocka_unit_test(test_a_dry_run_changes_nothing),
		cmocka_unit_test(test_moves_work_one_by_one_too),
		cmocka_unit_test(test_a_lost_store_takes_over_what_runs),
		cmocka_unit_test(test_what_cannot_be_taken_over_is_left),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
