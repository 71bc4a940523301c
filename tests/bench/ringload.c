/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Closed-loop load over any number of vhost-user ports: neighbours (0 and 1, 2 and 3, ...) send to
 * each other, and each direction keeps a fixed number of frames under way.
 *
 *	ringload --cpu 0 --macs 1000 --counters FILE a.sock b.sock
 *
 * Each port sends from its own addresses in turn (02:PP:PP:MM:MM:MM: port and number) to those of
 * its neighbour. Frames that arrive elsewhere, as a switch floods what it does not know, are
 * counted and thrown away. FILE has the counters, which tools/bench reads while this runs. Ends by
 * a signal.
 */
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "frontend.h"

#define RAMP_NS	      200000000 /* one frame under way each way, until addresses are known */
#define LOST_NS	      200000000 /* a direction in which nothing came for so long has lost frames */
#define PASSES	      256	/* between two looks at the clock */
#define TCP_HEADERS   (14 + 20 + 32)
#define SEGMENT_BYTES 1448

/* What others read in the file. */
struct counters {
	uint64_t frames, bytes; /* received by whom they were meant for */
	uint64_t polls;		/* of a port's receive queue */
	uint64_t found;		/* buffers that these polls found */
	uint64_t foreign;	/* frames for somebody else */
	uint64_t lost;
};

/* From a port to its neighbour. */
struct direction {
	uint32_t under_way;
	uint32_t next;		 /* number of the address that sends next */
	uint64_t received, seen; /* frames; at the last look */
	uint64_t seen_ns;
};

struct load {
	struct frontend *frontend;
	struct counters *counters;
	uint32_t window, macs; /* of a port */
	struct direction from[FRONTEND_PORTS_MAX];
	unsigned int skip[FRONTEND_PORTS_MAX]; /* buffers left of the frame that began last */
	bool is_mine[FRONTEND_PORTS_MAX];      /* that frame */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- frames ---- */

static void set_mac(uint8_t *mac, unsigned int port, uint32_t number)
{
	uint64_t value = __builtin_bswap64(UINT64_C(0x02) << 56 | (uint64_t)port << 40 |
					   (uint64_t)number << 16);

	memcpy(mac, &value, 6);
}

static uint16_t sum16(const uint8_t *data, unsigned int n, uint32_t sum)
{
	for (unsigned int i = 0; i < n; i += 2)
		sum += (uint32_t)(data[i] << 8 | data[i + 1]);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* UDP, or TCP to be cut in segments; written into every buffer once. */
static void write_template(struct virtio_net_hdr_v1 *header, uint32_t size, bool is_tso)
{
	uint8_t *frame = (uint8_t *)(header + 1), *ip = frame + 14, *l4 = ip + 20;
	unsigned int length = size - 34;

	memset(header, 0, FRONTEND_HEADER + size);
	put16(frame + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, size - 14);
	ip[8] = 64;
	ip[9] = is_tso ? IPPROTO_TCP : IPPROTO_UDP;
	memcpy(ip + 12, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
	put16(ip + 10, (uint16_t)~sum16(ip, 20, 0));
	put16(l4, 1024);
	put16(l4 + 2, 1025);
	if (!is_tso) {
		put16(l4 + 4, length);
		return;
	}
	l4[12] = 8 << 4;
	l4[13] = 0x10; /* ACK */
	put16(l4 + 14, 65535);
	put16(l4 + 16, sum16(ip + 12, 8, IPPROTO_TCP + length));
	header->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	header->gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	header->hdr_len = TCP_HEADERS;
	header->gso_size = SEGMENT_BYTES;
	header->csum_start = 34;
	header->csum_offset = 16;
}

static void write_templates(struct frontend *frontend)
{
	for (unsigned int i = 0; i < frontend->n_ports; i++)
		for (unsigned int b = 0; b < frontend->config.window; b++) {
			struct frontend_queue *queue = &frontend->ports[i].tx;
			uint8_t *buffer = queue->buffers + (uint64_t)b * queue->stride;

			write_template((void *)(buffer + FRONTEND_HEADROOM - FRONTEND_HEADER),
				       frontend->config.frame, frontend->config.has_tso);
		}
}

/* ---- loop ---- */

static void send_frames(struct load *load, unsigned int from)
{
	struct frontend_port *port = &load->frontend->ports[from];
	struct direction *direction = &load->from[from];
	unsigned int n = load->window - direction->under_way, room;

	if (direction->under_way >= load->window)
		return;
	room = frontend_reclaim(load->frontend, port);
	n = n < room ? n : room;
	n = n < FRONTEND_BURST ? n : FRONTEND_BURST;
	if (n == 0)
		return;
	for (unsigned int i = 0; i < n; i++) {
		struct virtio_net_hdr_v1 *header = frontend_next(load->frontend, port);
		uint8_t *frame = (uint8_t *)(header + 1);

		header->num_buffers = 0;
		set_mac(frame, from ^ 1, direction->next);
		set_mac(frame + 6, from, direction->next);
		direction->next = direction->next + 1 == load->macs ? 0 : direction->next + 1;
	}
	frontend_send(port);
	direction->under_way += n;
}

/* Frames for this port among the buffers; others are counted. */
static unsigned int count_frames(struct load *load, unsigned int to,
				 const struct frontend_frame *frames, unsigned int n)
{
	unsigned int mine = 0;
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < n; i++) {
		const uint8_t *frame = (const uint8_t *)(frames[i].header + 1);

		if (load->skip[to] == 0) {
			load->skip[to] = frames[i].header->num_buffers;
			load->is_mine[to] = (unsigned int)(frame[1] << 8 | frame[2]) == to;
			mine += load->is_mine[to];
			load->counters->foreign += !load->is_mine[to];
			bytes -= load->is_mine[to] ? FRONTEND_HEADER : 0;
		}
		load->skip[to] -= load->skip[to] != 0;
		bytes += load->is_mine[to] ? frames[i].length : 0;
	}
	load->counters->bytes += bytes;
	load->counters->frames += mine;
	return mine;
}

static void poll_port(struct load *load, unsigned int to)
{
	struct frontend_port *port = &load->frontend->ports[to];
	struct direction *direction = &load->from[to ^ 1];
	struct frontend_frame frames[FRONTEND_BURST];
	unsigned int n = frontend_receive(port, frames, FRONTEND_BURST);
	unsigned int mine = count_frames(load, to, frames, n);

	load->counters->polls++;
	load->counters->found += n;
	frontend_refill(load->frontend, port, frames, n);
	direction->received += mine;
	direction->under_way -= mine < direction->under_way ? mine : direction->under_way;
	send_frames(load, to ^ 1);
}

/* Frames that do not come back are replaced, so that a loss does not end the load. */
static void replace_lost(struct load *load, uint64_t now)
{
	for (unsigned int i = 0; i < load->frontend->n_ports; i++) {
		struct direction *direction = &load->from[i];

		if (direction->received != direction->seen || direction->under_way == 0) {
			direction->seen = direction->received;
			direction->seen_ns = now;
		} else if (now - direction->seen_ns > LOST_NS) {
			load->counters->lost += direction->under_way;
			direction->under_way = 0;
			direction->seen_ns = now;
		}
	}
}

static void run(struct load *load)
{
	uint64_t start = now_ns();
	uint32_t window = load->window;

	load->window = 1;
	for (unsigned int i = 0; i < load->frontend->n_ports; i++)
		load->from[i].seen_ns = start;
	for (;;) {
		uint64_t now = now_ns();

		if (now - start > RAMP_NS)
			load->window = window;
		replace_lost(load, now);
		for (unsigned int pass = 0; pass < PASSES; pass++)
			for (unsigned int i = 0; i < load->frontend->n_ports; i++)
				poll_port(load, i);
	}
}

/* ---- command line ---- */

static struct counters *map_counters(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *memory;

	if (fd < 0 || ftruncate(fd, sizeof(struct counters)) < 0)
		err(1, "%s", path);
	memory = mmap(NULL, sizeof(struct counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	return memory;
}

static void pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		err(1, "CPU %u", cpu);
}

static uint32_t number(const char *name, const char *text, unsigned long min, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value < min || value > max)
		errx(2, "--%s: \"%s\" is not a number from %lu to %lu", name, text, min, max);
	return (uint32_t)value;
}

static void usage(void)
{
	puts("Usage: ringload --counters FILE [OPTION]... SOCKET SOCKET...\n"
	     "  --counters FILE  where the counters are\n"
	     "  --cpu N          CPU to run on (0)\n"
	     "  --ring N         entries of each ring, a power of two (1024)\n"
	     "  --size BYTES     of each frame, without checksum (64)\n"
	     "  --buffer BYTES   of a buffer to receive into (2048)\n"
	     "  --macs N         addresses of each port (1)\n"
	     "  --window N       frames under way each way (a quarter of the ring)\n"
	     "  --listen         the device connects to the sockets\n"
	     "  --tso            TCP to be segmented; frames may have up to 65549 bytes");
}

struct options {
	struct frontend_config config;
	uint32_t cpu, macs;
	const char *counters;
};

static void parse(int argc, char **argv, struct options *o)
{
	static const struct option long_options[] = {{"counters", required_argument, NULL, 'c'},
						     {"cpu", required_argument, NULL, 'p'},
						     {"ring", required_argument, NULL, 'r'},
						     {"size", required_argument, NULL, 's'},
						     {"buffer", required_argument, NULL, 'b'},
						     {"macs", required_argument, NULL, 'm'},
						     {"window", required_argument, NULL, 'w'},
						     {"tso", no_argument, NULL, 't'},
						     {"listen", no_argument, NULL, 'l'},
						     {"help", no_argument, NULL, 'h'},
						     {NULL, 0, NULL, 0}};
	int id;

	while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (id == 'c')
			o->counters = optarg;
		else if (id == 'p')
			o->cpu = number("cpu", optarg, 0, CPU_SETSIZE - 1);
		else if (id == 'r')
			o->config.ring = (uint16_t)number("ring", optarg, 8, 32768);
		else if (id == 's')
			o->config.frame = number("size", optarg, 60, FRONTEND_FRAME_MAX - 1);
		else if (id == 'b')
			o->config.buffer = number("buffer", optarg, 256, 65536);
		else if (id == 'm')
			o->macs = number("macs", optarg, 1, 1u << 24);
		else if (id == 'w')
			o->config.window = (uint16_t)number("window", optarg, 1, 32768);
		else if (id == 't')
			o->config.has_tso = true;
		else if (id == 'l')
			o->config.listens = true;
		else {
			usage();
			exit(id == 'h' ? 0 : 2);
		}
	}
	if (o->config.window == 0)
		o->config.window = o->config.ring / 4;
	if ((o->config.ring & (o->config.ring - 1)) != 0)
		errx(2, "--ring: %u is no power of two", o->config.ring);
	if (o->config.has_tso && o->config.frame < TCP_HEADERS + SEGMENT_BYTES)
		errx(2, "--tso: frames of %u bytes need no segmentation", o->config.frame);
}

int main(int argc, char **argv)
{
	static struct load load;
	struct options o = {.config = {.ring = 1024, .buffer = 2048, .frame = 64}, .macs = 1};
	unsigned int n;

	parse(argc, argv, &o);
	n = (unsigned int)(argc - optind);
	if (o.counters == NULL || n < 2 || n % 2 != 0 || n > FRONTEND_PORTS_MAX) {
		usage();
		return 2;
	}
	pin(o.cpu);
	load.counters = map_counters(o.counters);
	load.window = o.config.window;
	load.macs = o.macs;
	load.frontend = frontend_create(&o.config, argv + optind, n);
	write_templates(load.frontend);
	run(&load);
}
