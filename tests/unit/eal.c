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

/* "0@(0,1),1@(0,1),2@(0,1)": every lcore on every CPU that the test may use. */
static int print_lcores(const cpu_set_t *cpus, char *buf, size_t size)
{
	char list[512] = "";
	size_t n = 0;

	for (unsigned int cpu = 0; cpu < CPU_SETSIZE && n < sizeof(list); cpu++)
		if (CPU_ISSET(cpu, cpus))
			n += (size_t)snprintf(list + n, sizeof(list) - n, n == 0 ? "%u" : ",%u",
					      cpu);
	if (n >= sizeof(list))
		return -E2BIG;
	return snprintf(buf, size, "0@(%s),1@(%s),2@(%s)", list, list, list) < (int)size ? 0
											 : -E2BIG;
}

static int start(void)
{
	char lcores[2048], program[] = "test", lcores_option[] = "--lcores",
			   no_huge[] = "--no-huge", no_pci[] = "--no-pci", memory[] = "-m64",
			   no_telemetry[] = "--no-telemetry", quiet[] = "--log-level=error",
			   prefix[] = "--file-prefix=test";
	char *args[] = {program, lcores_option, lcores, no_huge, no_pci,
			memory,	 no_telemetry,	quiet,	prefix,	 NULL};
	cpu_set_t allowed;
	int rc;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return -errno;
	rc = print_lcores(&allowed, lcores, sizeof(lcores));
	if (rc < 0)
		return rc;
	if (!mkdtemp(directory) || setenv("RUNTIME_DIRECTORY", directory, 1) < 0)
		return -errno;
	rc = rte_eal_init((int)(sizeof(args) / sizeof(args[0])) - 1, args) < 0 ? -rte_errno : 0;
	unsetenv("RUNTIME_DIRECTORY");
	atexit(clean_up);
	return rc;
}

int dvs_test_eal_init(void)
{
	static int result = 1; /* not started yet */

	if (result > 0)
		result = start();
	return result;
}
