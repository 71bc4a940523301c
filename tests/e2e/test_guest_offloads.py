#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 300 s
"""
Guests whose drivers negotiated different offloads: the switch completes in software what the
receiver does not take. vm1 leaves checksums and segmentation to the device; vm2 accepts neither;
the port group's features_off takes them from vm3.

    QEMU vm1 (everything on) [10.0.0.1]-----------+
                                                  |  segment lan
    QEMU vm2 (guest_csum=off, ...) [10.0.0.2]-----+
                                                  |
    QEMU vm3 (features_off=csum,tso4,tso6) -------+
"""

import lab

NOTHING = ["csum=off", "guest_csum=off", "gso=off", "guest_tso4=off", "guest_tso6=off",
           "guest_ecn=off", "guest_ufo=off", "host_tso4=off", "host_tso6=off", "host_ecn=off",
           "host_ufo=off"]


def transfer(sender, receiver, address):
    lab.receive_file(receiver, 7000)
    sender.check("head -c 8m /dev/urandom > /tmp/sent")
    sender.check(f"nc -w 10 {address} 7000 < /tmp/sent", 60)
    wanted = sender.check("sha256sum < /tmp/sent")
    lab.wait(lambda: receiver.check("sha256sum < /tmp/received") == wanted, 10,
             "the file to arrive as it was sent", interval=0.5)


def test(net):
    net.start()
    net.base()
    net.ctl("portgroup add plain segment=lan features_off=csum,tso4,tso6,ecn")
    vm1 = net.guest("vm1", "10.0.0.1/24,fd00::1/64")
    vm2 = net.guest("vm2", "10.0.0.2/24,fd00::2/64", device=NOTHING)
    vm3 = net.guest("vm3", "10.0.0.3/24,fd00::3/64", options="group=plain")
    for guest in (vm1, vm2, vm3):
        guest.wait_ready()

    lab.step("what was negotiated")
    for guest, state in ((vm1, "on"), (vm2, "off"), (vm3, "off")):
        text = guest.check("ethtool -k eth0")
        lab.check(f"tcp-segmentation-offload: {state}" in text, f"{guest.name}: {text}")
    lab.check("tso4" not in net.states()["vm3"]["features"], "vm3 has TSO")

    for receiver, last in ((vm2, 2), (vm3, 3)):
        lab.step(f"vm1 and {receiver.name}")
        transfer(vm1, receiver, f"10.0.0.{last}")
        transfer(vm1, receiver, f"fd00::{last}")
        transfer(receiver, vm1, "10.0.0.1")

    lab.step("checksums at the receivers")
    for guest in (vm1, vm2, vm3):
        line = [text.split() for text in guest.check("cat /proc/net/snmp").splitlines()
                if text.startswith("Tcp:")]
        tcp = dict(zip(*line))
        lab.check(int(tcp["InErrs"]) == 0 and int(tcp["InCsumErrors"]) == 0, f"{guest.name} {tcp}")
    for name in ("vm1", "vm2", "vm3"):
        lab.check("bad_offload" not in net.drops(name), f"{name}: {net.drops(name)}")
    net.check_invariant()


lab.main(test)
