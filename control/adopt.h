/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * adopt.h - an intent made from what a switch has, for a store that was lost.
 *
 * The switch knows nothing of port groups but their names: each gets the segment of its ports, and
 * the policy that all of them share; where they differ it is an override of the port. So the
 * result takes effect as exactly what the switch has; how the operator had written it is lost, and
 * so are port groups without ports and the descriptions of all of them.
 *
 * Threads: the control thread only.
 */
#ifndef DVS_ADOPT_H
#define DVS_ADOPT_H

#include "intent.h"

/*
 * Edits of an empty intent, to be checked (dvs_intent_check) and then committed or rolled back.
 * found: records with the switch's structs. -EUCLEAN when no intent can mean that; -EINVAL,
 * -ENOMEM.
 */
int dvs_intent_adopt(struct dvs_intent *intent, const struct dvs_config_set *found,
		     struct dvs_error *err);

#endif
