/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state_file.h - what the switch has learnt by itself, and what has to outlive it: a file of
 * records in its state directory.
 *
 * The switch writes such files rather than dvs-controld, since what is in them changes by itself,
 * often, and is worth nothing without the switch that saw it: no other process, and no connection,
 * has to be there. A file is a head and records of one size, with a checksum over both. It is
 * written as a whole beside the old one that it replaces, at most once a second and more rarely
 * when it is long, and not synchronised to the disk: it is for a process that dies, not for a
 * machine that does, whose guests die too.
 *
 * It is believed only when it is a plain file whose length, checksum and every record are right, as
 * its kind says; else it is as good as none, and the log says so once. Times of the switch's clock
 * mean nothing to the next switch: records have the time of day (dvs_state_time).
 *
 * Threads: the control thread.
 */
#ifndef DVS_STATE_FILE_H
#define DVS_STATE_FILE_H

#include <stdbool.h>
#include <stdint.h>

struct dvs_state_kind {
	const char *name; /* in the state directory */
	const char *what; /* for the log: "learnt bindings" */
	char magic[8];	  /* of the file's first bytes; another one for another layout */
	uint32_t record_size;
	uint32_t records_max;
	bool (*is_valid)(const void *record);
};

struct dvs_state_file {
	const struct dvs_state_kind *kind;
	char *path;	 /* NULL: nothing is kept */
	bool is_dirty;	 /* the owner sets: what is in it is not what it should be */
	bool has_failed; /* and the log has said so */
	uint32_t next_s; /* not written before */
};

/* state_dir NULL or "": nothing is kept. kind lives as long as the file. -ENOMEM. */
int dvs_state_file_init(struct dvs_state_file *file, const struct dvs_state_kind *kind,
			const char *state_dir);
void dvs_state_file_fini(struct dvs_state_file *file);

/* Its records, to be freed by the caller; NULL: there is no file, or it is not to be believed. */
void *dvs_state_file_read(const struct dvs_state_file *file, uint32_t *ret_n);

/* Is it time to write it? now_s is of the switch's clock. */
bool dvs_state_file_is_due(const struct dvs_state_file *file, uint32_t now_s);

/* Replaces the file; records NULL: there was no memory for them. What fails is logged once, and
 * tried again in a second. */
void dvs_state_file_write(struct dvs_state_file *file, const void *records, uint32_t n,
			  uint32_t now_s);

/* Seconds of CLOCK_REALTIME. */
uint64_t dvs_state_time(void);

#endif
