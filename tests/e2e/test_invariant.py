#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 60 s
"""
rx_frames = delivered + dropped holds for every port at every moment, and dropped is the sum of
the reasons, while two ports send as fast as they can, one of them partly to nowhere.

    testpmd port 0 --- a.sock ---+
                                 |  segment lan
    testpmd port 1 --- b.sock ---+
                                 |
    ns-t1 [t1 10.0.0.1] ---------+
"""

import time

import lab
from frontend import Testpmd


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

    lab.step("two-way load")
    pmd.command("set fwd txonly")
    pmd.command("start")
    flood = t1.spawn("flood", "ping -q -f -c 100000 -W 1 10.0.0.77")
    last, reads = net.stats(), 0
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        net.check_invariant()
        now = net.stats()
        for port, row in now.items():
            for counter in ("rx_frames", "tx_frames", "delivered", "dropped"):
                lab.check(row[counter] >= last[port][counter], f"{port}: {counter} went back")
        last, reads = now, reads + 1
    lab.step(f"read {reads} times; {last['a']['rx_frames']} frames of a, {last['a']['dropped']} "
             "dropped")
    lab.check(last["a"]["rx_frames"] > 100000, f"hardly any load: {last['a']}")

    lab.step("the receiver goes away under load")
    pmd.command("stop")
    flood.end()
    net.ctl("port set b enabled=false")
    pmd.command("set fwd txonly")
    pmd.command("start")
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
