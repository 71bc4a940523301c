#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 150 s
"""
Guards of addresses with real peers: dnsmasq serves DHCP and sends router advertisements, udhcpc and
the kernel's SLAAC take addresses, which are bound to their ports; scapy pretends to have others; a
rogue server and router are shut out; arping and ndisc6 get the switch's own answers; after a kill of
the switch everything is there again.

    ns-c1 [c1, udhcpc, SLAAC]---+
                                |
    ns-c2 [c2, scapy]-----------+  segment lan
                                |
    ns-s1 [s1 10.0.0.1, dnsmasq]+
"""

import signal

import lab
from frames import Bench

# udhcpc's script: takes the address.
TAKE = """#!/bin/sh
case "$1" in
bound | renew) ip address replace "$ip/24" dev "$interface" ;;
deconfig) ip -4 address flush dev "$interface" ;;
esac
"""

MAC = 'Ether(src="{mac}", dst="ff:ff:ff:ff:ff:ff")'
SPOOFED = MAC + '/IP(src="10.0.0.77", dst="10.0.0.1")/UDP(dport=9)/Raw(b"x" * 20)'
SPOOFED_ARP = MAC + '/ARP(op=2, hwsrc="{mac}", psrc="10.0.0.1", pdst="10.0.0.9")'
NA = ('Ether(src="{mac}", dst="33:33:00:00:00:01")/IPv6(src=%s, dst="ff02::1", hlim=255)/'
      'ICMPv6ND_NA(tgt=%s)/ICMPv6NDOptDstLLAddr(lladdr="%s")')
OWN, OTHER = '"fe80::" + in6_mactoifaceid("{mac}")', '"fe80::77"'
SPOOFED_NA = NA % (OTHER, OTHER, "{mac}")
BAD_ARP = MAC + '/ARP(hwlen=8, hwsrc="{mac}", psrc="10.0.0.77", pdst="10.0.0.1")'
SERVER = (MAC + '/IP(src="10.0.0.66", dst="255.255.255.255")/UDP(sport=67, dport=68)/'
          'BOOTP(op=2, yiaddr="10.0.0.99")/DHCP(options=[("message-type", "offer"), "end"])')
ROGUE_RA = ('Ether(src="{mac}", dst="33:33:00:00:00:01")/IPv6(src="fe80::77", dst="ff02::1", '
            'hlim=255)/ICMPv6ND_RA()')


def bindings(net, port):
    return {row["address"]: row for row in net.rows(f"binding show port={port}")}


def addresses(tap, family):
    output = tap.run(f"ip -{family} -o address show dev {tap.name} scope global -tentative")
    return [line.split()[3].split("/")[0] for line in output.splitlines()]


def lease(tap):
    tap.run(f"udhcpc -n -q -f -t 5 -T 1 -i {tap.name} -s {lab.RUN}/take", timeout=60)
    return addresses(tap, 4)[0]


def check_advertisements(bench):
    lab.step("each address and each MAC in an advertisement counts")
    bench.net.ctl("port set c2 ip_binding=enforce")
    for source, target, mac, wanted in (
            (OWN, OWN, "{mac}", 0), (OTHER, OWN, "{mac}", 2), (OWN, OTHER, "{mac}", 2),
            (OWN, OWN, "52:54:00:00:00:99", 2)):
        bench.check(NA % (source, target, mac), 2, "nd_unbound", (wanted, 0),
                    f"from {source}, of {target} at {mac}")
    bench.net.ctl("port set c2 ip_binding=")


def check_static(bench):
    net = bench.net
    lab.step("static bindings")
    net.ctl("binding add c2 10.0.0.77")
    net.ctl("binding add c2 10.9.0.0/24 c2/10.9.1.0/24 mac=52:54:00:00:00:09")
    net.ctl("binding del c2/10.9.0.0/24 c2 10.9.1.0/24")
    net.ctl_refused("binding add c2 10.0.0.5/24", "address")
    net.ctl_refused("binding add c2 224.0.0.1", "multicast")
    net.ctl_refused("binding add nobody 10.0.0.7", "nobody")
    net.ctl("port set c2 ip_binding=enforce")
    before = bench.counts("ip_unbound")
    bench.send(SPOOFED, 3)
    lab.check(bindings(net, "c2")["10.0.0.77"]["kind"] == "static", f"{bindings(net, 'c2')}")
    lab.check(bench.counts("ip_unbound") == before, "a bound address was objected to")
    net.ctl("binding del c2 10.0.0.77")
    bench.send(SPOOFED, 3)
    lab.wait(lambda: bench.counts("ip_unbound")[0] == before[0] + 3, 3, "the drops")
    net.ctl("port set c2 ip_binding=")


def check_clients(net, client, server):
    lab.step("a lease is a binding, and what it does not give is not passed")
    net.ctl("portgroup set vms ip_binding=enforce dhcp_guard=enforce ra_guard=enforce "
            "binding_learn=dhcp4,slaac dhcp_option82=true")
    net.ctl("port set s1 ip_binding=off dhcp_option82=false dhcp_trusted=true router=true")
    address = lease(client)
    row = lab.wait(lambda: bindings(net, "c1").get(address), 3, "the binding")
    lab.check(row["kind"] == "dhcp4" and row["mac"] == client.mac() and row["lease"] > 60, f"{row}")
    client.ping("10.0.0.1")
    client.run(f"ip address add 10.0.0.200/24 dev {client.name}")
    client.run("ping -c 1 -W 1 -I 10.0.0.200 10.0.0.1", expect=1)
    client.run(f"ip address delete 10.0.0.200/24 dev {client.name}")

    lab.step("an address that the client makes of a router advertisement is one, too")
    client.run(f"ip link set {client.name} down")
    client.run(f"sysctl -qw net.ipv6.conf.{client.name}.accept_dad=1")
    client.run(f"ip link set {client.name} up")
    made = lab.wait(lambda: addresses(client, 6), 20, "SLAAC")[0]
    row = lab.wait(lambda: bindings(net, "c1").get(made), 5, f"the binding of {made}")
    lab.check(row["kind"] == "slaac", f"{row}")
    client.run(f"ip address replace {address}/24 dev {client.name}")
    client.ping("10.0.0.1")
    client.run(f"ping -6 -c 2 -i 0.2 -W 5 {addresses(server, 6)[0]}")
    return address, made


def check_suppression(net, client, asker, address):
    lab.step("arping and ndisc6 are answered by the switch")
    net.ctl("port set c2 ip_binding=off suppress=enforce")
    asker.run(f"ip address add 10.0.0.9/24 dev {asker.name}")
    client.run(f"arping -c 1 -U -I c1 {address}", expect=None)
    before = net.stats()["c1"]["tx_frames"]
    seen = asker.run(f"arping -b -c 8 -I c2 {address}", timeout=30, expect=None)
    grown = net.stats()["c1"]["tx_frames"] - before
    lab.check(seen.lower().count(client.mac().lower()) == 8, seen)
    lab.check(grown < 8, f"{grown} frames reached the owner of what 8 requests ask for")
    made = addresses(client, 6)[0]
    asker.run(f"ndisc6 -r 1 {made} c2", expect=None)  # the owner says that it is no router
    seen = asker.run(f"ndisc6 -r 1 {made} c2", expect=None)
    lab.check(client.mac().lower() in seen.lower(), seen)
    net.ctl("port set c2 ip_binding= suppress=")


def check_restart(net, client, server, address, made):
    lab.step("bindings outlive the switch")
    lab.wait_written(address, made)
    mac = client.mac()
    net.switch.end(signal.SIGKILL)
    net.start_switch()
    net.wait_synced()
    lab.wait(lambda: {address, made} <= set(bindings(net, "c1")), 5, "the bindings")
    server.set_up()
    client.set_up()
    client.run(f"ip link set c1 address {mac}")  # a new tap has a new one, a VM does not
    client.run(f"ip address replace {address}/24 dev {client.name}")
    client.ping("10.0.0.1")


def test(net):
    with open(f"{lab.RUN}/take", "w", encoding="ascii") as file:
        file.write(TAKE)
    lab.shell(f"chmod +x {lab.RUN}/take")
    net.start()
    net.base()
    client, other = net.tap("c1"), net.tap("c2")
    server = net.tap("s1", "10.0.0.1/24")
    for tap in (client, other, server):
        lab.wait(lambda name=tap.name: net.link(name) == "up", 5, f"{tap.name} to be up")
    server.run("ip address add 2001:db8::1/64 dev s1 nodad")
    server.run("sysctl -qw net.ipv6.conf.all.forwarding=1")

    bench = Bench(net, other)
    for policy, reason, frame in (
            ("ip_binding", "ip_unbound", SPOOFED), ("ip_binding", "arp_unbound", SPOOFED_ARP),
            ("ip_binding", "nd_unbound", SPOOFED_NA), ("ip_binding", "bad_arp", BAD_ARP),
            ("dhcp_guard", "dhcp_server", SERVER), ("ra_guard", "rogue_ra", ROGUE_RA)):
        bench.check_modes(policy, reason, frame)
    check_advertisements(bench)
    check_static(bench)
    net.spawn("dnsmasq", "ip netns exec ns-s1 dnsmasq -k -C /dev/null --port=0 --interface=s1 "
              "--bind-interfaces --dhcp-range=10.0.0.50,10.0.0.60,2m --enable-ra "
              f"--dhcp-range=2001:db8::,ra-only --dhcp-leasefile={lab.RUN}/leases "
              "--log-dhcp --log-facility=- --user=root --group=root")
    address, made = check_clients(net, client, server)
    check_suppression(net, client, other, address)
    check_restart(net, client, server, address, made)
    net.check_invariant()


lab.main(test)
