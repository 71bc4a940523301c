#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 120 s
"""
Kernel interfaces as ports: ping over IPv4 and IPv6, TCP and UDP with iperf3, what dvsctl shows.

    ns-t1 [t1 10.0.0.1]---+
                          |  segment lan
    ns-t2 [t2 10.0.0.2]---+
                          |
    ns-t3 [t3 10.0.0.3]---+
"""

import json

import lab


def iperf(server, client, options):
    """Bits a second that the server received."""
    process = server.spawn("iperf3", "iperf3 -s -1")
    lab.wait(lambda: ":5201" in server.run("ss -Hltn"), 5, "iperf3 to listen")
    output = client.run(f"iperf3 -J -c {server.address} -t 2 {options}", timeout=20)
    process.end()
    return json.loads(output)["end"]


def test(net):
    net.start()
    net.base()
    t1, t2, t3 = (net.tap(f"t{i}", f"10.0.0.{i}/24") for i in (1, 2, 3))

    lab.step("ping")
    t1.ping("10.0.0.2")
    t3.ping("10.0.0.1")
    for i, tap in enumerate((t1, t2), 1):
        tap.run(f"ip address add fd00::{i}/64 dev {tap.name}")
    t1.ping("fd00::2")

    lab.step("the MAC table")
    macs = net.macs()
    for tap in (t1, t2, t3):
        lab.check(macs.get(tap.mac()) == tap.name, f"{tap.mac()} is not behind {tap.name}: {macs}")

    lab.step("TCP")
    end = iperf(t2, t1, "")
    lab.check(end["sum_received"]["bits_per_second"] > 10e6, f"TCP is slow: {end}")
    lab.step("UDP")
    end = iperf(t1, t2, "-u -b 5M -l 1000")
    lab.check(end["sum"]["lost_percent"] < 20, f"UDP lost {end['sum']['lost_percent']} %")

    lab.step("counters")
    net.check_invariant()
    stats = net.stats()
    for name in ("t1", "t2", "t3"):
        lab.check(stats[name]["rx_frames"] > 0 and stats[name]["tx_frames"] > 0,
                  f"{name} counted nothing: {stats[name]}")
    lab.check(stats["t3"]["tx_frames"] < 200, "unicast was flooded to t3")
    status = net.json("status")
    lab.check("version" in json.dumps(status), f"status has no version: {status}")


lab.main(test)
