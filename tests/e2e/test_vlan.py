#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 300 s
"""
VLANs with a real guest, whose frames the switch has as header and buffers of the guest, and with
its offloads: everything between it and a host is tagged on a wire between two trunks, where a relay
gives the one VLAN's frames to the other. Trunks' lists are changed live, and hold over restarts.

    QEMU vm1 [10.0.0.1] -- access, segment s10 -- trunk ta (list 10) [relay
    ns-t2 [t2 10.0.0.2] -- access, segment s20 -- trunk tb (list 20)  10 <-> 20]
"""

import os
import select
import signal
import struct
import threading

import lab
import rawlink

FEATURES = "features_off=csum,tso4,tso6"


class Relay(threading.Thread):
    """Frames of VLAN 10 on the one link go out with VLAN 20 on the other, and back."""

    def __init__(self):
        super().__init__(daemon=True)
        self.links = {"ta": rawlink.Link("ta"), "tb": rawlink.Link("tb")}
        self.seen = {"ta": set(), "tb": set()}
        self.longest = 0

    def run(self):
        sockets = {link.socket.fileno(): name for name, link in self.links.items()}
        while True:
            for fd in select.select(list(sockets), [], [])[0]:
                try:
                    self.empty(sockets[fd])
                except OSError:  # the interface is gone
                    return

    def empty(self, name):
        frame = self.links[name].receive()
        while frame is not None:
            self.pass_on(name, frame)
            frame = self.links[name].receive()

    def pass_on(self, name, frame):
        tpid, tci = struct.unpack("!HH", frame[12:16])
        self.seen[name].add((tpid, tci & 0xfff))
        self.longest = max(self.longest, len(frame))
        wanted, other, vlan = (10, "tb", 20) if name == "ta" else (20, "ta", 10)
        if tpid == 0x8100 and tci & 0xfff == wanted:
            self.links[other].send(frame[:14] + struct.pack("!H", tci & 0xf000 | vlan) + frame[16:])


def send_file(vm1, t2):
    path = f"{lab.RUN}/received"
    process = t2.spawn("nc", f"sh -c 'sleep 60 | busybox nc -l -p 7002 > {path}'")
    lab.wait(lambda: ":7002" in t2.run("ss -Hltn"), 5, "nc to listen")
    vm1.check("head -c 1m /dev/urandom > /tmp/sent")
    vm1.check(f"nc -w 10 {t2.address} 7002 < /tmp/sent", 60)
    wanted = vm1.check("sha256sum < /tmp/sent").split()[0]
    lab.wait(lambda: lab.shell(f"sha256sum {path}").split()[0] == wanted, 10,
             "the guest's file to arrive as it was sent", interval=0.5)
    process.end()
    lab.receive_file(vm1, 7001)
    t2.run(["sh", "-c", f"busybox nc -w 10 10.0.0.1 7001 < {path}"])
    lab.wait(lambda: vm1.check("sha256sum < /tmp/received").split()[0] == wanted, 10,
             "the file to come back", interval=0.5)


def answers(t2):
    return " 1 received" in t2.run("ping -n -c 1 -W 1 10.0.0.1", expect=None)


def test(net):
    lab.shell("sysctl -qw net.ipv6.conf.default.disable_ipv6=1")
    net.start()
    for name, vlan in (("s10", 10), ("s20", 20), ("left", 0), ("right", 0)):
        net.ctl(f"segment add {name} vlan={vlan}")
        net.ctl(f"portgroup add {name} segment={name} vlan_mode={'access' if vlan else 'trunk'}")
    net.ctl_refused("segment add other vlan=10", "vlan", "s10", "other")
    vm1 = net.guest("vm1", "10.0.0.1/24", options="group=s10")
    t2 = net.tap("t2", "10.0.0.2/24", options="group=s20")
    for name, group, vlan in (("ta", "left", 10), ("tb", "right", 20)):
        net.ctl(f"port add {name} kind=tap ifname={name} group={group} vlan_trunk={vlan} {FEATURES}")
        lab.wait(lambda n=name: f" {n}:" in lab.shell("ip -o link"), 5, name)
        lab.shell(f"ip link set {name} up")
    relay = Relay()
    relay.start()
    vm1.wait_ready()

    lab.step("through both trunks")
    lab.wait(lambda: answers(t2), 10, "the first answer")
    t2.ping("10.0.0.1")
    send_file(vm1, t2)
    lab.check(relay.seen == {"ta": {(0x8100, 10)}, "tb": {(0x8100, 20)}}, f"{relay.seen}")
    lab.check(relay.longest == 1518, f"{relay.longest} bytes was the longest frame")

    lab.step("lists, live")
    net.ctl("port set ta vlan_trunk=11-20")
    lab.check(not answers(t2), "an answer through a trunk without the VLAN")
    lab.check(net.drops("ta").get("vlan_not_allowed", 0) > 0, f"{net.drops('ta')}")
    net.ctl("port set ta vlan_trunk=1-10,12")
    lab.wait(lambda: answers(t2), 10, "answers again")
    net.ctl("port set t2 vlan_pcp=5")
    t2.ping("10.0.0.1")

    lab.step("restarts of both daemons")
    net.control.end(signal.SIGKILL)
    net.switch.end(signal.SIGKILL)
    os.unlink(lab.SWITCH_SOCKET)
    net.start_switch()
    net.start_control()
    net.wait_synced()
    text = net.ctl("port show ta")
    lab.check("1-10,12" in text, text)
    net.check_invariant()


lab.main(test)
