#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 400 s
"""
Live migration while the guest receives: what the switch writes into its memory meanwhile must
arrive at the destination, and the network must learn where the guest is now. Each datapath, with
each kind of ring:

    QEMU vm1  [10.0.0.1] --- direct, split ----+
         |  migrates to                        |
    QEMU vm1b [10.0.0.1] --- direct, split ----+  segment lan
         ...                                   |
    QEMU vm4  [10.0.0.4] --- library, packed --+
         |  migrates to                        |
    QEMU vm4b [10.0.0.4] --- library, packed --+
                                               |
    QEMU vm0  [10.0.0.100], which sends -------+

vm1 does not announce itself, so that the hypervisor asks the switch to do it (SEND_RARP).

Some of what a guest receives waits in sockets that nobody reads before it has moved. Its frames are
so long that only the switch writes to their pages (one buffer each, and several with TSO), and
nobody checks their sums any more: a page that is missing in the log of the migration is there with
what it had before.
"""

import lab

SIZE_MB = 4
BYTES = 50000  # less than a socket takes
WAITING, READING = {7001: "off", 7002: "on"}, 7000  # ports, and whether the sender uses TSO
KINDS = [("direct", False), ("direct", True), ("library", False), ("library", True)]


def address_of(guest):
    return guest.settings["address"].split("/")[0]


def destination(net, guest, datapath):
    """A guest of the same settings that waits for `guest`."""
    settings = {key: value for key, value in guest.settings.items()
                if key in ("mac", "packed", "queues", "device")}
    name = f"{guest.name}b"
    return net.guest(name, guest.settings["address"], f"group=vms datapath={datapath}",
                     incoming=f"unix:{lab.RUN}/{name}.migrate", **settings)


def start_receivers(guest):
    """Those that wait, and one that reads; and one that writes to its memory all the time."""
    for port in WAITING:
        lab.receive_file(guest, port, f"/tmp/{port}")
    guest.check("kill -STOP $(pidof nc)")
    lab.receive_file(guest, READING, f"/tmp/{READING}")
    guest.check("dd if=/dev/zero of=/dev/null bs=2M > /dev/null 2>&1 &")


def send(sender, guest):
    """All for those that wait, and some for the one that reads."""
    for port, tso in WAITING.items():
        sender.check(f"ethtool -K eth0 tso {tso} gso {tso}; head -c {BYTES} /dev/urandom > "
                     f"/tmp/{port}; nc {address_of(guest)} {port} -e cat /tmp/{port} "
                     "> /dev/null 2>&1 &")
        lab.wait(lambda: any(int(row.split()[1]) >= BYTES for row in guest.check(
            f"netstat -tn | grep ':{port} ' || true").splitlines()), 10, "the bytes to wait")
    sender.check(f"nc -w 30 {address_of(guest)} {READING} < /tmp/{READING} > /dev/null 2>&1 &")


def check_file(guest, sender, path):
    wanted = sender.check(f"sha256sum {path}")
    lab.wait(lambda: guest.check(f"sha256sum {path}") == wanted, 15,
             f"{path} to arrive as it was sent", interval=0.5)


def migrate(net, guest, datapath, sender):
    address = address_of(guest)
    to = destination(net, guest, datapath)
    sender.check(f"rm -f /tmp/700*; head -c {SIZE_MB}m /dev/urandom > /tmp/{READING}; "
                 f"ping -c 2 -i 0.2 -W 5 {address}")
    start_receivers(guest)
    guest.migrate(to, lambda: send(sender, guest))
    to.wait_ready()
    to.check("kill $(pidof dd); kill -CONT $(pidof nc)")
    for port in (READING, *WAITING):
        check_file(to, sender, f"/tmp/{port}")
    lab.wait(lambda: net.macs().get(guest.settings["mac"]) == to.name, 10,
             "the MAC table to say where the guest is")
    sender.check(f"ping -c 3 -i 0.2 -W 5 {address}")
    lab.check(net.states()[to.name]["error"] == "", net.states()[to.name]["error"])
    to.stop()


def test(net):
    net.start()
    net.base()
    sender = net.guest("vm0", "10.0.0.100/24")
    guests = []
    for number, (datapath, packed) in enumerate(KINDS, 1):
        device = ["guest_announce=off"] if number == 1 else []
        guests.append(net.guest(f"vm{number}", f"10.0.0.{number}/24",
                                f"group=vms datapath={datapath}", packed=packed, device=device))
    for guest in (sender, *guests):
        guest.wait_ready()
    for guest, (datapath, packed) in zip(guests, KINDS):
        lab.step(f"datapath {datapath}, {'packed' if packed else 'split'} rings")
        migrate(net, guest, datapath, sender)
    net.check_invariant()


lab.main(test)
