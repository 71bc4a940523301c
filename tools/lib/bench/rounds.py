# SPDX-License-Identifier: BSD-3-Clause
"""One scenario: samples of all devices in turn, A B C A B C, and what they come to.

Taking turns makes what changes slowly (heat, neighbours on the host) hit all alike: each round
gives one ratio, and the ratio that is reported is the median of those.
"""

import statistics
import sys
import time

from . import devices, limited
from .load import FULL
from .process import Attention, BenchError, run

DISTURBED = 0.05  # a sample that lost more of its CPUs than this says little
FAR = 1.6         # times as far as the two CPUs have been: a sample that says little, too
NEAR_SECONDS = 30 # to wait for the CPUs to be near, before a sample
TRIES = 6         # of a sample, while the CPUs are far
MEDIANS = ("mpps", "gbps", "busy", "cycles", "batch", "fill", "lost", "cpu", "known", "p50", "p90",
           "p99", "p999", "max", "lost_frames", "mbps", "error", "median_error", "worst",
           "within", "first")
SETTLE_SECONDS = 0.5
LEARN_SECONDS = 60
NOISY = 0.1       # of the median: half of the samples lie further apart than this


def take(peer, scenario, place, seconds):
    """One sample: device and load are started, measured, stopped."""
    device, load = devices.create(peer, place), scenario.load(place)
    try:
        device.start(scenario)
        load.start(scenario, device.sockets(scenario), device.connects(scenario))
        known = learn(device, scenario)
        time.sleep(SETTLE_SECONDS)
        watches = [Attention(device.pid(), place.device_cpu)]
        if load.pid():
            watches.append(Attention(load.pid(), place.load_cpu))
        far = [distance(place)]
        for watch in watches:
            watch.begin()
        device.begin()
        sample = load.measure(seconds)
        sample.update(device.end(), known=known, cpu=watches[0].used(),
                      lost=max(watch.lost() for watch in watches))
        sample["distance_ns"] = max(*far, distance(place))
        if scenario.limit:
            sample.update(limited.judge(sample.pop("windows"), scenario, device))
        if "fill" not in sample and hasattr(load, "fill"):
            sample["fill"] = load.fill()
    except BenchError as error:
        log = "\n  | ".join(device.log().splitlines()[-20:])
        raise BenchError(f"{scenario.name}: {peer}: {error}\n  | {log}") from error
    finally:
        load.stop()
        device.stop()
    sample["is_far"] = is_far(sample, place) and not scenario.limit
    sample["is_disturbed"] = (sample.pop("is_late", False) or sample["is_far"] or
                              sample["lost"] > DISTURBED)
    sample.setdefault("is_generator_bound", sample.get("fill", 0) > FULL)
    return sample


def distance(place):
    """In nanoseconds, what a cache line needs from one CPU to the other and back."""
    return float(run([f"{place.build}/tests/bench/distance", str(place.device_cpu),
                      str(place.load_cpu)]))


def is_far(sample, place):
    """Did the host have the two CPUs further apart than it had them before?"""
    place.nearest_ns = min(place.nearest_ns, sample["distance_ns"])
    return sample["distance_ns"] > FAR * place.nearest_ns


def take_near(peer, scenario, place, seconds):
    """A sample with the two CPUs as near as they have been; the last one when they never were.
    Where a limit says how much there is, that is no matter."""
    if scenario.limit:
        return take(peer, scenario, place, seconds)
    for number in range(TRIES):
        deadline = time.monotonic() + NEAR_SECONDS
        while distance(place) > FAR * place.nearest_ns and time.monotonic() < deadline:
            time.sleep(0.5)
        sample = take(peer, scenario, place, seconds)
        if not sample["is_far"]:
            break
        print(f"{scenario.name}: {peer}: the CPUs are far apart ({sample['distance_ns']:.0f} ns, "
              f"were {place.nearest_ns:.0f}): try {number + 1} of {TRIES}", file=sys.stderr,
              flush=True)
    return sample


def learn(device, scenario):
    """Waits until the device has learnt most addresses, or no more; returns how many it has."""
    before, known = -1, device.known()
    deadline = time.monotonic() + LEARN_SECONDS
    while known is not None and before < known < 0.99 * scenario.macs:
        if time.monotonic() > deadline:
            break
        time.sleep(1)
        before, known = known, device.known()
    return known


def spread(values):
    """Half of the values lie so far apart, as a share of the median."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    median = statistics.median(values)
    return (high - low) / median if median > 0 else 0.0


def summarise(samples, metric):
    """Of one device's samples: medians, spread, and what is to be said of them."""
    summary = {"samples": samples}
    for key in MEDIANS:
        values = [sample[key] for sample in samples if sample.get(key) is not None]
        if values:
            summary[key] = statistics.median(values)
    summary["spread"] = spread([sample[metric.noise or metric.key] for sample in samples])
    summary["is_generator_bound"] = majority(samples, "is_generator_bound")
    summary["is_noisy"] = majority(samples, "is_disturbed") or summary["spread"] > NOISY
    return summary


def majority(samples, key):
    return 2 * sum(sample[key] for sample in samples) > len(samples)


def ratio(mine, theirs, key):
    """Mine / theirs by round; disturbed rounds do not count when most were calm."""
    pairs = list(zip(mine, theirs))
    calm = [pair for pair in pairs if not any(sample["is_disturbed"] for sample in pair)]
    if 2 * len(calm) > len(pairs):
        pairs = calm
    values = [a[key] / b[key] for a, b in pairs if b[key] > 0] or [0.0]
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def compare(scenario, options, place, progress):
    """The result of a scenario, as --json prints it. Ratios are of the first peer to the others.

    A peer that fails is left out from then on: the others' numbers are not lost.
    """
    wanted = options.peers or scenario.peers
    left_out = {peer: scenario.why_not(devices.kind(peer)) for peer in wanted}
    peers = [peer for peer in wanted if left_out[peer] is None]
    samples, failed = {peer: [] for peer in peers}, {}
    for number in range(options.rounds):
        for peer in peers:
            if peer in failed:
                continue
            try:
                sample = take_near(peer, scenario, place, options.seconds)
            except BenchError as error:
                failed[peer] = str(error)
                print(f"error: {error}", file=sys.stderr, flush=True)
                continue
            samples[peer].append(sample)
            progress(scenario, number, peer, sample)
    peers = [peer for peer in peers if samples[peer]]
    first = wanted[0]
    return {"scenario": scenario.name, "peers": list(wanted), "text": scenario.text,
            "metric": scenario.metric.key,
            "left_out": {peer: reason for peer, reason in left_out.items() if reason},
            "failed": failed,
            "devices": {peer: summarise(samples[peer], scenario.metric) for peer in peers},
            "ratios": {peer: ratio(samples[first], samples[peer], scenario.metric.key)
                       for peer in peers if peer != first and first in peers}}
