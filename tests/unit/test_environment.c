/* SPDX-License-Identifier: BSD-3-Clause */
/* Which CPUs become workers, without starting EAL. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "environment.h"

static cpu_set_t cpus(unsigned int first, unsigned int last)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (unsigned int cpu = first; cpu <= last; cpu++)
		CPU_SET(cpu, &set);
	return set;
}

static void test_default_is_one_a_node(void **state)
{
	struct dvs_switch_options opts = {0};
	cpu_set_t allowed = cpus(0, 0);

	(void)state;
	assert_int_equal(dvs_environment_choose_workers(NULL, &allowed, &opts, NULL), 0);
	assert_int_equal(opts.n_workers, 1);
	assert_int_equal(opts.workers[0].cpu, 0);
	assert_int_equal(opts.workers[0].lcore, 1);
}

static void test_count_takes_the_highest(void **state)
{
	struct dvs_switch_options opts = {0};
	cpu_set_t allowed = cpus(2, 9);

	(void)state;
	assert_int_equal(dvs_environment_choose_workers("3", &allowed, &opts, NULL), 0);
	assert_int_equal(opts.n_workers, 3);
	assert_int_equal(opts.workers[0].cpu, 9);
	assert_int_equal(opts.workers[2].cpu, 7);
	assert_int_equal(opts.workers[2].lcore, 3);
}

static void test_list(void **state)
{
	struct dvs_switch_options opts = {0};
	cpu_set_t allowed = cpus(0, 9);

	(void)state;
	assert_int_equal(dvs_environment_choose_workers("2,4-6", &allowed, &opts, NULL), 0);
	assert_int_equal(opts.n_workers, 4);
	assert_int_equal(opts.workers[0].cpu, 2);
	assert_int_equal(opts.workers[3].cpu, 6);
	assert_int_equal(dvs_environment_choose_workers("3,", &allowed, &opts, NULL), 0);
	assert_int_equal(opts.n_workers, 1);
	assert_int_equal(opts.workers[0].cpu, 3);
}

static void test_nodes_are_counted_once(void **state)
{
	struct dvs_switch_options opts = {.n_workers = 4};

	(void)state;
	assert_int_equal(dvs_environment_count_nodes(&opts), 1);
	opts.workers[1].numa = 1;
	opts.workers[3].numa = 1;
	assert_int_equal(dvs_environment_count_nodes(&opts), 2);
	opts.n_workers = 1;
	assert_int_equal(dvs_environment_count_nodes(&opts), 1);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"",    "0",	"99", "-1",  "a",    "1-",   "3-2",
		"1,1", "1-3,2", "12", "1;2", "1,,2", "1,-2", "99999999999999999999,"};
	struct dvs_switch_options opts = {.n_workers = 7};
	cpu_set_t allowed = cpus(0, 9);

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct dvs_error err = {0};

		assert_int_equal(dvs_environment_choose_workers(bad[i], &allowed, &opts, &err),
				 -EINVAL);
		assert_string_equal(err.field, "workers");
		assert_true(err.text[0] != '\0');
		assert_int_equal(opts.n_workers, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_is_one_a_node),
		cmocka_unit_test(test_count_takes_the_highest),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_nodes_are_counted_once),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
