# SPDX-License-Identifier: BSD-3-Clause
"""Which numbers to reach were reached. Only where this switch was the first of the peers."""

from .devices import parse
from .scenarios import SCENARIOS, TRENDS


def _goal(what, value, wanted, is_more_better, summaries):
    return {"what": what, "value": value, "goal": wanted, "is_more_better": is_more_better,
            "is_reached": value >= wanted if is_more_better else value <= wanted,
            "is_noisy": any(summary["is_noisy"] for summary in summaries)}


def _of_scenario(scenario, result, peers):
    for peer, ratio in result["ratios"].items():
        wanted = scenario.goals.get(parse(peer)[0])
        if wanted is None:
            continue
        mine = result["devices"][peers[0]]
        goal = _goal(f"{scenario.name}: {scenario.metric.title} against {peer}", ratio["median"],
                     wanted, scenario.metric.is_more_better, [mine, result["devices"][peer]])
        if (scenario.cycles and mine["is_generator_bound"] and not goal["is_reached"]
                and "cycles" in mine):
            goal = _goal(f"{scenario.name}: cycles a frame, as it is generator-bound",
                         mine["cycles"], scenario.cycles, False, [mine])
        yield goal


def check(results, peers):
    """[{"what", "value", "goal", "is_more_better", "is_reached", "is_noisy"}] of what was
    measured."""
    if parse(peers[0])[0] != "dvs":
        return []
    by_name = {result["scenario"]: result for result in results}
    goals = []
    for scenario in SCENARIOS:
        if scenario.name in by_name:
            goals += _of_scenario(scenario, by_name[scenario.name], peers)
    for trend in TRENDS:
        both = [by_name.get(name, {"devices": {}})["devices"].get(peers[0], {})
                for name in (trend.base, trend.other)]
        if all(summary.get(trend.key) for summary in both):
            more = " more" if trend.is_difference else ""
            goals.append(_goal(f"{trend.other} against {trend.base}: {trend.key}{more}",
                               trend.value(*both), trend.goal, trend.is_more_better, both))
    return goals
