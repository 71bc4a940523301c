# SPDX-License-Identifier: BSD-3-Clause
"""The scenarios: one row each. To add one, add a row; a new kind of load is a class in load.py."""

import dataclasses

from . import limited, load


@dataclasses.dataclass(frozen=True)
class Metric:
    """What devices are compared by."""

    key: str    # in samples
    title: str
    form: str
    is_more_better: bool = True
    noise: str = ""    # samples are too noisy when these are apart; else key


RATE = Metric("mpps", "Mpps", ".2f")
P99 = Metric("p99", "p99 us", ".1f", is_more_better=False)
CPU = Metric("cpu", "CPUs used", ".3f", is_more_better=False)
WORST = Metric("worst", "% error of the worst 100 ms", ".2f", is_more_better=False, noise="mbps")
GOODPUT = Metric("mbps", "Mb/s", ".2f")


@dataclasses.dataclass(frozen=True)
class Scenario:
    """What is sent through how many ports of which kind."""

    name: str
    text: str
    size: int = 64             # of a frame, without checksum
    ports: int = 2
    macs: int = 2              # addresses that the switch has to know
    ring: int = 1024           # entries of a guest's ring
    buffer: int = 2048         # bytes of a buffer that a guest receives into
    is_packed: bool = False
    is_tso: bool = False
    load: type = load.ClosedLoop
    share: float = 0           # Paced: of the highest rate
    pps: float = 0             # Paced: of a port, instead
    metric: Metric = RATE
    policy: dict = dataclasses.field(default_factory=dict)  # of the port group, for this switch
    bound: str = ""            # address that is bound to each port, for this switch
    goals: dict = dataclasses.field(default_factory=dict)  # ratio to reach, by peer
    limit: float = 0           # bits a second that the sender or receiver is limited to
    goal: float = 0            # value of the metric to reach, against no peer
    peers: tuple = ("dvs", "wire", "ovs")  # without --peers
    cycles: float = 0          # busy cycles a frame that do instead, when generator-bound

    def why_not(self, device):
        """Why this device cannot be measured in it, or None."""
        ports = min(device.max_ports, self.load.max_ports)
        if self.limit and not device.limits:
            return "it limits no rates"
        return f"at most {ports} ports" if self.ports > ports else None


@dataclasses.dataclass(frozen=True)
class Trend:
    """This switch in two scenarios of a run: other / base, or other - base, and what it may be."""

    base: str
    other: str
    key: str  # in samples
    goal: float
    is_more_better: bool
    is_difference: bool = False

    def value(self, base, other):
        return other[self.key] - base[self.key] if self.is_difference \
            else other[self.key] / base[self.key]


# Loads of our own, where testpmd cannot: see load.py.
OWN = load.RingLoad

# Each guard alone, and what it needs; all of them are what one frame may have to pass.
GUARDS = {
    "vlan": {"vlan_mode": "access"},
    "mac": {"forged_transmit": "enforce"},
    "ip": {"ip_binding": "enforce"},
    "storm": {"storm_broadcast": "1000pps", "storm_multicast": "1000pps",
              "storm_unknown": "1000pps", "storm_mode": "enforce"},
    "suppress": {"suppress": "enforce"},
}
ADDRESS = "198.18.0.1"  # which testpmd sends from, at all ports


def all_guards():
    return {field: value for guard in GUARDS.values() for field, value in guard.items()}


# Rates, and ways to limit them; small frames where long ones would be few in a window.
RATES = {"10m": (10e6, 256), "100m": (100e6, 1514), "1g": (1e9, 1514), "1g-64": (1e9, 64),
         "10g": (10e9, 1514)}
TCP_RATES = {"10m": 10e6, "100m": 100e6, "1g": 1e9}
SHAPED = {"from_rate": "100Gbps"}  # each frame is charged, none waits
LIMITERS = ("dvs", "dvs:limit=queue", "dvs:limit=police", "ovs", "ovs:limit=egress")


SCENARIOS = [
    Scenario("64", "64 B frames", goals={"wire": 1.15, "ovs": 1.7}, cycles=105),
    Scenario("256", "256 B frames", size=256, goals={"wire": 1.2, "ovs": 1.8}),
    Scenario("1500", "1500 B frames", size=1500, goals={"wire": 1.5, "ovs": 1.9}),
    Scenario("tso", "64 KB frames to be segmented (TSO)", size=65226, buffer=4096, is_tso=True,
             load=OWN, goals={"wire": 1.3, "ovs": 1.5}),
    Scenario("ring-256", "64 B frames, rings of 256 entries", ring=256),
    Scenario("packed", "64 B frames, packed rings", is_packed=True),
    Scenario("macs-10", "64 B frames, 10 addresses", macs=10, load=OWN),
    Scenario("macs-1k", "64 B frames, 1,000 addresses", macs=1000, load=OWN),
    Scenario("macs-100k", "64 B frames, 100,000 addresses", macs=100_000, load=OWN),
    Scenario("macs-1m", "64 B frames, 1,000,000 addresses", macs=1_000_000, load=OWN),
    Scenario("ports-2", "64 B frames, 2 ports", ring=256, load=OWN),
    Scenario("ports-8", "64 B frames, 8 ports, all active", ports=8, macs=8, ring=256, load=OWN),
    Scenario("ports-64", "64 B frames, 64 ports, all active", ports=64, macs=64, ring=256, load=OWN),
    Scenario("ports-256", "64 B frames, 256 ports, all active", ports=256, macs=256, ring=256, buffer=1024,
             load=OWN),
    *(Scenario(f"guard-{name}", f"64 B frames, {', '.join(policy)} set", policy=policy,
               bound=ADDRESS) for name, policy in GUARDS.items()),
    Scenario("guards", "64 B frames, all of these guards", policy=all_guards(), bound=ADDRESS),
    Scenario("latency-10", "latency of 64 B frames at 10 % load", load=load.Paced, share=0.1,
             metric=P99),
    Scenario("latency-50", "latency of 64 B frames at 50 % load", load=load.Paced, share=0.5,
             metric=P99, goals={"ovs": 0.5}),
    Scenario("latency-90", "latency of 64 B frames at 90 % load", load=load.Paced, share=0.9,
             metric=P99),
    Scenario("sparse", "latency of 1,000 frames/s: each finds an idle switch", load=load.Paced,
             pps=500, metric=P99),
    Scenario("idle", "connected ports without traffic", load=load.Silence, metric=CPU),
    Scenario("idle-256", "256 connected ports without traffic", ports=256, macs=256, ring=256, buffer=1024,
             load=load.Silence, metric=CPU),
    *(Scenario(f"qos-{name}", f"twice {rate / 1e6:.0f} Mb/s of {size} B frames, limited to that",
               size=size, limit=rate, load=limited.Overload, metric=WORST, goal=1, peers=LIMITERS)
      for name, (rate, size) in RATES.items()),
    *(Scenario(f"qos-tcp-{name}", f"TCP of guests, limited to {rate / 1e6:.0f} Mb/s", limit=rate,
               size=limited.TCP_FRAME, load=limited.Tcp, metric=GOODPUT, goal=0.97 * rate / 1e6,
               peers=LIMITERS) for name, rate in TCP_RATES.items()),
    Scenario("qos-shapers-2", "64 B frames, 2 ports with a limit far above", ring=256, load=OWN,
             policy=SHAPED, peers=("dvs",)),
    Scenario("qos-shapers-256", "64 B frames, 256 ports with limits far above", ports=256,
             macs=256, ring=256, buffer=1024, load=OWN, policy=SHAPED, peers=("dvs",)),
]

TRENDS = [
    Trend("macs-10", "macs-1k", "cycles", 1.06, False),
    Trend("macs-10", "macs-100k", "cycles", 1.06, False),
    Trend("macs-10", "macs-1m", "cycles", 1.06, False),
    Trend("ports-2", "ports-8", "mpps", 0.85, True),
    Trend("ports-2", "ports-64", "mpps", 0.85, True),
    Trend("ports-2", "ports-256", "mpps", 0.85, True),
    Trend("64", "guards", "cycles", 15, False, is_difference=True),
    Trend("ports-256", "qos-shapers-256", "cycles", 15, False, is_difference=True),
]


def find(names):
    """The scenarios with these names, or that begin with one and "-", in the order of the table;
    all without a name."""
    def is_meant(scenario, name):
        return scenario.name == name or scenario.name.startswith(f"{name}-")
    unknown = [name for name in names
               if not any(is_meant(scenario, name) for scenario in SCENARIOS)]
    if unknown:
        raise ValueError(f"no scenario {', '.join(unknown)}; tools/bench --list shows all")
    return [scenario for scenario in SCENARIOS
            if not names or any(is_meant(scenario, name) for name in names)]
