/* SPDX-License-Identifier: BSD-3-Clause */
/* Live lines: what happened since the last one. */
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include "report.h"

#define LINES_A_HEADER 20u

struct sums {
	uint64_t sent, received, bytes, lost;
};

static struct sums sum_up(const struct dvs_engine *e)
{
	bool has_stamps = e->load != DVS_LOAD_FORWARD && e->load != DVS_LOAD_REPLAY;
	struct sums sums = {0};

	for (unsigned int i = 0; i < e->n_streams; i++) {
		sums.sent += dvs_counter_read(&e->streams[i].sent);
		if (has_stamps) {
			sums.received += dvs_counter_read(&e->sinks[i].tracker.received);
			sums.lost += dvs_counter_read(&e->sinks[i].tracker.lost);
			sums.bytes += dvs_counter_read(&e->sinks[i].bytes);
		}
	}
	for (unsigned int i = 0; !has_stamps && i < e->n_receivers; i++) {
		sums.received += dvs_counter_read(&e->receivers[i].frames);
		sums.bytes += dvs_counter_read(&e->receivers[i].bytes);
	}
	return sums;
}

static void print_text(struct dvs_live *live, const struct sums *d, double interval, double seconds)
{
	double us = (double)rte_get_tsc_hz() / 1e6;

	if (live->n_lines++ % LINES_A_HEADER == 0)
		printf("%8s %10s %10s %9s %12s %10s %10s %10s\n", "s", "tx Mpps", "rx Mpps",
		       "rx Gbps", "lost", "p50 us", "p99 us", "max us");
	printf("%8.1f %10.4f %10.4f %9.4f %12llu", seconds, (double)d->sent / interval / 1e6,
	       (double)d->received / interval / 1e6, (double)d->bytes * 8 / interval / 1e9,
	       (unsigned long long)d->lost);
	if (dvs_histogram_count(&live->now) > 0)
		printf(" %10.2f %10.2f %10.2f\n",
		       (double)dvs_histogram_quantile(&live->now, 0.5) / us,
		       (double)dvs_histogram_quantile(&live->now, 0.99) / us,
		       (double)live->now.max / us);
	else
		printf(" %10s %10s %10s\n", "-", "-", "-");
	fflush(stdout);
}

static void print_json(const struct dvs_live *live, const struct sums *d, double interval,
		       double seconds)
{
	const struct dvs_histogram *now = &live->now;
	double us = (double)rte_get_tsc_hz() / 1e6;
	json_t *object = json_pack(
		"{s:s s:f s:f s:f s:f s:I}", "type", "interval", "seconds", seconds, "tx_pps",
		(double)d->sent / interval, "rx_pps", (double)d->received / interval, "rx_bps",
		(double)d->bytes * 8 / interval, "lost_frames", (json_int_t)d->lost);

	if (dvs_histogram_count(&live->now) > 0)
		json_object_set_new(object, "latency_us",
				    json_pack("{s:f s:f s:f s:f}", "p50",
					      (double)dvs_histogram_quantile(now, 0.5) / us, "p90",
					      (double)dvs_histogram_quantile(now, 0.9) / us, "p99",
					      (double)dvs_histogram_quantile(now, 0.99) / us, "max",
					      (double)now->max / us));
	dvs_report_print_json(object);
}

void dvs_live_tick(void *context, const struct dvs_engine *engine, double seconds)
{
	struct dvs_live *live = context;
	struct sums sums = sum_up(engine), d;
	struct dvs_histogram *all = &live->now;
	double interval = seconds - live->seconds;

	memset(all, 0, sizeof(*all));
	for (unsigned int i = 0; i < engine->n_streams; i++)
		dvs_histogram_add_to(&engine->sinks[i].latency, all);
	if (seconds > 0) {
		struct dvs_histogram copy = *all;

		d = (struct sums){sums.sent - live->sent, sums.received - live->received,
				  sums.bytes - live->bytes, sums.lost - live->lost};
		dvs_histogram_subtract(&live->now, &live->before);
		if (live->is_json)
			print_json(live, &d, interval, seconds);
		else
			print_text(live, &d, interval, seconds);
		live->before = copy;
	} else {
		live->before = *all;
	}
	live->seconds = seconds;
	live->sent = sums.sent;
	live->received = sums.received;
	live->bytes = sums.bytes;
	live->lost = sums.lost;
}
