#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 200 s
"""
Idle ports cost next to nothing, and wake their workers with the first frame.

    ringload: 256 virtio drivers on v0.sock ... v255.sock ---+
    dvs-gen: p0.sock, p1.sock -------------------------------+-- segment lan
    ns-t1 [t1 10.0.0.1] -------------------------------------+
    ns-t2 [t2 10.0.0.2] -------------------------------------+
"""

import os
import re
import signal
import statistics
import time

import generator
import lab

PORTS = 256
RINGLOAD = os.path.join(lab.BUILD, "tests", "bench", "ringload")
SECONDS = 3
FRAMES = 60
GOAL = 0.02  # of a CPU, for each worker
FIELDS = {"direct": "datapath=direct", "library": "datapath=library"}


def cpu_seconds(pid):
    """{thread id: (name, seconds on a CPU)}, to the nanosecond."""
    seconds = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/comm", encoding="ascii") as file:
            name = file.read().strip()
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            seconds[task] = (name, int(file.read().split()[0]) / 1e9)
    return seconds


def shares(pid):
    """{thread name and id: share of a CPU} over some seconds."""
    before, start = cpu_seconds(pid), time.monotonic()
    time.sleep(SECONDS)
    after, spent = cpu_seconds(pid), time.monotonic() - start
    return {f"{name} {task}": (seconds - before[task][1]) / spent
            for task, (name, seconds) in after.items() if task in before}


def check_idle(net, what):
    """Waits until nothing is on its way, then looks."""
    def is_quiet():
        before = net.stats()
        time.sleep(0.3)
        return net.stats() == before
    lab.wait(is_quiet, 20, "counters to stand still")
    best = {}
    for _ in range(4):  # whoever reads the counters wakes the control thread
        best = shares(net.switch.pid)
        if max(best.values()) < GOAL:
            break
    lab.check(max(best.values()) < GOAL, f"{what}: threads took of a CPU: {best}")
    print(f"{what}: {sum(best.values()):.4f} of a CPU in all, {best}")


def workers(net):
    rows = net.rows("workers")
    sums = {name: sum(row[name] for row in rows) for name in ("sleeps", "wakeups")}
    return {"time": time.monotonic(), **sums}


def check_waked(before, after, frames):
    """Most frames found the workers asleep, and waked them. How soon they ran then depends on what
    else the machine has to do, so that times are printed only."""
    waked = after["wakeups"] - before["wakeups"]
    expired = after["sleeps"] - before["sleeps"] - waked
    lab.check(expired < 40 * (after["time"] - before["time"]) + 20,
              f"workers do not sleep until they are waked: {before} {after}")
    lab.check(waked >= frames / 2, f"{frames} frames, {waked} wake-ups: {before} {after}")


def ping_from_sleep(net, tap, address):
    before = workers(net)
    output = tap.run(f"ping -n -c {FRAMES} -i 0.05 -W 10 {address}", timeout=60)
    times = [float(text) for text in re.findall(r"time=([0-9.]+) ms", output)]
    lab.check(len(times) == FRAMES, f"pings were lost: {output}")
    check_waked(before, workers(net), FRAMES)
    print(f"ping from sleep: median {statistics.median(times)} ms, {min(times)} to {max(times)}")


def guests_wake_it(net, datapath, packed):
    """Single frames of guests find the workers asleep."""
    lab.step(f"frames of sleeping guests, {datapath}, {'packed' if packed else 'split'} rings")
    for name in ("p0", "p1"):
        net.ctl(f"port add {name} group=vms {FIELDS[datapath]}")
    before = workers(net)
    sockets = [generator.spec(name, f",packed_vq={packed}") for name in ("p0", "p1")]
    result = generator.run(sockets, f"--rate 20 --count {FRAMES} --one-way")
    lab.check(result["lost_frames"] == 0,
              f"frames were lost: {result}; {net.stats()}; {net.drops('p0')}")
    check_waked(before, workers(net), FRAMES)
    print(f"delay from sleep: {result['latency_us']}")
    for name in ("p0", "p1"):
        net.ctl(f"port del {name}")


def test(net):
    net.start("--workers", "2")
    net.base()
    lab.step("two taps")
    tap = net.tap("t1", "10.0.0.1/24")
    net.tap("t2", "10.0.0.2/24")
    for name in ("t1", "t2"):  # no router solicitations and the like
        lab.shell(f"sysctl -qw net.ipv6.conf.{name}.disable_ipv6=1", netns=f"ns-{name}")
    tap.ping("10.0.0.2")
    ping_from_sleep(net, tap, "10.0.0.2")
    check_idle(net, "two taps")
    for datapath in FIELDS:
        for packed in (0, 1):
            guests_wake_it(net, datapath, packed)
    for datapath, fields in FIELDS.items():
        lab.step(f"{PORTS} connected ports, {datapath}")
        yaml = "".join(f"  - {{name: v{i}, group: vms, {fields.replace('=', ': ')}}}\n"
                       for i in range(PORTS))
        with open(f"{lab.RUN}/ports.yaml", "w", encoding="ascii") as file:
            file.write("segments:\n  - name: lan\nportgroups:\n  - {name: vms, segment: lan}\n"
                       f"ports:\n{yaml}")
        net.ctl(f"apply -f {lab.RUN}/ports.yaml")
        load = net.spawn("ringload", [
            RINGLOAD, "--ring", "256", "--window", "1", "--counters", f"{lab.RUN}/counters",
            *[f"{lab.VHOST_DIR}/v{i}.sock" for i in range(PORTS)]])
        lab.wait(lambda: all(s["link"] == "up" for s in net.states().values()), 60, "all links")
        before = net.stats()["v255"]["rx_frames"]
        lab.wait(lambda old=before: net.stats()["v255"]["rx_frames"] > old, 20, "traffic")
        os.kill(load.pid, signal.SIGSTOP)
        check_idle(net, f"{PORTS} {datapath} ports")
        slept, before = workers(net), net.stats()["v0"]["rx_frames"]
        os.kill(load.pid, signal.SIGCONT)
        lab.wait(lambda old=before: net.stats()["v0"]["rx_frames"] > old, 10, "traffic again")
        lab.check(workers(net)["wakeups"] > slept["wakeups"], "nobody was waked")
        net.check_invariant()
        load.end()

    lab.step("workers that never sleep")
    net.control.end()
    net.switch.end()
    net.start("--workers", "1", "--idle-after", "0")
    lab.check(workers(net)["sleeps"] == 0, "a worker slept with --idle-after 0")


lab.main(test)
