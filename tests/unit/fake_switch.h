/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_switch.h - the other end of the wire, for what a real switch does not do on demand: refuse
 * an object, lose an event, hang, come back empty.
 *
 * It keeps what it is given and checks references like the real one; everything it sends goes
 * through the real encoder. It runs in a thread of its own, as the client library blocks.
 *
 * Threads: one test thread calls; members are read after fake_switch_lock.
 */
#ifndef DVS_FAKE_SWITCH_H
#define DVS_FAKE_SWITCH_H

#include <pthread.h>

#include "config_set.h"
#include "wire.h"

#define FAKE_CLIENTS 8

struct fake_staged {
	bool is_delete;
	struct dvs_config_object *object;
};

struct fake_client {
	int fd; /* -1: free */
	bool is_subscribed;
	uint64_t sequence;
	struct fake_staged *staged;
	unsigned int n_staged;
};

struct fake_switch {
	pthread_t thread;
	pthread_mutex_t lock;
	int listen_fd, stop_fds[2];
	char path[108];
	struct fake_client clients[FAKE_CLIENTS];

	/* What the test looks at. */
	struct dvs_config_set objects;
	uint64_t boot_epoch, generation;
	unsigned int n_puts, n_deletes, n_commits, n_refused, n_dumps, n_hellos;

	/* What the test asks for. */
	char refuse[2][DVS_KEY_TEXT_MAX]; /* keys of ports whose PUT is refused at commit */
	bool is_hanging;		  /* no reply to anything */
	bool drops_commit;		  /* the next commit ends the connection, taken or not */
	bool takes_dropped;		  /* that commit is taken */
};

/* Listens at path with nothing configured and a new boot epoch. */
void fake_switch_start(struct fake_switch *fake, const char *path);
/* Ends: connections break, the socket is gone. */
void fake_switch_stop(struct fake_switch *fake);

void fake_switch_lock(struct fake_switch *fake);
void fake_switch_unlock(struct fake_switch *fake);

/* Forgets an object, as if another client had deleted it, with the event for it or without. */
void fake_switch_forget(struct fake_switch *fake, const struct dvs_type *type, const char *key,
			bool is_told);
/* The next event of every client will have a gap before it. */
void fake_switch_skip_event(struct fake_switch *fake);
/* An event that says nothing new. */
void fake_switch_send_event(struct fake_switch *fake);

#endif
