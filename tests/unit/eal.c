/* SPDX-License-Identifier: BSD-3-Clause */
#include "eal.h"

#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

static char directory[] = "/tmp/dvs-test-XXXXXX";

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat, (void)type, (void)ftw;
	return remove(path);
}

static void clean_up(void)
{
	rte_eal_cleanup();
	nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static unsigned int first_cpu(const cpu_set_t *cpus)
{
	unsigned int cpu = 0;

	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, cpus))
		cpu++;
	return cpu;
}

static int start(void)
{
	char cpu[16], program[] = "test", cpu_option[] = "-l", no_huge[] = "--no-huge",
		      no_pci[] = "--no-pci", memory[] = "-m64", no_telemetry[] = "--no-telemetry",
		      quiet[] = "--log-level=error", prefix[] = "--file-prefix=test";
	char *args[] = {program, cpu_option,   cpu,   no_huge, no_pci,
			memory,	 no_telemetry, quiet, prefix,  NULL};
	cpu_set_t allowed;
	int rc;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return -errno;
	snprintf(cpu, sizeof(cpu), "%u", first_cpu(&allowed));
	if (!mkdtemp(directory) || setenv("RUNTIME_DIRECTORY", directory, 1) < 0)
		return -errno;
	rc = rte_eal_init((int)(sizeof(args) / sizeof(args[0])) - 1, args) < 0 ? -rte_errno : 0;
	unsetenv("RUNTIME_DIRECTORY");
	atexit(clean_up);
	if (sched_setaffinity(0, sizeof(allowed), &allowed) < 0)
		return -errno;
	return rc;
}

int dvs_test_eal_init(void)
{
	static int result = 1; /* not started yet */

	if (result > 0)
		result = start();
	return result;
}
