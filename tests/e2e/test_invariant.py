#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 120 s
"""
rx_frames = delivered + dropped holds for every port at every moment while two ports send as fast
as they can, first to a receiver that takes the frames, then to one that does not; a host floods
beside them. At rest, dropped is the sum of the reasons.

    testpmd port 0 --- a.sock ---+
                                 |  segment lan
    testpmd port 1 --- b.sock ---+
                                 |
    ns-t1 [t1 10.0.0.1] ---------+
"""

import time

import lab
from frontend import Testpmd


def load(net, mode):
    """Reads the counters for some seconds: the invariant holds, and none goes back."""
    first = last = net.stats()
    reads, deadline = 0, time.monotonic() + 5
    while time.monotonic() < deadline:
        net.check_invariant()
        now = net.stats()
        for port, row in now.items():
            for counter in ("rx_frames", "tx_frames", "delivered", "dropped"):
                lab.check(row[counter] >= last[port][counter], f"{port}: {counter} went back")
        last, reads = now, reads + 1
    grown = {name: last["a"][name] - first["a"][name] for name in ("delivered", "dropped")}
    lab.step(f"{mode}: {reads} reads, port a {grown}")
    lab.check(grown["delivered" if mode == "io" else "dropped"] > 5000, f"hardly any load: {grown}")
    return last


def test(net):
    net.start()
    net.base()
    net.ctl("port add a group=vms")
    net.ctl("port add b group=vms")
    t1 = net.tap("t1", "10.0.0.1/24")
    pmd = Testpmd(net, [f"path={lab.VHOST_DIR}/{name}.sock,mac=52:54:00:00:00:0{i}"
                        for i, name in enumerate("ab")],
                  options=["--eth-peer=0,52:54:00:00:00:01", "--eth-peer=1,52:54:00:00:00:00"])
    lab.wait(lambda: net.link("a") == net.link("b") == "up", 10,
             "links")

    flood = t1.spawn("flood", "ping -q -f -c 1000000 -W 1 10.0.0.77")
    for mode, start in (("io", "start tx_first 4"), ("txonly", "start")):
        pmd.command("stop")
        pmd.command(f"set fwd {mode}")
        pmd.command(start)
        last = load(net, mode)
    flood.end()

    lab.step("the receiver goes away under load")
    net.ctl("port set b enabled=false")
    lab.wait(lambda: net.stats()["b"]["dropped"] > last["b"]["dropped"], 5, "drops at b")
    net.check_invariant()
    lab.check("port_disabled" in net.drops("b"), f"{net.drops('b')}")
    pmd.command("stop")
    time.sleep(0.5)

    lab.step("sums at rest")
    for port, row in net.stats().items():
        reasons = net.drops(port)
        lab.check(sum(reasons.values()) == row["dropped"], f"{port}: {reasons}, {row}")
    net.check_invariant()
    pmd.quit()


lab.main(test)
