/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mac_state.h - what the switch knows of ports' MACs and that outlives it, in a file of its state
 * directory (state_file.h):
 *
 * - sticky MACs, by segment and port: no other port can have one by being first after a restart;
 * - the first source that a port's guards saw, to which they hold it (port_memory.h);
 * - ports that mac_limit_action=shutdown has disabled.
 *
 * What was kept waits for its port to be configured. It is the port's again when that is what it
 * was: of that name, for a sticky MAC in the MAC's segment (trunks are in several), else in the
 * segment as before. A port that is something else has been made anew by its operator, and nothing
 * is taken over; nor are sticky MACs by a port that is not sticky any more. What has waited for
 * DVS_MAC_STATE_WAIT_S goes, so that ports that never come back do not pile up.
 *
 * A guest that is on before its port's switch is has to find things as they were with its first
 * frame: shut and first source are there before workers see the port. Sticky MACs come a moment
 * later, and take what another port has learnt in between.
 *
 * Threads: the control thread.
 */
#ifndef DVS_MAC_STATE_H
#define DVS_MAC_STATE_H

#include "model.h"

struct dvs_mac_state;
struct dvs_switch;

#define DVS_MAC_STATE_WAIT_S (7 * 24 * 3600)

/* state_dir NULL or "": nothing is kept. Reads what was kept. NULL: no memory. */
struct dvs_mac_state *dvs_mac_state_create(const char *state_dir);
/* Writes the file when something has changed since. Ports and the MAC table are still there. */
void dvs_mac_state_free(struct dvs_switch *sw);

/* The port is about to be made: was it shut / the first source that guards saw there, 0: none. */
bool dvs_mac_state_was_shut(const struct dvs_switch *sw, const struct dvs_port *config);
uint64_t dvs_mac_state_mac(const struct dvs_switch *sw, const struct dvs_port *config);

/* A transaction has touched the port, which exists: its sticky MACs are learnt, nothing waits for
 * it any more. */
void dvs_mac_state_port_changed(struct dvs_switch *sw, struct dvs_port_object *port);

/* The port is about to go. */
void dvs_mac_state_port_gone(struct dvs_switch *sw, const struct dvs_port_object *port);

/* The segment's sticky MACs, all of them when it is "", do not wait any more. */
void dvs_mac_state_flush(struct dvs_switch *sw, const char *segment);

/* Writes what has changed: some work once a second. */
void dvs_mac_state_poll(struct dvs_switch *sw);

#endif
