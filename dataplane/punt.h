/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * punt.h - frames that the control thread has to see, since only it writes tables: DHCP messages,
 * ARP and ND, IGMP and MLD.
 *
 * A worker copies the frame (up to DVS_PUNT_BYTES of it) and sends it on as it would without; the
 * copy waits in a ring for the control thread, which gives it to the handler of its kind. Nothing
 * waits for that: a full ring, or a port that has punted its part of this second, loses copies,
 * which are counted. So one port cannot keep the control thread busy. Each kind has parts of its
 * own, and the second half of the ring is for ports that have used little of theirs: a port that
 * floods does not displace what others punt, nor its other kinds.
 *
 * Threads: dvs_punt: workers; the rest: the control thread.
 */
#ifndef DVS_PUNT_H
#define DVS_PUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "batch.h"
#include "snapshot.h"

struct dvs_switch;
struct dvs_worker;

#define DVS_PUNT_BYTES 1536 /* of a frame at most */
#define DVS_PUNT_RING  256

/*
 * Kinds, each with its handler in the control thread, void dvs_punt_HANDLER(sw, frame). To add one:
 * a row here, and the handler in the file that owns the table it writes.
 *
 * Part: the most of one port and worker in a second. What guests send and what answers them are
 * different kinds, with less for the former, so that answers are seen however much is asked.
 *
 *	symbol	   handler	part */
#define DVS_PUNT_KINDS(X)                                                                          \
	X(DHCP4, dhcp4, 50)                                                                        \
	X(DHCP6, dhcp6, 50)                                                                        \
	X(ANSWER4, dhcp4, 2000)                                                                    \
	X(ANSWER6, dhcp6, 2000)                                                                    \
	X(DAD, dad, 50)                                                                            \
	X(DEFENCE, defence, 2000)                                                                  \
	X(NEIGHBOR, neighbor, 500)                                                                 \
	X(MEMBERSHIP, membership, 500)

enum dvs_punt_kind {
#define DVS_PUNT_ENUM(symbol, handler, part) DVS_PUNT_##symbol,
	DVS_PUNT_KINDS(DVS_PUNT_ENUM)
#undef DVS_PUNT_ENUM
		DVS_N_PUNT_KINDS
};

/* A frame as the control thread gets it. */
struct dvs_punted {
	uint16_t port; /* that it came in at */
	uint16_t segment;
	uint16_t l3;	       /* offset of the network header */
	uint16_t length;       /* bytes that are here */
	uint32_t frame_length; /* of the whole frame: more than length when it was cut */
	uint8_t kind;	       /* enum dvs_punt_kind */
	uint8_t pad[3];
	uint8_t bytes[DVS_PUNT_BYTES];
};

/* One worker puts, the control thread takes. */
struct dvs_punt_ring {
	uint32_t head __attribute__((aligned(64))); /* atomic: put so far; the worker writes */
	uint64_t lost;				    /* atomic: no room, or over the port's part */
	uint32_t part_s;			    /* second of parts; the worker's */
	uint16_t parts[DVS_N_PUNT_KINDS][DVS_PORT_IDS]; /* put in that second */
	uint32_t tail __attribute__((aligned(64)));	/* atomic: taken so far; control writes */
	struct dvs_punted slots[DVS_PUNT_RING];
};

/* Copies frame i. False: it is lost. */
bool dvs_punt(struct dvs_worker *worker, const struct dvs_batch *batch, unsigned int i,
	      enum dvs_punt_kind kind);

/* Handles up to max frames of each worker. Frames whose port is gone are void; the
 * handler looks whether the segment is still one of the port's. */
void dvs_punt_drain(struct dvs_switch *sw, unsigned int max);

/* Is there one to handle? */
bool dvs_punt_is_waiting(const struct dvs_punt_ring *ring);

#define DVS_PUNT_DECLARE(symbol, handler, part)                                                    \
	void dvs_punt_##handler(struct dvs_switch *sw, const struct dvs_punted *frame);
DVS_PUNT_KINDS(DVS_PUNT_DECLARE)
#undef DVS_PUNT_DECLARE

#endif
