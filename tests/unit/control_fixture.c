/* SPDX-License-Identifier: BSD-3-Clause */
#include "control_fixture.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char directory[64];

const char *fixture_directory(void)
{
	strcpy(directory, "/tmp/dvs-test-XXXXXX");
	if (!mkdtemp(directory))
		abort();
	return directory;
}

void fixture_remove_directory(void)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(directory);
}

const char *fixture_path(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", directory, name);
	return path;
}

struct dvs_record fixture_record(const struct dvs_type *type, const char *words)
{
	char copy[512], text[512], *save, *word;
	struct dvs_record rec;
	struct dvs_error err;

	dvs_record_init(&rec, type);
	snprintf(copy, sizeof(copy), "%s", words);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *value = strchr(word, '=');

		if (!value)
			abort();
		*value++ = '\0';
		if (dvs_record_set(&rec, word, value, &err) < 0) {
			fprintf(stderr, "%s\n", dvs_error_print(&err, text, sizeof(text)));
			abort();
		}
	}
	return rec;
}

int fixture_add(struct dvs_intent *intent, const struct dvs_type *type, const char *words,
		struct dvs_error *err)
{
	struct dvs_record rec = fixture_record(type, words);

	return dvs_intent_add(intent, &rec, err);
}

void fixture_fill(struct dvs_intent *intent)
{
	struct dvs_error err;

	if (fixture_add(intent, &dvs_segment_type, "name=lan", &err) < 0 ||
	    fixture_add(intent, &dvs_portgroup_type, "name=vms segment=lan mtu=9000", &err) < 0 ||
	    fixture_add(intent, &dvs_port_type, "name=vm1 group=vms", &err) < 0 ||
	    dvs_intent_check(intent, &err) < 0)
		abort();
	dvs_intent_commit(intent);
}

uint32_t fixture_random(void)
{
	static uint64_t state = 0x853c49e6748fea9b;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

uint64_t fixture_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
