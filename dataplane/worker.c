/* SPDX-License-Identifier: BSD-3-Clause */
#include "worker.h"

#include <assert.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>

#include "idle.h"
#include "inject.h"
#include "punt.h"
#include "shape.h"
#include "spsc_ring.h"
#include "stages.h"
#include "violation.h"

#define QUIET_EVERY   8	   /* sweeps, of which one looks at a queue that had no frames of late */
#define ACTIVE_SWEEPS 1024 /* in which a queue has to have frames to stay active */

struct dvs_worker *dvs_worker_create(const struct dvs_worker_config *config)
{
	struct dvs_worker *worker;

	worker = rte_zmalloc_socket("worker", sizeof(*worker), 64, config->numa);
	if (worker == NULL)
		worker = rte_zmalloc("worker", sizeof(*worker), 64);
	if (worker == NULL)
		return NULL;
	worker->epoll_fd = worker->wake.fd = -1;
	worker->learn_ring =
		dvs_spsc_ring_create("learn", sizeof(struct dvs_learn_report), DVS_LEARN_RING);
	worker->punt = aligned_alloc(64, sizeof(*worker->punt));
	worker->holds = calloc(DVS_POLLS_MAX, sizeof(worker->holds[0]));
	if (worker->learn_ring == NULL || worker->punt == NULL || worker->holds == NULL ||
	    dvs_idle_init(worker) < 0) {
		dvs_worker_free(worker);
		return NULL;
	}
	memset(worker->punt, 0, sizeof(*worker->punt));
	worker->shared = config->shared;
	worker->pool = config->pool;
	worker->id = config->id;
	worker->n_workers = config->shared->n_workers;
	worker->lcore = config->lcore;
	worker->cpu = config->cpu;
	worker->numa = config->numa;
	dvs_wheel_init(&worker->wheel, DVS_WORKER_TICK_SHIFT, 0);
	dvs_egress_init(worker);
	return worker;
}

void dvs_worker_free(struct dvs_worker *worker)
{
	if (worker == NULL)
		return;
	dvs_idle_fini(worker);
	free(worker->learn_ring);
	free(worker->punt);
	free(worker->holds);
	rte_free(worker);
}

/* Counts one run of frames that came in at the same port; returns the index behind it. */
static unsigned int account_run(struct dvs_worker *worker, const struct dvs_batch *batch,
				unsigned int first)
{
	uint16_t port = batch->in_port[first];
	const struct dvs_portdev *dev =
		port < DVS_PORT_IDS ? worker->snapshot->ports[port].dev : NULL;
	struct dvs_port_stats *stats = dev != NULL ? dev->stats[worker->id] : NULL;
	uint64_t delivered = 0, flooded = 0, dropped = 0, bytes = 0;
	unsigned int i;

	if (stats == NULL)
		return first + 1;
	for (i = first; i < batch->n && batch->in_port[i] == port; i++) {
		uint8_t verdict = batch->verdict[i];

		if (verdict == DVS_VERDICT_HANDED_OVER)
			continue;
		assert(verdict != DVS_VERDICT_PENDING);
		bytes += batch->length[i];
		if (batch->has_tci && (batch->tci[i] & DVS_TCI_WAS_TAGGED) != 0)
			bytes += DVS_TAG_BYTES;
		if (verdict == DVS_VERDICT_DELIVERED) {
			delivered++;
			flooded += batch->is_flooded[i];
		} else {
			dropped++;
			dvs_stats_bump(&stats->drops[verdict - DVS_VERDICT_DROP], 1);
			dvs_offender_note(dev->offenders, verdict - DVS_VERDICT_DROP, worker->now_s,
					  batch, i);
		}
	}
	dvs_stats_bump(&stats->rx_frames, delivered + dropped);
	dvs_stats_bump(&stats->rx_bytes, bytes);
	dvs_stats_bump(&stats->delivered, delivered);
	if (flooded != 0)
		dvs_stats_bump(&stats->flooded, flooded);
	return i;
}

void dvs_worker_account(struct dvs_worker *worker, const struct dvs_batch *batch)
{
	dvs_stats_begin(&worker->guard);
	for (unsigned int i = 0; i < batch->n;)
		i = account_run(worker, batch, i);
	dvs_stats_end(&worker->guard);
}

void dvs_worker_run(struct dvs_worker *worker, struct dvs_batch *batch)
{
#define DVS_STAGE_CALL(symbol, function)                                                           \
	if ((batch->stages & DVS_STAGE_BIT_##symbol) != 0)                                         \
		dvs_stage_##function(worker, batch);
	DVS_STAGES(DVS_STAGE_CALL)
#undef DVS_STAGE_CALL
}

/* Charges the time since the last call to the queue, for who balances, and to its port. */
static void charge_queue(struct dvs_worker *worker, const struct dvs_poll *poll, unsigned int n)
{
	uint64_t now = dvs_worker_tsc(worker), cycles = now - worker->queue_tsc;

	dvs_stats_bump(&poll->dev->queue_cycles[poll->queue], cycles);
	dvs_turn_charge(&worker->turn, poll->port, n, cycles);
	worker->queue_tsc = now;
}

/* One batch from one receive queue, which has this number. */
static __rte_always_inline unsigned int poll_queue(struct dvs_worker *worker,
						   const struct dvs_poll *poll, uint32_t number,
						   const bool is_shaped)
{
	struct dvs_batch *batch = &worker->batch;

	if (!dvs_poll_is_up(worker->shared, poll))
		return 0;
	worker->poll = poll;
	dvs_batch_begin(batch, worker->id, 0);
	if (is_shaped)
		dvs_shape_rx(worker, batch, number);
	else
		dvs_stage_rx(worker, batch);
	if (batch->n == 0)
		return 0;
	dvs_worker_run(worker, batch);
	if (poll->dev->ops->release != NULL)
		poll->dev->ops->release(poll->dev, poll->queue);
	dvs_worker_account(worker, batch);
	if (batch->has_mbufs)
		rte_pktmbuf_free_bulk(batch->mbuf, batch->n);
	charge_queue(worker, poll, batch->n);
	return batch->n;
}

/* Another list of queues, or time to find out anew which are active. */
static void renew_active(struct dvs_worker *worker, const struct dvs_snapshot_worker *mine)
{
	size_t bytes = (mine->n_polls + 63) / 64 * sizeof(worker->active[0]);

	if (worker->listed != worker->snapshot->serial) {
		memset(worker->active, 0xff, bytes);
		memset(worker->shaped, 0, bytes);
		for (uint32_t i = 0; i < mine->n_polls; i++)
			worker->shaped[i / 64] |= (uint64_t)mine->polls[i].is_shaped << i % 64;
		dvs_turn_forget(&worker->turn);
	} else {
		memcpy(worker->active, worker->recent_active, bytes);
	}
	memset(worker->recent_active, 0, bytes);
	worker->listed = worker->snapshot->serial;
}

/* The queues to look at now of 64 from number 64 * word on. */
static inline uint64_t chosen(const struct dvs_worker *worker, uint32_t word, uint32_t n_polls)
{
	uint64_t bits = worker->active[word];

	if (!worker->is_busy || (word + worker->sweeps) % QUIET_EVERY == 0)
		bits = UINT64_MAX;
	bits &= ~(worker->turn.passed[word] | worker->held[word]);
	if (n_polls - word * 64 < 64)
		bits &= (UINT64_C(1) << (n_polls - word * 64)) - 1;
	return bits;
}

struct firing {
	struct dvs_worker *worker;
	unsigned int frames;
};

static void fire(struct dvs_wheel_entry *entry, void *arg)
{
	struct dvs_timer *timer = RTE_PTR_SUB(entry, offsetof(struct dvs_timer, entry));
	struct firing *firing = arg;

	firing->frames += timer->fire(firing->worker, timer);
}

/* Does what is due. */
static __rte_noinline unsigned int fire_timers(struct dvs_worker *worker)
{
	struct firing firing = {worker, 0};
	uint64_t now = dvs_worker_tsc(worker);

	if (dvs_wheel_next(&worker->wheel) <= now)
		dvs_wheel_expire(&worker->wheel, now, fire, &firing);
	return firing.frames;
}

/* Of the queues from number 64 * word on these, which are shaped and not held. */
static __rte_noinline unsigned int poll_shaped(struct dvs_worker *worker,
					       const struct dvs_snapshot_worker *mine,
					       uint32_t word, uint64_t bits, unsigned int *batches)
{
	unsigned int frames = 0;

	for (; bits != 0; bits &= bits - 1) {
		uint32_t number = word * 64 + (uint32_t)__builtin_ctzll(bits);
		unsigned int n = poll_queue(worker, &mine->polls[number], number, true);

		if (n == 0)
			continue;
		frames += n;
		++*batches;
		worker->active[word] |= bits & -bits;
		worker->recent_active[word] |= bits & -bits;
	}
	return frames;
}

unsigned int dvs_worker_sweep(struct dvs_worker *worker)
{
	const struct dvs_shared *shared = worker->shared;
	const struct dvs_snapshot_worker *mine;
	unsigned int frames, batches = 0;

	worker->snapshot = __atomic_load_n(&shared->snapshot, __ATOMIC_ACQUIRE);
	worker->now_s = __atomic_load_n(&shared->now_s, __ATOMIC_RELAXED);
	worker->learn_epoch = __atomic_load_n(&shared->learn_epoch, __ATOMIC_RELAXED);
	if (unlikely(worker->n_held != 0 && worker->listed != worker->snapshot->serial))
		dvs_shape_forget(worker);

	frames = worker->n_workers > 1 ? dvs_handover_take(worker) : 0;
	if (unlikely(dvs_handover_is_waiting(worker->injected)))
		frames += dvs_inject_take(worker);
	worker->is_paused = worker->snapshot->is_paused;
	if (unlikely(worker->is_paused))
		return frames;
	if (unlikely(dvs_wheel_next(&worker->wheel) != UINT64_MAX))
		frames += fire_timers(worker);
	mine = &worker->snapshot->workers[worker->id];
	worker->queue_tsc = dvs_worker_tsc(worker);
	if (worker->listed != worker->snapshot->serial || ++worker->sweeps % ACTIVE_SWEEPS == 0)
		renew_active(worker, mine);
	dvs_turn_begin(&worker->turn, mine);
	for (uint32_t word = 0; word * 64 < mine->n_polls; word++) {
		uint64_t bits = chosen(worker, word, mine->n_polls);
		uint64_t shaped = bits & worker->shaped[word];

		for (bits ^= shaped; bits != 0; bits &= bits - 1) {
			unsigned int i = (unsigned int)__builtin_ctzll(bits);
			unsigned int n = poll_queue(worker, &mine->polls[word * 64 + i], 0, false);

			if (n == 0)
				continue;
			frames += n;
			batches++;
			worker->active[word] |= UINT64_C(1) << i;
			worker->recent_active[word] |= UINT64_C(1) << i;
		}
		if (unlikely(shaped != 0))
			frames += poll_shaped(worker, mine, word, shaped, &batches);
	}
	worker->is_busy = frames != 0;
	if (frames != 0) {
		dvs_stats_bump(&worker->counters.frames, frames);
		dvs_stats_bump(&worker->counters.batches, batches);
	}
	return frames;
}

/* Charges the time since the last call to busy or idle. */
static void count_cycles(struct dvs_worker *worker, bool was_busy)
{
	uint64_t now = rte_rdtsc();
	uint64_t spent = now - worker->last_tsc;

	worker->last_tsc = now;
	if (was_busy) {
		worker->quiet_tsc = now;
		dvs_stats_bump(&worker->counters.busy_cycles, spent);
	} else {
		dvs_stats_bump(&worker->counters.idle_cycles, spent);
	}
}

/* Sweeps, and says what came of it. */
static unsigned int sweep_once(struct dvs_worker *worker)
{
	unsigned int frames = dvs_worker_sweep(worker);

	count_cycles(worker, frames != 0);
	rte_rcu_qsbr_quiescent(worker->shared->qsbr, worker->id);
	return frames;
}

/* Frames after a sleep: the control thread may be asleep too, and there may be MACs to learn. */
static void tell_control(struct dvs_worker *worker)
{
	worker->has_slept = false;
	dvs_wake_up(&worker->shared->control);
}

/* Sleeps, unless the last look finds something to do. */
static void rest(struct dvs_worker *worker)
{
	bool is_armed = dvs_idle_begin(worker);
	unsigned int frames;

	worker->has_released = false;
	frames = sweep_once(worker);
	/* A queue that was held before the sweep is not armed. */
	if (frames == 0 && worker->turn.n_ahead == 0 && !worker->has_released &&
	    !__atomic_load_n(&worker->shared->should_stop, __ATOMIC_RELAXED)) {
		dvs_idle_wait(worker, is_armed);
		count_cycles(worker, false); /* whatever ended the sleep */
	}
	dvs_idle_end(worker);
	if (frames != 0)
		tell_control(worker);
}

int dvs_worker_main(void *arg)
{
	struct dvs_worker *worker = arg;
	const struct dvs_shared *shared = worker->shared;
	uint64_t quiet_cycles = rte_get_tsc_hz() / 1000000 * shared->idle_after_us;

	prctl(PR_SET_TIMERSLACK, 1000ul); /* sleeps as short as asked for */
	rte_rcu_qsbr_thread_register(shared->qsbr, worker->id);
	rte_rcu_qsbr_thread_online(shared->qsbr, worker->id);
	worker->last_tsc = worker->quiet_tsc = rte_rdtsc();
	while (!__atomic_load_n(&shared->should_stop, __ATOMIC_RELAXED)) {
		if (sweep_once(worker) != 0 && worker->has_slept)
			tell_control(worker);
		if (unlikely(worker->is_paused))
			sched_yield();
		else if (quiet_cycles != 0 && worker->last_tsc - worker->quiet_tsc > quiet_cycles)
			rest(worker);
	}
	rte_rcu_qsbr_thread_offline(shared->qsbr, worker->id);
	rte_rcu_qsbr_thread_unregister(shared->qsbr, worker->id);
	__atomic_store_n(&worker->is_running, false, __ATOMIC_RELEASE);
	return 0;
}
