#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 240 s
"""
dvs-controld is killed: traffic goes on. It returns: nothing flaps, no link, no session, no
counter, no configuration change, even when its store was lost meanwhile. Changes that the switch
missed meanwhile reach it.

    QEMU vm1 [10.0.0.1]---+
                          |  segment lan
    ns-t2 [t2 10.0.0.2]---+
                          |
    ns-t3 [t3 10.0.0.3]---+
"""

import glob
import os
import signal
import time

import lab
from stream import Stream


def test(net):
    net.start()
    net.base()
    vm1 = net.guest("vm1", "10.0.0.1/24")
    t2 = net.tap("t2", "10.0.0.2/24")
    t3 = net.tap("t3", "10.0.0.3/24")
    vm1.wait_ready()
    t2.ping("10.0.0.1")
    before = net.states()["vm1"]

    generation = net.json("status")["switch"]["generation"]
    epoch = net.rpc("status")["switch"]["boot_epoch"]

    intent = net.ctl("export")
    lab.step("kill -9 under traffic, and the store is lost once")
    stream = Stream(t2, t3)
    for number in range(3):
        time.sleep(0.5)
        net.control.end(signal.SIGKILL)
        if number == 1:
            for path in glob.glob(lab.STORE + "*"):
                os.unlink(path)
        time.sleep(0.5)
        net.start_control()
        net.wait_synced()
        said = "taken over from the switch" in net.ctl("status")
        lab.check(said == (number == 1), f"start {number}: a warning: {said}")
    sent, received = stream.end()
    lab.check(sent > 100 and sent == received, f"of {sent} frames {received} arrived")

    lab.step("nothing flapped")
    after = net.states()["vm1"]
    for name in ("sessions", "link", "features", "endpoint", "mtu"):
        lab.check(before[name] == after[name], f"before {before}, after {after}")
    lab.check(net.rpc("status")["switch"]["boot_epoch"] == epoch, "the switch was started anew")
    lab.check(net.json("status")["switch"]["generation"] == generation, "it was configured anew")
    lab.check(net.ctl("export") == intent, "the intent is another one")

    lab.step("live reads work without it, changes are refused with exit status 3")
    net.control.end(signal.SIGKILL)
    lab.check(net.stats()["vm1"]["rx_frames"] > 0, "no counters")
    net.macs()
    net.ctl_refused("segment add other", "controld", status=3)

    lab.step("a switch that was started anew while controld was dead gets all of the intent")
    net.switch.end(signal.SIGKILL)
    net.start_switch()
    lab.check(net.stats() == {}, "the switch has ports of its own")
    net.start_control()
    net.wait_synced()
    t2.set_up()
    lab.wait(lambda: vm1.run("ping -c 1 -W 1 10.0.0.2", 5)[0] == 0, 10, "vm1 to reach t2")


lab.main(test)
