/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * engine.h - ports, streams and polling cores, and how a trial runs over them.
 *
 *	port 0 --- stream 0 --->  the switch  --- sink 0 ---> port 1
 *	port 1 --- stream 1 --->              --- sink 1 ---> port 0
 *
 * A *stream* is what one queue of a port sends to the port's peer; it numbers its frames from 0 in
 * each trial. Its *sink* is what the peer knows of it: tracker and latency. A *receiver* is one
 * queue that is polled; it finds the sink of a frame by the stamp. A *core* polls its receivers and
 * serves its streams in one loop, to completion; both ports of a pair are on one core, unless
 * --split puts senders and receivers on different ones.
 *
 * Threads: the main thread builds, starts trials, and looks on. While a trial runs, a stream
 * belongs to the core that sends it, a sink and a receiver to the core that polls the port; only
 * counters and the histogram are read by others (counter.h). Between trials everything belongs to
 * the main thread.
 */
#ifndef DVS_GEN_ENGINE_H
#define DVS_GEN_ENGINE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "device.h"
#include "flows.h"
#include "frame.h"
#include "histogram.h"
#include "options.h"
#include "pace.h"
#include "result.h"
#include "tracker.h"

#define DVS_GEN_BURST	  32u
#define DVS_GEN_CORES_MAX 64u

struct dvs_capture;

enum dvs_load {
	DVS_LOAD_PACED,	  /* open loop: a schedule */
	DVS_LOAD_MAX,	  /* as fast as the ring takes frames */
	DVS_LOAD_WINDOW,  /* closed loop: so many frames in flight */
	DVS_LOAD_FORWARD, /* closed loop: received frames are sent again */
	DVS_LOAD_REPLAY,  /* frames of a capture, by its times or at a rate */
};

struct dvs_gen_port {
	struct dvs_device device;
	struct dvs_endpoint endpoint;
	unsigned int peer;		      /* it sends to this port */
	struct dvs_frame_template *templates; /* one a length in options->sizes */
	struct dvs_frame_template probe;      /* the shortest frame */
};

struct dvs_sink {
	uint16_t port_id; /* where its frames must arrive */
	/* worker: write, others: read */
	uint64_t bytes; /* with FCS */
	uint64_t corrupt;
	struct dvs_tracker tracker;
	struct dvs_histogram latency; /* TSC ticks */
} __attribute__((aligned(64)));

struct dvs_stream {
	uint16_t id, port_id, queue;
	const struct dvs_gen_port *port;
	struct dvs_sink *sink;
	struct dvs_pace pace;
	uint64_t start;		      /* of the trial, TSC */
	uint64_t gaps[DVS_SIZES_MAX]; /* of PACED: until the next frame, after one of this length */
	unsigned int size_at;	      /* in options->sizes.sequence */
	uint32_t pick_at;	      /* in the flows' picks */
	uint64_t limit;		      /* frames of this trial */
	uint64_t made;		      /* frames built: the next sequence number */
	uint64_t capture_at;	      /* REPLAY: frames taken from the capture, over all loops */
	bool was_refused;	      /* the ring did not take all of the last burst */
	uint64_t is_done;	      /* nothing more to send; worker: write, main: read */
	uint64_t last_progress;	      /* WINDOW, FORWARD: when a frame came back, TSC */
	uint64_t last_seen;	      /* WINDOW: the sink's highest number then */
	uint64_t written_off;	      /* WINDOW: earlier frames are no longer in flight */
	unsigned int n_ready, ready_at; /* frames built that the ring has not taken */
	unsigned int n_blank;		/* buffers at hand */
	struct rte_mbuf *ready[DVS_GEN_BURST];
	struct rte_mbuf *blank[DVS_GEN_BURST];
	/* worker: write, others: read */
	uint64_t sent, bytes; /* with FCS */
	uint64_t unsent_full; /* given up: the ring was full */
	uint64_t unsent_late; /* given up: the generator came too late */
} __attribute__((aligned(64)));

struct dvs_receiver {
	uint16_t port_id, queue;
	int stamp_at;		    /* where the last stamp was */
	struct dvs_stream *forward; /* FORWARD, REPLAY: the stream that feeds it */
	/* worker: write, others: read */
	uint64_t frames, bytes;
	uint64_t misdelivered; /* ours, but they belong to another port */
	uint64_t foreign;      /* not ours */
} __attribute__((aligned(64)));

struct dvs_core {
	struct dvs_engine *engine;
	unsigned int lcore;
	struct dvs_stream **streams;
	unsigned int n_streams;
	struct dvs_receiver **receivers;
	unsigned int n_receivers;
	/* worker: write, others: read */
	uint64_t busy, total; /* TSC ticks with work, and all */
	uint64_t is_quiet;    /* it sends nothing more in this trial */
	uint64_t is_finished; /* the trial is over for it */
} __attribute__((aligned(64)));

enum dvs_phase {
	DVS_PHASE_SEND,	 /* send and receive */
	DVS_PHASE_DRAIN, /* receive only */
	DVS_PHASE_STOP,
};

struct dvs_engine {
	const struct dvs_gen_options *options;
	struct rte_mempool *rx_pool, *tx_pool;
	uint32_t room; /* of a buffer, bytes */
	struct dvs_gen_port *ports;
	unsigned int n_ports;
	struct dvs_stream *streams;
	unsigned int n_streams;
	struct dvs_sink *sinks; /* one a stream, same index */
	struct dvs_receiver *receivers;
	unsigned int n_receivers;
	struct dvs_core *cores;
	unsigned int n_cores;
	struct dvs_flows flows;
	const struct dvs_capture *capture;
	/* of the trial */
	enum dvs_load load;
	uint32_t window;
	uint64_t max_lag;     /* ticks */
	uint16_t run;	      /* in the stamps */
	enum dvs_phase phase; /* main: write, worker: read */
};

/* One trial. */
struct dvs_trial {
	enum dvs_load load;
	struct dvs_rate
		rate;	 /* PACED: of each sending port; REPLAY: value 0 = the capture's times */
	uint32_t window; /* WINDOW, FORWARD */
	double seconds;	 /* no frame is meant for later; 0 = no limit */
	uint64_t count;	 /* frames of each stream at most; 0 = no limit */
};

/* What the main thread shows about once a second. */
struct dvs_engine_observer {
	double interval; /* seconds */
	/* seconds since the start of the trial; 0 at the first call, before the load. */
	void (*tick)(void *context, const struct dvs_engine *engine, double seconds);
	void *context;
};

/*
 * Cores' CPUs are in cpus; EAL runs. Opens the ports, makes streams, sinks and cores. Everything in
 * options stays in use. On error nothing is left, err says why.
 */
int dvs_engine_create(const struct dvs_gen_options *options, unsigned int n_cores,
		      const struct dvs_capture *capture, struct dvs_engine **ret_engine,
		      struct dvs_error *err);

/* Accepts NULL. */
void dvs_engine_free(struct dvs_engine *engine);

/* Bytes of packet memory that the engine will need. */
uint64_t dvs_engine_memory(const struct dvs_gen_options *options, unsigned int n_cores);

/*
 * Runs a trial to its end. interrupt is looked at meanwhile: when it becomes true, sending ends.
 * observer may be NULL. The caller frees what is in *ret_result by dvs_result_fini. -ERANGE when
 * the rate is out of what can be paced.
 */
int dvs_engine_run(struct dvs_engine *engine, const struct dvs_trial *trial,
		   const struct dvs_engine_observer *observer,
		   const volatile sig_atomic_t *interrupt, struct dvs_result *ret_result,
		   struct dvs_error *err);

/* Mean bytes of a frame on the wire, with FCS and outer headers. */
double dvs_engine_mean_bytes(const struct dvs_gen_options *options);

#endif
