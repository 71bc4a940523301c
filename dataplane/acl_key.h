/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * acl_key.h - what an access control list sees of a frame.
 *
 * Threads: pure functions on the worker's batch.
 */
#ifndef DVS_ACL_KEY_H
#define DVS_ACL_KEY_H

#include "acl.h"
#include "batch.h"

enum dvs_acl_kind {
	DVS_ACL_KIND_V4, /* and what is not IP */
	DVS_ACL_KIND_V6,
	DVS_ACL_KIND_OPAQUE, /* it does not show what the rules look at, and should */
};

/*
 * Fills the key of frame i. vlan: id of its segment. Its priority is that of the tag that came off,
 * or that vlan_pcp gave; a tag that is payload has none. Opaque is IP that is malformed, whose
 * headers are not all within the frame's header, or that begins in fragments too small for what
 * needs asks for, or with ones that could be written over it; and what may be IP, behind a third
 * tag or in an 802.3 frame.
 */
enum dvs_acl_kind dvs_acl_key_fill(const struct dvs_batch *batch, unsigned int i, uint16_t vlan,
				   const struct dvs_acl_needs *needs, struct dvs_acl_key *ret_key);

#endif
