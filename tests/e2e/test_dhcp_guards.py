#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 120 s
"""
DHCP of both families and router advertisements, with real servers and clients: dnsmasq gives
addresses by the circuit that option 82 names, which the client does not see; dhclient's lease of
DHCPv6 is a binding until it is released; a second dnsmasq, the rogue, is counted, then shut out.

    ns-c1 [c1, udhcpc, dhclient, scapy]---+
                                          |
    ns-c2 [c2, the rogue dnsmasq]---------+  segment lan
                                          |
    ns-s1 [s1, dnsmasq]-------------------+
"""

import os

import lab
from frames import Bench, Watcher

# What udhcpc and dhclient -6 call: takes the address.
TAKE4 = """#!/bin/sh
case "$1" in
bound | renew) ip address replace "$ip/24" dev "$interface" ;;
deconfig) ip -4 address flush dev "$interface" ;;
esac
"""
TAKE6 = """#!/bin/sh
case "$reason" in
BOUND6 | RENEW6 | REBIND6)
	ip address replace "$new_ip6_address/64" dev "$interface" nodad noprefixroute
	ip -6 route replace 2001:db8::/64 dev "$interface"
	;;
EXPIRE6 | RELEASE6 | STOP6) ip address delete "$old_ip6_address/64" dev "$interface" ;;
esac
"""
OPTIONS = ('"server " * (frame[UDP].sport == 67) + str([option[0] for option in frame[DHCP].options '
           'if isinstance(option, tuple)]).lower() if DHCP in frame else ""')
RELAYED = ('Ether(src="{mac}", dst="ff:ff:ff:ff:ff:ff")/IP(src="0.0.0.0", dst="255.255.255.255")/'
           'UDP(sport=68, dport=67)/BOOTP(chaddr=bytes.fromhex("{mac}".replace(":", "")))/'
           'DHCP(options=[("message-type", "discover"), (82, b"\\x01\\x04fake"), "end"])')
FORGED = RELAYED.replace('(82, b"\\x01\\x04fake"), ', '').replace(
    'bytes.fromhex("{mac}".replace(":", ""))', 'b"\\x02\\0\\0\\0\\0\\x66"')
ASK = ('[Ether(src="{mac}", dst="ff:ff:ff:ff:ff:ff")/ARP(hwsrc="{mac}", psrc="10.0.0.7", '
       'pdst="10.0.0.%d" % n) for n in range(100, 200)]')


def dnsmasq(net, name, tap, options):
    return net.spawn(name, f"ip netns exec {tap.netns} dnsmasq -k -C /dev/null --port=0 "
                     f"--interface={tap.name} --bind-interfaces --no-ping --dhcp-authoritative --enable-ra "
                     f"--dhcp-leasefile={lab.RUN}/{name}.leases --log-dhcp --log-facility=- "
                     f"--user=root --group=root {options}")


def addresses(tap, family):
    output = tap.run(f"ip -{family} -o address show dev {tap.name} scope global")
    return [line.split()[3].split("/")[0] for line in output.splitlines()]


def lease(client, tries=5):
    """The address that udhcpc gets, or None."""
    client.run(f"udhcpc -n -q -f -t {tries} -T 1 -A 1 -i {client.name} -s {lab.RUN}/take4",
               expect=None)
    return next(iter(addresses(client, 4)), None)


def bindings(net, port):
    return {row["address"]: row for row in net.rows(f"binding show port={port}")}


def check_rogue4(net, client, rogue, bench):
    """Without any other server; bench: of the rogue's port."""
    lab.step("a rogue server: off, audit, enforce")
    for mode, is_served in (("off", True), ("audit", True), ("enforce", False)):
        net.ctl(f"port set c2 dhcp_guard={mode}")
        before = bench.counts("dhcp_server")
        address = lease(client, 2)
        dropped, audited = (now - old for now, old in zip(bench.counts("dhcp_server"), before))
        lab.check((address or "").startswith("10.66.") == is_served, f"{mode}: {address}")
        lab.check((dropped > 0, audited > 0) == (mode == "enforce", mode == "audit"),
                  f"{mode}: {dropped} dropped, {audited} audited")
    shown = net.ctl("drops c2")
    lab.check(f"{bench.mac} > {client.mac()} IPv4 10.66.0.1 > 10.66.0.5" in shown and
              f"DHCP from a server for {client.mac()}" in shown, shown)

    lab.step("a guarded client's messages do not even reach it")
    discovers = rogue.tail(100000).count("DHCPDISCOVER")
    lab.check(discovers > 0, f"the rogue heard nothing before: {rogue.tail()}")
    net.ctl("portgroup set vms dhcp_guard=enforce")
    lab.check(lease(client, 2) is None, f"{addresses(client, 4)}")
    lab.check(rogue.tail(100000).count("DHCPDISCOVER") == discovers, rogue.tail())
    lab.check(net.drops("c1").get("no_dhcp_server", 0) > 0, f"{net.drops('c1')}")
    net.ctl("port set c2 dhcp_guard=")


def check_option82(net, client, server_tap):
    lab.step("option 82: the server knows the circuit, the client does not")
    seen = Watcher(client, OPTIONS), Watcher(server_tap, OPTIONS)
    net.ctl("portgroup set vms dhcp_option82=true")
    for setting, network in (("", "10.0.0.10"), ("circuit_id=rack7", "10.0.0.12"),
                             ("dhcp_option82=false", "10.0.0.5")):
        net.ctl(f"port set c1 {setting}" if setting else "port show c1")
        address = lease(client)
        lab.check(address and address.startswith(network), f"{setting or 'default'}: {address}")
        client.run("ip route replace 10.0.0.0/24 dev c1")
        client.ping("10.0.0.1", 1)
        if setting != "dhcp_option82=false":
            for watcher in seen:
                lab.wait(lambda w=watcher: any("server" in line for line in w.lines()), 3, "answers")
    at_client, at_server = (watcher.lines() for watcher in seen)
    lab.check(not any("relay_agent" in line for line in at_client), f"{at_client}")
    for who in ("server", "["):
        lab.check(any("relay_agent" in line for line in at_server if line.startswith(who)),
                  f"{who}: {at_server}")
    for watcher in seen:
        watcher.process.end()
    net.ctl("port set c1 circuit_id= dhcp_option82=")


def check_forged4(net, bench):
    bench.check_modes("dhcp_guard", "dhcp_forged", FORGED)
    bench.check_modes("dhcp_guard", "dhcp_relay", RELAYED, "dhcp_option82=false")
    lab.step("whoever has option 82 put in does not bring its own")
    net.ctl("port set c1 dhcp_guard=off dhcp_option82=true")
    bench.check(RELAYED, 3, "dhcp_relay", (3, 0), "dhcp_option82=true")
    net.ctl("port set c1 dhcp_guard= dhcp_option82=")


def dhclient(tap, options="", expect=0):
    return tap.run(f"dhclient -6 -v -sf {lab.RUN}/take6 -lf {lab.RUN}/{tap.name}.lease6 "
                   f"-pf {lab.RUN}/{tap.name}.pid6 {options} {tap.name}", timeout=60, expect=expect)


def lease6(net, client):
    dhclient(client, "-1")
    address = lab.wait(lambda: addresses(client, 6), 5, "the address of DHCPv6")[0]
    lab.check(address.startswith("2001:db8::1"), f"{address}: of the rogue?")
    row = lab.wait(lambda: bindings(net, "c1").get(address), 3, f"the binding of {address}")
    lab.check((row["kind"], row["mac"]) == ("dhcp6", client.mac()) and 60 < row["lease"] <= 120,
              f"{row}")
    return address


def check_dhcp6(net, client, rogue, bench):
    """bench: of the rogue's port."""
    lab.step("DHCPv6: the rogue is asked, and its answers are dropped")
    net.ctl("portgroup set vms ip_binding=enforce binding_learn=dhcp6")
    net.ctl("port set s1 ip_binding=off")
    net.ctl("port set c2 ip_binding=off")
    net.ctl("port set c1 dhcp_guard=off")
    before = bench.counts("dhcp_server")[0]
    lease6(net, client)
    lab.wait(lambda: bench.counts("dhcp_server")[0] > before, 3, "the drop of its answer")
    asked = rogue.tail(1000000).count("DHCPSOLICIT")
    lab.check(asked > 0, rogue.tail())
    dhclient(client, "-r")

    lab.step("a lease is a binding, what it does not give is not passed; the rogue is not asked")
    net.ctl("port set c1 dhcp_guard=")
    address = lease6(net, client)
    lab.check(rogue.tail(1000000).count("DHCPSOLICIT") == asked, rogue.tail())
    client.ping("2001:db8::1")
    client.run("ip address add 2001:db8::1999/64 dev c1 nodad")
    client.run("ping -6 -c 1 -W 1 -I 2001:db8::1999 2001:db8::1", expect=1)
    client.run("ip address delete 2001:db8::1999/64 dev c1")
    lab.check(net.drops("c1").get("nd_unbound", 0) + net.drops("c1").get("ip_unbound", 0) > 0,
              f"{net.drops('c1')}")

    lab.step("its release is the end of it")
    dhclient(client, "-r")
    lab.wait(lambda: address not in bindings(net, "c1"), 3, "the binding to go")
    client.run(f"ip address add {address}/64 dev c1 nodad")
    client.run(f"ping -6 -c 1 -W 1 -I {address} 2001:db8::1", expect=1)
    client.run(f"ip address delete {address}/64 dev c1")
    net.ctl("portgroup set vms ip_binding= binding_learn=")


def restart(tap):
    """The kernel forgets what routers said, and asks for some."""
    tap.run(f"ip link set {tap.name} down")
    tap.run(f"ip link set {tap.name} up")


def check_rogue6(net, client, bench):
    """bench: of the rogue's port."""
    net.ctl("port set s1 router=true")

    def has(network):
        return any(address.startswith(network) for address in addresses(client, 6))
    for mode in ("off", "audit", "enforce"):
        lab.step(f"a rogue router: {mode}")
        net.ctl(f"port set c2 ra_guard={mode}")
        before = bench.counts("rogue_ra")
        restart(client)

        def counted(before=before):
            return tuple(now > old for now, old in zip(bench.counts("rogue_ra"), before))
        wanted = (mode == "enforce", mode == "audit")
        if mode != "enforce":
            lab.wait(lambda: has("2001:db8:66:"), 10, "an address of the rogue's prefix")
        lab.wait(lambda: "2001:db8::/64" in client.run("ip -6 route"), 10, "the true router")
        lab.wait(lambda w=wanted: counted() == w, 10, f"{mode}: {wanted}, {bench.row('rogue_ra')}")
        lab.check(has("2001:db8:66:") == (mode != "enforce"), f"{addresses(client, 6)}")
    lab.check("router advertisement" in net.ctl("drops c2").lower(), net.ctl("drops c2"))
    net.ctl("port set c2 ra_guard=")


def check_arp_limit(net, bench):
    """A burst of 100 ms of the rate passes, then the rate."""
    for mode in ("off", "audit", "enforce"):
        lab.step(f"arp_limit: {mode}")
        net.ctl(f"port set c1 arp_limit=50pps arp_limit_mode={mode}")
        before, delivered = bench.counts("arp_limit"), net.stats()["c1"]["delivered"]
        bench.send(ASK, 60)
        dropped, audited = (now - old for now, old in zip(bench.counts("arp_limit"), before))
        delivered = net.stats()["c1"]["delivered"] - delivered
        lab.check((dropped > 20, audited > 20) == (mode == "enforce", mode == "audit") and
                  dropped + delivered >= 60 and delivered >= 1 and 0 in (dropped, audited),
                  f"{mode}: {delivered} delivered, {dropped} dropped, {audited} audited")
    net.ctl("port set c1 arp_limit= arp_limit_mode=")


def test(net):
    for name, script in (("take4", TAKE4), ("take6", TAKE6)):
        with open(f"{lab.RUN}/{name}", "w", encoding="ascii") as file:
            file.write(script)
        os.chmod(file.name, 0o755)
    net.start()
    net.base()
    client, rogue_tap, server_tap = (net.tap("c1"), net.tap("c2", "10.66.0.1/24"),
                                     net.tap("s1", "10.0.0.1/24"))
    rogue_tap.run("ip address add 2001:db8:66::1/64 dev c2 nodad")
    server_tap.run("ip address add 2001:db8::1/64 dev s1 nodad")
    for tap in (client, rogue_tap, server_tap):
        lab.wait(lambda name=tap.name: net.link(name) == "up", 5, f"{tap.name} to be up")

    rogue = dnsmasq(net, "rogue", rogue_tap, "--dhcp-range=10.66.0.50,10.66.0.59,2m "
                    "--dhcp-range=2001:db8:66::1000,2001:db8:66::10ff,slaac,64,2m")
    lab.wait(lambda: "IP range 10.66" in rogue.tail(), 5, "the rogue")
    check_rogue4(net, client, rogue, Bench(net, rogue_tap))
    net.ctl("port set s1 dhcp_trusted=true")
    dnsmasq(net, "dnsmasq", server_tap, "--dhcp-circuitid=set:c1,lan/c1 "
            "--dhcp-circuitid=set:rack,rack7 --dhcp-range=tag:c1,10.0.0.100,10.0.0.109,2m "
            "--dhcp-range=tag:rack,10.0.0.120,10.0.0.129,2m --dhcp-range=10.0.0.50,10.0.0.59,2m "
            "--dhcp-range=2001:db8::1000,2001:db8::10ff,64,2m")
    check_option82(net, client, server_tap)
    bench = Bench(net, client)
    check_forged4(net, bench)
    check_dhcp6(net, client, rogue, Bench(net, rogue_tap))
    check_rogue6(net, client, Bench(net, rogue_tap))
    check_arp_limit(net, bench)
    net.check_invariant()


lab.main(test)
