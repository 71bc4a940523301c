/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cycles of the time stamp counter that an access control list takes a frame, with 10, 100 and
 * 1,000 rules of the kind that operators write (prefixes, protocols, ports): the tries alone, and
 * with the key made of a frame's header; by a walk over the rules for comparison. Best of many
 * rounds. And how long it takes to compile them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_cycles.h>

#include "../unit/acl_twin.h"
#include "../unit/eal.h"
#include "acl_key.h"

#define RULES_MAX 1000
#define KEYS	  4096
#define BULK	  64
#define ROUNDS	  50

static struct acl_twin_key keys[KEYS];
static struct dvs_batch batch;

static uint32_t below(uint32_t n)
{
	return (uint32_t)rand() % n;
}

/* 10.x.y.0/24, TCP or UDP, to a port; every tenth to a range of ports. */
static struct dvs_acl_rule make_rule(unsigned int i)
{
	struct dvs_acl_rule rule = {.number = (uint16_t)(i + 1), .direction = DVS_ACL_FROM};

	rule.action = i % 2 == 0 ? DVS_ACL_DENY : DVS_ACL_PERMIT;
	rule.dst.ip = dvs_ip_from4(0x0a000000 | below(4096) << 8);
	rule.dst.length = 120;
	rule.protocol = i % 3 == 0 ? 17 : 6;
	rule.dst_port.first = below(65000);
	rule.dst_port.end = rule.dst_port.first + (i % 10 == 0 ? 500 : 1);
	return rule;
}

/* Half of them meet a rule. */
static void make_keys(const struct dvs_acl_rule *rules, unsigned int n)
{
	for (unsigned int k = 0; k < KEYS; k++) {
		const struct dvs_acl_rule *rule = &rules[below(n)];
		struct dvs_acl_key *key = &keys[k].key;

		memset(&keys[k], 0, sizeof(keys[k]));
		key->shows = DVS_ACL_SHOWS_IP | DVS_ACL_SHOWS_PORTS;
		key->ethertype = rte_cpu_to_be_16(0x0800);
		key->protocol = rule->protocol;
		key->src_port = (uint16_t)below(65536);
		memcpy(key->v4.dst, &rule->dst.ip.bytes[12], 4);
		key->v4.dst[3] = (uint8_t)below(256);
		key->dst_port = rte_cpu_to_be_16(
			(uint16_t)(k % 2 == 0 ? rule->dst_port.first : below(65536)));
	}
}

static double time_tries(const struct dvs_acl *acl, uint64_t *sum)
{
	const struct dvs_acl_key *pointers[BULK];
	uint64_t best = UINT64_MAX;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		uint64_t start = rte_rdtsc(), took;

		for (unsigned int k = 0; k < KEYS; k += BULK) {
			for (unsigned int i = 0; i < BULK; i++)
				pointers[i] = &keys[k + i].key;
			*sum += dvs_acl_classify(acl, DVS_ACL_FROM, false, pointers, BULK);
		}
		took = rte_rdtsc() - start;
		best = took < best ? took : best;
	}
	return (double)best / KEYS;
}

static double time_walk(const struct dvs_acl_list *list, const struct dvs_acl_rule *const *rules,
			unsigned int n, uint64_t *sum)
{
	uint64_t best = UINT64_MAX;

	for (unsigned int round = 0; round < 3; round++) {
		uint64_t start = rte_rdtsc(), took;

		for (unsigned int k = 0; k < KEYS; k++)
			*sum += acl_twin_denies(list, rules, n, DVS_ACL_FROM, &keys[k]);
		took = rte_rdtsc() - start;
		best = took < best ? took : best;
	}
	return (double)best / KEYS;
}

/* A UDP packet in each place of the batch. */
static void make_batch(void)
{
	for (unsigned int i = 0; i < BULK; i++) {
		uint8_t *frame = batch.snapshot[i];

		memset(frame, 0, DVS_SNAPSHOT_BYTES);
		frame[12] = 8;
		frame[14] = 0x45;
		frame[17] = 46;
		frame[23] = 17;
		frame[39] = 26;
		batch.header[i] = frame;
		batch.header_len[i] = 60;
		batch.length[i] = 60;
		batch.l3[i] = 14;
		batch.ethertype[i] = 0x0800;
	}
}

static double time_keys(const struct dvs_acl_needs *needs, uint64_t *sum)
{
	uint64_t best = UINT64_MAX;

	make_batch();
	for (unsigned int round = 0; round < ROUNDS * 10; round++) {
		uint64_t start = rte_rdtsc(), took;

		for (unsigned int i = 0; i < BULK; i++) {
			struct dvs_acl_key key;

			*sum += dvs_acl_key_fill(&batch, i, 0, needs, &key) + key.dst_port;
		}
		took = rte_rdtsc() - start;
		best = took < best ? took : best;
	}
	return (double)best / BULK;
}

static int run(unsigned int n)
{
	static struct dvs_acl_rule rules[RULES_MAX];
	static const struct dvs_acl_rule *order[RULES_MAX];
	struct dvs_acl_list list = {.default_action = DVS_ACL_PERMIT};
	uint64_t sum = 0, start, built;
	struct dvs_error err;
	struct dvs_acl *acl;
	double tries, walk, key;

	for (unsigned int i = 0; i < n; i++) {
		rules[i] = make_rule(i);
		order[i] = &rules[i];
	}
	make_keys(rules, n);
	start = rte_rdtsc();
	if (dvs_acl_create(&list, order, n, &acl, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	built = rte_rdtsc() - start;
	tries = time_tries(acl, &sum);
	walk = time_walk(&list, order, n, &sum);
	key = time_keys(dvs_acl_needs(acl, DVS_ACL_FROM), &sum);
	printf("%5u rules: tries %6.1f  key %5.1f  walk %9.1f cycles a frame; compiled in %.1f ms"
	       " (%llu)\n",
	       n, tries, key, walk, (double)built * 1000 / (double)rte_get_tsc_hz(),
	       (unsigned long long)sum);
	dvs_acl_free(acl);
	return 0;
}

int main(void)
{
	if (dvs_test_eal_init() < 0)
		return 1;
	return run(10) | run(100) | run(RULES_MAX);
}
