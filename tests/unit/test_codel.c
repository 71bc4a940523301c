/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/tables/codel: what it leaves alone and what it sheds; against RFC 8289's own text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "codel.h"
#include "random.h"

#define MS   UINT64_C(2100000)
#define RING 65536

static const struct dvs_codel_params params = {5 * MS, 100 * MS, 1514};

/* ---- the twin: the pseudocode of RFC 8289 section 5, with its own dequeueing ---- */

struct queue {
	uint64_t since[RING];
	uint32_t length[RING];
	uint32_t head, tail; /* numbers of frames */
	uint64_t bytes;
};

struct twin {
	double first_above, drop_next;
	uint32_t count, lastcount;
	bool dropping;
};

static bool dodequeue(struct twin *twin, struct queue *queue, double now, int64_t *ret_frame)
{
	double sojourn;

	*ret_frame = -1;
	if (queue->head == queue->tail) {
		twin->first_above = 0;
		return false;
	}
	*ret_frame = queue->head;
	sojourn = now - (double)queue->since[queue->head % RING];
	queue->bytes -= queue->length[queue->head++ % RING];
	if (sojourn < (double)params.target || queue->bytes <= params.mtu) {
		twin->first_above = 0;
		return false;
	}
	if (twin->first_above == 0) {
		twin->first_above = now + (double)params.interval;
		return false;
	}
	return now >= twin->first_above;
}

/* The root has 16 bits of fraction, as errors would add up. */
static double control_law(double t, uint32_t count)
{
	return t + floor((double)params.interval * 65536 / floor(sqrt(count) * 65536));
}

/* The frame that is sent, -1: none; *ret_dropped: before it. */
static int64_t twin_dequeue(struct twin *twin, struct queue *queue, double now,
			    unsigned int *ret_dropped)
{
	int64_t frame;
	bool ok = dodequeue(twin, queue, now, &frame);

	*ret_dropped = 0;
	if (twin->dropping) {
		if (!ok)
			twin->dropping = false;
		while (now >= twin->drop_next && twin->dropping) {
			++*ret_dropped;
			twin->count++;
			ok = dodequeue(twin, queue, now, &frame);
			if (!ok)
				twin->dropping = false;
			twin->drop_next = control_law(twin->drop_next, twin->count);
		}
	} else if (ok) {
		uint32_t delta = twin->count - twin->lastcount;

		++*ret_dropped;
		ok = dodequeue(twin, queue, now, &frame);
		twin->dropping = true;
		if (delta > 1 && now - twin->drop_next < 16 * (double)params.interval)
			twin->count = delta;
		else
			twin->count = 1;
		twin->drop_next = control_law(now, twin->count);
		twin->lastcount = twin->count;
		if (!ok)
			twin->dropping = false;
	}
	return frame;
}

/* ---- tests ---- */

static void enqueue(struct queue *queue, uint64_t now, uint32_t length)
{
	queue->since[queue->tail % RING] = now;
	queue->length[queue->tail++ % RING] = length;
	queue->bytes += length;
}

static int64_t dequeue(struct dvs_codel *codel, struct queue *queue, uint64_t now,
		       unsigned int *ret_dropped)
{
	*ret_dropped = 0;
	while (queue->head != queue->tail) {
		uint32_t at = queue->head++;

		queue->bytes -= queue->length[at % RING];
		if (!dvs_codel_sheds(codel, &params, now, queue->since[at % RING], queue->bytes))
			return at;
		++*ret_dropped;
	}
	return -1;
}

static struct queue fast, slow;

static void agrees_with_the_rfc(void **state)
{
	struct dvs_codel codel = {0};
	uint64_t now = 1000 * MS;
	uint32_t load = 50, all = 0;
	struct twin twin = {0};

	(void)state;
	memset(&fast, 0, sizeof(fast));
	memset(&slow, 0, sizeof(slow));
	for (unsigned int i = 0; i < 400000; i++) {
		unsigned int fast_dropped, slow_dropped;

		if (random_below(20000) == 0)
			load = 20 + random_below(50);
		if (random_below(100) < load && fast.tail - fast.head < 3000) {
			uint32_t length = 64 + random_below(1450);

			enqueue(&fast, now, length);
			enqueue(&slow, now, length);
		}
		now += random_below((uint32_t)(MS / 5));
		if (random_below(100) < 45) {
			assert_int_equal(dequeue(&codel, &fast, now, &fast_dropped),
					 twin_dequeue(&twin, &slow, (double)now, &slow_dropped));
			assert_int_equal(fast_dropped, slow_dropped);
			all += fast_dropped;
		}
	}
	assert_in_range(all, 100, 100000); /* it had something to do */
}

/* A burst that is gone within an interval is left alone, as is a queue of one frame. */
static void bursts_are_left_alone(void **state)
{
	struct dvs_codel codel = {0};
	uint64_t now = 1000 * MS;

	(void)state;
	for (unsigned int round = 0; round < 100; round++) {
		for (unsigned int i = 0; i < 90; i++)
			assert_false(dvs_codel_sheds(&codel, &params, now + i * MS, now, 90000));
		assert_false(dvs_codel_sheds(&codel, &params, now + 90 * MS, now, 0));
		now += 100 * MS;
	}
	for (unsigned int i = 0; i < 1000; i++)
		assert_false(dvs_codel_sheds(&codel, &params, now + i * MS, now, 1514));
}

/* One that stands loses more and more frames, also across the end of the counter. */
static void standing_queues_are_thinned_out(void **state)
{
	unsigned int shed[4] = {0};
	struct dvs_codel codel = {0};
	uint64_t now = (uint64_t)0 - 500 * MS;

	(void)state;
	for (unsigned int i = 0; i < 4000; i++)
		shed[i / 1000] += dvs_codel_sheds(&codel, &params, now + i * MS,
						  now + i * MS - 50 * MS, 90000);
	assert_in_range(shed[0], 20, 40);
	assert_true(shed[1] > shed[0] && shed[2] > shed[1] && shed[3] > shed[2]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_rfc),
		cmocka_unit_test(bursts_are_left_alone),
		cmocka_unit_test(standing_queues_are_thinned_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
