#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 180 s
"""
A Linux guest in QEMU gets its lease through the switch. That binds its address to its port; what it
sends from another one is stopped; and all of that outlives a kill of the switch, of which the guest
only sees a pause, and after which it does not ask for its address again.

    QEMU vm1 [eth0, udhcpc]----------+
                                     |  segment lan
    ns-s1 [s1 10.0.0.1, dnsmasq]-----+
                                     |
    ns-t1 [t1 10.0.0.3, the watcher]-+
"""

import signal

import lab

TAKE = """cat > /tmp/take <<'END'
#!/bin/sh
case "$1" in
bound | renew) ip address replace "$ip/24" dev "$interface" ;;
esac
END
chmod +x /tmp/take"""


def bindings(net):
    return [row for row in net.rows("binding show port=vm1") if row["kind"] == "dhcp4"]


def dropped(net):
    """Frames whose address is not the guest's."""
    drops = net.drops("vm1")
    return drops.get("ip_unbound", 0) + drops.get("arp_unbound", 0)


def check_forged(net, guest, watcher):
    """The guest cannot be 10.0.0.200, nor say that it is the gateway."""
    before = dropped(net)
    guest.check("ip address add 10.0.0.200/24 dev eth0")
    status, output = guest.run("ping -c 2 -i 0.2 -W 1 -I 10.0.0.200 10.0.0.3", 30)
    lab.check(status == 1 and " 0 received" in output, output)
    guest.check("ip address delete 10.0.0.200/24 dev eth0")
    lab.wait(lambda: dropped(net) > before, 3, "the drops")
    watcher.run("ip neigh flush dev t1")
    watcher.ping("10.0.0.1", 1)
    guest.check("ip address add 10.0.0.1/32 dev eth0")
    guest.run("arping -c 2 -w 3 -U -I eth0 10.0.0.1", 30)
    guest.check("ip address delete 10.0.0.1/32 dev eth0")
    lab.wait(lambda: f"vm1 arp_unbound: {guest.settings['mac']} > ff:ff:ff:ff:ff:ff ARP announces "
             "10.0.0.1," in net.ctl("drops vm1"), 3, "the header of the forged ARP")
    lab.check(guest.settings["mac"] not in watcher.run("ip neigh show 10.0.0.1"),
              watcher.run("ip neigh show"))


def test(net):
    net.start()
    net.base()
    net.ctl("portgroup set vms ip_binding=enforce dhcp_guard=enforce binding_learn=dhcp4")
    guest = net.guest("vm1", "")
    server = net.tap("s1", "10.0.0.1/24", options="group=vms dhcp_trusted=true ip_binding=off")
    watcher = net.tap("t1", "10.0.0.3/24", options="group=vms ip_binding=off")
    dnsmasq = net.spawn("dnsmasq", "ip netns exec ns-s1 dnsmasq -k -C /dev/null --port=0 "
                        "--interface=s1 --bind-interfaces --no-ping --log-dhcp --log-facility=- "
                        "--dhcp-range=10.0.0.50,10.0.0.59,1h --user=root --group=root "
                        f"--dhcp-leasefile={lab.RUN}/leases")
    guest.wait_ready()
    lab.wait(lambda: net.link("vm1") == "up", 10, "vm1 to be up")
    server.run("ip neigh flush dev s1")

    lab.step("nothing from an address without a lease")
    guest.check(TAKE)
    guest.check("ip address add 10.0.0.55/24 dev eth0")
    lab.check(guest.run("ping -c 1 -W 1 10.0.0.3", 30)[0] == 1, "an address by hand was passed")
    guest.check("ip -4 address flush dev eth0")

    lab.step("a lease")
    guest.check("udhcpc -n -q -f -t 8 -T 1 -i eth0 -s /tmp/take", 60)
    address = guest.check("ip -4 -o address show dev eth0").split()[3].split("/")[0]
    row = lab.wait(lambda: bindings(net), 3, "the binding")[0]
    lab.check((row["address"], row["mac"]) == (address, guest.settings["mac"]) and
              3500 < row["lease"] <= 3600, f"{row}")
    shown = net.ctl("binding show")
    lab.check(any(line.split()[:4] == ["vm1", address, guest.settings["mac"], "dhcp4"]
                  for line in shown.splitlines()), shown)
    guest.check("ping -c 2 -i 0.2 -W 5 10.0.0.3", 30)

    lab.step("no other address")
    check_forged(net, guest, watcher)

    lab.step("kill -9 of the switch")
    asked = dnsmasq.tail(100000).count("DHCPREQUEST")
    lab.wait_written(address)
    net.switch.end(signal.SIGKILL)
    net.start_switch()
    net.wait_synced()
    server.set_up()
    watcher.set_up()
    lab.wait(lambda: net.link("vm1") == "up", 10, "vm1 to be up again")
    row = lab.wait(lambda: bindings(net), 3, "the binding after the kill")[0]
    lab.check((row["address"], row["mac"]) == (address, guest.settings["mac"]) and
              3000 < row["lease"] <= 3600, f"{row}")
    lab.wait(lambda: guest.run("ping -c 1 -W 1 10.0.0.3", 30)[0] == 0, 5, "pings to get through")
    lab.check(dnsmasq.tail(100000).count("DHCPREQUEST") == asked, dnsmasq.tail())

    lab.step("no other address, still")
    check_forged(net, guest, watcher)
    net.check_invariant()


lab.main(test)
