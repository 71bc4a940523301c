/* SPDX-License-Identifier: BSD-3-Clause */
#include "environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "machine.h"

#define BUFFER_BYTES 2560u /* an mbuf with its data room, and its share of the pool's ring */
#define SLACK_BYTES  (32u << 20)

/* ---- CPUs ---- */

static void add_worker(struct dvs_switch_options *opts, unsigned int cpu)
{
	struct dvs_worker_option *w = &opts->workers[opts->n_workers];

	w->cpu = (uint16_t)cpu;
	w->numa = dvs_machine_cpu_numa(cpu);
	w->lcore = ++opts->n_workers;
}

static bool has_worker_on_numa(const struct dvs_switch_options *opts, uint16_t numa)
{
	for (unsigned int i = 0; i < opts->n_workers; i++)
		if (opts->workers[i].numa == numa)
			return true;
	return false;
}

/* The default: the highest CPU of each NUMA node. */
static void choose_one_a_node(const cpu_set_t *allowed, struct dvs_switch_options *opts)
{
	for (unsigned int cpu = CPU_SETSIZE; cpu-- > 0;) {
		if (!CPU_ISSET(cpu, allowed) || opts->n_workers == DVS_WORKERS_MAX)
			continue;
		if (!has_worker_on_numa(opts, dvs_machine_cpu_numa(cpu)))
			add_worker(opts, cpu);
	}
}

static int choose_count(unsigned long count, const cpu_set_t *allowed,
			struct dvs_switch_options *opts, struct dvs_error *err)
{
	unsigned int available = (unsigned int)CPU_COUNT(allowed);

	if (count < 1 || count > DVS_WORKERS_MAX || count > available)
		return dvs_error_set(err, -EINVAL, NULL, "workers",
				     "%lu workers are not possible: this process may run on %u "
				     "CPUs, and a switch has 1 to %u workers",
				     count, available, DVS_WORKERS_MAX);
	for (unsigned int cpu = CPU_SETSIZE; cpu-- > 0 && opts->n_workers < count;)
		if (CPU_ISSET(cpu, allowed))
			add_worker(opts, cpu);
	return 0;
}

static int choose_list(const char *text, const cpu_set_t *allowed, struct dvs_switch_options *opts,
		       struct dvs_error *err)
{
	uint16_t cpus[DVS_WORKERS_MAX];
	unsigned int n;
	int rc = dvs_machine_parse_cpus(text, allowed, "workers", cpus, DVS_WORKERS_MAX, &n, err);

	if (rc < 0)
		return rc;
	for (unsigned int i = 0; i < n; i++)
		add_worker(opts, cpus[i]);
	return 0;
}

int dvs_environment_choose_workers(const char *text, const cpu_set_t *allowed,
				   struct dvs_switch_options *ret_switch, struct dvs_error *err)
{
	struct dvs_switch_options chosen = *ret_switch;
	int rc = 0;

	chosen.n_workers = 0;
	if (text == NULL)
		choose_one_a_node(allowed, &chosen);
	else if (text[0] != '\0' && text[strspn(text, "0123456789")] == '\0')
		rc = choose_count(strtoul(text, NULL, 10), allowed, &chosen, err);
	else
		rc = choose_list(text, allowed, &chosen, err);
	if (rc == 0 && chosen.n_workers == 0)
		rc = dvs_error_set(err, -EINVAL, NULL, "workers", "no CPU is given");
	if (rc == 0)
		*ret_switch = chosen;
	return rc;
}

/* ---- memory ---- */

/* On one NUMA node. */
static uint64_t bytes_needed(const struct dvs_environment_options *options)
{
	return (uint64_t)options->buffers * BUFFER_BYTES + SLACK_BYTES;
}

unsigned int dvs_environment_count_nodes(const struct dvs_switch_options *opts)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < opts->n_workers; i++) {
		unsigned int first = 0;

		while (opts->workers[first].numa != opts->workers[i].numa)
			first++;
		n += first == i;
	}
	return n;
}

static int choose_memory(const struct dvs_environment_options *options,
			 struct dvs_switch_options *opts, bool *ret_huge, struct dvs_error *err)
{
	unsigned long long mib = bytes_needed(options) >> 20;
	uint16_t numas[DVS_WORKERS_MAX];
	int rc;

	for (unsigned int i = 0; i < opts->n_workers; i++)
		numas[i] = opts->workers[i].numa;
	rc = dvs_memory_choose(options->memory, numas, opts->n_workers, bytes_needed(options),
			       ret_huge, err);
	if (rc < 0)
		return rc;
	if (!*ret_huge && options->memory == DVS_MEMORY_AUTO)
		dvs_log_notice("less than %llu MiB of hugepages are free: using ordinary pages, "
			       "which is slower (sysctl vm.nr_hugepages=%llu helps)",
			       mib, mib / 2 + 1);
	opts->memory = *ret_huge ? "hugepages" : "ordinary pages";
	return 0;
}

int dvs_environment_init(const struct dvs_environment_options *options,
			 struct dvs_switch_options *ret_switch, struct dvs_error *err)
{
	struct dvs_eal_start start = {.program = "dvs-switchd", .extra = options->extra};
	uint16_t cpus[DVS_WORKERS_MAX];
	cpu_set_t allowed;
	int rc;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return dvs_error_set(err, -errno, NULL, "workers", "sched_getaffinity: %s",
				     strerror(errno));
	rc = dvs_environment_choose_workers(options->workers, &allowed, ret_switch, err);
	if (rc < 0)
		return rc;
	rc = choose_memory(options, ret_switch, &start.is_huge, err);
	if (rc < 0)
		return rc;
	for (unsigned int i = 0; i < ret_switch->n_workers; i++)
		cpus[i] = ret_switch->workers[i].cpu;
	start.cpus = cpus;
	start.n_cpus = ret_switch->n_workers;
	start.memory_bytes = bytes_needed(options) * dvs_environment_count_nodes(ret_switch);
	return dvs_eal_start(&start, err);
}
