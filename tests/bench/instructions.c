/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sends frames through a real switch, so that callgrind can count the instructions:
 *
 *	instructions CASE
 *
 * Only sweep() is to be counted (--toggle-collect=sweep). Prints the frames that went through it.
 * What runs is the same on every machine: no clock, no other thread, no timing.
 * tests/bench/check_instructions runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/eal.h"
#include "bench_port.h"
#include "switch.h"
#include "switch_private.h"

#define SWEEPS	64
#define BUFFERS 8191

struct shape {
	const char *name;
	const struct bench_port *kind;
	unsigned int ports; /* that send to their neighbours */
	unsigned int macs;  /* of each port, in turn */
	uint32_t length;    /* of a frame; 0: 64 */
	bool is_broadcast;  /* the first port only, to all */
	bool is_scattered;  /* each frame of a batch to another port */
	bool is_ip;	    /* frames are IPv4 packets */
	const char *policy; /* FIELD=VALUE words for each port; its MAC is set then, too */
};

#define SOURCE_GUARDS "forged_transmit=enforce mac_change=enforce"
#define STORM_GUARDS                                                                               \
	"storm_broadcast=1000pps storm_multicast=1000pps storm_unknown=1000pps storm_mode=enforce"
#define LINK_GUARDS "bpdu_filter=enforce lldp_filter=enforce"
#define CLASSES	    "trust=dscp mark_dscp=0:10"
#define MARKER	    "marker_rate=10Mbps marker_peak=100Gbps marker=trtcm"
#define MAC_LIMITS  "mac_limit=8 mac_limit_action=drop mac_sticky=true"

static const struct shape shapes[] = {
	{.name = "unicast", .kind = &bench_thin, .ports = 2, .macs = 1},
	{.name = "macs", .kind = &bench_thin, .ports = 2, .macs = 5000},
	{.name = "scatter", .kind = &bench_thin, .ports = 64, .macs = 1, .is_scattered = true},
	{.name = "broadcast", .kind = &bench_thin, .ports = 8, .macs = 1, .is_broadcast = true},
	{.name = "idle", .kind = &bench_thin, .ports = 256},
	{.name = "split", .kind = &bench_split, .ports = 2, .macs = 1},
	{.name = "split-1500", .kind = &bench_split, .ports = 2, .macs = 1, .length = 1500},
	{.name = "split-scatter",
	 .kind = &bench_split,
	 .ports = 64,
	 .macs = 1,
	 .is_scattered = true},
	{.name = "packed", .kind = &bench_packed, .ports = 2, .macs = 1},
	{.name = "guard-mac", .kind = &bench_thin, .ports = 2, .macs = 1, .policy = SOURCE_GUARDS},
	{.name = "guard-storm", .kind = &bench_thin, .ports = 2, .macs = 1, .policy = STORM_GUARDS},
	{.name = "guards",
	 .kind = &bench_thin,
	 .ports = 2,
	 .macs = 1,
	 .policy = SOURCE_GUARDS " " STORM_GUARDS " " LINK_GUARDS " " MAC_LIMITS},
	{.name = "classes",
	 .kind = &bench_thin,
	 .ports = 2,
	 .macs = 1,
	 .is_ip = true,
	 .policy = CLASSES},
	{.name = "marker",
	 .kind = &bench_thin,
	 .ports = 2,
	 .macs = 1,
	 .is_ip = true,
	 .policy = CLASSES " " MARKER},
};

struct run {
	const struct shape *shape;
	struct dvs_switch *sw;
	struct dvs_clock clock;
	struct dvs_portdev *devs[DVS_PORTS_MAX];
};

/* Not inlined, so that it is there to be named. */
__attribute__((noinline)) void sweep(struct dvs_worker *worker);
void sweep(struct dvs_worker *worker)
{
	dvs_worker_sweep(worker);
}

static void must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "instructions: %s\n", what);
	exit(1);
}

/* ---- switch and ports ---- */

static void put(struct run *run, const struct dvs_type *type, const void *object)
{
	struct dvs_change change = {DVS_CHANGE_PUT, type, object};
	struct dvs_error err;
	char text[512];

	if (dvs_switch_apply(run->sw, &change, 1, NULL, &err) < 0)
		must(false, dvs_error_print(&err, text, sizeof(text)));
}

/* 02:00:00:MM:MM:PP: the m-th address behind port p. */
static void set_mac(uint8_t *mac, unsigned int port, unsigned int m)
{
	memset(mac, 0, DVS_MAC_LEN);
	mac[0] = 0x02;
	mac[3] = (uint8_t)(m >> 8);
	mac[4] = (uint8_t)m;
	mac[5] = (uint8_t)port;
}

static void set_policy(struct dvs_port *port, const char *policy, unsigned int number)
{
	char words[512], *rest = words, *word;

	snprintf(words, sizeof(words), "%s", policy);
	set_mac(port->mac, number, 0);
	while ((word = strsep(&rest, " ")) != NULL) {
		char *value = strchr(word, '=');

		must(value != NULL, word);
		*value++ = '\0';
		must(dvs_type_field(&dvs_port_type, word) != NULL, word);
		must(dvs_field_parse(dvs_type_field(&dvs_port_type, word), value, port, NULL) == 0,
		     word);
	}
}

static void add_ports(struct run *run)
{
	for (unsigned int i = 0; i < run->shape->ports; i++) {
		struct dvs_port port;

		dvs_type_defaults(&dvs_port_type, &port);
		snprintf(port.name, sizeof(port.name), "p%u", i);
		snprintf(port.group, sizeof(port.group), "group");
		snprintf(port.segment, sizeof(port.segment), "lan");
		if (run->shape->policy != NULL)
			set_policy(&port, run->shape->policy, i);
		put(run, &dvs_port_type, &port);
		run->devs[i] = dvs_switch_portdev(run->sw, port.name);
		must(run->devs[i] != NULL, "a port is not there");
	}
}

static void create(struct run *run)
{
	struct dvs_switch_options options = {
		.clock = &run->clock,
		.n_workers = 1,
		.workers = {{.lcore = 1}},
		.buffers = BUFFERS,
		.memory = "ordinary pages",
		.vhost_dir = "/nowhere",
	};
	struct dvs_segment segment;
	struct dvs_error err;

	must(dvs_test_eal_init() == 0, "DPDK does not start");
	run->clock.now_ns = dvs_clock_warped_ns;
	run->clock.warped_ns = 1000000000;
	must(dvs_switch_create(&options, &run->sw, &err) == 0, "no switch");
	dvs_switch_register_kind(run->sw, DVS_PORT_VHOST_USER, run->shape->kind->ops);
	dvs_type_defaults(&dvs_segment_type, &segment);
	snprintf(segment.name, sizeof(segment.name), "lan");
	put(run, &dvs_segment_type, &segment);
	add_ports(run);
}

/* ---- frames ---- */

static void inject(struct run *run, unsigned int from, unsigned int to, unsigned int m)
{
	uint8_t frame[BENCH_HEADER] = {[12] = 0x88, 0xb5};

	if (run->shape->is_ip)
		memcpy(frame + 12, "\x08\0\x45\0\0\x32\0\0\0\0\x40\x11\x66\xb8", 14);
	set_mac(frame, to, m);
	if (to == DVS_PORTS_MAX)
		memset(frame, 0xff, DVS_MAC_LEN);
	set_mac(frame + DVS_MAC_LEN, from, m);
	must(run->shape->kind->push(run->devs[from], frame,
				    run->shape->length != 0 ? run->shape->length : BENCH_HEADER),
	     "a frame finds no room");
}

static unsigned int collect(struct run *run)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < run->shape->ports; i++)
		n += run->shape->kind->taken(run->devs[i]);
	return n;
}

/* Every port sends from its addresses, until all are learnt. */
static void teach(struct run *run)
{
	for (unsigned int m = 0; m < run->shape->macs; m++) {
		for (unsigned int port = 0; port < run->shape->ports; port++)
			inject(run, port, DVS_PORTS_MAX, m);
		dvs_worker_sweep(dvs_switch_worker(run->sw, 0));
		dvs_switch_poll(run->sw);
		collect(run);
	}
}

/* ---- cases ---- */

static unsigned int destination(const struct shape *shape, unsigned int from, unsigned int k)
{
	if (shape->is_broadcast)
		return DVS_PORTS_MAX;
	return shape->is_scattered ? (from + 1 + k % (shape->ports - 1)) % shape->ports : from ^ 1;
}

/* One port a sweep sends a burst. Returns the frames counted: for "idle", polls of a port. */
static unsigned int drive(struct run *run)
{
	const struct shape *shape = run->shape;
	unsigned int frames = 0, m = 0;

	if (shape->macs == 0) {
		for (unsigned int s = 0; s < SWEEPS; s++)
			sweep(dvs_switch_worker(run->sw, 0));
		return SWEEPS * shape->ports;
	}
	for (unsigned int s = 0; s < SWEEPS; s++) {
		unsigned int from = shape->is_broadcast ? 0 : s % shape->ports;
		unsigned int copies = shape->is_broadcast ? shape->ports - 1 : 1;

		for (unsigned int k = 0; k < DVS_BATCH_MAX; k++)
			inject(run, from, destination(shape, from, k), m++ % shape->macs);
		sweep(dvs_switch_worker(run->sw, 0));
		frames += DVS_BATCH_MAX;
		must(collect(run) == DVS_BATCH_MAX * copies, "frames are missing");
	}
	return frames;
}

int main(int argc, char **argv)
{
	static struct run run;

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (argc != 2) {
			printf("%s\n", shapes[i].name);
			continue;
		}
		if (strcmp(argv[1], shapes[i].name) != 0)
			continue;
		run.shape = &shapes[i];
		create(&run);
		teach(&run);
		printf("frames %u\n", drive(&run));
		return 0;
	}
	return argc == 1 ? 0 : 2;
}
