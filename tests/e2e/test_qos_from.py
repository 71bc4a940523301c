#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 480 s
"""
What VMs send is shaped by back-pressure, or policed.

    ns-t1 [t1 10.0.0.1]---+
                          |  segment lan
    ns-t2 [t2 10.0.0.2]---+
    QEMU vm1 [10.0.0.3]---+   (direct datapath, packed ring)
    QEMU vm2 [10.0.0.4]---+   (the library's datapath)

A rate that was set is had, in tenths of a second and by TCP, with nothing dropped; a change holds
at once; policing drops.
"""

import re
import statistics
import sys

import lab

HEADERS = 14 + 20 + 20 + 12  # of TCP with timestamps, in each frame
MSS = 1448
WINDOW = 0.1

# Prints "SECONDS BYTES" of each frame that is received, by the kernel's clock.
CAPTURE = """
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x800))
s.bind((sys.argv[1], 0))
s.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
s.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)  # SO_RCVBUFFORCE
print("ready", flush=True)
while True:
    data, ancillary, _, address = s.recvmsg(2048, 64)
    sec, nsec = struct.unpack("qq", ancillary[0][2])
    if address[2] != 4:  # PACKET_OUTGOING
        print(f"{sec + nsec / 1e9:.6f} {len(data)}")
"""


def capture(tap, sender_command, sender):
    """Frames [(time, bytes)] that arrive while the sender runs its command."""
    process = tap.spawn("capture", [sys.executable, "-u", "-c", CAPTURE, tap.name])
    lab.wait(lambda: "ready" in process.tail(), 5, "the capture to begin")
    sender.run(sender_command, timeout=60)
    process.end()
    with open(process.log, encoding="ascii") as file:
        text = file.read().rsplit("ready\n", 1)[1]
    rows = [line.split() for line in text.splitlines() if len(line.split()) == 2]
    frames = [(float(when), int(length)) for when, length in rows]
    return [frame for frame in frames if frame[1] > 1000]


def windows(frames, skip=0.5, most=3.0):
    """Bytes in each tenth of a second."""
    begin = frames[0][0] + skip
    end = min(frames[-1][0], begin + most)
    sums = [0] * int((end - begin) / WINDOW)
    for when, length in frames:
        index = int((when - begin) / WINDOW) if when >= begin else -1
        if 0 <= index < len(sums):
            sums[index] += length
    return sums


def check_rate(frames, bps, what):
    sums = windows(frames)
    wanted = bps / 8 * WINDOW
    margin = max(wanted / 100, 1514)  # there are no parts of frames
    good = sum(abs(seen - wanted) <= margin for seen in sums)
    mean, median = statistics.mean(sums) / wanted, statistics.median(sums) / wanted
    lab.step(f"{what}: {100 * mean:.2f} % of the rate, {good} of {len(sums)} windows within "
             f"{margin:.0f} of {wanted:.0f} bytes")
    # Who shares the machine takes the processor away from sender or switch now and then.
    lab.check(0.99 <= median <= 1.01 and 0.9 <= mean <= 1.01, f"{what}: {sums}")
    lab.check(good >= 0.7 * len(sums), f"{what}: {sums}")


def tcp(sender, address, seconds=4):
    """Bits a second on the wire of a TCP stream, in frames without FCS."""
    run = getattr(sender, "check", sender.run)
    output = run(f"iperf3 -c {address} -t {seconds} -O 1 -f k", 90)
    goodput = re.search(r"([\d.]+) Kbits/sec\s+receiver", output)
    lab.check(goodput, output)
    return float(goodput.group(1)) * 1000 * (MSS + HEADERS) / MSS


def check_tcp(net, sender, port, address, rate):
    net.ctl(f"port set {port} from_mode=shape from_rate={rate}Mbps")
    dropped = net.stats()[port]["dropped"]
    share = tcp(sender, address) / rate / 1e6
    lab.step(f"TCP from {port} at {rate} Mb/s: {100 * share:.1f} %")
    lab.check(0.97 <= share <= 1.03, f"TCP from {port} has {share} of its rate")
    lab.check(net.stats()[port]["dropped"] == dropped, "shaping drops nothing")


def test(net):
    net.start()
    net.base()
    t1 = net.tap("t1", "10.0.0.1/24")
    t2 = net.tap("t2", "10.0.0.2/24")
    server = t2.spawn("iperf3", "iperf3 -s")
    t1.ping("10.0.0.2")

    lab.step("bad rates are refused with the reason")
    net.ctl_refused("port set t1 from_rate=12kbps", "from_rate", "one frame")
    net.ctl_refused("port set t1 from_rate=10kpps", "from_rate", "from_pps")
    net.ctl_refused("port set t1 from_rate=10Mbps from_peak=5Mbps", "from_peak", "from_rate")
    net.ctl_refused("portgroup set vms from_burst=100", "from_burst", "frame")

    # Makes up for times when the switch had no processor.
    net.ctl("portgroup set vms from_burst=50000")
    udp = "iperf3 -c 10.0.0.2 -u -b 60M -l 1472 -t 4"
    for rate in (10, 40):
        net.ctl(f"port set t1 from_rate={rate}Mbps")
        check_rate(capture(t2, udp, t1), rate * 1e6, f"UDP at {rate} Mb/s")
    lab.check("from_rate" not in net.drops("t1"), f"{net.drops('t1')}")
    state = net.states()["t1"]
    lab.check(int(state["from_held"]) > 1000 and int(state["from_held_us"]) > 1000000, f"{state}")

    check_tcp(net, t1, "t1", "10.0.0.2", 10)
    check_tcp(net, t1, "t1", "10.0.0.2", 100)

    lab.step("a rate of the port group, and live changes under a stream")
    net.ctl("port set t1 from_rate=")
    net.ctl("portgroup set vms from_rate=30Mbps")
    lab.check(0.95 < tcp(t1, "10.0.0.2") / 30e6 < 1.03, "the group's rate")
    net.ctl("portgroup set vms from_rate=")
    state = net.states()["t1"]

    lab.step("policing drops")
    net.ctl("port set t1 from_mode=police from_rate=10Mbps")
    share = tcp(t1, "10.0.0.2") / 10e6
    lab.step(f"TCP at a policed 10 Mb/s: {100 * share:.1f} %")
    lab.check(net.drops("t1").get("from_rate", 0) > 10, f"{net.drops('t1')}")
    lab.check(share < 1.03, f"{share}")
    lab.check(net.states()["t1"]["from_held"] == state["from_held"], "nothing is held any more")
    net.ctl("port set t1 from_mode= from_rate=")

    lab.step("guests")
    vm1 = net.guest("vm1", "10.0.0.3/24", packed=True)
    vm2 = net.guest("vm2", "10.0.0.4/24", options="group=vms datapath=library")
    vm1.wait_ready()
    vm2.wait_ready()
    vm1.check("ping -c 2 -i 0.2 -W 2 10.0.0.2")
    check_tcp(net, vm1, "vm1", "10.0.0.2", 10)
    check_tcp(net, vm2, "vm2", "10.0.0.2", 10)
    check_tcp(net, vm1, "vm1", "10.0.0.2", 50)
    vm1.reset()  # while it is held, mostly
    vm1.check("ping -c 2 -i 0.2 -W 2 10.0.0.2")
    net.ctl("port del vm2")
    net.check_invariant()
    server.check_running()
    net.switch.check_running()


lab.main(test)
