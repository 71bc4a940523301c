/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/base/field_json: structs to JSON and back, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "field_json.h"
#include "objects.h"

static char *dump_and_free(json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	assert_non_null(text);
	return text;
}

static void assert_json(json_t *json, const char *expected)
{
	char *text = dump_and_free(json);

	assert_string_equal(text, expected);
	free(text);
}

static json_t *load(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	assert_non_null(json);
	return json;
}

/* Sets the fields of a JSON text in a port record. */
static int set(struct dvs_record *rec, const char *text, struct dvs_error *err)
{
	json_t *fields = load(text);
	int ret = dvs_record_set_json(rec, fields, err);

	json_decref(fields);
	return ret;
}

static dvs_field_set bit(const struct dvs_type *type, const char *name)
{
	return dvs_field_bit(type, dvs_type_field(type, name));
}

static void port_of_every_kind_of_value(void **state)
{
	static const char *const names[] = {
		"name",	  "description",  "group",	   "mac",	 "enabled",
		"queues", "socket",	  "socket_perm",   "vhost_mode", "workers",
		"mtu",	  "features_off", "storm_unknown", "storm_mode"};
	dvs_field_set fields = 0;
	struct dvs_port port;

	(void)state;
	dvs_type_defaults(&dvs_port_type, &port);
	strcpy(port.name, "vm1");
	strcpy(port.description, "gr\xc3\xbcn");
	strcpy(port.socket, "/run/vm1.sock");
	port.mac[0] = 0x52;
	port.policy.features_off = 1u << DVS_FEATURE_CSUM | 1u << DVS_FEATURE_MTU;
	port.policy.storm_unknown = 1500000;
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fields |= bit(&dvs_port_type, names[i]);
	assert_json(dvs_type_json(&dvs_port_type, &port, fields),
		    "{\"name\":\"vm1\",\"description\":\"gr\xc3\xbcn\",\"group\":\"\","
		    "\"mac\":\"52:00:00:00:00:00\",\"enabled\":true,\"queues\":1,"
		    "\"vhost_mode\":\"server\",\"socket\":\"/run/vm1.sock\","
		    "\"socket_perm\":\"0660\",\"workers\":[],"
		    "\"mtu\":1500,\"features_off\":[\"csum\",\"mtu\"],"
		    "\"storm_unknown\":\"1.5Mbps\",\"storm_mode\":\"enforce\"}");
}

static void only_fields_of_the_bitmap(void **state)
{
	struct dvs_static_mac mac = {.segment = "lan", .mac = {0x52, 0x54, 0, 0, 0, 1}};
	dvs_field_set fields = bit(&dvs_mac_type, "mac") | bit(&dvs_mac_type, "port");

	(void)state;
	assert_json(dvs_type_json(&dvs_mac_type, &mac, fields),
		    "{\"mac\":\"52:54:00:00:00:01\",\"port\":\"\"}");
	assert_json(dvs_type_json(&dvs_mac_type, &mac, 0), "{}");
	assert_json(dvs_fields_json_names(&dvs_mac_type, fields), "[\"mac\",\"port\"]");
	assert_json(dvs_fields_json_names(&dvs_port_type, bit(&dvs_port_type, "segment")), "[]");
}

static void hostile_members(void **state)
{
	struct dvs_switch_state sw = {.boot_epoch = UINT64_MAX, .uptime_s = INT64_MAX};
	struct dvs_fdb_entry entry = {.kind = 77};
	const struct dvs_type *type = &dvs_switch_type;

	(void)state;
	memset(sw.version, 'x', sizeof(sw.version)); /* not terminated */
	memcpy(sw.dpdk, "a\x1b[2J\xff", 7);
	assert_json(dvs_type_json(type, &sw, bit(type, "version")),
		    "{\"version\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}");
	assert_json(dvs_type_json(type, &sw, bit(type, "dpdk")), "{\"dpdk\":\"a?[2J?\"}");
	assert_json(dvs_type_json(type, &sw, bit(type, "boot_epoch") | bit(type, "uptime")),
		    "{\"boot_epoch\":\"18446744073709551615\",\"uptime\":9223372036854775807}");
	assert_json(dvs_type_json(&dvs_fdb_entry_type, &entry, bit(&dvs_fdb_entry_type, "kind")),
		    "{\"kind\":\"77\"}");
}

static void typed_values_and_text(void **state)
{
	struct dvs_record rec;
	const struct dvs_port *port = (const struct dvs_port *)rec.data;
	struct dvs_error err;

	(void)state;
	dvs_record_init(&rec, &dvs_port_type);
	assert_int_equal(set(&rec,
			     "{\"mtu\":9000,\"enabled\":false,\"features_off\":[\"tso4\",\"mq\"],"
			     "\"name\":\"vm1\",\"group\":\"vms\",\"socket_perm\":\"0600\"}",
			     &err),
			 0);
	assert_int_equal(port->policy.mtu, 9000);
	assert_int_equal(port->enabled, 0);
	assert_int_equal(port->policy.features_off, 1u << DVS_FEATURE_TSO4 | 1u << DVS_FEATURE_MQ);
	assert_int_equal(port->socket_perm, 0600);
	assert_int_equal(dvs_record_check(&rec, &err), 0);

	assert_int_equal(set(&rec,
			     "{\"mtu\":\"1400\",\"enabled\":\"on\",\"features_off\":\"csum,ecn\","
			     "\"kind\":\"tap\"}",
			     &err),
			 0);
	assert_int_equal(port->policy.mtu, 1400);
	assert_int_equal(port->enabled, 1);
	assert_int_equal(port->policy.features_off, 1u << DVS_FEATURE_CSUM | 1u << DVS_FEATURE_ECN);
	assert_int_equal(port->kind, DVS_PORT_TAP);
}

static void null_unsets_and_an_empty_array_does_not(void **state)
{
	struct dvs_record rec;
	const struct dvs_type *type = &dvs_port_type;
	struct dvs_error err;

	(void)state;
	dvs_record_init(&rec, type);
	assert_int_equal(set(&rec, "{\"mtu\":9000,\"features_off\":[]}", &err), 0);
	assert_int_equal(rec.set, bit(type, "mtu") | bit(type, "features_off"));
	assert_int_equal(set(&rec, "{\"mtu\":null}", &err), 0);
	assert_int_equal(rec.set, bit(type, "features_off"));
	assert_int_equal(((const struct dvs_port *)rec.data)->policy.mtu, 1500);
	assert_int_equal(set(&rec, "{\"features_off\":\"\"}", &err), 0);
	assert_int_equal(rec.set, 0);
	assert_int_equal(set(&rec, "{\"name\":null}", &err), -EINVAL);
}

static void what_is_refused(void **state)
{
	static const struct {
		const char *fields;
		int code;
		const char *field, *text; /* text: a part of it */
	} cases[] = {
		{"{\"mtu\":67}", -ERANGE, "mtu", "'67' is out of range; allowed: 68 to 9216 bytes"},
		{"{\"mtu\":-1}", -EINVAL, "mtu", "'-1'"},
		{"{\"mtu\":true}", -EINVAL, "mtu", "a JSON boolean is not valid; allowed: 68 to"},
		{"{\"mtu\":1500.5}", -EINVAL, "mtu", "a JSON number with a fraction"},
		{"{\"mtu\":[1]}", -EINVAL, "mtu", "a JSON array like this"},
		{"{\"mtu\":{}}", -EINVAL, "mtu", "a JSON object"},
		{"{\"mtu\":9223372036854775807}", -ERANGE, "mtu", "out of range"},
		{"{\"enabled\":1}", -EINVAL, "enabled", "a JSON integer"},
		{"{\"enabled\":\"maybe\"}", -EINVAL, "enabled", "'maybe'"},
		{"{\"kind\":1}", -EINVAL, "kind", "one of vhost-user, tap"},
		{"{\"socket_perm\":660}", -EINVAL, "socket_perm", "octal"},
		{"{\"features_off\":[\"csum\",1]}", -EINVAL, "features_off", "like this"},
		{"{\"features_off\":[\"csum,ecn\"]}", -EINVAL, "features_off", "like this"},
		{"{\"features_off\":[\"\"]}", -EINVAL, "features_off", "like this"},
		{"{\"features_off\":[\"warp\"]}", -EINVAL, "features_off", "'warp'"},
		{"{\"group\":\"a\\u0000b\"}", -EINVAL, "group", "a JSON string"},
		{"{\"group\":\"a b\"}", -EINVAL, "group", "'a b'"},
		{"{\"mtuu\":1500}", -ENOENT, "mtuu", "no such field; known are name"},
		{"{\"segment\":\"lan\"}", -EPERM, "segment", "not by operators"},
		{"[]", -EINVAL, "", "must be a JSON object"},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT_OF(cases); i++) {
		struct dvs_record rec, before;
		struct dvs_error err = {0};

		dvs_record_init(&rec, &dvs_port_type);
		before = rec;
		assert_int_equal(set(&rec, cases[i].fields, &err), cases[i].code);
		assert_int_equal(err.code, cases[i].code);
		assert_string_equal(err.field, cases[i].field);
		assert_non_null(strstr(err.text, cases[i].text));
		assert_memory_equal(&rec, &before, sizeof(rec));
	}
}

static void errors_name_the_object(void **state)
{
	struct dvs_record rec;
	struct dvs_error err;

	(void)state;
	dvs_record_init(&rec, &dvs_port_type);
	assert_int_equal(set(&rec, "{\"mtu\":{},\"name\":\"vm1\"}", &err), -EINVAL);
	assert_string_equal(err.object, "port vm1");
	dvs_record_init(&rec, &dvs_port_type);
	assert_int_equal(set(&rec, "{\"mtu\":1,\"name\":\"vm2\"}", &err), -ERANGE);
	assert_string_equal(err.object, "port vm2");
}

static void an_endless_array_is_cut_off(void **state)
{
	json_t *array = json_array(), *fields = json_object();
	struct dvs_record rec;
	struct dvs_error err;

	(void)state;
	for (unsigned int i = 0; i < 10000; i++)
		json_array_append_new(array, json_string("csum"));
	json_object_set_new(fields, "features_off", array);
	dvs_record_init(&rec, &dvs_port_type);
	assert_int_equal(dvs_record_set_json(&rec, fields, &err), -E2BIG);
	json_decref(fields);
}

static void every_type_survives_the_round_trip(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < dvs_n_config_types; i++) {
		const struct dvs_type *type = dvs_config_types[i];
		struct dvs_record a, b;
		struct dvs_error err;
		json_t *json;
		int ret;

		dvs_record_init(&a, type);
		for (unsigned int row = 0; row < type->n_fields; row++) {
			const struct dvs_field *field = &type->fields[row];

			if (field->flags & DVS_FIELD_DERIVED)
				continue;
			assert_int_equal(
				dvs_record_set(
					&a, field->name,
					field->type == DVS_FIELD_MAC  ? "52:54:00:00:00:01"
					: field->type == DVS_FIELD_IP ? "239.1.1.1"
					: field->type == DVS_FIELD_UINT && !field->default_text
						? "1"
					: field->type == DVS_FIELD_ENUM && !field->default_text
						? field->names[0]
					: field->type == DVS_FIELD_PREFIX ? "10.0.0.0/24"
					: field->default_text		  ? field->default_text
					: field->type == DVS_FIELD_PATH	  ? "/a/b"
									  : "tap",
					&err),
				0);
		}
		json = dvs_type_json(type, a.data, DVS_FIELDS_ALL);
		dvs_record_init(&b, type);
		ret = dvs_record_set_json(&b, json, &err);
		json_decref(json);
		assert_int_equal(ret, 0);
		assert_int_equal(b.set, a.set);
		assert_int_equal(dvs_type_diff(type, a.data, b.data), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(port_of_every_kind_of_value),
		cmocka_unit_test(only_fields_of_the_bitmap),
		cmocka_unit_test(hostile_members),
		cmocka_unit_test(typed_values_and_text),
		cmocka_unit_test(null_unsets_and_an_empty_array_does_not),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(errors_name_the_object),
		cmocka_unit_test(an_endless_array_is_cut_off),
		cmocka_unit_test(every_type_survives_the_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
