/* SPDX-License-Identifier: BSD-3-Clause */
/* rx: takes what the queue has, up to a batch, and says which stages its port needs. */
#include "stages.h"
#include "worker.h"

void dvs_stage_rx(struct dvs_worker *worker, struct dvs_batch *batch)
{
	const struct dvs_poll *poll = worker->poll;

	batch->stages = 0;
	if (poll->dev->ops->rx(poll->dev, poll->queue, batch) != 0)
		batch->stages = worker->snapshot->ports[poll->port].stages;
}
