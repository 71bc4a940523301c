#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 120 s
"""
Frames that no switch should forward, sent with scapy: each is dropped at its port with the right
reason, the receiver sees none of them, and good ones go on between.

    ns-t1 [t1, scapy]-----+
                          |  segment lan
    ns-t2 [t2, counters]--+
"""

import subprocess
import sys

import lab

SENDER = """
import sys
from scapy.all import Ether, IP, UDP, Raw, conf
SRC, DST, expression, count = sys.argv[1:]
frame = eval(expression)
socket = conf.L2socket(iface="t1")
for _ in range(int(count)):
    socket.send(frame)
"""

# reason or None: a scapy expression
FRAMES = [
    (None, 'Ether(src=SRC, dst=DST)/IP(dst="10.0.0.2")/UDP(dport=9)/Raw(b"good")'),
    (None, 'Ether(src=SRC, dst=DST, type=0x88b5)/Raw(b"x" * 46)'),
    (None, 'Ether(src=SRC, dst=DST, type=46)/Raw(b"x" * 46)'),
    ("bad_source", 'Ether(src="01:00:5e:00:00:01", dst=DST)/Raw(b"x" * 46)'),
    ("bad_source", 'Ether(src="ff:ff:ff:ff:ff:ff", dst=DST)/Raw(b"x" * 46)'),
    ("bad_source", 'Ether(src="00:00:00:00:00:00", dst=DST)/Raw(b"x" * 46)'),
    ("reserved", 'Ether(src=SRC, dst="01:80:c2:00:00:00", type=0x88cc)/Raw(b"x" * 46)'),
    ("reserved", 'Ether(src=SRC, dst="01:80:c2:00:00:0e", type=0x88cc)/Raw(b"x" * 46)'),
    ("reserved", 'Ether(src=SRC, dst="01:80:c2:00:00:0f", type=0x88cc)/Raw(b"x" * 46)'),
    ("bad_length_type", 'Ether(src=SRC, dst=DST, type=0x05ff)/Raw(b"x" * 46)'),
    ("bad_length_type", 'Ether(src=SRC, dst=DST, type=1500)/Raw(b"x" * 46)'),
    ("oversize", 'Ether(src=SRC, dst=DST, type=0x88b5)/Raw(b"x" * 1600)'),
    ("same_port", 'Ether(src=SRC, dst=SRC, type=0x88b5)/Raw(b"x" * 46)'),
]
COUNT = 5


def send(t1, expression, t2_mac):
    t1.run([sys.executable, "-c", SENDER, t1.mac(), t2_mac, expression, str(COUNT)])


def received(t2):
    return int(t2.run("cat /sys/class/net/t2/statistics/rx_packets"))


def test(net):
    net.start()
    net.base()
    t1 = net.tap("t1", "10.0.0.1/24")
    t2 = net.tap("t2", "10.0.0.2/24")
    for tap in (t1, t2):
        tap.run(f"sysctl -qw net.ipv6.conf.{tap.name}.disable_ipv6=1")
    t1.ping("10.0.0.2")
    mac = t2.mac()
    t1.run("ip link set t1 mtu 9000")  # lets the host send what the switch must not take

    for reason, expression in FRAMES:
        lab.step(f"{reason or 'forwarded'}: {expression}")
        before, seen, stats = net.drops("t1"), received(t2), net.stats()["t1"]
        send(t1, expression, mac)

        def arrived(stats=stats):
            return net.stats()["t1"]["rx_frames"] - stats["rx_frames"] >= COUNT
        lab.wait(arrived, 5, "the frames to be counted")
        after = net.drops("t1")
        grown = {name: count - before.get(name, 0) for name, count in after.items()
                 if count != before.get(name, 0)}
        if reason is None:
            lab.check(grown == {}, f"good frames were dropped: {grown}")
            lab.wait(lambda seen=seen: received(t2) - seen >= COUNT, 2, "frames at t2")
        else:
            lab.check(grown.get(reason, 0) >= COUNT and len(grown) == 1, f"dropped as {grown}")
            lab.check(received(t2) - seen < COUNT, f"{received(t2) - seen} reached t2")
        net.check_invariant()

    lab.step("a segment may forward reserved destinations")
    net.ctl("segment set lan forward_reserved=true")
    seen = received(t2)
    send(t1, 'Ether(src=SRC, dst="01:80:c2:00:00:0e", type=0x88cc)/Raw(b"x" * 46)', mac)
    lab.wait(lambda: received(t2) - seen >= COUNT, 3, "LLDP at t2")

    lab.step("runts through a raw socket of the interface")
    runts(net, t1)
    t1.run("ip link set t1 mtu 1500")
    t1.ping("10.0.0.2")
    net.switch.check_running()


def runts(net, t1):
    """The kernel pads or refuses what is shorter than a header; the switch must survive either."""
    program = ("import socket\ns = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\n"
               "s.bind(('t1', 0))\n"
               "for n in range(0, 20):\n"
               "    try:\n        s.send(bytes([2] * n))\n"
               "    except OSError:\n        pass\n")
    subprocess.run(["ip", "netns", "exec", t1.netns, sys.executable, "-c", program], check=True)
    net.check_invariant()


lab.main(test)
