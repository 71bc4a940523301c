#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 240 s
"""
MTU: a group's, a port's own, inherited again; large frames between those that take them, counted
where they do not.

    QEMU vm1 (MTU 9000) [10.0.0.1]---+
                                     |
    ns-t2 (9000) [t2 10.0.0.2]-------+  segment lan, group vms mtu=9000
                                     |
    ns-t3 (1500) [t3 10.0.0.3]-------+
"""

import lab


def mtu(net, port):
    return net.states()[port]["mtu"]


def large_ping(tap, address, expect):
    output = tap.run(f"ping -n -c 2 -i 0.2 -W 1 -M do -s 8972 {address}", expect=None)
    lab.check((" 2 received" in output) == expect, output)


def test(net):
    net.start()
    net.ctl("segment add lan")
    net.ctl("portgroup add vms segment=lan mtu=9000")
    vm1 = net.guest("vm1", "10.0.0.1/24", mtu=9000)
    t2 = net.tap("t2", "10.0.0.2/24")
    t3 = net.tap("t3", "10.0.0.3/24", options="group=vms mtu=1500")
    lab.check((mtu(net, "t2"), mtu(net, "t3")) == (9000, 1500), "override")
    for tap in (t2, t3):
        tap.run(f"ip link set {tap.name} mtu 9000")
    vm1.wait_ready()

    lab.step("between those that take large frames")
    lab.wait(lambda: " 1 received" in t2.run("ping -n -c 1 -W 1 10.0.0.1", expect=None), 10,
             "the guest's first answer")
    large_ping(t2, "10.0.0.1", True)
    vm1.check("ping -n -c 2 -i 0.2 -W 1 -M do -s 8972 10.0.0.2")

    lab.step("towards and from one that does not")
    t3.ping("10.0.0.2")
    large_ping(t2, "10.0.0.3", False)
    lab.check(net.drops("t2").get("dest_mtu", 0) >= 2, f"{net.drops('t2')}")
    large_ping(t3, "10.0.0.2", False)
    lab.check(net.drops("t3").get("oversize", 0) >= 2, f"{net.drops('t3')}")

    lab.step("inherited again, without a new session")
    sessions = net.states()["vm1"]["sessions"]
    net.ctl("port set t3 mtu=")
    lab.check(mtu(net, "t3") == 9000, "mtu= does not inherit")
    t3.run("ip link set t3 mtu 9000")
    large_ping(t3, "10.0.0.2", True)
    net.ctl("portgroup set vms mtu=1500")
    lab.check({mtu(net, port) for port in ("vm1", "t2", "t3")} == {1500}, "the group's MTU")
    for tap in (t2, t3):
        tap.run(f"ip link set {tap.name} mtu 9000")
    large_ping(t3, "10.0.0.2", False)
    t3.ping("10.0.0.2")
    lab.check(net.states()["vm1"]["sessions"] == sessions, "the guest's session was ended")
    net.check_invariant()


lab.main(test)
