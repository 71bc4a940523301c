#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 120 s
"""
Where a tap lives: the switch's own namespace, a named one, one given by path, one that is not
there, one that is deleted under the port. A port that goes takes its interface with it.

    [host0 10.0.0.1]------+
                          |  segment lan
    inner [eth0 10.0.0.2]-+
                          |
    other [eth0 10.0.0.3]-+
"""

import lab


def test(net):
    net.start()
    net.base()
    for name in ("inner", "other"):
        net.add_netns(name)

    lab.step("own namespace, by name, by path; other interface names")
    net.ctl("port add p1 group=vms kind=tap ifname=host0")
    net.ctl("port add p2 group=vms kind=tap ifname=eth0 netns=inner")
    net.ctl("port add p3 group=vms kind=tap ifname=eth0 netns=/run/netns/other")
    for number, (netns, ifname) in enumerate(((None, "host0"), ("inner", "eth0"),
                                              ("other", "eth0")), 1):
        lab.shell(f"ip address add 10.0.0.{number}/24 dev {ifname}", netns=netns)
        lab.shell(f"ip link set {ifname} up", netns=netns)
    lab.shell("ping -c 2 -i 0.2 -W 1 10.0.0.2")
    lab.shell("ping -c 2 -i 0.2 -W 1 10.0.0.3", netns="inner")
    lab.check("inner" in net.ctl("port show p2"), "port show does not name the namespace")

    lab.step("errors")
    net.ctl_refused("port add p4 group=vms kind=tap netns=nowhere", "netns", "nowhere")
    net.ctl_refused("port add p4 group=vms kind=tap ifname=eth0 netns=inner", "eth0")
    net.ctl_refused("port add p4 group=vms kind=tap ifname=a-name-that-is-too-long", "ifname")
    net.wait_synced()
    lab.check("p4" not in net.ctl("port show"), "a refused port is there")

    lab.step("an interface that an operator deletes, a namespace that goes")
    lab.shell("ip link delete eth0", netns="inner")
    lab.shell("ip netns delete other")
    net.switch.check_running()
    lab.wait(lambda: net.rows("port show p2"), 5, "port show to go on")
    net.ctl("port del p2")
    net.ctl("port del p3")

    lab.step("the interface goes with its port")
    net.ctl("port del p1")
    lab.wait(lambda: "host0" not in lab.shell("ip -br link"), 5, "host0 to be gone")
    net.ctl("port add p2 group=vms kind=tap ifname=eth0 netns=inner")
    lab.shell("ip link set eth0 up", netns="inner")
    net.check_invariant()


lab.main(test)
