/* SPDX-License-Identifier: BSD-3-Clause */
/* The sending half of the worker: what is due, frames, the ring. */
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "capture.h"
#include "worker.h"

#define STALL_US 200000 /* without any frame: those in flight are taken for lost */

/* ---- buffers ---- */

static bool take_blanks(const struct dvs_engine *engine, struct dvs_stream *s, unsigned int n)
{
	if (s->n_blank >= n)
		return true;
	if (rte_pktmbuf_alloc_bulk(engine->tx_pool, s->blank + s->n_blank,
				   DVS_GEN_BURST - s->n_blank) != 0)
		return false;
	s->n_blank = DVS_GEN_BURST;
	return true;
}

/* Gives m (blank) this length, with more buffers behind it when it is longer than one. */
static bool set_length(const struct dvs_engine *engine, struct rte_mbuf *m, uint32_t length)
{
	struct rte_mbuf *last = m;
	uint32_t left = length;

	m->pkt_len = length;
	m->data_len = (uint16_t)(length < engine->room ? length : engine->room);
	for (left -= m->data_len; left > 0; left -= last->data_len) {
		last->next = rte_pktmbuf_alloc(engine->tx_pool);
		if (last->next == NULL)
			return false;
		last = last->next;
		last->data_len = (uint16_t)(left < engine->room ? left : engine->room);
		m->nb_segs++;
	}
	return true;
}

/* ---- generated frames ---- */

static void set_offloads(struct rte_mbuf *m, const struct dvs_frame_template *t)
{
	m->l2_len = (uint64_t)(t->ip - t->ethernet) & 0x7f;
	m->l3_len = (uint64_t)(t->l4 - t->ip) & 0x1ff;
	m->l4_len = (uint64_t)(t->stamp - t->l4) & 0xff;
	m->ol_flags |= t->is_ipv6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4;
	m->ol_flags |= t->is_tcp ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM;
	if (t->segment > 0 && m->pkt_len > (uint32_t)t->stamp + t->segment) {
		m->tso_segsz = t->segment;
		m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
	}
}

/* Writes the pattern into the payload behind what the template covers, as a sender would. */
static void touch_payload(struct rte_mbuf *m, uint32_t from)
{
	uint8_t pattern[64];

	for (uint32_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = dvs_frame_pattern(i);
	/* from and the room of a buffer are multiples of 64: the pattern starts over in both. */
	for (; m != NULL; m = m->next, from = 0) {
		uint8_t *data = rte_pktmbuf_mtod(m, uint8_t *);

		for (uint32_t at = from; at < m->data_len; at += 64)
			memcpy(data + at, pattern, RTE_MIN(64u, m->data_len - at));
	}
}

/* The next frame of the stream, meant for this time. */
static void make_frame(const struct dvs_engine *engine, struct dvs_stream *s, struct rte_mbuf *m,
		       unsigned int size, uint64_t time)
{
	const struct dvs_frame_template *t = &s->port->templates[size];
	const struct dvs_stamp stamp = {
		.run = engine->run, .stream = s->id, .sequence = (uint32_t)s->made, .time = time};

	dvs_frame_build(t, &engine->flows.picks[s->pick_at], &stamp,
			rte_pktmbuf_mtod(m, uint8_t *));
	if (++s->pick_at == engine->flows.n)
		s->pick_at = 0;
	if (t->is_offloaded)
		set_offloads(m, t);
	if (engine->options->is_touching)
		touch_payload(m, t->copy_length);
}

static unsigned int next_size(const struct dvs_engine *engine, struct dvs_stream *s)
{
	const struct dvs_sizes *sizes = &engine->options->sizes;
	unsigned int size = sizes->sequence[s->size_at];

	if (++s->size_at == sizes->n_sequence)
		s->size_at = 0;
	return size;
}

/* Builds the next frame into the ready list; false without buffers. */
static bool add_frame(const struct dvs_engine *engine, struct dvs_stream *s, unsigned int size,
		      uint64_t time)
{
	struct rte_mbuf *m = s->blank[s->n_blank - 1];

	if (!set_length(engine, m, s->port->templates[size].length)) {
		rte_pktmbuf_free(m);
		s->n_blank--;
		return false;
	}
	s->n_blank--;
	make_frame(engine, s, m, size, time);
	s->ready[s->n_ready++] = m;
	s->made++;
	return true;
}

/* ---- what is due ---- */

static void give_up(struct dvs_stream *s, uint64_t n)
{
	dvs_counter_add(s->was_refused ? &s->unsent_full : &s->unsent_late, n);
}

/* Gives up the frames that were meant to be sent before this time. */
static void skip_until(const struct dvs_engine *engine, struct dvs_stream *s, uint64_t time)
{
	uint64_t skipped = 0;

	while (dvs_pace_is_due(&s->pace, time) && s->pace.next < time &&
	       s->made + skipped < s->limit) {
		dvs_pace_advance(&s->pace, s->gaps[next_size(engine, s)]);
		skipped++;
	}
	if (skipped > 0) {
		give_up(s, skipped);
		/* The limit counts frames that were meant to be sent. */
		s->limit -= s->limit != UINT64_MAX ? skipped : 0;
	}
}

static void make_paced(const struct dvs_engine *engine, struct dvs_stream *s, uint64_t now)
{
	if (dvs_pace_is_over(&s->pace) || s->made >= s->limit) {
		dvs_counter_set(&s->is_done, 1);
		return;
	}
	if (!dvs_pace_is_due(&s->pace, now))
		return;
	if (now - s->pace.next > engine->max_lag)
		skip_until(engine, s, now - engine->max_lag);
	while (s->n_ready < DVS_GEN_BURST && dvs_pace_is_due(&s->pace, now) && s->made < s->limit) {
		unsigned int size;

		if (!take_blanks(engine, s, 1))
			return;
		size = next_size(engine, s);
		if (!add_frame(engine, s, size, s->pace.next))
			return;
		dvs_pace_advance(&s->pace, s->gaps[size]);
	}
}

/* n frames that are meant for now. */
static void make_now(const struct dvs_engine *engine, struct dvs_stream *s, uint64_t now,
		     uint64_t n)
{
	if (now >= s->pace.end || s->made >= s->limit) {
		dvs_counter_set(&s->is_done, 1);
		return;
	}
	if (now < s->start)
		return;
	n = RTE_MIN(n, s->limit - s->made);
	while (s->n_ready < DVS_GEN_BURST && n-- > 0)
		if (!take_blanks(engine, s, 1) || !add_frame(engine, s, next_size(engine, s), now))
			return;
}

static bool is_stalled(const struct dvs_stream *s, uint64_t now)
{
	uint64_t stall = rte_get_tsc_hz() / 1000000u * STALL_US;

	return now > s->last_progress && now - s->last_progress > stall;
}

/*
 * In flight is what was sent after the newest frame that came: what it overtook is lost or nearly
 * so. When nothing comes at all, everything is lost.
 */
static void make_window(const struct dvs_engine *engine, struct dvs_stream *s, uint64_t now)
{
	uint64_t seen = dvs_counter_read(&s->sink->tracker.next), in_flight;

	if (seen != s->last_seen) {
		s->last_seen = seen;
		s->last_progress = now;
	} else if (is_stalled(s, now)) {
		s->written_off = s->made;
		s->last_progress = now;
	}
	in_flight = s->made - RTE_MIN(RTE_MAX(seen, s->written_off), s->made);
	make_now(engine, s, now, engine->window - RTE_MIN(in_flight, engine->window));
}

/* Frames to begin with, and again when none comes back any more. */
static void make_forward(const struct dvs_engine *engine, struct dvs_stream *s, uint64_t now)
{
	if (now < s->start)
		return;
	if (s->made >= s->limit && is_stalled(s, now)) {
		s->limit = s->made + engine->window;
		s->last_progress = now;
	}
	if (now >= s->pace.end) {
		dvs_counter_set(&s->is_done, 1);
		return;
	}
	while (s->n_ready < DVS_GEN_BURST && s->made < s->limit)
		if (!take_blanks(engine, s, 1) || !add_frame(engine, s, next_size(engine, s), now))
			return;
}

/* ---- frames of a capture ---- */

/* When frame number k of all loops is meant to be sent. */
static uint64_t captured_time(const struct dvs_engine *engine, const struct dvs_stream *s)
{
	const struct dvs_capture *c = engine->capture;
	const struct dvs_captured *frame = &c->frames[s->capture_at % c->n];
	double ns = (double)(s->capture_at / c->n) * (double)c->loop_ns + (double)frame->ns;
	double ticks = ns * (double)rte_get_tsc_hz() / 1e9 / engine->options->speed;

	return s->start + (uint64_t)ticks;
}

static bool add_captured(const struct dvs_engine *engine, struct dvs_stream *s)
{
	const struct dvs_capture *c = engine->capture;
	const struct dvs_captured *frame = &c->frames[s->capture_at % c->n];
	struct rte_mbuf *first = s->blank[s->n_blank - 1];
	const uint8_t *from = c->bytes + frame->offset;

	s->n_blank--;
	if (!set_length(engine, first, frame->length)) {
		rte_pktmbuf_free(first);
		return false;
	}
	for (struct rte_mbuf *m = first; m != NULL; m = m->next) {
		memcpy(rte_pktmbuf_mtod(m, uint8_t *), from, m->data_len);
		from += m->data_len;
	}
	s->ready[s->n_ready++] = first;
	s->made++;
	s->capture_at++;
	return true;
}

static void make_replay(const struct dvs_engine *engine, struct dvs_stream *s, uint64_t now)
{
	bool has_rate = s->gaps[0] != 0;

	while (s->n_ready < DVS_GEN_BURST) {
		uint64_t time = has_rate ? s->pace.next : captured_time(engine, s);

		if (s->made >= s->limit || time >= s->pace.end) {
			dvs_counter_set(&s->is_done, s->n_ready == 0);
			return;
		}
		if (time > now || !take_blanks(engine, s, 1) || !add_captured(engine, s))
			return;
		if (has_rate)
			dvs_pace_advance(&s->pace, s->gaps[0]);
	}
}

/* ---- the ring ---- */

static void make(const struct dvs_engine *engine, struct dvs_stream *s, uint64_t now)
{
	switch (engine->load) {
	case DVS_LOAD_PACED:
		make_paced(engine, s, now);
		break;
	case DVS_LOAD_MAX:
		make_now(engine, s, now, DVS_GEN_BURST);
		break;
	case DVS_LOAD_WINDOW:
		make_window(engine, s, now);
		break;
	case DVS_LOAD_FORWARD:
		make_forward(engine, s, now);
		break;
	case DVS_LOAD_REPLAY:
		make_replay(engine, s, now);
		break;
	}
}

unsigned int dvs_stream_serve(const struct dvs_engine *engine, struct dvs_stream *s, uint64_t now)
{
	struct rte_mbuf **frames;
	uint16_t n, sent;
	uint64_t bytes = 0;

	if (s->n_ready == 0) {
		s->ready_at = 0;
		if (s->is_done)
			return 0;
		make(engine, s, now);
		if (s->n_ready == 0)
			return 0;
		if (s->port->templates[0].is_offloaded)
			rte_eth_tx_prepare(s->port_id, s->queue, s->ready, (uint16_t)s->n_ready);
	}
	frames = s->ready + s->ready_at;
	n = (uint16_t)s->n_ready;
	/* The driver may free what it takes, so lengths are read before. */
	for (uint16_t i = 0; i < n; i++)
		bytes += frames[i]->pkt_len;
	sent = rte_eth_tx_burst(s->port_id, s->queue, frames, n);
	for (uint16_t i = sent; i < n; i++)
		bytes -= frames[i]->pkt_len;
	s->was_refused = sent < n;
	s->ready_at += sent;
	s->n_ready -= sent;
	dvs_counter_add(&s->sent, sent);
	dvs_counter_add(&s->bytes, bytes + (uint64_t)sent * DVS_FCS_BYTES);
	return sent;
}

void dvs_stream_skip_rest(const struct dvs_engine *engine, struct dvs_stream *s)
{
	if (engine->load == DVS_LOAD_PACED && s->pace.end != UINT64_MAX)
		skip_until(engine, s, s->pace.end);
}

void dvs_stream_abandon(struct dvs_stream *s)
{
	if (s->n_ready == 0)
		return;
	rte_pktmbuf_free_bulk(s->ready + s->ready_at, s->n_ready);
	give_up(s, s->n_ready);
	s->n_ready = 0;
}

void dvs_stream_fini(struct dvs_stream *s)
{
	dvs_stream_abandon(s);
	if (s->n_blank > 0)
		rte_pktmbuf_free_bulk(s->blank, s->n_blank);
	s->n_blank = 0;
}
