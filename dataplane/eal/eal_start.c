/* SPDX-License-Identifier: BSD-3-Clause */
#include "eal_start.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include "log.h"
#include "machine.h"

#define ARGS_MAX 600 /* a device argument for each of 256 ports, and ours */
#define TEXT_MAX 4096

/* ---- memory ---- */

int dvs_memory_parse(const char *text, enum dvs_memory *ret_memory)
{
	static const char *const names[] = {"auto", "hugepages", "ordinary"};

	for (unsigned int i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret_memory = (enum dvs_memory)i;
			return 0;
		}
	return -EINVAL;
}

int dvs_memory_choose(enum dvs_memory wanted, const uint16_t *numas, unsigned int n_numas,
		      uint64_t needed, bool *ret_huge, struct dvs_error *err)
{
	unsigned long long mib = needed >> 20;
	bool enough = true;

	for (unsigned int i = 0; i < n_numas; i++)
		enough = enough && dvs_machine_hugepages_free(numas[i]) >= needed;
	if (wanted == DVS_MEMORY_HUGE && !enough)
		return dvs_error_set(err, -ENOMEM, NULL, "memory",
				     "less than %llu MiB of hugepages are free on a NUMA node in "
				     "use; reserve some (sysctl vm.nr_hugepages=%llu) or start "
				     "with --memory=ordinary",
				     mib, mib / 2 + 1);
	*ret_huge = enough && wanted != DVS_MEMORY_ORDINARY;
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
	char lcores[TEXT_MAX];
	char megabytes[32];
};

/* "0@(0,1),1@2": the main thread on what is left, or on all when polling threads took everything.
 */
static int print_lcores(const struct dvs_eal_start *start, const cpu_set_t *allowed, char *buf,
			size_t size)
{
	cpu_set_t rest = *allowed;
	size_t n = 0;

	for (unsigned int i = 0; i < start->n_cpus; i++)
		CPU_CLR(start->cpus[i], &rest);
	if (CPU_COUNT(&rest) == 0)
		rest = *allowed;
	n += (size_t)snprintf(buf + n, size - n, "0@(");
	for (unsigned int cpu = 0, first = 1; cpu < CPU_SETSIZE && n < size; cpu++)
		if (CPU_ISSET(cpu, &rest)) {
			n += (size_t)snprintf(buf + n, size - n, first ? "%u" : ",%u", cpu);
			first = 0;
		}
	n += n < size ? (size_t)snprintf(buf + n, size - n, ")") : 0;
	for (unsigned int i = 0; i < start->n_cpus && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, ",%u@%u", i + 1, start->cpus[i]);
	return n < size ? 0 : -E2BIG;
}

static int add_arg(struct eal_args *args, const char *arg)
{
	if (args->argc + 1 >= ARGS_MAX)
		return -E2BIG;
	args->argv[args->argc++] = (char *)(uintptr_t)arg;
	return 0;
}

static int build_args(const struct dvs_eal_start *start, const cpu_set_t *allowed,
		      struct eal_args *args)
{
	int rc = print_lcores(start, allowed, args->lcores, sizeof(args->lcores));

	rc |= add_arg(args, start->program);
	rc |= add_arg(args, "--no-telemetry");
	rc |= add_arg(args, "--main-lcore=0");
	rc |= add_arg(args, "--lcores");
	rc |= add_arg(args, args->lcores);
	if (!start->scans_pci) {
		rc |= add_arg(args, "--no-pci");
		rc |= add_arg(args, "--iova-mode=va");
	}
	if (start->is_huge) {
		rc |= add_arg(args, "--in-memory");
	} else {
		snprintf(args->megabytes, sizeof(args->megabytes), "%llu",
			 (unsigned long long)(start->memory_bytes >> 20));
		rc |= add_arg(args, "--no-huge");
		rc |= add_arg(args, "--no-shconf");
		rc |= add_arg(args, "-m");
		rc |= add_arg(args, args->megabytes);
	}
	for (char *const *extra = start->extra; extra != NULL && *extra != NULL; extra++)
		rc |= add_arg(args, *extra);
	return rc != 0 ? -E2BIG : 0;
}

int dvs_eal_start(const struct dvs_eal_start *start, struct dvs_error *err)
{
	struct eal_args args = {.argc = 0};
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return dvs_error_set(err, -errno, NULL, NULL, "sched_getaffinity: %s",
				     strerror(errno));
	if (build_args(start, &allowed, &args) < 0)
		return dvs_error_set(err, -E2BIG, NULL, NULL, "too many EAL arguments");
	redirect_log();
	if (rte_eal_init(args.argc, args.argv) < 0)
		return dvs_error_set(err, -EIO, NULL, NULL,
				     "DPDK did not start: %s (--log-level=debug says more)",
				     rte_strerror(rte_errno));
	return 0;
}
