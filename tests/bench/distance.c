/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How far two CPUs are from each other: the time in which a cache line goes from one to the other
 * and back, in nanoseconds.
 *
 *	distance 0 1
 *
 * In a virtual machine this changes by the minute, as the host moves its CPUs about: to the same
 * core's other thread, to another one, or to one that shares no cache. Takes a few milliseconds of
 * both CPUs, before whoever runs there.
 */
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TRIPS 500
#define TRIES 20

static _Alignas(128) uint32_t turn; /* atomic; odd: the other one's */

static void settle(int cpu)
{
	struct sched_param priority = {.sched_priority = 1};
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned int)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		err(1, "CPU %d", cpu);
	if (sched_setscheduler(0, SCHED_FIFO, &priority) < 0)
		err(1, "priority");
}

static void await(uint32_t wanted)
{
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != wanted)
		;
}

static void *answer(void *arg)
{
	settle(*(const int *)arg);
	for (uint32_t i = 0; i < TRIPS * TRIES; i++) {
		await(2 * i + 1);
		__atomic_store_n(&turn, 2 * i + 2, __ATOMIC_RELEASE);
	}
	return NULL;
}

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

int main(int argc, char **argv)
{
	double tries[TRIES];
	pthread_t thread;
	int cpus[2];

	if (argc != 3)
		errx(2, "usage: %s CPU CPU", argv[0]);
	for (int i = 0; i < 2; i++)
		cpus[i] = atoi(argv[1 + i]);
	if (pthread_create(&thread, NULL, answer, &cpus[1]) != 0)
		errx(1, "no thread");
	settle(cpus[0]);
	for (uint32_t i = 0; i < TRIES; i++) {
		double begin = now_ns();

		for (uint32_t k = i * TRIPS; k < (i + 1) * TRIPS; k++) {
			__atomic_store_n(&turn, 2 * k + 1, __ATOMIC_RELEASE);
			await(2 * k + 2);
		}
		tries[i] = (now_ns() - begin) / TRIPS;
	}
	pthread_join(thread, NULL);
	qsort(tries, TRIES, sizeof(tries[0]), by_size);
	printf("%.0f\n", tries[TRIES / 2]);
	return 0;
}
