/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * options.h - the options of dvsctl, which may stand anywhere on the command line.
 *
 * Threads: one.
 */
#ifndef DVS_OPTIONS_H
#define DVS_OPTIONS_H

#include <getopt.h>

#include "ctl.h"

/* Ends with a NULL name. */
extern const struct option dvs_long_options[];
extern const char dvs_options_help[];

/*
 * Takes the options into ctl and moves them before the other words, which begin at argv[optind].
 * *ret_help: --help was given. Prints the version and ends the program for --version.
 * DVS_EXIT_USAGE after a message.
 */
int dvs_options_parse(struct dvs_ctl *ctl, int argc, char **argv, bool *ret_help);

#endif
