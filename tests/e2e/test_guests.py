#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 480 s
"""
Two real Linux guests, and a host tap beside them: ping, and TCP with the offloads that virtio
negotiated by itself. The receiver verifies the bytes (SHA-256) and the kernel's checksum counters.

    QEMU vm1 [10.0.0.1]---+
                          |  segment lan
    QEMU vm2 [10.0.0.2]---+   (packed rings, two queue pairs)
                          |
    ns-t3 [t3 10.0.0.3]---+

Then a guest is reset, one is killed and started again: the other side only sees a pause.
"""

import lab

SIZE_MB = 8


def bad_checksums(text):
    """Sum of TCP's and UDP's InErrs and InCsumErrors in /proc/net/snmp."""
    lines = [line.split() for line in text.splitlines()]
    return sum(int(value) for names, values in zip(lines[::2], lines[1::2])
               for name, value in zip(names, values)
               if names[0] in ("Tcp:", "Udp:", "Ip:") and name in ("InErrs", "InCsumErrors"))


def send_file(sender, receiver, address):
    """nc from a guest to a guest; the sums must agree."""
    lab.receive_file(receiver, 7000)
    sender.check(f"head -c {SIZE_MB}m /dev/urandom > /tmp/sent")
    sender.check(f"nc -w 10 {address} 7000 < /tmp/sent", 60)
    wanted = sender.check("sha256sum < /tmp/sent")
    lab.wait(lambda: receiver.check("sha256sum < /tmp/received") == wanted, 10,
             "the file to arrive as it was sent", interval=0.5)


def send_file_from_tap(tap, guest, address):
    lab.receive_file(guest, 7001)
    path = f"{lab.RUN}/sent"
    lab.shell(["sh", "-c", f"head -c {SIZE_MB}M /dev/urandom > {path}"])
    tap.run(["sh", "-c", f"busybox nc -w 10 {address} 7001 < {path}"])
    wanted = lab.shell(f"sha256sum {path}").split()[0]
    lab.wait(lambda: guest.check("sha256sum < /tmp/received").split()[0] == wanted, 10,
             "the host's file to arrive as it was sent", interval=0.5)


def send_file_to_tap(guest, tap):
    path = f"{lab.RUN}/received"
    process = tap.spawn("nc", f"sh -c 'sleep 60 | busybox nc -l -p 7002 > {path}'")
    lab.wait(lambda: ":7002" in tap.run("ss -Hltn"), 5, "nc to listen")
    guest.check(f"head -c {SIZE_MB}m /dev/urandom > /tmp/sent")
    guest.check(f"nc -w 10 {tap.address} 7002 < /tmp/sent", 60)
    wanted = guest.check("sha256sum < /tmp/sent").split()[0]
    lab.wait(lambda: lab.shell(f"sha256sum {path}").split()[0] == wanted, 10,
             "the guest's file to arrive as it was sent", interval=0.5)
    process.end()


def test(net):
    net.start()
    net.base()
    vm1 = net.guest("vm1", "10.0.0.1/24,fd00::1/64")
    vm2 = net.guest("vm2", "10.0.0.2/24,fd00::2/64", queues=2, packed=True)
    t3 = net.tap("t3", "10.0.0.3/24")
    vm1.wait_ready()
    vm2.wait_ready()

    lab.step("ping")
    vm1.check("ping -c 3 -i 0.2 -W 2 10.0.0.2")
    vm2.check("ping -c 3 -i 0.2 -W 2 fd00::1")
    t3.ping("10.0.0.1")

    lab.step("offloads were negotiated")
    features = net.states()["vm1"]["features"]
    lab.check("csum" in features and "tso4" in features, f"{features}")
    lab.check("tcp-segmentation-offload: on" in vm1.check("ethtool -k eth0"), "no TSO in the guest")

    lab.step("TCP between guests")
    send_file(vm1, vm2, "10.0.0.2")
    send_file(vm2, vm1, "fd00::1")
    vm2.check("iperf3 -s -D")
    vm1.check("iperf3 -c 10.0.0.2 -t 2", 30)
    vm1.check("iperf3 -c 10.0.0.2 -t 2 -u -b 10M -l 1400", 30)

    lab.step("TCP between host and guest")
    send_file_from_tap(t3, vm1, "10.0.0.1")
    send_file_to_tap(vm2, t3)

    lab.step("checksums at the receivers")
    for name, text in (("vm1", vm1.check("cat /proc/net/snmp")),
                       ("vm2", vm2.check("cat /proc/net/snmp")),
                       ("t3", t3.run("cat /proc/net/snmp"))):
        lab.check(bad_checksums(text) == 0, f"{name} saw bad checksums: {text}")
    net.check_invariant()

    lab.step("reset of a guest")
    received = net.stats()["vm1"]["rx_frames"]
    vm1.reset()
    vm1.check("ping -c 3 -i 0.2 -W 2 10.0.0.2")
    lab.check(net.stats()["vm1"]["rx_frames"] >= received, "counters went back")

    lab.step("kill -9 of a guest, and another start")
    vm2.kill()
    lab.wait(lambda: net.link("vm2") == "down", 5, "the link of vm2 to be down")
    vm1.run("ping -c 2 -i 0.2 -W 1 10.0.0.2")
    vm2.launch()
    vm2.wait_ready()
    vm2.check("ping -c 3 -i 0.2 -W 2 10.0.0.1")
    t3.ping("10.0.0.2")
    net.check_invariant()
    net.switch.check_running()


lab.main(test)
