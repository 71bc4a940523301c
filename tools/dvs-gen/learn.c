/* SPDX-License-Identifier: BSD-3-Clause */
#include "learn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#define PROBE_US      5000
#define PROBE_LOOK_US 500
#define LEARN_BURST   32u
#define FULL_SECONDS  1.0

/* A short frame from MAC number `mac` to number 0 of the peer; NULL without buffers. */
static struct rte_mbuf *make_frame(struct dvs_engine *e, const struct dvs_gen_port *port,
				   uint32_t mac, uint16_t stream)
{
	const struct dvs_frame_template *t = &port->probe;
	const struct dvs_pick pick = {.mac = mac};
	const struct dvs_stamp stamp = {.run = e->run, .stream = stream};
	struct rte_mbuf *m = rte_pktmbuf_alloc(e->tx_pool);
	uint32_t destination = htonl(t->destination_mac);
	uint8_t *frame;

	if (m == NULL)
		return NULL;
	frame = rte_pktmbuf_mtod(m, uint8_t *);
	dvs_frame_build(t, &pick, &stamp, frame);
	memcpy(frame + t->ethernet + 2, &destination, sizeof(destination));
	m->data_len = (uint16_t)t->length;
	m->pkt_len = t->length;
	return m;
}

static double seconds_since(uint64_t start)
{
	return (double)(rte_rdtsc() - start) / (double)rte_get_tsc_hz();
}

/* Takes all frames that are there, and notes of which streams there is one. */
static void look(struct dvs_engine *e, bool *has_arrived)
{
	struct rte_mbuf *frames[DVS_GEN_BURST];

	for (unsigned int i = 0; i < e->n_receivers; i++) {
		struct dvs_receiver *r = &e->receivers[i];
		uint16_t n = rte_eth_rx_burst(r->port_id, r->queue, frames, DVS_GEN_BURST);

		for (uint16_t k = 0; k < n; k++) {
			const uint8_t *frame = rte_pktmbuf_mtod(frames[k], const uint8_t *);
			int at = dvs_stamp_locate(frame, frames[k]->data_len);
			struct dvs_stamp stamp;

			if (at < 0 || has_arrived == NULL)
				continue;
			dvs_stamp_read(frame + at, &stamp);
			if (stamp.run == e->run && stamp.stream < e->n_streams &&
			    e->sinks[stamp.stream].port_id == r->port_id)
				has_arrived[stamp.stream] = true;
		}
		if (n > 0)
			rte_pktmbuf_free_bulk(frames, n);
	}
}

static bool send_probe(struct dvs_engine *e, const struct dvs_stream *s)
{
	struct rte_mbuf *m = make_frame(e, s->port, 0, s->id);

	if (m == NULL)
		return false;
	if (rte_eth_tx_burst(s->port_id, s->queue, &m, 1) == 1)
		return true;
	rte_pktmbuf_free(m);
	return false;
}

/* The first stream whose probe has not arrived, or n_streams. */
static unsigned int first_missing(const struct dvs_engine *e, const bool *has_arrived)
{
	unsigned int i = 0;

	while (i < e->n_streams && (e->streams[i].queue != 0 || has_arrived[i]))
		i++;
	return i;
}

int dvs_learn_wait(struct dvs_engine *e, const volatile sig_atomic_t *interrupt,
		   struct dvs_error *err)
{
	bool has_arrived[DVS_GEN_PORTS_MAX * DVS_GEN_QUEUES_MAX] = {false};
	uint64_t start = rte_rdtsc();
	unsigned int missing;

	while ((missing = first_missing(e, has_arrived)) < e->n_streams) {
		if (*interrupt)
			return dvs_error_set(err, -EINTR, NULL, NULL, "interrupted");
		if (seconds_since(start) > e->options->wait) {
			const struct dvs_gen_port *port = e->streams[missing].port;

			return dvs_error_set(err, -ETIMEDOUT, NULL, NULL,
					     "no frame of port %u arrived at port %u within %g s; "
					     "is the link up on both sides? (--wait 0 starts "
					     "without looking)",
					     (unsigned int)(port - e->ports), port->peer,
					     e->options->wait);
		}
		for (unsigned int i = 0; i < e->n_streams; i++)
			if (e->streams[i].queue == 0 && !has_arrived[i])
				send_probe(e, &e->streams[i]);
		for (unsigned int us = 0; us < PROBE_US; us += PROBE_LOOK_US) {
			usleep(PROBE_LOOK_US);
			look(e, has_arrived);
		}
	}
	return 0;
}

/* Frames from MACs first to first + n - 1. */
static int send_macs(struct dvs_engine *e, const struct dvs_gen_port *port, uint32_t first,
		     uint32_t n, struct dvs_error *err)
{
	struct rte_mbuf *frames[LEARN_BURST];
	uint64_t start = rte_rdtsc();
	uint16_t sent = 0;
	uint32_t made = 0;

	for (; made < n; made++) {
		frames[made] = make_frame(e, port, first + made, UINT16_MAX);
		if (frames[made] == NULL)
			break;
	}
	n = made;
	while (sent < n && seconds_since(start) < FULL_SECONDS) {
		sent = (uint16_t)(sent + rte_eth_tx_burst(port->device.port_id, 0, frames + sent,
							  (uint16_t)(n - sent)));
		look(e, NULL);
	}
	if (sent == n && n > 0)
		return 0;
	rte_pktmbuf_free_bulk(frames + sent, n - sent);
	return dvs_error_set(err, -EIO, NULL, NULL,
			     "port %u took no frame for %g s while MACs were announced",
			     (unsigned int)(port - e->ports), FULL_SECONDS);
}

int dvs_learn_macs(struct dvs_engine *e, const volatile sig_atomic_t *interrupt,
		   struct dvs_error *err)
{
	uint32_t macs = e->options->macs;
	uint64_t start = rte_rdtsc();

	for (uint32_t first = 0; first < macs; first += LEARN_BURST) {
		uint32_t n = RTE_MIN(LEARN_BURST, macs - first);

		for (unsigned int i = 0; i < e->n_ports; i++) {
			int rc = send_macs(e, &e->ports[i], first, n, err);

			if (rc < 0)
				return rc;
		}
		while (seconds_since(start) < (first + n) / e->options->learn_pps) {
			look(e, NULL);
			usleep(100);
		}
		if (*interrupt)
			return dvs_error_set(err, -EINTR, NULL, NULL, "interrupted");
	}
	for (uint64_t settled = rte_rdtsc(); seconds_since(settled) < e->options->settle;) {
		look(e, NULL);
		usleep(1000);
	}
	return 0;
}
