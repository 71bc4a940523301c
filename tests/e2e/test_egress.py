#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 180 s
"""
     ns-vm1 ns-vm2 ns-vm3                group gold: vm1, group vms: the others
      vm1    vm2    vm3    (taps)
       |      |      |
    [ dvs-switchd, 2 workers ]---- up0 (tap, an uplink for the switch)

Limits towards ports: rates of TCP and UDP, no loss and no delay for others, ports that share an
uplink, a class that goes first, limits that change, a port that goes with a full queue.
"""

import contextlib
import re
import time

import lab

@contextlib.contextmanager
def server(tap, port=5201):
    process = tap.spawn(f"iperf3-{tap.name}-{port}", f"iperf3 -s -p {port}")
    lab.wait(lambda: f":{port}" in tap.run("ss -Hltn"), 5, "iperf3 to listen")
    yield
    process.end()


def client(tap, to, seconds=3, options="", port=5201):
    return tap.spawn(f"client-{tap.name}-{port}", f"iperf3 -c {to.address} -p {port} "
                                                  f"-t {seconds} {options}")


def end(process):
    lab.wait(lambda: not process.is_running(), 15, "iperf3 to end")


def queues(net, port):
    return [row for row in net.json("qos show")["queues"] if row["port"] == port]


def check_near(what, got, wanted, percent):
    lab.check(abs(got - wanted) <= wanted * percent / 100,
              f"{what}: {got:.3f} instead of {wanted:.3f}")


def send_rate(net, port, seconds=2):
    """What is sent to the port, of Ethernet, in Mb/s."""
    before, start = net.stats()[port]["tx_bytes"], time.monotonic()
    time.sleep(seconds)  # the measurement itself
    after, now = net.stats()[port]["tx_bytes"], time.monotonic()
    return (after - before) * 8 / (now - start) / 1e6


def sent_by(net, port, seconds=3):
    """How many bytes the ports that share an uplink send to it in that time: {port: bytes}."""
    before = {row["number"]: row["bytes"] for row in queues(net, port)}
    time.sleep(seconds)
    sent = {}
    for row in queues(net, port):
        sent[row["from"]] = sent.get(row["from"], 0) + row["bytes"] - before[row["number"]]
    return sent


def check_rate(net, a, b, c):
    lab.step("TCP has the rate, others neither wait nor lose")
    net.ctl("port set vm2 to_rate=40Mbps to_burst=100000")  # workers share CPUs here
    with server(b):
        run = client(a, b, 4)
        a.ping(c.address, 20, "-i 0.05 -W 5")
        rate = send_rate(net, "vm2")
        end(run)
    check_near("rate on the wire", rate, 40, 6)  # TCP finds it within a second or two
    row = queues(net, "vm2")[0]
    lab.check(row["waited"] > 100 and row["delays_below_us"], f"{row}")
    lab.check(queues(net, "vm3") == [], "a queue without a limit")
    lab.check(net.stats()["vm3"]["tx_dropped"] == 0, "loss at another port")

    lab.step("UDP beyond the rate is dropped, and counted on both sides")
    with server(b):
        run = client(a, b, 3, "-u -b 80M -l 1400")
        rate = send_rate(net, "vm2", 1)
        end(run)
    check_near("rate of UDP", rate, 40, 4)
    row = queues(net, "vm2")[0]
    lab.check(row["dropped_full"] + row["dropped_delay"] > 1000, f"{row}")
    # Those of floods are counted at the queue only, when another port took them.
    full = net.drops("vm1").get("queue_full", 0)
    lab.check(0 <= row["dropped_full"] - full < 100, f"{row} {full}")
    net.check_invariant()

    lab.step("a limit that changes under load holds at once")
    with server(b):
        run = client(a, b, 4)
        time.sleep(0.5)  # TCP has found the old rate
        net.ctl("port set vm2 to_rate=10Mbps")
        check_near("the new rate", send_rate(net, "vm2", 1), 10, 8)
        net.ctl("port set vm2 to_rate= to_burst=")
        end(run)
    lab.check(queues(net, "vm2") == [], "the queue is still there")


def check_uplink(net, a, b, up):
    lab.step("ports share an uplink by their groups' shares")
    net.ctl("port set up0 uplink=true to_rate=40Mbps to_burst=100000")
    net.ctl("portgroup set gold group_shares=300")
    with server(up), server(up, 5202):
        one, two = client(a, up, 5, "-P 2"), client(b, up, 5, "-P 2", 5202)
        time.sleep(1)  # both have filled their queues
        sent = sent_by(net, "up0")
        end(one)
        end(two)
    check_near("vm1 has of vm2", sent["vm1"] / sent["vm2"], 3, 15)

    lab.step("what nobody else wants is lent; impossible reservations are refused")
    with server(up):
        run = client(b, up, 4, "-P 2")
        time.sleep(1)
        check_near("vm2 alone", send_rate(net, "up0"), 40, 8)
        end(run)
    net.ctl("port set vm2 uplink_reservation=30Mbps")
    net.ctl_refused("portgroup set gold group_reservation=11Mbps", "reservation", "to_rate")
    net.ctl_refused("port set up0 to_rate=29Mbps", "uplink_reservation", "29Mbps")
    net.ctl_refused("port set vm2 to_rate=10kbps", "to_rate", "one frame")
    net.ctl_refused("port set vm2 to_rate=1Mbps to_burst=1000", "to_burst")
    with server(up), server(up, 5202):
        one, two = client(a, up, 5, "-P 2"), client(b, up, 5, "-P 2", 5202)
        time.sleep(1)
        sent = sent_by(net, "up0")
        end(one)
        end(two)
    lab.check(sent["vm2"] >= 2.5 * sent["vm1"], f"{sent}, three quarters are reserved for vm2")
    net.ctl("port set vm2 uplink_reservation=")


def percentile(tap, to, options):
    """Of the times of 200 pings, in ms."""
    output = tap.run(f"ping -n -c 200 -i 0.01 -W 2 {options} {to.address}", expect=None)
    times = sorted(float(value) for value in re.findall(r"time=([\d.]+)", output))
    lab.check(len(times) >= 150, f"ping: {output[-500:]}")
    return times[len(times) * 95 // 100]


def check_priority(net, a, b, up):
    lab.step("a class goes first under full load of others")
    net.ctl("portgroup set vms trust=dscp")
    net.ctl("portgroup set gold trust=dscp")
    # Large frames are cut now: with a large burst priority would wait for a whole one.
    net.ctl("port set up0 to_burst= class_ceiling=4Mbps class_priority=5")
    with server(up):
        run = client(b, up, 8, "-P 4")
        time.sleep(1)  # it fills the queue
        slow = percentile(b, up, "")
        fast = percentile(b, up, "-Q 0xb8")
        end(run)
    lab.check(fast < slow / 2, f"95 % within {fast} ms with priority, {slow} ms without")
    first = [row for row in queues(net, "up0") if row["from"] == "vm2" and row["class"] == 5]
    lab.check(first and first[0]["frames"] >= 200, f"{first}")
    lab.check(first[0]["delay_p50"] <= 2048, f"priority waited: {first}")


def check_hostile(net, a, b, c):
    lab.step("full queues: of a port that is removed, and as many as there can be")
    for port in ("vm2", "vm3"):
        net.ctl(f"port set {port} to_rate=1Mbps to_queue=5000")
    run = a.spawn("flood", ["python3", "-c",
                            "import socket, time\n"
                            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                            "end = time.time() + 3\n"
                            "while time.time() < end:\n"
                            f"    for to in ('{b.address}', '{c.address}'):\n"
                            "        s.sendto(b'x' * 1400, (to, 9))\n"])
    lab.wait(lambda: min(row["waiting"] for port in ("vm2", "vm3") for row in queues(net, port)) > 300,
             10, "queues to fill")
    state = net.json("status")["switch"]
    lab.check(state["buffers_free"] > state["buffers"] / 3, f"{state}")
    net.ctl("port del vm3")
    lab.check(queues(net, "vm3") == [], "a queue without its port")
    run.end()
    lab.check(queues(net, "vm2")[0]["waiting"] > 100, "the other queue is not full any more")
    a.ping("10.0.0.9", 5)
    net.ctl("port set vm2 to_rate= to_queue=")
    lab.wait(lambda: queues(net, "vm2") == [], 10, "the queue to be gone")
    net.switch.check_running()
    net.check_invariant()


def test(net):
    net.start()
    net.base()
    net.ctl("portgroup add gold segment=lan")
    a = net.tap("vm1", "10.0.0.1/24", options="group=gold")
    b = net.tap("vm2", "10.0.0.2/24")
    c = net.tap("vm3", "10.0.0.3/24")
    up = net.tap("up0", "10.0.0.9/24")
    for tap in (a, b, c, up):
        for other in (a, b, c, up):
            if tap is not other:
                tap.ping(other.address, 1)
    check_rate(net, a, b, c)
    check_uplink(net, a, b, up)
    check_priority(net, a, b, up)
    check_hostile(net, a, b, c)


lab.main(test)
