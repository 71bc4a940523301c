/* SPDX-License-Identifier: BSD-3-Clause */
/* The receiving half of the worker: whose frame is it, and how old. */
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "worker.h"

/* Whether the payload from `at` on is the pattern, which the sender had at `sent_at`. */
static bool is_intact(const struct rte_mbuf *m, uint32_t at, uint32_t sent_at)
{
	uint8_t different = 0;

	for (; m != NULL; m = m->next, at = 0) {
		const uint8_t *data = rte_pktmbuf_mtod(m, const uint8_t *);

		for (; at < m->data_len; at++, sent_at++)
			different |= data[at] ^ dvs_frame_pattern(sent_at);
	}
	return different == 0;
}

static inline bool read_stamp(const struct rte_mbuf *m, int at, uint16_t run,
			      struct dvs_stamp *ret_stamp)
{
	if (at < 0 || (uint32_t)at + DVS_STAMP_BYTES > m->data_len)
		return false;
	dvs_stamp_read(rte_pktmbuf_mtod(m, const uint8_t *) + at, ret_stamp);
	return ret_stamp->run == run;
}

static bool find_stamp(const struct dvs_engine *engine, struct dvs_receiver *r,
		       const struct rte_mbuf *m, struct dvs_stamp *ret_stamp)
{
	int at;

	if (likely(read_stamp(m, r->stamp_at, engine->run, ret_stamp)))
		return true;
	at = dvs_stamp_locate(rte_pktmbuf_mtod(m, const uint8_t *), m->data_len);
	if (!read_stamp(m, at, engine->run, ret_stamp))
		return false;
	r->stamp_at = at;
	return true;
}

static inline void receive(const struct dvs_engine *engine, struct dvs_receiver *r,
			   const struct rte_mbuf *m, uint64_t now)
{
	struct dvs_stamp stamp;
	struct dvs_sink *sink;

	if (!find_stamp(engine, r, m, &stamp) || stamp.stream >= engine->n_streams) {
		dvs_counter_add(&r->foreign, 1);
		return;
	}
	sink = &engine->sinks[stamp.stream];
	if (sink->port_id != r->port_id) {
		dvs_counter_add(&r->misdelivered, 1);
		return;
	}
	if (!dvs_tracker_receive(&sink->tracker, stamp.sequence))
		return;
	dvs_counter_add(&sink->bytes, m->pkt_len + DVS_FCS_BYTES);
	dvs_histogram_record(&sink->latency, dvs_stamp_age(&stamp, now));
	if (engine->options->is_touching) {
		const struct dvs_stream *s = &engine->streams[stamp.stream];

		if (!is_intact(m, (uint32_t)r->stamp_at + DVS_STAMP_BYTES,
			       (uint32_t)s->port->templates[0].stamp + DVS_STAMP_BYTES))
			dvs_counter_add(&sink->corrupt, 1);
	}
}

/* Frames without stamps: all that come are counted. */
static void count(struct dvs_receiver *r, struct rte_mbuf **frames, uint16_t n)
{
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < n; i++)
		bytes += frames[i]->pkt_len + DVS_FCS_BYTES;
	dvs_counter_add(&r->frames, n);
	dvs_counter_add(&r->bytes, bytes);
}

unsigned int dvs_receiver_poll(const struct dvs_engine *engine, struct dvs_receiver *r)
{
	struct rte_mbuf *frames[DVS_GEN_BURST];
	uint16_t n = rte_eth_rx_burst(r->port_id, r->queue, frames, DVS_GEN_BURST);
	uint64_t now;

	if (n == 0)
		return 0;
	now = rte_rdtsc();
	count(r, frames, n);
	if (engine->load != DVS_LOAD_REPLAY) {
		for (uint16_t i = 0; i < n; i++)
			rte_prefetch0(rte_pktmbuf_mtod(frames[i], const void *));
		for (uint16_t i = 0; i < n; i++)
			receive(engine, r, frames[i], now);
	}
	rte_pktmbuf_free_bulk(frames, n);
	return n;
}

unsigned int dvs_receiver_forward(const struct dvs_engine *engine, struct dvs_receiver *r,
				  bool drains)
{
	struct rte_mbuf *frames[DVS_GEN_BURST];
	uint16_t n = rte_eth_rx_burst(r->port_id, r->queue, frames, DVS_GEN_BURST), sent = 0;
	struct dvs_stream *s = r->forward;
	uint64_t bytes;

	(void)engine;
	if (n == 0)
		return 0;
	bytes = r->bytes;
	count(r, frames, n);
	bytes = r->bytes - bytes;
	if (!drains) {
		sent = rte_eth_tx_burst(s->port_id, s->queue, frames, n);
		dvs_counter_add(&s->sent, sent);
		/* About right when the ring refused some, which it has no reason to. */
		dvs_counter_add(&s->bytes, bytes * sent / n);
		dvs_counter_add(&s->unsent_full, (uint64_t)n - sent);
		s->last_progress = rte_rdtsc();
	}
	if (sent < n)
		rte_pktmbuf_free_bulk(frames + sent, (unsigned int)(n - sent));
	return n;
}
