/* SPDX-License-Identifier: BSD-3-Clause */
/* control/model, model_check and plan. */
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
#include "plan.h"

static struct dvs_model *make_model(void)
{
	struct dvs_model *model;

	assert_int_equal(dvs_model_create(&model), 0);
	fixture_fill(model);
	return model;
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

/* The model with one more object is refused with this error, and is as before afterwards. */
static void refuse_add(struct dvs_model *model, const struct dvs_type *type, const char *words,
		       int code, const char *object, const char *field, const char *text)
{
	unsigned int n = dvs_model_count(model, type);
	struct dvs_error err = {0};
	int ret = fixture_add(model, type, words, &err);

	if (ret == 0)
		ret = dvs_model_check(model, &err);
	assert_int_equal(ret, code);
	assert_error(&err, code, object, field, text);
	dvs_model_rollback(model);
	assert_int_equal(dvs_model_count(model, type), n);
	assert_int_equal(dvs_model_check(model, &err), 0);
}

static void add(struct dvs_model *model, const struct dvs_type *type, const char *words)
{
	struct dvs_error err;

	assert_int_equal(fixture_add(model, type, words, &err), 0);
	assert_int_equal(dvs_model_check(model, &err), 0);
	dvs_model_commit(model);
}

static void test_edits_can_be_taken_back(void **state)
{
	struct dvs_model *model = make_model();
	const struct dvs_record *before = dvs_model_lookup(model, &dvs_port_type, "vm1");
	struct dvs_record changed = *before;
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_record_set(&changed, "mtu", "1400", &err), 0);
	assert_int_equal(dvs_model_set(model, &changed, &err), 0);
	assert_int_equal(dvs_record_set(&changed, "mtu", "1300", &err), 0);
	assert_int_equal(dvs_model_set(model, &changed, &err), 0);
	assert_int_equal(dvs_model_delete(model, &dvs_port_type, "vm1", &err), 0);
	assert_int_equal(fixture_add(model, &dvs_port_type, "name=vm0 group=vms", &err), 0);
	assert_int_equal(fixture_add(model, &dvs_port_type, "name=vm1 group=vms queues=2", &err),
			 0);
	assert_int_equal(dvs_model_n_edits(model), 5);
	dvs_model_rollback(model);
	assert_int_equal(dvs_model_n_edits(model), 0);
	assert_int_equal(dvs_model_count(model, &dvs_port_type), 1);
	assert_ptr_equal(dvs_model_lookup(model, &dvs_port_type, "vm1"), before);
	dvs_model_free(model);
}

static void test_what_is_equal_is_no_edit(void **state)
{
	struct dvs_model *model = make_model();
	struct dvs_record same = *dvs_model_lookup(model, &dvs_portgroup_type, "vms");
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_model_set(model, &same, &err), 0);
	assert_int_equal(dvs_model_n_edits(model), 0);
	/* To be set to what the default is says more than not to be set. */
	assert_int_equal(dvs_record_set(&same, "mtu", "1500", &err), 0);
	assert_int_equal(dvs_model_set(model, &same, &err), 0);
	dvs_model_commit(model);
	dvs_record_unset(&same, dvs_type_field(same.type, "mtu"));
	assert_int_equal(dvs_model_set(model, &same, &err), 0);
	assert_int_equal(dvs_model_n_edits(model), 1);
	dvs_model_free(model);
}

static void test_keys_are_unique_and_known(void **state)
{
	struct dvs_model *model = make_model();
	struct dvs_record rec = fixture_record(&dvs_port_type, "name=vm9 group=vms");
	struct dvs_error err;

	(void)state;
	refuse_add(model, &dvs_port_type, "name=vm1 group=vms", -EEXIST, "port vm1", "", "exists");
	refuse_add(model, &dvs_port_type, "name=vm2", -EINVAL, "port vm2", "group",
		   "must be given");
	assert_int_equal(dvs_model_set(model, &rec, &err), -ENOENT);
	assert_error(&err, -ENOENT, "port vm9", "", "does not exist");
	assert_int_equal(dvs_model_delete(model, &dvs_port_type, "vm9", &err), -ENOENT);
	dvs_model_free(model);
}

static void test_references_must_exist(void **state)
{
	struct dvs_model *model = make_model();
	struct dvs_error err;

	(void)state;
	refuse_add(model, &dvs_port_type, "name=vm2 group=nope", -ENOENT, "port vm2", "group",
		   "no portgroup 'nope'");
	refuse_add(model, &dvs_portgroup_type, "name=g segment=nope", -ENOENT, "portgroup g",
		   "segment", "no segment 'nope'");
	refuse_add(model, &dvs_mac_type, "segment=lan mac=52:54:00:00:00:01 port=nope", -ENOENT,
		   "mac lan/52:54:00:00:00:01", "port", "no port 'nope'");
	assert_int_equal(dvs_model_delete(model, &dvs_segment_type, "lan", &err), 0);
	assert_int_equal(dvs_model_check(model, &err), -EBUSY);
	assert_error(&err, -EBUSY, "segment lan", "", "the segment of portgroup vms");
	dvs_model_rollback(model);
	/* All that use it may go in the same change. */
	assert_int_equal(dvs_model_delete(model, &dvs_segment_type, "lan", &err), 0);
	assert_int_equal(dvs_model_delete(model, &dvs_portgroup_type, "vms", &err), 0);
	assert_int_equal(dvs_model_delete(model, &dvs_port_type, "vm1", &err), 0);
	assert_int_equal(dvs_model_check(model, &err), 0);
	dvs_model_free(model);
}

static void test_a_socket_has_one_port(void **state)
{
	struct dvs_model *model = make_model();

	(void)state;
	add(model, &dvs_port_type, "name=a group=vms socket=/run/x.sock");
	refuse_add(model, &dvs_port_type, "name=b group=vms socket=/run/x.sock vhost_mode=client",
		   -EEXIST, "port b", "socket", "/run/x.sock is used by port a");
	/* The order of names is no matter: the error is about what is being changed. */
	refuse_add(model, &dvs_port_type, "name=0 group=vms socket=/run/x.sock", -EEXIST, "port 0",
		   "socket", "used by port a");
	/* A tap has no socket, whatever its field says. */
	add(model, &dvs_port_type, "name=c group=vms kind=tap socket=/run/x.sock");
	dvs_model_free(model);
}

static void test_an_interface_has_one_port(void **state)
{
	struct dvs_model *model = make_model();

	(void)state;
	add(model, &dvs_port_type, "name=abcdefghijklmnop1 group=vms kind=tap");
	/* Both would be abcdefghijklmno. */
	refuse_add(model, &dvs_port_type, "name=abcdefghijklmnop2 group=vms kind=tap", -EEXIST,
		   "port abcdefghijklmnop2", "ifname", "abcdefghijklmno is used by port");
	add(model, &dvs_port_type, "name=t1 group=vms kind=tap netns=ns1");
	add(model, &dvs_port_type, "name=t2 group=vms kind=tap netns=ns2 ifname=t1");
	refuse_add(model, &dvs_port_type,
		   "name=t3 group=vms kind=tap netns=/run/netns/ns1 ifname=t1", -EEXIST, "port t3",
		   "ifname", "t1 in namespace ns1 is used by port t1");
	refuse_add(model, &dvs_port_type, "name=t4 group=vms kind=tap netns=../x", -EINVAL,
		   "port t4", "netns", "allowed: a name in /run/netns or an absolute path");
	dvs_model_free(model);
}

static void test_a_static_mac_is_in_its_ports_segment(void **state)
{
	struct dvs_model *model = make_model();
	struct dvs_record group;
	struct dvs_error err;

	(void)state;
	add(model, &dvs_segment_type, "name=dmz");
	refuse_add(model, &dvs_mac_type, "segment=dmz mac=52:54:00:00:00:01 port=vm1", -EINVAL,
		   "mac dmz/52:54:00:00:00:01", "port", "in segment 'lan', not in 'dmz'");
	add(model, &dvs_mac_type, "segment=lan mac=52:54:00:00:00:01 port=vm1");
	/* The group moves the port away from it. */
	group = *dvs_model_lookup(model, &dvs_portgroup_type, "vms");
	assert_int_equal(dvs_record_set(&group, "segment", "dmz", &err), 0);
	assert_int_equal(dvs_model_set(model, &group, &err), 0);
	assert_int_equal(dvs_model_check(model, &err), -EINVAL);
	assert_error(&err, -EINVAL, "mac lan/52:54:00:00:00:01", "port", "not in 'lan'");
	dvs_model_free(model);
}

static void test_limits_hold(void **state)
{
	struct dvs_model *model = make_model();
	struct dvs_error err;
	char words[64];

	(void)state;
	for (unsigned int i = 1; i < DVS_PORTS_MAX; i++) {
		snprintf(words, sizeof(words), "name=p%u group=vms", i);
		assert_int_equal(fixture_add(model, &dvs_port_type, words, &err), 0);
	}
	assert_int_equal(dvs_model_check(model, &err), 0);
	assert_int_equal(fixture_add(model, &dvs_port_type, "name=last group=vms", &err), 0);
	assert_int_equal(dvs_model_check(model, &err), -E2BIG);
	assert_error(&err, -E2BIG, "ports", "", "at most 1024");
	dvs_model_free(model);
}

static unsigned int effective_mtu(const struct dvs_model *model, const char *name,
				  char segment[DVS_NAME_LEN])
{
	struct dvs_port port;

	dvs_model_effective(model, dvs_model_lookup(model, &dvs_port_type, name), &port);
	strcpy(segment, port.segment);
	return port.policy.mtu;
}

static void test_policy_comes_from_port_group_or_default(void **state)
{
	struct dvs_model *model = make_model();
	char segment[DVS_NAME_LEN];

	(void)state;
	add(model, &dvs_portgroup_type, "name=plain segment=lan");
	add(model, &dvs_port_type, "name=a group=vms mtu=1500");
	add(model, &dvs_port_type, "name=b group=plain");
	assert_int_equal(effective_mtu(model, "vm1", segment), 9000);
	assert_string_equal(segment, "lan");
	assert_int_equal(effective_mtu(model, "a", segment), 1500);
	assert_int_equal(effective_mtu(model, "b", segment), 1500);
	dvs_model_free(model);
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

/* The obviously right model: an array with a slot for each name. */
#define TWIN_SLOTS 40
struct twin {
	uint32_t age[TWIN_SLOTS]; /* 0: not there */
};

static void assert_twin(const struct dvs_model *model, const struct twin *twin)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TWIN_SLOTS; i++) {
		char name[16];
		const struct dvs_record *rec;
		struct dvs_segment segment;

		snprintf(name, sizeof(name), "s%u", i);
		rec = dvs_model_lookup(model, &dvs_segment_type, name);
		assert_int_equal(rec != NULL, twin->age[i] != 0);
		if (!rec)
			continue;
		n++;
		memcpy(&segment, rec->data, sizeof(segment));
		assert_int_equal(segment.age_s, twin->age[i]);
	}
	assert_int_equal(dvs_model_count(model, &dvs_segment_type), n);
	for (unsigned int i = 1; i < n; i++)
		assert_true(strcmp(dvs_model_at(model, &dvs_segment_type, i - 1)->key,
				   dvs_model_at(model, &dvs_segment_type, i)->key) < 0);
}

static void twin_edit(struct dvs_model *model, struct twin *twin)
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
		assert_int_equal(dvs_model_add(model, &rec, &err), exists ? -EEXIST : 0);
		twin->age[slot] = exists ? twin->age[slot] : age;
		break;
	case 1:
		assert_int_equal(dvs_model_set(model, &rec, &err), exists ? 0 : -ENOENT);
		twin->age[slot] = exists ? age : 0;
		break;
	default:
		assert_int_equal(dvs_model_delete(model, &dvs_segment_type, name, &err),
				 exists ? 0 : -ENOENT);
		twin->age[slot] = 0;
	}
}

static void test_random_edits_agree_with_a_twin(void **state)
{
	struct twin settled = {0}, twin = {0};
	struct dvs_model *model;

	(void)state;
	assert_int_equal(dvs_model_create(&model), 0);
	for (unsigned int round = 0; round < 2000; round++) {
		for (unsigned int i = fixture_random() % 20; i > 0; i--)
			twin_edit(model, &twin);
		assert_twin(model, &twin);
		if (fixture_random() % 2) {
			dvs_model_commit(model);
			settled = twin;
		} else {
			dvs_model_rollback(model);
			twin = settled;
			assert_twin(model, &settled);
		}
	}
	dvs_model_free(model);
}

/* Ten thousand objects of a kind that ports refer to, in a bad order, take no time worth noting. */
static void test_many_objects_are_fast(void **state)
{
	struct dvs_model *model = make_model();
	uint64_t start = fixture_now_ms();
	struct dvs_error err;
	char words[80];

	(void)state;
	for (unsigned int i = 10000; i > 0; i--) {
		snprintf(words, sizeof(words), "segment=lan mac=52:54:00:00:%02x:%02x port=vm1",
			 i >> 8, i & 255);
		assert_int_equal(fixture_add(model, &dvs_mac_type, words, &err), 0);
	}
	assert_int_equal(dvs_model_check(model, &err), 0);
	dvs_model_commit(model);
	assert_true(fixture_now_ms() - start < 5000);
	dvs_model_free(model);
}

static void take_plan(struct dvs_plan *plan, struct dvs_object_set *actual)
{
	for (unsigned int i = 0; i < plan->n; i++) {
		struct dvs_object *object = plan->steps[i].object, *old;

		plan->steps[i].object = NULL;
		assert_int_equal(dvs_object_set_swap(actual, object->rec.type, object->key,
						     plan->steps[i].is_delete ? NULL : object,
						     &old),
				 0);
		free(old);
		if (plan->steps[i].is_delete)
			free(object);
	}
	dvs_plan_fini(plan);
}

static void assert_step(const struct dvs_plan *plan, unsigned int index, bool is_delete,
			const char *key)
{
	assert_true(index < plan->n);
	assert_int_equal(plan->steps[index].is_delete, is_delete);
	assert_string_equal(plan->steps[index].object->key, key);
}

static void test_a_plan_is_the_difference_in_order(void **state)
{
	struct dvs_model *model = make_model();
	struct dvs_object_set actual;
	struct dvs_record group;
	struct dvs_plan plan;
	struct dvs_error err;

	(void)state;
	dvs_object_set_init(&actual);
	add(model, &dvs_mac_type, "segment=lan mac=52:54:00:00:00:01 port=vm1");
	assert_int_equal(dvs_plan_make(&plan, model, &actual), 0);
	assert_int_equal(plan.n, 3); /* the port group is not for the switch */
	assert_step(&plan, 0, false, "lan");
	assert_step(&plan, 1, false, "vm1");
	assert_step(&plan, 2, false, "lan/52:54:00:00:00:01");
	take_plan(&plan, &actual);
	assert_int_equal(dvs_plan_make(&plan, model, &actual), 0);
	assert_int_equal(plan.n, 0);
	/* A port group changes its ports. */
	group = *dvs_model_lookup(model, &dvs_portgroup_type, "vms");
	assert_int_equal(dvs_record_set(&group, "mtu", "1400", &err), 0);
	assert_int_equal(dvs_model_set(model, &group, &err), 0);
	assert_int_equal(dvs_plan_make(&plan, model, &actual), 0);
	assert_int_equal(plan.n, 1);
	assert_step(&plan, 0, false, "vm1");
	take_plan(&plan, &actual);
	/* All goes, users first; something new comes after that. */
	assert_int_equal(dvs_model_delete(model, &dvs_segment_type, "lan", &err), 0);
	assert_int_equal(dvs_model_delete(model, &dvs_portgroup_type, "vms", &err), 0);
	assert_int_equal(dvs_model_delete(model, &dvs_port_type, "vm1", &err), 0);
	assert_int_equal(dvs_model_delete(model, &dvs_mac_type, "lan/52:54:00:00:00:01", &err), 0);
	assert_int_equal(fixture_add(model, &dvs_segment_type, "name=dmz", &err), 0);
	assert_int_equal(dvs_plan_make(&plan, model, &actual), 0);
	assert_int_equal(plan.n, 4);
	assert_step(&plan, 0, true, "lan/52:54:00:00:00:01");
	assert_step(&plan, 1, true, "vm1");
	assert_step(&plan, 2, true, "lan");
	assert_step(&plan, 3, false, "dmz");
	take_plan(&plan, &actual);
	dvs_object_set_fini(&actual);
	dvs_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits_can_be_taken_back),
		cmocka_unit_test(test_what_is_equal_is_no_edit),
		cmocka_unit_test(test_keys_are_unique_and_known),
		cmocka_unit_test(test_references_must_exist),
		cmocka_unit_test(test_a_socket_has_one_port),
		cmocka_unit_test(test_an_interface_has_one_port),
		cmocka_unit_test(test_a_static_mac_is_in_its_ports_segment),
		cmocka_unit_test(test_limits_hold),
		cmocka_unit_test(test_policy_comes_from_port_group_or_default),
		cmocka_unit_test(test_keys_as_text),
		cmocka_unit_test(test_random_edits_agree_with_a_twin),
		cmocka_unit_test(test_many_objects_are_fast),
		cmocka_unit_test(test_a_plan_is_the_difference_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
