/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stages.h - the list of the packet path's stages, in their order. Nothing else decides it.
 *
 * The list generates the enum, the bit masks and the calls (worker.c). A port holds a bitmap of the
 * stages that it and its segment need (snapshot.h), which the batch carries, so that a stage nobody
 * needs costs one test of a bit for a batch.
 *
 * Places of stages to come, each a row here and a file in this folder:
 *	mirror		behind filter
 *
 * Threads: each stage runs in a worker on the worker's own batch.
 */
#ifndef DVS_STAGES_H
#define DVS_STAGES_H

#include <stdint.h>

struct dvs_batch;
struct dvs_worker;

/*	symbol	 function */
#define DVS_STAGES(X)                                                                              \
	X(RX, rx)                                                                                  \
	X(PARSE, parse)                                                                            \
	X(VLAN, vlan)                                                                              \
	X(CLASSIFY, classify)                                                                      \
	X(GUARD, guard)                                                                            \
	X(POLICE, police)                                                                          \
	X(ACL, acl)                                                                                \
	X(MARK, mark)                                                                              \
	X(LEARN, learn)                                                                            \
	X(FORWARD, forward)                                                                        \
	X(UNKNOWN, unknown)                                                                        \
	X(SUPPRESS, suppress)                                                                      \
	X(SNOOP, snoop)                                                                            \
	X(FLOOD, flood)                                                                            \
	X(GROUP, group)                                                                            \
	X(PROMISCUOUS, promiscuous)                                                                \
	X(FILTER, filter)                                                                          \
	X(ACL_TO, acl_to)                                                                          \
	X(TX, tx)

enum dvs_stage {
#define DVS_STAGE_ENUM(symbol, function) DVS_STAGE_##symbol,
	DVS_STAGES(DVS_STAGE_ENUM)
#undef DVS_STAGE_ENUM
		DVS_N_STAGES
};

enum dvs_stage_bit {
#define DVS_STAGE_BIT_ENUM(symbol, function) DVS_STAGE_BIT_##symbol = 1 << DVS_STAGE_##symbol,
	DVS_STAGES(DVS_STAGE_BIT_ENUM)
#undef DVS_STAGE_BIT_ENUM
};

/* What every port needs; RX comes before, and nothing follows when it finds none. FLOOD is added to
 * a batch by forward, GROUP by snoop, when a frame asks for it. */
#define DVS_STAGES_ALWAYS                                                                          \
	(DVS_STAGE_BIT_PARSE | DVS_STAGE_BIT_LEARN | DVS_STAGE_BIT_FORWARD | DVS_STAGE_BIT_TX)

/* What may take ports away from flooded frames, by receiving port. */
#define DVS_STAGES_FILTERING (DVS_STAGE_BIT_FILTER | DVS_STAGE_BIT_ACL_TO)

/* What is left to do for frames that another worker has looked up and handed over. */
#define DVS_STAGES_EGRESS (DVS_STAGE_BIT_FLOOD | DVS_STAGE_BIT_TX)

#define DVS_STAGE_DECLARE(symbol, function)                                                        \
	void dvs_stage_##function(struct dvs_worker *worker, struct dvs_batch *batch);
DVS_STAGES(DVS_STAGE_DECLARE)
#undef DVS_STAGE_DECLARE

#endif
