/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * commands.h - run, search and replay on a built engine.
 *
 * Each prints its result on standard output and returns an exit status (0 done, 3 more was lost
 * than allowed), or a negative errno with the reason in err.
 *
 * Threads: the main thread.
 */
#ifndef DVS_GEN_COMMANDS_H
#define DVS_GEN_COMMANDS_H

#include <signal.h>

#include "engine.h"
#include "error.h"

enum dvs_exit {
	DVS_EXIT_DONE = 0,
	DVS_EXIT_FAILED = 1,
	DVS_EXIT_USAGE = 2,
	DVS_EXIT_LOSS = 3,
};

int dvs_command_run(struct dvs_engine *engine, const volatile sig_atomic_t *interrupt,
		    struct dvs_error *err);

int dvs_command_search(struct dvs_engine *engine, const volatile sig_atomic_t *interrupt,
		       struct dvs_error *err);

int dvs_command_replay(struct dvs_engine *engine, const volatile sig_atomic_t *interrupt,
		       struct dvs_error *err);

#endif
