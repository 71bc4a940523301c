/* SPDX-License-Identifier: BSD-3-Clause */
/* control/intent_yaml and yaml_shape: files in, files out, and what is wrong with a file. */
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
#include "intent_yaml.h"

static const char good[] = "# what a user writes\n"
			   "segments:\n"
			   "  - name: lan\n"
			   "    description: \"caf\\u00e9: # 1\"\n"
			   "    age: 0x3c\n"
			   "    forward_reserved: True\n"
			   "portgroups: [{name: vms, segment: lan, features_off: 'csum,tso4'}]\n"
			   "ports:\n"
			   "  - group: vms\n"
			   "    name: vm1\n"
			   "    mtu: 1500\n"
			   "    socket_perm: 0600\n"
			   "    description:\n"
			   "macs:\n"
			   "  - {segment: lan, mac: 52-54-00-00-00-0A, port: vm1}\n";

static struct dvs_config_set read_good(const char *text)
{
	struct dvs_config_set set;
	struct dvs_error err;
	char line[512];

	if (dvs_yaml_read(text, strlen(text), &set, &err) < 0)
		fail_msg("%s", dvs_error_print(&err, line, sizeof(line)));
	return set;
}

static struct dvs_intent *make_intent(const char *text)
{
	struct dvs_config_set set = read_good(text);
	struct dvs_intent *intent;
	struct dvs_error err;

	assert_int_equal(dvs_intent_create(&intent), 0);
	assert_int_equal(dvs_intent_replace(intent, &set, &err), 0);
	assert_int_equal(dvs_intent_check(intent, &err), 0);
	dvs_intent_commit(intent);
	dvs_config_set_fini(&set);
	return intent;
}

static void assert_same(const struct dvs_intent *intent, const struct dvs_type *type,
			const char *key, const char *words)
{
	struct dvs_record wanted = fixture_record(type, words);
	const struct dvs_record *rec = dvs_intent_lookup(intent, type, key);

	assert_non_null(rec);
	assert_true(dvs_record_is_equal(rec, &wanted));
}

static void test_a_file_is_read(void **state)
{
	struct dvs_intent *intent = make_intent(good);
	struct dvs_segment segment;

	(void)state;
	memcpy(&segment, dvs_intent_lookup(intent, &dvs_segment_type, "lan")->data,
	       sizeof(segment));
	assert_string_equal(segment.description, "caf\xc3\xa9: # 1");
	assert_int_equal(segment.age_s, 60);
	assert_int_equal(segment.forward_reserved, 1);
	assert_same(intent, &dvs_portgroup_type, "vms",
		    "name=vms segment=lan features_off=csum,tso4");
	assert_same(intent, &dvs_port_type, "vm1", "name=vm1 group=vms mtu=1500 socket_perm=0600");
	assert_same(intent, &dvs_mac_type, "lan/52:54:00:00:00:0a",
		    "segment=lan mac=52:54:00:00:00:0a port=vm1");
	dvs_intent_free(intent);
}

static void test_what_is_written_is_read_as_the_same(void **state)
{
	struct dvs_intent *intent = make_intent(good);
	char *text, *again;
	struct dvs_config_set set;
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_yaml_write(intent, &text, &err), 0);
	/* Only what is set, in the order of the intent. */
	assert_null(strstr(text, "mac_limit"));
	assert_true(strstr(text, "segments:") < strstr(text, "portgroups:"));
	assert_true(strstr(text, "portgroups:") < strstr(text, "ports:\n- name: vm1"));
	assert_non_null(strstr(text, "mtu: 1500\n"));
	assert_non_null(strstr(text, "mac: \"52:54:00:00:00:0a\""));
	set = read_good(text);
	assert_int_equal(dvs_intent_replace(intent, &set, &err), 0);
	assert_int_equal(dvs_intent_n_edits(intent), 0);
	assert_int_equal(dvs_yaml_write(intent, &again, &err), 0);
	assert_string_equal(text, again);
	dvs_config_set_fini(&set);
	free(text);
	free(again);
	dvs_intent_free(intent);
}

static void test_an_empty_intent_can_be_written_and_applied(void **state)
{
	struct dvs_config_set set;
	struct dvs_intent *intent;
	struct dvs_error err;
	char *text;

	(void)state;
	assert_int_equal(dvs_intent_create(&intent), 0);
	assert_int_equal(dvs_yaml_write(intent, &text, &err), 0);
	set = read_good(text);
	assert_int_equal(dvs_intent_replace(intent, &set, &err), 0);
	assert_int_equal(dvs_intent_n_edits(intent), 0);
	dvs_config_set_fini(&set);
	free(text);
	dvs_intent_free(intent);
}

/* The file is the whole: what is not in it goes. */
static void test_a_file_replaces_what_is_there(void **state)
{
	struct dvs_intent *intent = make_intent(good);
	struct dvs_config_set set = read_good("segments: [{name: dmz}, {name: lan, age: 5}]\n");
	struct dvs_error err;

	(void)state;
	assert_int_equal(dvs_intent_replace(intent, &set, &err), 0);
	assert_int_equal(dvs_intent_check(intent, &err), 0);
	assert_int_equal(dvs_intent_n_edits(intent), 5);
	assert_string_equal(dvs_intent_edit_at(intent, 0).key, "lan/52:54:00:00:00:0a");
	assert_null(dvs_intent_edit_at(intent, 2).after);
	assert_string_equal(dvs_intent_edit_at(intent, 3).key, "dmz");
	dvs_intent_commit(intent);
	assert_int_equal(dvs_intent_count(intent, &dvs_port_type), 0);
	assert_same(intent, &dvs_segment_type, "lan", "name=lan age=5");
	dvs_config_set_fini(&set);
	dvs_intent_free(intent);
}

static const struct {
	const char *file;
	int code;
	const char *message; /* a part of it */
} bad[] = {
	{"", -EINVAL, "YAML: the file has no list"},
	{"# nothing\n", -EINVAL, "YAML: the file has no list"},
	{"---\n...\n", -EINVAL, "line 2, column 1: the file must be a mapping"},
	{"{}", -EINVAL, "YAML: the file has no list"},
	{"text", -EINVAL, "line 1, column 1: the file must be a mapping"},
	{"- a\n", -EINVAL, "line 1, column 1: the file must be a mapping"},
	{"segments: []\nvlans: []\n", -EINVAL,
	 "line 2, column 1: there is no list 'vlans'; allowed: segments, acls, acl_rules, portgroups"},
	{"segments: []\nsegments: []\n", -EINVAL, "line 2, column 1: there is a second list"},
	{"segments: lan\n", -EINVAL, "line 1, column 11: this must be a list"},
	{"segments: {name: lan}\n", -EINVAL, "line 1, column 11: this must be a list"},
	{"segments:\n- lan\n", -EINVAL, "line 2, column 3: an entry must be a mapping"},
	{"segments:\n- [lan]\n", -EINVAL, "line 2, column 3: an entry must be a mapping"},
	{"segments:\n- name: lan\n  colour: 7\n", -EINVAL,
	 "line 3, column 3: there is no field 'colour'; allowed: name, description, age"},
	{"segments:\n- name: lan\n  age: 1\n  age: 2\n", -EINVAL,
	 "line 4, column 3: there is a second 'age'"},
	{"segments:\n- name: [lan]\n", -EINVAL, "line 2, column 9: this must be a single text"},
	{"segments:\n- name: {a: b}\n", -EINVAL, "line 2, column 9: this must be a single text"},
	{"segments:\n- ? [a]\n  : b\n", -EINVAL, "line 2, column 5: this must be a single text"},
	{"? {a: b}\n: c\n", -EINVAL, "line 1, column 3: this must be a single text"},
	{"ports:\n- name: vm1\n  group: g\n  segment: lan\n", -EINVAL,
	 "line 4, column 3: there is no field 'segment'"},
	{"segments: &a []\n", -EINVAL, "line 1, column 11: anchors and aliases"},
	{"segments:\n- &x {name: a}\n- *x\n", -EINVAL, "line 2, column 3: anchors and aliases"},
	{"segments:\n- name: &x lan\n", -EINVAL, "line 2, column 9: anchors and aliases"},
	{"segments:\n- name: !!str lan\n", -EINVAL, "line 2, column 9: tags"},
	{"segments: []\n---\nports: []\n", -EINVAL, "line 2, column 1: the file must have one"},
	{"segments:\n- name: \"a\\0b\"\n", -EINVAL, "line 2, column 9: a text has a NUL"},
	{"segments:\n- name: lan\n age: 3\n", -EINVAL, "line 3, column 2"},
	{"segments: [\n", -EINVAL, "line 2, column 1"},
	{"\tsegments:\n", -EINVAL, "line 1, column 1"},
	{"segments: \xff\xfe\n", -EINVAL, "byte 10"},
	{"segments:\n- age: 3\n", -EINVAL, "segment: name: line 2, column 3: must be given"},
	{"segments:\n- name: lan\n- name: lan\n", -EEXIST,
	 "segment lan: line 3, column 3: is in the"},
	{"segments:\n- name: lan\n- name: dmz\n  age: soon\n", -EINVAL,
	 "segment dmz: age: line 4, column 3: 'soon' is not valid"},
	{"segments: [{name: lan}]\nportgroups:\n  - name: vms\n    segment: lan\n    mtu: 12\n",
	 -ERANGE,
	 "portgroup vms: mtu: line 5, column 5: '12' is out of range; allowed: 68 to 9216 bytes"},
	{"macs: [{segment: lan, mac: 01:00:5e:00:00:01, port: p}]\n", -EINVAL,
	 "mac: line 1, column"},
	{"macs: [{segment: lan, mac: 00:00:00:00:00:00, port: p}]\n", -EINVAL,
	 "mac: line 1, column"},
	{"ports:\n- name: ../x\n", -EINVAL, "name: line 2, column 3: '../x' is not valid"},
};

static void test_what_is_wrong_is_said_with_its_place(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct dvs_config_set set;
		struct dvs_error err = {0};
		char message[512];
		int ret = dvs_yaml_read(bad[i].file, strlen(bad[i].file), &set, &err);

		dvs_error_print(&err, message, sizeof(message));
		if (ret != bad[i].code || !strstr(message, bad[i].message))
			fail_msg("file \"%s\": %d, \"%s\"; wanted %d, \"%s\"", bad[i].file, ret,
				 message, bad[i].code, bad[i].message);
	}
}

static char *repeat(const char *head, const char *item, unsigned int n, size_t *ret_length)
{
	size_t length = strlen(head) + n * strlen(item);
	char *text = malloc(length + 1), *at;

	assert_non_null(text);
	at = stpcpy(text, head);
	for (unsigned int i = 0; i < n; i++)
		at = stpcpy(at, item);
	*ret_length = length;
	return text;
}

static void refuse_big(const char *head, const char *item, unsigned int n, int code)
{
	uint64_t start = fixture_now_ms();
	struct dvs_config_set set;
	struct dvs_error err = {0};
	size_t length;
	char *text = repeat(head, item, n, &length);

	assert_int_equal(dvs_yaml_read(text, length, &set, &err), code);
	assert_int_equal(err.code, code);
	assert_true(fixture_now_ms() - start < 20000);
	free(text);
}

static void test_big_and_deep_files_are_refused(void **state)
{
	(void)state;
	refuse_big("segments: []\n", "# padding\n", (17 << 20) / 10, -E2BIG);
	refuse_big("segments: ", "[", 100000, -EINVAL);
	refuse_big("segments: ", "{a: ", 100000, -EINVAL);
	refuse_big("segments:\n", "- {}\n", DVS_STATIC_MACS_MAX + 1, -EINVAL);
	refuse_big("segments:\n- name: ", "x", 1 << 20, -EINVAL);
}

static void test_a_full_file_is_read(void **state)
{
	const size_t size = 8 << 20;
	char *text = malloc(size);
	struct dvs_config_set set;
	struct dvs_error err;
	int used = snprintf(text, size, "macs:\n");

	(void)state;
	for (unsigned int i = 0; i < DVS_STATIC_MACS_MAX; i++)
		used += snprintf(text + used, size - (size_t)used,
				 "- segment: lan\n  mac: \"52:54:00:00:%02x:%02x\"\n  port: vm1\n",
				 i >> 8, i & 255);
	assert_int_equal(dvs_yaml_read(text, (size_t)used, &set, &err), 0);
	assert_int_equal(dvs_config_set_count(&set, &dvs_mac_type), DVS_STATIC_MACS_MAX);
	dvs_config_set_fini(&set);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_is_read),
		cmocka_unit_test(test_what_is_written_is_read_as_the_same),
		cmocka_unit_test(test_an_empty_intent_can_be_written_and_applied),
		cmocka_unit_test(test_a_file_replaces_what_is_there),
		cmocka_unit_test(test_what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(test_big_and_deep_files_are_refused),
		cmocka_unit_test(test_a_full_file_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
