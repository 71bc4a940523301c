/* SPDX-License-Identifier: BSD-3-Clause */
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "capture.h"
#include "learn.h"
#include "report.h"
#include "search.h"

static int prepare(struct dvs_engine *e, const volatile sig_atomic_t *interrupt,
		   struct dvs_error *err)
{
	int rc = 0;

	if (e->options->wait > 0)
		rc = dvs_learn_wait(e, interrupt, err);
	if (rc == 0 && e->options->is_learning)
		rc = dvs_learn_macs(e, interrupt, err);
	return rc;
}

static int report(const struct dvs_engine *e, const struct dvs_result *result, const char *mode)
{
	const struct dvs_gen_options *o = e->options;
	bool is_good = o->n_losses == 0 || dvs_result_loss(result) <= o->losses[0];
	json_t *object;

	if (!o->is_json) {
		dvs_report_print_text(result);
	} else {
		object = dvs_report_result(result);
		json_object_set_new(object, "type", json_string("result"));
		json_object_set_new(object, "mode", json_string(mode));
		json_object_set_new(object, "version", json_string(DVS_VERSION));
		json_object_set_new(object, "size", json_real(dvs_engine_mean_bytes(o)));
		dvs_report_print_json(object);
	}
	return is_good ? DVS_EXIT_DONE : DVS_EXIT_LOSS;
}

/* A trial with live lines, and its report. */
static int run_and_report(struct dvs_engine *e, const struct dvs_trial *trial, const char *mode,
			  const volatile sig_atomic_t *interrupt, struct dvs_error *err)
{
	struct dvs_live live = {.is_json = e->options->is_json};
	const struct dvs_engine_observer observer = {
		.interval = e->options->interval, .tick = dvs_live_tick, .context = &live};
	struct dvs_result result;
	int rc = dvs_engine_run(e, trial, &observer, interrupt, &result, err);

	if (rc < 0)
		return rc;
	rc = report(e, &result, mode);
	dvs_result_fini(&result);
	return rc;
}

/* ---- run ---- */

static enum dvs_load load_of(const struct dvs_gen_options *o)
{
	if (o->is_forwarding)
		return DVS_LOAD_FORWARD;
	if (o->window > 0)
		return DVS_LOAD_WINDOW;
	return o->rate.kind == DVS_RATE_MAX ? DVS_LOAD_MAX : DVS_LOAD_PACED;
}

static int warm_up(struct dvs_engine *e, struct dvs_trial trial,
		   const volatile sig_atomic_t *interrupt, struct dvs_error *err)
{
	struct dvs_result result;
	int rc;

	trial.seconds = e->options->warmup;
	trial.count = 0;
	rc = dvs_engine_run(e, &trial, NULL, interrupt, &result, err);
	if (rc == 0)
		dvs_result_fini(&result);
	return rc;
}

int dvs_command_run(struct dvs_engine *e, const volatile sig_atomic_t *interrupt,
		    struct dvs_error *err)
{
	const struct dvs_gen_options *o = e->options;
	const struct dvs_trial trial = {
		.load = load_of(o),
		.rate = o->rate,
		.window = o->window,
		.seconds = o->count > 0 ? 0 : o->seconds,
		.count = o->count,
	};
	int rc = prepare(e, interrupt, err);

	if (rc == 0 && o->warmup > 0)
		rc = warm_up(e, trial, interrupt, err);
	if (rc < 0)
		return rc;
	return run_and_report(e, &trial, "run", interrupt, err);
}

/* ---- replay ---- */

int dvs_command_replay(struct dvs_engine *e, const volatile sig_atomic_t *interrupt,
		       struct dvs_error *err)
{
	const struct dvs_gen_options *o = e->options;
	const struct dvs_trial trial = {
		.load = DVS_LOAD_REPLAY,
		.rate = o->rate,
		.count = e->capture->n * o->loops,
	};

	if (e->capture->n_cut > 0)
		fprintf(stderr,
			"dvs-gen: %llu of %llu frames were cut when they were captured; they are "
			"sent as they are\n",
			(unsigned long long)e->capture->n_cut, (unsigned long long)e->capture->n);
	return run_and_report(e, &trial, "replay", interrupt, err);
}

/* ---- search ---- */

struct search_run {
	struct dvs_engine *engine;
	const volatile sig_atomic_t *interrupt;
	struct dvs_error *err;
	struct dvs_result best; /* of the trial that passed last at the highest rate */
	double best_rate;
	double loss; /* tolerated */
};

static void print_trial(const struct search_run *run, double rate, double loss,
			const struct dvs_result *result)
{
	if (run->engine->options->is_json) {
		json_t *object =
			json_pack("{s:s s:f s:f s:f s:b s:b}", "type", "trial", "rate_pps", rate,
				  "loss_ratio", loss, "rx_pps",
				  (double)result->total.received / result->seconds, "passed",
				  loss <= run->loss, "generator_bound", result->is_generator_bound);

		dvs_report_print_json(object);
		return;
	}
	printf("%10.4f Mpps a port: loss %.3g, %s%s\n", rate / 1e6, loss,
	       loss <= run->loss ? "good" : "too much",
	       result->is_generator_bound ? " (the generator was the limit)" : "");
	fflush(stdout);
}

static int search_trial(void *context, double rate, bool is_last, double *ret_loss)
{
	struct search_run *run = context;
	const struct dvs_gen_options *o = run->engine->options;
	const struct dvs_trial trial = {
		.load = DVS_LOAD_PACED,
		.rate = {.kind = DVS_RATE_PPS, .value = rate},
		.seconds = is_last ? o->confirm : o->seconds,
	};
	struct dvs_result result;
	int rc = dvs_engine_run(run->engine, &trial, NULL, run->interrupt, &result, run->err);

	if (rc < 0)
		return rc;
	if (result.is_interrupted) {
		dvs_result_fini(&result);
		return dvs_error_set(run->err, -EINTR, NULL, NULL, "interrupted");
	}
	*ret_loss = dvs_result_loss(&result);
	print_trial(run, rate, *ret_loss, &result);
	if (*ret_loss <= run->loss) {
		dvs_result_fini(&run->best);
		run->best = result;
		run->best_rate = rate;
	} else {
		dvs_result_fini(&result);
	}
	return 0;
}

/* What a port can send at all: the rate at which its ring takes frames, and a little more. */
static int measure_bound(struct search_run *run, double *ret_pps)
{
	const struct dvs_gen_options *o = run->engine->options;
	const struct dvs_trial trial = {.load = DVS_LOAD_MAX, .seconds = o->seconds};
	struct dvs_result result;
	unsigned int n_sending = o->is_one_way ? o->n_ports / 2 : o->n_ports;
	int rc = dvs_engine_run(run->engine, &trial, NULL, run->interrupt, &result, run->err);

	if (rc < 0)
		return rc;
	*ret_pps = 1.05 * (double)result.total.sent / result.seconds / n_sending;
	dvs_result_fini(&result);
	return *ret_pps > 1 ? 0
			    : dvs_error_set(run->err, -EIO, NULL, "max-rate",
					    "no port takes frames, so there is no upper bound");
}

static int find_bounds(struct search_run *run, double *ret_low, double *ret_high)
{
	const struct dvs_engine *e = run->engine;
	const struct dvs_gen_options *o = e->options;
	double bytes = dvs_engine_mean_bytes(o), line = e->ports[0].device.line_bps;
	double low = dvs_rate_pps(&o->rate_min, bytes, line);
	double high = dvs_rate_pps(&o->rate_max, bytes, line);
	int rc = 0;

	if ((o->rate_max.kind == DVS_RATE_LINE || o->rate_min.kind == DVS_RATE_LINE) && line == 0)
		return dvs_error_set(run->err, -EINVAL, NULL, "max-rate",
				     "the line rate of the port is not known; give --line SPEED");
	if (high == 0)
		rc = measure_bound(run, &high);
	if (rc < 0)
		return rc;
	if (low == 0)
		low = high / 100;
	if (low >= high)
		return dvs_error_set(run->err, -EINVAL, NULL, "min-rate",
				     "%.0f frames a second is not below the upper bound of %.0f",
				     low, high);
	*ret_low = low;
	*ret_high = high;
	return 0;
}

static void report_search(const struct search_run *run, const struct dvs_search_result *found)
{
	const struct dvs_gen_options *o = run->engine->options;
	unsigned int n_sending = o->is_one_way ? o->n_ports / 2 : o->n_ports;

	if (!o->is_json) {
		if (found->rate == 0) {
			printf("\nloss %g: no rate was good, after %u trials\n", run->loss,
			       found->n_trials);
			return;
		}
		printf("\nloss %g: %.4f Mpps a port, %.4f Mpps in all%s, after %u trials\n",
		       run->loss, found->rate / 1e6, found->rate * n_sending / 1e6,
		       found->is_upper_bound ? " (the upper bound)" : "", found->n_trials);
		dvs_report_print_text(&run->best);
		printf("\n");
		return;
	}
	json_t *object = found->rate > 0 ? dvs_report_result(&run->best) : json_object();

	json_object_set_new(object, "type", json_string("result"));
	json_object_set_new(object, "mode", json_string("search"));
	json_object_set_new(object, "version", json_string(DVS_VERSION));
	json_object_set_new(object, "size", json_real(dvs_engine_mean_bytes(o)));
	json_object_set_new(object, "tolerated_loss", json_real(run->loss));
	json_object_set_new(object, "rate_pps", json_real(found->rate));
	json_object_set_new(object, "total_pps", json_real(found->rate * n_sending));
	json_object_set_new(object, "trials", json_integer(found->n_trials));
	json_object_set_new(object, "is_upper_bound", json_boolean(found->is_upper_bound));
	dvs_report_print_json(object);
}

int dvs_command_search(struct dvs_engine *e, const volatile sig_atomic_t *interrupt,
		       struct dvs_error *err)
{
	const struct dvs_gen_options *o = e->options;
	struct search_run run = {.engine = e, .interrupt = interrupt, .err = err};
	struct dvs_search search = {
		.resolution = o->resolution,
		.retries = o->retries,
		.confirms = o->confirm > 0,
		.trial = search_trial,
		.context = &run,
	};
	bool all_found = true;
	int rc = prepare(e, interrupt, err);

	if (rc == 0 && o->warmup > 0)
		rc = warm_up(e, (struct dvs_trial){.load = DVS_LOAD_MAX}, interrupt, err);
	if (rc == 0)
		rc = find_bounds(&run, &search.low, &search.high);
	for (unsigned int i = 0; i < o->n_losses && rc == 0; i++) {
		struct dvs_search_result found;

		run.loss = search.loss = o->losses[i];
		rc = dvs_search_run(&search, &found);
		if (rc < 0)
			break;
		report_search(&run, &found);
		all_found = all_found && found.rate > 0;
		dvs_result_fini(&run.best);
	}
	dvs_result_fini(&run.best);
	if (rc < 0)
		return rc;
	return all_found ? DVS_EXIT_DONE : DVS_EXIT_LOSS;
}
