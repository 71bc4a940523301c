#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 240 s
"""
Sixty-four ports at once: 40 taps in one namespace each, and 24 vhost-user ports that listen.

    ns-t1 [t1 10.0.0.1]-----+
            ...             |  segment lan
    ns-t40 [t40 10.0.0.40]--+
                            |
    v1.sock ... v24.sock ---+
"""

import os
import stat

import lab

TAPS, SOCKETS = 40, 24
BASE = "segments:\n  - name: lan\nportgroups:\n  - {name: vms, segment: lan}\n"


def test(net):
    net.start()
    net.base()
    lab.step(f"{SOCKETS} vhost-user ports in one file")
    yaml = BASE + "ports:\n" + "".join(f"  - {{name: v{i}, group: vms}}\n" for i in range(1, SOCKETS + 1))
    with open(f"{lab.RUN}/ports.yaml", "w", encoding="ascii") as file:
        file.write(yaml)
    net.ctl(f"apply -f {lab.RUN}/ports.yaml")
    for i in range(1, SOCKETS + 1):
        mode = os.stat(f"{lab.VHOST_DIR}/v{i}.sock").st_mode
        lab.check(stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660, f"v{i}.sock: {mode:o}")

    lab.step(f"{TAPS} taps")
    taps = [net.tap(f"t{i}", f"10.0.0.{i}/24") for i in range(1, TAPS + 1)]
    lab.check(len(net.states()) == TAPS + SOCKETS, "port show does not have all ports")

    lab.step("everyone reaches the first and the last")
    for tap in taps[1:]:
        tap.ping("10.0.0.1", count=1)
    for tap in taps[:-1]:
        tap.ping(taps[-1].address, count=1)
    macs = net.macs()
    for tap in taps:
        lab.check(macs.get(tap.mac()) == tap.name, f"{tap.name} was not learnt")
    net.check_invariant()

    lab.step("all go at once")
    with open(f"{lab.RUN}/ports.yaml", "w", encoding="ascii") as file:
        file.write(BASE)
    net.ctl(f"apply -f {lab.RUN}/ports.yaml")
    lab.check(net.rows("port show") == [], "ports are left")
    lab.check(os.listdir(lab.VHOST_DIR) == [], f"sockets are left: {os.listdir(lab.VHOST_DIR)}")


lab.main(test)
