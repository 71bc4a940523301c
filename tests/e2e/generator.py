# SPDX-License-Identifier: BSD-3-Clause
"""dvs-gen at the other end of ports: exact counts of what the switch does with frames.

    result = generator.run(["a", "b"], "--rate 5k --count 1000")
    lab.check(result["lost_frames"] == 0, f"{result}")

Ports are named as in the switch (their vhost-user sockets are used), or given as dvs-gen wants
them, with a colon. Rates of tests are low, as tests share the CPUs with anything.
"""

import json
import os
import shlex
import subprocess

import lab

DVS_GEN = os.path.join(lab.BUILD, "tools", "dvs-gen", "dvs-gen")

# A frame that is late because others had the CPU is sent all the same.
PATIENT = ["--max-lag", "20", "--drain", "2", "--wait", "20"]


def spec(port, options=""):
    return port if ":" in port else f"virtio-user:{lab.VHOST_DIR}/{port}.sock{options}"


def argv(ports, options="", mode="run", memory="ordinary", patient=True):
    words = [DVS_GEN, *shlex.split(mode), "--json", "--memory", memory]
    if patient:
        words += PATIENT if mode == "run" else PATIENT[:4]
    for port in ports:
        words += ["--port", spec(port)]
    return words + shlex.split(options)


def call(ports, options="", mode="run", netns=None, timeout=60, **others):
    """(exit status, lines of JSON, standard error)."""
    words = argv(ports, options, mode, **others)
    if netns:
        words = ["ip", "netns", "exec", netns] + words
    result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            stdin=subprocess.DEVNULL, timeout=timeout, check=False)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return result.returncode, lines, result.stderr


def run(ports, options="", mode="run", status=0, **others):
    """The result of a run that must end with this status."""
    seen, lines, errors = call(ports, options, mode, **others)
    lab.check(seen == status, f"dvs-gen {options}: exit status {seen}, wanted {status}: {errors}"
                              f"{lines[-1:]}")
    lab.check(lines and lines[-1]["type"] == "result", f"no result: {lines[-1:]} {errors}")
    return lines[-1]
