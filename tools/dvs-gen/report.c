/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static double rate(uint64_t n, double seconds)
{
	return seconds > 0 ? (double)n / seconds : 0;
}

/* ---- JSON ---- */

static json_t *counts_json(const struct dvs_result_counts *c, double seconds)
{
	return json_pack(
		"{s:I s:I s:I s:I s:I s:I s:I s:I s:I s:I s:I s:I s:I s:f s:f s:f s:f}",
		"offered_frames", (json_int_t)c->offered, "tx_frames", (json_int_t)c->sent,
		"unsent_ring_full", (json_int_t)c->unsent_full, "unsent_late",
		(json_int_t)c->unsent_late, "rx_frames", (json_int_t)c->received, "lost_frames",
		(json_int_t)c->lost, "duplicates", (json_int_t)c->duplicates, "reordered",
		(json_int_t)c->reordered, "reorder_distance_max", (json_int_t)c->distance_max,
		"beyond_window", (json_int_t)c->late, "corrupt", (json_int_t)c->corrupt, "tx_bytes",
		(json_int_t)c->sent_bytes, "rx_bytes", (json_int_t)c->received_bytes, "tx_pps",
		rate(c->sent, seconds), "rx_pps", rate(c->received, seconds), "tx_bps",
		8 * rate(c->sent_bytes, seconds), "rx_bps", 8 * rate(c->received_bytes, seconds));
}

static json_t *latency_json(const struct dvs_histogram *h, double ticks_per_us)
{
	uint64_t n = dvs_histogram_count(h);

	if (n == 0)
		return json_null();
	return json_pack("{s:I s:f s:f s:f s:f s:f s:f s:f}", "samples", (json_int_t)n, "min",
			 (double)dvs_histogram_min(h) / ticks_per_us, "mean",
			 dvs_histogram_mean(h) / ticks_per_us, "p50",
			 (double)dvs_histogram_quantile(h, 0.5) / ticks_per_us, "p90",
			 (double)dvs_histogram_quantile(h, 0.9) / ticks_per_us, "p99",
			 (double)dvs_histogram_quantile(h, 0.99) / ticks_per_us, "p999",
			 (double)dvs_histogram_quantile(h, 0.999) / ticks_per_us, "max",
			 (double)h->max / ticks_per_us);
}

json_t *dvs_report_result(const struct dvs_result *r)
{
	json_t *object = counts_json(&r->total, r->seconds);
	json_t *streams = json_array();

	json_object_set_new(object, "seconds", json_real(r->seconds));
	json_object_set_new(object, "loss_ratio", json_real(dvs_result_loss(r)));
	json_object_set_new(object, "misdelivered", json_integer((json_int_t)r->misdelivered));
	json_object_set_new(object, "foreign_frames", json_integer((json_int_t)r->foreign));
	json_object_set_new(object, "latency_us",
			    r->has_latency ? latency_json(r->latency, r->ticks_per_us)
					   : json_null());
	json_object_set_new(object, "core_busy", json_real(r->busy));
	json_object_set_new(object, "generator_bound", json_boolean(r->is_generator_bound));
	json_object_set_new(object, "interrupted", json_boolean(r->is_interrupted));
	for (unsigned int i = 0; i < r->n_streams; i++) {
		const struct dvs_result_stream *s = &r->streams[i];
		json_t *stream = counts_json(&s->counts, r->seconds);

		json_object_set_new(stream, "from", json_integer(s->from));
		json_object_set_new(stream, "to", json_integer(s->to));
		json_object_set_new(stream, "queue", json_integer(s->queue));
		json_array_append_new(streams, stream);
	}
	json_object_set_new(object, "streams", streams);
	return object;
}

void dvs_report_print_json(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	fflush(stdout);
	json_decref(object);
}

/* ---- text ---- */

static void print_mega(const char *name, uint64_t frames, uint64_t bytes, double seconds)
{
	printf("%-12s %14" PRIu64 " frames  %9.4f Mpps  %9.4f Gbps\n", name, frames,
	       rate(frames, seconds) / 1e6, 8 * rate(bytes, seconds) / 1e9);
}

static void print_count(const char *name, uint64_t n, const char *note)
{
	if (n > 0)
		printf("%-12s %14" PRIu64 " frames  %s\n", name, n, note);
}

static void print_latency(const struct dvs_result *r)
{
	if (!r->has_latency || dvs_histogram_count(r->latency) == 0)
		return;
	printf("latency      min %.2f  mean %.2f  p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  "
	       "max %.2f us\n",
	       (double)dvs_histogram_min(r->latency) / r->ticks_per_us,
	       dvs_histogram_mean(r->latency) / r->ticks_per_us, dvs_result_latency_us(r, 0.5),
	       dvs_result_latency_us(r, 0.9), dvs_result_latency_us(r, 0.99),
	       dvs_result_latency_us(r, 0.999), (double)r->latency->max / r->ticks_per_us);
}

static void print_streams(const struct dvs_result *r)
{
	if (r->n_streams < 2 || r->n_streams > 16)
		return;
	for (unsigned int i = 0; i < r->n_streams; i++) {
		const struct dvs_result_stream *s = &r->streams[i];

		printf("%3u -> %-3u q%-2u sent %" PRIu64 ", received %" PRIu64 ", lost %" PRIu64
		       "\n",
		       s->from, s->to, s->queue, s->counts.sent, s->counts.received,
		       s->counts.lost);
	}
}

void dvs_report_print_text(const struct dvs_result *r)
{
	const struct dvs_result_counts *c = &r->total;

	printf("time         %.3f s%s\n", r->seconds, r->is_interrupted ? " (interrupted)" : "");
	print_mega("sent", c->sent, c->sent_bytes, r->seconds);
	print_mega("received", c->received, c->received_bytes, r->seconds);
	printf("%-12s %14" PRIu64 " frames  %.3g of those meant to be sent, with unsent\n", "lost",
	       c->lost, dvs_result_loss(r));
	print_count("unsent", c->unsent_full, "the ring was full");
	print_count("unsent", c->unsent_late, "the generator was late");
	print_count("duplicates", c->duplicates, "");
	print_count("reordered", c->reordered, "");
	print_count("out of reach", c->late, "came too late to tell: loss is not exact");
	print_count("corrupt", c->corrupt, "payload not as sent");
	print_count("misdelivered", r->misdelivered, "arrived at ports where they do not belong");
	print_count("foreign", r->foreign, "not of this trial");
	print_latency(r);
	print_streams(r);
	printf("core busy    %.0f %%%s\n", 100 * r->busy,
	       r->is_generator_bound ? "  (the generator was the limit)" : "");
	fflush(stdout);
}
