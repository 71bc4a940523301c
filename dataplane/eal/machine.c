/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

uint16_t dvs_machine_cpu_numa(unsigned int cpu)
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

uint64_t dvs_machine_hugepages_free(uint16_t numa)
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

/* ---- CPU lists ---- */

struct cpu_list {
	const cpu_set_t *allowed;
	const char *field;
	uint16_t *cpus;
	unsigned int n, max;
};

static int add_range(struct cpu_list *list, unsigned long first, unsigned long last,
		     struct dvs_error *err)
{
	if (first > last || last >= CPU_SETSIZE)
		return dvs_error_set(err, -EINVAL, NULL, list->field, "bad CPU range %lu-%lu",
				     first, last);
	for (unsigned long cpu = first; cpu <= last; cpu++) {
		if (!CPU_ISSET(cpu, list->allowed))
			return dvs_error_set(err, -EINVAL, NULL, list->field,
					     "this process may not run on CPU %lu", cpu);
		for (unsigned int i = 0; i < list->n; i++)
			if (list->cpus[i] == cpu)
				return dvs_error_set(err, -EINVAL, NULL, list->field,
						     "CPU %lu is listed twice", cpu);
		if (list->n == list->max)
			return dvs_error_set(err, -EINVAL, NULL, list->field, "more than %u CPUs",
					     list->max);
		list->cpus[list->n++] = (uint16_t)cpu;
	}
	return 0;
}

/* "4-6" or "4" at *p, which moves behind it; false when there is none. */
static bool parse_range(const char **p, unsigned long *ret_first, unsigned long *ret_last)
{
	char *end;

	if (**p < '0' || **p > '9')
		return false;
	*ret_first = *ret_last = strtoul(*p, &end, 10);
	if (*end == '-') {
		*p = end + 1;
		if (**p < '0' || **p > '9')
			return false;
		*ret_last = strtoul(*p, &end, 10);
	}
	*p = end;
	return *end == ',' || *end == '\0';
}

int dvs_machine_parse_cpus(const char *text, const cpu_set_t *allowed, const char *field,
			   uint16_t *ret_cpus, unsigned int max, unsigned int *ret_n,
			   struct dvs_error *err)
{
	struct cpu_list list = {.allowed = allowed, .field = field, .cpus = ret_cpus, .max = max};
	const char *p = text;

	while (*p != '\0') {
		unsigned long first, last;
		int rc;

		if (!parse_range(&p, &first, &last))
			return dvs_error_set(err, -EINVAL, NULL, field,
					     "\"%s\" is not a CPU list like 2,4-6", text);
		rc = add_range(&list, first, last, err);
		if (rc < 0)
			return rc;
		if (*p == ',')
			p++;
	}
	if (list.n == 0)
		return dvs_error_set(err, -EINVAL, NULL, field, "no CPU is given");
	*ret_n = list.n;
	return 0;
}
