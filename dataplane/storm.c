/* SPDX-License-Identifier: BSD-3-Clause */
#include "storm.h"

#include "violation.h"

static const enum dvs_drop_reason reasons[DVS_N_STORM_KINDS] = {
	[DVS_STORM_BROADCAST] = DVS_DROP_STORM_BROADCAST,
	[DVS_STORM_MULTICAST] = DVS_DROP_STORM_MULTICAST,
	[DVS_STORM_UNKNOWN] = DVS_DROP_STORM_UNKNOWN,
};

void dvs_storm_judge(struct dvs_worker *worker, struct dvs_batch *batch, unsigned int i,
		     enum dvs_storm_kind kind, struct dvs_storm_time *time)
{
	const struct dvs_snapshot_port *port = &worker->snapshot->ports[batch->in_port[i]];
	const struct dvs_meter_rate *rate = &port->guard.storm[kind];

	if (!dvs_meter_is_on(rate))
		return;
	if (time->tsc == 0)
		time->tsc = dvs_worker_tsc(worker);
	if (!dvs_meter_take(&port->dev->memory->storm[kind], rate, time->tsc, batch->length[i]))
		dvs_violate(worker, batch, i, port->guard.storm_mode, reasons[kind]);
}
