/* SPDX-License-Identifier: BSD-3-Clause */
/* control/intent, intent_check and diff. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control_fixture.h"
#include "diff.h"

static struct dvs_intent *make_intent(void)
{
	struct dvs_intent *intent;

	assert_int_equal(dvs_intent_create(&intent), 0);
	fixture_fill(intent);
	return intent;
}

static void assert_error(const struct dvs_error *err, int code, const char *object,
			 const char *field, const char *text)
{
	assert_int_equal(err->code, code);
	assert_string_equal(err->object, object);
	assert_string_equal(err->field, field);
	if (!strstr(err->text, text))
		fail_msg("'%s' is not in '%s'", text, err->text);
}

/* The intent with one more object is refused with this error, and is as before afterwards. */
static void refuse_add(struct dvs_intent *intent, const struct dvs_type *type, const char *words,
		       int code, const char *object, const char *field, const char *text)
{
	unsigned int n = dvs_intent_count(intent, type);
	struct dvs_error err = {0};
	int ret = fixture_add(intent, type, words, &err);

	if (ret == 0)
		ret = dvs_intent_check(intent, &err);
	assert_int_equal(ret, code);
	assert_error(&err, code, object, field, text);
	dvs_intent_rollback(intent);
	assert_int_equal(dvs_intent_count(intent, type), n);
	assert_int_equal(dvs_intent_check(intent, &err), 0);
}

static void add(struct dvs_intent *intent, const struct dvs_type *type, const char *words)
{
	struct dvs_error err;

	assert_int_equal(fixture_add(intent, type, words, &err), 0);
	assert_int_equal(dvs_intent_check(intent, &err), 0);
	dvs_intent_commit(intent);
}

static void test_edits_can_be_taken_back(void **state)
{
	struct dvs_intent *intent = make_intent();
	const struct dvs_record *before = dvs_intent_lookup(intent, &dvs_port_type, "vm1");
	struct dvs_record changed = *before;
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_record_set(&changed, "mtu", "1400", &err), 0);
	assert_int_equal(dvs_intent_set(intent, &changed, &err), 0);
	assert_int_equal(dvs_record_set(&changed, "mtu", "1300", &err), 0);
	assert_int_equal(dvs_intent_set(intent, &changed, &err), 0);
	assert_int_equal(dvs_intent_delete(intent, &dvs_port_type, "vm1", &err), 0);
	assert_int_equal(fixture_add(intent, &dvs_port_type, "name=vm0 group=vms", &err), 0);
	assert_int_equal(fixture_add(intent, &dvs_port_type, "name=vm1 group=vms queues=2", &err),
			 0);
	assert_int_equal(dvs_intent_n_edits(intent), 5);
	dvs_intent_rollback(intent);
	assert_int_equal(dvs_intent_n_edits(intent), 0);
	assert_int_equal(dvs_intent_count(intent, &dvs_port_type), 1);
	assert_ptr_equal(dvs_intent_lookup(intent, &dvs_port_type, "vm1"), before);
	dvs_intent_free(intent);
}

static void test_what_is_equal_is_no_edit(void **state)
{
	struct dvs_intent *intent = make_intent();
	struct dvs_record same = *dvs_intent_lookup(intent, &dvs_portgroup_type, "vms");
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_intent_set(intent, &same, &err), 0);
	assert_int_equal(dvs_intent_n_edits(intent), 0);
	/* To be set to what the default is says more than not to be set. */
	assert_int_equal(dvs_record_set(&same, "mtu", "1500", &err), 0);
	assert_int_equal(dvs_intent_set(intent, &same, &err), 0);
	dvs_intent_commit(intent);
	dvs_record_unset(&same, dvs_type_field(same.type, "mtu"));
	assert_int_equal(dvs_intent_set(intent, &same, &err), 0);
	assert_int_equal(dvs_intent_n_edits(intent), 1);
	dvs_intent_free(intent);
}

/* What the rows of a policy cannot say, in a group and with what a port takes from it. */
static void test_policies_are_possible(void **state)
{
	struct dvs_intent *intent = make_intent();

	(void)state;
	refuse_add(intent, &dvs_portgroup_type, "name=g2 segment=lan marker=srtcm", -EINVAL,
		   "portgroup g2", "marker_rate", "needs a rate");
	add(intent, &dvs_portgroup_type, "name=g2 segment=lan marker=srtcm marker_rate=1Mbps");
	add(intent, &dvs_port_type, "name=p2 group=g2");
	refuse_add(intent, &dvs_port_type, "name=p3 group=g2 marker=trtcm", -EINVAL, "port p3",
		   "marker_peak", "needs a rate");
	refuse_add(intent, &dvs_port_type, "name=p3 group=g2 mtu=9000 marker_burst=1500", -EINVAL,
		   "port p3", "marker_burst", "MTU");
	add(intent, &dvs_port_type, "name=p3 group=g2 marker=off marker_burst=1");
	dvs_intent_free(intent);
}

static void test_keys_are_unique_and_known(void **state)
{
	struct dvs_intent *intent = make_intent();
	struct dvs_record rec = fixture_record(&dvs_port_type, "name=vm9 group=vms");
	struct dvs_error err;

	(void)state;
	refuse_add(intent, &dvs_port_type, "name=vm1 group=vms", -EEXIST, "port vm1", "", "exists");
	refuse_add(intent, &dvs_port_type, "name=vm2", -EINVAL, "port vm2", "group",
		   "must be given");
	assert_int_equal(dvs_intent_set(intent, &rec, &err), -ENOENT);
	assert_error(&err, -ENOENT, "port vm9", "", "does not exist");
	assert_int_equal(dvs_intent_delete(intent, &dvs_port_type, "vm9", &err), -ENOENT);
	dvs_intent_free(intent);
}

static void test_references_must_exist(void **state)
{
	struct dvs_intent *intent = make_intent();
	struct dvs_error err;

	(void)state;
	refuse_add(intent, &dvs_port_type, "name=vm2 group=nope", -ENOENT, "port vm2", "group",
		   "no portgroup 'nope'");
	refuse_add(intent, &dvs_portgroup_type, "name=g segment=nope", -ENOENT, "portgroup g",
		   "segment", "no segment 'nope'");
	refuse_add(intent, &dvs_mac_type, "segment=lan mac=52:54:00:00:00:01 port=nope", -ENOENT,
		   "mac lan/52:54:00:00:00:01", "port", "no port 'nope'");
	assert_int_equal(dvs_intent_delete(intent, &dvs_segment_type, "lan", &err), 0);
	assert_int_equal(dvs_intent_check(intent, &err), -EBUSY);
	assert_error(&err, -EBUSY, "segment lan", "", "the segment of portgroup vms");
	dvs_intent_rollback(intent);
	/* All that use it may go in the same change. */
	assert_int_equal(dvs_intent_delete(intent, &dvs_segment_type, "lan", &err), 0);
	assert_int_equal(dvs_intent_delete(intent, &dvs_portgroup_type, "vms", &err), 0);
	assert_int_equal(dvs_intent_delete(intent, &dvs_port_type, "vm1", &err), 0);
	assert_int_equal(dvs_intent_check(intent, &err), 0);
	dvs_intent_free(intent);
}

static void test_a_socket_has_one_port(void **state)
{
	struct dvs_intent *intent = make_intent();

	(void)state;
	add(intent, &dvs_port_type, "name=a group=vms socket=/run/x.sock");
	refuse_add(intent, &dvs_port_type, "name=b group=vms socket=/run/x.sock vhost_mode=client",
		   -EEXIST, "port b", "socket", "/run/x.sock is used by port a");
	/* The order of names is no matter: the error is about what is being changed. */
	refuse_add(intent, &dvs_port_type, "name=0 group=vms socket=/run/x.sock", -EEXIST, "port 0",
		   "socket", "used by port a");
	/* A tap has no socket, whatever its field says. */
	add(intent, &dvs_port_type, "name=c group=vms kind=tap socket=/run/x.sock");
	dvs_intent_free(intent);
}

static void test_an_interface_has_one_port(void **state)
{
	struct dvs_intent *intent = make_intent();

	(void)state;
	add(intent, &dvs_port_type, "name=abcdefghijklmnop1 group=vms kind=tap");
	/* Both would be abcdefghijklmno. */
	refuse_add(intent, &dvs_port_type, "name=abcdefghijklmnop2 group=vms kind=tap", -EEXIST,
		   "port abcdefghijklmnop2", "ifname", "abcdefghijklmno is used by port");
	add(intent, &dvs_port_type, "name=t1 group=vms kind=tap netns=ns1");
	add(intent, &dvs_port_type, "name=t2 group=vms kind=tap netns=ns2 ifname=t1");
	refuse_add(intent, &dvs_port_type,
		   "name=t3 group=vms kind=tap netns=/run/netns/ns1 ifname=t1", -EEXIST, "port t3",
		   "ifname", "t1 in namespace ns1 is used by port t1");
	refuse_add(intent, &dvs_port_type, "name=t4 group=vms kind=tap netns=../x", -EINVAL,
		   "port t4", "netns", "allowed: a name in /run/netns or an absolute path");
	dvs_intent_free(intent);
}

static void test_a_nics_mac_has_one_port_of_a_segment(void **state)
{
	struct dvs_intent *intent = make_intent();

	(void)state;
	add(intent, &dvs_segment_type, "name=other");
	add(intent, &dvs_portgroup_type, "name=others segment=other");
	add(intent, &dvs_port_type, "name=a group=vms mac=52:54:00:00:00:01");
	add(intent, &dvs_port_type, "name=b group=others mac=52:54:00:00:00:01");
	add(intent, &dvs_port_type, "name=c group=vms");
	add(intent, &dvs_port_type, "name=d group=vms");
	refuse_add(intent, &dvs_port_type, "name=e group=vms mac=52:54:00:00:00:01", -EEXIST,
		   "port e", "mac", "52:54:00:00:00:01 in segment lan is used by port a already");
	dvs_intent_free(intent);
}

static void test_a_static_mac_is_in_its_ports_segment(void **state)
{
	struct dvs_intent *intent = make_intent();
	struct dvs_record group;
	struct dvs_error err;

	(void)state;
	add(intent, &dvs_segment_type, "name=dmz");
	refuse_add(intent, &dvs_mac_type, "segment=dmz mac=52:54:00:00:00:01 port=vm1", -EINVAL,
		   "mac dmz/52:54:00:00:00:01", "port", "in segment 'lan', not in 'dmz'");
	add(intent, &dvs_mac_type, "segment=lan mac=52:54:00:00:00:01 port=vm1");
	/* The group moves the port away from it. */
	group = *dvs_intent_lookup(intent, &dvs_portgroup_type, "vms");
	assert_int_equal(dvs_record_set(&group, "segment", "dmz", &err), 0);
	assert_int_equal(dvs_intent_set(intent, &group, &err), 0);
	assert_int_equal(dvs_intent_check(intent, &err), -EINVAL);
	assert_error(&err, -EINVAL, "mac lan/52:54:00:00:00:01", "port", "not in 'lan'");
	dvs_intent_free(intent);
}

static void test_limits_hold(void **state)
{
	struct dvs_intent *intent = make_intent();
	struct dvs_error err;
	char words[64];

	(void)state;
	for (unsigned int i = 1; i < DVS_PORTS_MAX; i++) {
		snprintf(words, sizeof(words), "name=p%u group=vms", i);
		assert_int_equal(fixture_add(intent, &dvs_port_type, words, &err), 0);
	}
	assert_int_equal(dvs_intent_check(intent, &err), 0);
	assert_int_equal(fixture_add(intent, &dvs_port_type, "name=last group=vms", &err), 0);
	assert_int_equal(dvs_intent_check(intent, &err), -E2BIG);
	assert_error(&err, -E2BIG, "ports", "", "at most 1024");
	dvs_intent_free(intent);
}

static unsigned int effective_mtu(const struct dvs_intent *intent, const char *name,
				  char segment[DVS_NAME_LEN])
{
	struct dvs_port port;

	dvs_intent_effective(intent, dvs_intent_lookup(intent, &dvs_port_type, name), &port);
	strcpy(segment, port.segment);
	return port.policy.mtu;
}

static void test_policy_comes_from_port_group_or_default(void **state)
{
	struct dvs_intent *intent = make_intent();
	char segment[DVS_NAME_LEN];

	(void)state;
	add(intent, &dvs_portgroup_type, "name=plain segment=lan");
	add(intent, &dvs_port_type, "name=a group=vms mtu=1500");
	add(intent, &dvs_port_type, "name=b group=plain");
	assert_int_equal(effective_mtu(intent, "vm1", segment), 9000);
	assert_string_equal(segment, "lan");
	assert_int_equal(effective_mtu(intent, "a", segment), 1500);
	assert_int_equal(effective_mtu(intent, "b", segment), 1500);
	dvs_intent_free(intent);
}

static void test_keys_as_text(void **state)
{
	struct dvs_record rec;
	struct dvs_error err;
	char key[DVS_KEY_TEXT_MAX];

	(void)state;
	assert_int_equal(dvs_record_from_key(&rec, &dvs_mac_type, "lan/52-54-00-00-00-0A", &err),
			 0);
	assert_string_equal(dvs_type_key(rec.type, rec.data, key), "lan/52:54:00:00:00:0a");
	assert_int_equal(dvs_record_from_key(&rec, &dvs_mac_type, "lan", &err), -EINVAL);
	assert_string_equal(err.field, "mac");
	assert_int_equal(dvs_record_from_key(&rec, &dvs_mac_type, "lan/01:00:5e:00:00:01", &err),
			 -EINVAL);
	assert_int_equal(dvs_record_from_key(&rec, &dvs_mac_type, "lan/52:54:00:00:00:0a/x", &err),
			 -EINVAL);
	assert_int_equal(dvs_record_from_key(&rec, &dvs_port_type, "a/b", &err), -EINVAL);
	assert_int_equal(dvs_record_from_key(&rec, &dvs_port_type, "", &err), -EINVAL);
	assert_int_equal(dvs_record_from_key(&rec, &dvs_port_type,
					     "0123456789012345678901234567890123456789"
					     "0123456789012345678901234567890123456789",
					     &err),
			 -E2BIG);
}

/* The obviously right intent: an array with a slot for each name. */
#define TWIN_SLOTS 40
struct twin {
	uint32_t age[TWIN_SLOTS]; /* 0: not there */
};

static void assert_twin(const struct dvs_intent *intent, const struct twin *twin)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TWIN_SLOTS; i++) {
		char name[16];
		const struct dvs_record *rec;
		struct dvs_segment segment;

		snprintf(name, sizeof(name), "s%u", i);
		rec = dvs_intent_lookup(intent, &dvs_segment_type, name);
		assert_int_equal(rec != NULL, twin->age[i] != 0);
		if (!rec)
			continue;
		n++;
		memcpy(&segment, rec->data, sizeof(segment));
		assert_int_equal(segment.age_s, twin->age[i]);
	}
	assert_int_equal(dvs_intent_count(intent, &dvs_segment_type), n);
	for (unsigned int i = 1; i < n; i++)
		assert_true(strcmp(dvs_intent_at(intent, &dvs_segment_type, i - 1)->key,
				   dvs_intent_at(intent, &dvs_segment_type, i)->key) < 0);
}

static void twin_edit(struct dvs_intent *intent, struct twin *twin)
{
	unsigned int slot = fixture_random() % TWIN_SLOTS, age = 1 + fixture_random() % 1000;
	struct dvs_record rec;
	struct dvs_error err;
	char words[64], name[16];
	bool exists = twin->age[slot] != 0;

	snprintf(name, sizeof(name), "s%u", slot);
	snprintf(words, sizeof(words), "name=%s age=%u", name, age);
	rec = fixture_record(&dvs_segment_type, words);
	switch (fixture_random() % 3) {
	case 0:
		assert_int_equal(dvs_intent_add(intent, &rec, &err), exists ? -EEXIST : 0);
		twin->age[slot] = exists ? twin->age[slot] : age;
		break;
	case 1:
		assert_int_equal(dvs_intent_set(intent, &rec, &err), exists ? 0 : -ENOENT);
		twin->age[slot] = exists ? age : 0;
		break;
	default:
		assert_int_equal(dvs_intent_delete(intent, &dvs_segment_type, name, &err),
				 exists ? 0 : -ENOENT);
		twin->age[slot] = 0;
	}
}

static void test_random_edits_agree_with_a_twin(void **state)
{
	struct twin settled = {0}, twin = {0};
	struct dvs_intent *intent;

	(void)state;
	assert_int_equal(dvs_intent_create(&intent), 0);
	for (unsigned int round = 0; round < 2000; round++) {
		for (unsigned int i = fixture_random() % 20; i > 0; i--)
			twin_edit(intent, &twin);
		assert_twin(intent, &twin);
		if (fixture_random() % 2) {
			dvs_intent_commit(intent);
			settled = twin;
		} else {
			dvs_intent_rollback(intent);
			twin = settled;
			assert_twin(intent, &settled);
		}
	}
	dvs_intent_free(intent);
}

/* Ten thousand objects of a kind that ports refer to, in a bad order, take no time worth noting. */
static void test_many_objects_are_fast(void **state)
{
	struct dvs_intent *intent = make_intent();
	uint64_t start = fixture_now_ms();
	struct dvs_error err;
	char words[80];

	(void)state;
	for (unsigned int i = 10000; i > 0; i--) {
		snprintf(words, sizeof(words), "segment=lan mac=52:54:00:00:%02x:%02x port=vm1",
			 i >> 8, i & 255);
		assert_int_equal(fixture_add(intent, &dvs_mac_type, words, &err), 0);
	}
	assert_int_equal(dvs_intent_check(intent, &err), 0);
	dvs_intent_commit(intent);
	assert_true(fixture_now_ms() - start < 5000);
	dvs_intent_free(intent);
}

static void take_diff(struct dvs_diff *diff, struct dvs_config_set *actual)
{
	for (unsigned int i = 0; i < diff->n; i++) {
		struct dvs_config_object *object = diff->steps[i].object, *old;

		diff->steps[i].object = NULL;
		assert_int_equal(dvs_config_set_swap(actual, object->rec.type, object->key,
						     diff->steps[i].is_delete ? NULL : object,
						     &old),
				 0);
		free(old);
		if (diff->steps[i].is_delete)
			free(object);
	}
	dvs_diff_fini(diff);
}

static void assert_step(const struct dvs_diff *diff, unsigned int index, bool is_delete,
			const char *key)
{
	assert_true(index < diff->n);
	assert_int_equal(diff->steps[index].is_delete, is_delete);
	assert_string_equal(diff->steps[index].object->key, key);
}

static void test_a_diff_is_the_difference_in_order(void **state)
{
	struct dvs_intent *intent = make_intent();
	struct dvs_config_set actual;
	struct dvs_record group;
	struct dvs_diff diff;
	struct dvs_error err;

	(void)state;
	dvs_config_set_init(&actual);
	add(intent, &dvs_mac_type, "segment=lan mac=52:54:00:00:00:01 port=vm1");
	assert_int_equal(dvs_diff_make(&diff, intent, &actual), 0);
	assert_int_equal(diff.n, 3); /* the port group is not for the switch */
	assert_step(&diff, 0, false, "lan");
	assert_step(&diff, 1, false, "vm1");
	assert_step(&diff, 2, false, "lan/52:54:00:00:00:01");
	take_diff(&diff, &actual);
	assert_int_equal(dvs_diff_make(&diff, intent, &actual), 0);
	assert_int_equal(diff.n, 0);
	/* A port group changes its ports. */
	group = *dvs_intent_lookup(intent, &dvs_portgroup_type, "vms");
	assert_int_equal(dvs_record_set(&group, "mtu", "1400", &err), 0);
	assert_int_equal(dvs_intent_set(intent, &group, &err), 0);
	assert_int_equal(dvs_diff_make(&diff, intent, &actual), 0);
	assert_int_equal(diff.n, 1);
	assert_step(&diff, 0, false, "vm1");
	take_diff(&diff, &actual);
	/* All goes, users first; something new comes after that. */
	assert_int_equal(dvs_intent_delete(intent, &dvs_segment_type, "lan", &err), 0);
	assert_int_equal(dvs_intent_delete(intent, &dvs_portgroup_type, "vms", &err), 0);
	assert_int_equal(dvs_intent_delete(intent, &dvs_port_type, "vm1", &err), 0);
	assert_int_equal(dvs_intent_delete(intent, &dvs_mac_type, "lan/52:54:00:00:00:01", &err),
			 0);
	assert_int_equal(fixture_add(intent, &dvs_segment_type, "name=dmz", &err), 0);
	assert_int_equal(dvs_diff_make(&diff, intent, &actual), 0);
	assert_int_equal(diff.n, 4);
	assert_step(&diff, 0, true, "lan/52:54:00:00:00:01");
	assert_step(&diff, 1, true, "vm1");
	assert_step(&diff, 2, true, "lan");
	assert_step(&diff, 3, false, "dmz");
	take_diff(&diff, &actual);
	dvs_config_set_fini(&actual);
	dvs_intent_free(intent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits_can_be_taken_back),
		cmocka_unit_test(test_what_is_equal_is_no_edit),
		cmocka_unit_test(test_policies_are_possible),
		cmocka_unit_test(test_keys_are_unique_and_known),
		cmocka_unit_test(test_references_must_exist),
		cmocka_unit_test(test_a_socket_has_one_port),
		cmocka_unit_test(test_an_interface_has_one_port),
		cmocka_unit_test(test_a_nics_mac_has_one_port_of_a_segment),
		cmocka_unit_test(test_a_static_mac_is_in_its_ports_segment),
		cmocka_unit_test(test_limits_hold),
		cmocka_unit_test(test_policy_comes_from_port_group_or_default),
		cmocka_unit_test(test_keys_as_text),
		cmocka_unit_test(test_random_edits_agree_with_a_twin),
		cmocka_unit_test(test_many_objects_are_fast),
		cmocka_unit_test(test_a_diff_is_the_difference_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
