#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# time limit: 400 s
"""
The command that a new user runs: it boots two guests that ping each other, a second run finds all
of it there, --stop leaves nothing, also after a start that failed half-way.

    QEMU vm1 [10.0.0.1]---+
                          |  segment lan (made by tools/quickstart)
    QEMU vm2 [10.0.0.2]---+
"""

import os
import subprocess
import time

import lab

COMMAND = [os.path.join(lab.TOP, "tools", "quickstart"), "--build", lab.BUILD]
POOL = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
STORE = f"{lab.RUN}/store"


def quickstart(*options, expect=0):
    result = subprocess.run(COMMAND + list(options), stdout=subprocess.PIPE, text=True,
                            stderr=subprocess.STDOUT, timeout=300, check=False,
                            env={**os.environ, "DVS_STATE_DIR": STORE})
    print(result.stdout, flush=True)
    lab.check(result.returncode == expect, f"exit status {result.returncode}")
    return result.stdout


def hugepages():
    if not os.path.exists(POOL):
        return 0
    with open(POOL, encoding="ascii") as file:
        return int(file.read())


def processes():
    """Names of all processes of this namespace."""
    names = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                names.append(file.read().strip())
        except OSError:
            pass
    return names


def check_nothing_left(before):
    left = [name for name in processes() if name.startswith(("dvs-", "qemu"))]
    with_state = [name for name in left if name in ("dvs-switchd", "dvs-controld", "dvs-guest")]
    lab.check(not any(is_running(name) for name in with_state), f"left running: {left}")
    for path in (f"{lab.RUN}/quickstart", STORE, f"{lab.RUN}/switchd.sock",
                 f"{lab.RUN}/controld.sock", f"{lab.RUN}/guest/vm1"):
        lab.check(not os.path.exists(path), f"{path} is left")
    lab.check(hugepages() == before, f"{hugepages()} hugepages, there were {before}")


def is_running(name):
    """A process of that name that has not ended; nobody reaps orphans in this namespace."""
    return subprocess.run(["pgrep", "-x", name, "--runstates", "RSDT"], check=False,
                          stdout=subprocess.DEVNULL).returncode == 0


def test(_net):
    before = hugepages()
    lab.step("first run")
    text = quickstart()
    lab.check("0% packet loss" in text and "tools/quickstart --stop" in text, "no ping, no hint")
    lab.step("second run")
    start = time.monotonic()
    text = quickstart()
    lab.check("runs already" in text and "0% packet loss" in text, "it did not see the first run")
    lab.check(time.monotonic() - start < 30, "a second run is slow")
    quickstart("--status")
    lab.step("stop")
    quickstart("--stop")
    check_nothing_left(before)
    quickstart("--stop")

    lab.step("a start that fails half-way: something else is where a guest's socket goes")
    os.makedirs(f"{lab.VHOST_DIR}/vm2.sock/in-the-way")
    text = quickstart(expect=1)
    lab.check("error:" in text, "no message")
    os.rmdir(f"{lab.VHOST_DIR}/vm2.sock/in-the-way")
    os.rmdir(f"{lab.VHOST_DIR}/vm2.sock")
    quickstart("--stop")
    check_nothing_left(before)


lab.main(test)
