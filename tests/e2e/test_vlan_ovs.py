#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 240 s
"""
The same frames through this switch and through Open vSwitch, whose ports have the same VLAN
settings: each port has to get the same frames from both. Access ports, trunks with and without an
own VLAN in their list, QinQ trunks with customers' ports; floods, known unicast, priorities.

    d0..d5 [taps of dvs-switchd]      o0..o5 [taps of ovs-vswitchd, userspace datapath]
       0 access 10   1 access 20   2 trunk 10-30, native 10   3 trunk 20,30, native 30
       4 trunk all, native 20      5 access 30
    and for QinQ:  0 customer 10   1 customer 20   2 trunk 10,20, native 30   3 customer 30
"""

import os
import random
import struct
import sys

import lab
import rawlink

OVS = "/run/ovs"
VLANS = (10, 20, 30)
# (segment, our settings, OVS's settings)
PORTS = [
    (10, "vlan_mode=access", "tag=10 vlan_mode=access"),
    (20, "vlan_mode=access", "tag=20 vlan_mode=access"),
    (10, "vlan_mode=trunk vlan_trunk=10-30", "tag=10 vlan_mode=native-untagged trunks=10,20,30"),
    (30, "vlan_mode=trunk vlan_trunk=20,30", "tag=30 vlan_mode=native-untagged trunks=20,30"),
    (20, "vlan_mode=trunk vlan_trunk=10,30", "tag=20 vlan_mode=native-untagged trunks=10,30"),
    (30, "vlan_mode=access", "tag=30 vlan_mode=access"),
]
QINQ_PORTS = [
    (10, "vlan_mode=guest", "tag=10 vlan_mode=dot1q-tunnel other-config:qinq-ethtype=802.1ad"),
    (20, "vlan_mode=guest", "tag=20 vlan_mode=dot1q-tunnel other-config:qinq-ethtype=802.1ad"),
    (30, "vlan_mode=qinq vlan_trunk=10,20",
     "tag=30 vlan_mode=native-untagged trunks=10,20 other-config:qinq-ethtype=802.1ad"),
    (30, "vlan_mode=guest", "tag=30 vlan_mode=dot1q-tunnel other-config:qinq-ethtype=802.1ad"),
]
TYPE = b"\x88\xb5"


def start_ovs(net):
    os.makedirs(OVS)
    os.environ.update(OVS_RUNDIR=OVS, OVS_LOGDIR=OVS, OVS_DBDIR=OVS)
    lab.shell(f"ovsdb-tool create {OVS}/conf.db /usr/share/openvswitch/vswitch.ovsschema")
    net.spawn("ovsdb", f"ovsdb-server {OVS}/conf.db --remote=punix:{OVS}/db.sock")
    lab.wait(lambda: os.path.exists(f"{OVS}/db.sock"), 10, "ovsdb-server")
    vsctl("--no-wait init")
    net.spawn("ovs", f"ovs-vswitchd unix:{OVS}/db.sock")
    vsctl("add-br br0 -- set bridge br0 datapath_type=netdev")
    vsctl("set Open_vSwitch . other_config:vlan-limit=2")


def vsctl(command):
    lab.shell(f"ovs-vsctl --timeout=20 --db=unix:{OVS}/db.sock {command}")


def add_ports(net, ports, prefix):
    """Ports of both switches; returns their links."""
    ours, theirs = [], []
    for number, (vlan, settings, ovs) in enumerate(ports):
        name, other = f"d{prefix}{number}", f"o{prefix}{number}"
        net.ctl(f"port add {name} kind=tap ifname={name} group=g{vlan} {settings}")
        vsctl(f"add-port br0 {other} {ovs} -- set interface {other} type=tap")
        for interface in (name, other):
            lab.wait(lambda i=interface: f" {i}:" in lab.shell("ip -o link"), 5, interface)
            lab.shell(f"ip link set {interface} up")
        ours.append(rawlink.Link(name))
        theirs.append(rawlink.Link(other))
    return ours, theirs


def mac(number):
    return bytes((2, 0, 0, 0, 0, number))


def tag(tpid, vlan):
    return struct.pack("!HH", tpid, random.randrange(8) << 13 | vlan)


def plain_tags(_port):
    choice = random.randrange(8)
    if choice < 2:
        return b""
    if choice == 2:
        return tag(0x8100, 0)
    return tag(0x8100, random.choice((10, 20, 30, 10, 20, 30, 99, 4094)))


def qinq_tags(port):
    inner = tag(0x8100, random.randrange(1, 4095))
    if port == 2:
        return random.choice((b"", tag(0x88a8, random.choice((10, 20, 30, 99))) + inner,
                              tag(0x88a8, random.choice((10, 20))), tag(0x88a8, 0)))
    return random.choice((b"", inner))


def both(ours, theirs, mark):
    """What came out at each port; who is late gets some more time."""
    got = rawlink.collect(ours + theirs, lambda data: mark in data)
    for _ in range(40):
        if all(got[one.name] == got[two.name] for one, two in zip(ours, theirs)):
            break
        for name, frames in rawlink.collect(ours + theirs, lambda data: mark in data).items():
            got[name] += frames
    return got


def compare(ours, theirs, rounds, make_tags):
    delivered = 0
    for number in range(rounds):
        sender = random.randrange(len(ours))
        target = random.choice([n for n in range(len(ours) + 2) if n != sender])
        destination = b"\xff" * 6 if target == len(ours) else mac(target + 1)
        tags = make_tags(sender)
        frame = destination + mac(sender + 1) + tags + TYPE + struct.pack("!I", number) + bytes(50)
        ours[sender].send(frame)
        theirs[sender].send(frame)
        got = both(ours, theirs, TYPE + struct.pack("!I", number))
        for one, two in zip(ours, theirs):
            lab.check(got[one.name] == got[two.name],
                      f"frame {number} of {ours[sender].name} to {destination.hex(':')} with tags "
                      f"'{tags.hex()}': {one.name} got {[g.hex() for g in got[one.name]]}, "
                      f"{two.name} got {[g.hex() for g in got[two.name]]}")
            delivered += len(got[one.name])
    lab.check(delivered > rounds // 2, f"only {delivered} frames came out of {rounds}")


def test(net):
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    lab.step(f"SEED={seed}")
    random.seed(seed)
    lab.shell("sysctl -qw net.ipv6.conf.default.disable_ipv6=1")
    net.start()
    for vlan in VLANS:
        net.ctl(f"segment add s{vlan} vlan={vlan}")
        net.ctl(f"portgroup add g{vlan} segment=s{vlan}")
    start_ovs(net)

    lab.step("access ports and trunks")
    compare(*add_ports(net, PORTS, ""), 300, plain_tags)
    for number in range(len(PORTS)):
        net.ctl(f"port del d{number}")
        vsctl(f"del-port br0 o{number}")

    lab.step("QinQ")
    compare(*add_ports(net, QINQ_PORTS, "q"), 200, qinq_tags)
    net.check_invariant()


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    lab.main(test)
