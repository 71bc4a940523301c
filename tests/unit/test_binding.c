/* SPDX-License-Identifier: BSD-3-Clause */
/* tables/binding: random sets against a list that is searched from its start; the table's swap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "binding.h"
#include "random.h"

#define ROWS   40
#define ROUNDS 2000

/* Few different ones, of both families, so that they meet. */
static struct dvs_ip random_ip(void)
{
	struct dvs_ip ip = {{0x20, 1}};

	if (random_below(2) == 0)
		return dvs_ip_from4(0x0a000000 | random_below(64));
	ip.bytes[15] = (uint8_t)(random_below(64));
	return ip;
}

static struct dvs_binding_row random_row(void)
{
	struct dvs_binding_row row = {.address.ip = random_ip(), .address.length = 128};

	if (random_below(4) == 0) {
		row.address.length = (uint8_t)(122 + random_below(6));
		row.address.ip.bytes[15] &= (uint8_t)(0xff << (128 - row.address.length));
	}
	if (random_below(3) != 0)
		row.mac = 1 + random_below(3);
	return row;
}

/* The first host with the address counts, else any prefix. */
static bool twin_has(const struct dvs_binding_row *rows, uint32_t n, const struct dvs_ip *ip,
		     uint64_t mac)
{
	for (uint32_t i = 0; i < n; i++)
		if (rows[i].address.length == 128 && dvs_ip_is_equal(&rows[i].address.ip, ip))
			return rows[i].mac == 0 || rows[i].mac == mac;
	for (uint32_t i = 0; i < n; i++)
		if (rows[i].address.length < 128 && dvs_prefix_has(&rows[i].address, ip) &&
		    (rows[i].mac == 0 || rows[i].mac == mac))
			return true;
	return false;
}

static void agrees_with_the_list(void **unused)
{
	(void)unused;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct dvs_binding_row rows[ROWS];
		uint32_t n = random_below(ROWS);
		struct dvs_binding_set *set;

		for (uint32_t i = 0; i < n; i++)
			rows[i] = random_row();
		set = dvs_binding_set_create(rows, n);
		assert_int_equal(set == NULL, n == 0);
		for (unsigned int k = 0; k < 100; k++) {
			struct dvs_ip ip = random_ip();
			uint64_t mac = 1 + random_below(3);
			bool has = dvs_binding_has(set, &ip, mac, 1);
			uint32_t ip4;

			assert_int_equal(has, twin_has(rows, n, &ip, mac));
			memcpy(&ip4, ip.bytes + 12, sizeof(ip4));
			if (set != NULL && dvs_ip_is_v4(&ip) &&
			    dvs_binding_is_first4(set, ip4, mac))
				assert_true(has);
		}
		dvs_binding_set_free(set);
	}
}

static void first_address_is_inline(void **unused)
{
	struct dvs_binding_row row = {.address.length = 128, .mac = 5};
	const uint8_t network[4] = {10, 0, 0, 7};
	struct dvs_binding_set *set;
	uint32_t ip;

	(void)unused;
	row.address.ip = dvs_ip_from4(0x0a000007);
	memcpy(&ip, network, sizeof(ip));
	set = dvs_binding_set_create(&row, 1);
	assert_true(dvs_binding_is_first4(set, ip, 5));
	assert_false(dvs_binding_is_first4(set, ip, 6));
	assert_false(dvs_binding_is_first4(set, ip + 1, 5));
	dvs_binding_set_free(set);
	row.mac = 0;
	set = dvs_binding_set_create(&row, 1);
	assert_true(dvs_binding_is_first4(set, ip, 6));
	dvs_binding_set_free(set);
	row.address.ip.bytes[0] = 0x20; /* no IPv4 at all: not even 0.0.0.0 */
	set = dvs_binding_set_create(&row, 1);
	assert_false(dvs_binding_is_first4(set, 0, 6));
	assert_false(dvs_binding_is_first4(set, 0, 0));
	dvs_binding_set_free(set);
}

static void use_is_noted(void **unused)
{
	struct dvs_binding_row row = {.address.length = 128, .mac = 5};
	struct dvs_binding_set *set;

	(void)unused;
	row.address.ip = dvs_ip_from4(1);
	set = dvs_binding_set_create(&row, 1);
	dvs_binding_has(set, &row.address.ip, 6, 9);
	assert_int_equal(set->rows[0].seen_s, 0);
	dvs_binding_has(set, &row.address.ip, 5, 9);
	assert_int_equal(set->rows[0].seen_s, 9);
	dvs_binding_set_free(set);
}

/* ---- one writer, one reader ---- */

#define SWAPS 20000

static struct dvs_binding_table *table;
static struct dvs_binding_set *sets[2];
static bool is_done;

/* Each set has 10.0.0.1 with one MAC and 10.0.0.2 with the same: never one of each. */
static void *read_sets(void *arg)
{
	const struct dvs_ip one = dvs_ip_from4(0x0a000001), two = dvs_ip_from4(0x0a000002);
	uintptr_t torn = 0;

	(void)arg;
	while (!__atomic_load_n(&is_done, __ATOMIC_RELAXED)) {
		const struct dvs_binding_set *set = dvs_binding_get(table, 3);

		torn += dvs_binding_has(set, &one, 1, 1) != dvs_binding_has(set, &two, 1, 1);
		torn += dvs_binding_has(set, &one, 1, 1) == dvs_binding_has(set, &one, 2, 1);
	}
	return (void *)torn;
}

static void readers_see_whole_sets(void **unused)
{
	struct dvs_binding_row rows[2];
	pthread_t thread;
	void *torn;

	(void)unused;
	table = dvs_binding_table_create(4);
	for (uint64_t k = 0; k < 2; k++) {
		for (uint32_t i = 0; i < 2; i++)
			rows[i] = (struct dvs_binding_row){
				.address = {dvs_ip_from4(0x0a000001 + i), 128, {0}}, .mac = k + 1};
		sets[k] = dvs_binding_set_create(rows, 2);
	}
	assert_null(dvs_binding_put(table, 3, sets[0]));
	assert_int_equal(pthread_create(&thread, NULL, read_sets, NULL), 0);
	for (unsigned int i = 1; i <= SWAPS; i++)
		assert_ptr_equal(dvs_binding_put(table, 3, sets[i % 2]), sets[(i + 1) % 2]);
	__atomic_store_n(&is_done, true, __ATOMIC_RELAXED);
	pthread_join(thread, &torn);
	assert_null(torn);
	assert_ptr_equal(dvs_binding_put(table, 3, NULL), sets[SWAPS % 2]);
	dvs_binding_set_free(sets[0]);
	dvs_binding_set_free(sets[1]);
	dvs_binding_table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_list),
		cmocka_unit_test(first_address_is_inline),
		cmocka_unit_test(use_is_noted),
		cmocka_unit_test(readers_see_whole_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
