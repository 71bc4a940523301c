#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 500 s
"""
Ports come and go 1,000 times under traffic: no memory and no file descriptor is lost, and the
pair beside them loses no frame. Then ports come and go under the frames of a driver that stays.

    ns-t1 [t1 10.0.0.1]---+
                          |  segment lan    + n1 .. n4: vhost-user and tap, added and removed
    ns-t2 [t2 10.0.0.2]---+

    testpmd port 0 --- v1.sock ---+
                                  |  segment other
    testpmd port 1 --- v2.sock ---+
"""

import lab
from frontend import Testpmd
from stream import Stream

ROUNDS = 250   # of four ports each
DRIVER_ROUNDS = 30
DRIVER_WARM_UP = 5
WARM_UP = 40   # rounds after which memory is at its plateau
GROWTH_KB = 2048


NEW_PORTS = {f"n{i}": {"group": "vms", **({"kind": "tap"} if i == 4 else {})}
             for i in (1, 2, 3, 4)}
DRIVER_PORTS = {name: {"group": "others", "vhost_mode": "client",
                       "socket": f"{lab.RUN}/{name}.sock"} for name in ("v1", "v2")}


def change(net, op, ports):
    ops = [{"op": op, "type": "port", "key": name, "fields": {"name": name, **fields}}
           for name, fields in ports.items()]
    if op == "delete":
        for item in ops:
            del item["fields"]
    reply = net.rpc("change", {"ops": ops})
    if not reply["applied"]:
        net.wait_synced()  # the switch was slow, and controld goes on trying


def usage(net):
    """Memory and descriptors of the daemons, once these stay as they are: what was closed here is
    closed there soon."""
    daemons, samples = (net.switch, net.control), []

    def is_settled():
        samples.append([process.n_fds() for process in daemons])
        return len(samples) >= 10 and all(sample == samples[-1] for sample in samples[-10:])
    lab.wait(is_settled, 10, "descriptors to be closed")
    return {process.name: (process.rss_kb(), process.n_fds()) for process in daemons}


def check_usage(before, after):
    for name, (rss, fds) in after.items():
        lab.check(rss - before[name][0] <= GROWTH_KB, f"{name} grew by {rss - before[name][0]} KB")
        lab.check(fds <= before[name][1], f"{name} kept {fds - before[name][1]} descriptors")


def wait_up(net):
    lab.wait(lambda: all(net.link(name) == "up" for name in DRIVER_PORTS), 10,
             "the switch to connect to the driver")


def churn_under_driver(net):
    """The ports' other end stays, listens, and is in the middle of sending each time."""
    net.ctl("segment add other")
    net.ctl("portgroup add others segment=other")
    change(net, "add", DRIVER_PORTS)
    macs = ["52:54:00:00:00:01", "52:54:00:00:00:02"]
    pmd = Testpmd(net, [f"path={port['socket']},mac={mac},server=1"
                        for port, mac in zip(DRIVER_PORTS.values(), macs)],
                  options=[f"--eth-peer={i},{macs[1 - i]}" for i in (0, 1)])
    for number in range(DRIVER_ROUNDS):
        wait_up(net)
        if number == DRIVER_WARM_UP:
            before = usage(net)
        pmd.command("start tx_first 1")
        lab.wait(lambda: all(net.stats()[name]["rx_frames"] > 100 for name in DRIVER_PORTS), 10,
                 "frames of the driver")
        net.check_invariant()
        change(net, "delete", DRIVER_PORTS)
        pmd.command("stop")
        change(net, "add", DRIVER_PORTS)
    wait_up(net)
    after = usage(net)
    lab.step(f"{DRIVER_ROUNDS} times under a driver {before} -> {after}")
    check_usage(before, after)
    change(net, "delete", DRIVER_PORTS)
    pmd.quit()


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
        change(net, "add", NEW_PORTS)
        change(net, "delete", NEW_PORTS)
    after = usage(net)
    lab.step(f"{ROUNDS * 4} ports; memory (KB) and descriptors {before} -> {after}")

    sent, received = stream.end()
    lab.step(f"the bystanders: {sent} sent, {received} received")
    lab.check(sent > 1000 and sent == received, "a bystander lost frames")
    for name in ("t1", "t2"):
        dropped = net.stats()[name]["dropped"] - before_stats[name]["dropped"]
        lab.check(dropped == 0, f"{name} dropped {dropped} frames: {net.drops(name)}")

    check_usage(before, after)
    churn_under_driver(net)
    lab.check(len(net.rows("port show")) == 2, "ports are left")
    net.check_invariant()


lab.main(test)
