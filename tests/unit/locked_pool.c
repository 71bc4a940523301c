/* SPDX-License-Identifier: BSD-3-Clause */
#include "locked_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>

struct stack {
	pthread_mutex_t lock;
	unsigned int n;
	void *objects[];
};

static int stack_alloc(struct rte_mempool *pool)
{
	struct stack *stack = calloc(1, sizeof(*stack) + pool->size * sizeof(void *));

	if (stack == NULL)
		return -ENOMEM;
	pthread_mutex_init(&stack->lock, NULL);
	pool->pool_data = stack;
	return 0;
}

static void stack_free(struct rte_mempool *pool)
{
	free(pool->pool_data);
}

static int stack_enqueue(struct rte_mempool *pool, void *const *objects, unsigned int n)
{
	struct stack *stack = pool->pool_data;

	pthread_mutex_lock(&stack->lock);
	memcpy(&stack->objects[stack->n], objects, n * sizeof(void *));
	stack->n += n;
	pthread_mutex_unlock(&stack->lock);
	return 0;
}

static int stack_dequeue(struct rte_mempool *pool, void **objects, unsigned int n)
{
	struct stack *stack = pool->pool_data;
	int rc = -ENOBUFS;

	pthread_mutex_lock(&stack->lock);
	if (stack->n >= n) {
		stack->n -= n;
		memcpy(objects, &stack->objects[stack->n], n * sizeof(void *));
		rc = 0;
	}
	pthread_mutex_unlock(&stack->lock);
	return rc;
}

static unsigned int stack_count(const struct rte_mempool *pool)
{
	struct stack *stack = pool->pool_data;
	unsigned int n;

	pthread_mutex_lock(&stack->lock);
	n = stack->n;
	pthread_mutex_unlock(&stack->lock);
	return n;
}

int locked_pool_use(void)
{
	static const struct rte_mempool_ops ops = {
		.name = "locked",
		.alloc = stack_alloc,
		.free = stack_free,
		.enqueue = stack_enqueue,
		.dequeue = stack_dequeue,
		.get_count = stack_count,
	};
	int rc = rte_mempool_register_ops(&ops);

	return rc < 0 && rc != -EEXIST ? rc : rte_mbuf_set_user_mempool_ops(ops.name);
}

/* Of the thread sanitizer: what DPDK does without telling it. */
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
	return "race:librte_eal.so\n"	/* states of lcores */
	       "race:rte_ring_count\n"; /* reads both ends as they are */
}
