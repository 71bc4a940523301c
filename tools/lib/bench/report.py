# SPDX-License-Identifier: BSD-3-Clause
"""Results for people: a line while it goes on, and a table at the end."""

import sys

from .devices import DEVICES


def progress(scenario, number, name, sample):
    words = [f"{scenario.name}: round {number + 1}: {name}: {sample['mpps']:.2f} Mpps"]
    if "cycles" in sample:
        words.append(f"{sample['cycles']:.0f} cycles/frame")
    if sample["is_generator_bound"]:
        words.append("generator-bound")
    if sample["is_disturbed"]:
        words.append(f"disturbed: {sample['lost']:.0%} of a CPU went elsewhere")
    print(", ".join(words), file=sys.stderr, flush=True)


def _columns(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(width) if i > 1 else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        yield "  ".join(cells).rstrip()


def _number(summary, key, form):
    return format(summary[key], form) if key in summary else "-"


def _ratio(name, result):
    ratio = result["ratios"].get(name)
    if ratio is None:
        return "-", "-"
    text = f"{ratio['median']:.2f}x ({ratio['low']:.2f}-{ratio['high']:.2f})"
    if result["devices"]["dvs"]["is_generator_bound"]:
        text = ">=" + text
    return text, f"{ratio['goal']:.2f}x" if ratio["goal"] else "-"


def _remarks(summary):
    words = []
    if summary["is_generator_bound"]:
        words.append("generator-bound")
    if summary["is_noisy"]:
        words.append("TOO NOISY")
    return ", ".join(words)


def table(results):
    """The table of all scenarios as text."""
    rows = [("SCENARIO", "DEVICE", "Mpps", "SPREAD", "Gbit/s", "CYCLES/FRAME", "BUSY",
             "DVS AGAINST IT", "GOAL", "")]
    notes = []
    for result in results:
        for name, summary in result["devices"].items():
            ratio, goal = _ratio(name, result)
            rows.append((result["scenario"], name, f"{summary['mpps']:.2f}",
                         f"{summary['spread']:.1%}", f"{summary['gbps']:.1f}",
                         _number(summary, "cycles", ".0f"), _number(summary, "busy", ".0%"),
                         ratio, goal, _remarks(summary)))
        notes += [f"{result['scenario']}: without {name}: {reason}"
                  for name, reason in result["left_out"].items()]
    legend = [f"{name}: {DEVICES[name].title}" for name in DEVICES]
    return "\n".join([*_columns(rows), "", *legend, *notes])
