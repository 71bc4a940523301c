#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 120 s
"""
The MAC table: learnt, aged, moved, static, flushed; two segments do not see each other.

    ns-t1 [t1]---+                      +---[u1 10.0.0.1] ns-u1
                 |  segment lan   wan   |
    ns-t2 [t2]---+  (age 2 s)           +---[u2 10.0.0.2] ns-u2
"""

import lab


def test(net):
    net.start()
    net.ctl("segment add lan age=2")
    net.ctl("segment add wan")
    net.ctl("portgroup add vms segment=lan")
    net.ctl("portgroup add outside segment=wan")
    t1, t2 = (net.tap(f"t{i}", f"10.0.0.{i}/24") for i in (1, 2))
    u1, u2 = (net.tap(f"u{i}", f"10.0.0.{i}/24", options="group=outside") for i in (1, 2))

    lab.step("segments are apart although their addresses are the same")
    for tap in (t2, u2):
        tap.run(f"ip link set {tap.name} address 52:54:00:00:00:02")
    t1.ping("10.0.0.2")
    u1.ping("10.0.0.2")
    rows = {(row["segment"], row["mac"]): row for row in net.rows("mac show")}
    lab.check(rows[("lan", "52:54:00:00:00:02")]["port"] == "t2", f"{rows}")
    lab.check(rows[("wan", "52:54:00:00:00:02")]["port"] == "u2", f"{rows}")

    lab.step("filters")
    lab.check({row["segment"] for row in net.rows("mac show segment=wan")} == {"wan"}, "segment=")
    lab.check({row["port"] for row in net.rows("mac show port=t2")} == {"t2"}, "port=")

    lab.step("a MAC that moves")
    mac = "52:54:00:00:00:77"
    t1.run("ip link add m1 link t1 address " + mac + " type macvlan")
    t1.run("ip address add 10.0.0.7/24 dev m1")
    t1.run("ip link set m1 up")
    t1.run("ping -c 1 -W 1 -I m1 10.0.0.2")
    lab.wait(lambda: net.macs().get(mac) == "t1", 3, "the MAC behind t1")
    t1.run("ip link delete m1")
    t2.run(f"ip link set t2 address {mac}")
    t2.ping("10.0.0.1")
    lab.wait(lambda: net.macs().get(mac) == "t2", 3, "the MAC behind t2")
    rows = [row for row in net.rows("mac show port=t2") if row["mac"] == mac]
    lab.check(rows[0]["moves"] >= 1, f"the move was not counted: {rows}")

    lab.step("static entries")
    net.ctl("mac add lan 52:54:00:00:00:99 port=t1")
    rows = [row for row in net.rows("mac show") if row["mac"] == "52:54:00:00:00:99"]
    lab.check(rows and rows[0]["kind"] == "static" and rows[0]["port"] == "t1", f"{rows}")
    net.ctl_refused("mac add lan 01:00:5e:00:00:01 port=t1", "mac", "unicast")
    net.ctl_refused("mac add lan 52:54:00:00:00:98 port=nobody", "nobody")
    net.ctl_refused("mac add nowhere 52:54:00:00:00:98 port=t1", "nowhere")

    lab.step("aging")
    lab.wait(lambda: mac not in net.macs(), 10, "the silent MAC to be forgotten")
    lab.check("52:54:00:00:00:99" in net.macs(), "a static entry aged")

    lab.step("flush")
    t1.ping("10.0.0.2")
    lab.check(t1.mac() in net.macs(), "t1 is not in the table")
    net.ctl("mac flush segment=lan")
    macs = net.macs()
    lab.check(t1.mac() not in macs and "52:54:00:00:00:99" in macs, f"flush left {macs}")
    t1.ping("10.0.0.2")
    net.ctl("mac del lan 52:54:00:00:00:99")
    lab.check("52:54:00:00:00:99" not in net.macs(), "the static entry is still there")


lab.main(test)
