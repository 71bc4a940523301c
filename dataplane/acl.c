/* SPDX-License-Identifier: BSD-3-Clause */
#include "acl.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_acl.h>
#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include "acl_rule.h"

#define TRIES	      4 /* by direction and kind of IP */
#define TRIE_MAX_SIZE (64u << 20)
#define KEYS_MAX      64

/* What a trie says of a key; 0: no rule matches. */
enum {
	SAYS_PERMIT = 1,
	SAYS_DENY = 2,
};

/* Fields of a rule, in the order of their octets in a key. */
enum {
	FIELD_SHOWS,
	FIELD_SRC_MAC_4,
	FIELD_SRC_MAC_2,
	FIELD_DST_MAC_2,
	FIELD_DST_MAC_4,
	FIELD_ETHERTYPE,
	FIELD_VLAN,
	FIELD_PROTOCOL,
	FIELD_TCP_FLAGS,
	FIELD_ICMP_TYPE,
	FIELD_ICMP_CODE,
	FIELD_SRC_PORT,
	FIELD_DST_PORT,
	FIELD_PCP,
	FIELD_DEI,
	FIELD_PAD, /* fields fill words of four octets */
	FIELD_IP,  /* words of the source, then of the destination */
	FIELDS_V4 = FIELD_IP + 2,
	FIELDS_V6 = FIELD_IP + 8,
};

RTE_ACL_RULE_DEF(trie_rule, FIELDS_V6);

struct dvs_acl {
	struct rte_acl_ctx *tries[TRIES]; /* NULL: no rules */
	struct dvs_acl_needs needs[2];
	uint32_t denied; /* bitmap of what a trie may say: bit SAYS_, bit 0: nothing */
};

static unsigned int trie_of(enum dvs_acl_direction direction, bool is_v6)
{
	return direction * 2u + is_v6;
}

/* ---- rules of a trie ---- */

#define FIELD(kind, bytes, group, at)                                                              \
	{                                                                                          \
		.type = RTE_ACL_FIELD_TYPE_##kind, .size = bytes, .input_index = group,            \
		.offset = at                                                                       \
	}

static const struct rte_acl_field_def common_fields[FIELD_IP] = {
	[FIELD_SHOWS] = FIELD(BITMASK, 1, 0, offsetof(struct dvs_acl_key, shows)),
	[FIELD_SRC_MAC_4] = FIELD(BITMASK, 4, 1, offsetof(struct dvs_acl_key, src_mac)),
	[FIELD_SRC_MAC_2] = FIELD(BITMASK, 2, 2, offsetof(struct dvs_acl_key, src_mac) + 4),
	[FIELD_DST_MAC_2] = FIELD(BITMASK, 2, 2, offsetof(struct dvs_acl_key, dst_mac)),
	[FIELD_DST_MAC_4] = FIELD(BITMASK, 4, 3, offsetof(struct dvs_acl_key, dst_mac) + 2),
	[FIELD_ETHERTYPE] = FIELD(BITMASK, 2, 4, offsetof(struct dvs_acl_key, ethertype)),
	[FIELD_VLAN] = FIELD(BITMASK, 2, 4, offsetof(struct dvs_acl_key, vlan)),
	[FIELD_PROTOCOL] = FIELD(BITMASK, 1, 5, offsetof(struct dvs_acl_key, protocol)),
	[FIELD_TCP_FLAGS] = FIELD(BITMASK, 1, 5, offsetof(struct dvs_acl_key, tcp_flags)),
	[FIELD_ICMP_TYPE] = FIELD(RANGE, 1, 5, offsetof(struct dvs_acl_key, icmp_type)),
	[FIELD_ICMP_CODE] = FIELD(RANGE, 1, 5, offsetof(struct dvs_acl_key, icmp_code)),
	[FIELD_SRC_PORT] = FIELD(RANGE, 2, 6, offsetof(struct dvs_acl_key, src_port)),
	[FIELD_DST_PORT] = FIELD(RANGE, 2, 6, offsetof(struct dvs_acl_key, dst_port)),
	[FIELD_PCP] = FIELD(RANGE, 1, 7, offsetof(struct dvs_acl_key, pcp)),
	[FIELD_DEI] = FIELD(BITMASK, 1, 7, offsetof(struct dvs_acl_key, dei)),
	[FIELD_PAD] = FIELD(BITMASK, 2, 7, offsetof(struct dvs_acl_key, more_pad)),
};

static void fill_config(struct rte_acl_config *config, bool is_v6)
{
	unsigned int n = is_v6 ? FIELDS_V6 : FIELDS_V4;

	memset(config, 0, sizeof(*config));
	config->num_categories = 1;
	config->num_fields = n;
	config->max_size = TRIE_MAX_SIZE;
	memcpy(config->defs, common_fields, sizeof(common_fields));
	for (unsigned int i = FIELD_IP; i < n; i++)
		config->defs[i] = (struct rte_acl_field_def)FIELD(
			MASK, 4, (uint8_t)(8 + i - FIELD_IP),
			(uint32_t)(offsetof(struct dvs_acl_key, v4) + 4 * (i - FIELD_IP)));
	for (unsigned int i = 0; i < n; i++)
		config->defs[i].field_index = (uint8_t)i;
}

static void set_bits(struct rte_acl_field *field, const uint8_t *value, const uint8_t *mask,
		     unsigned int bytes)
{
	field->value.u64 = field->mask_range.u64 = 0;
	for (unsigned int i = 0; i < bytes; i++) {
		field->value.u64 = field->value.u64 << 8 | value[i];
		field->mask_range.u64 = field->mask_range.u64 << 8 | mask[i];
	}
}

/* 0 matches everything. */
static void set_number(struct rte_acl_field *field, uint16_t number, uint16_t mask)
{
	field->value.u64 = number;
	field->mask_range.u64 = number != 0 ? mask : 0;
}

static void set_range(struct rte_acl_field *field, const struct dvs_range *range, uint16_t most)
{
	field->value.u64 = range->first;
	field->mask_range.u64 = range->end != 0 ? range->end - 1 : most;
}

/* The words of an address under its prefix. */
static void set_ip(struct rte_acl_field *fields, const struct dvs_prefix *prefix, bool is_v6)
{
	unsigned int first = is_v6 ? 0 : DVS_IP4_BITS / 8, n = is_v6 ? 4 : 1;
	unsigned int bits = prefix->length > first * 8 ? prefix->length - first * 8 : 0;

	for (unsigned int i = 0; i < n; i++) {
		const uint8_t *word = &prefix->ip.bytes[first + 4 * i];
		unsigned int of_word = bits < 32 ? bits : 32;

		fields[i].value.u64 = 0;
		fields[i].value.u32 = (uint32_t)word[0] << 24 | (uint32_t)word[1] << 16 |
				      (uint32_t)word[2] << 8 | word[3];
		fields[i].mask_range.u64 = of_word;
		bits -= of_word;
	}
}

static uint8_t must_show(const struct dvs_acl_rule *rule)
{
	uint8_t shows = dvs_acl_rule_needs_ip(rule) ? DVS_ACL_SHOWS_IP : 0;

	if (rule->src_port.end != 0 || rule->dst_port.end != 0)
		shows |= DVS_ACL_SHOWS_PORTS;
	if (rule->icmp_type.end != 0 || rule->icmp_code.end != 0)
		shows |= DVS_ACL_SHOWS_ICMP;
	if ((rule->tcp_set | rule->tcp_clear) != 0)
		shows |= DVS_ACL_SHOWS_TCP;
	return shows;
}

static void fill_rule(struct trie_rule *to, const struct dvs_acl_rule *rule, int32_t priority,
		      bool is_v6)
{
	struct rte_acl_field *fields = to->field;
	uint8_t shows = must_show(rule);

	memset(to, 0, sizeof(*to));
	to->data.category_mask = 1;
	to->data.priority = priority;
	to->data.userdata = rule->action == DVS_ACL_DENY ? SAYS_DENY : SAYS_PERMIT;
	set_bits(&fields[FIELD_SHOWS], &shows, &shows, 1);
	set_bits(&fields[FIELD_SRC_MAC_4], rule->src_mac.mac, rule->src_mac.mask, 4);
	set_bits(&fields[FIELD_SRC_MAC_2], rule->src_mac.mac + 4, rule->src_mac.mask + 4, 2);
	set_bits(&fields[FIELD_DST_MAC_2], rule->dst_mac.mac, rule->dst_mac.mask, 2);
	set_bits(&fields[FIELD_DST_MAC_4], rule->dst_mac.mac + 2, rule->dst_mac.mask + 2, 4);
	set_number(&fields[FIELD_ETHERTYPE], rule->ethertype, UINT16_MAX);
	set_number(&fields[FIELD_VLAN], rule->vlan, UINT16_MAX);
	set_number(&fields[FIELD_PROTOCOL], rule->protocol, UINT8_MAX);
	fields[FIELD_TCP_FLAGS].value.u64 = rule->tcp_set;
	fields[FIELD_TCP_FLAGS].mask_range.u64 = rule->tcp_set | rule->tcp_clear;
	set_range(&fields[FIELD_ICMP_TYPE], &rule->icmp_type, UINT8_MAX);
	set_range(&fields[FIELD_ICMP_CODE], &rule->icmp_code, UINT8_MAX);
	set_range(&fields[FIELD_SRC_PORT], &rule->src_port, UINT16_MAX);
	set_range(&fields[FIELD_DST_PORT], &rule->dst_port, UINT16_MAX);
	set_range(&fields[FIELD_PCP], &rule->pcp, UINT8_MAX);
	fields[FIELD_DEI].value.u64 = rule->dei == DVS_ACL_DEI_SET;
	fields[FIELD_DEI].mask_range.u64 = rule->dei != DVS_ACL_DEI_ANY;
	set_ip(&fields[FIELD_IP], &rule->src, is_v6);
	set_ip(&fields[FIELD_IP + (is_v6 ? 4 : 1)], &rule->dst, is_v6);
}

/* ---- building ---- */

/* Could a frame of this trie match? Those that are not IP are with IPv4. */
static bool belongs(const struct dvs_acl_rule *rule, enum dvs_acl_direction direction, bool is_v6)
{
	unsigned int families = dvs_acl_rule_families(rule);

	if (rule->direction != direction)
		return false;
	if (is_v6)
		return (families & DVS_ACL_IPV6) != 0;
	return (families & DVS_ACL_IPV4) != 0 || !dvs_acl_rule_needs_ip(rule);
}

static int add_rules(struct rte_acl_ctx *trie, const struct dvs_acl_rule *const *rules,
		     unsigned int n, enum dvs_acl_direction direction, bool is_v6)
{
	int rc = 0;

	for (unsigned int i = 0; i < n && rc == 0; i++) {
		struct trie_rule rule;

		if (!belongs(rules[i], direction, is_v6))
			continue;
		fill_rule(&rule, rules[i], (int32_t)(n - i), is_v6);
		rc = rte_acl_add_rules(trie, (const struct rte_acl_rule *)&rule, 1);
	}
	return rc;
}

static int build_trie(struct dvs_acl *acl, const struct dvs_acl_rule *const *rules, unsigned int n,
		      enum dvs_acl_direction direction, bool is_v6)
{
	static unsigned int serial; /* names are unique in a process */
	char name[RTE_ACL_NAMESIZE];
	struct rte_acl_param param = {
		.name = name,
		.socket_id = SOCKET_ID_ANY,
		.rule_size = RTE_ACL_RULE_SZ(is_v6 ? FIELDS_V6 : FIELDS_V4),
	};
	struct rte_acl_config config;
	struct rte_acl_ctx *trie;
	int rc;

	for (unsigned int i = 0; i < n; i++)
		param.max_rule_num += belongs(rules[i], direction, is_v6);
	if (param.max_rule_num == 0)
		return 0;
	snprintf(name, sizeof(name), "acl%u", serial++);
	trie = rte_acl_create(&param);
	if (trie == NULL)
		return -ENOMEM;
	acl->tries[trie_of(direction, is_v6)] = trie;
	rc = add_rules(trie, rules, n, direction, is_v6);
	fill_config(&config, is_v6);
	return rc == 0 ? rte_acl_build(trie, &config) : rc;
}

static void add_needs(struct dvs_acl_needs *needs, const struct dvs_acl_rule *rule)
{
	needs->anything = true;
	needs->ip |= dvs_acl_rule_needs_ip(rule);
	needs->transport |= dvs_acl_rule_needs_transport(rule);
	needs->ethertype |= rule->ethertype != 0;
	needs->tcp_flags |= (rule->tcp_set | rule->tcp_clear) != 0;
}

int dvs_acl_create(const struct dvs_acl_list *list, const struct dvs_acl_rule *const *rules,
		   unsigned int n, struct dvs_acl **ret_acl, struct dvs_error *err)
{
	struct dvs_acl *acl = calloc(1, sizeof(*acl));
	bool denies_rest = list->default_action == DVS_ACL_DENY;
	int rc = acl != NULL ? 0 : -ENOMEM;

	for (unsigned int t = 0; t < TRIES && rc == 0; t++)
		rc = build_trie(acl, rules, n, (enum dvs_acl_direction)(t / 2), t % 2 != 0);
	if (rc != 0) {
		dvs_acl_free(acl);
		dvs_error_set(err, -ENOMEM, NULL, NULL,
			      "its %u rules do not fit into the switch's memory: fewer ranges "
			      "and masks, or more memory (--memory), help",
			      n);
		return -ENOMEM;
	}
	acl->denied = 1u << SAYS_DENY | (denies_rest ? 1u : 0);
	acl->needs[DVS_ACL_FROM].anything = acl->needs[DVS_ACL_TO].anything = denies_rest;
	for (unsigned int i = 0; i < n; i++)
		add_needs(&acl->needs[rules[i]->direction], rules[i]);
	*ret_acl = acl;
	return 0;
}

void dvs_acl_free(struct dvs_acl *acl)
{
	if (acl == NULL)
		return;
	for (unsigned int t = 0; t < TRIES; t++)
		rte_acl_free(acl->tries[t]);
	free(acl);
}

const struct dvs_acl_needs *dvs_acl_needs(const struct dvs_acl *acl,
					  enum dvs_acl_direction direction)
{
	return &acl->needs[direction];
}

uint64_t dvs_acl_classify(const struct dvs_acl *acl, enum dvs_acl_direction direction, bool is_v6,
			  const struct dvs_acl_key *const *keys, unsigned int n)
{
	const struct rte_acl_ctx *trie = acl->tries[trie_of(direction, is_v6)];
	uint32_t said[KEYS_MAX] = {0};
	uint64_t denied = 0;

	if (trie != NULL)
		rte_acl_classify(trie, (const uint8_t **)(uintptr_t)keys, said, n, 1);
	for (unsigned int k = 0; k < n; k++)
		denied |= (uint64_t)(acl->denied >> said[k] & 1) << k;
	return denied;
}
