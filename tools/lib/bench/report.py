# SPDX-License-Identifier: BSD-3-Clause
"""Results for people: a line for each sample while it goes on, and tables at the end."""

import sys

from . import plot
from .devices import kind
from .scenarios import SCENARIOS


def progress(scenario, number, peer, sample):
    metric = scenario.metric
    words = [f"{scenario.name}: round {number + 1}: {peer}: "
             f"{format(sample[metric.key], metric.form)} {metric.title}"]
    if "error" in sample:
        words.append(f"{sample['mbps']:.2f} Mb/s, {sample['error']:+.2f} %")
    elif metric.key != "mpps" and sample["mpps"]:
        words.append(f"{sample['mpps']:.2f} Mpps")
    if "cycles" in sample:
        words.append(f"{sample['cycles']:.0f} cycles/frame")
    if sample["is_generator_bound"]:
        words.append("generator-bound")
    if sample["is_far"]:
        words.append(f"CPUs far apart: {sample['distance_ns']:.0f} ns")
    elif sample["is_disturbed"]:
        words.append(f"disturbed: {sample['lost']:.0%} of a CPU went elsewhere")
    print(", ".join(words), file=sys.stderr, flush=True)


# Heading, key in a device's summary, form.
COLUMNS = [
    ("MPPS", "mpps", ".2f"), ("GBIT/S", "gbps", ".1f"), ("MBIT/S", "mbps", ".2f"),
    ("ERROR %", "error", "+.2f"), ("MEDIAN %", "median_error", ".2f"), ("WORST %", "worst", ".2f"),
    ("IN 1 %", "within", ".0%"), ("FIRST", "first", ".2f"), ("CYCLES/FRAME", "cycles", ".0f"),
    ("BUSY", "busy", ".0%"), ("FRAMES/BATCH", "batch", ".0f"), ("CPUS", "cpu", ".3f"),
    ("P50 US", "p50", ".1f"), ("P90 US", "p90", ".1f"), ("P99 US", "p99", ".1f"),
    ("P99.9 US", "p999", ".1f"), ("MAX US", "max", ".0f"), ("SPREAD", "spread", ".1%"),
]


def _align(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) if i < 2 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row[:-1], widths))]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _ratio(result, peer, metric):
    ratio = result["ratios"].get(peer)
    if ratio is None:
        return "-"
    first = next(iter(result["devices"].values()))
    bound = ">=" if first["is_generator_bound"] and metric.is_more_better else ""
    return f"{bound}{ratio['median']:.2f}x ({ratio['low']:.2f}-{ratio['high']:.2f})"


def _remarks(summary):
    words = []
    if summary["is_generator_bound"]:
        words.append("generator-bound")
    if summary["is_noisy"]:
        words.append("TOO NOISY")
    return ", ".join(words)


def _table(results):
    metrics = {scenario.name: scenario.metric for scenario in SCENARIOS}
    shown = [column for column in COLUMNS
             if any(column[1] in summary for result in results
                    for summary in result["devices"].values())]
    firsts = dict.fromkeys(result["peers"][0] for result in results)
    rows = [("SCENARIO", "DEVICE", *(heading for heading, _, _ in shown),
             f"{' or '.join(firsts)} / IT".upper(), "")]
    for result in results:
        for peer, summary in result["devices"].items():
            cells = [format(summary[key], form) if key in summary else "-"
                     for _, key, form in shown]
            rows.append((result["scenario"], peer, *cells,
                         _ratio(result, peer, metrics[result["scenario"]]), _remarks(summary)))
    return list(_align(rows))


def _goals(goals):
    for goal in goals:
        sign = ">=" if goal["is_more_better"] else "<="
        verdict = ("unclear" if goal["is_noisy"] else "reached" if goal["is_reached"]
                   else "MISSED")
        yield f"{verdict:8} {goal['what']}: {goal['value']:.2f}, goal {sign} {goal['goal']:.2f}"


def text(results, goals):
    """Everything as text: the table, what its words mean, what was reached."""
    notes = [f"{result['scenario']}: without {peer}: {reason}" for result in results
             for peer, reason in result["left_out"].items()]
    notes += [f"{result['scenario']}: {peer} FAILED" for result in results
              for peer in result["failed"]]
    peers = dict.fromkeys(peer for result in results for peer in result["peers"])
    legend = [f"{peer}: {kind(peer).title}" for peer in peers]
    plots = [line for result in results for line in plot.text(result)]
    return "\n".join([*plots, *_table(results), "", *legend, *notes,
                      *(["", *_goals(goals)] if goals else [])])
