/* SPDX-License-Identifier: BSD-3-Clause */
#include "turn.h"

#include <string.h>

/* In a worker's list all queues of a port are beside each other. */
static void mark(struct dvs_turn *turn, const struct dvs_snapshot_worker *mine, uint16_t port,
		 bool is_passed)
{
	for (uint32_t i = mine->first_poll[port]; i < mine->n_polls && mine->polls[i].port == port;
	     i++) {
		if (is_passed)
			turn->passed[i / 64] |= UINT64_C(1) << i % 64;
		else
			turn->passed[i / 64] &= ~(UINT64_C(1) << i % 64);
	}
}

void dvs_turn_sort(struct dvs_turn *turn, const struct dvs_snapshot_worker *mine)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < turn->n_ahead; k++) {
		uint16_t port = turn->ahead[k];
		struct dvs_turn_account *account = &turn->accounts[port];

		account->is_ahead = account->used > turn->least + DVS_TURN_CYCLES;
		mark(turn, mine, port, account->is_ahead);
		if (!account->is_ahead)
			continue;
		turn->ahead[n++] = port;
		if (account->used < turn->next_least)
			turn->next_least = account->used;
	}
	turn->n_ahead = n;
}

void dvs_turn_forget(struct dvs_turn *turn)
{
	for (uint32_t k = 0; k < turn->n_ahead; k++)
		turn->accounts[turn->ahead[k]].is_ahead = false;
	turn->n_ahead = 0;
	memset(turn->passed, 0, sizeof(turn->passed));
}
