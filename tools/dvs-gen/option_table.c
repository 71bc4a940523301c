/* SPDX-License-Identifier: BSD-3-Clause */
#include "option_table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mac.h"

#define ALL	  (DVS_GEN_RUN | DVS_GEN_SEARCH | DVS_GEN_REPLAY)
#define LOAD	  (DVS_GEN_RUN | DVS_GEN_SEARCH)
#define RUN	  (DVS_GEN_RUN | DVS_GEN_REPLAY)
#define SEARCH	  DVS_GEN_SEARCH
#define REPLAY	  DVS_GEN_REPLAY

#define LEN(a)	  (sizeof(a) / sizeof((a)[0]))
#define MEMBER(m) offsetof(struct dvs_gen_options, m)
#define FLAG(name, modes, m, help)                                                                 \
	{                                                                                          \
		name, NULL, DVS_OPTION_FLAG, modes, MEMBER(m), 0, 0, NULL, NULL, help              \
	}
#define COUNT(name, modes, m, min, max, help)                                                      \
	{                                                                                          \
		name, "N",                                                                         \
			sizeof(((struct dvs_gen_options *)0)->m) == 8 ? DVS_OPTION_COUNT64         \
								      : DVS_OPTION_COUNT32,        \
			modes, MEMBER(m), min, max, NULL, NULL, help                               \
	}
#define SECONDS(name, modes, m, min, max, help)                                                    \
	{                                                                                          \
		name, "TIME", DVS_OPTION_SECONDS, modes, MEMBER(m), min, max, NULL, NULL, help     \
	}
#define RATE(name, modes, m, help)                                                                 \
	{                                                                                          \
		name, "RATE", DVS_OPTION_RATE, modes, MEMBER(m), 0, 0, NULL, NULL, help            \
	}
#define CHOICE(name, modes, m, words, help)                                                        \
	{                                                                                          \
		name, words, DVS_OPTION_CHOICE, modes, MEMBER(m), 0, 0, words, NULL, help          \
	}
#define SPECIAL(name, argument, modes, set, help)                                                  \
	{                                                                                          \
		name, argument, DVS_OPTION_SPECIAL, modes, 0, 0, 0, NULL, set, help                \
	}

/* ---- options that need more than a number ---- */

static int set_port(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	struct dvs_port_spec *grown;
	int rc;

	if (o->n_ports == DVS_GEN_PORTS_MAX)
		return dvs_error_set(err, -EINVAL, NULL, NULL, "more than %u ports",
				     DVS_GEN_PORTS_MAX);
	grown = reallocarray(o->ports, o->n_ports + 1, sizeof(o->ports[0]));
	if (grown == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	o->ports = grown;
	rc = dvs_port_spec_parse(text, o->n_ports, &o->ports[o->n_ports], err);
	if (rc == 0)
		o->n_ports++;
	return rc;
}

static int set_size(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	return dvs_sizes_parse(text, &o->sizes, err);
}

static int set_ip(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	if (strcmp(text, "4") != 0 && strcmp(text, "6") != 0)
		return dvs_error_set(err, -EINVAL, NULL, NULL, "\"%s\" is neither 4 nor 6", text);
	o->frame.is_ipv6 = text[0] == '6';
	return 0;
}

static int set_l4(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	if (strcmp(text, "udp") != 0 && strcmp(text, "tcp") != 0)
		return dvs_error_set(err, -EINVAL, NULL, NULL, "\"%s\" is neither udp nor tcp",
				     text);
	o->frame.is_tcp = text[0] == 't';
	return 0;
}

static int set_vlan(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	const char *colon = strchr(text, ':');
	uint64_t vlan, priority = 0;
	char id[16];
	int rc;

	if (colon != NULL) {
		rc = dvs_units_parse_count(colon + 1, 0, 7, &priority, err);
		if (rc < 0)
			return rc;
	}
	if (colon != NULL && (size_t)(colon - text) < sizeof(id)) {
		memcpy(id, text, (size_t)(colon - text));
		id[colon - text] = '\0';
		text = id;
	}
	rc = dvs_units_parse_count(text, 1, 4094, &vlan, err);
	if (rc < 0)
		return rc;
	o->frame.vlan = (uint16_t)vlan;
	o->frame.priority = (uint8_t)priority;
	return 0;
}

static int set_tso(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	uint64_t bytes;
	int rc = dvs_units_parse_count(text, 64, 9000, &bytes, err);

	if (rc == 0)
		o->frame.segment = (uint16_t)bytes;
	return rc;
}

static int set_checksum(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	if (strcmp(text, "auto") != 0 && strcmp(text, "offload") != 0)
		return dvs_error_set(err, -EINVAL, NULL, NULL, "\"%s\" is neither auto nor offload",
				     text);
	o->frame.checksum = text[0] == 'o' ? DVS_CHECKSUM_OFFLOAD : DVS_CHECKSUM_AUTO;
	return 0;
}

static int set_spread(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	const char *exponent = "1";
	char *end;

	if (strcmp(text, "sequence") == 0) {
		o->spread = DVS_SPREAD_SEQUENCE;
		return 0;
	}
	if (strcmp(text, "uniform") == 0) {
		o->spread = DVS_SPREAD_UNIFORM;
		return 0;
	}
	if (strncmp(text, "zipf", 4) == 0 && (text[4] == '\0' || text[4] == ':')) {
		if (text[4] == ':')
			exponent = text + 5;
		o->exponent = strtod(exponent, &end);
		o->spread = DVS_SPREAD_ZIPF;
		if (exponent[0] >= '0' && exponent[0] <= '9' && *end == '\0' && o->exponent > 0 &&
		    o->exponent <= 10)
			return 0;
	}
	return dvs_error_set(err, -EINVAL, NULL, NULL,
			     "\"%s\" is not sequence, uniform, zipf or zipf:S with S up to 10",
			     text);
}

static int set_loss(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	char copy[256], *save = NULL;

	if (strlen(text) >= sizeof(copy))
		return dvs_error_set(err, -EINVAL, NULL, NULL, "too long");
	strcpy(copy, text);
	o->n_losses = 0;
	for (char *word = strtok_r(copy, ",", &save); word != NULL;
	     word = strtok_r(NULL, ",", &save)) {
		int rc;

		if (o->n_losses == DVS_GEN_LOSSES_MAX)
			return dvs_error_set(err, -EINVAL, NULL, NULL, "more than %u fractions",
					     DVS_GEN_LOSSES_MAX);
		rc = dvs_units_parse_ratio(word, &o->losses[o->n_losses++], err);
		if (rc < 0)
			return rc;
	}
	if (o->n_losses == 0)
		return dvs_error_set(err, -EINVAL, NULL, NULL, "no fraction is given");
	return 0;
}

static int set_resolution(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	double value;
	int rc = dvs_units_parse_ratio(text, &value, err);

	if (rc < 0)
		return rc;
	if (value < 1e-4 || value > 0.5)
		return dvs_error_set(err, -EINVAL, NULL, NULL, "%s is not between 0.01%% and 50%%",
				     text);
	o->resolution = value;
	return 0;
}

static int set_speed(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	char *end;
	double value = strtod(text, &end);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || !(value >= 1e-3) || value > 1e6)
		return dvs_error_set(err, -EINVAL, NULL, NULL,
				     "\"%s\" is not a factor from 0.001 to 1000000", text);
	o->speed = value;
	return 0;
}

static int set_log_level(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	if (dvs_log_parse_level(text, &o->log_level) < 0)
		return dvs_error_set(err, -EINVAL, NULL, NULL,
				     "\"%s\" is not one of error, warning, notice, info, debug",
				     text);
	return 0;
}

static int set_no_learning(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	(void)text;
	(void)err;
	o->is_learning = false;
	return 0;
}

static int set_learn_rate(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	struct dvs_rate rate;
	int rc = dvs_units_parse_rate(text, &rate, err);

	if (rc == 0 && rate.kind != DVS_RATE_PPS)
		rc = dvs_error_set(err, -EINVAL, NULL, NULL, "\"%s\" is not in frames a second",
				   text);
	if (rc == 0)
		o->learn_pps = rate.value;
	return rc;
}

/* VNI/SOURCE-IP/DESTINATION-IP/DESTINATION-MAC */
static int set_vxlan(struct dvs_gen_options *o, const char *text, struct dvs_error *err)
{
	char vni[16], source[40], destination[40], mac[40];
	struct in_addr from, to;
	uint64_t number;
	int rc;

	if (sscanf(text, "%15[^/]/%39[^/]/%39[^/]/%39s", vni, source, destination, mac) != 4 ||
	    inet_pton(AF_INET, source, &from) != 1 || inet_pton(AF_INET, destination, &to) != 1 ||
	    dvs_mac_parse(mac, o->frame.outer_destination.mac) < 0)
		return dvs_error_set(err, -EINVAL, NULL, NULL,
				     "\"%s\" is not VNI/SOURCE-IP/DESTINATION-IP/DESTINATION-MAC",
				     text);
	rc = dvs_units_parse_count(vni, 0, (1u << 24) - 1, &number, err);
	if (rc < 0)
		return rc;
	o->frame.outer_source.ipv4 = ntohl(from.s_addr);
	o->frame.outer_destination.ipv4 = ntohl(to.s_addr);
	o->frame.vni = (uint32_t)number;
	o->frame.has_vxlan = true;
	return 0;
}

/* ---- the tables ---- */

static const struct dvs_option_row port_rows[] = {
	SPECIAL("port", "SPEC", ALL, set_port,
		"a port; give it once for each. SPEC is one of\n"
		"virtio-user:SOCKET, tap:NAME, af-packet:NAME,\n"
		"pci:ADDRESS, vdev:DRIVER, with [,KEY=VALUE]...:\n"
		"mac=, ip=, vlan=, queues=, others go to the driver\n"
		"(server=1, packed_vq=1, mrg_rxbuf=0, queue_size=)"),
	CHOICE("pattern", ALL, pattern, "pairs|ring|self",
	       "who sends to whom: ports 0 and 1, 2 and 3, ... to\n"
	       "each other; each to the next; each to itself [pairs]"),
	FLAG("one-way", ALL, is_one_way, "only the first port of each pair sends"),
	COUNT("descriptors", ALL, n_descriptors, 64, 32768, "entries of each ring [1024]"),
	{"line", "SPEED", DVS_OPTION_BPS, ALL, MEMBER(line_bps), 0, 0, NULL, NULL,
	 "line rate of a port for rates in %, as 25G [the device's]"},
};

static const struct dvs_option_row load_rows[] = {
	RATE("rate", RUN, rate,
	     "of each sending port: 1Mpps, 10Gbps, 50% or max [1Mpps];\n"
	     "replay: a fixed rate instead of the file's times"),
	COUNT("window", DVS_GEN_RUN, window, 1, 1u << 20,
	      "closed loop instead of a rate: N frames in flight of\n"
	      "each sending queue"),
	FLAG("forward", DVS_GEN_RUN, is_forwarding,
	     "with --window: send received frames back untouched, as\n"
	     "testpmd's io mode does; measures the peak rate"),
	SECONDS("time", LOAD, seconds, 0.01, 864000,
		"how long to send; of search: each trial [10]"),
	COUNT("count", DVS_GEN_RUN, count, 1, 1e15,
	      "send N frames from each queue, however long it takes"),
	SECONDS("warmup", LOAD, warmup, 0, 3600, "send so long before counting begins [0]"),
	SECONDS("drain", ALL, drain, 0, 60, "wait at most so long for frames under way [200ms]"),
	SECONDS("max-lag", ALL, max_lag, 1e-5, 3600,
		"give a frame up that could not be sent so long after its\n"
		"time; it counts as unsent [10ms]"),
};

static const struct dvs_option_row frame_rows[] = {
	SPECIAL("size", "LIST", LOAD, set_size,
		"lengths with FCS: 64, or 64,512,1518 in turn, or\n"
		"64x7,594x4,1518x1 by weight, or imix, which is that [64]"),
	SPECIAL("ip", "4|6", LOAD, set_ip, "[4]"),
	SPECIAL("l4", "udp|tcp", LOAD, set_l4, "[udp]"),
	SPECIAL("vlan", "ID[:PRIORITY]", LOAD, set_vlan, "an 802.1Q tag [none]"),
	SPECIAL("vxlan", "VNI/SRC/DST/MAC", LOAD, set_vxlan,
		"encapsulate: outer IPv4 addresses, MAC of the next hop"),
	SPECIAL("checksum", "auto|offload", LOAD, set_checksum,
		"L4 checksums: right, but none of UDP over IPv4; or left\n"
		"to the device [auto]"),
	SPECIAL("tso", "BYTES", LOAD, set_tso,
		"TCP frames of --size, that the device cuts into segments\n"
		"of so many bytes of payload"),
	COUNT("macs", LOAD, macs, 1, DVS_FLOWS_MAX, "MAC and IP addresses of each port [1]"),
	COUNT("flows", LOAD, flows, 1, DVS_FLOWS_MAX,
	      "flows of each port, at least one a MAC [as MACs]"),
	SPECIAL("spread", "HOW", LOAD, set_spread,
		"order of flows: sequence, uniform, zipf or zipf:S [sequence]"),
	COUNT("seed", LOAD, seed, 0, 1e15, "of random draws [1]"),
	FLAG("touch", LOAD, is_touching, "write every byte of a payload, and check it on arrival"),
};

static const struct dvs_option_row before_rows[] = {
	SECONDS("wait", LOAD, wait, 0, 3600,
		"wait at most so long until frames get through; 0 = start\n"
		"at once [5s]"),
	{"no-learning", NULL, DVS_OPTION_SPECIAL, LOAD, 0, 0, 0, NULL, set_no_learning,
	 "do not send a frame from each MAC before the load"},
	{"learn-rate", "RATE", DVS_OPTION_SPECIAL, LOAD, 0, 0, 0, NULL, set_learn_rate,
	 "of each port [100kpps]"},
	SECONDS("settle", LOAD, settle, 0, 3600, "between learning and load [100ms]"),
};

static const struct dvs_option_row verdict_rows[] = {
	SPECIAL("loss", "LIST", ALL, set_loss,
		"search: tolerated fractions, one search each [0]; else:\n"
		"exit with 3 when more is lost or unsent"),
	RATE("min-rate", SEARCH, rate_min, "give up below [1% of the upper bound]"),
	RATE("max-rate", SEARCH, rate_max, "upper bound [measured by sending as fast as possible]"),
	SPECIAL("resolution", "FRACTION", SEARCH, set_resolution, "end of the search [1%]"),
	COUNT("retries", SEARCH, retries, 0, 10, "repeat a failed trial so often [0]"),
	SECONDS("confirm", SEARCH, confirm, 0, 86400,
		"a last, longer trial at the rate found; on failure the\n"
		"search goes on below it"),
};

static const struct dvs_option_row replay_rows[] = {
	SPECIAL("speed", "FACTOR", REPLAY, set_speed, "of the file's times [1]"),
	COUNT("loops", REPLAY, loops, 1, 1e12, "send the file so often [1]"),
};

static const struct dvs_option_row other_rows[] = {
	{"cpus", "LIST", DVS_OPTION_TEXT, ALL, MEMBER(cpus), 0, 0, NULL, NULL,
	 "CPUs of polling threads, as 2,4-6; pairs of ports are\n"
	 "dealt out among them [the lowest CPU]"},
	FLAG("split", ALL, is_split, "the first half of the CPUs sends, the other receives"),
	CHOICE("memory", ALL, memory, "auto|hugepages|ordinary", "[auto]"),
	FLAG("json", ALL, is_json, "one JSON object a line; the last is the result"),
	SECONDS("interval", ALL, interval, 0, 3600, "between live lines; 0 = none [1]"),
	SPECIAL("log-level", "LEVEL", ALL, set_log_level,
		"error, warning, notice, info or debug [error]"),
};

#define GROUP(title, rows)                                                                         \
	{                                                                                          \
		title, rows, LEN(rows)                                                             \
	}

const struct dvs_option_group dvs_option_groups[] = {
	GROUP("Ports", port_rows),
	GROUP("Load", load_rows),
	GROUP("Frames", frame_rows),
	GROUP("Before the load", before_rows),
	GROUP("Verdict and search", verdict_rows),
	GROUP("Replay", replay_rows),
	GROUP("Machine and output", other_rows),
};
const unsigned int dvs_option_n_groups = LEN(dvs_option_groups);

/* ---- access ---- */

const struct dvs_option_row *dvs_option_find(const char *name, size_t length)
{
	for (unsigned int g = 0; g < dvs_option_n_groups; g++)
		for (unsigned int i = 0; i < dvs_option_groups[g].n; i++) {
			const struct dvs_option_row *row = &dvs_option_groups[g].rows[i];

			if (strlen(row->name) == length && strncmp(row->name, name, length) == 0)
				return row;
		}
	return NULL;
}

static int set_choice(const struct dvs_option_row *row, int *member, const char *text,
		      struct dvs_error *err)
{
	size_t length = strlen(text);
	const char *word = row->words;

	for (int i = 0; word != NULL; i++) {
		const char *end = strchrnul(word, '|');

		if (length > 0 && (size_t)(end - word) == length &&
		    strncmp(word, text, length) == 0) {
			*member = i;
			return 0;
		}
		word = *end == '|' ? end + 1 : NULL;
	}
	return dvs_error_set(err, -EINVAL, NULL, NULL, "\"%s\" is not one of %s", text, row->words);
}

static int set_count(const struct dvs_option_row *row, void *member, const char *text,
		     struct dvs_error *err)
{
	uint64_t value;
	int rc = dvs_units_parse_count(text, (uint64_t)row->min, (uint64_t)row->max, &value, err);

	if (rc < 0)
		return rc;
	if (row->kind == DVS_OPTION_COUNT64)
		*(uint64_t *)member = value;
	else
		*(uint32_t *)member = (uint32_t)value;
	return 0;
}

int dvs_option_set(const struct dvs_option_row *row, struct dvs_gen_options *options,
		   const char *text, struct dvs_error *err)
{
	void *member = (uint8_t *)options + row->offset;

	switch (row->kind) {
	case DVS_OPTION_FLAG:
		*(bool *)member = true;
		return 0;
	case DVS_OPTION_COUNT32:
	case DVS_OPTION_COUNT64:
		return set_count(row, member, text, err);
	case DVS_OPTION_SECONDS:
		return dvs_units_parse_seconds(text, row->min, row->max, member, err);
	case DVS_OPTION_RATE:
		return dvs_units_parse_rate(text, member, err);
	case DVS_OPTION_BPS:
		return dvs_units_parse_bps(text, member, err);
	case DVS_OPTION_TEXT:
		*(const char **)member = text;
		return 0;
	case DVS_OPTION_CHOICE:
		return set_choice(row, member, text, err);
	case DVS_OPTION_SPECIAL:
		return row->set(options, text, err);
	}
	return -EINVAL;
}
