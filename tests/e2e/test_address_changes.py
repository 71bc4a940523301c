#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 120 s
"""
Guards of addresses are changed live, at a port and at its group, while datagrams stream from that
port and to it, and it asks for addresses all the time: no datagram may be lost. Then what dvsctl
says: which policy is on, where it comes from, who was stopped and by what frame.

    ns-c1 [c1 10.0.0.1, arping]---+
             |stream|             |  segment lan
    ns-c2 [c2 10.0.0.2]-----------+
                                  |
    ns-c3 [c3 10.0.0.3, scapy]----+
"""

import re

import lab
from frames import Bench
from stream import Stream

ROUNDS = 12
# What is changed of c1, one after the other.
SEQUENCES = [
    ["ip_binding=off", "ip_binding=audit", "ip_binding=enforce", "ip_binding=off"],
    ["suppress=off", "suppress=unicast", "suppress=enforce", "suppress=audit", "suppress=off"],
    ["dhcp_guard=audit", "dhcp_guard=enforce", "dhcp_option82=true", "dhcp_option82=false",
     "dhcp_guard=off"],
    ["ra_guard=audit", "ra_guard=enforce", "ra_guard=off"],
    ["arp_limit=1000pps arp_limit_mode=audit", "arp_limit_mode=enforce", "arp_limit=off"],
    ["binding_learn=dhcp4,dhcp6,slaac binding_limit=4", "binding_learn=none binding_limit=16"],
]
FORGED = ('Ether(src="{mac}", dst="ff:ff:ff:ff:ff:ff")/ARP(op=1, hwsrc="{mac}", psrc="10.0.0.1", '
          'pdst="10.0.0.2")')
SPOOFED = ('Ether(src="{mac}", dst="ff:ff:ff:ff:ff:ff")/IP(src="10.0.0.77", dst="10.0.0.2")/'
           'UDP(sport=1234, dport=9)/Raw(b"x" * 20)')


def change(net, what):
    """All of it; then nothing of it is set any more."""
    for setting in sum(SEQUENCES, []):
        net.ctl(f"{what} {setting}")
    fields = {word.split("=")[0] for setting in sum(SEQUENCES, []) for word in setting.split()}
    net.ctl(f"{what} {' '.join(field + '=' for field in sorted(fields))}")
    net.ctl("binding add c1 10.9.0.0/16 c1 2001:db8::/64")
    net.ctl("binding del c1 10.9.0.0/16 c1 2001:db8::/64")


def check_live(net, client, peer):
    lab.step("changes of every guard of addresses under a stream from the port and one to it")
    net.ctl("binding add c1 10.0.0.1 c2 10.0.0.2 c3 10.0.0.3")
    asking = client.spawn("arping", ["sh", "-c", "while :; do arping -b -q -f -w 1 -I c1 10.0.0.3; done"])
    streams = Stream(client, peer, 0.002), Stream(peer, client, 0.002)
    before = net.stats()["c1"]["dropped"]
    for _ in range(ROUNDS):
        for what in ("port set c1", "portgroup set vms"):
            change(net, what)
    net.ctl("port set c1 suppress=audit")
    lab.wait(lambda: "suppressed" in net.ctl("drops c1"), 3, "requests of arping")
    asking.end()
    for (sent, received), name in zip([stream.end() for stream in streams], ("from", "to")):
        lab.check(sent == received and sent > 100,
                  f"the stream {name} c1 lost {sent - received} of {sent}: {net.ctl('drops')}")
    lab.check(net.stats()["c1"]["dropped"] == before, f"{net.ctl('drops c1')}")


def value_and_source(net, port, field):
    """As `dvsctl port show` prints them."""
    shown = net.ctl(f"port show {port}")
    match = re.search(rf"^  {field} +(\S.*?) +\((.*)\)$", shown, re.MULTILINE)
    lab.check(match, f"no line of {field}: {shown}")
    return match.groups()


def check_shown(net, offender):
    lab.step("what is on, and where it comes from")
    net.ctl("port set c1 suppress=")
    net.ctl("portgroup set vms ip_binding=audit suppress=unicast")
    net.ctl("port set c3 ip_binding=enforce")
    for port, field, wanted in (
            ("c1", "ip_binding", ("audit", "group vms")), ("c3", "ip_binding", ("enforce", "port")),
            ("c3", "suppress", ("unicast", "group vms")), ("c3", "dhcp_guard", ("off", "default"))):
        seen = value_and_source(net, port, field)
        lab.check(seen == wanted, f"{port} {field}: {seen}, not {wanted}")
    net.ctl("portgroup set vms ip_binding=")
    lab.check(value_and_source(net, "c1", "ip_binding") == ("off", "default"), "not inherited")
    lab.check(value_and_source(net, "c3", "ip_binding") == ("enforce", "port"), "override is gone")

    lab.step("who was stopped, why, and the last frame of it")
    for reason, frame, wanted in (
            ("arp_unbound", FORGED, "ARP who-has 10.0.0.2 tell 10.0.0.1, 42 bytes"),
            ("ip_unbound", SPOOFED, "IPv4 10.0.0.77 > 10.0.0.2 UDP 1234 > 9, 62 bytes")):
        offender.check(frame, 3, reason, (3, 0), "enforce")
        shown, port = net.ctl("drops c3"), net.ctl("port show c3")
        header = f"{offender.mac} > ff:ff:ff:ff:ff:ff {wanted}"
        lab.check(re.search(rf"^c3 +{reason} +[0-9]+ +0 +[0-9]+ +\S", shown, re.MULTILINE) and
                  f"\n  c3 {reason}: {header}\n" in shown, shown)
        lab.check(re.search(rf"^  {reason} +[0-9]+ +\S.*\n +{re.escape(header)}$", port,
                            re.MULTILINE), port)
    net.ctl("port set c3 ip_binding=audit")
    offender.check(FORGED, 2, "arp_unbound", (0, 2), "audit")
    lab.check(re.search(r"^  arp_unbound +[0-9]+ and 2 audited +\S", net.ctl("port show c3"),
                        re.MULTILINE), net.ctl("port show c3"))


def test(net):
    net.start()
    net.base()
    client, peer, other = (net.tap(f"c{n}", f"10.0.0.{n}/24") for n in (1, 2, 3))
    for tap in (client, peer, other):
        lab.wait(lambda name=tap.name: net.link(name) == "up", 5, f"{tap.name} to be up")
        # Their own frames of IPv6 are not bound, and would be among what is counted.
        tap.run(f"sysctl -qw net.ipv6.conf.{tap.name}.disable_ipv6=1")
    check_live(net, client, peer)
    check_shown(net, Bench(net, other))
    net.check_invariant()


lab.main(test)
