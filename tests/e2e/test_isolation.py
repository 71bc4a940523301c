#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 240 s
"""
Private VLANs, VEPA with a reflecting bridge behind the uplink, and access control lists, with the
kernel's hosts: each works, audits, and changes live; all are there again after a restart.

    ns-t1 [t1 10.0.0.1]---+
    ns-t2 [t2 10.0.0.2]---+  segment lan
    ns-t3 [t3 10.0.0.3]---+
    [out, reflector]------+  uplink
"""

import select
import signal
import threading

import lab
import rawlink


class Reflector(threading.Thread):
    """The bridge of 802.1Qbg at the other end of the uplink: sends everything back."""

    def __init__(self):
        super().__init__(daemon=True)
        self.link = rawlink.Link("out")
        self.frames = 0
        self.is_on = False

    def run(self):
        while True:
            select.select([self.link.socket], [], [])
            frame = self.link.receive()
            while frame is not None:
                if self.is_on:
                    self.frames += 1
                    self.link.send(frame)
                frame = self.link.receive()


def answers(tap, address):
    return " 1 received" in tap.run(f"ping -n -c 1 -W 1 {address}", expect=None)


def reach(taps):
    """{"12", "21", ...}: who gets answers from whom."""
    for tap in taps:
        tap.run("ip neigh flush all")
    return {f"{a.name[1]}{b.name[1]}" for a in taps for b in taps
            if a is not b and answers(a, b.address)}


def audited(net, port, reason):
    return sum(row["audited"] for row in net.rows(f"drops {port}") if row["reason"] == reason)


ALL = {"12", "13", "21", "23", "31", "32"}


def private_vlan(net, taps):
    lab.step("private VLAN")
    net.ctl("port set t1 private_vlan=isolated")
    net.ctl("port set t2 private_vlan=isolated")
    lab.check(reach(taps) == {"13", "23", "31", "32"}, "t1 and t2 isolated")
    net.ctl("port set t3 private_vlan=isolated private_vlan_mode=audit")
    lab.check(not reach(taps) & {"12", "21"}, "all isolated")
    # Its request is flooded, and may go to some; known unicast is for one.
    taps[2].run(f"ip neigh replace 10.0.0.1 dev t3 lladdr {taps[0].mac()}")
    answers(taps[2], "10.0.0.1")
    lab.wait(lambda: audited(net, "t3", "private_vlan") > 0, 5, "audits of t3")
    taps[2].run("ip neigh del 10.0.0.1 dev t3")
    net.ctl("port set t3 private_vlan=promiscuous private_vlan_mode=")
    for port in ("t1", "t2"):
        net.ctl(f"port set {port} private_vlan=community community=7")
    lab.check(reach(taps) == ALL, "one community")
    net.ctl("port set t2 community=8")
    lab.check(reach(taps) == {"13", "23", "31", "32"}, "two communities")
    for port in ("t1", "t2", "t3"):
        net.ctl(f"port set {port} private_vlan= community=")


def vepa(net, taps, reflector):
    lab.step("VEPA")
    net.ctl("portgroup set vms vepa=true")
    reflector.is_on = False
    lab.check(reach(taps) == set(), "frames that did not leave by the uplink")
    reflector.is_on = True
    lab.check(reach(taps) == ALL and reflector.frames > 0, "through the reflecting bridge")
    macs = net.macs()
    for tap in taps:
        lab.check(macs.get(tap.mac()) == tap.name, f"{tap.name}'s MAC: {macs}")
        duplicates = tap.run(f"ping -n -c 3 -i 0.2 {taps[0].address}", expect=None)
        lab.check("DUP" not in duplicates, duplicates)
    net.ctl("portgroup set vms vepa=")
    reflector.is_on = False
    lab.check(reach(taps) == ALL, "without VEPA")


def connects(tap, address, port):
    """The server there says hello."""
    return "hello" in tap.run(["sh", "-c", f"busybox nc -w 2 {address} {port} < /dev/null"],
                              expect=None)


def acl(net, taps):
    lab.step("access control lists")
    one, two, three = taps
    servers = [two.spawn(f"nc{port}", f"busybox nc -ll -p {port} -e /bin/echo hello")
               for port in (80, 81)]
    lab.wait(lambda: ":80" in two.run("ss -Hltn") and ":81" in two.run("ss -Hltn"), 5, "nc")
    net.ctl("acl add web")
    net.ctl("acl_rule add web 10 action=permit direction=to protocol=6 dst_port=80")
    net.ctl("acl_rule add web 20 action=deny direction=to protocol=6 tcp_set=syn tcp_clear=ack")
    net.ctl("acl_rule add web 30 action=deny direction=from protocol=1 dst=10.0.0.3 icmp_type=8")
    net.ctl_refused("acl_rule add web 40 action=deny direction=to protocol=17 tcp_set=syn",
                    "protocol", "tcp")
    net.ctl_refused("port set t2 acl=none-such", "acl", "none-such")
    net.ctl("port set t2 acl=web")
    net.ctl_refused("acl del web", "use")
    lab.check(connects(one, two.address, 80), "port 80")
    lab.check(not connects(one, two.address, 81), "port 81")
    lab.check(answers(two, one.address) and not answers(two, three.address), "rule 30")
    lab.check(net.drops("t2").get("acl", 0) > 0 and net.drops("t1").get("acl_to", 0) > 0,
              f"{net.drops('t2')} {net.drops('t1')}")
    net.ctl("port set t2 acl_mode=audit")
    lab.check(connects(one, two.address, 81) and answers(two, three.address), "audit")
    lab.check(audited(net, "t2", "acl") > 0 and audited(net, "t1", "acl_to") > 0, "audits")
    net.ctl("port set t2 acl_mode=")
    net.ctl("acl_rule set web 20 dst_port=443")
    lab.check(connects(one, two.address, 81), "a rule that was changed")
    net.ctl("acl_rule set web 20 dst_port=")
    net.ctl_refused("acl_rule add web 40 action=deny direction=to pcp=8", "pcp", "7")
    net.ctl("acl_rule add web 5 action=deny direction=to pcp=6-7")
    lab.check(connects(one, two.address, 80), "a frame without a priority")
    net.ctl("port set t1 vlan_pcp=6")
    lab.check(not connects(one, two.address, 80), "priority 6")
    net.ctl("port set t1 vlan_pcp=5")
    lab.check(connects(one, two.address, 80), "priority 5")
    net.ctl("port set t1 vlan_pcp=")
    for server in servers:
        server.check_running()


def test(net):
    lab.shell("sysctl -qw net.ipv6.conf.default.disable_ipv6=1")
    net.start()
    net.base()
    taps = [net.tap(f"t{n}", f"10.0.0.{n}/24") for n in (1, 2, 3)]
    net.ctl("port add out kind=tap ifname=out group=vms uplink=true")
    lab.wait(lambda: " out:" in lab.shell("ip -o link"), 5, "out")
    lab.shell("ip link set out up")
    reflector = Reflector()
    reflector.start()
    lab.check(reach(taps) == ALL, "at first")
    private_vlan(net, taps)
    vepa(net, taps, reflector)
    acl(net, taps)

    lab.step("restart of the control daemon")
    net.control.end(signal.SIGKILL)
    net.start_control()
    net.wait_synced()
    lab.check(not connects(taps[0], taps[1].address, 81), "port 81 after a restart")
    exported = net.ctl("export")
    net.ctl("apply -f -", stdin=exported)
    lab.check(net.ctl("export") == exported, "an export that is applied is the same")
    net.check_invariant()


lab.main(test)
