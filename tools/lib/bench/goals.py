# SPDX-License-Identifier: BSD-3-Clause
"""Which numbers to reach were reached. Only where this switch was the first of the peers."""

from .devices import parse
from .scenarios import SCENARIOS, TRENDS


def _goal(what, value, wanted, is_more_better, summaries):
    return {"what": what, "value": value, "goal": wanted, "is_more_better": is_more_better,
            "is_reached": value >= wanted if is_more_better else value <= wanted,
            "is_noisy": any(summary["is_noisy"] for summary in summaries)}


def _of_scenario(scenario, result, peers):
    mine = result["devices"].get(peers[0])
    if scenario.goal and mine:
        goal = _goal(f"{scenario.name}: {scenario.metric.title}", mine[scenario.metric.key],
                     scenario.goal, scenario.metric.is_more_better, [mine])
        goal["is_noisy"] |= mine["is_generator_bound"] and not goal["is_reached"]
        yield goal
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


def check(results):
    """[{"what", "value", "goal", "is_more_better", "is_reached", "is_noisy"}] of what was
    measured."""
    by_name = {result["scenario"]: result for result in results
               if parse(result["peers"][0])[0] == "dvs"}
    goals = []
    for scenario in SCENARIOS:
        if scenario.name in by_name:
            result = by_name[scenario.name]
            goals += _of_scenario(scenario, result, result["peers"])
    for trend in TRENDS:
        both = [by_name[name]["devices"].get(by_name[name]["peers"][0], {})
                if name in by_name else {} for name in (trend.base, trend.other)]
        if all(summary.get(trend.key) for summary in both):
            more = " more" if trend.is_difference else ""
            goals.append(_goal(f"{trend.other} against {trend.base}: {trend.key}{more}",
                               trend.value(*both), trend.goal, trend.is_more_better, both))
    return goals
