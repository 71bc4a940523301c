#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 240 s
"""
Classes and marks, as receivers see them: scapy's packets with another DSCP and right checksums in
all shapes, the priority in a trunk's tags, colors by two token buckets; then TCP of a real guest,
whose frames the switch has as header and buffers of the guest, with its offloads.

    src [scapy] ----------- access, segment s10 (VLAN 10)
    out [10.0.0.2] -------- access, segment s10
    trunk ----------------- trunk (list 10)
    QEMU vm1 [10.0.0.1] --- access, segment s10
"""

import collections
import os
import signal

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

import lab
import rawlink

MAC = "52:54:00:00:00:01"
ALL = "ff:ff:ff:ff:ff:ff"
EF = 46
FEATURES = "features_off=csum,tso4,tso6"


def udp4(field, **options):
    return (Ether(src=MAC, dst=ALL) / IP(src="10.0.0.9", dst="10.0.0.2", tos=field, **options)
            / UDP(sport=1000, dport=2000) / Raw(b"x" * 100))


def udp6(field):
    return (Ether(src=MAC, dst=ALL) / IPv6(src="fe80::9", dst="fe80::2", tc=field, fl=0x12345)
            / UDP(sport=1000, dport=2000) / Raw(b"x" * 100))


def fragment4(field):
    return (Ether(src=MAC, dst=ALL) / IP(src="10.0.0.9", dst="10.0.0.2", tos=field, id=7, frag=100,
                                         flags="MF", proto=17) / Raw(b"y" * 104))


def fragment6(field):
    return (Ether(src=MAC, dst=ALL) / IPv6(src="fe80::9", dst="fe80::2", tc=field)
            / IPv6ExtHdrFragment(offset=100, m=1, id=7, nh=17) / Raw(b"y" * 104))


def options4(field):
    return udp4(field, options=b"\x94\x04\x00\x00" * 3)  # router alert


SHAPES = {"IPv4": udp4, "IPv6": udp6, "fragment of IPv4": fragment4, "fragment of IPv6": fragment6,
          "IPv4 with options": options4}


class Wire:
    def __init__(self):
        self.src, self.out, self.trunk = (rawlink.Link(name) for name in ("src", "out", "trunk"))

    def pass_on(self, frames, wanted):
        """What the two receivers get of frames from src: {name: [bytes...]}; so many each."""
        links = [self.out, self.trunk]
        got = collections.defaultdict(list)

        def has_all():
            for name, more in rawlink.collect(links, is_ours).items():
                got[name] += more
            return all(len(got[link.name]) >= wanted for link in links)
        rawlink.collect(links)
        for frame in frames:
            self.src.send(bytes(frame))
        lab.wait(has_all, 5, f"{wanted} frames")
        return got

    def check(self, sent, wanted, tci, what):
        got = self.pass_on([sent], 1)
        tagged = bytes(wanted)[:12] + bytes.fromhex("8100%04x" % tci) + bytes(wanted)[12:]
        lab.check(got["out"] == [bytes(wanted)],
                  f"{what}: out got {[frame.hex() for frame in got['out']]}, wanted "
                  f"{bytes(wanted).hex()}")
        lab.check(got["trunk"] == [tagged],
                  f"{what}: trunk got {[frame.hex() for frame in got['trunk']]}, wanted "
                  f"{tagged.hex()}")


def is_ours(frame):
    return frame[6:12] == bytes.fromhex(MAC.replace(":", ""))


def check_marks(net, wire):
    lab.step("as they are")
    for name, shape in SHAPES.items():
        wire.check(shape(0xb9), shape(0xb9), 10, name)

    lab.step("DSCP and PCP by class")
    net.ctl("port set src trust=dscp mark_dscp=0:46,5:0,7:63 mark_pcp=0:6,5:3")
    for name, shape in SHAPES.items():
        for ecn in range(4):
            wire.check(shape(ecn), shape(EF << 2 | ecn), 6 << 13 | 10, name)
            wire.check(shape(EF << 2 | ecn), shape(ecn), 3 << 13 | 10, name)
        wire.check(shape(10 << 2), shape(10 << 2), 10, name)
        wire.check(shape(56 << 2), shape(63 << 2), 10, name)
    arp = Ether(src=MAC, dst=ALL) / ARP(psrc="10.0.0.9", pdst="10.0.0.77")
    wire.check(arp, arp, 6 << 13 | 10, "ARP, of class 0")
    lab.check(net.states()["src"]["marked"] > 0, f"{net.states()['src']}")

    lab.step("class by the tag's priority")
    net.ctl("port set src trust=pcp mark_dscp=5:46 mark_pcp= class_of_pcp=4:5")
    for pcp, wanted in ((3, 0), (4, EF << 2), (5, EF << 2)):
        tagged = Ether(src=MAC, dst=ALL) / Dot1Q(vlan=0, prio=pcp) / udp4(0)[IP]
        wire.check(tagged, udp4(wanted), pcp << 13 | 10, f"PCP {pcp}")
    wire.check(udp4(0), udp4(0), 10, "no tag")

    lab.step("marks in tags that are payload")
    net.ctl("port set src trust=dscp mark_dscp=0:46 class_of_pcp= vlan_mode=guest")
    inner = [Ether(src=MAC, dst=ALL) / Dot1Q(vlan=77, prio=2) / udp4(field)[IP]
             for field in (1, EF << 2 | 1)]
    wire.check(inner[0], inner[1], 10, "a tag of the guest")
    net.ctl("port set src vlan_mode= trust= mark_dscp=")
    wire.check(udp4(1), udp4(1), 10, "unmarked again")


def colors(net, wire, shape, count, wanted):
    """Counter of DSCP at the receiver of packets with DSCP of AF11, of which so many arrive."""
    got = wire.pass_on([shape(10 << 2 | 1) for _ in range(count)], wanted)["out"]
    for frame in got:
        packet = Ether(frame)
        if IP in packet:
            lab.check(frame == bytes(shape(packet[IP].tos)), "something else has changed")
    net.check_invariant()
    return collections.Counter((Ether(frame)[IP].tos if frame[12:14] == b"\x08\x00" else
                                Ether(frame)[IPv6].tc) >> 2 for frame in got)


def check_marker(net, wire):
    lab.step("what is refused")
    net.ctl_refused("port set src marker=srtcm", "marker_rate", "needs a rate", "src")
    net.ctl_refused("portgroup set vms marker=trtcm marker_rate=10Mbps", "marker_peak", "vms")
    net.ctl_refused("port set src marker=srtcm marker_rate=10kpps", "marker_rate", "bits a second")
    net.ctl_refused("port set src marker=srtcm marker_rate=1Mbps marker_burst=1000",
                    "marker_burst", "MTU")
    net.ctl_refused("port set src class_of_dscp=64:1", "class_of_dscp", "0 to 63")
    net.ctl_refused("port set src mark_dscp=0:1,0:2", "mark_dscp", "each once")

    lab.step("one rate: green, yellow, red")  # packets of 128 bytes, no new tokens to speak of
    net.ctl("port set src marker=srtcm marker_rate=1kbps marker_burst=1900 marker_excess=2700")
    before = net.states()["src"]
    seen = colors(net, wire, udp4, 60, 35)
    lab.check(seen == {10: 14, 12: 21}, f"colors {seen}")
    state = net.states()["src"]
    grown = {name: state[name] - before[name] for name in ("green", "yellow", "red", "marked")}
    lab.check(grown == {"green": 14, "yellow": 21, "red": 25, "marked": 21}, f"{grown}")
    lab.check(net.drops("src").get("marker") == 25, f"{net.drops('src')}")
    net.ctl("port set src marker_red=mark")
    seen = colors(net, wire, lambda field: udp6(field) / Raw(b"z" * 1000), 5, 5)
    lab.check(seen == {14: 5}, f"colors {seen}")

    lab.step("two rates, set in the group")
    net.ctl("port set src marker= marker_rate= marker_burst= marker_excess= marker_red=")
    net.ctl("portgroup set vms marker=trtcm marker_rate=1kbps marker_peak=80Mbps "
            "marker_burst=1900 marker_excess=100000 marker_yellow=pass")
    seen = colors(net, wire, udp4, 60, 60)
    lab.check(seen[10] == 60 and net.states()["src"]["yellow"] > before["yellow"] + 21, f"{seen}")
    net.ctl("portgroup set vms marker= marker_rate= marker_peak= marker_burst= marker_excess= "
            "marker_yellow=")


def dscps_of(link, addresses):
    """DSCPs in what waits at the link from one address to the other; checksums are looked at."""
    seen = collections.Counter()
    for frame in rawlink.collect([link])[link.name]:
        packet = Ether(frame)
        if IP not in packet or (packet[IP].src, packet[IP].dst) != addresses:
            continue
        packet[IP].remove_payload()
        wanted = packet[IP].chksum
        del packet[IP].chksum
        lab.check(IP(bytes(packet[IP])).chksum == wanted, f"checksum in {frame.hex()}")
        seen[packet[IP].tos >> 2] += 1
    return seen


def check_guest(net, wire, vm1):
    lab.step("TCP of a guest")
    vm1.wait_ready()
    net.ctl("port set vm1 mark_dscp=0:34")
    path = f"{lab.RUN}/received"
    server = net.spawn("nc", ["sh", "-c", f"sleep 60 | busybox nc -l -p 7002 > {path}"])
    lab.wait(lambda: ":7002" in lab.shell("ss -Hltn"), 5, "nc to listen")
    vm1.check("head -c 1m /dev/urandom > /tmp/sent")
    vm1.check("nc -w 10 10.0.0.2 7002 < /tmp/sent", 60)
    wanted = vm1.check("sha256sum < /tmp/sent").split()[0]
    seen = dscps_of(wire.out, ("10.0.0.1", "10.0.0.2"))
    lab.wait(lambda: lab.shell(f"sha256sum {path}").split()[0] == wanted, 10,
             "the guest's file to arrive as it was sent", interval=0.5)
    server.end()
    lab.check(set(seen) == {34} and seen[34] > 10, f"DSCPs {seen}")
    errors = lab.shell("nstat -az IpInHdrErrors TcpInCsumErrors")
    for line in errors.splitlines()[1:]:
        lab.check(line.split()[1] == "0", errors)

    lab.step("restarts of both daemons")
    net.control.end(signal.SIGKILL)
    net.switch.end(signal.SIGKILL)
    os.unlink(lab.SWITCH_SOCKET)
    net.start_switch()
    net.start_control()
    net.wait_synced()
    bring_up("out")  # the tap went with the switch
    out = rawlink.Link("out")
    lab.wait(lambda: " 0% packet loss" in vm1.check("ping -c 1 -W 2 10.0.0.2; true"), 20,
             "the guest to be back")
    rawlink.collect([out])
    vm1.check("ping -c 3 -i 0.2 10.0.0.2")
    seen = dscps_of(out, ("10.0.0.1", "10.0.0.2"))
    lab.check(set(seen) == {34} and seen[34] >= 3, f"DSCPs {seen}")


def bring_up(name):
    lab.wait(lambda: f" {name}:" in lab.shell("ip -o link"), 5, name)
    lab.shell(f"ip link set {name} up")
    if name == "out":
        lab.shell("ip addr add 10.0.0.2/24 dev out")


def test(net):
    lab.shell("sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv4.conf.all.arp_ignore=1")
    net.start()
    net.ctl("segment add s10 vlan=10")
    net.ctl("segment add native")
    net.ctl("portgroup add vms segment=s10 vlan_mode=access")
    net.ctl("portgroup add trunks segment=native vlan_mode=trunk vlan_trunk=10")
    vm1 = net.guest("vm1", "10.0.0.1/24")
    for name, group in (("src", "vms"), ("out", "vms"), ("trunk", "trunks")):
        net.ctl(f"port add {name} kind=tap ifname={name} group={group} {FEATURES}")
        bring_up(name)
    wire = Wire()
    check_marks(net, wire)
    check_marker(net, wire)
    check_guest(net, wire, vm1)
    net.check_invariant()


lab.main(test)
