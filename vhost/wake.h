/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wake.h - makes librte_vhost's protocol thread look at a new listening socket now.
 *
 * The thread polls with a time limit of a second, and a socket that was added meanwhile is not in
 * its poll. It is interrupted for new connections only. So when the switch has started again, its
 * guests, who try to connect once a second, would wait for up to another second. Here the library
 * is made to connect somewhere, and that interrupts it.
 *
 * Threads: control.
 */
#ifndef DVS_VHOST_WAKE_H
#define DVS_VHOST_WAKE_H

/* beside: the path of the new socket; a short-lived one is made in the same directory. Nothing is
 * lost but a second when that is not possible. */
void dvs_vhost_wake(const char *beside);

#endif
