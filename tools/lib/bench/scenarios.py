# SPDX-License-Identifier: BSD-3-Clause
"""The scenarios: one row each. To add one, add a row; a new kind of load is a class in load.py."""

import dataclasses

from . import load


@dataclasses.dataclass(frozen=True)
class Scenario:
    """What is sent through how many ports of which kind."""

    name: str
    text: str
    size: int = 64             # of a frame, without checksum
    ports: int = 2
    macs: int = 2              # addresses that the switch has to know
    ring: int = 1024           # entries of a guest's ring
    is_packed: bool = False
    is_tso: bool = False
    policies: tuple = ()       # fields of the port group: "name: value"
    load: type = load.ClosedLoop
    goals: dict = dataclasses.field(default_factory=dict)  # ratio to reach, by peer

    def why_not(self, device):
        """Why this device cannot be measured in it, or None."""
        limit = min(device.max_ports, getattr(self.load, "max_ports", 256))
        if self.ports > limit:
            return f"at most {limit} ports"
        return None


SCENARIOS = [
    Scenario("64", "64 B frames", goals={"wire": 1.15, "ovs": 1.7}),
    Scenario("256", "256 B frames", size=256, goals={"wire": 1.2, "ovs": 1.8}),
    Scenario("1500", "1500 B frames", size=1500, goals={"wire": 1.5, "ovs": 1.9}),
    Scenario("ring-256", "64 B frames, rings of 256 entries", ring=256),
    Scenario("packed", "64 B frames, packed rings", is_packed=True),
    Scenario("ports-8", "64 B frames, 8 ports, all active", ports=8),
    Scenario("ports-32", "64 B frames, 32 ports, all active", ports=32),
]


def find(names):
    """The scenarios with these names, in the order of the table; all without a name."""
    known = {scenario.name for scenario in SCENARIOS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise KeyError(", ".join(unknown))
    return [scenario for scenario in SCENARIOS if not names or scenario.name in names]
