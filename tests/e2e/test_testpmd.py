#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 400 s
"""
DPDK's virtio-user driver as frontend: every ring layout, one and two queues, both datapaths and
both socket roles. Each combination is a pair of ports in a segment of its own; frames go round in
the pair, and none is lost. The first ones have two segments, for which the driver uses indirect
descriptors where it can.

    testpmd port 0 --- a0.sock ---+
                                  |  segment s0 (split, mergeable, in order)
    testpmd port 1 --- b0.sock ---+
             ...
    testpmd port 14 -- a7.sock ---+
                                  |  segment s7 (packed, neither)
    testpmd port 15 -- b7.sock ---+
"""

import itertools

import lab
from frontend import Testpmd

# (packed, mergeable, in order): all combinations, and four that have every pair of values. With
# the latter testpmd is the server: it waits for its ports one by one, a second for each.
ALL_RINGS = list(itertools.product((0, 1), repeat=3))
FEW_RINGS = [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]
FRAMES = 2000


def name_of(packed, mergeable, in_order):
    return (f"{'packed' if packed else 'split'}, mergeable {'on' if mergeable else 'off'}, "
            f"in-order {'on' if in_order else 'off'}")


def add_ports(net, rings, queues, datapath, is_client):
    """Segments and ports; is_client: testpmd connects, the switch listens."""
    yaml = {"segments": [], "portgroups": [], "ports": []}
    for number in range(len(rings)):
        yaml["segments"].append(f"{{name: s{number}}}")
        yaml["portgroups"].append(f"{{name: g{number}, segment: s{number}}}")
        for side in "ab":
            role = "" if is_client else (", vhost_mode: client, "
                                         f"socket: {lab.RUN}/{side}{number}.sock")
            yaml["ports"].append(f"{{name: {side}{number}, group: g{number}, "
                                 f"queues: {queues}, datapath: {datapath}{role}}}")
    with open(f"{lab.RUN}/intent.yaml", "w", encoding="ascii") as file:
        for key, rows in yaml.items():
            file.write(f"{key}:\n" + "".join(f"  - {row}\n" for row in rows))
    net.ctl(f"apply -f {lab.RUN}/intent.yaml")


def check_round(net, pmd, ports, before):
    """What was sent since then has arrived, is learnt, and was not dropped."""
    sent = dict(zip(ports, (tx for _, tx in pmd.counters())))

    def taken():
        now = net.stats()
        return {port: now[port]["rx_frames"] - before[port]["rx_frames"] for port in ports}
    try:
        lab.wait(lambda: taken() == sent, 10, "the switch to take all frames")
    except lab.Failure as failure:
        raise lab.Failure(f"{failure}: sent {sent}, taken {taken()}") from failure
    for port in ports:
        lab.check(net.drops(port) == {}, f"{port}: {net.drops(port)}")
    macs = net.macs()
    for number, port in enumerate(ports):
        lab.check(macs.get(f"52:54:00:00:00:{number:02x}") == port, f"{port}'s MAC: {macs}")


def exchange(net, queues, datapath, is_client):
    rings = ALL_RINGS if is_client else FEW_RINGS
    add_ports(net, rings, queues, datapath, is_client)
    devices, options = [], []
    for number, (packed, mergeable, in_order) in enumerate(rings):
        for index, side in enumerate("ab"):
            port, peer = 2 * number + index, 2 * number + 1 - index
            path = f"{lab.VHOST_DIR if is_client else lab.RUN}/{side}{number}.sock"
            devices.append(f"path={path},mac=52:54:00:00:00:{port:02x},packed_vq={packed},"
                           f"mrg_rxbuf={mergeable},in_order={in_order}"
                           f"{'' if is_client else ',server=1'}")
            options.append(f"--eth-peer={port},52:54:00:00:00:{peer:02x}")
    pmd = Testpmd(net, devices, queues, memory_mb=320, options=options)
    ports = [f"{side}{number}" for number in range(len(rings)) for side in "ab"]
    lab.wait(lambda: all(state["link"] == "up" for state in net.states().values()), 30,
             "all links to be up")
    pmd.command("set txpkts 32,32")
    before = net.stats()
    pmd.command("start tx_first 1")

    def all_received():
        return all(received >= FRAMES for received, _ in pmd.counters())
    try:
        lab.wait(all_received, 30, f"{FRAMES} frames at each port", interval=0.3)
    except lab.Failure as failure:
        stuck = [f"{name_of(*rings[i // 2])}: {ports[i]} received {received}"
                 for i, (received, _) in enumerate(pmd.counters()) if received < FRAMES]
        raise lab.Failure(f"{failure}; {'; '.join(stuck)}") from failure
    net.check_invariant()
    if queues > 1:
        lab.wait(lambda: all(state["queues"] == queues for state in net.states().values()), 5,
                 f"{queues} queue pairs to be in use")
    pmd.command("stop")
    check_round(net, pmd, ports, before)
    pmd.quit()
    lab.wait(lambda: all(state["link"] == "down" for state in net.states().values()), 10,
             "all links to be down")


def test(net):
    net.start()
    for queues, datapath, is_client in (
            (1, "direct", True), (2, "direct", True), (1, "library", True), (2, "library", True),
            (1, "direct", False), (2, "library", False)):
        lab.step(f"{queues} queue(s), datapath {datapath}, testpmd as "
                 f"{'client' if is_client else 'server'}")
        exchange(net, queues, datapath, is_client)


lab.main(test)
