#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 240 s
"""
dvs-gen against the switch: what it counts is what the switch counts, to the frame.

    dvs-gen port 0 --- a.sock ---+
    dvs-gen port 1 --- b.sock ---+
                                 |  segment lan
    dvs-gen port 2 --- c.sock ---+
    dvs-gen port 3 --- d.sock ---+   (c and d: the switch connects, packed rings)
                                 |
    ns-t1 [t1] ------------------+   (dvs-gen inside, by af_packet)

Where no frame may be lost, fewer are sent than a ring of 1024 entries holds, or they are in a
closed loop: however long somebody is kept from a CPU, there is room for all.
"""

import contextlib
import json
import os
import signal
import struct
import subprocess

import generator
import lab

SERVERS = [f"virtio-user:{lab.RUN}/{name}.sock,server=1,packed_vq=1" for name in "cd"]


def delta(before, after, port, counter):
    return after[port][counter] - before[port][counter]


def exact_counts(net):
    lab.step("both ways, many MACs and flows, payload checked: nothing is lost")
    before = net.stats()
    result = generator.run(["a", "b"], "--rate 5k --count 900 --macs 100 --flows 1000 --touch "
                           "--size imix --spread uniform")
    after = net.stats()
    lab.check(result["tx_frames"] == result["rx_frames"] == 1800, f"{result}")
    for name in ("lost_frames", "duplicates", "reordered", "corrupt", "misdelivered",
                 "unsent_late", "unsent_ring_full", "loss_ratio"):
        lab.check(result[name] == 0, f"{name}: {result}")
    latency = result["latency_us"]
    lab.check(latency["samples"] == 1800, f"{latency}")
    lab.check(0 < latency["min"] <= latency["p50"] <= latency["p99"] <= latency["p999"]
              <= latency["max"], f"{latency}")
    # What is not counted is one probe or a few, and a frame from each MAC.
    for port in "ab":
        extra = delta(before, after, port, "rx_frames") - 900
        lab.check(101 <= extra < 20000, f"{port}: {extra} frames beside the load")
        # The MACs were learnt from those: the load was not flooded, but for its first frames.
        flooded = delta(before, after, port, "flooded")
        lab.check(flooded <= extra + 50, f"{port}: {flooded} flooded, {extra} beside it")
    lab.wait(lambda: not any(mac.startswith("02:d5:") for mac in net.macs()), 5,
             "MACs to be forgotten with the links")


def exact_loss(net):
    lab.step("one of two lengths does not fit: exactly that half is lost")
    net.ctl("port set b mtu=1000")
    before = net.drops("a")
    result = generator.run(["a", "b"], "--rate 5k --count 900 --size 64,1518 --one-way")
    lab.check(result["tx_frames"] == 900 and result["lost_frames"] == 450, f"{result}")
    lab.check(abs(result["loss_ratio"] - 0.5) < 1e-9, f"{result}")
    dropped = sum(net.drops("a").values()) - sum(before.values())
    lab.check(dropped == 450, f"the switch counts {dropped} drops: {net.drops('a')}")
    generator.run(["a", "b"], "--rate 5k --count 200 --size 64,1518 --one-way --loss 0.5")
    generator.run(["a", "b"], "--rate 5k --count 200 --size 64,1518 --one-way --loss 0.4",
                  status=3)
    net.ctl("port set b mtu=")

    lab.step("a port that is disabled: all is lost, and waiting for a path fails")
    net.ctl("port set b enabled=false")
    result = generator.run(["a", "b"], "--rate 5k --count 900 --one-way --wait 0 --no-learning "
                           "--drain 100ms")
    lab.check(result["lost_frames"] == result["tx_frames"] == 900, f"{result}")
    status, _, errors = generator.call(["a", "b"], "--wait 500ms", patient=False)
    lab.check(status == 1 and "no frame of port" in errors, f"{status}: {errors}")
    net.ctl("port set b enabled=true")


def flooding(net):
    lab.step("four ports, unknown destinations: two strangers see each frame")
    net.ctl("mac flush")
    ports = ["a", "b", *SERVERS]
    # The switch connects to our sockets; it must be there before the load.
    result = generator.run(ports, "--rate 1k --count 500 --one-way --settle 3s")
    lab.check(result["misdelivered"] == 0, f"all MACs were announced: {result}")
    lab.check(result["rx_frames"] == 1000, f"{result}")
    with contextlib.suppress(lab.Failure):
        lab.wait(lambda: net.link("a") == "down", 5, "the link to be down")
    net.ctl("mac flush")
    lab.wait(lambda: not any(mac.startswith("02:d5:") for mac in net.macs()), 5, "the flush")
    # Ports b and d never send, so that their MACs stay unknown.
    result = generator.run(ports, "--rate 200 --count 200 --one-way --no-learning --size 100 "
                           "--wait 20")
    lab.check(result["rx_frames"] == 400, f"{result}")
    lab.check(result["misdelivered"] == 800, f"{result}")


def closed_loops(net):
    lab.step("closed loops")
    for options in ("--window 64", "--window 64 --forward", "--rate max"):
        result = generator.run(["a", "b"], f"{options} --time 1")
        lab.check(result["rx_frames"] >= 128, f"{options}: {result}")
        lab.check("forward" in options or result["rx_frames"] + result["lost_frames"] ==
                  result["tx_frames"], f"{options}: {result}")
        if "max" not in options:
            lab.check(result["lost_frames"] == 0, f"{options}: {result}")
    net.check_invariant()


def search():
    lab.step("search")
    _, lines, errors = generator.call(["a", "b"], "--max-rate 2k --min-rate 500 --time 400ms "
                                      "--loss 0,0.5% --retries 5", mode="search")
    results = [line for line in lines if line["type"] == "result"]
    lab.check(len(results) == 2, f"{lines} {errors}")
    for result in results:
        lab.check(result["rate_pps"] == 2000 and result["is_upper_bound"], f"{result}")
        lab.check(result["total_pps"] == 4000 and result["lost_frames"] == 0, f"{result}")
    trials = [line for line in lines if line["type"] == "trial"]
    lab.check(len(trials) == sum(result["trials"] for result in results), f"{lines}")
    status, lines, _ = generator.call(["a", "b"], "--max-rate 2k --min-rate 1900 --time 100ms "
                                      "--size 1518,64 --resolution 10%", mode="search")
    lab.check(status == 0 and lines[-1]["rate_pps"] > 0, f"{lines}")


def search_without_end(net):
    lab.step("search where every rate loses")
    net.ctl("port set b mtu=1000")
    status, lines, _ = generator.call(["a", "b"], "--max-rate 2k --time 100ms --drain 10ms "
                                      "--size 1518,64 --resolution 30% --one-way",
                                      mode="search", patient=False)
    lab.check(status == 3 and lines[-1]["rate_pps"] == 0, f"{status} {lines}")
    net.ctl("port set b mtu=")


def write_capture(path, count):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number in range(count):
            length = 60 + number % 1000
            frame = bytes.fromhex("0200000000ff0200000000fe88b5").ljust(length, b"x")
            file.write(struct.pack("<IIII", 1, number * 1000, length, length) + frame)


def replay(net):
    lab.step("replay of a capture, by its times and at a rate")
    path = f"{lab.RUN}/frames.pcap"
    write_capture(path, 300)
    size = sum(60 + number % 1000 + 4 for number in range(300))
    for options, seconds in (("--speed 1", 0.299), ("--loops 3 --speed 2", 0.449),
                             ("--rate 1k", 0.299)):
        loops = 3 if "loops" in options else 1
        result = generator.run(["a", "b"], f"--one-way {options}", mode=f"replay {path}")
        lab.check(result["tx_frames"] == 300 * loops, f"{options}: {result}")
        lab.check(result["tx_bytes"] == size * loops, f"{options}: {result}")
        lab.check(result["seconds"] > seconds * 0.9, f"{options}: {result['seconds']} s")
        lab.check(result["lost_frames"] == 0, f"{options}: {result}")
        lab.check(result["rx_bytes"] == result["tx_bytes"], f"{options}: {result}")
    net.check_invariant()


def other_kinds(net):
    lab.step("through the kernel: af_packet on a tap of the switch")
    tap = net.tap("t1", options="group=vms")
    result = generator.run([f"af-packet:{tap.name}", "a"], "--rate 2k --count 500 --size 100,1400",
                           netns=tap.netns)
    lab.check(result["rx_frames"] == result["tx_frames"] == 1000, f"{result}")
    # The kernel must not send into what follows.
    net.ctl("port del t1")


def live_and_signals():
    lab.step("live lines, and Ctrl-C")
    with subprocess.Popen(generator.argv(["a", "b"], "--rate 1k --time 1h --interval 200ms"),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        busy = 0
        for _ in range(50):
            line = json.loads(process.stdout.readline())
            lab.check(line["type"] == "interval", f"{line}")
            busy += line["rx_pps"] > 0
            if busy == 3:
                break
        lab.check(busy == 3, "frames in 3 of 50 lines at least")
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=20)
    result = json.loads(rest.splitlines()[-1])
    lab.check(process.returncode == 0, f"{process.returncode} {errors}")
    lab.check(result["interrupted"] and result["rx_frames"] > 0, f"{result}")


def bad_input():
    lab.step("what is refused")
    for options, text in (("--rate 0", "rate"), ("--size 63", "size"), ("--port usb:x", "port"),
                          ("--macs 2M", "macs"), ("--forward", "window")):
        status, lines, errors = generator.call(["a", "b"], options)
        lab.check(status == 2 and text in errors and not lines, f"{options}: {status} {errors}")
    status, _, errors = generator.call(["a", f"virtio-user:{lab.RUN}/nobody.sock"])
    lab.check(status == 1 and "nobody.sock" in errors, f"{status} {errors}")
    status, _, errors = generator.call(["a", "b"], mode=f"replay {lab.RUN}/no.pcap")
    lab.check(status == 1 and "no.pcap" in errors, f"{status} {errors}")


def test(net):
    net.start()
    net.base()
    for name in "ab":
        net.ctl(f"port add {name} group=vms")
    for name in "cd":
        net.ctl(f"port add {name} group=vms vhost_mode=client socket={lab.RUN}/{name}.sock")
    exact_counts(net)
    exact_loss(net)
    closed_loops(net)
    search()
    search_without_end(net)
    replay(net)
    other_kinds(net)
    live_and_signals()
    bad_input()
    lab.check(not os.path.exists("/run/dpdk/dvs-gen"), "dvs-gen left something in /run/dpdk")
    flooding(net)


lab.main(test)
