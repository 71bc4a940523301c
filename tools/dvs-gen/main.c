/* SPDX-License-Identifier: BSD-3-Clause */
/* dvs-gen: from options to an engine, and one of run, search and replay. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>

#include "capture.h"
#include "commands.h"
#include "eal_start.h"
#include "log.h"
#include "machine.h"
#include "options.h"

struct program {
	struct dvs_gen_options options;
	struct dvs_capture capture;
	struct dvs_engine *engine;
	uint16_t cpus[DVS_GEN_CORES_MAX];
	unsigned int n_cpus;
	bool has_eal;
};

static volatile sig_atomic_t interrupt;

static void on_signal(int number)
{
	(void)number;
	interrupt = 1;
}

/* The lowest CPU that may be used, as dvs-switchd takes the highest; two of them with --split. */
static int choose_cpus(struct program *p, struct dvs_error *err)
{
	const struct dvs_gen_options *o = &p->options;
	unsigned int wanted = o->is_split ? 2 : 1;
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return dvs_error_set(err, -errno, NULL, "cpus", "%s", strerror(errno));
	if (o->cpus != NULL) {
		int rc = dvs_machine_parse_cpus(o->cpus, &allowed, "cpus", p->cpus,
						DVS_GEN_CORES_MAX, &p->n_cpus, err);

		if (rc < 0)
			return rc;
	}
	for (unsigned int cpu = 0; o->cpus == NULL && cpu < CPU_SETSIZE && p->n_cpus < wanted;
	     cpu++)
		if (CPU_ISSET(cpu, &allowed))
			p->cpus[p->n_cpus++] = (uint16_t)cpu;
	if (o->is_split && (p->n_cpus < 2 || p->n_cpus % 2 != 0))
		return dvs_error_set(err, -EINVAL, NULL, "split",
				     "needs an even number of CPUs, as --cpus 2,3");
	return 0;
}

static int start_eal(struct program *p, struct dvs_error *err)
{
	const struct dvs_gen_options *o = &p->options;
	char *extra[2 * DVS_GEN_PORTS_MAX + 2] = {NULL};
	struct dvs_eal_start start = {
		.program = "dvs-gen",
		.cpus = p->cpus,
		.n_cpus = p->n_cpus,
		.memory_bytes = dvs_engine_memory(o, p->n_cpus),
		.extra = extra,
	};
	uint16_t numas[DVS_GEN_CORES_MAX];
	unsigned int n = 0;
	int rc;

	for (unsigned int i = 0; i < p->n_cpus; i++)
		numas[i] = dvs_machine_cpu_numa(p->cpus[i]);
	rc = dvs_memory_choose(o->memory, numas, p->n_cpus, start.memory_bytes, &start.is_huge,
			       err);
	if (rc < 0)
		return rc;
	/* vhost-user shares a few memory regions only. */
	if (start.is_huge)
		extra[n++] = (char *)(uintptr_t) "--single-file-segments";
	for (unsigned int i = 0; i < o->n_ports; i++)
		if (o->ports[i].is_pci) {
			start.scans_pci = true;
			extra[n++] = (char *)(uintptr_t) "-a";
			extra[n++] = o->ports[i].devargs;
		}
	rc = dvs_eal_start(&start, err);
	p->has_eal = rc == 0;
	return rc;
}

/* Opening such a port does not return before, so people are told what to do. */
static void announce_servers(const struct dvs_gen_options *o)
{
	for (unsigned int i = 0; i < o->n_ports; i++)
		if (o->ports[i].is_server)
			fprintf(stderr,
				"dvs-gen: port %u waits for a switch to connect to its socket\n",
				i);
}

static int start(struct program *p, struct dvs_error *err)
{
	const struct dvs_gen_options *o = &p->options;
	int rc;

	if (o->mode == DVS_GEN_REPLAY) {
		uint32_t longest;

		rc = dvs_capture_load(o->file, &p->capture, err);
		if (rc < 0)
			return rc;
		longest = p->capture.longest + DVS_FCS_BYTES;
		dvs_sizes_set(&p->options.sizes, longest < DVS_SIZE_MIN ? DVS_SIZE_MIN : longest);
	}
	rc = choose_cpus(p, err);
	if (rc == 0)
		rc = start_eal(p, err);
	if (rc < 0)
		return rc;
	announce_servers(o);
	return dvs_engine_create(o, p->n_cpus, &p->capture, &p->engine, err);
}

static void stop(struct program *p)
{
	dvs_engine_free(p->engine);
	if (p->has_eal)
		rte_eal_cleanup();
	dvs_capture_free(&p->capture);
	dvs_gen_options_free(&p->options);
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int run_command(struct program *p, struct dvs_error *err)
{
	switch (p->options.mode) {
	case DVS_GEN_RUN:
		return dvs_command_run(p->engine, &interrupt, err);
	case DVS_GEN_SEARCH:
		return dvs_command_search(p->engine, &interrupt, err);
	case DVS_GEN_REPLAY:
		return dvs_command_replay(p->engine, &interrupt, err);
	}
	return -EINVAL;
}

int main(int argc, char **argv)
{
	struct program p = {.n_cpus = 0};
	struct dvs_error err = {0};
	char text[512];
	int rc = dvs_gen_options_parse(argc, argv, &p.options, &err);

	if (rc != 0) {
		if (rc < 0)
			fprintf(stderr, "dvs-gen: %s\n", dvs_error_print(&err, text, sizeof(text)));
		dvs_gen_options_free(&p.options);
		return rc < 0 ? DVS_EXIT_USAGE : DVS_EXIT_DONE;
	}
	dvs_log_set_level(p.options.log_level);
	rc = start(&p, &err);
	if (rc == 0) {
		catch_signals();
		rc = run_command(&p, &err);
	}
	if (rc < 0)
		fprintf(stderr, "dvs-gen: %s\n", dvs_error_print(&err, text, sizeof(text)));
	stop(&p);
	return rc < 0 ? DVS_EXIT_FAILED : rc;
}
