# SPDX-License-Identifier: BSD-3-Clause
"""One scenario: samples of all devices in turn, A B C A B C, and what they come to.

Taking turns makes what changes slowly (heat, neighbours on the host) hit all alike: each round
gives one ratio, and the ratio that is reported is the median of those.
"""

import statistics
import time

from .devices import DEVICES
from .load import FULL
from .process import Attention, BenchError

DISTURBED = 0.02  # a sample that lost more of its CPUs than this says little
NOISY = 0.05      # of the median: half of the samples lie further apart than this


def take(name, scenario, place, seconds):
    """One sample: device and load are started, measured, stopped."""
    device, load = DEVICES[name](place), scenario.load(place)
    try:
        device.start(scenario)
        load.start(scenario, device.sockets(scenario), device.connects(scenario))
        time.sleep(place.settle_seconds)
        watches = [Attention(device.pid(), place.device_cpu),
                   Attention(load.pid(), place.load_cpu)]
        for watch in watches:
            watch.begin()
        device.begin()
        sample = load.measure(seconds)
        sample.update(device.end())
        sample["lost"] = max(watch.lost() for watch in watches)
        if "fill" not in sample:
            sample["fill"] = load.fill()
    except BenchError as error:
        raise BenchError(f"{scenario.name}, {name}: {error}\n{device.log()}") from error
    finally:
        load.stop()
        device.stop()
    sample["is_disturbed"] = sample["lost"] > DISTURBED
    sample["is_generator_bound"] = sample["fill"] > FULL
    return sample


def spread(values):
    """Half of the values lie so far apart, as a share of the median."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    median = statistics.median(values)
    return (high - low) / median if median > 0 else 0.0


def summarise(samples):
    """Of one device's samples: medians, spread, and what is to be said of them."""
    summary = {"samples": samples}
    for key in ("mpps", "gbps", "busy", "cycles", "batch", "fill", "lost"):
        values = [sample[key] for sample in samples if key in sample]
        if values:
            summary[key] = statistics.median(values)
    summary["spread"] = spread([sample["mpps"] for sample in samples])
    summary["is_generator_bound"] = majority(samples, "is_generator_bound")
    summary["is_noisy"] = majority(samples, "is_disturbed") or summary["spread"] > NOISY
    return summary


def majority(samples, key):
    return 2 * sum(sample[key] for sample in samples) > len(samples)


def ratio(mine, theirs):
    """Mine / theirs by round; disturbed rounds do not count when most were calm."""
    pairs = list(zip(mine, theirs))
    calm = [pair for pair in pairs if not any(sample["is_disturbed"] for sample in pair)]
    if 2 * len(calm) > len(pairs):
        pairs = calm
    values = [a["mpps"] / b["mpps"] for a, b in pairs if b["mpps"] > 0] or [0.0]
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def compare(scenario, options, place, progress):
    """The result of a scenario, as --json prints it."""
    reasons = {name: scenario.why_not(DEVICES[name]) for name in options.peers}
    taking_part = [name for name in options.peers if reasons[name] is None]
    samples = {name: [] for name in taking_part}
    for number in range(options.rounds):
        for name in taking_part:
            sample = take(name, scenario, place, options.seconds)
            samples[name].append(sample)
            progress(scenario, number, name, sample)
    result = {"scenario": scenario.name, "text": scenario.text,
              "left_out": {name: reason for name, reason in reasons.items() if reason},
              "devices": {name: summarise(samples[name]) for name in taking_part},
              "ratios": {}}
    if "dvs" in taking_part:
        for name in taking_part:
            if name != "dvs":
                result["ratios"][name] = dict(ratio(samples["dvs"], samples[name]),
                                              goal=scenario.goals.get(name))
    return result
