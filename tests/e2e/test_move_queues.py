#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 240 s
"""
Queues go from worker to worker while frames go through them: none is lost or overtaken.

    dvs-gen: a.sock, b.sock ---+
                               |  segment lan, two workers
    ns-t1 [t1 10.0.0.1] -------+
    ns-t2 [t2 10.0.0.2] -------+
"""

import threading

import generator
import lab

PORTS = ("a", "b")
FRAMES = 4000  # of each port


def workers_of(net, port):
    return net.states()[port]["workers"]


def move(net, port, worker):
    net.ctl(f"port set {port} workers={worker}")
    lab.wait(lambda: workers_of(net, port) in ([str(worker)], str(worker)), 10,
             f"worker {worker} to have port {port}: {workers_of(net, port)}")


def under_load(net, ports, what):
    """dvs-gen between two ports, whose queues move all the time."""
    lab.step(what)
    result, errors = {}, []

    def run():
        try:
            result.update(generator.run(ports, f"--rate 1k --count {FRAMES}"))
        except BaseException as error:  # pylint: disable=broad-except
            errors.append(error)
    thread = threading.Thread(target=run)
    thread.start()
    moves = 0
    while thread.is_alive():
        for number, port in enumerate(PORTS):
            # Together with one worker, apart, together with the other one, apart.
            move(net, port, (moves + number) // 2 % 2)
            moves += 1
    thread.join()
    lab.check(not errors, f"dvs-gen: {errors}")
    lab.check(result["lost_frames"] == 0 and result["reordered"] == 0 and
              result["duplicates"] == 0, f"{result}; {net.stats()}; {net.drops('a')}")
    lab.check(moves >= 4, f"only {moves} moves")
    print(f"{moves} moves")
    net.check_invariant()


def test(net):
    net.start("--workers", "2", "--balance", "0")
    net.base()
    for datapath in ("direct", "library"):
        for packed in (0, 1):
            for name in PORTS:
                net.ctl(f"port add {name} group=vms datapath={datapath}")
            under_load(net, [generator.spec(name, f",packed_vq={packed}") for name in PORTS],
                       f"{datapath}, {'packed' if packed else 'split'} rings")
            for name in PORTS:
                lab.check(net.states()[name]["sessions"] == 1, f"port {name} was made anew")
                net.ctl(f"port del {name}")

    lab.step("taps move too")
    tap = net.tap("t1", "10.0.0.1/24")
    net.tap("t2", "10.0.0.2/24")
    for worker in (0, 1, 0, 1):
        move(net, "t1", worker)
        tap.ping("10.0.0.2")
        move(net, "t2", worker)
        tap.ping("10.0.0.2")

    lab.step("refusals")
    net.ctl_refused("port set t1 workers=64", "workers", status=1)
    net.ctl("port set t1 workers=5")  # there is no such worker: any will do
    tap.ping("10.0.0.2")


lab.main(test)
