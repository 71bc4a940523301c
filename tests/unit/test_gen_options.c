/* SPDX-License-Identifier: BSD-3-Clause */
/* What people write on dvs-gen's command line: numbers, rates, lengths, ports, whole lines. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "array.h"
#include "near.h"
#include "options.h"
#include "port_spec.h"
#include "sizes.h"
#include "units.h"

static void test_counts(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {{"1", 1}, {"10k", 10000}, {"1M", 1000000}, {"1e3", 1000}, {"1.5k", 1500}};
	static const char *const bad[] = {"",	 "-1",	"+1",  " 1",   "1 ",  "k",	 "0",
					  "1.5", "nan", "inf", "0x10", "1kk", "1000001", "1Mpps"};
	uint64_t value = 7;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_int_equal(dvs_units_parse_count(good[i].text, 1, 1000000, &value, NULL), 0);
		assert_int_equal(value, good[i].value);
	}
	value = 7;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(dvs_units_parse_count(bad[i], 1, 1000000, &value, NULL), -EINVAL);
	assert_int_equal(value, 7);
}

static void test_seconds(void **state)
{
	static const struct {
		const char *text;
		double value;
	} good[] = {{"10", 10}, {"10s", 10}, {"500ms", 0.5}, {"20us", 2e-5}, {"2m", 120}};
	static const char *const bad[] = {"", "s", "-1", "10x", "1e9", "5 s"};
	double value;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_int_equal(dvs_units_parse_seconds(good[i].text, 0, 3600, &value, NULL), 0);
		assert_near(value, good[i].value, 1e-9);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(dvs_units_parse_seconds(bad[i], 0, 3600, &value, NULL), -EINVAL);
}

static void test_ratios(void **state)
{
	static const char *const bad[] = {"", "2", "101%", "-0.1", "1e-5x", "%"};
	double value;

	(void)state;
	assert_int_equal(dvs_units_parse_ratio("1e-5", &value, NULL), 0);
	assert_near(value, 1e-5, 1e-12);
	assert_int_equal(dvs_units_parse_ratio("0.5%", &value, NULL), 0);
	assert_near(value, 0.005, 1e-12);
	assert_int_equal(dvs_units_parse_ratio("0", &value, NULL), 0);
	assert_near(value, 0, 1e-12);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(dvs_units_parse_ratio(bad[i], &value, NULL), -EINVAL);
}

static void test_rates(void **state)
{
	static const char *const bad[] = {"", "0", "0pps", "-1pps", "101%", "1xps", "fast", "1e99"};
	struct dvs_rate rate;

	(void)state;
	assert_int_equal(dvs_units_parse_rate("1Mpps", &rate, NULL), 0);
	assert_int_equal(rate.kind, DVS_RATE_PPS);
	assert_near(dvs_rate_pps(&rate, 64, 0), 1e6, 1e-3);
	assert_int_equal(dvs_units_parse_rate("10Gbps", &rate, NULL), 0);
	assert_near(dvs_rate_pps(&rate, 1250, 0), 1e6, 1e-3);
	/* The figure that everybody knows: 64-byte frames on 10 Gigabit Ethernet. */
	assert_int_equal(dvs_units_parse_rate("100%", &rate, NULL), 0);
	assert_near(dvs_rate_pps(&rate, 64, 10e9), 14880952.4, 0.1);
	assert_int_equal(dvs_units_parse_rate("max", &rate, NULL), 0);
	assert_int_equal(rate.kind, DVS_RATE_MAX);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(dvs_units_parse_rate(bad[i], &rate, NULL), -EINVAL);
}

static void test_sizes(void **state)
{
	static const char *const bad[] = {"",	  "63",	    "65536",	      "64,", ",64",
					  "64x0", "64x257", "64x200,128x100", "64 ", "Imix"};
	struct dvs_sizes sizes;
	unsigned int seen[3] = {0};

	(void)state;
	assert_int_equal(dvs_sizes_parse("imix", &sizes, NULL), 0);
	assert_int_equal(sizes.n_sequence, 12);
	for (unsigned int i = 0; i < 12; i++)
		seen[sizes.sequence[i]]++;
	assert_int_equal(seen[0], 7);
	assert_int_equal(seen[1], 4);
	assert_int_equal(seen[2], 1);
	assert_near(dvs_sizes_mean(&sizes), (64 * 7 + 594 * 4 + 1518) / 12.0, 1e-9);
	assert_int_equal(dvs_sizes_largest(&sizes), 1518);
	/* Spread, not in blocks. */
	assert_int_equal(dvs_sizes_parse("64x2,128x2", &sizes, NULL), 0);
	assert_int_not_equal(sizes.sequence[0], sizes.sequence[1]);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(dvs_sizes_parse(bad[i], &sizes, NULL), -EINVAL);
}

static void test_ports(void **state)
{
	static const char *const bad[] = {
		"",
		"virtio-user",
		"virtio-user:",
		"usb:x",
		"virtio-user:/s,queues=0",
		"virtio-user:/s,queues=17",
		"virtio-user:/s,mac=01:00:00:00:00:01",
		"virtio-user:/s,mac=x",
		"virtio-user:/s,ip=1.2.3",
		"virtio-user:/s,vlan=4095",
		"virtio-user:/s,server",
	};
	char overlong[DVS_GEN_DEVARGS_MAX] = "virtio-user:/";
	struct dvs_port_spec spec;

	(void)state;
	assert_int_equal(
		dvs_port_spec_parse("virtio-user:/s,server=1,queues=2,vlan=5", 3, &spec, NULL), 0);
	assert_string_equal(spec.device, "net_virtio_user3");
	assert_string_equal(spec.devargs, "net_virtio_user3,path=/s,server=1,queues=2,"
					  "mac=02:d5:03:00:00:01");
	assert_string_equal(spec.ring_key, "queue_size");
	assert_int_equal(spec.vlan, 5);
	assert_int_equal(spec.n_queues, 2);
	assert_int_equal(dvs_port_spec_parse("virtio-user:/s,queue_size=256", 0, &spec, NULL), 0);
	assert_null(spec.ring_key);
	assert_int_equal(dvs_port_spec_parse("tap:t0", 1, &spec, NULL), 0);
	assert_string_equal(spec.devargs, "net_tap1,iface=t0");
	assert_int_equal(dvs_port_spec_parse("pci:0000:00:03.0", 0, &spec, NULL), 0);
	assert_string_equal(spec.device, "0000:00:03.0");
	assert_true(spec.is_pci);
	assert_int_equal(dvs_port_spec_parse("vdev:net_null0,ip=10.1.2.3", 0, &spec, NULL), 0);
	assert_string_equal(spec.devargs, "net_null0");
	assert_int_equal(spec.ip, 0x0a010203);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct dvs_error err = {0};

		assert_int_equal(dvs_port_spec_parse(bad[i], 0, &spec, &err), -EINVAL);
		assert_true(err.text[0] != '\0');
	}
	memset(overlong + 13, 'a', sizeof(overlong) - 14);
	assert_int_equal(dvs_port_spec_parse(overlong, 0, &spec, NULL), -EINVAL);
}

/* Splits at blanks and parses; the options must be freed by the caller. */
static int parse(const char *line, struct dvs_gen_options *ret_options, struct dvs_error *err)
{
	static char copy[1024];
	char program[] = "dvs-gen", *argv[64] = {program}, *save = NULL;
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok_r(copy, " ", &save); word != NULL && argc < 63;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	return dvs_gen_options_parse(argc, argv, ret_options, err);
}

#define TWO "--port vdev:a --port vdev:b "

static void test_lines(void **state)
{
	struct dvs_gen_options o;

	(void)state;
	assert_int_equal(parse(TWO "--rate 2Mpps --size imix --flows 1000 --time 5", &o, NULL), 0);
	assert_int_equal(o.mode, DVS_GEN_RUN);
	assert_int_equal(o.n_ports, 2);
	assert_near(o.rate.value, 2e6, 1);
	assert_int_equal(o.flows, 1000);
	assert_int_equal(o.macs, 1);
	assert_near(o.seconds, 5, 1e-9);
	dvs_gen_options_free(&o);

	assert_int_equal(parse("search --loss=0,1e-5,0.5% " TWO "--macs 10k", &o, NULL), 0);
	assert_int_equal(o.mode, DVS_GEN_SEARCH);
	assert_int_equal(o.n_losses, 3);
	assert_int_equal(o.flows, 10000);
	dvs_gen_options_free(&o);

	assert_int_equal(parse("replay file.pcap " TWO "--speed 2 --loops 3", &o, NULL), 0);
	assert_string_equal(o.file, "file.pcap");
	assert_int_equal(o.loops, 3);
	dvs_gen_options_free(&o);

	assert_int_equal(
		parse(TWO "--vxlan 5/1.1.1.1/1.1.1.2/02:00:00:00:00:09 --vlan 7:3", &o, NULL), 0);
	assert_true(o.frame.has_vxlan);
	assert_int_equal(o.frame.vni, 5);
	assert_int_equal(o.frame.outer_destination.ipv4, 0x01010102);
	assert_int_equal(o.frame.vlan, 7);
	assert_int_equal(o.frame.priority, 3);
	dvs_gen_options_free(&o);
}

static void test_bad_lines(void **state)
{
	static const char *const bad[] = {
		"",
		"fly " TWO,
		"run run " TWO,
		"--port vdev:a",
		"--port vdev:a --port vdev:a",
		"--port",
		TWO "--nonsense",
		TWO "--json=yes",
		TWO "--rate",
		TWO "--rate 0",
		TWO "--rate 1M --window 5",
		TWO "--forward",
		TWO "--window 5 --forward --split",
		TWO "--count 5 --time 5",
		TWO "--loss 0,0.1",
		TWO "--macs 10 --flows 5",
		TWO "--macs 2000000",
		TWO "--tso 1448",
		TWO "--size 64 --ip 6",
		TWO "--size 64 --l4 tcp --vlan 5",
		TWO "--vlan 0",
		TWO "--vlan 5:8",
		TWO "--vlan 11111111111111111111:1",
		TWO "--spread zipf:0",
		TWO "--spread zipf:1x",
		TWO "--memory much",
		TWO "--vxlan 5/1.1.1.1/1.1.1.2",
		TWO "--vxlan 16777216/1.1.1.1/1.1.1.2/02:00:00:00:00:09",
		TWO "--pattern star",
		"--port vdev:a --pattern ring",
		"--port vdev:a --pattern self --one-way",
		"replay " TWO,
		"replay f g " TWO,
		"replay f --size 64 " TWO,
		"search --window 5 " TWO,
		"search --resolution 0 " TWO,
		TWO "--port vdev:c,vlan=5 --port vdev:d --ip 6 --size 80",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct dvs_gen_options o;
		struct dvs_error err = {0};

		if (parse(bad[i], &o, &err) != -EINVAL)
			fail_msg("accepted: dvs-gen %s", bad[i]);
		assert_true(err.text[0] != '\0');
		dvs_gen_options_free(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts), cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_ratios), cmocka_unit_test(test_rates),
		cmocka_unit_test(test_sizes),  cmocka_unit_test(test_ports),
		cmocka_unit_test(test_lines),  cmocka_unit_test(test_bad_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
