#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 400 s
"""
Ports come and go 1,000 times under traffic: no memory and no file descriptor is lost, and the
pair beside them loses no frame.

    ns-t1 [t1 10.0.0.1]---+
                          |  segment lan    + n1 .. n4: vhost-user and tap, added and removed
    ns-t2 [t2 10.0.0.2]---+
"""

import time

import lab
from stream import Stream

ROUNDS = 250   # of four ports each
WARM_UP = 40   # rounds after which memory is at its plateau
GROWTH_KB = 2048


def change(net, op):
    ops = [{"op": op, "type": "port", "key": f"n{i}",
            "fields": {"name": f"n{i}", "group": "vms", **({"kind": "tap"} if i == 4 else {})}}
           for i in (1, 2, 3, 4)]
    if op == "delete":
        for item in ops:
            del item["fields"]
    reply = net.rpc("change", {"ops": ops})
    if not reply["applied"]:
        net.wait_synced()  # the switch was slow, and controld goes on trying


def usage(net):
    """Memory and descriptors, when what was closed by us is closed there."""
    time.sleep(0.5)
    return {process.name: (process.rss_kb(), process.n_fds())
            for process in (net.switch, net.control)}


def test(net):
    net.start()
    net.base()
    t1 = net.tap("t1", "10.0.0.1/24")
    t2 = net.tap("t2", "10.0.0.2/24")
    t1.ping("10.0.0.2")
    before_stats = net.stats()
    stream = Stream(t1, t2)

    for number in range(ROUNDS):
        if number == WARM_UP:
            before = usage(net)
        change(net, "add")
        change(net, "delete")
    after = usage(net)
    lab.step(f"{ROUNDS * 4} ports; memory (KB) and descriptors {before} -> {after}")

    sent, received = stream.end()
    lab.step(f"the bystanders: {sent} sent, {received} received")
    lab.check(sent > 1000 and sent == received, "a bystander lost frames")
    for name in ("t1", "t2"):
        dropped = net.stats()[name]["dropped"] - before_stats[name]["dropped"]
        lab.check(dropped == 0, f"{name} dropped {dropped} frames: {net.drops(name)}")

    for name, (rss, fds) in after.items():
        lab.check(rss - before[name][0] <= GROWTH_KB, f"{name} grew by {rss - before[name][0]} KB")
        lab.check(fds <= before[name][1], f"{name} kept {fds - before[name][1]} descriptors")
    lab.check(len(net.rows("port show")) == 2, "ports are left")
    net.check_invariant()


lab.main(test)
