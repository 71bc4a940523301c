/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * marker.h - the two three-color markers: single rate (RFC 2697) and two rate (RFC 2698).
 *
 * A marker looks at a stream of packets and calls each green, yellow or red by two token buckets.
 * What becomes of the colors is the caller's affair.
 *
 * srTCM: a committed rate (CIR) fills bucket C up to the committed burst (CBS), and when that is
 * full bucket E up to the excess burst (EBS). A packet that C has tokens for is green, one that E
 * has them for is yellow, others are red and cost nothing.
 *
 * trTCM: C fills with the committed rate up to CBS, P with the peak rate (PIR) up to the peak burst
 * (PBS). A packet that P has no tokens for is red and costs nothing; else one that C has them for
 * is green and takes from both, others are yellow and take from P.
 *
 * A color-aware marker knows the color that somebody before has given, and never makes it better: a
 * yellow packet is not green whatever tokens there are (section 3 of both).
 *
 * How it is computed
 * ------------------
 * As in meter.h: a bucket is the time at which it will be full again, so nothing is refilled and an
 * idle marker costs nothing. In srTCM, C and E together are one bucket T with the rate CIR and the
 * depth CBS + EBS: whichever of the two a token goes to, T has it. So C and T are kept, each a
 * bucket of its own, and E is what T has and C has not.
 *
 * Several workers may share a marker. Each bucket is changed by compare-and-swap, one after the
 * other: no token is spent twice, but a packet that is judged between another's two steps may find
 * E fuller than it is by that other packet; E owes it from then on.
 *
 * Large frames that are cut into packets later are judged once, by their first packet, and pay for
 * all. The bucket may owe after such a frame, and has to be out of debt before it gives again. So a
 * large frame is not red for ever because it is longer than a bucket, and rates hold.
 *
 * Time wraps, and errors are, as told in meter.h.
 *
 * Threads: dvs_marker_take: any, on shared markers.
 *
 *	struct dvs_marker_rates rates;
 *	struct dvs_marker marker = {0};
 *	struct dvs_marker_config config = {.committed_bps = 10000000, .committed_burst = 15000,
 *					   .excess_burst = 15000};
 *
 *	dvs_marker_rates_init(&rates, &config, tsc_hz);
 *	if (dvs_marker_take(&marker, &rates, rte_rdtsc(), bytes, bytes, DVS_GREEN) == DVS_RED)
 *		drop
 */
#ifndef DVS_MARKER_H
#define DVS_MARKER_H

#include <stdbool.h>
#include <stdint.h>

#define DVS_MARKER_BYTES_MAX (UINT64_C(1) << 21) /* of one dvs_marker_take */
#define DVS_MARKER_BURST_MAX (UINT64_C(1) << 27) /* bytes of one bucket */

enum dvs_color { DVS_GREEN, DVS_YELLOW, DVS_RED, DVS_N_COLORS };

/* All zero: both buckets are full. */
struct dvs_marker {
	uint64_t committed_full_at; /* atomic; time in the unit of meter.h: C */
	uint64_t outer_full_at;	    /* atomic: T of srTCM, P of trTCM */
};

struct dvs_marker_config {
	uint64_t committed_bps;	  /* 1 kbps to 1 Tbps */
	uint64_t peak_bps;	  /* the same, two rates: at least committed_bps; 0: srTCM */
	uint64_t committed_burst; /* bytes, to DVS_MARKER_BURST_MAX and what the rate gives in an
				     hour */
	uint64_t excess_burst;	  /* the same: EBS, or PBS with peak_bps */
	bool is_color_aware;
};

struct dvs_marker_bucket {
	uint64_t mult;	/* time for a byte << shift */
	uint64_t depth; /* as time */
	uint64_t ahead; /* no full_at is further ahead than this */
	uint8_t shift;
};

/* Constant, part of the configuration. All zero: no marker. */
struct dvs_marker_rates {
	struct dvs_marker_bucket committed, outer;
	uint64_t excess; /* of srTCM: the depth of E */
	bool has_peak;	 /* trTCM */
	bool is_color_aware;
};

/* tsc_hz: 1 MHz to 10 GHz. */
void dvs_marker_rates_init(struct dvs_marker_rates *rates, const struct dvs_marker_config *config,
			   uint64_t tsc_hz);

static inline bool dvs_marker_is_on(const struct dvs_marker_rates *rates)
{
	return rates->committed.mult != 0;
}

/*
 * The color of a packet of bytes at time now_tsc, in cycles. first: bytes of the first of several
 * that a frame will be cut into, else the same as bytes. before: its color so far, which a marker
 * that is not color-aware does not look at. Bytes are at most DVS_MARKER_BYTES_MAX, the rates are
 * on.
 */
enum dvs_color dvs_marker_take(struct dvs_marker *marker, const struct dvs_marker_rates *rates,
			       uint64_t now_tsc, uint32_t first, uint32_t bytes,
			       enum dvs_color before);

#endif
