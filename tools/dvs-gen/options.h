/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * options.h - the command line, from one table: parsing, help and completion follow its rows.
 *
 *	dvs-gen [run] OPTION...
 *	dvs-gen search OPTION...
 *	dvs-gen replay FILE OPTION...
 *
 * Threads: the main thread.
 */
#ifndef DVS_GEN_OPTIONS_H
#define DVS_GEN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "eal_start.h"
#include "error.h"
#include "flows.h"
#include "frame.h"
#include "log.h"
#include "port_spec.h"
#include "sizes.h"
#include "units.h"

#define DVS_GEN_LOSSES_MAX 8u

enum dvs_gen_mode {
	DVS_GEN_RUN = 1,
	DVS_GEN_SEARCH = 2,
	DVS_GEN_REPLAY = 4,
};

enum dvs_gen_pattern {
	DVS_PATTERN_PAIRS, /* ports 0 and 1, 2 and 3, ... send to each other */
	DVS_PATTERN_RING,  /* each port sends to the next, the last to the first */
	DVS_PATTERN_SELF,  /* each port receives what it sent */
};

struct dvs_gen_options {
	enum dvs_gen_mode mode;
	/* ports */
	struct dvs_port_spec *ports; /* n_ports of them, owned */
	unsigned int n_ports;
	enum dvs_gen_pattern pattern;
	bool is_one_way; /* only the first port of each pair sends */
	uint32_t n_descriptors;
	double line_bps; /* 0 = as the device says */
	/* load */
	struct dvs_rate rate;
	uint32_t window;    /* closed loop: frames in flight of each stream; 0 = open loop */
	bool is_forwarding; /* closed loop with the received frames themselves */
	double seconds, warmup, drain, max_lag;
	uint64_t count; /* frames of each stream; 0 = by time */
	/* frames */
	struct dvs_sizes sizes;
	struct dvs_frame_options frame;
	uint32_t macs, flows;
	enum dvs_spread spread;
	double exponent;
	uint64_t seed;
	bool is_touching;
	/* before the load */
	double wait; /* for the first frame to get through; 0 = do not look */
	bool is_learning;
	double learn_pps, settle;
	/* verdict */
	double losses[DVS_GEN_LOSSES_MAX]; /* of search; the first: of run and replay, if any */
	unsigned int n_losses;
	/* search */
	struct dvs_rate rate_min, rate_max;
	double resolution;
	uint32_t retries;
	double confirm; /* seconds of a last trial at the rate found; 0 = none */
	/* replay */
	const char *file;
	double speed;
	uint64_t loops;
	/* machine */
	const char *cpus; /* NULL = chosen */
	bool is_split;	  /* the first half of cpus sends, the other receives */
	enum dvs_memory memory;
	enum dvs_log_level log_level;
	/* output */
	bool is_json;
	double interval; /* of live lines; 0 = none */
};

/*
 * 0, 1 when help, version or completion were printed and there is nothing more to do, or -EINVAL
 * with the reason in err. Words of argv are kept by reference. dvs_gen_options_free in all cases.
 */
int dvs_gen_options_parse(int argc, char **argv, struct dvs_gen_options *ret_options,
			  struct dvs_error *err);

void dvs_gen_options_free(struct dvs_gen_options *options);

#endif
