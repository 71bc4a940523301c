/* SPDX-License-Identifier: BSD-3-Clause */
#include "environment.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include "log.h"

#define ARGS_MAX     64
#define TEXT_MAX     4096
#define BUFFER_BYTES 2560u /* an mbuf with its data room, and its share of the pool's ring */
#define MAC_BYTES    64u   /* of one entry in a table that is half full, with its value and time */
#define SLACK_BYTES  (32u << 20)

/* ---- CPUs ---- */

/* NUMA node of a CPU from sysfs; 0 when the kernel does not say. */
static uint16_t cpu_numa(unsigned int cpu)
{
	char path[64];
	struct dirent *entry;
	unsigned int node = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u", cpu);
	dir = opendir(path);
	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL)
		if (sscanf(entry->d_name, "node%u", &node) == 1)
			break;
	closedir(dir);
	return (uint16_t)node;
}

static void add_worker(struct dvs_switch_options *opts, unsigned int cpu)
{
	struct dvs_worker_option *w = &opts->workers[opts->n_workers];

	w->cpu = (uint16_t)cpu;
	w->numa = cpu_numa(cpu);
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
		if (!has_worker_on_numa(opts, cpu_numa(cpu)))
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

static int add_range(unsigned long first, unsigned long last, const cpu_set_t *allowed,
		     struct dvs_switch_options *opts, struct dvs_error *err)
{
	if (first > last || last >= CPU_SETSIZE)
		return dvs_error_set(err, -EINVAL, NULL, "workers", "bad CPU range %lu-%lu", first,
				     last);
	for (unsigned long cpu = first; cpu <= last; cpu++) {
		if (!CPU_ISSET(cpu, allowed))
			return dvs_error_set(err, -EINVAL, NULL, "workers",
					     "this process may not run on CPU %lu", cpu);
		for (unsigned int i = 0; i < opts->n_workers; i++)
			if (opts->workers[i].cpu == cpu)
				return dvs_error_set(err, -EINVAL, NULL, "workers",
						     "CPU %lu is listed twice", cpu);
		if (opts->n_workers == DVS_WORKERS_MAX)
			return dvs_error_set(err, -EINVAL, NULL, "workers", "more than %u workers",
					     DVS_WORKERS_MAX);
		add_worker(opts, (unsigned int)cpu);
	}
	return 0;
}

static int choose_list(const char *text, const cpu_set_t *allowed, struct dvs_switch_options *opts,
		       struct dvs_error *err)
{
	const char *p = text;
	char *end;
	int rc;

	while (*p != '\0') {
		unsigned long first, last;

		first = last = strtoul(p, &end, 10);
		if (end == p || *p == '-' || *p == '+')
			goto bad;
		if (*end == '-') {
			p = end + 1;
			last = strtoul(p, &end, 10);
			if (end == p || *p == '-' || *p == '+')
				goto bad;
		}
		if (*end != ',' && *end != '\0')
			goto bad;
		rc = add_range(first, last, allowed, opts, err);
		if (rc < 0)
			return rc;
		p = *end == ',' ? end + 1 : end;
	}
	return 0;
bad:
	return dvs_error_set(err, -EINVAL, NULL, "workers",
			     "\"%s\" is neither a number of workers nor a CPU list like 2,4-6",
			     text);
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

/* "0@(0,1),1@2": the control thread on what is left, or on all when workers took everything. */
static int print_lcores(const struct dvs_switch_options *opts, const cpu_set_t *allowed, char *buf,
			size_t size)
{
	cpu_set_t control = *allowed;
	size_t n = 0;

	for (unsigned int i = 0; i < opts->n_workers; i++)
		CPU_CLR(opts->workers[i].cpu, &control);
	if (CPU_COUNT(&control) == 0)
		control = *allowed;
	n += (size_t)snprintf(buf + n, size - n, "0@(");
	for (unsigned int cpu = 0, first = 1; cpu < CPU_SETSIZE && n < size; cpu++)
		if (CPU_ISSET(cpu, &control)) {
			n += (size_t)snprintf(buf + n, size - n, first ? "%u" : ",%u", cpu);
			first = 0;
		}
	n += n < size ? (size_t)snprintf(buf + n, size - n, ")") : 0;
	for (unsigned int i = 0; i < opts->n_workers && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, ",%u@%u", opts->workers[i].lcore,
				      opts->workers[i].cpu);
	return n < size ? 0 : -E2BIG;
}

/* ---- memory ---- */

static uint64_t bytes_needed(const struct dvs_environment_options *options)
{
	return (uint64_t)options->buffers * BUFFER_BYTES +
	       (uint64_t)options->mac_capacity * MAC_BYTES + SLACK_BYTES;
}

static uint64_t read_number(const char *path)
{
	unsigned long long value = 0;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%llu", &value) != 1)
		value = 0;
	fclose(f);
	return value;
}

/* Free hugepages of all sizes on a NUMA node, in bytes. */
static uint64_t hugepages_free(uint16_t numa)
{
	char path[512];
	struct dirent *entry;
	uint64_t total = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/hugepages", numa);
	dir = opendir(path);
	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL) {
		unsigned long long kb;

		if (sscanf(entry->d_name, "hugepages-%llukB", &kb) != 1)
			continue;
		snprintf(path, sizeof(path),
			 "/sys/devices/system/node/node%u/hugepages/%s/free_hugepages", numa,
			 entry->d_name);
		total += read_number(path) * kb * 1024;
	}
	closedir(dir);
	return total;
}

/* True when every node with a worker has enough. */
static bool has_hugepages(const struct dvs_switch_options *opts, uint64_t needed)
{
	for (unsigned int i = 0; i < opts->n_workers; i++)
		if (hugepages_free(opts->workers[i].numa) < needed)
			return false;
	return true;
}

static int choose_memory(const struct dvs_environment_options *options,
			 struct dvs_switch_options *opts, bool *ret_huge, struct dvs_error *err)
{
	unsigned long long mib = bytes_needed(options) >> 20;
	bool enough = has_hugepages(opts, bytes_needed(options));

	if (options->memory == DVS_MEMORY_HUGE && !enough)
		return dvs_error_set(err, -ENOMEM, NULL, "memory",
				     "less than %llu MiB of hugepages are free on a worker's NUMA "
				     "node; reserve some (sysctl vm.nr_hugepages=%llu) or start "
				     "with --memory=ordinary",
				     mib, mib / 2 + 1);
	*ret_huge = enough && options->memory != DVS_MEMORY_ORDINARY;
	if (!*ret_huge && options->memory == DVS_MEMORY_AUTO)
		dvs_log_notice("less than %llu MiB of hugepages are free: using ordinary pages, "
			       "which is slower (sysctl vm.nr_hugepages=%llu helps)",
			       mib, mib / 2 + 1);
	opts->memory = *ret_huge ? "hugepages" : "ordinary pages";
	return 0;
}

/* ---- log ---- */

/* DPDK's messages go where ours go, line by line. */
static ssize_t write_log(void *cookie, const char *buf, size_t size)
{
	static const enum dvs_log_level levels[] = {
		[RTE_LOG_EMERG] = DVS_LOG_ERROR,     [RTE_LOG_ALERT] = DVS_LOG_ERROR,
		[RTE_LOG_CRIT] = DVS_LOG_ERROR,	     [RTE_LOG_ERR] = DVS_LOG_ERROR,
		[RTE_LOG_WARNING] = DVS_LOG_WARNING, [RTE_LOG_NOTICE] = DVS_LOG_INFO,
		[RTE_LOG_INFO] = DVS_LOG_DEBUG,	     [RTE_LOG_DEBUG] = DVS_LOG_DEBUG,
	};
	int level = rte_log_cur_msg_loglevel();
	int length = (int)size;

	(void)cookie;
	while (length > 0 && buf[length - 1] == '\n')
		length--;
	if (level < (int)RTE_LOG_EMERG || level > (int)RTE_LOG_DEBUG)
		level = RTE_LOG_INFO;
	if (length > 0)
		dvs_log(levels[level], "dpdk: %.*s", length, buf);
	return (ssize_t)size;
}

static void redirect_log(void)
{
	FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_log});

	if (stream == NULL)
		return;
	setlinebuf(stream);
	rte_openlog_stream(stream);
}

/* ---- start ---- */

struct eal_args {
	char *argv[ARGS_MAX];
	int argc;
	char text[TEXT_MAX]; /* of lcores */
	char small[64];	     /* of -m */
};

static int add_arg(struct eal_args *args, const char *arg)
{
	if (args->argc + 1 >= ARGS_MAX)
		return -E2BIG;
	args->argv[args->argc++] = (char *)(uintptr_t)arg;
	return 0;
}

static int build_args(const struct dvs_environment_options *options,
		      const struct dvs_switch_options *opts, const cpu_set_t *allowed, bool is_huge,
		      struct eal_args *args)
{
	static const char *const always[] = {"dvs-switchd", "--no-pci", "--no-telemetry",
					     "--iova-mode=va", "--main-lcore=0"};
	int rc = 0;

	for (unsigned int i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		rc |= add_arg(args, always[i]);
	rc |= add_arg(args, "--lcores");
	rc |= add_arg(args, args->text);
	if (is_huge) {
		rc |= add_arg(args, "--in-memory");
	} else {
		snprintf(args->small, sizeof(args->small), "%llu",
			 (unsigned long long)(bytes_needed(options) >> 20));
		rc |= add_arg(args, "--no-huge");
		rc |= add_arg(args, "--no-shconf");
		rc |= add_arg(args, "-m");
		rc |= add_arg(args, args->small);
	}
	for (char *const *extra = options->extra; extra != NULL && *extra != NULL; extra++)
		rc |= add_arg(args, *extra);
	if (print_lcores(opts, allowed, args->text, sizeof(args->text)) < 0)
		rc = -E2BIG;
	return rc != 0 ? -E2BIG : 0;
}

int dvs_environment_init(const struct dvs_environment_options *options,
			 struct dvs_switch_options *ret_switch, struct dvs_error *err)
{
	struct eal_args args = {.argc = 0};
	cpu_set_t allowed;
	bool is_huge = false;
	int rc;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return dvs_error_set(err, -errno, NULL, "workers", "sched_getaffinity: %s",
				     strerror(errno));
	rc = dvs_environment_choose_workers(options->workers, &allowed, ret_switch, err);
	if (rc < 0)
		return rc;
	rc = choose_memory(options, ret_switch, &is_huge, err);
	if (rc < 0)
		return rc;
	rc = build_args(options, ret_switch, &allowed, is_huge, &args);
	if (rc < 0)
		return dvs_error_set(err, rc, NULL, NULL, "too many EAL arguments");

	redirect_log();
	if (rte_eal_init(args.argc, args.argv) < 0)
		return dvs_error_set(err, -EIO, NULL, NULL,
				     "DPDK did not start: %s (--log-level=debug says more)",
				     rte_strerror(rte_errno));
	return 0;
}
