/* SPDX-License-Identifier: BSD-3-Clause */
/* Building the engine: pools, ports, streams, sinks, receivers, cores. */
#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_random.h>

#include "capture.h"
#include "worker.h"

#define POOL_CACHE    256u
#define POOL_OVERHEAD 384u /* struct rte_mbuf, header, headroom and alignment */
#define MEMORY_SLACK  (64ull << 20)
#define IPV4_FIRST    0x0a000000u /* 10.0.0.0 */

/* ---- sizes ---- */

static uint32_t largest_frame(const struct dvs_gen_options *o)
{
	return dvs_sizes_largest(&o->sizes) + (o->frame.has_vxlan ? DVS_VXLAN_OUTER_BYTES : 0);
}

double dvs_engine_mean_bytes(const struct dvs_gen_options *o)
{
	return dvs_sizes_mean(&o->sizes) + (o->frame.has_vxlan ? DVS_VXLAN_OUTER_BYTES : 0);
}

/* Buffers that all rings of a direction, the cores' caches and what is under way can hold. */
static uint32_t count_buffers(const struct dvs_gen_options *o, unsigned int n_cores,
			      uint32_t pieces)
{
	uint32_t n_queues = 0;

	for (unsigned int i = 0; i < o->n_ports; i++)
		n_queues += o->ports[i].n_queues;
	/* The main thread has a cache, too. */
	return (n_queues * (o->n_descriptors + 2 * DVS_GEN_BURST) +
		(n_cores + 1) * 2 * POOL_CACHE) *
	       pieces;
}

static uint32_t tx_pieces(const struct dvs_gen_options *o)
{
	uint32_t room = dvs_device_room(o);

	return (largest_frame(o) + room - 1) / room;
}

uint64_t dvs_engine_memory(const struct dvs_gen_options *o, unsigned int n_cores)
{
	uint64_t n = count_buffers(o, n_cores, tx_pieces(o)) + count_buffers(o, n_cores, 1);

	return n * (dvs_device_room(o) + POOL_OVERHEAD) * 11 / 10 + MEMORY_SLACK;
}

static void fill_pattern(struct rte_mempool *pool, void *context, void *object, unsigned int index)
{
	const struct dvs_engine *engine = context;
	struct rte_mbuf *m = object;
	uint8_t *data = (uint8_t *)m->buf_addr + RTE_PKTMBUF_HEADROOM;

	(void)pool;
	(void)index;
	for (uint32_t i = 0; i < engine->room; i++)
		data[i] = dvs_frame_pattern(i);
}

static int create_pools(struct dvs_engine *e, struct dvs_error *err)
{
	const struct dvs_gen_options *o = e->options;
	uint16_t bytes = (uint16_t)(e->room + RTE_PKTMBUF_HEADROOM);

	e->rx_pool = rte_pktmbuf_pool_create("dvs-gen-rx", count_buffers(o, e->n_cores, 1),
					     POOL_CACHE, 0, bytes, SOCKET_ID_ANY);
	e->tx_pool =
		rte_pktmbuf_pool_create("dvs-gen-tx", count_buffers(o, e->n_cores, tx_pieces(o)),
					POOL_CACHE, 0, bytes, SOCKET_ID_ANY);
	if (e->rx_pool == NULL || e->tx_pool == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, "memory", "no buffers: %s",
				     rte_strerror(rte_errno));
	rte_mempool_obj_iter(e->tx_pool, fill_pattern, e);
	return 0;
}

/* ---- ports ---- */

static unsigned int peer_of(const struct dvs_gen_options *o, unsigned int port)
{
	switch (o->pattern) {
	case DVS_PATTERN_PAIRS:
		return port ^ 1;
	case DVS_PATTERN_RING:
		return (port + 1) % o->n_ports;
	case DVS_PATTERN_SELF:
		break;
	}
	return port;
}

/* The next power of two above what a port needs, so that ports' addresses do not overlap. */
static uint32_t addresses_a_port(uint32_t macs)
{
	uint32_t n = 256;

	while (n < macs + 1)
		n *= 2;
	return n;
}

static void set_endpoint(const struct dvs_gen_options *o, unsigned int port,
			 struct dvs_endpoint *ret)
{
	const struct dvs_port_spec *spec = &o->ports[port];
	uint32_t ip = spec->has_ip ? spec->ip : IPV4_FIRST + port * addresses_a_port(o->macs) + 1;
	struct dvs_endpoint end = {
		.ipv4 = ip,
		.ipv6 = {0xfd, 0x00, 0x00, 0xd5, 0, 0, 0, 0, 0, 0, 0, (uint8_t)port, 0, 0, 0, 1},
	};

	memcpy(end.mac, spec->mac, sizeof(end.mac));
	*ret = end;
}

static int make_templates(struct dvs_engine *e, unsigned int port, struct dvs_error *err)
{
	const struct dvs_gen_options *o = e->options;
	struct dvs_gen_port *p = &e->ports[port];
	struct dvs_frame_options frame = o->frame;

	memcpy(frame.outer_source.mac, p->endpoint.mac, 6);
	if (o->ports[port].vlan != DVS_GEN_PORT_VLAN_NO)
		frame.vlan = o->ports[port].vlan;
	p->templates = calloc(o->sizes.n, sizeof(p->templates[0]));
	if (p->templates == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	for (unsigned int i = 0; i < o->sizes.n; i++) {
		int rc = dvs_frame_template_init(&p->templates[i], &frame, &p->endpoint,
						 &e->ports[p->peer].endpoint, o->sizes.bytes[i],
						 err);

		if (rc < 0)
			return rc;
	}
	frame.segment = 0;
	frame.checksum = DVS_CHECKSUM_AUTO;
	return dvs_frame_template_init(&p->probe, &frame, &p->endpoint, &e->ports[p->peer].endpoint,
				       dvs_frame_shortest(&frame), err);
}

static int open_ports(struct dvs_engine *e, struct dvs_error *err)
{
	const struct dvs_gen_options *o = e->options;
	int rc = 0;

	e->ports = calloc(o->n_ports, sizeof(e->ports[0]));
	if (e->ports == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	e->n_ports = o->n_ports;
	for (unsigned int i = 0; i < o->n_ports; i++) {
		e->ports[i].peer = peer_of(o, i);
		set_endpoint(o, i, &e->ports[i].endpoint);
	}
	for (unsigned int i = 0; i < o->n_ports && rc == 0; i++)
		rc = make_templates(e, i, err);
	for (unsigned int i = 0; i < o->n_ports && rc == 0; i++)
		rc = dvs_device_open(o, &o->ports[i], e->rx_pool, &e->ports[i].device, err);
	return rc;
}

/* ---- streams and receivers ---- */

static bool sends(const struct dvs_gen_options *o, unsigned int port)
{
	return !o->is_one_way || port % 2 == 0;
}

static void *allocate(size_t n, size_t size)
{
	void *memory = aligned_alloc(64, n * size);

	if (memory != NULL)
		memset(memory, 0, n * size);
	return memory;
}

static int make_streams(struct dvs_engine *e, struct dvs_error *err)
{
	const struct dvs_gen_options *o = e->options;
	unsigned int n_streams = 0, n_receivers = 0;

	for (unsigned int i = 0; i < e->n_ports; i++) {
		n_streams += sends(o, i) ? o->ports[i].n_queues : 0;
		n_receivers += o->ports[i].n_queues;
	}
	e->streams = allocate(n_streams, sizeof(e->streams[0]));
	e->sinks = allocate(n_streams, sizeof(e->sinks[0]));
	e->receivers = allocate(n_receivers, sizeof(e->receivers[0]));
	if (e->streams == NULL || e->sinks == NULL || e->receivers == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory for %u streams",
				     n_streams);
	for (unsigned int i = 0; i < e->n_ports; i++) {
		const struct dvs_gen_port *port = &e->ports[i];

		for (uint16_t q = 0; q < o->ports[i].n_queues; q++) {
			e->receivers[e->n_receivers++] =
				(struct dvs_receiver){.port_id = port->device.port_id, .queue = q};
			if (!sends(o, i))
				continue;
			e->sinks[e->n_streams].port_id = e->ports[port->peer].device.port_id;
			e->streams[e->n_streams] = (struct dvs_stream){
				.id = (uint16_t)e->n_streams,
				.port_id = port->device.port_id,
				.queue = q,
				.port = port,
				.sink = &e->sinks[e->n_streams],
				.pick_at = e->n_streams * 977u % e->flows.n,
			};
			e->n_streams++;
		}
	}
	return 0;
}

/* Which stream a queue's frames come from, when frames do not say it. */
static void bind_receivers(struct dvs_engine *e)
{
	for (unsigned int i = 0; i < e->n_receivers; i++)
		for (unsigned int k = 0; k < e->n_streams; k++) {
			struct dvs_receiver *r = &e->receivers[i];
			struct dvs_stream *s = &e->streams[k];

			if (s->sink->port_id == r->port_id &&
			    (s->queue == r->queue || r->forward == NULL))
				r->forward = s;
		}
}

/* ---- cores ---- */

static unsigned int index_of(const struct dvs_engine *e, uint16_t port_id)
{
	unsigned int i = 0;

	while (e->ports[i].device.port_id != port_id)
		i++;
	return i;
}

/* Both ports of a pair are in one group, and a group is on one core. */
static unsigned int group_of(const struct dvs_engine *e, uint16_t port_id)
{
	unsigned int i = index_of(e, port_id);

	return e->options->pattern == DVS_PATTERN_PAIRS ? i / 2 : i;
}

static int deal_out(struct dvs_engine *e, struct dvs_error *err)
{
	unsigned int n = e->options->is_split ? e->n_cores / 2 : e->n_cores;
	unsigned int receiving = e->options->is_split ? n : 0;

	for (unsigned int i = 0; i < e->n_cores; i++) {
		struct dvs_core *c = &e->cores[i];

		*c = (struct dvs_core){.engine = e, .lcore = i + 1};
		c->streams = calloc(e->n_streams, sizeof(c->streams[0]));
		c->receivers = calloc(e->n_receivers, sizeof(c->receivers[0]));
		if (c->streams == NULL || c->receivers == NULL)
			return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	}
	for (unsigned int i = 0; i < e->n_receivers; i++) {
		struct dvs_receiver *r = &e->receivers[i];
		struct dvs_core *c = &e->cores[receiving + group_of(e, r->port_id) % n];

		c->receivers[c->n_receivers++] = r;
	}
	for (unsigned int i = 0; i < e->n_streams; i++) {
		struct dvs_stream *s = &e->streams[i];
		/* When forwarding, who receives the frames sends them. */
		uint16_t port_id = e->options->is_forwarding ? s->sink->port_id : s->port_id;
		struct dvs_core *c = &e->cores[group_of(e, port_id) % n];

		c->streams[c->n_streams++] = s;
	}
	return 0;
}

/* ---- all of it ---- */

static int build(struct dvs_engine *e, struct dvs_error *err)
{
	const struct dvs_gen_options *o = e->options;
	const struct dvs_flows_options flows = {.macs = o->macs,
						.flows = o->flows,
						.spread = o->spread,
						.exponent = o->exponent,
						.seed = o->seed};
	int rc = dvs_flows_create(&flows, &e->flows);

	if (rc < 0)
		return dvs_error_set(err, rc, NULL, "flows", "%s", strerror(-rc));
	rc = create_pools(e, err);
	if (rc == 0)
		rc = open_ports(e, err);
	if (rc == 0)
		rc = make_streams(e, err);
	if (rc < 0)
		return rc;
	bind_receivers(e);
	e->cores = allocate(e->n_cores, sizeof(e->cores[0]));
	if (e->cores == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	return deal_out(e, err);
}

int dvs_engine_create(const struct dvs_gen_options *options, unsigned int n_cores,
		      const struct dvs_capture *capture, struct dvs_engine **ret_engine,
		      struct dvs_error *err)
{
	struct dvs_engine *engine = calloc(1, sizeof(*engine));
	int rc;

	if (engine == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	engine->options = options;
	engine->n_cores = n_cores;
	engine->capture = capture;
	engine->room = dvs_device_room(options);
	engine->run = (uint16_t)rte_rand();
	rc = build(engine, err);
	if (rc < 0) {
		dvs_engine_free(engine);
		return rc;
	}
	*ret_engine = engine;
	return 0;
}

void dvs_engine_free(struct dvs_engine *engine)
{
	if (engine == NULL)
		return;
	for (unsigned int i = 0; i < engine->n_streams; i++)
		dvs_stream_fini(&engine->streams[i]);
	for (unsigned int i = 0; i < engine->n_ports; i++) {
		dvs_device_close(&engine->ports[i].device);
		free(engine->ports[i].templates);
	}
	for (unsigned int i = 0; engine->cores != NULL && i < engine->n_cores; i++) {
		free(engine->cores[i].streams);
		free(engine->cores[i].receivers);
	}
	free(engine->ports);
	free(engine->streams);
	free(engine->sinks);
	free(engine->receivers);
	free(engine->cores);
	dvs_flows_free(&engine->flows);
	rte_mempool_free(engine->tx_pool);
	rte_mempool_free(engine->rx_pool);
	free(engine);
}
