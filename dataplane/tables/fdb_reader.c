/* SPDX-License-Identifier: BSD-3-Clause */
/* Which of the readers this CPU can run, and what is the same for all of them. */
#include "fdb_private.h"

static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2");
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
}

const struct fdb_reader *dvs_fdb_reader_get(unsigned int number)
{
	const struct fdb_reader *readers[3];
	unsigned int n = 0;

	if (has_avx512())
		readers[n++] = &dvs_fdb_reader_avx512;
	if (has_avx2())
		readers[n++] = &dvs_fdb_reader_avx2;
	readers[n++] = &dvs_fdb_reader_base;
	return number < n ? readers[number] : NULL;
}

uint64_t dvs_fdb_lookup(const struct dvs_fdb *fdb, uint64_t key)
{
	return fdb->reader->lookup(fdb, key);
}

void dvs_fdb_lookup_bulk(const struct dvs_fdb *fdb, const uint64_t *keys, unsigned int n,
			 uint64_t *ret_values)
{
	fdb->reader->lookup_bulk(fdb, keys, n, ret_values);
}

uint32_t dvs_fdb_port_count(const struct dvs_fdb *fdb, uint16_t port)
{
	return __atomic_load_n(&fdb->ports[port].dynamic, __ATOMIC_RELAXED);
}

void dvs_fdb_refresh(struct dvs_fdb *fdb, uint64_t key, uint64_t value, uint32_t now_s)
{
	uint32_t slot = (uint32_t)(value >> FDB_SLOT_SHIFT);

	if (__atomic_load_n(dvs_fdb_key_at(fdb, slot), __ATOMIC_RELAXED) == key)
		__atomic_store_n(&dvs_fdb_info_at(fdb, slot)->last_s, now_s, __ATOMIC_RELAXED);
}
