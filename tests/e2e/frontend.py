# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-testpmd as a NIC at the other end of vhost-user ports: a third party's virtio driver.

    pmd = Testpmd(net, ["path=/run/dvs/vhost/a.sock,mac=52:54:00:00:00:01",
                        "path=/run/dvs/vhost/b.sock,mac=52:54:00:00:00:02"])
    pmd.command("start tx_first 8")
    rx, tx = pmd.counters()[0]

Ports are polled by one core; neighbours (0 and 1, 2 and 3) exchange what they receive.
"""

import os
import re
import select
import subprocess
import time

import lab

PROMPT = b"testpmd> "


def free_hugepages_mb():
    pool = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
    try:
        with open(pool, encoding="ascii") as file:
            return int(file.read()) * 2
    except OSError:
        return 0


class Testpmd:
    """One dpdk-testpmd with virtio-user ports."""

    def __init__(self, net, devices, queues=1, memory_mb=128, options=(), seconds=40):
        if free_hugepages_mb() >= memory_mb + 64:
            memory = ["--in-memory", "--single-file-segments", "-m", str(memory_mb)]
        else:
            memory = ["--no-huge", "-m", str(memory_mb)]
        argv = ["stdbuf", "-o0", "dpdk-testpmd", "-l", "0,1", "--no-pci", *memory,
                "--file-prefix", f"pmd{len(net.processes)}"]
        for number, device in enumerate(devices):
            argv += ["--vdev", f"net_virtio_user{number},{device},queues={queues}"]
        argv += ["--", "--interactive", f"--rxq={queues}", f"--txq={queues}",
                 f"--total-num-mbufs={max(8192, 2048 * len(devices))}", "--forward-mode=io",
                 *options]
        self.output = b""
        self.process = net.spawn(f"testpmd-{len(net.processes)}", argv, stdin=subprocess.PIPE)
        self.log = open(self.process.log, "rb")  # pylint: disable=consider-using-with
        self._wait_prompt(seconds)

    def _wait_prompt(self, seconds):
        """What was printed up to the next prompt."""
        deadline = time.monotonic() + seconds
        while True:
            self.output += self.log.read()
            end = self.output.find(PROMPT)
            if end >= 0:
                text, self.output = self.output[:end], self.output[end + len(PROMPT):]
                return text.decode(errors="replace")
            self.process.check_running()
            lab.check(time.monotonic() < deadline,
                      f"testpmd did not answer within {seconds} s: {self.process.tail()}")
            select.select([], [], [], 0.02)

    def command(self, text, seconds=10):
        """One command of testpmd's prompt; returns what it printed."""
        self.process.popen.stdin.write(text.encode() + b"\n")
        self.process.popen.stdin.flush()
        return self._wait_prompt(seconds)

    def counters(self):
        """[(frames received, frames sent)] by port."""
        text = self.command("show port stats all")
        return list(zip(map(int, re.findall(r"RX-packets:\s*(\d+)", text)),
                        map(int, re.findall(r"TX-packets:\s*(\d+)", text))))

    def quit(self):
        if self.process.is_running():
            os.write(self.process.popen.stdin.fileno(), b"stop\nquit\n")
            self.process.popen.wait(timeout=20)
        self.log.close()
