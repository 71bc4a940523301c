/* SPDX-License-Identifier: BSD-3-Clause */
/* Files behind mapped memory become shorter; each test in a process of its own, as it may die. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest_fault.h"

#define PAGE	4096
#define PAGES	16
#define VID	7
#define OTHER	8
#define THREADS 4

struct memory {
	int fd;
	uint8_t *at;
};

static struct memory make_memory(void)
{
	struct memory memory = {.fd = memfd_create("guest", MFD_CLOEXEC)};

	if (memory.fd < 0 || ftruncate(memory.fd, PAGES * PAGE) < 0)
		_exit(100);
	memory.at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd, 0);
	if (memory.at == MAP_FAILED)
		_exit(101);
	for (unsigned int i = 0; i < PAGES * PAGE; i++)
		memory.at[i] = 0x5a;
	return memory;
}

static void shorten(const struct memory *memory)
{
	if (ftruncate(memory->fd, PAGE) < 0)
		_exit(102);
}

/* The exit status of body in another process, or minus the signal that ended it. */
static int run(int (*body)(void))
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit no_core = {0, 0};

		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGBUS, SIG_DFL); /* not cmocka's */
		dvs_guest_fault_init();
		_exit(body());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int read_and_write(void)
{
	struct memory memory = make_memory(), other = make_memory();
	volatile uint8_t *at = memory.at + 5 * PAGE + 17;

	dvs_guest_fault_watch(OTHER, 0, other.at, PAGES * PAGE);
	dvs_guest_fault_watch(VID, 3, memory.at + PAGE, (PAGES - 1) * PAGE);
	if (*at != 0x5a || dvs_guest_fault_happened(VID))
		return 1;
	shorten(&memory);
	if (*at != 0 || !dvs_guest_fault_happened(VID))
		return 2;
	*at = 1;
	if (*at != 1)
		return 3;
	/* All of the mapping was replaced, and nothing else. */
	if (memory.at[0] != 0 || other.at[0] != 0x5a || dvs_guest_fault_happened(OTHER))
		return 4;
	dvs_guest_fault_forget(VID);
	if (dvs_guest_fault_happened(VID))
		return 5;
	shorten(&other);
	at = other.at + PAGE;
	return *at == 0 && dvs_guest_fault_happened(OTHER) && !dvs_guest_fault_happened(VID) ? 0
											     : 6;
}

static void test_access_goes_on(void **state)
{
	(void)state;
	assert_int_equal(run(read_and_write), 0);
}

static int read_unwatched(void)
{
	struct memory memory = make_memory();
	volatile uint8_t *at = memory.at + PAGE;

	dvs_guest_fault_watch(VID, 0, memory.at, PAGES * PAGE);
	dvs_guest_fault_unwatch(VID);
	shorten(&memory);
	return *at;
}

static int raise_it(void)
{
	raise(SIGBUS);
	return 0;
}

static void test_others_still_die(void **state)
{
	(void)state;
	assert_int_equal(run(read_unwatched), -SIGBUS);
	assert_int_equal(run(raise_it), -SIGBUS);
}

static int read_while_handling(void)
{
	struct memory memory = make_memory();
	volatile uint8_t *at = memory.at + PAGE;

	shorten(&memory);
	dvs_guest_fault_begin(VID);
	if (*at != 0 || !dvs_guest_fault_happened(VID))
		return 1;
	dvs_guest_fault_begin(-1);
	memory = make_memory();
	shorten(&memory);
	at = memory.at + PAGE;
	return *at; /* dies */
}

static void test_while_a_message_is_handled(void **state)
{
	(void)state;
	assert_int_equal(run(read_while_handling), -SIGBUS);
}

static volatile uint8_t *shared;
static pthread_barrier_t barrier;

static void *read_shared(void *sum)
{
	pthread_barrier_wait(&barrier);
	for (unsigned int i = 1; i < PAGES; i++)
		*(unsigned int *)sum += shared[i * PAGE];
	return NULL;
}

static int read_by_threads(void)
{
	for (unsigned int round = 0; round < 50; round++) {
		struct memory memory = make_memory();
		unsigned int sums[THREADS] = {0};
		pthread_t threads[THREADS];

		dvs_guest_fault_watch(VID, 0, memory.at, PAGES * PAGE);
		shorten(&memory);
		shared = memory.at;
		pthread_barrier_init(&barrier, NULL, THREADS);
		for (unsigned int t = 0; t < THREADS; t++)
			if (pthread_create(&threads[t], NULL, read_shared, &sums[t]) != 0)
				return 1;
		for (unsigned int t = 0; t < THREADS; t++)
			pthread_join(threads[t], NULL);
		pthread_barrier_destroy(&barrier);
		for (unsigned int t = 0; t < THREADS; t++)
			if (sums[t] != 0)
				return 2;
		munmap(memory.at, PAGES * PAGE);
		close(memory.fd);
	}
	return 0;
}

static void test_threads(void **state)
{
	(void)state;
	assert_int_equal(run(read_by_threads), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access_goes_on),
		cmocka_unit_test(test_others_still_die),
		cmocka_unit_test(test_while_a_message_is_handled),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
