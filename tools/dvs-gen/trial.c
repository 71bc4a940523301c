/* SPDX-License-Identifier: BSD-3-Clause */
/* One trial: set up, run on the cores, drain, count. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_random.h>

#include "capture.h"
#include "worker.h"

#define START_DELAY_US 3000 /* for all cores to be there */
#define POLL_US	       1000
#define BUSY_ALL       0.97 /* of a core that is the limit */
#define LINE_OVERHEAD  20.0
#define FLUSH_BURSTS   4096
#define LAST_BURSTS    4096

/* ---- the cores ---- */

static unsigned int receive_all(struct dvs_core *core, bool drains)
{
	const struct dvs_engine *engine = core->engine;
	unsigned int n = 0;

	for (unsigned int i = 0; i < core->n_receivers; i++)
		n += engine->load == DVS_LOAD_FORWARD
			     ? dvs_receiver_forward(engine, core->receivers[i], drains)
			     : dvs_receiver_poll(engine, core->receivers[i]);
	return n;
}

static unsigned int send_all(struct dvs_core *core)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < core->n_streams; i++)
		n += dvs_stream_serve(core->engine, core->streams[i], rte_rdtsc());
	return n;
}

/* Send and receive; returns when the main thread wants no more to be sent. */
static void run_load(struct dvs_core *core)
{
	uint64_t before = rte_rdtsc();

	while (__atomic_load_n(&core->engine->phase, __ATOMIC_ACQUIRE) == DVS_PHASE_SEND) {
		unsigned int n = receive_all(core, false) + send_all(core);
		uint64_t now = rte_rdtsc();

		dvs_counter_add(&core->total, now - before);
		if (n > 0)
			dvs_counter_add(&core->busy, now - before);
		before = now;
	}
}

int dvs_core_run(void *arg)
{
	struct dvs_core *core = arg;

	run_load(core);
	for (unsigned int i = 0; i < core->n_streams; i++)
		dvs_stream_abandon(core->streams[i]);
	__atomic_store_n(&core->is_quiet, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&core->engine->phase, __ATOMIC_ACQUIRE) == DVS_PHASE_DRAIN)
		receive_all(core, true);
	/* What has arrived by now has arrived, even if this core got no time to look. */
	for (unsigned int i = 0; i < LAST_BURSTS && receive_all(core, true) > 0; i++)
		continue;
	__atomic_store_n(&core->is_finished, 1, __ATOMIC_RELEASE);
	return 0;
}

/* ---- set-up ---- */

/* Ticks from a frame of this template to the next one of a stream. */
static double gap_ticks(const struct dvs_engine *e, const struct dvs_stream *s,
			const struct dvs_rate *rate, const struct dvs_frame_template *t)
{
	unsigned int n_queues = e->options->ports[s->port - e->ports].n_queues;
	double hz = (double)rte_get_tsc_hz() * n_queues;
	double bytes = t->length + DVS_FCS_BYTES;

	switch (rate->kind) {
	case DVS_RATE_PPS:
		return hz / rate->value;
	case DVS_RATE_BPS:
		return hz * 8 * bytes / rate->value;
	case DVS_RATE_LINE:
		return hz * 8 * (bytes + LINE_OVERHEAD) / (rate->value * s->port->device.line_bps);
	case DVS_RATE_MAX:
		break;
	}
	return 0;
}

static int set_gaps(const struct dvs_engine *e, struct dvs_stream *s, const struct dvs_trial *trial,
		    struct dvs_error *err)
{
	memset(s->gaps, 0, sizeof(s->gaps));
	if (trial->load != DVS_LOAD_PACED &&
	    (trial->load != DVS_LOAD_REPLAY || trial->rate.value == 0))
		return 0;
	if (trial->rate.kind == DVS_RATE_LINE && s->port->device.line_bps == 0)
		return dvs_error_set(err, -ERANGE, NULL, "rate",
				     "the line rate of the port is not known; give --line SPEED");
	for (unsigned int i = 0; i < e->options->sizes.n; i++)
		if (!dvs_pace_gap(gap_ticks(e, s, &trial->rate, &s->port->templates[i]),
				  &s->gaps[i]))
			return dvs_error_set(err, -ERANGE, NULL, "rate",
					     "it cannot be paced: too high, or less than a frame "
					     "in minutes");
	return 0;
}

static void reset_stream(const struct dvs_engine *e, struct dvs_stream *s,
			 const struct dvs_trial *trial, uint64_t start)
{
	double ticks = trial->seconds * (double)rte_get_tsc_hz();
	uint64_t end = trial->seconds > 0 ? start + (uint64_t)ticks : UINT64_MAX;
	/* Streams take turns, so that their frames do not all come at once. */
	uint64_t phase = (s->gaps[0] >> DVS_PACE_FRACTION) * s->id / e->n_streams;

	s->start = start;
	dvs_pace_start(&s->pace, start + phase, end);
	s->limit = trial->count > 0 ? trial->count : UINT64_MAX;
	if (trial->load == DVS_LOAD_FORWARD)
		s->limit = trial->window;
	s->last_progress = start;
	s->made = s->capture_at = s->last_seen = s->written_off = 0;
	s->is_done = s->was_refused = 0;
	s->sent = s->bytes = s->unsent_full = s->unsent_late = 0;
	s->sink->bytes = s->sink->corrupt = 0;
	dvs_tracker_init(&s->sink->tracker);
	memset(&s->sink->latency, 0, sizeof(s->sink->latency));
}

/* Throws away what is still in the rings of an earlier trial. */
static void flush(struct dvs_receiver *r)
{
	struct rte_mbuf *frames[DVS_GEN_BURST];
	uint16_t n;

	for (unsigned int i = 0; i < FLUSH_BURSTS; i++) {
		n = rte_eth_rx_burst(r->port_id, r->queue, frames, DVS_GEN_BURST);
		if (n == 0)
			break;
		rte_pktmbuf_free_bulk(frames, n);
	}
	r->frames = r->bytes = r->misdelivered = r->foreign = 0;
}

static int set_up(struct dvs_engine *e, const struct dvs_trial *trial, struct dvs_error *err)
{
	uint64_t hz = rte_get_tsc_hz(), start;

	for (unsigned int i = 0; i < e->n_streams; i++) {
		int rc = set_gaps(e, &e->streams[i], trial, err);

		if (rc < 0)
			return rc;
	}
	for (unsigned int i = 0; i < e->n_receivers; i++)
		flush(&e->receivers[i]);
	e->load = trial->load;
	e->window = trial->window;
	e->max_lag = (uint64_t)(e->options->max_lag * (double)hz);
	e->run = (uint16_t)(e->run + 1 + rte_rand_max(UINT16_MAX - 1));
	start = rte_rdtsc() + hz / 1000000 * START_DELAY_US;
	for (unsigned int i = 0; i < e->n_streams; i++)
		reset_stream(e, &e->streams[i], trial, start);
	for (unsigned int i = 0; i < e->n_cores; i++) {
		struct dvs_core *core = &e->cores[i];

		core->busy = core->total = core->is_quiet = core->is_finished = 0;
	}
	return 0;
}

/* ---- running ---- */

static double seconds_since(uint64_t start)
{
	uint64_t now = rte_rdtsc();

	return now > start ? (double)(now - start) / (double)rte_get_tsc_hz() : 0;
}

static bool is_sent(const struct dvs_engine *e)
{
	for (unsigned int i = 0; i < e->n_streams; i++)
		if (dvs_counter_read(&e->streams[i].is_done) == 0)
			return false;
	return true;
}

static bool is_received(const struct dvs_engine *e)
{
	bool has_stamps = e->load != DVS_LOAD_FORWARD && e->load != DVS_LOAD_REPLAY;
	uint64_t sent = 0, received = 0;

	for (unsigned int i = 0; i < e->n_streams; i++) {
		sent += dvs_counter_read(&e->streams[i].sent);
		if (has_stamps)
			received += dvs_counter_read(&e->sinks[i].tracker.received);
	}
	for (unsigned int i = 0; !has_stamps && i < e->n_receivers; i++)
		received += dvs_counter_read(&e->receivers[i].frames);
	return received >= sent;
}

static void set_phase(struct dvs_engine *e, enum dvs_phase phase)
{
	__atomic_store_n(&e->phase, phase, __ATOMIC_RELEASE);
}

/* Until everything was sent, the time and the grace for stragglers are over, or the user ends it.
 */
static void watch(struct dvs_engine *e, const struct dvs_trial *trial,
		  const struct dvs_engine_observer *observer,
		  const volatile sig_atomic_t *interrupt)
{
	double next_tick = observer != NULL && observer->interval > 0 ? observer->interval : 1e12;
	double limit = trial->seconds > 0 ? trial->seconds + e->options->max_lag + 0.01 : 1e12;

	for (;;) {
		double seconds = seconds_since(e->streams[0].start);

		if (is_sent(e) || *interrupt || seconds > limit)
			return;
		if (seconds >= next_tick) {
			observer->tick(observer->context, e, seconds);
			next_tick += observer->interval;
		}
		usleep(POLL_US);
	}
}

static void wait_for(const uint64_t *flag)
{
	while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) == 0)
		usleep(POLL_US);
}

static void drain(struct dvs_engine *e)
{
	uint64_t start;

	set_phase(e, DVS_PHASE_DRAIN);
	for (unsigned int i = 0; i < e->n_cores; i++)
		wait_for(&e->cores[i].is_quiet);
	start = rte_rdtsc();
	while (seconds_since(start) < e->options->drain && !is_received(e))
		usleep(POLL_US);
}

static void stop(struct dvs_engine *e, bool is_interrupted)
{
	set_phase(e, DVS_PHASE_STOP);
	for (unsigned int i = 0; i < e->n_cores; i++) {
		/* rte_eal_wait_lcore would spin, on a CPU that a core may need. */
		wait_for(&e->cores[i].is_finished);
		rte_eal_wait_lcore(e->cores[i].lcore);
	}
	/* A core that got no time at all has not even given frames up. */
	for (unsigned int i = 0; i < e->n_streams && !is_interrupted; i++)
		dvs_stream_skip_rest(e, &e->streams[i]);
}

/* ---- counting ---- */

static void count_stream(const struct dvs_engine *e, unsigned int i,
			 struct dvs_result_stream *ret_stream)
{
	const struct dvs_stream *s = &e->streams[i];
	struct dvs_tracker *t = &s->sink->tracker;
	struct dvs_result_counts c = {
		.sent = s->sent,
		.sent_bytes = s->bytes,
		.unsent_full = s->unsent_full,
		.unsent_late = s->unsent_late,
	};

	c.offered = c.sent + c.unsent_full + c.unsent_late;
	if (e->load == DVS_LOAD_FORWARD || e->load == DVS_LOAD_REPLAY) {
		for (unsigned int k = 0; k < e->n_receivers; k++)
			if (e->receivers[k].forward == s) {
				c.received += e->receivers[k].frames;
				c.received_bytes += e->receivers[k].bytes;
			}
		c.lost = c.sent > c.received ? c.sent - c.received : 0;
	} else {
		dvs_tracker_finish(t, s->sent);
		c.received = t->received;
		c.received_bytes = s->sink->bytes;
		c.lost = t->lost;
		c.duplicates = t->duplicates;
		c.reordered = t->reordered;
		c.late = t->late;
		c.distance_max = t->distance_max;
		c.corrupt = s->sink->corrupt;
	}
	*ret_stream = (struct dvs_result_stream){
		.from = (unsigned int)(s->port - e->ports),
		.to = s->port->peer,
		.queue = s->queue,
		.counts = c,
	};
}

static void add_counts(struct dvs_result_counts *to, const struct dvs_result_counts *from)
{
	to->offered += from->offered;
	to->sent += from->sent;
	to->unsent_full += from->unsent_full;
	to->unsent_late += from->unsent_late;
	to->received += from->received;
	to->lost += from->lost;
	to->duplicates += from->duplicates;
	to->reordered += from->reordered;
	to->late += from->late;
	to->corrupt += from->corrupt;
	to->sent_bytes += from->sent_bytes;
	to->received_bytes += from->received_bytes;
	if (from->distance_max > to->distance_max)
		to->distance_max = from->distance_max;
}

static int count_all(const struct dvs_engine *e, struct dvs_result *r, struct dvs_error *err)
{
	r->streams = calloc(e->n_streams, sizeof(r->streams[0]));
	r->latency = calloc(1, sizeof(*r->latency));
	if (r->streams == NULL || r->latency == NULL)
		return dvs_error_set(err, -ENOMEM, NULL, NULL, "no memory");
	r->n_streams = e->n_streams;
	r->ticks_per_us = (double)rte_get_tsc_hz() / 1e6;
	r->has_latency = e->load != DVS_LOAD_FORWARD && e->load != DVS_LOAD_REPLAY;
	for (unsigned int i = 0; i < e->n_streams; i++) {
		count_stream(e, i, &r->streams[i]);
		add_counts(&r->total, &r->streams[i].counts);
		dvs_histogram_add_to(&e->sinks[i].latency, r->latency);
	}
	for (unsigned int i = 0; r->has_latency && i < e->n_receivers; i++) {
		r->misdelivered += e->receivers[i].misdelivered;
		r->foreign += e->receivers[i].foreign;
	}
	for (unsigned int i = 0; i < e->n_cores; i++) {
		double total = (double)e->cores[i].total;

		if (total > 0 && (double)e->cores[i].busy / total > r->busy)
			r->busy = (double)e->cores[i].busy / total;
	}
	r->is_generator_bound = r->busy >= BUSY_ALL || r->total.unsent_late > 0;
	return 0;
}

int dvs_engine_run(struct dvs_engine *engine, const struct dvs_trial *trial,
		   const struct dvs_engine_observer *observer,
		   const volatile sig_atomic_t *interrupt, struct dvs_result *ret_result,
		   struct dvs_error *err)
{
	struct dvs_result result = {.seconds = 0};
	int rc = set_up(engine, trial, err);

	if (rc < 0)
		return rc;
	set_phase(engine, DVS_PHASE_SEND);
	if (observer != NULL && observer->interval > 0)
		observer->tick(observer->context, engine, 0);
	for (unsigned int i = 0; i < engine->n_cores; i++)
		if (rte_eal_remote_launch(dvs_core_run, &engine->cores[i], engine->cores[i].lcore) <
		    0)
			abort(); /* every core was waited for */
	watch(engine, trial, observer, interrupt);
	result.seconds = seconds_since(engine->streams[0].start);
	result.is_interrupted = *interrupt != 0;
	/* A trial that ended by its time was exactly so long. */
	if (trial->seconds > 0 && result.seconds > trial->seconds)
		result.seconds = trial->seconds;
	drain(engine);
	stop(engine, result.is_interrupted);
	rc = count_all(engine, &result, err);
	if (rc < 0) {
		dvs_result_fini(&result);
		return rc;
	}
	*ret_result = result;
	return 0;
}
