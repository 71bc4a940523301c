/* SPDX-License-Identifier: BSD-3-Clause */
#include "idle.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_rcu_qsbr.h>

#include "shape.h"
#include "worker.h"

#define NS_PER_MS UINT64_C(1000000)
#define BLIND_NS  UINT64_C(50000) /* asleep at most, when a queue cannot wake the worker */
#define EVENTS	  16		  /* more are left for the next wait, which returns at once */

int dvs_idle_watch(struct dvs_worker *worker, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	return epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

void dvs_idle_forget(struct dvs_worker *worker, int fd)
{
	epoll_ctl(worker->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

int dvs_idle_init(struct dvs_worker *worker)
{
	int rc = dvs_wake_init(&worker->wake);

	worker->epoll_fd = rc < 0 ? -1 : epoll_create1(EPOLL_CLOEXEC);
	if (rc == 0 && worker->epoll_fd < 0)
		rc = -errno;
	return rc < 0 ? rc : dvs_idle_watch(worker, worker->wake.fd);
}

void dvs_idle_fini(struct dvs_worker *worker)
{
	if (worker->epoll_fd >= 0)
		close(worker->epoll_fd);
	dvs_wake_fini(&worker->wake);
}

/* True when frames in the queue wake the worker, or cannot come. */
static bool arm_queue(const struct dvs_shared *shared, const struct dvs_poll *poll)
{
	struct dvs_portdev *dev = poll->dev;

	if (!dvs_poll_is_up(shared, poll))
		return true;
	if ((__atomic_load_n(&dev->watched, __ATOMIC_RELAXED) >> poll->queue & 1) == 0 ||
	    dev->ops->arm == NULL)
		return false;
	return dev->ops->arm(dev, poll->queue);
}

bool dvs_idle_begin(struct dvs_worker *worker)
{
	const struct dvs_snapshot_worker *mine;
	bool is_armed = true, is_listed;

	dvs_wake_announce(&worker->wake);
	worker->snapshot = __atomic_load_n(&worker->shared->snapshot, __ATOMIC_ACQUIRE);
	mine = &worker->snapshot->workers[worker->id];
	is_listed = worker->listed == worker->snapshot->serial;
	for (uint32_t i = 0; i < mine->n_polls; i++)
		if (!is_listed || !dvs_shape_is_held(worker, i))
			is_armed &= arm_queue(worker->shared, &mine->polls[i]);
	/* Guests see that they have to notify before the last look at their rings. */
	rte_mb();
	return is_armed;
}

/* How long a worker may sleep, in ns. */
static uint64_t sleep_limit(const struct dvs_worker *worker, bool is_armed)
{
	uint64_t limit = is_armed ? (uint64_t)worker->shared->idle_limit_ms * NS_PER_MS : BLIND_NS;
	uint64_t next = dvs_wheel_next(&worker->wheel), now, hz = rte_get_tsc_hz();

	if (next == UINT64_MAX)
		return limit;
	now = dvs_worker_tsc(worker);
	if (next <= now)
		return 0;
	if (next - now >= hz) /* and no more than a second, for the sake of the arithmetic */
		return limit < NS_PER_S ? limit : NS_PER_S;
	return RTE_MIN(limit, (next - now) * NS_PER_S / hz);
}

void dvs_idle_wait(struct dvs_worker *worker, bool is_armed)
{
	uint64_t limit_ns = sleep_limit(worker, is_armed);
	struct timespec limit = {(time_t)(limit_ns / NS_PER_S), (long)(limit_ns % NS_PER_S)};
	struct rte_rcu_qsbr *qsbr = worker->shared->qsbr;
	struct epoll_event events[EVENTS];
	int n;

	dvs_stats_bump(&worker->counters.sleeps, 1);
	rte_rcu_qsbr_thread_offline(qsbr, worker->id);
	n = epoll_pwait2(worker->epoll_fd, events, EVENTS, &limit, NULL);
	rte_rcu_qsbr_thread_online(qsbr, worker->id);
	if (n > 0)
		dvs_stats_bump(&worker->counters.wakeups, 1);
}

void dvs_idle_end(struct dvs_worker *worker)
{
	dvs_wake_end(&worker->wake);
	worker->has_slept = true;
}
